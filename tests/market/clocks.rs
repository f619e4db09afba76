//! Ascending and descending clocks in time.

use overspill::market::{
    AuctionMethod, AuctionRules, ClockPayment, DutchClock, EnglishClock, Fit, Interrupted, LateBidders, Losers,
    PoolRules, Pricing, Revision, Term,
};

use crate::driver::{price, ticks};
use crate::script::{Cases, outcome, play, rounds, waiting_pool};

fn clock(slots: u32, method: AuctionMethod) -> PoolRules {
    let rules = AuctionRules {
        method,
        every: ticks(100),
        bidding: ticks(0),
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap: None,
    };
    let interrupted = Some(Interrupted::Lost);
    PoolRules { pricing: Pricing::Auction(rules), minimum: price(2), interrupted, ..waiting_pool(slots) }
}

/// Calls 4, 6, 8 ...
fn english(tick: i64, payment: ClockPayment, late: LateBidders) -> AuctionMethod {
    AuctionMethod::English(EnglishClock { opening: price(4), increment: price(2), tick: ticks(tick), payment, late })
}

/// Calls 20, 17, 14 ... 5, 2.
fn dutch(tick: i64, late: LateBidders) -> AuctionMethod {
    AuctionMethod::Dutch(DutchClock { start: price(20), decrement: price(3), tick: ticks(tick), late })
}

#[test]
fn an_ascending_clock_stops_when_no_more_remain_than_there_are_slots() {
    let mut table = Cases::default();
    use ClockPayment::{OwnLastBid, Uniform};
    use LateBidders::{Join, NextRound};
    #[rustfmt::skip]
    let cases = [
        // slots, tick, payment,   late      script                              rounds                       outcome
        (1, 5, Uniform,    Join,      "a9/3 b7/3 50:",                           "10:1@8(a)",                 "a10-13:24C bO"),
        (1, 5, Uniform,    Join,      "a9/3 50:",                                "0:1@4(a)",                  "a0-3:12C"),
        (1, 5, Uniform,    Join,      "50:",                                     "0:1@2()",                   ""),
        (1, 5, Uniform,    Join,      "a3/3 50:",                                "0:1@2()",                   "aO"),
        (1, 0, Uniform,    Join,      "a9/3 b7/3 50:",                           "0:1@8(a)",                  "a0-3:24C bO"),
        // Both drop at the call of 10: the earlier comes back, at the call before.
        (1, 5, Uniform,    Join,      "a9/3 b9/3 50:",                           "15:1@8(a)",                 "a15-18:24C bO"),
        (2, 5, Uniform,    Join,      "a20/3 b9/3 c9/3 50:",                     "15:2@8(ab)",                "a15-18:24C b15-18:24C cO"),
        (2, 5, OwnLastBid, Join,      "a20/3 b9/3 c9/3 50:",                     "15:2@8(ab)",                "a15-18:30C b15-18:24C cO"),
        (2, 5, OwnLastBid, Join,      "a20/3 b12/3 c7/3 50:",                    "10:2@8(ab)",                "a10-13:24C b10-13:24C cO"),
        // Who comes while it runs takes part from the next call on, or waits for the next round.
        (1, 5, Uniform,    Join,      "a9/3 b7/3 6: c20/3 120:",                 "15:1@10(c) 110:1@8(a)",     "a110-113:24C bO c15-18:30C"),
        (1, 5, Uniform,    NextRound, "a9/3 b7/3 6: c20/3 114:",                 "10:1@8(a) 110:1@8(c)",      "a10-13:24C bO c110-113:24C"),
        (1, 5, Uniform,    Join,      "a9/3 b7/3 6: c7/3 50:",                   "10:1@8(a)",                 "a10-13:24C bO cO"),
        // At the very instant of a call it takes part in that call.
        (1, 5, Uniform,    Join,      "a9/3 b7/3 10: c20/3 50:",                 "15:1@10(c)",                "aO bO c15-18:30C"),
        (1, 5, Uniform,    Join,      "a9/3 b7/3 11: c20/3 50:",                 "10:1@8(a)",                 "a10-13:24C bO cO"),
        // A late bid below the next call never takes part, not even for what is left over.
        (2, 5, Uniform,    Join,      "a20/3 b9/3 c9/3 12: d9/3 50:",            "15:2@8(ab)",                "a15-18:24C b15-18:24C cO dO"),
        (2, 5, Uniform,    Join,      "a20/3 b8/3 c8/3 12: d9/3 50:",            "15:2@8(ab)",                "a15-18:24C b15-18:24C cO dO"),
        // Who leaves stops the clock at its next call; at the very instant of a call, at that call.
        (1, 5, Uniform,    Join,      "a30/3 b29/3 7: -b 50:",                   "10:1@8(a)",                 "a10-13:24C bW"),
        (1, 5, Uniform,    Join,      "a30/3 b29/3 10: -b 50:",                  "10:1@8(a)",                 "a10-13:24C bW"),
        (1, 5, Uniform,    Join,      "a30/3 b29/3~7 50:",                       "10:1@8(a)",                 "a10-13:24C bA"),
        (1, 5, Uniform,    Join,      "a30/3 b29/3 7: -b -a 50:",                "7:1@2()",                   "aW bW"),
    ];
    for (slots, tick, payment, late, script, expected, result) in cases {
        let driver = play(vec![clock(slots, english(tick, payment, late))], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(&format!("{late:?} {script}"), &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn a_slot_that_is_given_back_while_a_clock_runs_is_for_the_next_round() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // method                                                        script                                outcome
        // One slot is free at 100, the other at 103; two want one each: the clock runs on.
        (english(5, ClockPayment::Uniform, LateBidders::Join), "a9/103 50: b9/3 c7/3 220:", "a0-103:412C b110-113:24C c200-203:12C"),
        (dutch(5, LateBidders::Join),                          "a2/80 50: b9/9 c8/9 240:",  "a30-110:160C b120-129:72C c220-229:72C"),
    ];
    for (method, script, result) in cases {
        let driver = play(vec![clock(2, method)], script);
        table.expect(script, &outcome(&driver), result);
    }
}

#[test]
fn a_descending_clock_sells_to_the_first_who_accepts() {
    let mut table = Cases::default();
    use LateBidders::{Join, NextRound};
    #[rustfmt::skip]
    let cases = [
        // slots, tick, late  script                                   rounds                          outcome
        (1, 5, Join,      "a9/3 b7/3 50:",                             "20:1@8(a)",                    "a20-23:24C bO"),
        (1, 5, Join,      "a8/3 b8/3 50:",                             "20:1@8(a)",                    "a20-23:24C bO"),
        (1, 5, Join,      "a25/3 b7/3 50:",                            "0:1@20(a)",                    "a0-3:60C bO"),
        (2, 5, Join,      "a9/3 b7/3 50:",                             "25:2@5(ab)",                   "a20-23:24C b25-28:15C"),
        (2, 5, Join,      "a9/3 50:",                                  "30:2@8(a)",                    "a20-23:24C"),
        (1, 5, Join,      "50:",                                       "30:1@2()",                     ""),
        (1, 5, Join,      "a2/3 50:",                                  "30:1@2(a)",                    "a30-33:6C"),
        (2, 0, Join,      "a9/3 b7/3 50:",                             "0:2@5(ab)",                    "a0-3:24C b0-3:15C"),
        // Who comes while it runs accepts the next call that suits it, or waits for the next round.
        (1, 5, Join,      "a9/3 b7/3 12: c25/3 50:",                   "15:1@11(c)",                   "aO bO c15-18:33C"),
        (1, 5, Join,      "a9/3 b7/3 15: c25/3 50:",                   "15:1@11(c)",                   "aO bO c15-18:33C"),
        (1, 5, NextRound, "a9/3 b7/3 12: c25/3 100: 101:",             "20:1@8(a) 100:1@20(c)",        "a20-23:24C bO c100-101:20O"),
        // Who leaves accepts nothing.
        (1, 5, Join,      "a9/3 b7/3 12: -a 50:",                      "25:1@5(b)",                    "aW b25-28:15C"),
        (1, 5, Join,      "a9/3~19 b7/3 50:",                          "25:1@5(b)",                    "aA b25-28:15C"),
        (1, 5, Join,      "a9/3~20 b7/3 50:",                          "25:1@5(b)",                    "aA b25-28:15C"),
        // A minimum above the call ends the clock there and then, for whoever bids it.
        (1, 5, Join,      "a9/3 b7/3 12: min9 50:",                    "20:1@9(a)",                    "a20-23:27C bR(price)"),
        (1, 5, Join,      "a9/3 b7/3 12: min7 50:",                    "20:1@8(a)",                    "a20-23:24C bO"),
        (1, 5, Join,      "a9/3 b7/3 12: min10 50:",                   "20:1@10()",                    "aR(price) bR(price)"),
        (1, 5, Join,      "a19/3 b7/3 3: min18 50:",                   "5:1@18(a)",                    "a5-8:54C bR(price)"),
        // A bid of two slots takes both at its call; one that does not fit any more is passed over.
        (2, 5, Join,      "a9x2/3 b7/3 50:",                           "20:2@8(a)",                    "a20-23:48C bO"),
        (2, 5, Join,      "a14/3 b9x2/3 c7/3 50:",                     "25:2@5(ac)",                   "a10-13:42C bO c25-28:15C"),
    ];
    for (slots, tick, late, script, expected, result) in cases {
        let driver = play(vec![clock(slots, dutch(tick, late))], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(&format!("{late:?} {script}"), &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn a_strict_clock_does_not_pass_over_who_does_not_fit() {
    let mut table = Cases::default();
    use Fit::{Fill, Strict};
    let english = english(5, ClockPayment::Uniform, LateBidders::Join);
    let dutch = dutch(5, LateBidders::Join);
    #[rustfmt::skip]
    let cases = [
        // method  fit     script                        rounds           outcome
        (english,  Fill,   "a9x2/3 b7x2/3 c7/3 50:",     "10:3@6(ac)",    "a10-13:36C bO c10-13:18C"),
        (english,  Strict, "a9x2/3 b7x2/3 c7/3 50:",     "10:3@8(a)",     "a10-13:48C bO cO"),
        (dutch,    Fill,   "a14x2/3 b9x2/3 c7/3 50:",    "25:3@5(ac)",    "a10-13:84C bO c25-28:15C"),
        (dutch,    Strict, "a14x2/3 b9x2/3 c7/3 50:",    "30:3@14(a)",    "a10-13:84C bO cO"),
    ];
    for (method, fit, script, expected, result) in cases {
        let driver = play(vec![PoolRules { fit, ..clock(3, method) }], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(&format!("{fit:?} {script}"), &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn a_minimum_that_moves_while_an_ascending_clock_runs_leaves_its_calls_where_they_are() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // script                                           rounds          outcome
        ("a30/3 b9/3 50:",                                  "15:1@10(a)",   "a15-18:30C bO"),
        // Below the call it changes nothing, above the opening or not.
        ("a30/3 b9/3 7: min3 50:",                          "15:1@10(a)",   "a15-18:30C bO"),
        ("a30/3 b9/3 12: min6 50:",                         "15:1@10(a)",   "a15-18:30C bO"),
        ("min6 a30/3 b13/3 12: min2 50:",                   "20:1@14(a)",   "a20-23:42C bO"),
        // It sends away whoever bids less, and whoever remains pays no less than it.
        ("a30/3 b9/3 7: min20 50:",                         "10:1@20(a)",   "a10-13:60C bR(price)"),
        ("a30/3 b9/3 7: min40 50:",                         "7:1@40()",     "aR(price) bR(price)"),
        ("a30/3 b29/3 7: min20 70:",                        "65:1@30(a)",   "a65-68:90C bO"),
        // A lease is compared with the last call that it affirmed.
        ("a30 b9/3 16: min10 50:",                          "15:1@10(a)",   "a15-50:350O bR(price)"),
        ("a30 b9/3 16: min11 50:",                          "15:1@10(a)",   "a15-16:10L bR(price)"),
    ];
    for (script, expected, result) in cases {
        let driver = play(vec![clock(1, english(5, ClockPayment::Uniform, LateBidders::Join))], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn a_bidder_may_raise_its_bid_while_a_clock_runs() {
    let mut table = Cases::default();
    let english = english(5, ClockPayment::Uniform, LateBidders::Join);
    let dutch = dutch(5, LateBidders::Join);
    #[rustfmt::skip]
    let cases = [
        // method  script                             rounds          outcome
        (english,  "a9/3 b7/3 4: b=11 50:",           "15:1@10(b)",   "aO b15-18:30C"),
        (english,  "a30/3 b29/3 7: b=2 50:",          "10:1@8(a)",    "a10-13:24C bO"),
        (dutch,    "a9/3 b7/3 4: b=11 50:",           "15:1@11(b)",   "aO b15-18:33C"),
        (dutch,    "a9/3 b7/3 12: a=3 50:",           "25:1@5(b)",    "aO b25-28:15C"),
    ];
    for (method, script, expected, result) in cases {
        let pool = PoolRules { revision: Revision::Waiting, ..clock(1, method) };
        let driver = play(vec![pool], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn a_round_tells_of_everybody_who_bid_in_it() {
    let english = english(5, ClockPayment::Uniform, LateBidders::Join);
    let dutch = dutch(5, LateBidders::NextRound);
    for (method, script, expected) in [
        (english, "a9/3 b7/3 50:", vec![0, 1]),
        (english, "a9/3 b7/3 3: -b 50:", vec![0, 1]),
        (english, "a7/3 b9/3 3: -a c8/3 50:", vec![1, 2, 0]),
        (dutch, "a9/9 b7/3 12: c9/3 50:", vec![0, 1]),
        // Done before the clock ended.
        (dutch, "a9/3 b3x2/3 50:", vec![0, 1]),
    ] {
        let slots = if method == english { 1 } else { 2 };
        let driver = play(vec![clock(slots, method)], script);
        assert_eq!(driver.log.rounds[0].bidders, expected, "{script}");
    }
}

//! Sealed rounds in time.

use overspill::market::{
    AuctionMethod, AuctionRules, BelowMinimum, BurstRules, BurstTerms, Interrupted, Losers, MaxPrice, PoolId,
    PoolRules, Pricing, Slots, Term,
};
use overspill::units::{Money, Share};

use crate::driver::{PROVIDER, price, ticks};
use crate::script::{Cases, outcome, play, rounds, waiting_pool};

pub(crate) const RULES: AuctionRules = AuctionRules {
    method: AuctionMethod::FirstPrice,
    every: ticks(10),
    bidding: ticks(0),
    term: Term::UntilReleased,
    losers: Losers::Stay,
    cap: None,
};

fn auction(slots: u32, rules: AuctionRules) -> PoolRules {
    PoolRules { pricing: Pricing::Auction(rules), ..waiting_pool(slots) }
}

#[test]
fn each_method_has_its_price_and_what_is_left_is_sold_in_the_next_round() {
    let mut table = Cases::default();
    use AuctionMethod::{Discriminatory, FirstPrice, SecondPrice, Uniform, Vcg};
    #[rustfmt::skip]
    let cases = [
        // method        slots  script                                       rounds                      outcome
        (FirstPrice,     1,     "a9/5 b7/5 20:",                             "0:1@9(a) 10:1@7(b)",       "a0-5:45C b10-15:35C"),
        (SecondPrice,    1,     "a9/5 b7/5 20:",                             "0:1@7(a) 10:1@2(b)",       "a0-5:35C b10-15:10C"),
        (Uniform,        2,     "a9/5 b7/5 c6/5 20:",                        "0:2@6(ab) 10:2@2(c)",      "a0-5:30C b0-5:30C c10-15:10C"),
        (Discriminatory, 2,     "a9/5 b7/5 c6/5 20:",                        "0:2@7(ab) 10:2@6(c)",      "a0-5:45C b0-5:35C c10-15:30C"),
        (Vcg,            2,     "a9/5 b7/5 c6/5 20:",                        "0:2@6(ab) 10:2@2(c)",      "a0-5:30C b0-5:30C c10-15:10C"),
        // Two slots for one bid beside a better one: the set of the greatest total; it pays what it keeps out.
        (Vcg,            2,     "a9/5 b7x2/5 20:",                           "0:2@6(b) 10:2@2(a)",       "a10-15:10C b0-5:55C"),
        (FirstPrice,     2,     "a9/5 b7x2/5 20:",                           "0:2@9(a) 10:2@7(b)",       "a0-5:45C b10-15:70C"),
        // Slots that nobody wanted are there in the next round, and so are those that were given back in between.
        (Uniform,        2,     "a9/5 1: b7/5 c6/5 d5/5 20:",                "0:2@2(a) 10:2@5(bc)",      "a0-5:10C b10-15:25C c10-15:25C dO"),
        (Uniform,        2,     "a9/15 1: b7/5 c6/5 20:",                    "0:2@2(a) 10:1@6(b)",       "a0-15:30C b10-15:30C cO"),
        // Fewer bidders than slots, or as many: the price is the minimum. Nobody; no slots.
        (Uniform,        2,     "a9/5 b7/5 20:",                             "0:2@2(ab) 10:2@2()",       "a0-5:10C b0-5:10C"),
        (FirstPrice,     1,     "20:",                                       "0:1@2() 10:1@2()",         ""),
        (Uniform,        0,     "a9 20:",                                    "0:0@2() 10:0@2()",         "aR(capacity)"),
        (Uniform,        1,     "a9 15: b8 25:",                             "0:1@2(a) 10:0@2() 20:0@2()", "a0-25:50O bO"),
        // Who bids below the minimum is refused at once; at the minimum is enough.
        (FirstPrice,     1,     "a1 b2/5 10:",                               "0:1@2(b)",                 "aR(price) b0-5:10C"),
        // Equal bids: the earlier arrival.
        (SecondPrice,    1,     "a7/5 b7/5 20:",                             "0:1@7(a) 10:1@2(b)",       "a0-5:35C b10-15:10C"),
        // Withdrawn and abandoned bidders bid no more. Whoever's patience ends when a round is decided is gone before.
        (SecondPrice,    1,     "1: a9/5 b7/5 2: -b 20:",                    "0:1@2() 10:1@2(a)",        "a10-15:10C bW"),
        (SecondPrice,    1,     "1: a9/5 b7/5~8 20:",                        "0:1@2() 10:1@2(a)",        "a10-15:10C bA"),
        (SecondPrice,    1,     "1: a9/5 b7/5~9 20:",                        "0:1@2() 10:1@2(a)",        "a10-15:10C bA"),
        (SecondPrice,    1,     "1: a9/5 b7/5~10 20:",                       "0:1@2() 10:1@7(a)",        "a10-15:35C bA"),
        // An arrival at the very instant takes part.
        (SecondPrice,    1,     "1: a9/5 10: b7/5 20:",                      "0:1@2() 10:1@7(a)",        "a10-15:35C bO"),
    ];
    for (method, slots, script, expected, result) in cases {
        let pool = auction(slots, AuctionRules { method, ..RULES });
        let driver = play(vec![PoolRules { minimum: price(2), ..pool }], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(&format!("{method:?} {script}"), &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn bids_are_taken_until_the_round_closes() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // bidding, script                         rounds                      outcome
        (4,  "a9/3 20:",                           "4:1@2(a) 14:1@2()",        "a4-7:6C"),
        (4,  "a9/3 3: b12/3 20:",                  "4:1@9(b) 14:1@2(a)",       "a14-17:6C b4-7:27C"),
        (4,  "a9/3 4: b12/3 20:",                  "4:1@9(b) 14:1@2(a)",       "a14-17:6C b4-7:27C"),
        (4,  "a9/3 5: b12/3 20:",                  "4:1@2(a) 14:1@2(b)",       "a4-7:6C b14-17:6C"),
        (4,  "a9/3 3: -a 20:",                     "4:1@2() 14:1@2()",         "aW"),
        (4,  "a9/3 b7/3~2 20:",                    "4:1@2(a) 14:1@2()",        "a4-7:6C bA"),
        // A slot that is given back while bids are taken is sold.
        (4,  "a9/8 1: b7/3 20:",                   "4:1@7(a) 14:1@2(b)",       "a4-12:56C b14-17:6C"),
        (4,  "a9 1: min3 2: min1 20:",             "4:1@1(a) 14:0@1()",        "a4-20:16O"),
        (9,  "a9/3 9: min4 b5/3 30:",              "9:1@5(a) 19:1@4(b) 29:1@4()", "a9-12:15C b19-22:12C"),
    ];
    for (bidding, script, expected, result) in cases {
        let rules = AuctionRules { method: AuctionMethod::SecondPrice, bidding: ticks(bidding), ..RULES };
        let driver = play(vec![PoolRules { minimum: price(2), ..auction(1, rules) }], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{expected} | {result}"));
    }
}

#[test]
fn whoever_did_not_win_bids_again_or_leaves_and_may_burst() {
    let mut table = Cases::default();
    use Losers::{Leave, Stay};
    let ladder = BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Constant(price(6)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    };
    #[rustfmt::skip]
    let cases = [
        // losers, slots, burst, script                    outcome
        (Stay,  1, false, "a9/15 b7/5 30:",                "a0-15:135C b20-25:35C"),
        (Leave, 1, false, "a9/15 b7/5 30:",                "a0-15:135C bR(outbid)"),
        (Leave, 0, false, "a9/15 30:",                     "aR(capacity)"),
        // Whoever came after the round waits for the next.
        (Leave, 1, false, "a9/5 b7/5 1: c8/5 30:",         "a0-5:45C bR(outbid) c10-15:40C"),
        // The tier takes one at its own price; the other is refused for want of a tier.
        (Leave, 1, true,  "a9/15 b7/5 30:",                "a0-15:135C b0-5:20C"),
        (Leave, 1, true,  "a9/15 b7/5 c8/5 30:",           "a0-15:135C b0-5:20C cR(outbid)"),
        // Who wants more slots than there can ever be is no bidder.
        (Leave, 1, true,  "a9/15 b7/5x2 c8/5 30:",         "a0-15:135C bR(capacity) c0-5:20C"),
        // Who never bid (below the minimum) is not among the losers.
        (Leave, 1, false, "a9/5 b1/5 30:",                 "a0-5:45C bO"),
    ];
    for (losers, slots, bursts, script, result) in cases {
        let rules = AuctionRules { losers, ..RULES };
        let home = PoolRules {
            minimum: price(2),
            below_minimum: BelowMinimum::Waits,
            burst: bursts.then(|| ladder.clone()),
            ..auction(slots.max(u32::from(slots == 0)), rules)
        };
        let home = if slots == 0 { PoolRules { slots: Slots::Count(0), ..home } } else { home };
        let tier = PoolRules::posted(PROVIDER, Slots::Count(1), price(4));
        table.expect(&format!("{losers:?} {script}"), &outcome(&play(vec![home, tier], script)), result);
    }
}

#[test]
fn slots_are_sold_until_released_or_for_a_term() {
    let mut table = Cases::default();
    use Interrupted::{Lost, Restart, Resume};
    #[rustfmt::skip]
    let cases = [
        // term       then      script                          outcome
        (None,        Lost,     "a9/25 b7/5 40:",               "a0-25:225C b30-35:35C"),
        // A term that is longer than the work is paid to its end; one that is shorter interrupts.
        (Some(8),     Lost,     "a9/5 40:",                     "a0-8:72C"),
        (Some(8),     Lost,     "a9/8 40:",                     "a0-8:72C"),
        (Some(8),     Lost,     "a9/9 40:",                     "a0-8:72L"),
        (Some(8),     Resume,   "a9/20 40:",                    "a0-8:72,10-18:72,20-28:72C"),
        (Some(8),     Resume,   "a9/20 b7/5 50:",               "a0-8:72,10-18:72,20-28:72C b30-38:56C"),
        (Some(8),     Restart,  "a9/9 25:",                     "a0-8:72,10-18:72,20-25:45O"),
        // A term of a whole cycle: who is interrupted bids in the round of that instant.
        (Some(10),    Resume,   "a9/20 b7/5 40:",               "a0-10:90,10-20:90C b20-30:70C"),
        (Some(10),    Resume,   "a9/20 5: b12/5 40:",           "a0-10:90,20-30:90C b10-20:120C"),
    ];
    for (term, interrupted, script, result) in cases {
        let term = term.map_or(Term::UntilReleased, |length| Term::Fixed(ticks(length)));
        let pool = auction(1, AuctionRules { term, ..RULES });
        let pool = PoolRules { interrupted: Some(interrupted), ..pool };
        table.expect(&format!("{term:?} {interrupted:?} {script}"), &outcome(&play(vec![pool], script)), result);
    }
}

#[test]
fn the_minimum_rules_over_rounds_and_over_what_was_agreed() {
    let mut table = Cases::default();
    use AuctionMethod::{FirstPrice, SecondPrice, Vcg};
    #[rustfmt::skip]
    let cases = [
        // method     script                                   outcome
        // Between rounds: whoever waits below it is refused; the next round sells at or above it.
        (SecondPrice, "1: a9/5 b7/5 2: min8 20:",              "a10-15:40C bR(price)"),
        (SecondPrice, "1: a9/5 b7/5 2: min7 20:",              "a10-15:35C bO"),
        // Agreed 5 of a bid of 9: a minimum above 5 is paid, one above 9 ends it at that instant, and a fall brings it back.
        (SecondPrice, "a9 b5 3: min4 6: 9:",                   "a0-9:45O bO"),
        (SecondPrice, "a9 b5~1 3: min7 6: 9:",                 "a0-9:57O bA"),
        (SecondPrice, "a9 b5~1 3: min9 9:",                    "a0-9:69O bA"),
        (SecondPrice, "a9 b5~1 3: min10 9:",                   "a0-3:15L bA"),
        (SecondPrice, "a9 b5~1 3: min7 6: min2 9:",            "a0-9:51O bA"),
        (FirstPrice,  "a9 3: min9 9:",                         "a0-9:81O"),
        (FirstPrice,  "a9x2 3: min10 9:",                      "a0-3:54L"),
        // Two slots, agreed at 5 × 1 for both under VCG: the minimum counts for each slot.
        (Vcg,         "a9x2 b5~1 3: min4 9:",                  "a0-9:63O bA"),
    ];
    for (method, script, result) in cases {
        let pool = auction(if script.contains("x2") { 2 } else { 1 }, AuctionRules { method, ..RULES });
        let pool = PoolRules { interrupted: Some(Interrupted::Lost), ..pool };
        table.expect(&format!("{method:?} {script}"), &outcome(&play(vec![pool], script)), result);
    }
}

#[test]
fn nobody_pays_more_than_the_cap() {
    let mut table = Cases::default();
    use AuctionMethod::{Discriminatory, Uniform};
    #[rustfmt::skip]
    let cases = [
        // method        cap   script                        rounds        outcome
        (Discriminatory, 6,    "a9/5 b7x2/5 c5/5 10:",       "0:3@6(ab)",  "a0-5:30C b0-5:60C cO"),
        (Discriminatory, 8,    "a9/5 b7x2/5 c5/5 10:",       "0:3@7(ab)",  "a0-5:40C b0-5:70C cO"),
        (Uniform,        4,    "a9/5 b7x2/5 c5/5 10:",       "0:3@4(ab)",  "a0-5:20C b0-5:40C cO"),
        (Uniform,        6,    "a9/5 b7x2/5 c5/5 10:",       "0:3@5(ab)",  "a0-5:25C b0-5:50C cO"),
    ];
    for (method, cap, script, expected, result) in cases {
        let driver = play(vec![auction(3, AuctionRules { method, cap: Some(price(cap)), ..RULES })], script);
        let found = format!("{} | {}", rounds(&driver), outcome(&driver));
        table.expect(&format!("{method:?} {script}"), &found, &format!("{expected} | {result}"));
    }
}

//! Shares in proportion to bids, in time.

use std::sync::Arc;

use overspill::market::{
    BelowMinimum, FairOrder, FairnessRules, Interrupted, PoolId, PoolRules, Pricing, Revision, Submission, SupplyLine,
};

use crate::driver::{CUSTOMER, Driver, STRANGER, ask, price, ticks};
use crate::script::{Cases, outcome, play, prices, waiting_pool};

fn pool(slots: u32) -> PoolRules {
    let interrupted = Some(Interrupted::Lost);
    let (pricing, revision) = (Pricing::Proportional, Revision::Always);
    PoolRules { pricing, minimum: price(2), interrupted, revision, ..waiting_pool(slots) }
}

#[test]
fn work_goes_as_fast_as_the_share_and_everybody_pays_its_bid_for_it() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // slots  script                              prices                    outcome
        (1,       "a9/5 20:",                         "0@2",                    "a0-5:10C"),
        (2,       "a9/5 b3/5 20:",                    "0@2",                    "a0-5:10C b0-5:10C"),
        // Half each: twice as long. Each spends its bid.
        (1,       "a5/5 b5/5 20:",                    "0@10 10@2",              "a0-10:50C b0-10:50C"),
        // Three quarters and one quarter: a is done at 8; b has 2 of 5 by then, and is alone.
        (1,       "a6/6 b2/5 20:",                    "0@8 8@2",                "a0-8:48C b0-11:22C"),
        // b comes at 3, when a has done 3 of 6: half each from then on, at 9; then b is alone.
        (1,       "a9/6 3: b9/6 20:",                 "0@2 3@18 9@2",           "a0-9:60C b3-12:60C"),
        // b leaves the shares at 7, done; a has had 3 + 2 of 10.
        (1,       "a9/10 3: b9/2 20:",                "0@2 3@18 7@2",           "a0-12:52C b3-7:36C"),
        // Whoever bids at least the price has all of its slots at that price: 9 against (2 + 2) for one slot.
        (2,       "a9/5 b2/4 c2/4 20:",               "0@4 5@2",                "a0-5:20C b0-7:14C c0-7:14C"),
        // Large and small: 2 slots of 3 each, for 4 asked for.
        (3,       "a4x2/3 b4x2/3 20:",                "0@5 4@2",                "a0-4:32C b0-4:32C"),
        // Nobody below the minimum.
        (1,       "a1 b2/4 20:",                      "0@2",                    "aR(price) b0-4:8C"),
        // A minimum that rises: whoever is below it goes; the others pay it.
        (2,       "a9/10 b3/10 4: min5 20:",          "0@2 4@5",                "a0-10:38C b0-4:8L"),
        // A bid that is changed changes the shares: from a quarter to a half.
        (1,       "a6 b2 4: b=6 8:",                  "0@8 4@12",               "a0-8:48O b0-8:32O"),
        (1,       "a6 b2 4: b=1 8:",                  "0@8 4@2",                "a0-8:32O b0-4:8L"),
    ];
    for (slots, script, prices_expected, result) in cases {
        let driver = play(vec![pool(slots)], script);
        let found = format!("{} | {}", prices(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{prices_expected} | {result}"));
    }
}

#[test]
fn a_minimum_that_falls_lets_in_whoever_waited_for_it_though_all_slots_are_divided() {
    let mut table = Cases::default();
    let pool = PoolRules { below_minimum: BelowMinimum::Waits, interrupted: Some(Interrupted::Resume), ..pool(1) };
    #[rustfmt::skip]
    let cases = [
        // script                                   outcome
        ("a9 b1/2 4: min1 20:",                     "a0-20:152O b4-20:16O"),
        ("a9 4: b1/1 6: min1 26:",                  "a0-26:112O b6-16:10C"),
        ("a5/30 b3/30 4: min4 8: min2 12:",         "a0-12:56O b0-4:12,8-12:12O"),
    ];
    for (script, result) in cases {
        table.expect(script, &outcome(&play(vec![pool.clone()], script)), result);
    }
}

#[test]
fn caps_hold_where_slots_are_divided() {
    let mut table = Cases::default();
    let fairness = FairnessRules {
        member_cap: Some(2),
        department_cap: None,
        order: FairOrder::Arrival,
        credits: None,
        departments: [].into(),
        weights: Arc::default(),
    };
    let pool = PoolRules { fairness: Some(fairness), ..pool(2) };
    #[rustfmt::skip]
    let cases = [
        // script                                   outcome
        ("a9x3 5:",                                 "aR(cap)"),
        ("a9x2/4 b9/2 c9x2@3/4 20:",                "a0-8:144C b8-10:4C c0-8:144C"),
    ];
    for (script, result) in cases {
        table.expect(script, &outcome(&play(vec![pool.clone()], script)), result);
    }
}

#[test]
fn everybody_slows_down_when_the_pool_loses_a_slot() {
    let home = PoolRules {
        owner: CUSTOMER,
        supply: vec![SupplyLine { from: PoolId(1), slots: 2, bid: price(3), purchase: None }],
        ..pool(0)
    };
    let rules = overspill::market::SpotRules::continuous(
        overspill::market::PriceRule::LowestAccepted,
        overspill::market::Payment::UniformPrice,
    );
    let upstream = PoolRules { pricing: Pricing::Spot(rules), ..waiting_pool(2) };
    let upstream = PoolRules { interrupted: Some(Interrupted::Lost), ..upstream };
    let mut driver = Driver::new(vec![home, upstream]);
    let first = driver.submit(Submission { work: ticks(10), ..ask(0, 6) });
    let second = driver.submit(Submission { work: ticks(10), ..ask(0, 6) });
    driver.run_to(4);
    // One slot of two is gone from 4 to 8: 4 whole, 4 at half speed, 4 whole.
    driver.submit(Submission { payer: STRANGER, work: ticks(4), ..ask(1, 9) });
    driver.run_to(12);
    assert!(driver.running().is_empty());
    driver.close();
    for number in [first, second] {
        assert_eq!(driver.seen(number).charge, 4 * 2 + 4 * 6 + 4 * 2, "the minimum, the bid, the minimum");
    }
}

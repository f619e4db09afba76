//! Notices, guaranteed runs, eviction orders, and what an interrupted request does.

use std::sync::Arc;

use overspill::market::{
    Checkpoint, EvictionOrder, Interrupted, InterruptionRules, Payment, PoolId, PoolRules, PriceRule, Pricing,
    SpotRules, Submission, SupplyLine,
};

use crate::driver::{CUSTOMER, Driver, STRANGER, ask, price, ticks};
use crate::formula::Rule;
use crate::script::{Cases, outcome, play, waiting_pool};

const LOWEST: SpotRules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
const OWN_BID: SpotRules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::OwnBid);

fn spot(slots: u32, rules: SpotRules, notice: i64, guaranteed: i64) -> PoolRules {
    let interruption =
        InterruptionRules { notice: ticks(notice), guaranteed: ticks(guaranteed), ..InterruptionRules::IMMEDIATE };
    PoolRules { pricing: Pricing::Spot(rules), minimum: price(2), interruption, ..waiting_pool(slots) }
}

#[test]
fn whoever_has_notice_keeps_its_slots_until_it_ends() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // slots, rules, script                               outcome
        // The newcomer waits; the victim pays what it paid, and goes on later with what is left.
        (1, LOWEST,  "a5 3: b9/5 20:",                        "a0-8:40,13-20:35O b8-13:45C"),
        (1, OWN_BID, "a5 3: b9/5 20:",                        "a0-8:40,13-20:35O b8-13:45C"),
        // The work of the victim may be done before.
        (1, LOWEST,  "a5/7 3: b9/5 20:",                      "a0-7:35C b7-12:45C"),
        (1, LOWEST,  "a5/8 3: b9/5 20:",                      "a0-8:40C b8-13:45C"),
        // One victim for one newcomer, however often the market is cleared meanwhile; another for another.
        (2, LOWEST,  "a5/20 b6/20 3: c9/5 4: d3/5 5: e4/5 30:", "a0-8:40,13-25:55C b0-20:110C c8-13:30C d25-30:10C e20-25:20C"),
        (2, LOWEST,  "a5/20 b6/20 3: c9/5 4: d9/5 30:",       "a0-8:40,14-26:54C b0-9:51,13-24:56C c8-13:45C d9-14:42C"),
        // Who is lower than everybody waits, and nobody has notice for its sake.
        (1, LOWEST,  "a5/9 3: b5/5 20:",                      "a0-9:45C b9-14:25C"),
        // The newcomer goes before the notice ends: it is not taken back.
        (1, LOWEST,  "a5 3: b9~2 20:",                        "a0-8:40,8-20:60O bA"),
        (1, LOWEST,  "a5 3: b9 5: -b 20:",                    "a0-8:40,8-20:60O bW"),
        // The price falls to the minimum while the only holder has notice: it goes on paying what it did. Whoever comes
        // waits behind the one for whom the slot is kept.
        (1, LOWEST,  "a5 3: b9/5 4: c8/5 20:",                "a0-8:40,18-20:10O b8-13:45C c13-18:40C"),
        (1, LOWEST,  "a5 3: b9/5 4: c10/5 20:",               "a0-8:40,18-20:10O b13-18:45C c8-13:50C"),
        // The minimum rises above a bid: notice too, at most at the bid; and it does not help that it falls again.
        (1, LOWEST,  "a5 3: min7 20:",                        "a0-8:40L"),
        (2, LOWEST,  "a5 3: min7 20:",                        "a0-8:16L"),
        (2, LOWEST,  "a5 3: min4 20:",                        "a0-20:74O"),
        (2, LOWEST,  "a5 3: min7 5: min2 20:",                "a0-8:16,8-20:24O"),
        (2, LOWEST,  "a5/6 3: min7 20:",                      "a0-6:12C"),
        (2, LOWEST,  "a5 3: min4 6: min7 20:",                "a0-11:38L"),
        // A bid of two slots keeps both, though only one is needed; two bids make room for a large one.
        (2, LOWEST,  "a5x2 3: b9/5 20:",                      "a0-8:80,13-20:70O b8-13:45C"),
        (2, LOWEST,  "a5 b6 3: c9x2/5 20:",                   "a0-8:40,13-20:35O b0-8:40,13-20:35O c8-13:90C"),
    ];
    for (slots, rules, script, result) in cases {
        table.expect(script, &outcome(&play(vec![spot(slots, rules, 5, 0)], script)), result);
    }
}

#[test]
fn nobody_is_interrupted_in_its_guaranteed_run() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // slots, rules, notice, script                   outcome
        (1, LOWEST,  0, "a5 3: b9/5 20:",                 "a0-10:50,15-20:25O b10-15:45C"),
        (1, OWN_BID, 0, "a5 3: b9/5 20:",                 "a0-10:50,15-20:25O b10-15:45C"),
        (1, LOWEST,  4, "a5 3: b9/5 20:",                 "a0-14:70,19-20:5O b14-19:45C"),
        (1, LOWEST,  0, "a5/10 3: b9/5 20:",              "a0-10:50C b10-15:45C"),
        (1, LOWEST,  0, "a5 12: b9/5 20:",                "a0-12:60,17-20:15O b12-17:45C"),
        // The minimum rises above it: it holds on, and pays no more than its bid; the others pay the minimum.
        (2, LOWEST,  0, "a5 3: min7 20:",                 "a0-10:20L"),
        (2, LOWEST,  0, "a5 b9 3: min7 20:",              "a0-10:50L b0-20:134O"),
        (2, LOWEST,  4, "a5 3: min7 20:",                 "a0-14:28L"),
        // It falls in time: the lease goes on, at the pool's price again.
        (2, LOWEST,  0, "a5 3: min7 6: min3 20:",         "a0-20:50O"),
        // Two newcomers, one slot that may be taken.
        (2, LOWEST,  0, "a5 4: b6 11: c9/3 d8/3 30:",     "a0-11:43,17-30:65O b4-30:136O c11-14:18C d14-17:18C"),
    ];
    for (slots, rules, notice, script, result) in cases {
        let pool = spot(slots, rules, notice, 10);
        let interrupted = if script.contains("min") { Interrupted::Lost } else { Interrupted::Resume };
        let pool = PoolRules { interrupted: Some(interrupted), ..pool };
        table.expect(&format!("{notice} {script}"), &outcome(&play(vec![pool], script)), result);
    }
}

/// The customer's pool of two slots that it holds in a spot market of the provider.
fn supplied(order: EvictionOrder, interrupted: Interrupted, pricing: Pricing) -> Vec<PoolRules> {
    let interruption = InterruptionRules { order, ..InterruptionRules::IMMEDIATE };
    let home = PoolRules {
        owner: CUSTOMER,
        supply: vec![SupplyLine { from: PoolId(1), slots: 2, bid: price(3), purchase: None }],
        interruption,
        interrupted: Some(interrupted),
        pricing,
        ..waiting_pool(0)
    };
    let upstream = PoolRules { pricing: Pricing::Spot(LOWEST), ..waiting_pool(2) };
    vec![home, PoolRules { interrupted: Some(Interrupted::Lost), ..upstream }]
}

#[test]
fn the_pool_says_who_goes_first_when_it_loses_a_slot() {
    use EvictionOrder::{ByMethod, Formula, LeastLostWork, LowestBid, Youngest};
    let checkpoint = Interrupted::Checkpoint(Checkpoint { every: ticks(10), cost: ticks(0) });
    let posted = Pricing::Posted(price(0));
    let shortest = || Formula(Arc::new(Rule(|variables| Ok(variables.bid % 10))));
    #[rustfmt::skip]
    let cases = [
        // order         then             pricing                 bids of a (0), b (4)   who goes at 12
        (ByMethod,       Interrupted::Lost, posted.clone(),       (5, 4), 1),
        (ByMethod,       Interrupted::Lost, Pricing::Spot(LOWEST), (5, 6), 0),
        (ByMethod,       Interrupted::Lost, Pricing::Spot(LOWEST), (5, 5), 1),
        (LowestBid,      Interrupted::Lost, posted.clone(),       (5, 6), 0),
        (LowestBid,      Interrupted::Lost, posted.clone(),       (5, 5), 1),
        (Youngest,       Interrupted::Lost, posted.clone(),       (5, 9), 1),
        (LeastLostWork,  Interrupted::Lost, posted.clone(),       (5, 9), 1),
        // 12 ticks since the start, 2 since the checkpoint, against 8 ticks.
        (LeastLostWork,  checkpoint,        posted.clone(),       (5, 4), 0),
        (shortest(),     Interrupted::Lost, posted.clone(),       (15, 24), 1),
        (shortest(),     Interrupted::Lost, posted,               (21, 4), 0),
    ];
    for (case, (order, interrupted, pricing, bids, victim)) in cases.into_iter().enumerate() {
        let mut driver = Driver::new(supplied(order, interrupted, pricing));
        let first = driver.submit(ask(0, bids.0));
        driver.run_to(4);
        let second = driver.submit(ask(0, bids.1));
        driver.run_to(12);
        assert_eq!(driver.running(), [first, second], "case {case}");
        driver.submit(Submission { payer: STRANGER, ..ask(1, 9) });
        let expected = [first, second][1 - victim];
        assert!(driver.running().contains(&expected), "case {case}");
        assert!(!driver.running().contains(&[first, second][victim]), "case {case}");
    }
}

#[test]
fn work_goes_on_from_the_last_checkpoint_at_a_cost() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // every, cost, script                              outcome
        // a has 10 of 30 ticks saved after 14, and goes on with 20 and the cost.
        (10, 0, "a5/30 14: b9/5 60:",                       "a0-14:70,19-39:100C b14-19:45C"),
        (10, 3, "a5/30 14: b9/5 60:",                       "a0-14:70,19-42:115C b14-19:45C"),
        // Nothing saved yet, nothing to pay for.
        (10, 3, "a5/30 9: b9/5 60:",                        "a0-9:45,14-44:150C b9-14:45C"),
        (10, 3, "a5/30 10: b9/5 60:",                       "a0-10:50,15-38:115C b10-15:45C"),
        // Twice; the count of work between checkpoints begins with each lease.
        (10, 3, "a5/30 14: b9/5 30: c9/5 60:",              "a0-14:70,19-30:55,35-51:80C b14-19:45C c30-35:45C"),
    ];
    for (every, cost, script, result) in cases {
        let checkpoint = Checkpoint { every: ticks(every), cost: ticks(cost) };
        let mut pool = spot(1, LOWEST, 0, 0);
        pool.interrupted = Some(Interrupted::Checkpoint(checkpoint));
        let found = outcome(&play(vec![pool], script));
        table.expect(&format!("{every} {cost} {script}"), &found, result);
    }
}

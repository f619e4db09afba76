//! Prices that stand for a time: per cycle, smoothed, by a formula; and the minimum under a posted price.

use overspill::market::{
    BelowMinimum, BurstRules, BurstTerms, Clearing, Interrupted, MaxPrice, Payment, PoolId, PoolRules, PriceRule,
    Pricing, Slots, Smoothing, SpotRules,
};
use overspill::units::{Money, Share};

use crate::driver::{CUSTOMER, PROVIDER, price, ticks};
use crate::script::{Cases, outcome, play, prices, waiting_pool};

const CONTINUOUS: SpotRules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
const PER_CYCLE: SpotRules = SpotRules { clearing: Clearing::PerCycle(ticks(10)), ..CONTINUOUS };

const HALF: SpotRules = SpotRules { smoothing: smoothing(500_000), ..CONTINUOUS };
const WHOLE: SpotRules = SpotRules { smoothing: smoothing(1_000_000), ..CONTINUOUS };
const HALF_CYCLES: SpotRules = SpotRules { smoothing: smoothing(500_000), ..PER_CYCLE };
const HIGHEST_REJECTED: SpotRules = SpotRules { rule: PriceRule::HighestRejected, ..PER_CYCLE };
const OWN_BID: SpotRules = SpotRules { payment: Payment::OwnBid, ..PER_CYCLE };

const fn smoothing(parts: u32) -> Option<Smoothing> {
    Some(Smoothing { step: ticks(10), weight: Share::from_parts(parts) })
}

fn spot(slots: u32, rules: SpotRules) -> PoolRules {
    PoolRules { pricing: Pricing::Spot(rules), minimum: price(2), ..waiting_pool(slots) }
}

#[test]
fn a_market_that_is_cleared_per_cycle_stands_in_between() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // slots, rules         script                                        prices                outcome
        // Nobody is displaced in between; at the boundary the highest bids run, and their price holds.
        (1, PER_CYCLE,          "a5 3: b9 25:",                               "0@2 10@9",           "a0-10:20O b10-25:135O"),
        (1, HIGHEST_REJECTED,   "a5 3: b9 25:",                               "0@2 10@5",           "a0-10:20O b10-25:75O"),
        (1, OWN_BID,            "a5 3: b9 25:",                               "0@2 10@9",           "a0-10:50O b10-25:135O"),
        (1, PER_CYCLE,          "a5 3: b5 25:",                               "0@2 10@5",           "a0-25:95O bO"),
        // Free slots go to bids at or above the price that stands, whoever else waits.
        (1, PER_CYCLE,          "a9/12 3: b5 25:",                            "0@2 10@9 20@5",      "a0-12:38C b20-25:25O"),
        (1, PER_CYCLE,          "a9/12 3: b5 13: c9 25:",                     "0@2 10@9",           "a0-12:38C bO c13-25:108O"),
        (1, PER_CYCLE,          "a9/12 3: b5 13: c8 25:",                     "0@2 10@9 20@8",      "a0-12:38C bO c20-25:40O"),
        (2, PER_CYCLE,          "a9 b5 3: c7 25:",                            "0@2 10@7",           "a0-25:125O b0-10:20O c10-25:105O"),
        // At the boundary itself releases come first, arrivals after.
        (1, PER_CYCLE,          "a9/10 3: b5 25:",                            "0@2 10@5",           "a0-10:20C b10-25:75O"),
        (1, PER_CYCLE,          "a5 10: b9 25:",                              "0@2 10@5 20@9",      "a0-20:70O b20-25:45O"),
        // A minimum above the price is paid at once, and interrupts at once.
        (1, PER_CYCLE,          "a5 3: min4 25:",                             "0@2 3@4 10@5",       "a0-25:109O"),
        (1, PER_CYCLE,          "a5 3: min6 25:",                             "0@2 3@6",            "a0-3:6L"),
        // With slots to spare the price is the minimum.
        (2, PER_CYCLE,          "a5 25:",                                     "0@2",                "a0-25:50O"),
        (2, PER_CYCLE,          "a5 b6/15 35:",                               "0@2 10@5 20@2",      "a0-35:100O b0-15:45C"),
    ];
    for (slots, rules, script, prices_expected, result) in cases {
        let interrupted = if script.contains("min") { Interrupted::Lost } else { Interrupted::Resume };
        let pool = PoolRules { interrupted: Some(interrupted), ..spot(slots, rules) };
        let driver = play(vec![pool], script);
        let found = format!("{} | {}", prices(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{prices_expected} | {result}"));
    }
}

#[test]
fn a_smoothed_price_follows_in_steps() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // slots, rules    script                     prices                       outcome
        // Half the way to the lowest running bid.
        (1, HALF,          "a18 35:",                 "0@2 10@10 20@14 30@16",     "a0-35:340O"),
        (1, WHOLE,         "a18 25:",                 "0@2 10@18",                 "a0-25:290O"),
        (2, HALF,          "a30 b20/22 c17 35:",      "0@2 10@11 20@16 30@17",     "a0-35:375O b0-22:162C c22-35:213O"),
        // No bid displaces another: the price does, once it has risen above the lower one.
        (1, HALF,          "a18 3: b30 15:",          "0@2 10@16",                 "a0-15:100O bO"),
        (1, HALF,          "a18 3: b30 35:",          "0@2 10@16 20@23 30@27",     "a0-20:180O b20-35:365O"),
        (1, HALF,          "a30 15: b40 35:",         "0@2 10@16 20@28 30@34",     "a0-30:460O b30-35:170O"),
        (1, WHOLE,         "a18 3: b18 15:",          "0@2 10@18",                 "a0-15:110O bO"),
        // A free slot stays free for a bid below the price that stands, until it has come down to it: half the way to the
        // minimum, not to the bid itself, which it would not reach.
        (1, HALF,          "a18/12 11: b6 45:",       "0@2 10@10 20@6",            "a0-12:40C b20-45:150O"),
        (1, HALF,          "a30/12 b10 35:",          "0@2 10@16 20@10",           "a0-12:52C b20-35:150O"),
        (1, HALF,          "a18/12 11: b10 45:",      "0@2 10@10",                 "a0-12:40C b12-45:330O"),
        // In cycles: half the way from the price that stood, not from the minimum.
        (1, HALF_CYCLES,   "a30/12 b4/10 45:",        "0@2 10@16 20@9 30@5 40@4",  "a0-12:52C b40-45:20O"),
        (1, HALF_CYCLES,   "a18 35:",                 "0@2 10@10 20@14 30@16",     "a0-35:340O"),
        (1, HALF_CYCLES,   "a18 12: b20 35:",         "0@2 10@10 20@15 30@18",     "a0-20:120O b20-35:240O"),
    ];
    for (slots, rules, script, prices_expected, result) in cases {
        let driver = play(vec![spot(slots, rules)], script);
        let found = format!("{} | {}", prices(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{prices_expected} | {result}"));
    }
}

#[test]
fn a_posted_price_has_a_minimum_too() {
    use BelowMinimum::{Refused, Waits};
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // below    script                           prices          outcome
        (Refused,   "a9 3: min6 10:",                "0@4 3@6",      "a0-10:54O"),
        (Refused,   "a9 3: min9 10:",                "0@4 3@9",      "a0-10:75O"),
        (Refused,   "a9 3: min10 10:",               "0@4 3@10",     "a0-3:12L"),
        (Refused,   "a9 3: min3 10:",                "0@4",          "a0-10:40O"),
        (Refused,   "a3 10:",                        "0@4",          "aR(price)"),
        (Refused,   "min6 a5 10:",                   "0@6",          "aR(price)"),
        (Waits,     "min6 a5 3: min4 10:",           "0@6 3@4",          "a3-10:28O"),
        (Waits,     "a9/5 b5 3: min6 7: min1 10:",   "0@4 3@6 7@4",  "a0-5:24C b7-10:12O"),
    ];
    for (below_minimum, script, prices_expected, result) in cases {
        let pool = PoolRules { pricing: Pricing::Posted(price(4)), below_minimum, ..waiting_pool(1) };
        let driver = play(vec![PoolRules { interrupted: Some(Interrupted::Lost), ..pool }], script);
        let found = format!("{} | {}", prices(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{prices_expected} | {result}"));
    }
}

#[test]
fn a_burst_does_not_start_above_its_highest_price_where_a_price_stands() {
    let mut table = Cases::default();
    let burst = BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Constant(price(6)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    };
    for (name, rules) in [("cycle", PER_CYCLE), ("smoothed", HALF)] {
        let home = PoolRules { burst: Some(burst.clone()), ..PoolRules::posted(CUSTOMER, Slots::Count(0), price(0)) };
        let home = PoolRules { interrupted: Some(Interrupted::Lost), ..home };
        let tier = PoolRules { owner: PROVIDER, ..spot(1, rules) };
        let mut driver = crate::driver::Driver::new(vec![home, tier]);
        // Another customer's bid sets the price of the tier to 9 (to 6 in one step of half the way), and leaves.
        driver.submit(overspill::market::Submission { work: ticks(12), ..crate::driver::ask(1, 12) });
        driver.run_to(13);
        driver.submit(crate::driver::ask(0, 9));
        driver.run_to(19);
        let price = driver.price(1);
        driver.close();
        let found = format!("{price} {}", outcome(&driver));
        let expected = match name {
            "cycle" => "12 a0-12:44C bR(capacity)",
            _ => "7 a0-12:34C bR(capacity)",
        };
        table.expect(name, &found, expected);
    }
}

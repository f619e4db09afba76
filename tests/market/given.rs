//! A price that others make: who runs, what it costs, and what bursts into it.

use overspill::market::{
    BelowMinimum, BudgetRules, BurstRules, BurstTerms, Charging, Fate, Fit, GivenRules, Interrupted, InterruptionRules,
    MaxPrice, PoolId, PoolRules, Pricing, Refusal, Slots, Submission, SupplyLine, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Price, Share, SimDuration, TICKS_PER_HOUR};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, ticks};
use crate::script::{Cases, ROOM, outcome, play, prices};

fn given(slots: Slots, start: i64) -> PoolRules {
    let rules = GivenRules { start: price(start), highest: Price::MAX };
    PoolRules {
        pricing: Pricing::Given(rules),
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(PROVIDER, slots, price(0))
    }
}

#[test]
fn whoever_bids_the_price_runs_until_it_rises_above_the_bid() {
    let mut table = Cases::default();
    let waits = |pool| PoolRules { waiting: Some(ROOM), interrupted: Some(Interrupted::Resume), ..pool };
    let free = || given(Slots::Unlimited, 4);
    let two = || given(Slots::Count(2), 4);
    let noticed =
        || PoolRules { interruption: InterruptionRules { notice: ticks(3), ..InterruptionRules::IMMEDIATE }, ..free() };
    let guaranteed = || PoolRules {
        interruption: InterruptionRules { guaranteed: ticks(5), ..InterruptionRules::IMMEDIATE },
        ..free()
    };
    let minimum = || PoolRules { minimum: price(6), ..free() };
    #[rustfmt::skip]
    let cases = [
        // pool             script                                  prices                  outcome
        // Equality is enough to come in and to stay; everybody pays the price as it changes.
        (free(),            "a4 b3 c9 10:",                         "0@4",                  "a0-10:40O bR(price) c0-10:40O"),
        (free(),            "a7 3: price7 5: price2 10:",           "0@4 3@7 5@2",          "a0-10:36O"),
        (free(),            "a7 3: price8 10:",                     "0@4 3@8",              "a0-3:12L"),
        // Those below the price go, the others stay: nobody is displaced, and no bid moves the price.
        (free(),            "a5 b9 c7 2: price8 4: d8x3 9:",        "0@4 2@8",              "a0-2:8L b0-9:64O c0-2:8L d4-9:120O"),
        // It may fall to nothing.
        (free(),            "a0 b9 3: price0 c0 9:",                "0@4 3@0",              "aR(price) b0-9:12O c3-9:0O"),
        // At one instant ends of leases come before the price, arrivals after it.
        (free(),            "a5/3 3: price9 b5 c9 5:",              "0@4 3@9",              "a0-3:12C bR(price) c3-5:18O"),
        // Who can wait does so until the price comes down.
        (waits(free()),     "a3 2: price3 5: price5 7: price1 9:",  "0@4 2@3 5@5 7@1",      "a2-5:9,7-9:2O"),
        // Of few slots each goes to whoever came first.
        (two(),             "a5 b9 c99 3: price6 d6 9:",            "0@4 3@6",              "a0-3:12L b0-9:48O cR(capacity) d3-9:36O"),
        (waits(two()),      "a5/4 b9 c7 d9 2: price8 9:",           "0@4 2@8",              "a0-2:8O b0-9:64O cO d2-9:56O"),
        // The minimum is the owner's own, whatever the others do.
        (minimum(),         "a5 b6 2: price7 c7 4: price1 9:",      "0@6 2@7 4@6",          "aR(price) b0-2:12L c2-9:44O"),
        (free(),            "a5 b9 2: min6 4: min0 9:",             "0@4 2@6 4@4",          "a0-2:8L b0-9:40O"),
        // Notices and guaranteed runs are exceptions, and cost at most the bid.
        (noticed(),         "a5 2: price9 8:",                      "0@4 2@9",              "a0-5:23L"),
        (guaranteed(),      "a6 2: price9 8:",                      "0@4 2@9",              "a0-5:26L"),
        (guaranteed(),      "a6 2: price9 4: price1 8:",            "0@4 2@9 4@1",          "a0-8:29O"),
    ];
    for (pool, script, prices_expected, result) in cases {
        let driver = play(vec![pool], script);
        let found = format!("{} | {}", prices(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{prices_expected} | {result}"));
    }
}

fn home(burst: BurstRules) -> PoolRules {
    let pool = PoolRules::posted(CUSTOMER, Slots::Count(0), price(0));
    PoolRules { interrupted: Some(Interrupted::Burst), burst: Some(burst), ..pool }
}

/// The burst from a pool without slots into a given price and then into on-demand slots at 10.
fn bursting(max_price: i64, fee: u32, budget: Option<(i128, Charging)>) -> Driver {
    let budget =
        budget.map(|(amount, charging)| BudgetRules { amount: Money::from_units(amount), period: None, charging });
    let burst = BurstRules {
        tiers: vec![PoolId(1), PoolId(2)],
        max_price: MaxPrice::Constant(price(max_price)),
        fee: Share::from_parts(fee),
        flat_fee: Money::ZERO,
        budget,
        terms: BurstTerms::default(),
    };
    let on_demand = PoolRules::posted(PROVIDER, Slots::Unlimited, price(10));
    Driver::new(vec![home(burst), given(Slots::Unlimited, 4), on_demand])
}

/// In which tiers, one after the other, and for how much.
fn tiers(driver: &Driver, number: u64) -> String {
    let held = driver.log.held.iter().filter(|held| held.request == number);
    let words = held.map(|held| {
        let tier = held.tier.map_or(9, |tier| tier);
        format!("{tier}:{}-{}:{}", held.from.ticks(), held.to.ticks(), held.charge.units())
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_burst_bids_its_highest_price_before_the_fee_and_goes_on_in_the_next_tier() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // max, fee, prices                    held
        (10,  0,       "2@10 5@3",           "0:0-9:50"),
        (10,  0,       "2@11 5@3",           "0:0-2:8 1:2-9:70"),
        (9,   0,       "2@10 5@3",           "0:0-2:8"),
        // 10 / 1.25 = 8, and with a fee on-demand is too dear.
        (10,  250_000, "2@8 5@9",            "0:0-5:32"),
        (13,  250_000, "2@8 5@11",           "0:0-5:32 1:5-9:40"),
        // 9 / 1.25 = 7.2, rounded down.
        (9,   250_000, "2@7 5@8",            "0:0-5:29"),
    ];
    for (max_price, fee, changes, expected) in cases {
        let mut driver = bursting(max_price, fee, None);
        driver.submit(ask(0, 0));
        for change in changes.split(' ') {
            let (at, units) = change.split_once('@').expect("a change");
            driver.run_to(at.parse().expect("a time"));
            driver.set_price(1, units.parse().expect("a price"));
        }
        driver.run_to(9);
        driver.close();
        table.expect(&format!("{max_price} {fee} {changes}"), &tiers(&driver, 0), expected);
    }
}

#[test]
fn what_is_paid_in_advance_is_the_price_in_force_and_not_the_bid() {
    for (amount, expected) in [(8, "tier 0"), (7, "refused")] {
        let mut driver = bursting(9, 0, Some((amount, Charging::Prepaid)));
        driver.submit(Submission { work: SimDuration::from_hours(2), ..ask(0, 0) });
        let found = match driver.seen(0).fate() {
            Some(Fate::Refused(Refusal::Budget)) => "refused",
            _ => "tier 0",
        };
        assert_eq!(found, expected);
        driver.run_to(10);
        driver.set_price(1, 1);
        driver.close();
        let paid = -driver.balance(CUSTOMER).units();
        assert_eq!(paid, if amount == 8 { 8 } else { 0 });
    }
}

/// At 4 for an hour, at 8 for another, and the rest of 20 at 2: four hours more, and half a unit that rounds down.
#[test]
fn a_metered_budget_follows_every_change_of_the_price() {
    let mut driver = bursting(9, 0, Some((20, Charging::Metered)));
    driver.submit(ask(0, 0));
    for (hour, units) in [(1, 8), (2, 2)] {
        driver.run_to(hour * TICKS_PER_HOUR);
        driver.set_price(1, units);
    }
    driver.run_to(20 * TICKS_PER_HOUR);
    let ended = driver.log.held.iter().find(|held| held.request == 0).map(|held| held.to.ticks());
    assert_eq!(ended, Some(6 * TICKS_PER_HOUR + TICKS_PER_HOUR / 4));
    driver.close();
    assert_eq!(-driver.balance(CUSTOMER).units(), 20);
}

#[test]
fn a_supply_line_holds_its_slots_while_the_price_is_at_most_its_bid() {
    let line = SupplyLine { from: PoolId(1), slots: 2, bid: price(6), purchase: None };
    let pool = PoolRules {
        supply: vec![line],
        waiting: Some(ROOM),
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(CUSTOMER, Slots::Count(1), price(0))
    };
    let mut driver = Driver::new(vec![pool, given(Slots::Unlimited, 4)]);
    let mut seen = Vec::new();
    for (time, units) in [(1, 6), (2, 7), (5, 6), (6, 90), (8, 1)] {
        driver.run_to(time);
        driver.set_price(1, units);
        driver.settle();
        seen.push(driver.level(0).capacity);
    }
    assert_eq!(seen, [Some(3), Some(1), Some(3), Some(1), Some(3)]);
    driver.run_to(10);
    driver.close();
    // 1 tick at 4, 1 at 6, 1 at 6 and 2 at 1, of two slots.
    let paid: i128 = driver.log.held.iter().map(|held| held.charge.units()).sum();
    assert_eq!(paid, 2 * (4 + 6 + 6 + 2));
}

/// Waiting or not, large or small, strictly or not: nobody who bids the price waits while there are slots.
#[test]
fn unlimited_slots_have_room_for_everybody() {
    let pool = PoolRules {
        fit: Fit::Strict,
        waiting: Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod }),
        interrupted: Some(Interrupted::Resume),
        below_minimum: BelowMinimum::Waits,
        ..given(Slots::Unlimited, 4)
    };
    let mut driver = Driver::new(vec![pool]);
    for (bid, slots) in [(3, 1), (4, 1_000_000), (2, 5), (9, 7)] {
        driver.submit(Submission { slots, payer: STRANGER, ..ask(0, bid) });
    }
    assert_eq!((driver.running(), driver.waiting()), (vec![1, 3], vec![0, 2]));
    driver.set_price(0, 3);
    driver.settle();
    assert_eq!(driver.running(), [0, 1, 3]);
    assert_eq!(driver.level(0).occupied, 1_000_008);
}

#[test]
fn no_price_counts_above_the_highest_that_was_announced_and_other_pools_keep_theirs() {
    let rules = GivenRules { start: price(4), highest: price(8) };
    let pool = PoolRules { pricing: Pricing::Given(rules), ..given(Slots::Unlimited, 4) };
    let mut driver = Driver::new(vec![pool, PoolRules::posted(PROVIDER, Slots::Unlimited, price(5))]);
    driver.set_price(0, 100);
    driver.set_price(1, 100);
    assert_eq!((driver.price(0), driver.price(1)), (8, 5));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same by a loop over the prices: each request runs from its arrival to the first price above its bid.
    #[test]
    fn each_request_meets_the_prices_alone(
        start in 0i64..9,
        changes in prop::collection::vec((1i64..4, 0i64..9), 0..12),
        requests in prop::collection::vec((0i64..30, 0i64..9, 1i64..20, 1u32..4), 0..12),
    ) {
        let mut times = 0;
        let changes: Vec<(i64, i64)> = changes.into_iter().map(|(after, price)| { times += after; (times, price) }).collect();
        let mut requests = requests;
        requests.sort_by_key(|request| request.0);
        let mut driver = Driver::new(vec![given(Slots::Unlimited, start)]);
        let mut next = changes.iter().peekable();
        for (at, bid, work, slots) in &requests {
            while let Some((time, units)) = next.next_if(|(time, _)| time <= at) {
                driver.run_to(*time);
                driver.set_price(0, *units);
            }
            driver.run_to(*at);
            driver.submit(Submission { slots: *slots, work: ticks(*work), ..ask(0, *bid) });
        }
        for (time, units) in next {
            driver.run_to((*time).max(driver.now()));
            driver.set_price(0, *units);
        }
        driver.run_to(100);
        driver.close();
        let price_at = |time: i64| changes.iter().rev().find(|(at, _)| *at <= time).map_or(start, |(_, price)| *price);
        for (number, (at, bid, work, slots)) in (0u64..).zip(&requests) {
            // The price may rise at the very instant at which the work is done: then it is done.
            let runs = (*at..at + work).take_while(|time| price_at(*time) <= *bid).count() as i64;
            let owed: i64 = (*at..at + runs).map(|time| price_at(time) * i64::from(*slots)).sum();
            let held: i128 = driver.log.held.iter().filter(|held| held.request == number).map(|held| held.charge.units()).sum();
            prop_assert_eq!(held, i128::from(owed), "request {}", number);
            let fate = match runs {
                0 => Fate::Refused(Refusal::Price),
                runs if runs == *work => Fate::Completed,
                _ => Fate::Lost,
            };
            prop_assert_eq!(driver.seen(number).fate(), Some(fate), "request {}", number);
        }
    }
}

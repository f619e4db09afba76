//! Requests that may be served in several markets.

use std::sync::Arc;

use overspill::market::{
    BelowMinimum, BurstRules, BurstTerms, ChoiceId, FairOrder, FairnessRules, Fate, GivenRules, Interrupted, MaxPrice,
    PartyId, PoolId, PoolRules, Pricing, Slots, Submission,
};
use overspill::units::{Money, Price, Share};

use crate::driver::{Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::recorder::Doing;
use crate::script::{Cases, ROOM};

fn posted(slots: u32, unit: i64) -> PoolRules {
    PoolRules {
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(PROVIDER, Slots::Count(slots), price(unit))
    }
}

fn waiting(pool: PoolRules) -> PoolRules {
    PoolRules { waiting: Some(ROOM), ..pool }
}

fn spot_pool(slots: u32) -> PoolRules {
    PoolRules { interrupted: Some(Interrupted::Resume), ..spot(PROVIDER, slots) }
}

fn given(unit: i64) -> PoolRules {
    let rules = GivenRules { start: price(unit), highest: Price::MAX };
    PoolRules { slots: Slots::Unlimited, pricing: Pricing::Given(rules), ..posted(0, 0) }
}

fn only(pool: PoolRules, party: PartyId) -> PoolRules {
    PoolRules { members: Some(vec![party]), ..pool }
}

fn capped(pool: PoolRules, cap: u32) -> PoolRules {
    let fairness = FairnessRules {
        member_cap: Some(cap),
        department_cap: None,
        order: FairOrder::Arrival,
        credits: None,
        departments: [0; 4].into(),
        weights: Arc::default(),
    };
    PoolRules { fairness: Some(fairness), ..pool }
}

/// Bursts into pool 2.
fn bursting(pool: PoolRules) -> PoolRules {
    let burst = BurstRules {
        tiers: vec![PoolId(2)],
        max_price: MaxPrice::Constant(price(100)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    };
    PoolRules { burst: Some(burst), ..pool }
}

fn choosing(slots: u32, bid: i64) -> Submission {
    Submission { choices: Some(ChoiceId(0)), slots, ..ask(0, bid) }
}

/// Where request number `number` is: it runs in a pool, waits in one, or was refused.
fn place(driver: &Driver, number: u64) -> String {
    let seen = driver.seen(number);
    match (seen.doing, seen.fate()) {
        (Doing::Running { pool, .. }, _) => format!("runs in {}", pool.0),
        (Doing::Waiting { .. }, _) => format!("waits in {}", driver.market.request(seen.place).home.0),
        (_, Some(Fate::Refused(refusal))) => format!("refused {refusal:?}"),
        (_, fate) => format!("{fate:?}"),
    }
}

#[test]
fn the_first_that_can_start_it_serves_it_else_the_first_that_lets_it_in_decides() {
    let mut table = Cases::default();
    let third = || posted(9, 0);
    #[rustfmt::skip]
    let cases: Vec<(&str, PoolRules, PoolRules, u32, i64, &str)> = vec![
        // what                         first                           second                      slots bid   where it goes
        ("room in both",                posted(2, 1),                   posted(9, 1),               1,    9,    "runs in 0"),
        ("none left in the first",      posted(1, 1),                   posted(9, 1),               1,    9,    "runs in 1"),
        ("too large for the first",     posted(2, 1),                   posted(9, 1),               2,    9,    "runs in 1"),
        ("too dear in the first",       posted(2, 10),                  posted(9, 1),               1,    9,    "runs in 1"),
        ("displaces in the first",      spot_pool(1),                   posted(9, 1),               1,    9,    "runs in 0"),
        ("displaces in the second",     posted(1, 1),                   spot_pool(1),               1,    9,    "runs in 1"),
        ("outbid in the first",         spot_pool(1),                   posted(9, 1),               1,    5,    "runs in 1"),
        ("too dear where it is given",  given(10),                      posted(9, 1),               1,    9,    "runs in 1"),
        ("no member of the first",      only(posted(9, 1), STRANGER),   posted(9, 1),               1,    9,    "runs in 1"),
        ("over the cap of the first",   capped(posted(9, 1), 1),        posted(9, 1),               2,    9,    "runs in 1"),
        // Nobody can start it: the first that lets it in decides.
        ("waits for the first",         waiting(posted(1, 1)),          posted(1, 1),               1,    9,    "waits in 0"),
        ("waits for the second",        posted(1, 10),                  waiting(posted(1, 1)),      1,    9,    "waits in 1"),
        ("who lets it in refuses it",   posted(1, 1),                   waiting(posted(1, 1)),      1,    9,    "refused Capacity"),
        ("bursts by the first",         bursting(posted(1, 1)),         waiting(posted(1, 1)),      1,    9,    "runs in 2"),
        ("bursts by the second",        posted(1, 10),                  bursting(posted(1, 1)),     1,    9,    "runs in 2"),
        ("waits for a price to fall",   waiting(given(10)),             posted(1, 1),               1,    9,    "waits in 0"),
        ("none waits for that price",   given(10),                      posted(1, 1),               1,    9,    "refused Capacity"),
        // Nobody lets it in: the first says why.
        ("too dear everywhere",         posted(9, 10),                  posted(9, 11),              1,    9,    "refused Price"),
        ("no member anywhere",          only(posted(9, 1), STRANGER),   only(posted(9, 1), STRANGER), 1,  9,    "refused Access"),
        ("no member, and too dear",     only(posted(9, 1), STRANGER),   posted(9, 10),              1,    9,    "refused Access"),
        ("below a minimum that waits",  PoolRules { minimum: price(10), below_minimum: BelowMinimum::Waits, ..waiting(posted(9, 1)) },
                                                                        posted(1, 1),               1,    9,    "waits in 0"),
        ("below a minimum",             PoolRules { minimum: price(10), ..waiting(posted(9, 1)) },
                                                                        posted(1, 1),               1,    9,    "refused Capacity"),
    ];
    for (what, first, second, slots, bid, expected) in cases {
        let pools = vec![first, second, third()];
        let mut driver = Driver::new(pools).with_choices(vec![vec![PoolId(0), PoolId(1)]]);
        // A stranger holds a slot of each at 5, where that is enough.
        for pool in 0..2 {
            driver.submit(Submission { payer: STRANGER, ..ask(pool, 5) });
        }
        let number = driver.submit(choosing(slots, bid));
        table.expect(what, &place(&driver, number), expected);
    }
}

#[test]
fn an_interrupted_request_stays_in_the_market_that_served_it() {
    let pools = vec![waiting(spot_pool(1)), posted(9, 1)];
    let mut driver = Driver::new(pools).with_choices(vec![vec![PoolId(0), PoolId(1)]]);
    let number = driver.submit(choosing(1, 9));
    driver.run_to(3);
    driver.submit(Submission { payer: STRANGER, work: ticks(4), ..ask(0, 20) });
    assert_eq!(place(&driver, number), "waits in 0");
    driver.run_to(7);
    driver.settle();
    assert_eq!(place(&driver, number), "runs in 0");
}

#[test]
fn lists_are_kept_apart_and_a_request_without_one_asks_its_pool() {
    let pools = (0..3).map(|_| posted(1, 1)).collect();
    let lists = vec![vec![PoolId(2), PoolId(1)], vec![PoolId(0)]];
    let mut driver = Driver::new(pools).with_choices(lists);
    let submit = |driver: &mut Driver, choices| {
        let number = driver.submit(Submission { payer: MEMBER, choices, ..ask(1, 9) });
        place(driver, number)
    };
    let seen: Vec<String> = [Some(1), Some(0), None, Some(0), Some(1)]
        .map(|choices| submit(&mut driver, choices.map(ChoiceId)))
        .into_iter()
        .collect();
    assert_eq!(seen, ["runs in 0", "runs in 2", "runs in 1", "refused Capacity", "refused Capacity"]);
}

/// Slots that became free at this very instant are given to whoever waits before a newcomer looks for them.
#[test]
fn a_market_is_cleared_before_it_is_compared() {
    let pools = vec![waiting(posted(1, 1)), posted(1, 1)];
    let mut driver = Driver::new(pools).with_choices(vec![vec![PoolId(0), PoolId(1)]]);
    let first = driver.submit(Submission { work: ticks(5), ..ask(0, 9) });
    let waits = driver.submit(ask(0, 9));
    driver.run_to(5);
    assert_eq!(driver.seen(first).fate(), Some(Fate::Completed));
    let number = driver.submit(choosing(1, 9));
    assert_eq!((place(&driver, waits), place(&driver, number)), ("runs in 0".to_owned(), "runs in 1".to_owned()));
}

#[test]
fn whoever_chooses_and_demands_a_zone_goes_where_that_zone_is() {
    use crate::placement::{on, only_on, part, places, two_zones};
    use overspill::market::{Level, PlaceWish, Refusal};
    let zone = |number| only_on([part(Level::Zone, number)]);
    // Pool 0 stands in zone 0, pool 1 in zone 1, both of two slots.
    for (wish, first, second) in [(PlaceWish::default(), 0, Some(1)), (zone(0), 0, None), (zone(1), 1, None)] {
        let pools = vec![on(places([0, 1])), on(places([8, 9]))];
        let mut driver = Driver::on_hardware(pools, two_zones()).with_choices(vec![vec![PoolId(0), PoolId(1)]]);
        let asks = || Submission { slots: 2, choices: Some(ChoiceId(0)), ..ask(0, 1) };
        let is_in = |driver: &Driver, number, pool: u32| driver.slots_of(number) == [8 * pool, 8 * pool + 1];
        let one = driver.submit_placed(asks(), wish.clone());
        assert!(is_in(&driver, one, first), "{wish:?}");
        let other = driver.submit_placed(asks(), wish.clone());
        // Where its zone is full it is refused, and not sent elsewhere.
        match second {
            Some(second) => assert!(is_in(&driver, other, second), "{wish:?}"),
            None => assert_eq!(driver.doing(other), Doing::Gone(Fate::Refused(Refusal::Capacity)), "{wish:?}"),
        }
    }
}

//! Which slots requests are given.

use std::sync::Arc;

use overspill::market::{
    BurstRules, BurstTerms, Component, Fate, Fit, Hardware, HardwareBuilder, Interrupted, Level, MaxPrice, Near,
    PlaceWish, PlacementRules, PoolId, PoolRules, Refusal, SlotId, Slots, Submission, SupplyLine, WaitingOrder,
    WaitingRoom, Weights, ZoneChoice, ZoneLayout,
};
use overspill::units::{Money, Price, Share};
use proptest::prelude::*;

use crate::driver::{Driver, PROVIDER, STRANGER, ask, price, spot, ticks};

/// Two regions of one zone each. A zone has one isolation zone with two routers of one power supply each, two hosts on
/// each of those, and two slots on a host: zone 0 is slots 0 to 7, zone 1 is slots 8 to 15.
pub(crate) fn two_zones() -> Hardware {
    let layout = ZoneLayout { isolation_zones: 1, routers: 2, power_supplies: 1, hosts: 2, slots: 2 };
    let mut builder = HardwareBuilder::default();
    builder.begin(Level::Region).zone(&layout).begin(Level::Region).zone(&layout);
    builder.build()
}

pub(crate) fn places(slots: impl IntoIterator<Item = u32>) -> PlacementRules {
    PlacementRules::new(slots.into_iter().map(SlotId).collect::<Vec<_>>().into())
}

/// A free pool on these slots.
pub(crate) fn on(placement: PlacementRules) -> PoolRules {
    let slots = Slots::Count(placement.slots.len() as u32);
    PoolRules { placement: Some(placement), ..PoolRules::posted(PROVIDER, slots, Price::ZERO) }
}

pub(crate) fn part(level: Level, number: u32) -> Component {
    Component { level, number }
}

fn room() -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod })
}

fn zone(number: u32) -> PlaceWish {
    only_on([part(Level::Zone, number)])
}

/// In the first of these that has room.
pub(crate) fn only_on(demanded: impl Into<Arc<[Component]>>) -> PlaceWish {
    PlaceWish { on: demanded.into(), weights: None }
}

#[test]
fn a_request_is_clustered_spread_or_weighed_by_level() {
    let by_router = Weights::new([0, 0, 0, -2, 0, 1]).unwrap();
    let spread = PlaceWish { weights: Some(Weights::SPREAD), ..PlaceWish::default() };
    #[rustfmt::skip]
    let cases = [
        // rules of the pool                                                        wish                    slots of a request of three
        (places(0..16),                                                             PlaceWish::default(),   vec![0, 1, 2]),
        (PlacementRules { weights: Weights::SPREAD, ..places(0..16) },              PlaceWish::default(),   vec![0, 4, 2]),
        (PlacementRules { weights: Weights::SPREAD, zone: ZoneChoice::ByDistance, ..places(0..16) },
                                                                                    PlaceWish::default(),   vec![0, 8, 4]),
        (places(0..16),                                                             spread,                 vec![0, 4, 2]),
        (places(0..16),                                                             zone(1),                vec![8, 9, 10]),
        // Another router, and then another one than both, or a host of its own: none is left, so the first of them.
        (PlacementRules { weights: by_router, ..places(0..16) },                    PlaceWish::default(),   vec![0, 4, 1]),
        // Slot 1 is not the pool's.
        (places([0, 2, 3, 4, 5]),                                                   PlaceWish::default(),   vec![0, 2, 3]),
    ];
    for (rules, wish, expected) in cases {
        let name = format!("{rules:?}");
        let mut driver = Driver::on_hardware(vec![on(rules)], two_zones());
        let request = driver.submit_placed(Submission { slots: 3, ..ask(0, 0) }, wish);
        assert_eq!(driver.slots_of(request), expected, "{name}");
    }
}

#[test]
fn the_zone_is_chosen_before_the_slots_and_takes_the_whole_request() {
    #[rustfmt::skip]
    let cases = [
        // zone choice               sizes of requests   zone of each; 2 is both
        (ZoneChoice::First,          [3, 4, 2, 1, 1],    [0, 0, 1, 0, 1]),
        (ZoneChoice::LeastLoaded,    [3, 4, 2, 1, 1],    [0, 1, 0, 1, 0]),
        (ZoneChoice::LeastLoaded,    [1, 1, 1, 1, 1],    [0, 1, 0, 1, 0]),
        (ZoneChoice::First,          [6, 6, 4, 0, 0],    [0, 1, 2, 9, 9]),
    ];
    for (choice, sizes, expected) in cases {
        let rules = PlacementRules { zone: choice, ..places(0..16) };
        let mut driver = Driver::on_hardware(vec![on(rules)], two_zones());
        for (size, zone) in sizes.into_iter().zip(expected).filter(|(size, _)| *size > 0) {
            let request = driver.submit(Submission { slots: size, ..ask(0, 0) });
            let slots = driver.slots_of(request);
            assert_eq!(slots.len(), size as usize);
            let found = match (slots.iter().all(|slot| *slot < 8), slots.iter().all(|slot| *slot >= 8)) {
                (true, _) => 0,
                (_, true) => 1,
                _ => 2,
            };
            assert_eq!(found, zone, "{choice:?} {sizes:?} {slots:?}");
        }
    }
}

#[test]
fn who_is_placed_near_to_its_member_looks_at_all_that_the_member_holds() {
    for (near, expected) in [(Near::Request, 1), (Near::Member, 4)] {
        let rules = PlacementRules { weights: Weights::SPREAD, near, ..places(0..8) };
        let mut driver = Driver::on_hardware(vec![on(rules)], two_zones());
        assert_eq!(driver.submit(ask(0, 0)), 0);
        let second = driver.submit(ask(0, 0));
        assert_eq!(driver.slots_of(second), [expected], "{near:?}");
        // Another member has nothing to be far from.
        let other = driver.submit(Submission { payer: STRANGER, ..ask(0, 0) });
        let lowest = if near == Near::Request { 2 } else { 1 };
        assert_eq!(driver.slots_of(other), [lowest], "{near:?}");
        // What was given back is near to nobody.
        driver.release(0);
        let third = driver.submit(ask(0, 0));
        assert_eq!(driver.slots_of(third), [0], "{near:?}");
    }
}

/// Zone 0 is full; zone 1 is not.
#[test]
fn who_demands_a_zone_waits_is_refused_or_bursts_although_there_is_room_elsewhere() {
    let tier = on(places([7, 15]));
    let burst = BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Constant(price(9)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    };
    let home = on(places([0, 1, 8, 9]));
    for (home, waits, bursts) in [
        (home.clone(), false, false),
        (PoolRules { waiting: room(), ..home.clone() }, true, false),
        (PoolRules { burst: Some(burst), ..home }, false, true),
    ] {
        let mut driver = Driver::on_hardware(vec![home, tier.clone()], two_zones());
        let first = driver.submit(Submission { slots: 2, work: ticks(10), ..ask(0, 0) });
        assert_eq!(driver.slots_of(first), [0, 1]);
        let demands = driver.submit_placed(ask(0, 0), zone(0));
        let region = driver.submit_placed(ask(0, 0), only_on([part(Level::Region, 1)]));
        assert_eq!(driver.slots_of(region), [8]);
        let anywhere = driver.submit(ask(0, 0));
        assert_eq!(driver.slots_of(anywhere), [9], "who waits for a zone holds nobody up");
        match (waits, bursts) {
            (false, false) => assert_eq!(driver.seen(demands).fate(), Some(Fate::Refused(Refusal::Capacity))),
            (true, _) => {
                assert_eq!(driver.waiting(), [demands]);
                driver.run_to(10);
                driver.settle();
                assert_eq!(driver.slots_of(demands), [0]);
            }
            (_, true) => assert_eq!(driver.slots_of(demands), [7]),
        }
    }
}

/// A pool of two slots in each of two zones, the last of them held.
#[test]
fn who_accepts_several_zones_is_served_in_the_first_that_has_room_for_all_of_it() {
    let (a, b) = (part(Level::Zone, 0), part(Level::Zone, 1));
    let (north, south) = (part(Level::Region, 0), part(Level::Region, 1));
    #[rustfmt::skip]
    let cases = [
        // demanded         sizes       slots of each; none is refused
        (vec![a, b],        [1, 1, 1],  [vec![0], vec![1], vec![8]]),
        (vec![b, a],        [1, 1, 1],  [vec![8], vec![0], vec![1]]),
        (vec![b, a],        [2, 1, 1],  [vec![0, 1], vec![8], vec![]]),
        // Slots of two zones are not put together.
        (vec![a, b],        [1, 2, 2],  [vec![0], vec![], vec![]]),
        (vec![south, north],[1, 1, 1],  [vec![8], vec![0], vec![1]]),
        (vec![a],           [1, 1, 1],  [vec![0], vec![1], vec![]]),
        (vec![b],           [1, 1, 1],  [vec![8], vec![], vec![]]),
    ];
    for (demanded, sizes, expected) in cases {
        let mut driver = Driver::on_hardware(vec![on(places([0, 1, 8, 9]))], two_zones());
        let held = [0, 1].map(|_| driver.submit_placed(ask(0, 0), zone(1)));
        driver.release(held[0]);
        assert_eq!(driver.slots_of(held[1]), [9]);
        let slots = sizes.map(|size| {
            let number = driver.submit_placed(Submission { slots: size, ..ask(0, 0) }, only_on(demanded.clone()));
            driver.slots_of(number)
        });
        assert_eq!(slots, expected, "{demanded:?} {sizes:?}");
    }
}

/// Both zones are full, and the better one is the second to have a slot again.
#[test]
fn who_waits_for_one_of_several_zones_takes_the_first_slot_that_is_free_in_any() {
    let mut driver = Driver::on_hardware(vec![PoolRules { waiting: room(), ..on(places([0, 8])) }], two_zones());
    let holders = [0, 1].map(|number| driver.submit_placed(ask(0, 0), zone(number)));
    let waits = driver.submit_placed(ask(0, 0), only_on([part(Level::Zone, 0), part(Level::Zone, 1)]));
    assert_eq!(driver.waiting(), [waits]);
    driver.release(holders[1]);
    driver.settle();
    assert_eq!(driver.slots_of(waits), [8]);
}

/// Two slots at a spot price, one in each zone, held at bids of 5 (slot 0) and 7 (slot 8).
#[test]
fn who_demands_a_zone_displaces_nobody_and_may_be_displaced() {
    let pool = PoolRules {
        placement: Some(places([0, 8])),
        interrupted: Some(Interrupted::Lost),
        waiting: room(),
        ..spot(PROVIDER, 2)
    };
    let mut driver = Driver::on_hardware(vec![pool], two_zones());
    let low = driver.submit(ask(0, 5));
    let high = driver.submit_placed(ask(0, 7), zone(1));
    assert_eq!((driver.slots_of(low), driver.slots_of(high)), (vec![0], vec![8]));
    let demands = driver.submit_placed(ask(0, 9), zone(0));
    assert_eq!((driver.waiting(), driver.running()), (vec![demands], vec![low, high]));
    let displaces = driver.submit(ask(0, 8));
    assert_eq!((driver.seen(low).fate(), driver.slots_of(displaces)), (Some(Fate::Lost), vec![0]));
    driver.release(displaces);
    driver.settle();
    assert_eq!((driver.slots_of(demands), driver.waiting()), (vec![0], vec![]));
    let next = driver.submit(ask(0, 8));
    assert_eq!((driver.seen(high).fate(), driver.slots_of(next)), (Some(Fate::Lost), vec![8]));
}

/// Eight wide instances on hosts of two slots each: what a pool has is the first slot of each.
#[test]
fn wide_instances_stand_on_the_slots_behind_their_first() {
    let rules = PlacementRules { width: 2, ..places((0..16).step_by(2)) };
    let mut driver = Driver::on_hardware(vec![on(rules)], two_zones());
    let request = driver.submit(Submission { slots: 3, ..ask(0, 0) });
    assert_eq!(driver.slots_of(request), [0, 2, 4]);
    let held = driver.log.zones[&0];
    assert_eq!((held.slots, held.in_service, held.held), (8, 8, 6));
    driver.hardware(overspill::market::Command::Fail(part(Level::Host, 7)));
    assert_eq!((driver.level(0).capacity, driver.log.zones[&1].in_service), (Some(7), 6));
}

#[test]
#[should_panic(expected = "a slot was given to two pools")]
fn a_slot_belongs_to_one_pool() {
    let pools = vec![on(places(0..4)), on(places(3..5))];
    let _ = overspill::market::Marketplace::new(pools, 1, 1).with_hardware(Arc::new(two_zones()));
}

/// What can happen to a pool that nobody demands a place of.
#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, slots: u32, bid: i64, work: i64, patience: Option<i64> },
    Minimum(u32, i64),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let patience = prop::option::of(0i64..40);
    prop_oneof![
        6 => (0u32..3, 1u32..4, 0i64..9, 1i64..60, patience)
            .prop_map(|(pool, slots, bid, work, patience)| Step::Ask { pool, slots, bid, work, patience }),
        1 => (0u32..3, 0i64..7).prop_map(|(pool, minimum)| Step::Minimum(pool, minimum)),
        3 => (0i64..25).prop_map(Step::Wait),
    ]
}

proptest! {
    /// A place decides nothing about who has slots, and at what price.
    #[test]
    fn places_change_nothing_about_who_runs(
        rule in prop_oneof![Just(Interrupted::Lost), Just(Interrupted::Resume)],
        fit in prop_oneof![Just(Fit::Fill), Just(Fit::Strict)],
        order in prop_oneof![Just(WaitingOrder::ByMethod), Just(WaitingOrder::Fifo)],
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let waiting = Some(WaitingRoom { capacity: Some(4), order });
        let common = PoolRules { interrupted: Some(rule), waiting, fit, ..on(places(0..0)) };
        let own = |slots: std::ops::Range<u32>| PoolRules {
            slots: Slots::Count(slots.len() as u32),
            placement: Some(places(slots)),
            ..common.clone()
        };
        let line = |from, slots, bid| SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None };
        let pools = vec![
            own(0..5),
            PoolRules { pricing: spot(PROVIDER, 0).pricing, ..own(5..10) },
            PoolRules {
                slots: Slots::Count(0),
                placement: None,
                pricing: spot(PROVIDER, 0).pricing,
                supply: vec![line(0, 2, 3), line(1, 3, 5)],
                ..common.clone()
            },
        ];
        let mut drivers = [Driver::new(pools.clone()), Driver::on_hardware(pools, two_zones())];
        for step in steps {
            for driver in &mut drivers {
                match step {
                    Step::Ask { pool, slots, bid, work, patience } => {
                        let patience = patience.map(ticks);
                        driver.submit(Submission { slots, work: ticks(work), patience, ..ask(pool, bid) });
                    }
                    Step::Minimum(pool, minimum) => {
                        driver.set_minimum(pool, minimum);
                        driver.settle();
                    }
                    Step::Wait(time) => {
                        let to = driver.now() + time;
                        driver.run_to(to);
                        driver.settle();
                    }
                }
            }
            let [count, placed] = &drivers;
            prop_assert_eq!(&count.log.levels, &placed.log.levels);
            for (number, seen) in &count.log.seen {
                prop_assert_eq!(seen.doing, placed.doing(*number), "request {}", number);
            }
        }
    }
}

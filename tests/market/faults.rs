//! Hardware fails and is repaired.

use overspill::market::{
    AuctionMethod, AuctionRules, BurstRules, BurstTerms, Cause, Change, Command, Component, Denial, EvictionOrder,
    Fate, Interrupted, InterruptionRules, JointRules, Level, LifeRules, Losers, MaxPrice, Near, Origin, PlaceWish,
    PlacementRules, PoolId, PoolRules, Pricing, Refusal, Resale, Sharing, Slots, Stage, Submission, SupplyCost,
    SupplyLine, TakesBack, Term, WaitingOrder, WaitingRoom, Weights, ZoneChoice,
};
use overspill::units::{Money, Price, Share};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, MEMBER, STRANGER, ask, price, spot, ticks};
use crate::placement::{on, part, places, two_zones};

fn room() -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod })
}

fn host(number: u32) -> Component {
    part(Level::Host, number)
}

/// Requests of three, one and two slots take slots 0 to 5: hosts 0, 1 and 2, of which the first two share a router.
#[test]
fn who_stands_on_failed_hardware_is_interrupted_as_a_whole() {
    #[rustfmt::skip]
    let cases = [
        // what fails                       interrupted     capacity
        (host(0),                           vec![0],        14),
        (host(1),                           vec![0, 1],     14),
        (host(2),                           vec![2],        14),
        (host(3),                           vec![],         14),
        (part(Level::Router, 0),            vec![0, 1],     12),
        (part(Level::PowerSupply, 1),       vec![2],        12),
        (part(Level::IsolationZone, 0),     vec![0, 1, 2],  8),
        (part(Level::Zone, 0),              vec![0, 1, 2],  8),
        (part(Level::Zone, 1),              vec![],         8),
    ];
    for (fails, interrupted, capacity) in cases {
        let pool = PoolRules { interrupted: Some(Interrupted::Lost), ..on(places(0..16)) };
        let mut driver = Driver::on_hardware(vec![pool], two_zones());
        [3, 1, 2].into_iter().for_each(|slots| _ = driver.submit(Submission { slots, ..ask(0, 0) }));
        driver.hardware(Command::Fail(fails));
        for number in 0..3 {
            let expected = if interrupted.contains(&number) { vec![Cause::Fault] } else { vec![] };
            assert_eq!(driver.seen(number).interruptions, expected, "request {number} when {fails:?} fails");
        }
        assert_eq!(driver.level(0).capacity, Some(capacity), "{fails:?}");
        driver.hardware(Command::Repair(fails));
        assert_eq!(driver.level(0).capacity, Some(16), "{fails:?}");
    }
}

#[test]
fn a_slot_is_back_only_when_nothing_under_it_is_down() {
    let mut driver = Driver::on_hardware(vec![on(places(0..16))], two_zones());
    #[rustfmt::skip]
    let steps = [
        (Command::Fail(host(0)),                        14),
        (Command::Fail(part(Level::Router, 0)),         12),
        (Command::Fail(host(0)),                        12),
        (Command::Repair(part(Level::Router, 0)),       14),
        (Command::Repair(host(0)),                      14),
        (Command::Repair(host(0)),                      16),
        (Command::Repair(host(0)),                      16), // what is up stays up
    ];
    for (command, capacity) in steps {
        driver.hardware(command.clone());
        assert_eq!(driver.level(0).capacity, Some(capacity), "{command:?}");
    }
}

#[test]
fn arrivals_go_on_and_are_refused_for_capacity_while_everything_is_down() {
    let mut driver = Driver::on_hardware(vec![on(places(0..4))], two_zones());
    driver.hardware(Command::Fail(part(Level::Zone, 0)));
    let refused = driver.submit(ask(0, 0));
    assert_eq!(driver.seen(refused).fate(), Some(Fate::Refused(Refusal::Capacity)));
    driver.hardware(Command::Repair(part(Level::Zone, 0)));
    let served = driver.submit(ask(0, 0));
    assert_eq!(driver.slots_of(served), [0]);
}

/// Four slots on two hosts, all held; both hosts hang on one router. Whoever waits gets what was repaired.
#[test]
fn who_was_interrupted_waits_for_the_repair_with_what_is_left() {
    let pool = PoolRules { waiting: room(), interrupted: Some(Interrupted::Resume), ..on(places(0..4)) };
    let mut driver = Driver::on_hardware(vec![pool], two_zones());
    (0..4).for_each(|_| _ = driver.submit(Submission { work: ticks(100), ..ask(0, 0) }));
    driver.run_to(30);
    driver.hardware(Command::Fail(host(0)));
    assert_eq!((driver.waiting(), driver.running()), (vec![0, 1], vec![2, 3]));
    driver.run_to(50);
    driver.hardware(Command::Repair(host(0)));
    assert_eq!((driver.slots_of(0), driver.slots_of(1)), (vec![0], vec![1]));
    driver.run_to(100);
    assert_eq!(driver.running(), [0, 1]);
    driver.run_to(120);
    assert_eq!((driver.seen(0).fate(), driver.seen(1).fate()), (Some(Fate::Completed), Some(Fate::Completed)));
}

/// No notice is given of a fault.
#[test]
fn neither_notice_nor_guarantee_holds_against_a_fault() {
    let interruption = InterruptionRules { notice: ticks(10), guaranteed: ticks(20), ..InterruptionRules::IMMEDIATE };
    let pool = PoolRules { interruption, interrupted: Some(Interrupted::Lost), ..on(places(0..2)) };
    let mut driver = Driver::on_hardware(vec![pool], two_zones());
    let request = driver.submit(ask(0, 0));
    driver.hardware(Command::Fail(host(0)));
    assert_eq!(driver.seen(request).fate(), Some(Fate::Lost));
}

/// A customer's pool on one slot of each of the hosts 0 to 2, from the provider's pool of these three slots, and its
/// members 3, 4 and 5 on them.
fn supplied(order: EvictionOrder) -> Driver {
    let reserved = on(places([0, 2, 4]));
    let interruption = InterruptionRules { order, ..InterruptionRules::IMMEDIATE };
    let line = SupplyLine { from: PoolId(0), slots: 3, bid: Price::MAX, purchase: None };
    let pool = PoolRules {
        supply: vec![line],
        interruption,
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let mut driver = Driver::on_hardware(vec![reserved, pool], two_zones());
    let members: Vec<u64> = (0..3).map(|_| driver.submit(ask(1, 0))).collect();
    assert_eq!(members, [3, 4, 5]);
    assert_eq!(members.iter().flat_map(|number| driver.slots_of(*number)).collect::<Vec<_>>(), [0, 2, 4]);
    driver
}

#[test]
fn through_a_supply_line_a_fault_hits_who_holds_the_very_slot() {
    let mut driver = supplied(EvictionOrder::ByMethod);
    driver.hardware(Command::Fail(host(1)));
    assert_eq!((driver.running(), driver.seen(4).fate()), (vec![3, 5], Some(Fate::Lost)));
    assert_eq!(driver.seen(4).interruptions, [Cause::Fault]);
    assert_eq!((driver.level(0).capacity, driver.level(1).capacity), (Some(2), Some(2)));
    // The line waits for a slot, and has it when there is one again.
    driver.hardware(Command::Repair(host(1)));
    assert_eq!((driver.level(0).capacity, driver.level(1).capacity), (Some(3), Some(3)));
    let next = driver.submit(ask(1, 0));
    assert_eq!(driver.slots_of(next), [2]);
}

#[test]
fn a_line_that_lost_a_slot_to_a_fault_takes_another_that_is_free() {
    let line = SupplyLine { from: PoolId(0), slots: 1, bid: Price::MAX, purchase: None };
    let pool = PoolRules {
        supply: vec![line],
        waiting: room(),
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let mut driver = Driver::on_hardware(vec![on(places([0, 2])), pool], two_zones());
    let member = driver.submit(ask(1, 0));
    assert_eq!(driver.slots_of(member), [0]);
    driver.hardware(Command::Fail(host(0)));
    assert_eq!((driver.slots_of(member), driver.level(1).capacity), (vec![2], Some(1)));
    assert_eq!(driver.seen(member).interruptions, [Cause::Fault]);
}

/// Strangers take two of three spot slots away from a pool, the one of host 2 and then that of host 1: each time the pool's
/// order picks the victim, and whoever stood on the slot that is gone moves to the victim's, without being interrupted.
#[test]
fn when_supply_is_revoked_the_order_picks_the_victim_and_the_occupant_moves() {
    #[rustfmt::skip]
    let cases = [
        // order                     left after the first     left after the second
        (EvictionOrder::ByMethod,    [(3, 0), (4, 2)],        (3, 0)),
        (EvictionOrder::LowestBid,   [(4, 2), (5, 0)],        (5, 0)),
    ];
    for (order, first, second) in cases {
        let name = format!("{order:?}");
        let provider = PoolRules {
            placement: Some(places([0, 2, 4])),
            interrupted: Some(Interrupted::Lost),
            ..spot(crate::driver::PROVIDER, 3)
        };
        let line = |bid| SupplyLine { from: PoolId(0), slots: 1, bid: price(bid), purchase: None };
        let pool = PoolRules {
            supply: vec![line(30), line(20), line(10)],
            interruption: InterruptionRules { order, ..InterruptionRules::IMMEDIATE },
            interrupted: Some(Interrupted::Lost),
            ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
        };
        let mut driver = Driver::on_hardware(vec![provider, pool], two_zones());
        assert_eq!([1, 2, 3].map(|bid| driver.submit(ask(1, bid))), [3, 4, 5]);
        let left = |driver: &Driver| -> Vec<(u64, u32)> {
            let running = driver.running().into_iter().filter(|number| *number <= 5);
            running.map(|number| (number, driver.slots_of(number)[0])).collect()
        };
        let take = |driver: &mut Driver| {
            let stranger = driver.submit(Submission { payer: STRANGER, ..ask(0, 40) });
            driver.slots_of(stranger)[0]
        };
        assert_eq!((take(&mut driver), left(&driver)), (4, first.to_vec()), "{name}");
        assert_eq!((take(&mut driver), left(&driver)), (2, vec![second]), "{name}");
        let causes = (3..=5).flat_map(|number| driver.seen(number).interruptions.clone());
        assert_eq!(causes.collect::<Vec<_>>(), [Cause::Supply; 2], "{name}");
    }
}

/// Several requests are hit by one fault: all of their slots are gone before any of them looks for others.
#[test]
fn nobody_looks_for_other_slots_before_everybody_has_lost_those_that_failed() {
    let pool = PoolRules {
        waiting: room(),
        interrupted: Some(Interrupted::Restart),
        placement: Some(PlacementRules { zone: ZoneChoice::LeastLoaded, ..places([0, 1, 2, 8]) }),
        ..on(places([0, 1, 2, 8]))
    };
    let mut driver = Driver::on_hardware(vec![pool], two_zones());
    (0..3).for_each(|_| _ = driver.submit(ask(0, 0)));
    let held: Vec<_> = (0..3).map(|number| driver.slots_of(number)).collect();
    assert_eq!(held, [[0], [8], [1]]);
    driver.hardware(Command::Fail(host(0)));
    // Both were interrupted, and the earlier one has the slot of host 1.
    assert_eq!((driver.seen(0).interruptions.len(), driver.seen(2).interruptions.len()), (1, 1));
    assert_eq!((driver.slots_of(0), driver.waiting()), (vec![2], vec![2]));
}

/// Slots 0 and 2 of an account are on loan to a spot pool that has none of its own, and held by two tenants. One of the
/// slots fails: the tenant with the lower bid goes. Without a loan the account has the other one.
#[test]
fn a_slot_on_loan_that_fails_is_lost_to_its_tenant() {
    let tenants = PoolRules { interrupted: Some(Interrupted::Lost), ..spot(CUSTOMER, 0) };
    let resale = Some(Resale { to: PoolId(0), takes_back: TakesBack::NextTier });
    let mut driver = Driver::on_hardware(vec![tenants, PoolRules { resale, ..on(places([0, 2])) }], two_zones());
    let asked = [3, 5].map(|bid| driver.submit(ask(0, bid)));
    driver.hardware(Command::Fail(host(1)));
    assert_eq!((driver.running(), driver.seen(asked[0]).interruptions.clone()), (vec![asked[1]], vec![Cause::Fault]));
    assert_eq!((driver.level(0).capacity, driver.level(1).capacity), (Some(1), Some(1)));
    driver.hardware(Command::Fail(host(0)));
    assert_eq!((driver.level(0).capacity, driver.level(1).capacity, driver.running()), (Some(0), Some(0), vec![]));
    driver.hardware(Command::Repair(host(1)));
    assert_eq!((driver.level(0).capacity, driver.level(1).capacity), (Some(1), Some(1)));
}

/// Two hosts of one slot each under a pool that is planned, created and deleted.
#[test]
fn a_pool_that_is_not_there_gains_nothing_by_a_repair() {
    let life = Some(LifeRules { begins: Stage::Planned, ..LifeRules::default() });
    let mut driver = Driver::on_hardware(vec![PoolRules { life, ..on(places([0, 2])) }], two_zones());
    let capacity = |driver: &Driver| driver.level(0).capacity;
    for component in [host(0), host(1)] {
        driver.hardware(Command::Fail(component));
    }
    driver.hardware(Command::Repair(host(0)));
    assert_eq!(capacity(&driver), Some(0), "planned");
    // What is down when it is created is not there.
    assert_eq!(driver.operate(0, 0, Change::Create), Ok(()));
    assert_eq!(capacity(&driver), Some(1), "created");
    driver.hardware(Command::Repair(host(1)));
    assert_eq!(capacity(&driver), Some(2), "repaired");
    driver.hardware(Command::Fail(host(0)));
    assert_eq!(driver.operate(0, 0, Change::Delete), Ok(()));
    driver.hardware(Command::Repair(host(0)));
    assert_eq!(capacity(&driver), Some(0), "deleted");
}

#[test]
fn a_pool_has_as_many_slots_as_it_has_places() {
    let heir = |owner| PoolRules {
        supply: vec![SupplyLine { from: PoolId(0), slots: 1, bid: Price::MAX, purchase: None }],
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(owner, Slots::Count(1), Price::ZERO)
    };
    let merges = vec![PoolId(1), PoolId(2)];
    let (sharing, supply_cost) = (Sharing::Usage, SupplyCost::Own);
    let joint = Some(JointRules { merges, sharing, every: None, own_first: false, supply_cost });
    let joint = PoolRules { joint, supply: vec![], slots: Slots::Count(0), ..heir(STRANGER) };
    let plain = PoolRules { supply: vec![], ..heir(CUSTOMER) };
    let mut driver = Driver::on_hardware(vec![on(places([0, 2])), heir(MEMBER), plain, joint], two_zones());
    assert_eq!(driver.operate(0, 0, Change::Resize(3)), Err(Denial::Placed));
    assert_eq!(driver.level(0).capacity, Some(2));
    // A pool that is only supplied by a placed one has slots of its own without places.
    assert_eq!(driver.operate(0, 1, Change::Resize(3)), Ok(()));
    assert_eq!(driver.level(1).capacity, Some(4));
    // And slots that have places keep them: they are not merged.
    let agreed_by = Vec::new();
    assert_eq!(driver.operate(0, 3, Change::Merge { agreed_by }), Err(Denial::NotMergeable));
}

/// The slot of host 1 leaves the pool with ten ticks of notice, and fails before: it is gone, once, and not asked for again.
#[test]
fn a_slot_under_notice_that_fails_is_gone() {
    let line = SupplyLine { from: PoolId(0), slots: 2, bid: Price::MAX, purchase: None };
    let interruption = InterruptionRules { notice: ticks(10), ..InterruptionRules::IMMEDIATE };
    let pool = PoolRules {
        supply: vec![line],
        waiting: room(),
        interruption,
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let mut driver = Driver::on_hardware(vec![on(places([0, 2])), pool], two_zones());
    (0..2).for_each(|_| _ = driver.submit(ask(1, 0)));
    assert_eq!(driver.operate(0, 1, Change::RemoveSlots { from: PoolId(0), slots: 1 }), Ok(()));
    assert_eq!(driver.level(1).capacity, Some(2));
    driver.hardware(Command::Fail(host(1)));
    assert_eq!((driver.level(1).capacity, driver.level(1).occupied), (Some(1), 1));
    driver.hardware(Command::Repair(host(1)));
    assert_eq!((driver.level(0).occupied, driver.level(1).capacity), (1, Some(1)));
    driver.run_to(20);
    driver.settle();
    assert_eq!((driver.level(0).occupied, driver.level(1).capacity), (1, Some(1)));
}

/// Three pools in a row on the hosts 0 and 1. The slot of the middle one on which the last one stands is taken back: it
/// moves to the other slot, and so does whoever holds it further down.
#[test]
fn whoever_stands_further_down_moves_along() {
    let line = |from, slots, bid| SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None };
    let below = |supply| PoolRules {
        supply,
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let provider = PoolRules { placement: Some(places([0, 2])), ..spot(STRANGER, 2) };
    let pools = vec![provider, below(vec![line(0, 1, 3)]), below(vec![line(1, 1, 0)])];
    let mut driver = Driver::on_hardware(pools, two_zones());
    let member = driver.submit(ask(2, 0));
    assert_eq!(driver.slots_of(member), [0]);
    assert_eq!(driver.operate(0, 1, Change::AddSlots(line(0, 1, 9))), Ok(()));
    driver.settle();
    let stranger = driver.submit(Submission { payer: STRANGER, ..ask(0, 5) });
    assert_eq!((driver.slots_of(stranger), driver.slots_of(member)), (vec![0], vec![2]));
    assert_eq!(driver.seen(member).interruptions, []);
}

/// A pool of no slots bursts onto a host that fails, and is an auction, or offline by then, so that nothing is cleared:
/// whoever comes back is counted among those who wait.
#[test]
fn whoever_comes_back_is_counted_where_nothing_is_cleared() {
    let rules = AuctionRules {
        method: AuctionMethod::Uniform,
        every: ticks(100),
        bidding: ticks(0),
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap: None,
    };
    let burst = BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Bid,
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    };
    let posted = PoolRules {
        waiting: room(),
        burst: Some(burst),
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let auction = PoolRules { pricing: Pricing::Auction(rules), ..posted.clone() };
    for (pool, goes_offline) in [(auction, false), (posted, true)] {
        let mut driver = Driver::on_hardware(vec![pool, on(places([0]))], two_zones());
        let number = driver.submit(ask(0, 1));
        assert!(driver.seen(number).is_running());
        if goes_offline {
            assert_eq!(driver.operate(0, 0, Change::TakeOffline), Ok(()));
        }
        driver.hardware(Command::Fail(host(0)));
        assert_eq!((driver.waiting(), driver.level(0).waiting), (vec![number], 1));
    }
}

/// An account with slots on the hosts 0 and 1 and one without a place, which all supply a pool. It loses one, for which
/// the lowest bid goes: that of host 1. Then the hosts fail: each time the pool loses as many slots as its supplier.
#[test]
fn a_fault_costs_a_supplied_pool_what_it_costs_its_supplier() {
    let line = |from, slots, bid| SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None };
    let elsewhere = PoolRules::posted(STRANGER, Slots::Count(1), Price::ZERO);
    let interruption = InterruptionRules { order: EvictionOrder::LowestBid, ..InterruptionRules::IMMEDIATE };
    let account = PoolRules { supply: vec![line(0, 1, 1)], interruption, ..on(places([0, 2])) };
    let below = PoolRules {
        supply: vec![line(1, 2, 1), line(1, 1, 5)],
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let mut driver = Driver::on_hardware(vec![elsewhere, account, below], two_zones());
    assert_eq!(driver.operate(0, 0, Change::Resize(0)), Ok(()));
    driver.settle();
    assert_eq!((driver.level(1).capacity, driver.level(2).capacity), (Some(2), Some(2)));
    for (host, left) in [(host(0), 1), (host(1), 0)] {
        driver.hardware(Command::Fail(host));
        assert_eq!((driver.level(1).capacity, driver.level(2).capacity), (Some(left), Some(left)));
    }
}

/// In a row of three pools, the last one's slot moves to another zone than its holder demands: the holder goes, and its pool
/// says so.
#[test]
fn whoever_cannot_move_along_is_interrupted_and_told_of() {
    let line = |from| SupplyLine { from: PoolId(from), slots: 1, bid: Price::MAX, purchase: None };
    let middle = PoolRules { supply: vec![line(0)], ..on(places([8])) };
    let last = PoolRules {
        supply: vec![line(1)],
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), Price::ZERO)
    };
    let mut driver = Driver::on_hardware(vec![on(places([0])), middle, last], two_zones());
    let wish = PlaceWish { on: [part(Level::Zone, 0)].into(), weights: None };
    let member = driver.submit_placed(ask(2, 0), wish);
    assert_eq!(driver.slots_of(member), [0]);
    assert_eq!(driver.operate(0, 0, Change::Delete), Ok(()));
    assert_eq!(
        (driver.seen(member).fate(), driver.seen(member).interruptions.clone()),
        (Some(Fate::Lost), vec![Cause::Supply])
    );
    assert_eq!((driver.level(2).capacity, driver.level(2).occupied), (Some(1), 0));
}

#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, slots: u32, bid: i64, work: i64, payer: bool, zones: Vec<u32>, spread: bool },
    Fail(Component),
    Repair(usize),
    Minimum(u32, i64),
    Wait(i64),
}

/// Zones, the best first; mostly none.
fn demand() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![7 => Just(vec![]), 1 => Just(vec![0]), 1 => Just(vec![1]), 1 => Just(vec![0, 1]), 1 => Just(vec![1, 0])]
}

fn step() -> impl Strategy<Value = Step> {
    let component = prop_oneof![
        4 => (0u32..8).prop_map(host),
        1 => (0u32..4).prop_map(|router| part(Level::Router, router)),
        1 => (0u32..4).prop_map(|supply| part(Level::PowerSupply, supply)),
        1 => (0u32..2).prop_map(|zone| part(Level::Zone, zone)),
    ];
    prop_oneof![
        6 => (0u32..3, 1u32..4, 0i64..9, 1i64..60, any::<bool>(), demand(), any::<bool>())
            .prop_map(|(pool, slots, bid, work, payer, zones, spread)| Step::Ask { pool, slots, bid, work, payer, zones, spread }),
        2 => component.prop_map(Step::Fail),
        2 => (0usize..8).prop_map(Step::Repair),
        1 => (0u32..2, 0i64..7).prop_map(|(pool, minimum)| Step::Minimum(pool, minimum)),
        3 => (0i64..25).prop_map(Step::Wait),
    ]
}

/// Two pools of the provider on interleaved slots, and a pool of the customer that both supply.
fn world(near: Near, choice: ZoneChoice, rule: Interrupted, order: EvictionOrder) -> Driver {
    let own = |slots: Vec<u32>| Some(PlacementRules { near, zone: choice, ..places(slots) });
    let common = PoolRules { interrupted: Some(rule), waiting: room(), ..on(places(0..0)) };
    let posted = PoolRules { placement: own(vec![0, 1, 4, 5, 8, 9]), slots: Slots::Count(6), ..common.clone() };
    let spot = PoolRules {
        pricing: spot(CUSTOMER, 0).pricing,
        placement: own(vec![2, 3, 6, 10, 12]),
        slots: Slots::Count(5),
        ..common.clone()
    };
    let line = |from, slots, bid| SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None };
    let lower = PoolRules {
        owner: CUSTOMER,
        slots: Slots::Count(0),
        supply: vec![line(0, 3, 5), line(1, 2, 4), line(1, 1, 7)],
        placement: None,
        interruption: InterruptionRules { order, ..InterruptionRules::IMMEDIATE },
        ..common
    };
    Driver::on_hardware(vec![posted, spot, lower], two_zones())
}

fn check(driver: &Driver, down: &[Component]) -> Result<(), TestCaseError> {
    let hardware = two_zones();
    let is_up = |slot: u32| down.iter().all(|component| !hardware.slots_of(*component).contains(&slot));
    let mut taken = std::collections::BTreeSet::new();
    let mut of_lower = std::collections::BTreeSet::new();
    let running = || driver.log.seen.iter().filter(|(_, seen)| seen.is_running());
    for (number, seen) in running() {
        let slots = driver.slots_of(*number);
        prop_assert_eq!(slots.len(), seen.slots as usize, "request {} has a place for each slot", number);
        prop_assert!(slots.iter().all(|slot| is_up(*slot)), "request {} stands on failed hardware", number);
        let is_upstream = seen.home != PoolId(2);
        for slot in slots {
            prop_assert!(taken.insert((is_upstream, slot)), "slot {} is held twice", slot);
            if seen.origin != Origin::Member {
                of_lower.insert(slot);
            }
        }
    }
    prop_assert!(
        taken.iter().all(|(upstream, slot)| *upstream || of_lower.contains(slot)),
        "a slot that was not supplied"
    );
    let own = [vec![0, 1, 4, 5, 8, 9], vec![2, 3, 6, 10, 12]];
    for (pool, slots) in (0..).zip(own) {
        let up = slots.iter().filter(|slot| is_up(**slot)).count() as u32;
        prop_assert_eq!(driver.level(pool).capacity, Some(up));
        let held = taken.iter().filter(|(upstream, slot)| *upstream && slots.contains(slot)).count() as u32;
        prop_assert_eq!(driver.level(pool).occupied, held);
    }
    prop_assert_eq!(driver.level(2).capacity, Some(of_lower.len() as u32));
    let by_members = running().filter(|(_, seen)| seen.is_member());
    let mut held = [0, 0];
    by_members.flat_map(|(number, _)| driver.slots_of(*number)).for_each(|slot| held[usize::from(slot >= 8)] += 1);
    for zone in 0..2 {
        let level = driver.log.zones[&zone];
        let up = (8 * zone..8 * zone + 8).filter(|slot| is_up(*slot)).count() as u32;
        prop_assert_eq!((level.slots, level.in_service, level.held), (8, up, held[zone as usize]));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_slot_is_held_once_by_somebody_who_was_given_it_and_never_on_failed_hardware(
        near in prop_oneof![Just(Near::Request), Just(Near::Member)],
        choice in prop_oneof![Just(ZoneChoice::First), Just(ZoneChoice::LeastLoaded), Just(ZoneChoice::ByDistance)],
        rule in prop_oneof![Just(Interrupted::Lost), Just(Interrupted::Resume), Just(Interrupted::Restart)],
        order in prop_oneof![Just(EvictionOrder::ByMethod), Just(EvictionOrder::Youngest), Just(EvictionOrder::LowestBid)],
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut driver = world(near, choice, rule, order);
        let mut down: Vec<Component> = Vec::new();
        driver.hardware(Command::Fail(host(7)));
        driver.hardware(Command::Repair(host(7)));
        let mut demands = Vec::new();
        for step in steps {
            match step {
                Step::Ask { pool, slots, bid, work, payer, zones, spread } => {
                    let payer = if payer { MEMBER } else { STRANGER };
                    let wish = PlaceWish {
                        on: zones.iter().map(|zone| part(Level::Zone, *zone)).collect(),
                        weights: spread.then_some(Weights::SPREAD),
                    };
                    let number = driver.submit_placed(Submission { slots, work: ticks(work), payer, ..ask(pool, bid) }, wish);
                    demands.extend((!zones.is_empty()).then_some((number, zones)));
                }
                Step::Fail(component) => {
                    down.push(component);
                    driver.hardware(Command::Fail(component));
                }
                Step::Repair(index) if index < down.len() => driver.hardware(Command::Repair(down.remove(index))),
                Step::Repair(_) => {}
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
            check(&driver, &down)?;
            for (number, zones) in &demands {
                if driver.seen(*number).is_running() {
                    let slots = driver.slots_of(*number);
                    prop_assert!(zones.iter().any(|zone| slots.iter().all(|slot| slot / 8 == *zone)));
                }
            }
        }
        for component in std::mem::take(&mut down) {
            driver.hardware(Command::Repair(component));
        }
        check(&driver, &down)?;
        prop_assert_eq!((driver.level(0).capacity, driver.level(1).capacity), (Some(6), Some(5)));
        driver.close();
    }
}

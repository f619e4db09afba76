//! Pools that live on slots of other pools.

use overspill::market::{
    BurstRules, BurstTerms, Cause, Fate, Interrupted, MaxPrice, Origin, PoolId, PoolRules, Refusal, Slots, Submission,
    SupplyLine, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share, SimDuration, SimTime, TICKS_PER_HOUR};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot};
use crate::recorder::{Doing, Seen};

fn line(from: u32, slots: u32, bid: i64) -> SupplyLine {
    SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None }
}

fn room() -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod })
}

/// The provider's spot pool, whose users lose their work when they are outbid.
fn provider_spot(slots: u32) -> PoolRules {
    PoolRules { minimum: price(10), interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, slots) }
}

/// A pool of the customer without slots of its own, whose members wait and resume.
fn customers(pool: PoolRules, supply: Vec<SupplyLine>) -> PoolRules {
    PoolRules { owner: CUSTOMER, supply, waiting: room(), interrupted: Some(Interrupted::Resume), ..pool }
}

fn posted(slots: u32, unit: i64) -> PoolRules {
    PoolRules::posted(PROVIDER, Slots::Count(slots), price(unit))
}

pub(crate) fn burst_into(tier: u32, max_price: i64, flat_fee: i128) -> Option<BurstRules> {
    let flat_fee = Money::from_units(flat_fee);
    Some(BurstRules {
        tiers: vec![PoolId(tier)],
        max_price: MaxPrice::Constant(price(max_price)),
        fee: Share::ZERO,
        flat_fee,
        budget: None,
        terms: BurstTerms::default(),
    })
}

fn stranger(pool: u32, bid: i64) -> Submission {
    Submission { payer: STRANGER, ..ask(pool, bid) }
}

/// Two reserved slots at 7 and one spot slot at a bid of 50 make a pool of three; a stranger takes the spot slot away.
#[test]
fn a_spot_slot_lost_upstream_is_lost_to_the_worst_holder_and_comes_back_when_the_price_falls() {
    #[rustfmt::skip]
    let cases = [
        // the customer's pool                bids of its members   evicted
        (spot(CUSTOMER, 0),                   vec![30, 20, 40],     Some(4)),
        (spot(CUSTOMER, 0),                   vec![30, 30, 30],     Some(5)),
        (posted(0, 5),                        vec![30, 20, 40],     Some(5)),
        (spot(CUSTOMER, 0),                   vec![30, 20],         None),
        (posted(0, 5),                        vec![30, 20],         None),
        (posted(0, 5),                        vec![],               None),
    ];
    for (pool, bids, evicted) in cases {
        let pools = vec![posted(2, 7), provider_spot(1), customers(pool, vec![line(0, 2, 7), line(1, 1, 50)])];
        let mut driver = Driver::new(pools);
        assert_eq!((driver.level(2).capacity, driver.price(1)), (Some(3), 50));
        let members: Vec<u64> = bids.into_iter().map(|bid| driver.submit(ask(2, bid))).collect();
        driver.run_to(TICKS_PER_HOUR);
        let other = driver.submit(stranger(1, 60));
        assert_eq!((driver.level(2).capacity, driver.price(1)), (Some(2), 60));
        assert_eq!(driver.waiting(), Vec::from_iter(evicted));
        driver.run_to(2 * TICKS_PER_HOUR);
        driver.release(other);
        driver.settle();
        assert_eq!((driver.level(2).capacity, driver.price(1)), (Some(3), 50));
        assert!(driver.waiting().is_empty());
        for number in members {
            let expected = if Some(number) == evicted { vec![Cause::Supply] } else { vec![] };
            assert_eq!(driver.seen(number).interruptions, expected);
            // Who was evicted waited an hour and goes on with what was left.
            let Doing::Running { due, .. } = driver.doing(number) else { panic!("{number} runs again") };
            assert_eq!(due, SimTime::from_ticks((1_000 + i64::from(Some(number) == evicted)) * TICKS_PER_HOUR));
        }
    }
}

#[test]
fn closing_bills_everything_and_every_request_has_its_fate() {
    let pools = vec![posted(2, 7), provider_spot(1), customers(posted(0, 5), vec![line(0, 2, 7), line(1, 1, 50)])];
    let mut driver = Driver::new(pools);
    for _ in 0..4 {
        driver.submit(ask(2, 5));
    }
    driver.run_to(10 * TICKS_PER_HOUR);
    let other = driver.submit(stranger(1, 60));
    driver.run_to(14 * TICKS_PER_HOUR);
    driver.close();
    // Two reserved slots for 14 hours, the spot slot for 10 at its own bid: it was the only one.
    assert_eq!(driver.balance(PROVIDER).units(), 2 * 14 * 7 + 10 * 50 + 4 * 60);
    assert_eq!(driver.balance(STRANGER).units(), -4 * 60);
    assert_eq!(driver.balance(MEMBER).units(), -(2 * 14 * 5 + 10 * 5));
    assert_eq!(driver.balance(CUSTOMER).units(), 2 * 14 * 5 + 10 * 5 - 2 * 14 * 7 - 10 * 50);
    assert_eq!(driver.seen(other).fate(), Some(Fate::Open));
    assert!(driver.log.seen.values().all(|seen| seen.fate() == Some(Fate::Open)));
}

#[test]
fn a_slot_that_costs_more_than_the_line_bids_is_not_taken() {
    for (bid, capacity) in [(6, 0), (7, 2), (8, 2)] {
        let driver = Driver::new(vec![posted(9, 7), customers(posted(0, 5), vec![line(0, 2, bid)])]);
        assert_eq!(driver.level(1).capacity, Some(capacity), "bid {bid} at a price of 7");
    }
}

#[test]
fn a_supply_line_waits_while_the_minimum_is_above_its_bid() {
    let mut driver = Driver::new(vec![provider_spot(2), customers(posted(1, 5), vec![line(0, 2, 50)])]);
    assert_eq!(driver.level(1).capacity, Some(3));
    for (time, minimum, capacity) in [(1, 50, 3), (2, 51, 1), (3, 60, 1), (4, 50, 3)] {
        driver.run_to(time);
        driver.set_minimum(0, minimum);
        driver.settle();
        assert_eq!(driver.level(1).capacity, Some(capacity), "minimum {minimum}");
    }
}

#[test]
fn supply_passes_through_a_chain_of_pools() {
    let middle = customers(posted(0, 5), vec![line(0, 1, 50)]);
    let mut driver = Driver::new(vec![provider_spot(1), middle, customers(posted(0, 5), vec![line(1, 1, 5)])]);
    let member = driver.submit(ask(2, 5));
    assert!(driver.seen(member).is_running());
    driver.run_to(1);
    let other = driver.submit(stranger(0, 60));
    assert_eq!((driver.level(1).capacity, driver.level(2).capacity), (Some(0), Some(0)));
    assert!(driver.seen(member).is_waiting());
    driver.run_to(2);
    driver.release(other);
    driver.settle();
    assert!(driver.seen(member).is_running());
}

#[test]
fn only_members_may_ask_where_members_are_named() {
    let pool = PoolRules { members: Some(vec![CUSTOMER, MEMBER]), ..posted(1, 5) };
    let open = posted(0, 5);
    let mut driver = Driver::new(vec![pool, open]);
    let (refused, admitted) = (driver.submit(stranger(0, 9)), driver.submit(ask(0, 9)));
    assert_eq!(driver.seen(refused).fate(), Some(Fate::Refused(Refusal::Access)));
    assert!(driver.seen(admitted).is_running());
    // Access is asked before the price, and before capacity.
    let (poor, late) = (driver.submit(stranger(0, 0)), driver.submit(stranger(0, 9)));
    assert_eq!(driver.seen(poor).fate(), Some(Fate::Refused(Refusal::Access)));
    assert_eq!(driver.seen(late).fate(), Some(Fate::Refused(Refusal::Access)));
    let anybody = driver.submit(stranger(1, 9));
    assert_eq!(driver.seen(anybody).fate(), Some(Fate::Refused(Refusal::Capacity)));
}

/// The eviction of four slots for one that was lost leaves three that somebody else can use.
#[test]
fn what_an_evicted_request_leaves_over_goes_to_who_waits() {
    for pool in [spot(CUSTOMER, 0), posted(0, 5)] {
        let pool = customers(pool, vec![line(0, 4, 50)]);
        let pool = PoolRules { interrupted: Some(Interrupted::Lost), ..pool };
        let mut driver = Driver::new(vec![provider_spot(4), pool]);
        let large = driver.submit(Submission { slots: 4, ..ask(1, 30) });
        let small = driver.submit(Submission { slots: 3, ..ask(1, 20) });
        driver.run_to(1);
        driver.submit(stranger(0, 60));
        assert_eq!(driver.seen(large).fate(), Some(Fate::Lost));
        assert!(driver.seen(small).is_running());
    }
}

/// The minimum of the provider's pool ends two supply leases and a stranger's at one instant. The member who loses its
/// two slots with the first lease bursts right back, while the stranger is still to be told.
#[test]
fn whoever_is_interrupted_at_one_instant_gives_way_before_anybody_bursts() {
    let pool = customers(posted(0, 5), vec![line(0, 2, 50)]);
    let pool = PoolRules { interrupted: Some(Interrupted::Burst), burst: burst_into(0, 100, 0), ..pool };
    let mut driver = Driver::new(vec![provider_spot(3), pool]);
    let member = driver.submit(Submission { slots: 2, ..ask(1, 5) });
    let other = driver.submit(stranger(0, 60));
    driver.run_to(1);
    driver.set_minimum(0, 70);
    driver.settle();
    let Doing::Running { pool, tier, .. } = driver.doing(member) else { panic!("it bursts") };
    assert_eq!((pool, tier), (PoolId(0), Some(0)));
    assert_eq!(driver.seen(other).fate(), Some(Fate::Lost));
    assert_eq!(driver.level(0).occupied, 2);
}

/// A burst displaces a supply lease; who sat on that slot bursts into the same tier, bids more, and displaces the burst.
#[test]
fn a_burst_may_be_displaced_at_the_instant_at_which_it_starts() {
    let supplied = customers(posted(0, 5), vec![line(0, 1, 50)]);
    let supplied = PoolRules { interrupted: Some(Interrupted::Burst), burst: burst_into(0, 100, 0), ..supplied };
    let bursting = PoolRules { interrupted: Some(Interrupted::Lost), burst: burst_into(0, 60, 3), ..posted(0, 0) };
    let bursting = PoolRules { owner: CUSTOMER, ..bursting };
    let mut driver = Driver::new(vec![provider_spot(1), supplied, bursting]);
    let member = driver.submit(ask(1, 5));
    driver.run_to(1);
    let short = driver.submit(ask(2, 5));
    assert!(matches!(driver.doing(member), Doing::Running { tier: Some(0), .. }));
    assert_eq!(driver.seen(short).fate(), Some(Fate::Lost));
    assert_eq!((driver.seen(short).charge, driver.price(0)), (0, 100));
    // Its flat fee fell due all the same.
    let flat: Vec<i128> = driver.log.bills.iter().map(|(_, bill)| bill.amount.units()).filter(|a| *a != 0).collect();
    assert_eq!(flat, [3]);
}

/// Who comes home from a tier is ranked like anybody who waits: a lower bid gives way.
#[test]
fn who_comes_home_from_a_tier_displaces_a_lower_bid() {
    let waiting = Some(WaitingRoom { capacity: Some(1), order: WaitingOrder::ByMethod });
    let home = customers(spot(CUSTOMER, 1), vec![]);
    let home = PoolRules { waiting, burst: burst_into(0, 60, 0), ..home };
    let mut driver = Driver::new(vec![provider_spot(1), home]);
    let (high, low, bursts) = (driver.submit(ask(1, 30)), driver.submit(ask(1, 10)), driver.submit(ask(1, 25)));
    assert!(matches!(driver.doing(bursts), Doing::Running { tier: Some(0), .. }));
    driver.run_to(1);
    driver.release(high);
    driver.settle();
    assert!(driver.seen(low).is_running());
    driver.run_to(2);
    driver.submit(stranger(0, 70));
    assert!(matches!(driver.doing(bursts), Doing::Running { tier: None, .. }));
    assert!(driver.seen(low).is_waiting());
    assert_eq!((driver.seen(low).interruptions.as_slice(), driver.price(1)), ([Cause::Outbid].as_slice(), 25));
}

/// Two pools supplied by a third.
#[derive(Clone, Debug)]
struct World {
    upstream: u32,
    /// Own slots, slots and bid of the supply line, what the interrupted do, whether bursts go upstream.
    pools: [(u32, u32, i64, Interrupted, bool); 2],
    room: u32,
}

#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, slots: u32, bid: i64, patience: Option<i64> },
    Release(usize),
    Minimum { pool: u32, minimum: i64 },
}

/// What both pools bid in a tier.
const TIER_BID: i64 = 5;

fn world() -> impl Strategy<Value = World> {
    let interrupted = prop_oneof![
        Just(Interrupted::Lost),
        Just(Interrupted::Resume),
        Just(Interrupted::Restart),
        Just(Interrupted::Redraw),
        Just(Interrupted::Burst),
    ];
    let pool = (0u32..3, 0u32..4, 1i64..8, interrupted, any::<bool>());
    (0u32..6, [pool.clone(), pool], 1u32..4).prop_map(|(upstream, pools, room)| World { upstream, pools, room })
}

fn steps(sizes: u32) -> impl Strategy<Value = Vec<(i64, Step)>> {
    let patience = prop::option::of(0i64..3_000);
    let step = prop_oneof![
        8 => (0u32..3, 1..=sizes, 1i64..8, patience)
            .prop_map(|(pool, slots, bid, patience)| Step::Ask { pool, slots, bid, patience }),
        4 => (0usize..100).prop_map(Step::Release),
        1 => (0u32..3, 0i64..8).prop_map(|(pool, minimum)| Step::Minimum { pool, minimum }),
    ];
    prop::collection::vec((0i64..1_000, step), 1..60)
}

fn pools(world: &World) -> Vec<PoolRules> {
    let upstream = PoolRules { minimum: price(0), waiting: room(), ..provider_spot(world.upstream) };
    let supplied = |pool: PoolRules, (_, slots, bid, interrupted, bursts): (u32, u32, i64, Interrupted, bool)| {
        let burst = if bursts { burst_into(0, TIER_BID, 0) } else { None };
        let waiting = Some(WaitingRoom { capacity: Some(world.room), order: WaitingOrder::ByMethod });
        let pool = customers(pool, vec![line(0, slots, bid)]);
        PoolRules { interrupted: Some(interrupted), burst, waiting, ..pool }
    };
    let [first, second] = world.pools;
    vec![upstream, supplied(spot(CUSTOMER, first.0), first), supplied(posted(second.0, 0), second)]
}

/// Bid and size of every request that holds slots of `pool`, whatever it is called there.
fn holders(driver: &Driver, pool: u32) -> Vec<(i64, u32)> {
    let in_pool = |seen: &Seen| match seen.doing {
        Doing::Running { pool: there, tier, .. } if there == PoolId(pool) => {
            Some((tier.map_or(seen.bid.units(), |_| TIER_BID), seen.slots))
        }
        _ => None,
    };
    driver.log.seen.values().filter_map(in_pool).collect()
}

fn waiting_bids(driver: &Driver, pool: u32, minimum: i64) -> Vec<(i64, u32)> {
    let here = driver.log.seen.values().filter(|seen| seen.is_waiting() && seen.home == PoolId(pool));
    here.map(|seen| (seen.bid.units(), seen.slots)).filter(|(bid, _)| *bid >= minimum).collect()
}

fn supply_of(driver: &Driver, pool: u32) -> u32 {
    let to = PoolId(pool);
    let lines = driver.log.seen.values().filter(|seen| seen.origin == Origin::Supply { to });
    lines.filter(|seen| seen.is_running()).map(|seen| seen.slots).sum()
}

fn check(driver: &Driver, world: &World, minima: [i64; 3], sizes: u32) -> Result<(), TestCaseError> {
    for (pool, minimum) in (0..3).zip(minima) {
        let own = [world.upstream, world.pools[0].0, world.pools[1].0][pool as usize];
        let capacity = own + supply_of(driver, pool);
        let holders = holders(driver, pool);
        let occupied: u32 = holders.iter().map(|(_, slots)| slots).sum();
        let level = driver.level(pool);
        prop_assert_eq!((level.capacity, level.occupied), (Some(capacity), occupied), "pool {}", pool);
        let waiting = waiting_bids(driver, pool, minimum);
        prop_assert!(
            waiting.iter().all(|(_, slots)| occupied + slots > capacity),
            "pool {pool}: a fitting request waits"
        );
        let lowest = holders.iter().map(|(bid, _)| *bid).min();
        if pool < 2 {
            let is_short = occupied == capacity || !waiting.is_empty();
            prop_assert_eq!(
                driver.price(pool),
                lowest.filter(|_| is_short).unwrap_or(minimum),
                "price in pool {}",
                pool
            );
        }
        let is_ranked = pool < 2 && sizes == 1;
        let is_displaced = waiting.iter().any(|(bid, _)| lowest.is_some_and(|lowest| *bid > lowest));
        prop_assert!(!is_ranked || !is_displaced, "pool {pool}: a higher bid waits");
        prop_assert!(holders.iter().all(|(bid, _)| *bid >= minimum), "pool {pool}: somebody runs below the minimum");
    }
    Ok(())
}

fn run(world: &World, steps: &[(i64, Step)], sizes: u32) -> Result<(), TestCaseError> {
    let mut driver = Driver::new(pools(world));
    driver.log.redrawn = SimDuration::from_ticks(777);
    let mut minima = [0; 3];
    check(&driver, world, minima, sizes)?;
    for (after, step) in steps {
        driver.run_to(driver.now() + after);
        match *step {
            Step::Ask { pool, slots, bid, patience } => {
                let patience = patience.map(SimDuration::from_ticks);
                let work = SimDuration::from_ticks(10_000);
                driver.submit(Submission { slots, patience, work, ..ask(pool, bid) });
            }
            Step::Release(pick) => {
                let running = driver.running();
                if !running.is_empty() {
                    driver.release(running[pick % running.len()]);
                }
            }
            Step::Minimum { pool, minimum } => {
                minima[pool as usize] = minimum;
                driver.set_minimum(pool, minimum);
            }
        }
        driver.settle();
        check(&driver, world, minima, sizes)?;
    }
    driver.close();
    let seen = &driver.log.seen;
    prop_assert!(seen.values().all(|seen| seen.fate().is_some()), "a request without fate");
    let charged: i128 = seen.values().map(|seen| seen.charge).sum();
    prop_assert_eq!(driver.market.ledger().accrued(overspill::market::CurrencyId(0)).units(), charged);
    let parties = [PROVIDER, CUSTOMER, MEMBER, STRANGER];
    prop_assert_eq!(parties.iter().map(|party| driver.balance(*party)).sum::<Money>(), Money::ZERO);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn supply_of_single_slots_is_conserved(world in world(), steps in steps(1)) {
        run(&world, &steps, 1)?;
    }

    #[test]
    fn supply_of_several_slots_is_conserved(world in world(), steps in steps(3)) {
        run(&world, &steps, 3)?;
    }
}

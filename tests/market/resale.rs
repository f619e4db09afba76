//! Idle slots that are lent to a spot pool and taken back.

use overspill::market::{
    BurstRules, Cause, Change, Denial, Fate, Interrupted, InterruptionRules, LifeRules, MaxPrice, PoolId, PoolRules,
    Refusal, Resale, Slots, Stage, Submission, SupplyLine, TakesBack, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::recorder::{Doing, Seen};

const SPOT: u32 = 0;
const ACCOUNT: u32 = 1;
const HOME: u32 = 2;
const ON_DEMAND: u32 = 3;

fn room(capacity: Option<u32>) -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity, order: WaitingOrder::ByMethod })
}

fn line(from: u32, slots: u32, bid: i64) -> SupplyLine {
    SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None }
}

/// The provider's spot pool of one slot; the customer's account of three, which it lends; the customer's pool without any,
/// which bursts into the account and then on demand.
fn pools(notice: i64, takes_back: TakesBack) -> Vec<PoolRules> {
    let tenants = PoolRules {
        waiting: room(None),
        interrupted: Some(Interrupted::Lost),
        interruption: InterruptionRules { notice: ticks(notice), ..InterruptionRules::IMMEDIATE },
        ..spot(PROVIDER, 1)
    };
    let account = PoolRules {
        resale: Some(Resale { to: PoolId(SPOT), takes_back }),
        waiting: room(Some(2)),
        ..PoolRules::posted(CUSTOMER, Slots::Count(3), price(0))
    };
    let burst = BurstRules {
        tiers: vec![PoolId(ACCOUNT), PoolId(ON_DEMAND)],
        max_price: MaxPrice::Constant(price(9)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: overspill::market::BurstTerms::default(),
    };
    let home = PoolRules {
        burst: Some(burst),
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), price(1))
    };
    vec![tenants, account, home, PoolRules::posted(PROVIDER, Slots::Unlimited, price(9))]
}

fn tenant(bid: i64) -> Submission {
    Submission { payer: STRANGER, ..ask(SPOT, bid) }
}

fn lent(driver: &Driver) -> u32 {
    driver.log.lent.get(&PoolId(ACCOUNT)).copied().unwrap_or(0)
}

fn pool_of(driver: &Driver, number: u64) -> Option<PoolId> {
    if let Doing::Running { pool, .. } = driver.doing(number) { Some(pool) } else { None }
}

#[test]
#[should_panic(expected = "never lent")]
fn a_pool_that_lends_is_in_no_list_to_choose_from() {
    _ = Driver::new(pools(0, TakesBack::Wait)).with_choices(vec![vec![PoolId(HOME), PoolId(ACCOUNT)]]);
}

#[test]
fn idle_slots_are_sold_as_spot_and_taken_back_from_the_lowest_bid() {
    let mut driver = Driver::new(pools(0, TakesBack::NextTier));
    assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(4), 3));
    let tenants: Vec<u64> = [5, 3, 4].into_iter().map(|bid| driver.submit(tenant(bid))).collect();
    driver.run_to(1);
    // The slot that nobody holds comes home first, then those of the lowest bids.
    let mut mine = Vec::new();
    for (lost, left) in [(None, 2), (Some(tenants[1]), 1), (Some(tenants[2]), 0)] {
        mine.push(driver.submit(ask(HOME, 9)));
        assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(1 + left), left));
        assert_eq!(pool_of(&driver, mine[mine.len() - 1]), Some(PoolId(ACCOUNT)));
        if let Some(lost) = lost {
            assert_eq!(driver.seen(lost).fate(), Some(Fate::Lost));
            assert_eq!(driver.seen(lost).interruptions, [Cause::TakenBack]);
        }
    }
    let fourth = driver.submit(ask(HOME, 9));
    assert_eq!(pool_of(&driver, fourth), Some(PoolId(ON_DEMAND)));
    assert!(driver.seen(tenants[0]).is_running());
    driver.run_to(2);
    driver.release(mine[0]);
    driver.settle();
    assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(2), 1));
}

/// All four slots of the spot pool are held; its tenants have ten ticks of notice.
#[test]
fn with_a_notice_a_burst_waits_for_it_or_tries_the_next_tier() {
    for (takes_back, tier) in [(TakesBack::Wait, ACCOUNT), (TakesBack::NextTier, ON_DEMAND)] {
        let mut driver = Driver::new(pools(10, takes_back));
        let tenants: Vec<u64> = [5, 3, 4, 6].into_iter().map(|bid| driver.submit(tenant(bid))).collect();
        driver.run_to(5);
        let mine = driver.submit(ask(HOME, 9));
        assert_eq!(driver.seen(mine).is_waiting(), takes_back == TakesBack::Wait);
        driver.run_to(14);
        driver.settle();
        assert!(driver.seen(tenants[1]).is_running());
        driver.run_to(15);
        driver.settle();
        assert_eq!(pool_of(&driver, mine), Some(PoolId(tier)), "{takes_back:?}");
        assert_eq!(driver.seen(tenants[1]).is_running(), takes_back == TakesBack::NextTier);
        assert_eq!(lent(&driver), 2 + u32::from(takes_back == TakesBack::NextTier));
        // What nobody holds needs no notice.
        driver.release(tenants[0]);
        driver.settle();
        let next = driver.submit(ask(HOME, 9));
        assert_eq!(pool_of(&driver, next), Some(PoolId(ACCOUNT)));
    }
}

/// Two may wait for slots on loan; the third tries the next tier. Whoever gives up is not served, and the slot that was
/// taken back for it is lent again.
#[test]
fn who_waits_for_a_notice_may_give_up() {
    let mut driver = Driver::new(pools(10, TakesBack::Wait));
    (0..4).for_each(|_| _ = driver.submit(tenant(5)));
    driver.run_to(5);
    let patient = driver.submit(ask(HOME, 9));
    let hasty = driver.submit(Submission { patience: Some(ticks(3)), ..ask(HOME, 9) });
    let third = driver.submit(ask(HOME, 9));
    assert_eq!(pool_of(&driver, third), Some(PoolId(ON_DEMAND)));
    assert_eq!((driver.level(ACCOUNT).waiting, driver.level(SPOT).capacity), (2, Some(4)));
    driver.run_to(15);
    driver.settle();
    assert_eq!(driver.seen(hasty).fate(), Some(Fate::Abandoned));
    assert_eq!(pool_of(&driver, patient), Some(PoolId(ACCOUNT)));
    assert_eq!((lent(&driver), driver.level(SPOT).capacity, driver.level(SPOT).occupied), (2, Some(3), 2));
}

/// A supply line waits for slots on loan whatever a burst would do, and gives its tenants notice.
#[test]
fn a_supply_line_takes_back_what_is_on_loan() {
    use overspill::market::{AtExpiry, Due, Purchase};
    let later = Purchase {
        upfront: Money::ZERO,
        hourly: price(0),
        due: Due::WholeTerm,
        term: ticks(100),
        start: overspill::units::SimTime::from_ticks(5),
        at_expiry: AtExpiry::TakeBack,
    };
    for (notice, at) in [(0, 5), (10, 15)] {
        let mut pools = pools(notice, TakesBack::NextTier);
        pools[HOME as usize].supply = vec![SupplyLine { purchase: Some(later), ..line(ACCOUNT, 2, 0) }];
        let mut driver = Driver::new(pools);
        let tenants: Vec<u64> = [5, 3, 4, 6].into_iter().map(|bid| driver.submit(tenant(bid))).collect();
        driver.run_to(at - 1);
        driver.settle();
        assert_eq!((driver.level(HOME).capacity, lent(&driver)), (Some(0), 3));
        driver.run_to(at);
        driver.settle();
        assert_eq!((driver.level(HOME).capacity, lent(&driver)), (Some(2), 1), "notice {notice}");
        let lost: Vec<bool> = tenants.iter().map(|tenant| !driver.seen(*tenant).is_running()).collect();
        assert_eq!(lost, [false, true, true, false]);
        // The term ends, and the slots are lent again.
        driver.run_to(at + 100);
        driver.settle();
        assert_eq!((driver.level(HOME).capacity, lent(&driver)), (Some(0), 3));
    }
}

/// The account itself is supplied from elsewhere, and loses a slot while it is on loan: the tenant goes, at once.
#[test]
fn a_slot_that_is_lost_while_on_loan_is_lost_to_its_tenant() {
    let mut pools = pools(10, TakesBack::Wait);
    pools[ACCOUNT as usize].slots = Slots::Count(1);
    pools[ACCOUNT as usize].supply = vec![line(4, 2, 8)];
    pools.push(PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 2) });
    let mut driver = Driver::new(pools);
    let mine = driver.submit(ask(HOME, 9));
    let tenants: Vec<u64> = [5, 3, 4].into_iter().map(|bid| driver.submit(tenant(bid))).collect();
    assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(3), 2));
    for (lost, left) in [(1, 1), (2, 0)] {
        driver.submit(Submission { pool: PoolId(4), ..tenant(9) });
        assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(1 + left), left));
        assert_eq!(driver.seen(tenants[lost]).interruptions, [Cause::Supply]);
    }
    assert!(driver.seen(mine).is_running() && driver.seen(tenants[0]).is_running());
}

/// A tenant that is put out bursts at that instant into the account itself: the slot for which it went is not there again.
#[test]
fn who_is_put_out_cannot_have_the_slot_back() {
    let mut pools = pools(0, TakesBack::NextTier);
    let burst = BurstRules { tiers: vec![PoolId(ACCOUNT)], ..pools[HOME as usize].burst.clone().expect("a ladder") };
    pools[SPOT as usize].burst = Some(burst);
    pools[SPOT as usize].interrupted = Some(Interrupted::Burst);
    pools[SPOT as usize].waiting = None;
    pools[ACCOUNT as usize].slots = Slots::Count(1);
    let mut driver = Driver::new(pools);
    let tenants: Vec<u64> = [5, 3].into_iter().map(|bid| driver.submit(tenant(bid))).collect();
    let mine = driver.submit(ask(HOME, 9));
    assert_eq!(pool_of(&driver, mine), Some(PoolId(ACCOUNT)));
    assert_eq!(driver.seen(tenants[1]).fate(), Some(Fate::Lost));
    assert_eq!(driver.level(ACCOUNT).occupied, 1);
}

#[test]
fn the_budget_is_asked_when_the_wait_is_over() {
    use overspill::market::{BudgetRules, Charging};
    let mut pools = pools(10, TakesBack::Wait);
    pools[ACCOUNT as usize].pricing = overspill::market::Pricing::Posted(price(1));
    let burst = pools[HOME as usize].burst.as_mut().expect("a ladder");
    burst.flat_fee = Money::ZERO;
    burst.tiers.truncate(1);
    let amount = Money::from_units(500);
    burst.budget = Some(BudgetRules { amount, period: None, charging: Charging::Prepaid });
    let mut driver = Driver::new(pools);
    (0..4).for_each(|_| _ = driver.submit(tenant(5)));
    driver.run_to(5);
    // A thousand hours at 1 is more than the budget bears; that shows when the slot is there.
    let mine = driver.submit(ask(HOME, 9));
    assert!(driver.seen(mine).is_waiting());
    driver.run_to(15);
    driver.settle();
    assert_eq!(driver.seen(mine).fate(), Some(Fate::Refused(Refusal::Budget)));
    assert_eq!((lent(&driver), driver.level(SPOT).capacity), (3, Some(4)));
}

/// Whoever is deleted takes no slots along that are another's, and leaves none of its own behind.
#[test]
fn a_loan_ends_with_either_of_its_pools() {
    // The lender: tenants of its slots go, the slot of the spot pool itself stays.
    let mut driver = Driver::new(pools(10, TakesBack::Wait));
    let tenants: Vec<u64> = [5, 3].into_iter().map(|bid| driver.submit(tenant(bid))).collect();
    assert_eq!(driver.operate(1, ACCOUNT, Change::Delete), Ok(()));
    driver.settle();
    assert_eq!((driver.level(ACCOUNT).capacity, driver.level(SPOT).capacity, lent(&driver)), (Some(0), Some(1), 0));
    assert_eq!(driver.running(), [tenants[0]]);
    assert_eq!(driver.seen(tenants[1]).interruptions, [Cause::Closure]);
    // The borrower: all slots are at home again, and are not lent to what is gone.
    let mut driver = Driver::new(pools(10, TakesBack::Wait));
    driver.submit(tenant(5));
    assert_eq!(driver.operate(0, SPOT, Change::Delete), Ok(()));
    driver.settle();
    assert_eq!((driver.level(ACCOUNT).capacity, driver.level(SPOT).capacity, lent(&driver)), (Some(3), Some(0), 0));
    let mine = driver.submit(ask(HOME, 9));
    assert_eq!((pool_of(&driver, mine), lent(&driver)), (Some(PoolId(ACCOUNT)), 0));
}

#[test]
fn nothing_is_lent_to_a_pool_before_it_is_created() {
    let mut pools = pools(0, TakesBack::NextTier);
    pools[SPOT as usize].life = Some(LifeRules { begins: Stage::Planned, ..LifeRules::default() });
    let mut driver = Driver::new(pools);
    assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(0), 0));
    assert_eq!(driver.operate(0, SPOT, Change::Create), Ok(()));
    driver.settle();
    assert_eq!((driver.level(SPOT).capacity, lent(&driver)), (Some(4), 3));
}

/// All four slots are held, and a burst waits for one on loan, when the account gives none any more.
#[test]
fn a_burst_waits_for_no_slot_of_a_pool_that_gives_none() {
    for (change, is_waiting) in [(Change::Delete, false), (Change::TakeOffline, true)] {
        let mut driver = Driver::new(pools(10, TakesBack::Wait));
        (0..4).for_each(|_| _ = driver.submit(tenant(5)));
        let before = driver.submit(ask(HOME, 9));
        assert!(driver.seen(before).is_waiting());
        let word = change.name();
        assert_eq!(driver.operate(1, ACCOUNT, change), Ok(()));
        driver.settle();
        // Whoever waits in a pool that is offline goes on waiting; whoever comes then tries the next tier.
        assert_eq!(driver.seen(before).is_waiting(), is_waiting, "{word}");
        assert_eq!(pool_of(&driver, before), (!is_waiting).then_some(PoolId(ON_DEMAND)), "{word}");
        let after = driver.submit(ask(HOME, 9));
        assert_eq!(pool_of(&driver, after), Some(PoolId(ON_DEMAND)), "{word}");
    }
}

#[test]
fn a_member_that_is_removed_waits_for_no_slot_on_loan() {
    let changes: [fn() -> Change; 2] = [|| Change::RemoveMembers(vec![MEMBER]), || Change::Delete];
    for change in changes {
        let mut pools = pools(10, TakesBack::Wait);
        pools[HOME as usize].members = Some(vec![MEMBER]);
        let mut driver = Driver::new(pools);
        (0..4).for_each(|_| _ = driver.submit(tenant(5)));
        let mine = driver.submit(ask(HOME, 9));
        assert_eq!((driver.seen(mine).is_waiting(), driver.level(ACCOUNT).waiting), (true, 1));
        assert_eq!(driver.operate(1, HOME, change()), Ok(()));
        assert_eq!((driver.seen(mine).is_waiting(), driver.level(ACCOUNT).waiting), (false, 0));
    }
}

/// Two of the account's slots are held by bursts, which have ten ticks of notice, and one is on loan, when it is to have
/// none: the slot on loan goes at once, and with it whoever holds it.
#[test]
fn slots_on_loan_are_the_first_to_leave() {
    let mut pools = pools(0, TakesBack::NextTier);
    pools[SPOT as usize].slots = Slots::Count(0);
    pools[ACCOUNT as usize].interruption.notice = ticks(10);
    let mut driver = Driver::new(pools);
    let mine = [(); 2].map(|()| driver.submit(ask(HOME, 9)));
    let other = driver.submit(tenant(5));
    assert_eq!((lent(&driver), driver.running()), (1, vec![mine[0], mine[1], other]));
    assert_eq!(driver.operate(1, ACCOUNT, Change::Resize(0)), Ok(()));
    driver.settle();
    assert_eq!((lent(&driver), driver.level(SPOT).capacity, driver.running()), (0, Some(0), mine.to_vec()));
    assert_eq!(driver.seen(other).interruptions, [Cause::Supply]);
    driver.run_to(10);
    driver.settle();
    assert_eq!((driver.level(ACCOUNT).capacity, lent(&driver)), (Some(0), 0));
}

/// A spot pool has two slots on loan, and a request for three waits there. At tick 7 the account buys a third slot, and at
/// the same instant a burst for three loses its first tier and tries the spot pool. The stock is cleared because whoever
/// waits may burst there; so the third slot is lent, and is due to the one who waits, not to the burst.
#[test]
fn slots_that_come_while_a_pool_is_cleared_go_to_who_waits() {
    use overspill::market::{AtExpiry, BurstTerms, Due, Purchase, Triggers, WhenRevoked};
    let later = Purchase {
        upfront: Money::ZERO,
        hourly: price(0),
        due: Due::WholeTerm,
        term: ticks(100),
        start: overspill::units::SimTime::from_ticks(7),
        at_expiry: AtExpiry::TakeBack,
    };
    let burst = |tiers: &[u32], terms| {
        let tiers = tiers.iter().copied().map(PoolId).collect();
        let (max_price, flat_fee) = (MaxPrice::Constant(price(2)), Money::ZERO);
        Some(BurstRules { tiers, max_price, fee: Share::ZERO, flat_fee, budget: None, terms })
    };
    let triggers = Triggers { tier_freed: true, ..Triggers::default() };
    let stock = PoolRules::posted(PROVIDER, Slots::Count(1), price(0));
    let market = PoolRules {
        waiting: room(None),
        interrupted: Some(Interrupted::Resume),
        burst: burst(&[0], BurstTerms { triggers, ..BurstTerms::default() }),
        ..spot(PROVIDER, 0)
    };
    let account = PoolRules {
        supply: vec![SupplyLine { purchase: Some(later), ..line(0, 1, 0) }],
        resale: Some(Resale { to: PoolId(1), takes_back: TakesBack::NextTier }),
        ..PoolRules::posted(CUSTOMER, Slots::Count(2), price(0))
    };
    let first_tier = PoolRules::posted(PROVIDER, Slots::Count(3), price(0));
    let home = PoolRules {
        interrupted: Some(Interrupted::Lost),
        burst: burst(&[3, 1], BurstTerms { when_revoked: WhenRevoked::NextTier, ..BurstTerms::default() }),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), price(0))
    };
    let mut driver = Driver::new(vec![stock, market, account, first_tier, home]);
    let waits = driver.submit(Submission { slots: 3, ..ask(1, 5) });
    let bursts = driver.submit(Submission { slots: 3, ..ask(4, 9) });
    assert_eq!((driver.waiting(), pool_of(&driver, bursts)), (vec![waits], Some(PoolId(3))));
    driver.run_to(7);
    driver.set_minimum(3, 9);
    driver.settle();
    assert_eq!((pool_of(&driver, waits), driver.seen(bursts).fate()), (Some(PoolId(1)), Some(Fate::Lost)));
}

/// A lender that took slots from the pool that it lends to would lend them again, and so on without end.
#[test]
fn slots_on_loan_do_not_go_in_a_circle() {
    let mut driver = Driver::new(pools(0, TakesBack::NextTier));
    let from_spot = Change::AddSlots(line(SPOT, 1, 5));
    assert_eq!(driver.operate(1, ACCOUNT, from_spot.clone()), Err(Denial::NoSupplier));
    // Nor by way of another pool.
    assert_eq!(driver.operate(1, HOME, from_spot), Ok(()));
    driver.settle();
    assert_eq!(driver.level(HOME).capacity, Some(1));
    assert_eq!(driver.operate(1, ACCOUNT, Change::AddSlots(line(HOME, 1, 5))), Err(Denial::NoSupplier));
}

/// A world of two accounts that lend to one spot pool.
#[derive(Clone, Debug)]
struct World {
    spot: u32,
    accounts: [(u32, u32, TakesBack); 2],
    notice: i64,
    interrupted: Interrupted,
    room: Option<u32>,
    supplied_from_spot: u32,
}

#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, slots: u32, bid: i64, work: i64, patience: Option<i64> },
    Release(usize),
    Minimum { pool: u32, minimum: i64 },
}

fn worlds() -> impl Strategy<Value = World> {
    let takes_back = prop_oneof![Just(TakesBack::Wait), Just(TakesBack::NextTier)];
    let account = (0u32..4, 0u32..3, takes_back);
    let interrupted = prop_oneof![
        Just(Interrupted::Lost),
        Just(Interrupted::Resume),
        Just(Interrupted::Burst),
        Just(Interrupted::Restart)
    ];
    let notice = prop_oneof![Just(0), 1..40_i64];
    (0u32..3, [account.clone(), account], notice, interrupted, prop::option::of(1u32..3), 0u32..3).prop_map(
        |(spot, accounts, notice, interrupted, room, supplied_from_spot)| World {
            spot,
            accounts,
            notice,
            interrupted,
            room,
            supplied_from_spot,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let patience = prop::option::of(0i64..60);
    let step = prop_oneof![
        8 => (select_pool(), 1u32..4, 1i64..10, 1i64..200, patience)
            .prop_map(|(pool, slots, bid, work, patience)| Step::Ask { pool, slots, bid, work, patience }),
        3 => (0usize..100).prop_map(Step::Release),
        1 => (prop_oneof![Just(0u32), Just(5)], 0i64..10).prop_map(|(pool, minimum)| Step::Minimum { pool, minimum }),
    ];
    prop::collection::vec((0i64..30, step), 1..60)
}

/// The spot pool, the two customers' pools, the market in which the accounts are supplied.
fn select_pool() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0u32), 3 => Just(3), 3 => Just(4), 2 => Just(5)]
}

/// Spot, two accounts, two pools that burst into them and one of which is supplied from the spot pool and an account, and
/// the market upstream of the accounts.
fn world_pools(world: &World) -> Vec<PoolRules> {
    let tenants = PoolRules {
        waiting: room(None),
        interrupted: Some(Interrupted::Resume),
        interruption: InterruptionRules { notice: ticks(world.notice), ..InterruptionRules::IMMEDIATE },
        ..spot(PROVIDER, world.spot)
    };
    let account = |(own, supplied, takes_back): (u32, u32, TakesBack)| PoolRules {
        resale: Some(Resale { to: PoolId(0), takes_back }),
        supply: vec![line(5, supplied, 5)],
        waiting: room(Some(2)),
        ..PoolRules::posted(CUSTOMER, Slots::Count(own), price(0))
    };
    let burst = |tiers: Vec<u32>| BurstRules {
        tiers: tiers.into_iter().map(PoolId).collect(),
        max_price: MaxPrice::Constant(price(6)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: overspill::market::BurstTerms::default(),
    };
    let home = |tiers, supply| PoolRules {
        burst: Some(burst(tiers)),
        supply,
        waiting: room(world.room),
        interrupted: Some(world.interrupted),
        ..PoolRules::posted(CUSTOMER, Slots::Count(1), price(1))
    };
    let supply = vec![line(0, world.supplied_from_spot, 4), line(1, 1, 0)];
    let upstream = PoolRules { waiting: room(None), interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 3) };
    vec![
        tenants,
        account(world.accounts[0]),
        account(world.accounts[1]),
        home(vec![1, 2, 0], vec![]),
        home(vec![2, 1], supply),
        upstream,
    ]
}

fn held_in(driver: &Driver, pool: u32) -> u32 {
    let here = |seen: &&Seen| matches!(seen.doing, Doing::Running { pool: there, .. } if there == PoolId(pool));
    driver.log.seen.values().filter(here).map(|seen| seen.slots).sum()
}

fn supplied_to(driver: &Driver, pool: u32) -> u32 {
    let to = PoolId(pool);
    let lines = driver.log.seen.values().filter(|seen| seen.origin == overspill::market::Origin::Supply { to });
    lines.filter(|seen| seen.is_running()).map(|seen| seen.slots).sum()
}

/// No slot is there twice: a lender's slots are held by its owner, on loan or idle, and the spot pool has its own and those
/// on loan.
fn check(driver: &Driver, world: &World) -> Result<(), TestCaseError> {
    let own = [world.spot, world.accounts[0].0, world.accounts[1].0, 1, 1, 3];
    let lent: Vec<u32> = (0..6).map(|pool| driver.log.lent.get(&PoolId(pool)).copied().unwrap_or(0)).collect();
    for pool in 0..6 {
        let borrowed: u32 = if pool == SPOT { lent.iter().sum() } else { 0 };
        let capacity = own[pool as usize] + supplied_to(driver, pool) + borrowed;
        let (level, held) = (driver.level(pool), held_in(driver, pool));
        prop_assert_eq!((level.capacity, level.occupied), (Some(capacity), held), "pool {}", pool);
        prop_assert!(held + lent[pool as usize] <= capacity, "pool {}", pool);
    }
    for account in [1, 2] {
        let idle =
            driver.level(account).capacity.expect("a number") - held_in(driver, account) - lent[account as usize];
        let is_wanted = driver.level(account).waiting > 0
            || driver.log.seen.values().any(|seen| seen.is_waiting() && seen.home == PoolId(account));
        prop_assert!(idle == 0 || is_wanted, "account {} keeps {} idle slots to itself", account, idle);
    }
    Ok(())
}

/// Found by the properties below: whoever keeps a promise asks a tier, which clears the lender on the way, and others whom
/// this very clearing would serve have their slots by then.
#[test]
fn a_clearing_passes_over_whom_it_has_served_on_the_way() {
    let world = World {
        spot: 1,
        accounts: [(3, 1, TakesBack::Wait); 2],
        notice: 1,
        interrupted: Interrupted::Burst,
        room: None,
        supplied_from_spot: 2,
    };
    let mut driver = Driver::new(world_pools(&world));
    #[rustfmt::skip]
    let asked = [(4, 1, 1, 85), (4, 2, 1, 63), (0, 1, 1, 1), (5, 2, 6, 49), (4, 1, 1, 36), (0, 3, 5, 28), (0, 1, 5, 20), (3, 3, 1, 1)];
    for (pool, slots, bid, work) in asked {
        driver.submit(Submission { slots, work: ticks(work), ..ask(pool, bid) });
        check(&driver, &world).expect("no slot is there twice");
    }
    driver.run_to(500);
    driver.settle();
    check(&driver, &world).expect("no slot is there twice");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_slot_is_held_twice_while_slots_are_lent_and_taken_back(world in worlds(), steps in steps()) {
        let mut driver = Driver::new(world_pools(&world));
        check(&driver, &world)?;
        let mut now = 0;
        for (after, step) in steps {
            now += after;
            driver.run_to(now);
            driver.settle();
            match step {
                Step::Ask { pool, slots, bid, work, patience } => {
                    let (bid, work, patience) = (price(bid), ticks(work), patience.map(ticks));
                    driver.submit(Submission { slots, bid, work, patience, ..ask(pool, 0) });
                }
                Step::Release(index) => {
                    let running = driver.running();
                    if !running.is_empty() {
                        driver.release(running[index % running.len()]);
                        driver.settle();
                    }
                }
                Step::Minimum { pool, minimum } => {
                    driver.set_minimum(pool, minimum);
                    driver.settle();
                }
            }
            check(&driver, &world)?;
        }
        driver.run_to(now + 500);
        driver.settle();
        check(&driver, &world)?;
        driver.close();
        prop_assert!(driver.log.seen.values().all(|seen| seen.fate().is_some()));
    }
}

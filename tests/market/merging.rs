//! Pools of two customers become one, and two again.

use std::sync::Arc;

use overspill::market::{
    AccountId, BelowMinimum, BillingKind, BurstRules, Cause, Change, ChoiceId, Denial, Fate, Formula, Interrupted,
    InterruptionRules, JointRules, MaxPrice, PartyId, PlaceWish, PoolId, PoolRules, Refusal, Resale, ScalingRule,
    ScalingStep, Sharing, Slots, Submission, SupplyCost, SupplyLine, TakesBack, Variables, WaitingOrder, WaitingRoom,
    Weights, parts, shapley,
};
use overspill::units::{Money, Share, SimDuration, Speed, TICKS_PER_HOUR};
use proptest::prelude::*;

use crate::driver::{Driver, PROVIDER, price, spot, ticks};
use crate::recorder::Doing;

/// Parties: the provider, the customers A and B, their alliance, and a member of each.
const OWNER_A: PartyId = PartyId(1);
const OWNER_B: PartyId = PartyId(2);
const ALLIANCE: PartyId = PartyId(3);
const ANN: PartyId = PartyId(4);
const BOB: PartyId = PartyId(5);

/// Pools of every world here.
const A: u32 = 0;
const B: u32 = 1;
const JOINT: u32 = 2;

/// A price of one unit of money per tick and slot.
const STEP: i64 = TICKS_PER_HOUR;

fn room() -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod })
}

fn posted(owner: PartyId, slots: u32, unit: i64) -> PoolRules {
    let pool = PoolRules::posted(owner, Slots::Count(slots), price(unit * STEP));
    PoolRules { interrupted: Some(Interrupted::Resume), waiting: room(), ..pool }
}

/// Bids count from 0 up, in steps.
fn bidders(owner: PartyId, slots: u32) -> PoolRules {
    PoolRules { interrupted: Some(Interrupted::Resume), waiting: room(), ..spot(owner, slots) }
}

fn terms(sharing: Sharing) -> JointRules {
    let merges = vec![PoolId(A), PoolId(B)];
    JointRules { merges, sharing, every: None, own_first: false, supply_cost: SupplyCost::Joint }
}

/// A pool that joins A and B; the accounts of both customers may change it.
fn joint(pool: PoolRules, terms: JointRules) -> PoolRules {
    let controllers = vec![AccountId(1), AccountId(2)];
    PoolRules { owner: ALLIANCE, slots: Slots::Count(0), joint: Some(terms), controllers, ..pool }
}

/// A and B of one account each, and a pool that joins them.
fn world(a: PoolRules, b: PoolRules, of_both: PoolRules) -> Vec<PoolRules> {
    let a = PoolRules { owner: OWNER_A, controllers: vec![AccountId(1)], ..a };
    vec![a, PoolRules { owner: OWNER_B, controllers: vec![AccountId(2)], ..b }, of_both]
}

fn posted_world(slots_a: u32, slots_b: u32, terms: JointRules) -> Vec<PoolRules> {
    world(posted(OWNER_A, slots_a, 1), posted(OWNER_B, slots_b, 1), joint(posted(ALLIANCE, 0, 2), terms))
}

fn open(pools: Vec<PoolRules>) -> Driver {
    Driver::with_parties(pools, 6)
}

fn merge(driver: &mut Driver) -> Result<(), Denial> {
    driver.operate(1, JOINT, Change::Merge { agreed_by: vec![AccountId(2)] })
}

fn split(driver: &mut Driver) -> Result<(), Denial> {
    driver.operate(2, JOINT, Change::Split)
}

/// A member asks its pool for so many slots, for so many ticks.
fn ask(pool: u32, slots: u32, bid: i64, work: i64) -> Submission {
    let payer = if pool == A { ANN } else { BOB };
    Submission {
        pool: PoolId(pool),
        payer,
        slots,
        bid: price(bid * STEP),
        work: ticks(work),
        patience: None,
        max_price: None,
        tag: [0; 2],
        choices: None,
    }
}

fn capacities(driver: &Driver) -> [u32; 3] {
    [A, B, JOINT].map(|pool| driver.level(pool).capacity.expect("a number of slots"))
}

fn occupied(driver: &Driver) -> [u32; 3] {
    [A, B, JOINT].map(|pool| driver.level(pool).occupied)
}

fn shares(driver: &Driver) -> Vec<(u32, u32, i128)> {
    let bills = driver.log.bills.iter().filter(|(_, bill)| bill.kind == BillingKind::Sharing);
    bills.map(|(_, bill)| (bill.payer.0, bill.payee.0, bill.amount.units())).collect()
}

/// Whichever way a request comes in, the joint pool serves none but those whom the partner that was asked admits.
#[test]
fn a_stranger_is_refused_in_a_joint_pool_however_it_asks() {
    let named = |owner, member| PoolRules { members: Some(vec![member]), ..posted(owner, 2, 1) };
    let pools = world(named(OWNER_A, ANN), named(OWNER_B, BOB), joint(posted(ALLIANCE, 0, 1), terms(Sharing::Usage)));
    let hardware = crate::placement::two_zones();
    let lists = vec![vec![PoolId(A)], vec![PoolId(A), PoolId(B)], vec![PoolId(JOINT)]];
    let mut driver = Driver::in_world(pools, 6, Some(hardware), lists, |_| ());
    assert_eq!(merge(&mut driver), Ok(()));
    let spread = PlaceWish { weights: Some(Weights::SPREAD), ..PlaceWish::default() };
    #[rustfmt::skip]
    let cases = [
        // pool   choices   wish                   payer  asked, if it is served
        (A,       None,     PlaceWish::default(),  ANN,   Some(A)),
        (A,       None,     PlaceWish::default(),  BOB,   None),
        (A,       None,     spread.clone(),        ANN,   Some(A)),
        (A,       None,     spread.clone(),        BOB,   None),
        (JOINT,   None,     spread.clone(),        BOB,   None),
        (B,       Some(0),  PlaceWish::default(),  ANN,   Some(A)),
        (B,       Some(0),  PlaceWish::default(),  BOB,   None),
        (A,       Some(1),  PlaceWish::default(),  BOB,   Some(B)),
        (A,       Some(1),  spread,                BOB,   Some(B)),
        (A,       Some(2),  PlaceWish::default(),  BOB,   None),
    ];
    for (case, (pool, choices, wish, payer, expected)) in cases.into_iter().enumerate() {
        let choices = choices.map(ChoiceId);
        let number = driver.submit_placed(Submission { payer, choices, ..ask(pool, 1, 9, 5) }, wish);
        match expected {
            Some(asked) => {
                let request = driver.market.request(driver.seen(number).place);
                assert_eq!((request.home, request.affiliation), (PoolId(JOINT), Some(PoolId(asked))), "case {case}");
                driver.release(number);
            }
            None => assert_eq!(driver.seen(number).fate(), Some(Fate::Refused(Refusal::Access)), "case {case}"),
        }
    }
}

/// A burst from the joint pool goes on after the split. Its member is removed from the pool that it asked.
#[test]
fn a_member_that_is_removed_loses_its_burst_from_a_joint_pool() {
    let named = PoolRules { members: Some(vec![ANN]), ..posted(OWNER_A, 0, 1) };
    let burst = BurstRules {
        tiers: vec![PoolId(3)],
        max_price: MaxPrice::Bid,
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: overspill::market::BurstTerms::default(),
    };
    let of_both = PoolRules { burst: Some(burst), ..joint(posted(ALLIANCE, 0, 1), terms(Sharing::Usage)) };
    let mut pools = world(named, posted(OWNER_B, 0, 1), of_both);
    pools.push(PoolRules { interrupted: Some(Interrupted::Lost), ..posted(PROVIDER, 1, 1) });
    let mut driver = open(pools);
    assert_eq!(merge(&mut driver), Ok(()));
    let number = driver.submit(ask(A, 1, 9, 50));
    assert!(driver.seen(number).is_running());
    assert_eq!(split(&mut driver), Ok(()));
    driver.settle();
    assert!(driver.seen(number).is_running());
    assert_eq!(driver.operate(1, A, Change::RemoveMembers(vec![ANN])), Ok(()));
    assert_eq!((driver.seen(number).fate(), driver.level(3).occupied), (Some(Fate::Lost), 0));
}

/// What is merged has the slots of its partners, and gives them to none but members.
#[test]
fn what_is_merged_neither_takes_slots_nor_supplies_others() {
    let line = |from| SupplyLine { from: PoolId(from), slots: 1, bid: price(9 * STEP), purchase: None };
    let mut pools = posted_world(1, 1, terms(Sharing::Usage));
    pools.push(posted(PROVIDER, 3, 1));
    let mut driver = open(pools);
    assert_eq!(merge(&mut driver), Ok(()));
    assert_eq!(driver.operate(1, JOINT, Change::AddSlots(line(3))), Err(Denial::AlreadyMerged));
    assert_eq!(driver.operate(1, JOINT, Change::Resize(1)), Err(Denial::AlreadyMerged));
    for from in [A, JOINT] {
        assert_eq!(driver.operate(0, 3, Change::AddSlots(line(from))), Err(Denial::NoSupplier));
    }
    assert_eq!(split(&mut driver), Ok(()));
    driver.settle();
    assert_eq!(capacities(&driver), [1, 1, 0]);
    // Whom others may take slots from by a rule, is not merged.
    let mut pools = posted_world(1, 1, terms(Sharing::Usage));
    let step = ScalingStep::Take { slots: 1, from: vec![PoolId(A)], bid: price(9 * STEP), at_most: 5 };
    let condition = std::sync::Arc::new(crate::formula::Rule(|_| Ok(0)));
    let rule = ScalingRule { condition, step, every: ticks(10), cool_down: ticks(0) };
    pools.push(PoolRules { scaling: vec![rule], ..posted(PROVIDER, 3, 1) });
    assert_eq!(merge(&mut open(pools)), Err(Denial::NotMergeable));
}

#[test]
fn slots_leases_and_those_who_wait_go_together_and_apart() {
    let mut driver = open(posted_world(2, 3, terms(Sharing::Contribution)));
    // Two run and one waits in A; one runs in B.
    let a: Vec<u64> = (0..3).map(|_| driver.submit(ask(A, 1, 9, 100))).collect();
    let b = driver.submit(ask(B, 1, 9, 100));
    assert_eq!((driver.waiting(), occupied(&driver)), (vec![a[2]], [2, 1, 0]));
    driver.run_to(10);
    assert_eq!(merge(&mut driver), Ok(()));
    driver.settle();
    // Nobody was interrupted, and there is a slot for the one who waited.
    assert_eq!((capacities(&driver), occupied(&driver)), ([0, 0, 5], [0, 0, 4]));
    assert_eq!(driver.running(), [a[0], a[1], a[2], b]);
    assert!(driver.log.seen.values().all(|seen| seen.interruptions.is_empty() && seen.leases == 1));
    assert_eq!(driver.log.moves, [(a[0], PoolId(A)), (a[1], PoolId(A)), (b, PoolId(B))]);
    // A request for four slots, more than A or B ever has, is for the joint pool to decide.
    let large = driver.submit(ask(B, 4, 9, 10));
    assert_eq!(driver.waiting(), [large]);
    driver.run_to(30);
    assert_eq!(split(&mut driver), Ok(()));
    driver.settle();
    // Three of A's for two slots: the latest arrival goes, and waits. Nobody but A had somebody elsewhere.
    assert_eq!((capacities(&driver), occupied(&driver)), ([2, 3, 0], [2, 1, 0]));
    assert_eq!((driver.running(), driver.waiting()), (vec![a[0], a[1], b], vec![a[2]]));
    assert_eq!(driver.seen(a[2]).interruptions, [Cause::TakenBack]);
    // What B never could serve is refused.
    assert_eq!(driver.seen(large).fate(), Some(Fate::Refused(Refusal::Capacity)));
    driver.run_to(101);
    // Who ran from the start is done in time; who waited goes on with what is left: it ran from 10 to 30.
    assert_eq!(driver.running(), [a[2]]);
    let Doing::Running { due, pool, .. } = driver.doing(a[2]) else { panic!("it runs") };
    assert_eq!((due.ticks(), pool), (100 + 80, PoolId(A)));
    driver.close();
}

/// A list of pools, some of them merged: the joint pool decides for those, and each partner says whom it admits. Nobody asks
/// the joint pool itself.
#[test]
fn whoever_chooses_is_served_by_a_joint_pool_if_a_partner_admits_it() {
    let only = |pool: PoolRules, user| PoolRules { members: Some(vec![user]), ..pool };
    let pools = || {
        let a = only(posted(OWNER_A, 1, 1), ANN);
        let mut pools = world(a, posted(OWNER_B, 1, 1), joint(posted(ALLIANCE, 0, 1), terms(Sharing::Usage)));
        pools.push(PoolRules::posted(PROVIDER, Slots::Count(0), price(0)));
        pools
    };
    let other = 3;
    #[rustfmt::skip]
    let cases = [
        // list               user  runs in      refused
        (vec![A, other],      ANN,  Some(JOINT), None),
        (vec![other, A],      ANN,  Some(JOINT), None),
        (vec![A, other],      BOB,  None,        Some(Refusal::Capacity)),
        (vec![other, A],      BOB,  None,        Some(Refusal::Capacity)),
        (vec![A, B],          BOB,  Some(JOINT), None),
        (vec![A],             BOB,  None,        Some(Refusal::Access)),
        (vec![JOINT],         ANN,  None,        Some(Refusal::Access)),
        (vec![JOINT, A],      ANN,  Some(JOINT), None),
        (vec![JOINT, A],      BOB,  None,        Some(Refusal::Access)),
    ];
    for (list, payer, runs_in, refused) in cases {
        let mut driver = open(pools()).with_choices(vec![list.iter().copied().map(PoolId).collect()]);
        merge(&mut driver).expect("both agree");
        let number = driver.submit(Submission { payer, choices: Some(ChoiceId(0)), ..ask(A, 1, 9, 10) });
        let found = match driver.doing(number) {
            Doing::Running { pool, .. } => (Some(pool.0), None),
            Doing::Gone(Fate::Refused(refusal)) => (None, Some(refusal)),
            doing => panic!("{doing:?}"),
        };
        assert_eq!(found, (runs_in, refused), "{list:?} {payer:?}");
        driver.close();
    }
}

/// Until the merge, time is paid to its own pool at 1, then to the alliance at 2, then again at 1.
#[test]
fn everybody_pays_whom_it_holds_slots_of_at_its_price() {
    let mut driver = open(posted_world(1, 1, terms(Sharing::Usage)));
    driver.submit(ask(A, 1, 9, 100));
    driver.run_to(10);
    merge(&mut driver).expect("both agree");
    driver.run_to(40);
    split(&mut driver).expect("one is enough");
    driver.run_to(60);
    driver.close();
    assert_eq!(driver.balance(ANN).units(), -(10 + 2 * 30 + 20));
    // The only user's pool has all that the alliance earned.
    assert_eq!(shares(&driver), [(ALLIANCE.0, OWNER_A.0, 60)]);
    assert_eq!((driver.balance(OWNER_A).units(), driver.balance(ALLIANCE).units()), (90, 0));
    let stretches: Vec<(u32, i64, i64)> =
        driver.log.held.iter().map(|held| (held.pool.0, held.from.ticks(), held.to.ticks())).collect();
    assert_eq!(stretches, [(A, 0, 10), (JOINT, 10, 40), (A, 40, 60)]);
    assert!(driver.log.held.iter().all(|held| held.lease == 0), "one lease all the time");
}

#[test]
fn whoever_the_joint_rules_do_not_bear_is_interrupted_with_their_cause() {
    let rule = |interrupted| PoolRules { interrupted: Some(interrupted), ..bidders(ALLIANCE, 0) };
    let dear = |pool: PoolRules| PoolRules { minimum: price(5 * STEP), ..pool };
    #[rustfmt::skip]
    let cases = [
        // the joint pool                                   bid   cause                 what then
        (dear(rule(Interrupted::Resume)),                     4,  Some(Cause::Minimum), Some(Fate::Lost)),
        (dear(rule(Interrupted::Resume)),                     5,  None,                 None),
        (posted(ALLIANCE, 0, 5),                              4,  Some(Cause::Price),   Some(Fate::Lost)),
        (posted(ALLIANCE, 0, 5),                              5,  None,                 None),
        (PoolRules { below_minimum: BelowMinimum::Waits, ..dear(rule(Interrupted::Resume)) },
                                                              4,  Some(Cause::Minimum), None),
    ];
    for (of_both, bid, cause, fate) in cases {
        let pools = world(bidders(OWNER_A, 1), bidders(OWNER_B, 1), joint(of_both, terms(Sharing::Usage)));
        let mut driver = open(pools);
        let (runs, waits) = (driver.submit(ask(A, 1, bid, 100)), driver.submit(ask(A, 1, bid.min(3), 100)));
        driver.run_to(10);
        merge(&mut driver).expect("both agree");
        driver.settle();
        assert_eq!(driver.seen(runs).interruptions, Vec::from_iter(cause), "{bid}");
        assert_eq!(driver.seen(runs).fate(), fate, "{bid}");
        // It bids 3, which nobody bears.
        let refused = Some(Fate::Refused(Refusal::Price));
        let is_borne = driver.market.ledger().postings() > 0 && driver.seen(waits).fate().is_none();
        assert_eq!(driver.seen(waits).fate(), if is_borne { None } else { refused });
        driver.close();
    }
}

#[test]
fn a_high_bid_of_one_outbids_a_low_bid_of_the_other() {
    let of_both = joint(bidders(ALLIANCE, 0), terms(Sharing::Contribution));
    let mut driver = open(world(bidders(OWNER_A, 1), bidders(OWNER_B, 1), of_both));
    let (low, high) = (driver.submit(ask(A, 1, 2, 100)), driver.submit(ask(B, 1, 9, 100)));
    let next = driver.submit(ask(B, 1, 5, 100));
    assert_eq!((driver.running(), driver.waiting()), (vec![low, high], vec![next]));
    driver.run_to(10);
    merge(&mut driver).expect("both agree");
    driver.settle();
    assert_eq!((driver.running(), driver.waiting()), (vec![high, next], vec![low]));
    assert_eq!((driver.seen(low).interruptions.clone(), driver.price(JOINT)), (vec![Cause::Outbid], 5 * STEP));
    // Apart again, each has a slot, and the second of B's waits.
    split(&mut driver).expect("they are merged");
    driver.settle();
    assert_eq!((driver.running(), driver.waiting()), (vec![low, high], vec![next]));
    assert_eq!(driver.seen(next).interruptions, [Cause::TakenBack]);
    driver.close();
}

#[test]
fn who_waits_keeps_its_turn_and_what_is_left_of_its_patience() {
    let mut driver = open(posted_world(1, 1, terms(Sharing::Usage)));
    driver.submit(ask(A, 1, 9, 1000));
    driver.submit(ask(B, 1, 9, 50));
    driver.run_to(5);
    let of_b = driver.submit(Submission { patience: Some(ticks(100)), ..ask(B, 1, 9, 10) });
    driver.run_to(6);
    let of_a = driver.submit(Submission { patience: Some(ticks(20)), ..ask(A, 1, 9, 10) });
    driver.run_to(10);
    merge(&mut driver).expect("both agree");
    driver.settle();
    let deadline = |driver: &Driver, number| match driver.doing(number) {
        Doing::Waiting { deadline } => deadline.ticks(),
        other => panic!("{number} is {other:?}"),
    };
    assert_eq!((deadline(&driver, of_b), deadline(&driver, of_a)), (105, 26));
    driver.run_to(30);
    assert_eq!(driver.seen(of_a).fate(), Some(Fate::Abandoned));
    // B's slot is free at 50, and who waits longest has it.
    driver.run_to(51);
    assert!(driver.seen(of_b).is_running());
    driver.close();
}

#[test]
fn only_who_may_can_merge_and_split() {
    let agreed = |accounts: &[u32]| Change::Merge { agreed_by: accounts.iter().map(|n| AccountId(*n)).collect() };
    let mut driver = open(posted_world(1, 1, terms(Sharing::Usage)));
    #[rustfmt::skip]
    let cases = [
        // by   operation            answer
        (1,     Change::Split,       Err(Denial::NotMerged)),
        (3,     agreed(&[1, 2]),     Err(Denial::NotAuthorised)),
        (1,     agreed(&[]),         Err(Denial::NotAgreed)),
        (1,     agreed(&[1, 3]),     Err(Denial::NotAgreed)),
        (2,     agreed(&[1]),        Ok(())),
        (1,     agreed(&[2]),        Err(Denial::AlreadyMerged)),
        (3,     Change::Split,       Err(Denial::NotAuthorised)),
        (1,     Change::Split,       Ok(())),
        (1,     Change::Split,       Err(Denial::NotMerged)),
        (1,     agreed(&[2]),        Ok(())),
    ];
    for (number, (by, change, answer)) in (0..).zip(cases) {
        let before = capacities(&driver);
        assert_eq!(driver.operate(by, JOINT, change.clone()), answer, "{by} {change:?}");
        assert_eq!(driver.log.answers.last().map(|answer| answer.number), Some(number));
        assert!(answer.is_ok() || capacities(&driver) == before, "a refused operation changes nothing");
    }
    // Nobody asks the joint pool itself; and A's list of members holds.
    let stray = driver.submit(ask(JOINT, 1, 9, 10));
    assert_eq!(driver.seen(stray).fate(), Some(Fate::Refused(Refusal::Access)));
    driver.close();
}

#[test]
fn members_are_those_of_the_pool_that_they_ask() {
    let mut pools = posted_world(1, 1, terms(Sharing::Usage));
    pools[0].members = Some(vec![ANN]);
    let mut driver = open(pools);
    merge(&mut driver).expect("both agree");
    let admitted = [ask(A, 1, 9, 10), ask(B, 1, 9, 10)].map(|ask| driver.submit(ask));
    let stranger = driver.submit(Submission { payer: BOB, ..ask(A, 1, 9, 10) });
    assert_eq!(driver.running(), admitted);
    assert_eq!(driver.seen(stranger).fate(), Some(Fate::Refused(Refusal::Access)));
    driver.close();
}

#[derive(Debug)]
struct Always;

impl Formula for Always {
    fn evaluate(&self, _: &Variables) -> Result<i64, String> {
        Ok(1)
    }
}

/// Makes pools that could be merged unfit for it.
type Fault = fn(&mut Vec<PoolRules>);

#[test]
fn what_does_not_fit_together_is_not_merged() {
    let base = || posted_world(1, 1, terms(Sharing::Usage));
    let faults: [(&str, Fault); 13] = [
        ("units", |pools| pools[0].billing_unit = Some(SimDuration::from_hours(1))),
        ("notice", |pools| {
            pools[1].interruption = InterruptionRules { notice: ticks(1), ..InterruptionRules::IMMEDIATE };
        }),
        ("speed", |pools| pools[1].speed = Speed::from_parts(2_000_000).expect("a speed")),
        ("unlimited", |pools| pools[0].slots = Slots::Unlimited),
        ("unsaid", |pools| pools[0].interrupted = None),
        ("method", |pools| pools[1].pricing = overspill::market::Pricing::Proportional),
        ("own slots", |pools| pools[2].slots = Slots::Count(1)),
        ("owner", |pools| pools[2].owner = OWNER_A),
        ("terms", |pools| pools[2].joint = None),
        ("sells", |pools| {
            let supply = vec![SupplyLine { from: PoolId(A), slots: 1, bid: price(9 * STEP), purchase: None }];
            pools.push(PoolRules { supply, ..posted(PROVIDER, 0, 1) });
        }),
        ("sells by rule", |pools| {
            let step = ScalingStep::Take { slots: 1, from: vec![PoolId(A)], bid: price(9 * STEP), at_most: 1 };
            let (every, cool_down) = (ticks(1), SimDuration::ZERO);
            let scaling = vec![ScalingRule { condition: Arc::new(Always), step, every, cool_down }];
            pools.push(PoolRules { scaling, ..posted(PROVIDER, 0, 1) });
        }),
        ("lends", |pools| {
            pools[0].resale = Some(Resale { to: PoolId(3), takes_back: TakesBack::NextTier });
            pools.push(spot(PROVIDER, 0));
        }),
        ("borrows", |pools| {
            pools[0].pricing = spot(OWNER_A, 1).pricing;
            let resale = Some(Resale { to: PoolId(A), takes_back: TakesBack::NextTier });
            pools.push(PoolRules { resale, ..posted(PROVIDER, 1, 1) });
        }),
    ];
    assert_eq!(merge(&mut open(base())), Ok(()));
    for (name, fault) in faults {
        let mut pools = base();
        fault(&mut pools);
        assert_eq!(merge(&mut open(pools)), Err(Denial::NotMergeable), "{name}");
    }
}

#[test]
fn nobody_is_supplied_by_what_is_merged() {
    let mut pools = posted_world(1, 1, terms(Sharing::Usage));
    pools.push(posted(PROVIDER, 0, 1));
    let line = SupplyLine { from: PoolId(A), slots: 1, bid: price(9 * STEP), purchase: None };
    let mut driver = open(pools);
    merge(&mut driver).expect("both agree");
    assert_eq!(driver.operate(0, 3, Change::AddSlots(line)), Err(Denial::NoSupplier));
    split(&mut driver).expect("they are merged");
    assert_eq!(driver.operate(0, 3, Change::AddSlots(line)), Ok(()));
    assert_eq!(merge(&mut driver), Err(Denial::NotMergeable));
}

/// One slot each comes from the provider's spot market at a bid of 5.
fn supplied_world(terms: JointRules) -> Vec<PoolRules> {
    let line = || vec![SupplyLine { from: PoolId(3), slots: 2, bid: price(5 * STEP), purchase: None }];
    let supplied = |owner| PoolRules { supply: line(), ..posted(owner, 0, 1) };
    let mut pools = world(supplied(OWNER_A), supplied(OWNER_B), joint(posted(ALLIANCE, 0, 2), terms));
    pools.push(PoolRules { minimum: price(STEP), interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 4) });
    pools
}

#[test]
fn slots_lost_in_between_are_missing_where_they_came_from() {
    let mut driver = open(supplied_world(terms(Sharing::Contribution)));
    driver.settle();
    assert_eq!(capacities(&driver), [2, 2, 0]);
    let own: Vec<u64> = (0..3).map(|_| driver.submit(ask(A, 1, 9, 1000))).collect();
    driver.run_to(10);
    merge(&mut driver).expect("both agree");
    driver.settle();
    assert_eq!(driver.running(), own);
    // A stranger bids more than the supply lines of the latest: B's second slot is lost.
    driver.submit(Submission { payer: ANN, ..ask(3, 1, 7, 50) });
    driver.settle();
    assert_eq!((capacities(&driver), occupied(&driver)), ([0, 0, 3], [0, 0, 3]));
    let contributed = |driver: &Driver| [A, B].map(|pool| driver.log.joint[&PoolId(pool)].contributed);
    assert_eq!(contributed(&driver), [2, 1]);
    split(&mut driver).expect("they are merged");
    driver.settle();
    assert_eq!((capacities(&driver), driver.waiting()), ([2, 1, 0], vec![own[2]]));
    // The stranger is done, and B has its slot again.
    driver.run_to(70);
    driver.settle();
    assert_eq!(capacities(&driver), [2, 2, 0]);
    driver.close();
}

#[test]
fn supply_is_paid_by_whom_the_terms_name() {
    for (supply_cost, by_alliance) in [(SupplyCost::Joint, 20), (SupplyCost::Own, 0)] {
        let mut driver = open(supplied_world(JointRules { supply_cost, ..terms(Sharing::Fixed(vec![3, 1])) }));
        driver.run_to(10);
        merge(&mut driver).expect("both agree");
        driver.run_to(15);
        split(&mut driver).expect("they are merged");
        driver.run_to(20);
        driver.close();
        // Four slots at 5 (the lowest running bid, as all are held), for 20 ticks.
        assert_eq!(driver.balance(PROVIDER).units(), 4 * 5 * 20);
        let spent = if by_alliance == 0 { Vec::new() } else { vec![(1, 3, 75), (2, 3, 25)] };
        assert_eq!(shares(&driver), spent, "nobody used the slots: the alliance spent only");
        let of_a = if by_alliance == 0 { -2 * 5 * 20 } else { -2 * 5 * 15 - 75 };
        assert_eq!(driver.balance(OWNER_A).units(), of_a);
    }
}

/// A holds 3 of 4 slots for 10 ticks and B none: contributed 1 and 3, used 3 and 0.
#[test]
fn what_was_earned_is_shared_by_the_terms() {
    #[rustfmt::skip]
    let cases = [
        (Sharing::Contribution,        vec![(3, 1, 15), (3, 2, 45)]),
        (Sharing::Usage,               vec![(3, 1, 60)]),
        // v(A) = 1, v(B) = 0, v(both) = 3, each times 10 ticks: A adds 1 or 3, B adds 2 or 0.
        (Sharing::Shapley,             vec![(3, 1, 40), (3, 2, 20)]),
        (Sharing::Fixed(vec![1, 1]),   vec![(3, 1, 30), (3, 2, 30)]),
        (Sharing::Fixed(vec![0, 7]),   vec![(3, 2, 60)]),
        // 60 in the proportions 1 : 6 is 8.57 and 51.43: the unit that is left goes to the larger remainder.
        (Sharing::Fixed(vec![1, 6]),   vec![(3, 1, 9), (3, 2, 51)]),
    ];
    for (sharing, expected) in cases {
        for every in [None, Some(ticks(4))] {
            let mut driver = open(posted_world(1, 3, JointRules { every, ..terms(sharing.clone()) }));
            merge(&mut driver).expect("both agree");
            driver.submit(ask(A, 3, 9, 10));
            driver.run_to(10);
            driver.settle();
            split(&mut driver).expect("they are merged");
            if every.is_none() {
                assert_eq!(shares(&driver), expected, "{sharing:?}");
            } else {
                // 4, 4 and 2 ticks: rounded thrice, and never off by more than that.
                for (_, payee, amount) in &expected {
                    let paid: i128 =
                        shares(&driver).iter().filter(|share| share.1 == *payee).map(|share| share.2).sum();
                    assert!((paid - amount).abs() <= 2, "{sharing:?}: {paid}, not {amount}");
                }
            }
            assert_eq!(driver.balance(ALLIANCE), Money::ZERO);
            driver.close();
        }
    }
}

#[test]
fn what_is_left_when_the_books_close_is_shared_then() {
    let burst = BurstRules {
        tiers: vec![PoolId(3)],
        max_price: MaxPrice::Constant(price(9 * STEP)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: overspill::market::BurstTerms::default(),
    };
    let mut pools = posted_world(1, 1, terms(Sharing::Contribution));
    (pools[2].burst, pools[2].waiting) = (Some(burst), None);
    pools.push(posted(PROVIDER, 5, 3));
    let mut driver = open(pools);
    merge(&mut driver).expect("both agree");
    let members: Vec<u64> = (0..3).map(|_| driver.submit(ask(A, 1, 9, 100))).collect();
    assert!(matches!(driver.doing(members[2]), Doing::Running { pool: PoolId(3), tier: Some(0), .. }));
    driver.run_to(10);
    split(&mut driver).expect("they are merged");
    driver.settle();
    // Earned by two slots at 2; the burst goes on, on the alliance's account, and is shared as the last time.
    assert_eq!(shares(&driver), [(3, 1, 20), (3, 2, 20)]);
    assert_eq!((driver.running(), driver.waiting()), (vec![members[0], members[2]], vec![members[1]]));
    driver.run_to(20);
    driver.close();
    assert_eq!(shares(&driver)[2..], [(1, 3, 30), (2, 3, 30)]);
    assert_eq!(driver.balance(ALLIANCE), Money::ZERO);
}

/// At a cut, and for no price, it is known what would be shared now.
#[test]
fn a_cut_tells_the_shares_so_far_and_changes_nothing() {
    let mut driver = open(posted_world(1, 3, terms(Sharing::Contribution)));
    merge(&mut driver).expect("both agree");
    driver.submit(ask(A, 3, 9, 10));
    driver.run_to(4);
    let mut heard = crate::recorder::Recorder::default();
    let before = driver.market.ledger().postings();
    driver.market.apply(overspill::units::SimTime::from_ticks(4), overspill::market::Command::Cut, &mut heard);
    let so_far: Vec<i128> = heard.shared_so_far.iter().map(|bill| bill.amount.units()).collect();
    assert_eq!((so_far, driver.market.ledger().postings()), (vec![6, 18], before));
    driver.run_to(10);
    driver.close();
    assert_eq!(shares(&driver), [(3, 1, 15), (3, 2, 45)]);
}

#[test]
fn an_owner_goes_first_on_its_own_slots_where_the_terms_say_so() {
    for ranked in [false, true] {
        let pool = |owner, slots| if ranked { bidders(owner, slots) } else { posted(owner, slots, 0) };
        let own = JointRules { own_first: true, ..terms(Sharing::Usage) };
        let mut driver = open(world(pool(OWNER_A, 2), pool(OWNER_B, 2), joint(pool(ALLIANCE, 0), own)));
        merge(&mut driver).expect("both agree");
        // A's members hold all four slots, and bid more than B's.
        let guests: Vec<u64> = (0..4).map(|n| driver.submit(ask(A, 1, 9 - n, 100))).collect();
        let owner = driver.submit(ask(B, 1, 3, 100));
        assert_eq!(driver.running(), [guests[0], guests[1], guests[2], owner], "ranked: {ranked}");
        assert_eq!(driver.seen(guests[3]).interruptions, [Cause::TakenBack]);
        let second = driver.submit(ask(B, 1, 3, 100));
        assert_eq!(driver.running(), [guests[0], guests[1], owner, second]);
        // B holds as many as it put in: its third is a guest like others, and waits.
        let third = driver.submit(ask(B, 1, 2, 100));
        assert_eq!(driver.waiting(), [guests[2], guests[3], third]);
        // However much it bids: A's second holds a slot of A's own.
        let fourth = driver.submit(ask(B, 1, 20, 100));
        let running = driver.running();
        assert!(running.contains(&guests[0]) && running.contains(&guests[1]), "{running:?}");
        assert_eq!(running.contains(&fourth), ranked, "among B's own a higher bid goes first");
        driver.run_to(50);
        driver.close();
    }
}

#[test]
fn without_that_term_nobody_is_sent_away_for_an_owner() {
    let mut driver = open(posted_world(2, 2, terms(Sharing::Usage)));
    merge(&mut driver).expect("both agree");
    (0..4).for_each(|_| _ = driver.submit(ask(A, 1, 9, 100)));
    let owner = driver.submit(ask(B, 1, 9, 100));
    assert_eq!(driver.waiting(), [owner]);
    driver.close();
}

/// The Shapley values times n!, by their definition: every order in which the players may come is gone through, and each
/// player has what it adds to those before it.
fn by_orders(values: &[i128], players: usize) -> Vec<i128> {
    /// The number of orders in which the others may follow `here`, a group that came in one order.
    fn go(values: &[i128], players: usize, here: usize, sums: &mut [i128]) -> i128 {
        if here + 1 == values.len() {
            return 1;
        }
        let mut orders = 0;
        for player in (0..players).filter(|player| here >> player & 1 == 0) {
            let behind = go(values, players, here | 1 << player, sums);
            sums[player] += behind * (values[here | 1 << player] - values[here]);
            orders += behind;
        }
        orders
    }
    let mut sums = vec![0; players];
    go(values, players, 0, &mut sums);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shapley_values_are_the_means_over_all_orders(
        players in 1..6_usize,
        levels in proptest::collection::vec((0..9_i128, 0..9_i128, 0..5_i128), 1..30),
    ) {
        // Stretches of time in which everybody has put in and uses something.
        let worth = |group: usize| -> i128 {
            levels.chunks(players).map(|chunk| {
                let of_group = || chunk.iter().enumerate().filter(|(player, _)| group >> player & 1 == 1);
                let put_in: i128 = of_group().map(|(_, level)| level.0).sum();
                let used: i128 = of_group().map(|(_, level)| level.1).sum();
                put_in.min(used) * chunk[0].2
            }).sum()
        };
        let values: Vec<i128> = (0..1 << players).map(worth).collect();
        let shares = shapley(&values);
        prop_assert_eq!(&shares, &by_orders(&values, players));
        let orders: i128 = (1..=players as i128).product();
        prop_assert_eq!(shares.iter().sum::<i128>(), orders * values[values.len() - 1]);
        prop_assert!(shares.iter().all(|share| *share >= 0), "superadditive: nobody takes away");
        if players == 2 {
            prop_assert_eq!(shares[0], values[1] + values[3] - values[2]);
        }
    }

    #[test]
    fn parts_sum_to_the_whole_and_are_less_than_a_unit_off(
        amount in 0..=u128::MAX / 4,
        small in 0..1_000_u128,
        weights in proptest::collection::vec(prop_oneof![0..10_u128, 0..=1_u128 << 100], 1..9),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        for amount in [amount, small] {
            let parts = parts(amount, &weights);
            prop_assert_eq!(parts.iter().sum::<u128>(), amount);
            prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| *part == 0 || *weight > 0));
        }
        let whole: u128 = weights.iter().sum();
        for (part, weight) in parts(small, &weights).iter().zip(&weights) {
            prop_assert!((part * whole).abs_diff(small * weight) < whole);
        }
    }
}

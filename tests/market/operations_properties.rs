//! Operations in any order: nobody but a member ever gets a slot, and slots neither appear nor vanish.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use overspill::market::{
    AccountId, BurstRules, Change, Clearing, CurrencyId, Formula, Interrupted, InterruptionRules, LifeRules, MaxPrice,
    Origin, PartyId, PoolId, PoolRules, Pricing, ScalingRule, ScalingStep, Slots, Stage, Submission, SupplyLine,
    Variables, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Price, Share};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::recorder::Doing;

const OWNER: u32 = 1;

/// Provider's spot, provider's on-demand, two pools of the customer.
const POOLS: u32 = 4;

/// How the customer's first pool serves.
#[derive(Clone, Copy, Debug)]
enum Method {
    Posted,
    Spot,
    Cycle,
    Rounds,
}

#[derive(Clone, Copy, Debug)]
struct World {
    method: Method,
    interrupted: Interrupted,
    /// Of the customer's first pool.
    notice: i64,
    /// Of the customer's second pool.
    term: Option<i64>,
    own: [u32; 4],
    has_room: bool,
    scales: bool,
    /// Those of the customer's pools.
    currencies: [u32; 2],
}

#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, payer: u32, slots: u32, bid: i64, work: i64 },
    Release(usize),
    Operate { pool: u32, change: Change },
}

#[derive(Debug)]
struct When(fn(&Variables) -> bool);

impl Formula for When {
    fn evaluate(&self, variables: &Variables) -> Result<i64, String> {
        Ok(i64::from((self.0)(variables)))
    }
}

fn world() -> impl Strategy<Value = World> {
    let method = prop_oneof![Just(Method::Posted), Just(Method::Spot), Just(Method::Cycle), Just(Method::Rounds)];
    let interrupted = prop_oneof![
        Just(Interrupted::Lost),
        Just(Interrupted::Resume),
        Just(Interrupted::Restart),
        Just(Interrupted::Burst),
    ];
    let own = [0u32..5, 0u32..5, 0u32..3, 0u32..3];
    let rest = (any::<bool>(), any::<bool>(), prop::option::of(1i64..2_000), [0u32..3, 0u32..3]);
    (method, interrupted, prop_oneof![Just(0i64), 1i64..300], own, rest).prop_map(
        |(method, interrupted, notice, own, (has_room, scales, term, currencies))| World {
            method,
            interrupted,
            notice,
            term,
            own,
            has_room,
            scales,
            currencies,
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let user = || (2u32..4).prop_map(|party| vec![PartyId(party)]);
    let line = (0..POOLS, 1u32..4, 1i64..12).prop_map(|(from, slots, bid)| SupplyLine {
        from: PoolId(from),
        slots,
        bid: price(bid),
        purchase: None,
    });
    prop_oneof![
        2 => Just(Change::Create),
        3 => Just(Change::BringOnline),
        1 => Just(Change::TakeOffline),
        1 => Just(Change::Delete),
        3 => user().prop_map(Change::AddMembers),
        3 => user().prop_map(Change::RemoveMembers),
        3 => line.prop_map(Change::AddSlots),
        3 => (0..POOLS, 1u32..3).prop_map(|(from, slots)| Change::RemoveSlots { from: PoolId(from), slots }),
        2 => (0u32..5).prop_map(Change::Resize),
        1 => (0i64..10).prop_map(|minimum| Change::Minimum(price(minimum))),
        1 => (0i64..10).prop_map(|posted| Change::PostedPrice(price(posted))),
        1 => any::<bool>().prop_map(Change::Bursts),
    ]
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        6 => (0..POOLS, 2u32..4, 1u32..4, 1i64..12, 1i64..1_500)
            .prop_map(|(pool, payer, slots, bid, work)| Step::Ask { pool, payer, slots, bid, work }),
        2 => (0usize..50).prop_map(Step::Release),
        5 => (0..POOLS, change()).prop_map(|(pool, change)| Step::Operate { pool, change }),
    ];
    prop::collection::vec((0i64..150, step), 1..70)
}

fn pools(world: &World) -> Vec<PoolRules> {
    let room = Some(WaitingRoom { capacity: Some(3), order: WaitingOrder::ByMethod });
    let upstream = PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, world.own[0]) };
    let on_demand = PoolRules {
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(PROVIDER, Slots::Count(world.own[1]), price(4))
    };
    let burst = BurstRules {
        tiers: vec![PoolId(0), PoolId(1)],
        max_price: MaxPrice::Constant(price(6)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: overspill::market::BurstTerms::default(),
    };
    let interruption = InterruptionRules { notice: ticks(world.notice), ..InterruptionRules::IMMEDIATE };
    let mut first = PoolRules {
        interrupted: Some(world.interrupted),
        waiting: room.clone().filter(|_| world.has_room || world.notice > 0),
        burst: Some(burst),
        members: Some(vec![MEMBER]),
        supply: vec![SupplyLine { from: PoolId(0), slots: 1, bid: price(5), purchase: None }],
        controllers: vec![AccountId(OWNER)],
        interruption,
        currency: CurrencyId(world.currencies[0]),
        ..spot(CUSTOMER, world.own[2])
    };
    match (world.method, &mut first.pricing) {
        (Method::Cycle, Pricing::Spot(rules)) => rules.clearing = Clearing::PerCycle(ticks(100)),
        (Method::Posted, pricing) => *pricing = Pricing::Posted(price(3)),
        (Method::Rounds, pricing) => {
            *pricing = Pricing::Auction(overspill::market::AuctionRules { every: ticks(100), ..crate::rounds::RULES });
            first.waiting = Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
        }
        _ => {}
    }
    if world.scales {
        let rule = |when: fn(&Variables) -> bool, step| ScalingRule {
            condition: Arc::new(When(when)),
            step,
            every: ticks(70),
            cool_down: ticks(80),
        };
        let from = vec![PoolId(1), PoolId(0)];
        first.scaling = vec![
            rule(|v| v.queue_length > 0, ScalingStep::Take { slots: 2, from, bid: price(7), at_most: 5 }),
            rule(|v| v.queue_length == 0, ScalingStep::Return { slots: 1, at_least: 1, busy: world.notice == 0 }),
        ];
    }
    let life = LifeRules { begins: Stage::Planned, term: world.term.map(ticks), ..LifeRules::default() };
    let second = PoolRules {
        owner: CUSTOMER,
        interrupted: Some(world.interrupted),
        waiting: room,
        members: Some(vec![MEMBER, STRANGER]),
        supply: vec![SupplyLine { from: PoolId(1), slots: 2, bid: Price::MAX, purchase: None }],
        life: Some(life),
        controllers: vec![AccountId(OWNER)],
        currency: CurrencyId(world.currencies[1]),
        ..PoolRules::posted(CUSTOMER, Slots::Count(world.own[3]), price(2))
    };
    vec![upstream, on_demand, first, second]
}

/// What the test itself knows of a pool.
#[derive(Clone, Debug)]
struct Known {
    stage: Stage,
    created: i64,
    own: u32,
    members: Option<BTreeSet<PartyId>>,
}

struct Run {
    driver: Driver,
    world: World,
    known: Vec<Known>,
    payers: BTreeMap<u64, PartyId>,
}

impl Run {
    fn new(world: World) -> Self {
        let rules = pools(&world);
        let known = rules.iter().zip(world.own).map(|(rules, own)| Known {
            stage: rules.life.as_ref().map_or(Stage::Online, |life| life.begins),
            created: 0,
            own,
            members: rules.members.as_ref().map(|members| members.iter().copied().collect()),
        });
        let known = known.collect();
        Self { driver: Driver::new(rules), world, known, payers: BTreeMap::new() }
    }

    fn step(&mut self, after: i64, step: &Step) {
        let now = self.driver.now() + after;
        self.driver.run_to(now);
        // What is due at an instant comes before what somebody does then.
        if let (Step::Operate { .. }, Some(term)) = (step, self.world.term) {
            let second = &mut self.known[3];
            let exists = matches!(second.stage, Stage::Offline | Stage::Online);
            if exists && second.created + term < now {
                second.stage = Stage::Closed;
            }
        }
        match step {
            Step::Ask { pool, payer, slots, bid, work } => {
                let submission =
                    Submission { payer: PartyId(*payer), slots: *slots, work: ticks(*work), ..ask(*pool, *bid) };
                let number = self.driver.submit(submission);
                self.payers.insert(number, PartyId(*payer));
            }
            Step::Release(pick) => {
                let running = self.driver.running();
                if !running.is_empty() {
                    self.driver.release(running[pick % running.len()]);
                }
            }
            Step::Operate { pool, change } => {
                if self.driver.operate(OWNER, *pool, change.clone()).is_ok() {
                    self.learn(*pool, change, now);
                }
            }
        }
        self.driver.settle();
        if let Some(term) = self.world.term {
            let second = &mut self.known[3];
            let exists = matches!(second.stage, Stage::Offline | Stage::Online);
            if exists && second.created + term <= now {
                second.stage = Stage::Closed;
            }
        }
    }

    fn learn(&mut self, pool: u32, change: &Change, now: i64) {
        let known = &mut self.known[pool as usize];
        match change {
            Change::Create => (known.stage, known.created) = (Stage::Offline, now),
            Change::BringOnline => known.stage = Stage::Online,
            Change::TakeOffline => known.stage = Stage::Offline,
            Change::Delete => known.stage = Stage::Closed,
            Change::AddMembers(users) => known.members.as_mut().unwrap().extend(users),
            Change::RemoveMembers(users) => known.members.as_mut().unwrap().retain(|user| !users.contains(user)),
            Change::Resize(own) => known.own = *own,
            _ => {}
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let seen = &self.driver.log.seen;
        for (number, request) in seen.iter().filter(|(_, seen)| seen.is_member() && seen.fate().is_none()) {
            let members = &self.known[request.home.index()].members;
            let payer = &self.payers[number];
            prop_assert!(members.as_ref().is_none_or(|m| m.contains(payer)), "request {} of a stranger lives", number);
        }
        for (index, known) in (0..).zip(&self.known) {
            let pool = PoolId(index);
            let level = self.driver.level(index);
            let supply: Vec<_> = seen.values().filter(|s| s.origin == Origin::Supply { to: pool }).collect();
            let supplied: u32 = supply.iter().filter(|s| s.is_running()).map(|s| s.slots).sum();
            let in_pool =
                |s: &&crate::recorder::Seen| matches!(s.doing, Doing::Running { pool: there, .. } if there == pool);
            let held: u32 = seen.values().filter(in_pool).map(|s| s.slots).sum();
            prop_assert_eq!(level.occupied, held, "slots held in pool {}", index);
            let exists = matches!(known.stage, Stage::Offline | Stage::Online);
            if !exists {
                prop_assert_eq!((level.capacity, held, level.waiting), (Some(0), 0, 0), "pool {} is not there", index);
                let open = supply.iter().filter(|s| s.fate().is_none()).count();
                prop_assert_eq!(open, 0, "pool {} is not there, and holds or wants slots", index);
                // Another pool may wait for a slot of one that is still planned.
                let waiting = seen.values().filter(|s| s.home == pool && s.is_waiting()).count();
                prop_assert!(waiting == 0 || known.stage == Stage::Planned, "somebody waits in pool {index}");
            } else if index != 2 || self.world.notice == 0 {
                prop_assert_eq!(level.capacity, Some(known.own + supplied), "slots of pool {}", index);
            } else {
                // Slots of its own may still be under notice.
                prop_assert!(level.capacity >= Some(known.own + supplied), "slots of pool {index}");
            }
        }
        Ok(())
    }

    /// Everything is deleted: nothing is left.
    fn end(mut self) -> Result<(), TestCaseError> {
        for pool in 0..POOLS {
            if self.driver.operate(OWNER, pool, Change::Delete).is_ok() {
                self.learn(pool, &Change::Delete, self.driver.now());
            }
            self.driver.settle();
        }
        self.check()?;
        let live = self.driver.log.seen.values().filter(|seen| seen.fate().is_none()).count();
        prop_assert_eq!(live, 0, "requests of pools that are gone");
        self.driver.close();
        let charged: i128 = self.driver.log.seen.values().map(|seen| seen.charge).sum();
        let ledger = self.driver.market.ledger();
        let accrued = (0..ledger.currencies()).map(|currency| ledger.accrued(CurrencyId(currency as u32)).units());
        prop_assert_eq!(accrued.sum::<i128>(), charged);
        let parties = [PROVIDER, CUSTOMER, MEMBER, STRANGER];
        prop_assert_eq!(parties.iter().map(|party| self.driver.balance(*party)).sum::<Money>(), Money::ZERO);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn members_alone_get_slots_and_slots_are_conserved(world in world(), steps in steps()) {
        let mut run = Run::new(world);
        run.check()?;
        for (after, step) in &steps {
            run.step(*after, step);
            run.check()?;
        }
        run.end()?;
    }
}

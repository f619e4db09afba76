//! Everything at once: worlds that combine whatever a scenario may combine, in any order of events. Whatever happens, the
//! books balance to the unit, no slot is held twice or lost, nobody is served who may not be, and no budget is passed.

mod audit;
mod world;

use overspill::market::{
    AccountId, Change, ChoiceId, Command, Component, Level, MaxPrice, PartyId, PlaceWish, PoolId, Submission,
    SupplyLine, Weights,
};
use overspill::units::Money;
use proptest::prelude::*;
use proptest::sample::select;

use crate::driver::{Driver, ask, ticks};
use crate::placement::{part, two_zones};
use crate::recorder::Doing;
use audit::{Audit, after_command};
use world::{
    ACCOUNT, EAST, GIVEN, HOME, JOINT, LATER, MARKET, PARTIES, POOLS, RESERVE, STOCK, USERS, WEST, World, controllers,
    money, purchases, worlds,
};

#[derive(Clone, Debug)]
enum Step {
    Ask(Asked),
    Release(usize),
    Withdraw(usize),
    Revise(usize, i64),
    /// Is it the first or another account that asks?
    Operate(u32, usize, Change),
    Minimum(u32, i64),
    Price(i64),
    Fail(Component),
    Repair(usize),
    Reset(u32),
}

#[derive(Clone, Debug)]
struct Asked {
    pool: u32,
    choices: Option<u32>,
    payer: u32,
    slots: u32,
    bid: i64,
    work: i64,
    patience: Option<i64>,
    max_price: Option<i64>,
    zone: Option<u32>,
    spreads: bool,
}

/// Pools among which a request may choose.
const CHOICES: [&[u32]; 3] = [&[HOME, LATER, STOCK], &[EAST, WEST], &[MARKET, GIVEN, HOME]];

fn asks() -> impl Strategy<Value = Asked> {
    // Nobody asks the customer's slots outside its pools, nor the joint pool itself.
    let pool = select(vec![HOME, HOME, HOME, EAST, EAST, WEST, WEST, LATER, MARKET, STOCK, GIVEN, JOINT]);
    let place = (prop::option::weighted(0.15, 0..2_u32), any::<bool>());
    let money = (0..9_i64, prop::option::of(0..12_i64));
    (pool, prop::option::weighted(0.1, 0..3_u32), USERS, 1..4_u32, money, 1..25_i64, prop::option::of(0..15_i64), place)
        .prop_map(|(pool, choices, payer, slots, (bid, max_price), work, patience, (zone, spreads))| Asked {
            pool,
            choices,
            payer,
            slots,
            bid,
            work,
            patience,
            max_price,
            zone,
            spreads,
        })
}

fn changes() -> impl Strategy<Value = (u32, Change)> {
    let users = || USERS.prop_map(|user| vec![PartyId(user)]);
    let line = (0..POOLS, 1..4_u32, 1..12_i64, prop::option::weighted(0.2, purchases()));
    let line = line.prop_map(|(from, slots, bid, purchase)| SupplyLine {
        from: PoolId(from),
        slots,
        bid: money(bid),
        purchase,
    });
    let change = prop_oneof![
        3 => line.prop_map(Change::AddSlots),
        3 => (0..POOLS, 1..3_u32).prop_map(|(from, slots)| Change::RemoveSlots { from: PoolId(from), slots }),
        3 => (0..5_u32).prop_map(Change::Resize),
        2 => users().prop_map(Change::AddMembers),
        2 => users().prop_map(Change::RemoveMembers),
        1 => prop::option::of(0..4_u32).prop_map(Change::MaximumUsers),
        2 => Just(Change::BringOnline),
        1 => Just(Change::TakeOffline),
        1 => Just(Change::Delete),
        1 => Just(Change::Create),
        1 => (0..4_i64).prop_map(|minimum| Change::Minimum(money(minimum))),
        1 => (0..6_i64).prop_map(|posted| Change::PostedPrice(money(posted))),
        1 => any::<bool>().prop_map(Change::Bursts),
        1 => (0..8_i64).prop_map(|limit| Change::BurstPrice(MaxPrice::Constant(money(limit)))),
        2 => (0..90_i128).prop_map(|amount| Change::Budget(Money::from_units(amount))),
        1 => prop::option::of(1..4_u32).prop_map(Change::MemberCap),
        1 => prop::option::of(1..4_u32).prop_map(Change::DepartmentCap),
    ];
    let pool = select(vec![HOME, HOME, HOME, LATER, LATER, ACCOUNT, EAST, WEST, MARKET, STOCK, RESERVE, GIVEN, JOINT]);
    let merging = prop_oneof![
        3 => Just(Change::Merge { agreed_by: vec![AccountId(2), AccountId(3)] }),
        1 => Just(Change::Merge { agreed_by: Vec::new() }),
        3 => Just(Change::Split),
    ];
    let later = prop_oneof![2 => Just(Change::Create), 3 => Just(Change::BringOnline), 1 => Just(Change::Delete)];
    let home = prop_oneof![1 => Just(Change::Create), 2 => Just(Change::BringOnline)];
    prop_oneof![
        6 => (pool, change),
        3 => (Just(JOINT), merging),
        2 => (Just(LATER), later),
        1 => (Just(HOME), home),
    ]
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let component = prop_oneof![
        4 => (0..8_u32).prop_map(|host| part(Level::Host, host)),
        1 => (0..4_u32).prop_map(|router| part(Level::Router, router)),
        1 => (0..2_u32).prop_map(|zone| part(Level::Zone, zone)),
    ];
    let step = prop_oneof![
        12 => asks().prop_map(Step::Ask),
        3 => (0..60_usize).prop_map(Step::Release),
        1 => (0..60_usize).prop_map(Step::Withdraw),
        1 => (0..60_usize, 0..9_i64).prop_map(|(pick, bid)| Step::Revise(pick, bid)),
        7 => (select(vec![0, 0, 0, 0, 1, 2]), changes())
            .prop_map(|(account, (pool, change))| Step::Operate(pool, account, change)),
        1 => (0..POOLS, 0..4_i64).prop_map(|(pool, minimum)| Step::Minimum(pool, minimum)),
        1 => (0..9_i64).prop_map(Step::Price),
        2 => component.prop_map(Step::Fail),
        2 => (0..8_usize).prop_map(Step::Repair),
        1 => (0..POOLS).prop_map(Step::Reset),
    ];
    prop::collection::vec((prop_oneof![1 => Just(0), 2 => 0..6_i64], step), 1..50)
}

struct Run {
    driver: Driver,
    audit: Audit,
    has_hardware: bool,
}

impl Run {
    fn new(world: &World) -> Self {
        let pools = world.pools();
        let audit = Audit::new(&pools);
        let choices = CHOICES.map(|list| list.iter().copied().map(PoolId).collect());
        let hardware = world.has_hardware().then(two_zones);
        let driver = Driver::in_world(pools, PARTIES as usize, hardware, choices.into(), after_command);
        Self { driver, audit, has_hardware: world.has_hardware() }
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Ask(asked) => self.ask(asked),
            Step::Release(pick) => {
                if let Some(number) = self.any(*pick, |doing| matches!(doing, Doing::Running { .. })) {
                    self.driver.release(number);
                }
            }
            Step::Withdraw(pick) => {
                if let Some(number) = self.any(*pick, |doing| matches!(doing, Doing::Waiting { .. })) {
                    self.driver.withdraw(number);
                }
            }
            Step::Revise(pick, bid) => {
                if let Some(number) = self.any(*pick, |doing| !matches!(doing, Doing::Gone(_))) {
                    self.driver.revise(number, money(*bid).units());
                }
            }
            Step::Operate(pool, account, change) => {
                let accounts = controllers(*pool);
                let by = accounts.get(*account).copied().unwrap_or(AccountId(99));
                if self.driver.operate(by.0, *pool, change.clone()).is_ok() {
                    self.audit.learn(*pool, change);
                }
            }
            Step::Minimum(pool, minimum) => self.driver.set_minimum(*pool, money(*minimum).units()),
            Step::Price(level) => self.driver.set_price(GIVEN, money(*level).units()),
            Step::Fail(component) if self.has_hardware => {
                self.audit.failed(*component);
                self.driver.hardware(Command::Fail(*component));
            }
            Step::Repair(pick) => {
                if let Some(component) = self.audit.repaired(*pick) {
                    self.driver.hardware(Command::Repair(component));
                }
            }
            Step::Reset(pool) if self.audit.has_budget(*pool) => {
                self.driver.reset_budget(*pool);
                self.audit.period_began(*pool, self.driver.log.bills.len());
            }
            Step::Fail(_) | Step::Reset(_) => {}
        }
    }

    fn ask(&mut self, asked: &Asked) {
        let submission = Submission {
            choices: asked.choices.map(ChoiceId),
            payer: PartyId(asked.payer),
            slots: asked.slots,
            bid: money(asked.bid),
            work: ticks(asked.work),
            patience: asked.patience.map(ticks),
            max_price: asked.max_price.map(money),
            ..ask(asked.pool, 0)
        };
        let wish = PlaceWish {
            on: asked.zone.filter(|_| self.has_hardware).map(|zone| part(Level::Zone, zone)).into_iter().collect(),
            weights: (asked.spreads && self.has_hardware).then_some(Weights::SPREAD),
        };
        let number = self.driver.submit_placed(submission, wish);
        self.audit.asked(number, PartyId(asked.payer));
    }

    /// One of the members' requests that do this.
    fn any(&self, pick: usize, is_wanted: impl Fn(Doing) -> bool) -> Option<u64> {
        let members = self.driver.log.seen.iter().filter(|(_, seen)| seen.is_member() && is_wanted(seen.doing));
        let numbers: Vec<u64> = members.map(|(number, _)| *number).collect();
        (!numbers.is_empty()).then(|| numbers[pick % numbers.len()])
    }

    fn look(&self) {
        self.audit.check_settled(&self.driver);
    }

    /// Nothing is left of pools that are deleted.
    fn end(mut self, deletes: bool) {
        self.driver.run_to(self.driver.now() + 30);
        self.driver.settle();
        self.look();
        if deletes {
            for pool in (0..POOLS).rev() {
                _ = self.driver.operate(controllers(pool)[0].0, pool, Change::Split);
                _ = self.driver.operate(controllers(pool)[0].0, pool, Change::Delete);
                self.driver.settle();
                self.look();
            }
        }
        self.driver.close();
        self.audit.check_closed(&self.driver);
    }
}

fn run(world: &World, steps: &[(i64, Step)], deletes: bool) {
    let mut run = Run::new(world);
    run.driver.settle();
    run.look();
    for (after, step) in steps {
        run.driver.run_to(run.driver.now() + after);
        run.audit.check(&run.driver);
        run.play(step);
        run.audit.check(&run.driver);
        run.driver.settle();
        run.look();
    }
    run.end(deletes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn money_slots_access_and_budgets_hold_whatever_is_combined(
        world in worlds(),
        steps in steps(),
        deletes in any::<bool>(),
    ) {
        run(&world, &steps, deletes);
    }
}

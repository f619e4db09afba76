//! One replication: from an empty market to the closed books.

use std::fmt;
use std::sync::Arc;

use super::directory::Directory;
use super::faults::Faults;
use super::measures::{Measure, measures};
use super::model::Model;
use super::order::{
    ARRIVAL, FIRST_AFTER_CLEARING, LEASE_ALARM, LEASE_END, PATIENCE, POOL, PoolEvent, REQUEST, ROUND, RequestEvent,
    SAMPLE, WINDOW,
};
use super::prices::GivenPrices;
use super::recorder::Recorder;
use super::records::{Diary, Nobody, RecordSink, Watch};
use super::request_log::RequestRecord;
use super::series;
use super::ticket::Ticket;
use crate::demand::Draw;
use crate::market::{Alarm, ChoiceId, Command, Marketplace, Place, PlaceWish, PoolId, Submission};
use crate::units::{Accrual, SimTime};

/// Keys of the [`WINDOW`] class.
const WINDOW_BEGINS: u32 = 0;
const WINDOW_ENDS: u32 = 1;

/// What one replication came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// A measure per entry of [`super::catalogue`].
    pub measures: Vec<Measure>,
    /// A value per instant of the grid and entry of [`super::series_catalogue`], instant by instant.
    pub series: Vec<f64>,
    /// SHA-256 of the integer counts, slot-times and money: equal wherever the same replication is run.
    pub digest: [u8; 32],
    /// Arrivals plus completed leases over the whole run, warm-up included.
    pub events: u64,
    /// The requests that arrived inside the window, if the model asks for them.
    pub requests: Option<Vec<RequestRecord>>,
}

/// Why a replication has no outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicationError {
    /// The books do not balance at the end: a defect of this program, never of the model. What does not balance.
    Books(String),
    /// A formula had no value at some point, as after a division by zero.
    Formula {
        /// Name of the pool whose rule it is.
        pool: String,
        /// The formula, what is wrong with it, and for which values.
        message: String,
    },
}

impl fmt::Display for ReplicationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Books(message) => write!(f, "the books do not balance: {message}"),
            Self::Formula { pool, message } => write!(f, "a formula of pool {pool} has no value: {message}"),
        }
    }
}

impl std::error::Error for ReplicationError {}

/// Runs replication number `replication` of `model` under `seed`.
///
/// # Errors
/// [`ReplicationError`] says why there is no outcome.
///
/// # Panics
/// If the model names things that do not exist; a model made from a checked scenario does not.
pub fn replicate(model: &Model, seed: u64, replication: u64) -> Result<Outcome, ReplicationError> {
    Replication::new(model, seed, replication, Nobody).run()
}

/// The same, with everything that happens told to `sink`: the outcome is that of [`replicate`].
///
/// # Errors
/// [`ReplicationError`] says why there is no outcome.
///
/// # Panics
/// If the model names things that do not exist; a model made from a checked scenario does not.
pub fn replicate_recorded(
    model: &Model,
    seed: u64,
    replication: u64,
    sink: &mut dyn RecordSink,
) -> Result<Outcome, ReplicationError> {
    Replication::new(model, seed, replication, Diary::new(model, sink)).run()
}

/// The same without the short ways of the marketplace: slower, and with the same outcome. An oracle for tests.
///
/// # Errors
/// [`ReplicationError`] says why there is no outcome.
///
/// # Panics
/// If the model names things that do not exist; a model made from a checked scenario does not.
pub fn replicate_by_the_long_way(model: &Model, seed: u64, replication: u64) -> Result<Outcome, ReplicationError> {
    let mut replication = Replication::new(model, seed, replication, Nobody);
    replication.market = replication.market.by_the_long_way();
    replication.run()
}

pub(super) struct Replication<'a, W> {
    pub(super) model: &'a Model,
    directory: Directory<'a>,
    pub(super) market: Marketplace,
    pub(super) recorder: Recorder<'a, W>,
    series: Vec<f64>,
    /// Price integrals of the pools where the window begins.
    prices_before: Vec<Accrual>,
    /// By pool: the next step of its minimum's schedule.
    next_steps: Vec<usize>,
    next_owner_step: usize,
    given: GivenPrices,
    faults: Option<Faults<'a>>,
}

impl<'a, W: Watch> Replication<'a, W> {
    fn new(model: &'a Model, seed: u64, replication: u64, watch: W) -> Self {
        let given = GivenPrices::new(model, seed, replication);
        let rules = model.pools.iter().enumerate().map(|(index, pool)| given.begin(index, &pool.rules)).collect();
        let choices = model.groups.iter().map(|group| group.pools().collect()).collect();
        let mut market = Marketplace::new(rules, model.currencies.len(), model.party_count()).with_choices(choices);
        if let Some(hardware) = &model.hardware {
            market = market.with_hardware(Arc::clone(&hardware.hardware));
        }
        let draws = model.groups.iter().map(|group| Draw::new(&group.group, seed, replication)).collect();
        let directory = Directory::new(model);
        Self {
            model,
            market,
            recorder: Recorder::new(&directory, draws, watch),
            directory,
            series: Vec::new(),
            prices_before: vec![Accrual::ZERO; model.pools.len()],
            next_steps: vec![0; model.pools.len()],
            next_owner_step: 0,
            given,
            faults: model.hardware.as_ref().map(|hardware| Faults::new(hardware, seed, replication)),
        }
    }

    fn run(mut self) -> Result<Outcome, ReplicationError> {
        self.schedule_start();
        self.market.apply(SimTime::ZERO, Command::Open, &mut self.recorder);
        loop {
            let (now, class) = self.recorder.calendar.peek();
            match class {
                // These two happen all the time.
                LEASE_END => {
                    let place = Place(self.recorder.calendar.take(now, LEASE_END));
                    self.expect_end();
                    self.end_lease(now, place);
                }
                ARRIVAL => {
                    let group = self.recorder.calendar.take(now, ARRIVAL);
                    self.expect_next();
                    self.arrive(now, group as usize);
                }
                WINDOW if self.recorder.calendar.take(now, WINDOW) == WINDOW_ENDS => break,
                WINDOW => self.begin_window(now),
                _ => self.seldom(now, class),
            }
            if self.market.needs_clearing() && self.is_clearing_due(now) {
                self.market.apply(now, Command::Clear, &mut self.recorder);
            }
        }
        self.finish()
    }

    // A function of its own for each of the two: one that did both would keep nothing in registers.
    #[inline(never)]
    fn end_lease(&mut self, now: SimTime, place: Place) {
        self.market.apply(now, Command::Release(place), &mut self.recorder);
    }

    #[inline(never)]
    fn seldom(&mut self, now: SimTime, class: usize) {
        let key = self.recorder.calendar.take(now, class);
        match class {
            PATIENCE => self.market.apply(now, Command::Abandon(Place(key)), &mut self.recorder),
            LEASE_ALARM => self.wake(now, Alarm::Lease(Place(key))),
            POOL => self.change_pool(now, key),
            REQUEST => self.request_event(now, key),
            ROUND => self.wake(now, Alarm::Round(PoolId(key))),
            SAMPLE => self.sample(now),
            _ => unreachable!("no event has this class"),
        }
    }

    fn schedule_start(&mut self) {
        let model = self.model;
        let calendar = &mut self.recorder.calendar;
        calendar.schedule(WINDOW, WINDOW_BEGINS, model.warm_up);
        calendar.schedule(WINDOW, WINDOW_ENDS, model.horizon);
        calendar.schedule(SAMPLE, 0, SimTime::ZERO);
        let key = |event: PoolEvent, pool: u32| event.key(pool, model.pools.len());
        for (index, pool) in (0..).zip(&model.pools) {
            let budget = pool.rules.burst.as_ref().and_then(|burst| burst.budget.as_ref());
            if let Some(period) = budget.and_then(|budget| budget.period) {
                calendar.schedule(POOL, key(PoolEvent::BudgetReset, index), SimTime::ZERO.saturating_add(period));
            }
            if let Some(schedule) = &pool.minimum_schedule {
                calendar.schedule(POOL, key(PoolEvent::ScheduledMinimum, index), schedule.time_of(0));
            }
        }
        for pool in (0..model.pools.len()).map(|pool| PoolId(pool as u32)) {
            self.schedule_given_price(pool);
        }
        let calendar = &mut self.recorder.calendar;
        if let Some(step) = model.owner_steps.first() {
            calendar.schedule(POOL, key(PoolEvent::OwnerStep, 0), step.at);
        }
        for group in 0..model.groups.len() {
            self.schedule_arrival(SimTime::ZERO, group);
        }
        self.schedule_faults();
    }

    fn schedule_arrival(&mut self, now: SimTime, group: usize) {
        let source = &self.model.groups[group].group;
        if let Some(time) = self.recorder.draws[group].next_arrival(source, now) {
            self.recorder.calendar.schedule(ARRIVAL, group as u32, time);
        }
    }

    #[inline(never)]
    fn arrive(&mut self, now: SimTime, index: usize) {
        let (model, recorder) = (self.model, &mut self.recorder);
        let group = &model.groups[index];
        let draw = &mut recorder.draws[index];
        let number = draw.arrived() as u64;
        let drawn = draw.request(&group.group);
        let member = group.first_member + drawn.member as usize;
        recorder.withdraws_after = drawn.withdraws_after;
        let submission = Submission {
            pool: group.pool,
            choices: (!group.alternatives.is_empty()).then_some(ChoiceId(index as u32)),
            payer: model.member_party(member),
            slots: drawn.slots,
            bid: drawn.bid,
            work: drawn.work,
            patience: drawn.patience,
            max_price: drawn.max_price,
            tag: Ticket { value: drawn.value, group: index as u32, number }.tag(),
        };
        if let Some(time) = draw.next_arrival(&group.group, now) {
            recorder.calendar.schedule(ARRIVAL, index as u32, time);
            self.expect_lease(index, time);
        }
        if let Some(hardware) = &model.hardware
            && let Some(wish) = hardware.wishes.get(index)
        {
            return self.submit_placed(now, submission, wish.clone());
        }
        self.market.submit(now, &submission, &mut self.recorder);
    }

    #[inline(never)]
    fn submit_placed(&mut self, now: SimTime, submission: Submission, wish: PlaceWish) {
        self.market.apply(now, Command::SubmitPlaced(submission, wish), &mut self.recorder);
    }

    /// Clearing stands between the events that free slots and those that ask for them.
    #[inline(always)]
    fn is_clearing_due(&mut self, now: SimTime) -> bool {
        let (time, class) = self.recorder.calendar.peek();
        time > now || class >= FIRST_AFTER_CLEARING
    }

    fn wake(&mut self, now: SimTime, alarm: Alarm) {
        self.market.apply(now, Command::Wake(alarm), &mut self.recorder);
    }

    fn change_pool(&mut self, now: SimTime, key: u32) {
        let (event, pool) = PoolEvent::of_key(key, self.model.pools.len());
        let pool = PoolId(pool);
        match event {
            PoolEvent::BudgetReset => self.reset_budget(now, pool),
            PoolEvent::BudgetWatch => self.market.apply(now, Command::WatchBudget(pool), &mut self.recorder),
            PoolEvent::Supply => self.wake(now, Alarm::Supply(pool)),
            PoolEvent::Credits => self.wake(now, Alarm::Credits(pool)),
            PoolEvent::Repair => self.repair(now),
            PoolEvent::Fault => self.fail(now),
            PoolEvent::ScheduledMinimum => self.step_minimum(now, pool),
            PoolEvent::OwnerStep => self.owner_steps(now),
            PoolEvent::Scale => self.wake(now, Alarm::Scale(pool)),
            PoolEvent::Slots => self.wake(now, Alarm::Slots(pool)),
            PoolEvent::Term => self.wake(now, Alarm::Term(pool)),
            PoolEvent::FormulaMinimum => self.wake(now, Alarm::Minimum(pool)),
            PoolEvent::Sharing => self.wake(now, Alarm::Sharing(pool)),
            PoolEvent::Quote => self.wake(now, Alarm::Quote(pool)),
            PoolEvent::GivenPrice => self.give_price(now, pool),
        }
    }

    /// A price that others make changes: what it is, and when it changes again.
    fn give_price(&mut self, now: SimTime, pool: PoolId) {
        let price = self.given.price(pool);
        self.schedule_given_price(pool);
        self.market.apply(now, Command::SetPrice(pool, price), &mut self.recorder);
    }

    fn schedule_given_price(&mut self, pool: PoolId) {
        if let Some(at) = self.given.next_change(pool) {
            let key = PoolEvent::GivenPrice.key(pool.0, self.model.pools.len());
            self.recorder.calendar.schedule(POOL, key, at);
        }
    }

    /// When hardware is repaired next, and when it fails next.
    fn schedule_faults(&mut self) {
        let Some(faults) = &self.faults else { return };
        let pools = self.model.pools.len();
        for (event, at) in [(PoolEvent::Repair, faults.next_repair()), (PoolEvent::Fault, faults.next_failure())] {
            self.recorder.calendar.schedule(POOL, event.key(0, pools), at);
        }
    }

    fn repair(&mut self, now: SimTime) {
        while let Some(component) = self.faults.as_mut().and_then(|faults| faults.repair(now)) {
            self.market.apply(now, Command::Repair(component), &mut self.recorder);
        }
        self.schedule_faults();
    }

    fn fail(&mut self, now: SimTime) {
        while let Some(component) = self.faults.as_mut().and_then(|faults| faults.failure(now)) {
            self.market.apply(now, Command::Fail(component), &mut self.recorder);
        }
        self.schedule_faults();
    }

    /// The next step of a pool's schedule.
    fn step_minimum(&mut self, now: SimTime, pool: PoolId) {
        let schedule = self.model.pools[pool.index()].minimum_schedule.as_ref().expect("only a schedule has steps");
        let next = &mut self.next_steps[pool.index()];
        let minimum = schedule.minimum_of(*next);
        *next += 1;
        let time = schedule.time_of(*next);
        let key = PoolEvent::ScheduledMinimum.key(pool.0, self.model.pools.len());
        self.recorder.calendar.schedule(POOL, key, time);
        self.market.apply(now, Command::SetMinimum(pool, minimum), &mut self.recorder);
    }

    /// What owners do by hand now, in the order in which it is written down.
    fn owner_steps(&mut self, now: SimTime) {
        while let Some(step) = self.model.owner_steps.get(self.next_owner_step).filter(|step| step.at == now) {
            self.next_owner_step += 1;
            self.market.apply(now, Command::Operate(step.operation.clone()), &mut self.recorder);
        }
        if let Some(step) = self.model.owner_steps.get(self.next_owner_step) {
            let key = PoolEvent::OwnerStep.key(0, self.model.pools.len());
            self.recorder.calendar.schedule(POOL, key, step.at);
        }
    }

    /// A unit of time begins, or a member raises its bid or takes its request back.
    fn request_event(&mut self, now: SimTime, key: u32) {
        let (event, place) = RequestEvent::of_key(key);
        let place = Place(place);
        match event {
            RequestEvent::Unit => self.wake(now, Alarm::Unit(place)),
            RequestEvent::Revision => {
                if let Some(bid) = self.recorder.revised(now, place, self.market.request(place)) {
                    self.market.apply(now, Command::Revise(place, bid), &mut self.recorder);
                }
            }
            RequestEvent::Overflow => self.wake(now, Alarm::Overflow(place)),
            RequestEvent::Withdrawal => self.market.apply(now, Command::Withdraw(place), &mut self.recorder),
        }
    }

    fn reset_budget(&mut self, now: SimTime, pool: PoolId) {
        let burst = self.model.pools[pool.index()].rules.burst.as_ref();
        let period = burst.and_then(|burst| burst.budget.as_ref()).and_then(|budget| budget.period);
        let period = period.expect("only a budget with a period is reset");
        self.market.apply(now, Command::ResetBudget(pool), &mut self.recorder);
        let key = PoolEvent::BudgetReset.key(pool.0, self.model.pools.len());
        self.recorder.calendar.schedule(POOL, key, now.saturating_add(period));
    }

    fn sample(&mut self, now: SimTime) {
        series::read(&self.directory, &mut self.recorder.meters, &mut self.series);
        let next = now.saturating_add(self.model.series_step);
        if next < self.model.horizon {
            self.recorder.calendar.schedule(SAMPLE, 0, next);
        }
    }

    fn begin_window(&mut self, now: SimTime) {
        // What fell due when the marketplace opened belongs to a window that begins with it.
        if now > SimTime::ZERO {
            self.recorder.meters.restart(now);
        }
        self.market.apply(now, Command::Cut, &mut self.recorder);
        self.prices_before = self.prices(now);
        let prices = &self.prices_before;
        self.recorder.meters.loans.iter_mut().for_each(|loans| loans.restart(now, prices));
    }

    fn prices(&self, now: SimTime) -> Vec<Accrual> {
        (0..self.model.pools.len()).map(|pool| self.market.price_integral(PoolId(pool as u32), now)).collect()
    }

    fn finish(mut self) -> Result<Outcome, ReplicationError> {
        let end = self.model.horizon;
        self.recorder.meters.advance(end);
        let prices = self.prices(end);
        self.recorder.meters.loans.iter_mut().for_each(|loans| loans.advance(end, &prices));
        let prices: Vec<Accrual> =
            prices.into_iter().zip(&self.prices_before).map(|(after, before)| after - *before).collect();
        self.market.apply(end, Command::Close, &mut self.recorder);
        self.market.ledger().check().map_err(ReplicationError::Books)?;
        self.recorder.meters.check_records(self.market.ledger()).map_err(ReplicationError::Books)?;
        if let Some((pool, message)) = self.market.fault() {
            let pool = self.model.pools[pool.index()].name.clone();
            return Err(ReplicationError::Formula { pool, message: message.to_owned() });
        }
        #[cfg(debug_assertions)]
        self.check_charges();
        let meters = &self.recorder.meters;
        Ok(Outcome {
            measures: measures(&self.directory, meters, &prices),
            series: self.series,
            digest: super::measures::digest(meters, &prices, &self.market, &self.directory),
            events: meters.events,
            requests: meters.requests.as_ref().map(|log| log.records.clone()),
        })
    }

    /// Holds the charges of all leases against the levels of the pools, two ways to the same sum.
    #[cfg(debug_assertions)]
    fn check_charges(&self) {
        for (index, (pool, meter)) in self.model.pools.iter().zip(&self.recorder.meters.pools).enumerate() {
            let whole_run = &meter.whole_run;
            let has_terms = self.directory.buyers_from.has_any(index);
            if everybody_pays_the_price(&pool.rules) && !whole_run.has_prepaid && !has_terms {
                assert_eq!(whole_run.charged, whole_run.price_times_held, "charges in pool {}", pool.name);
            }
        }
    }
}

/// Does everybody who holds a slot always pay the price in force for it?
#[cfg(debug_assertions)]
fn everybody_pays_the_price(rules: &crate::market::PoolRules) -> bool {
    use crate::market::{Payment, Pricing};
    let by_method = match &rules.pricing {
        Pricing::Posted(_) | Pricing::Formula(_) | Pricing::Given(_) => true,
        Pricing::Spot(spot) => spot.payment == Payment::UniformPrice,
        Pricing::Auction(_) | Pricing::Proportional => false,
    };
    let interruption = &rules.interruption;
    by_method
        && rules.billing_unit.is_none()
        && interruption.notice.ticks() == 0
        && interruption.guaranteed.ticks() == 0
}

//! Exact counts and integrals over the window of measurement. All integers; they become numbers in `measures`.

use super::budgets::BudgetMeter;
use super::commitments::Commitments;
use super::loans::Loans;
use super::model::Model;
use super::operations::Operations;
use super::partners::PartnerMeters;
use super::request_log::RequestLog;
use super::rounds::RoundMeter;
use super::spread::Spread;
use super::zones::HardwareMeter;
use crate::market::{
    BillingRecord, Cause, CurrencyId, Fate, Ledger, PartyId, PoolId, PoolLevel, Refusal, Request, Settled,
};
use crate::units::{Accrual, Money, Price, SimDuration, SimTime, product};
use std::collections::BTreeMap;

/// Everything that is counted in one replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meters {
    /// Arrivals plus leases that ended by completion, over the whole run.
    pub(super) events: u64,
    /// By member.
    pub(super) members: Vec<MemberMeter>,
    /// By pool.
    pub(super) pools: Vec<PoolMeter>,
    /// By pool and burst tier.
    pub(super) tiers: Vec<Vec<TierMeter>>,
    /// By pool.
    pub(super) budgets: Vec<BudgetMeter>,
    /// By pool.
    pub(super) rounds: Vec<RoundMeter>,
    /// By the pool that was asked: interruptions since the time series were read last, inside the window or not.
    pub(super) recent_interruptions: Vec<u32>,
    /// Slots × ticks that a pool (the first) held for another that it supplies.
    pub(super) supplied: BTreeMap<(PoolId, PoolId), i128>,
    /// Operations on pools.
    pub(super) operations: Operations,
    /// What stands where, if anything has a place.
    pub(super) hardware: Option<HardwareMeter>,
    /// The requests themselves, where they are wanted.
    pub(super) requests: Option<RequestLog>,
    /// Slots bought for a term, where any are.
    pub(super) commitments: Option<Commitments>,
    /// Slots on loan, where any pool lends.
    pub(super) loans: Option<Loans>,
    /// By pool: requests that found no stock, bursts and supply lines.
    pub(super) stock_outs: Vec<u64>,
    /// What pools have in joint pools.
    pub(super) partners: PartnerMeters,
    /// By currency and party.
    accounts: Vec<Vec<AccountMeter>>,
}

/// The money of one party in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
struct AccountMeter {
    /// What it was paid less what it has paid by all billing records, over the whole run.
    net: Money,
    /// What it owes for slots it holds (members: in their pool; customers: supply and bursts).
    spending: Spending,
}

/// The requests of one member. What nearly every event adds to comes first, in two lines of the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct MemberMeter {
    /// Slots × ticks held, wherever.
    pub(super) held: i128,
    /// Value of the slots held: price × slots × ticks.
    pub(super) value: i128,
    /// Slots × ticks asked for.
    pub(super) offered: i128,
    /// Value per slot-hour × slots asked for.
    pub(super) asked_value: i128,
    /// Slots asked for.
    pub(super) asked_slots: u64,
    pub(super) arrivals: u64,
    pub(super) started: u64,
    pub(super) completed: u64,
    pub(super) lost: u64,
    pub(super) interruptions: u64,
    pub(super) interrupted_requests: u64,
    pub(super) abandoned: u64,
    /// Interruptions by [`Cause`].
    pub(super) causes: [u64; CAUSES],
    pub(super) refused: Refusals,
    pub(super) withdrawn: u64,
    pub(super) open: u64,
    pub(super) bursts: u64,
    /// Requests that had to wait before they started or left.
    pub(super) delayed: u64,
    /// Requests that waited and then started.
    pub(super) delayed_started: u64,
    /// Those of the slots asked for that requests went without.
    pub(super) cut_slots: u64,
    /// Request × ticks of waiting, inside the window.
    pub(super) waiting: i128,
    /// Ticks waited before the first start, of requests that started in the window.
    pub(super) wait_of_started: i128,
    /// The part of what was held that was held in burst tiers.
    pub(super) held_in_bursts: i128,
    /// Work at speed 1 that interruptions made vain: slots × ticks.
    pub(super) work_lost: i128,
}

/// Number of causes of an interruption.
pub(super) const CAUSES: usize = Cause::Closure as usize + 1;

/// Refused requests by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusals {
    pub(super) price: u64,
    pub(super) capacity: u64,
    pub(super) outbid: u64,
    pub(super) access: u64,
    pub(super) budget: u64,
    pub(super) cap: u64,
    pub(super) credits: u64,
    pub(super) down: u64,
}

impl Refusals {
    pub(super) fn count(&mut self, refusal: Refusal) {
        *match refusal {
            Refusal::Price => &mut self.price,
            Refusal::Capacity => &mut self.capacity,
            Refusal::Outbid => &mut self.outbid,
            Refusal::Access => &mut self.access,
            Refusal::Budget => &mut self.budget,
            Refusal::Cap => &mut self.cap,
            Refusal::Credits => &mut self.credits,
            Refusal::Down => &mut self.down,
        } += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.price += other.price;
        self.capacity += other.capacity;
        self.outbid += other.outbid;
        self.access += other.access;
        self.budget += other.budget;
        self.cap += other.cap;
        self.credits += other.credits;
        self.down += other.down;
    }

    pub(super) fn total(&self) -> u64 {
        self.price + self.capacity + self.outbid + self.access + self.budget + self.cap + self.credits + self.down
    }
}

impl MemberMeter {
    /// It asks for slots that are worth so much each, per hour.
    #[inline(always)]
    pub(super) fn asks(&mut self, request: &Request, value: Price) {
        self.arrivals += 1;
        self.offered += slot_ticks(request.slots, request.declared);
        self.asked_slots += u64::from(request.slots);
        self.asked_value += product(value.units(), i64::from(request.slots));
    }

    /// Its request starts, at home or in a tier.
    #[inline(always)]
    pub(super) fn starts(&mut self, request: &Request) {
        if request.has_started {
            return;
        }
        self.started += 1;
        if request.waited > SimDuration::ZERO {
            self.wait_of_started += i128::from(request.waited.ticks());
            self.delayed_started += 1;
        }
    }

    /// It has held slots that are worth so much each, per hour, for so many slots × ticks.
    #[inline(always)]
    pub(super) fn holds(&mut self, slot_ticks: i128, value: Price) {
        self.held += slot_ticks;
        self.value += i128::from(value.units()) * slot_ticks;
    }

    /// Its request loses the slots that it holds.
    #[inline(always)]
    pub(super) fn is_interrupted(&mut self, request: &Request, cause: Cause) {
        self.interruptions += 1;
        self.causes[cause as usize] += 1;
        self.interrupted_requests += u64::from(!request.was_interrupted);
    }

    /// Its request ends.
    #[inline(always)]
    pub(super) fn closes(&mut self, fate: Fate) {
        match fate {
            Fate::Completed => self.completed += 1,
            Fate::Lost => self.lost += 1,
            Fate::Refused(refusal) => self.refused.count(refusal),
            Fate::Abandoned => self.abandoned += 1,
            Fate::Withdrawn => self.withdrawn += 1,
            Fate::Open => self.open += 1,
        }
    }

    /// Adds what another member did.
    pub(super) fn add(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.started += other.started;
        self.completed += other.completed;
        self.refused.add(&other.refused);
        self.lost += other.lost;
        self.abandoned += other.abandoned;
        self.withdrawn += other.withdrawn;
        self.open += other.open;
        self.interruptions += other.interruptions;
        self.interrupted_requests += other.interrupted_requests;
        self.bursts += other.bursts;
        self.delayed += other.delayed;
        self.delayed_started += other.delayed_started;
        self.waiting += other.waiting;
        self.wait_of_started += other.wait_of_started;
        self.offered += other.offered;
        self.asked_slots += other.asked_slots;
        self.cut_slots += other.cut_slots;
        self.asked_value += other.asked_value;
        self.held += other.held;
        self.held_in_bursts += other.held_in_bursts;
        self.value += other.value;
        self.causes.iter_mut().zip(other.causes).for_each(|(count, more)| *count += more);
        self.work_lost += other.work_lost;
    }
}

/// The levels of one pool over time, and what it earned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PoolMeter {
    pub(super) level: PoolLevel,
    since: SimTime,
    capacity_since: SimTime,
    /// ∫ slots held dt.
    pub(super) occupied: i128,
    /// ∫ (slots held)² dt.
    pub(super) occupied_squared: i128,
    /// ∫ capacity dt, where there is a limit.
    pub(super) capacity: i128,
    /// ∫ waiting requests dt.
    pub(super) waiting: i128,
    /// The price over time.
    pub(super) price: Spread,
    price_since: SimTime,
    /// Ticks during which no slot was free.
    pub(super) full: i64,
    /// ∫ price dt while no slot was free.
    pub(super) price_while_full: i128,
    /// ∫ highest waiting bid dt.
    pub(super) highest_waiting_bid: i128,
    #[cfg(debug_assertions)]
    pub(super) whole_run: WholeRun,
    /// What holders of its slots owe, exact.
    pub(super) revenue: Accrual,
}

impl PoolMeter {
    /// Adds the stretch since the last change at the levels that were in force, and takes up new ones.
    #[inline(always)]
    pub(super) fn update(&mut self, now: SimTime, level: &PoolLevel) {
        self.advance(now);
        if level.capacity != self.level.capacity {
            self.advance_capacity(now);
        }
        if level.price != self.level.price {
            self.advance_price(now);
        }
        self.level = *level;
    }

    /// The same where nothing but the slots held and the price can have changed.
    #[inline(always)]
    pub(super) fn refill(&mut self, now: SimTime, level: &PoolLevel) {
        self.advance(now);
        if level.price != self.level.price {
            self.advance_price(now);
            self.level.price = level.price;
        }
        self.level.occupied = level.occupied;
        debug_assert_eq!(self.level, *level, "something else has changed");
    }

    #[inline(always)]
    pub(super) fn advance(&mut self, now: SimTime) {
        let ticks = (now - self.since).ticks();
        self.since = now;
        let level = &self.level;
        let held = product(i64::from(level.occupied), ticks);
        self.occupied += held;
        self.occupied_squared += product(i64::from(level.occupied).pow(2), ticks);
        if level.is_full() {
            self.full += ticks;
            self.price_while_full += product(level.price.units(), ticks);
        }
        if level.waiting > 0 {
            self.waiting += product(i64::from(level.waiting), ticks);
        }
        if level.highest_waiting_bid != Price::ZERO {
            self.highest_waiting_bid += product(level.highest_waiting_bid.units(), ticks);
        }
        #[cfg(debug_assertions)]
        {
            self.whole_run.price_times_held += held * i128::from(level.price.units());
        }
    }

    /// Adds the capacity since it last changed: it changes rarely.
    fn advance_capacity(&mut self, now: SimTime) {
        if let Some(capacity) = self.level.capacity {
            self.capacity += product(i64::from(capacity), (now - self.capacity_since).ticks());
        }
        self.capacity_since = now;
    }

    /// Adds the price since it last changed.
    fn advance_price(&mut self, now: SimTime) {
        self.price.add(self.level.price, (now - self.price_since).ticks());
        self.price_since = now;
    }

    /// Forgets all but the levels, and what holds for the whole run.
    fn restart(&mut self, now: SimTime) {
        self.advance(now);
        *self = Self {
            level: self.level,
            since: now,
            capacity_since: now,
            price_since: now,
            #[cfg(debug_assertions)]
            whole_run: self.whole_run,
            ..Self::default()
        };
    }
}

/// Two ways to the same sum, warm-up included: what all holders of a pool's slots owed must be the integral of its price
/// times the slots held, where everybody pays the price in force.
#[cfg(debug_assertions)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WholeRun {
    /// ∫ price × slots held dt, from the levels.
    pub(super) price_times_held: i128,
    /// Sum of the charges of all leases.
    pub(super) charged: i128,
    /// Was a lease paid for when it started?
    pub(super) has_prepaid: bool,
}

#[cfg(debug_assertions)]
impl WholeRun {
    pub(super) fn add(&mut self, charge: Accrual, is_prepaid: bool) {
        self.charged += charge.units();
        self.has_prepaid |= is_prepaid;
    }
}

/// Bursts of one pool into one tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TierMeter {
    pub(super) bursts: u64,
    pub(super) interruptions: u64,
    /// Slots × ticks held.
    pub(super) held: i128,
    pub(super) spending: Spending,
    pub(super) moved_home: u64,
    /// Times that a request asked it for slots.
    pub(super) asked: u64,
    /// Of them: those that it refused.
    pub(super) refused: Refusals,
    /// Slots × ticks, at the speed of the tier, of requests that asked it for the first time.
    pub(super) offered: i128,
    /// Of the amount that it has of its own.
    pub(super) budget: BudgetMeter,
    /// What members pay the owner for them, in millionths of an accrual unit, exact.
    pub(super) recharged: i128,
    /// Interruptions by [`Cause`].
    pub(super) causes: [u64; CAUSES],
    /// Work at speed 1 that these made vain: slots × ticks.
    pub(super) work_lost: i128,
}

/// What somebody owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spending {
    /// For the use of slots, exact.
    pub(super) charge: Accrual,
    /// Per-cent fees, in millionths of an accrual unit, exact.
    pub(super) fee: i128,
    /// Flat fees and prepaid charges.
    pub(super) fixed: Money,
}

impl Spending {
    pub(super) fn add(&mut self, other: &Self) {
        self.charge += other.charge;
        self.fee += other.fee;
        self.fixed += other.fixed;
    }

    /// In the currency.
    pub(super) fn as_currency(&self) -> f64 {
        let fee = self.fee as f64 / f64::from(crate::units::PARTS_PER_WHOLE);
        self.charge.as_currency()
            + fee / crate::units::ACCRUALS_PER_MONEY as f64 / crate::units::UNITS_PER_CURRENCY as f64
            + self.fixed.as_currency()
    }
}

impl Meters {
    pub(super) fn new(model: &Model) -> Self {
        let tiers = model.pools.iter().map(|pool| pool.rules.burst.as_ref().map_or(0, |burst| burst.tiers.len()));
        Self {
            events: 0,
            members: vec![MemberMeter::default(); model.members.len()],
            pools: vec![PoolMeter::default(); model.pools.len()],
            tiers: tiers.map(|count| vec![TierMeter::default(); count]).collect(),
            budgets: vec![BudgetMeter::default(); model.pools.len()],
            rounds: vec![RoundMeter::default(); model.pools.len()],
            recent_interruptions: vec![0; model.pools.len()],
            supplied: BTreeMap::new(),
            operations: Operations::new(model),
            hardware: HardwareMeter::new(model),
            requests: model.economics.offline_optimum.then(RequestLog::default),
            commitments: Commitments::new(model),
            loans: Loans::new(model),
            stock_outs: vec![0; model.pools.len()],
            partners: PartnerMeters::new(model),
            accounts: vec![vec![AccountMeter::default(); model.party_count()]; model.currencies.len()],
        }
    }

    pub(super) fn spending(&self, currency: CurrencyId, party: PartyId) -> &Spending {
        &self.accounts[currency.index()][party.index()].spending
    }

    #[inline(always)]
    pub(super) fn spending_mut(&mut self, currency: CurrencyId, party: PartyId) -> &mut Spending {
        &mut self.accounts[currency.index()][party.index()].spending
    }

    /// Takes down a billing record.
    #[inline(always)]
    pub(super) fn billed(&mut self, record: &BillingRecord) {
        let accounts = &mut self.accounts[record.currency.index()];
        accounts[record.payer.index()].net -= record.amount;
        accounts[record.payee.index()].net += record.amount;
    }

    /// Takes down what was owed and billed for the use of slots.
    #[inline(always)]
    pub(super) fn settled(&mut self, settled: &Settled) {
        let accounts = &mut self.accounts[settled.currency.index()];
        let payer = &mut accounts[settled.payer.index()];
        payer.spending.charge += settled.charge;
        payer.net -= settled.amount;
        accounts[settled.payee.index()].net += settled.amount;
    }

    /// Holds the billing records against the ledger, party by party.
    ///
    /// # Errors
    /// A sentence that says whose records do not add up to what the ledger says.
    pub(super) fn check_records(&self, ledger: &Ledger) -> Result<(), String> {
        for (currency, accounts) in self.accounts.iter().enumerate() {
            for (party, AccountMeter { net, .. }) in accounts.iter().enumerate() {
                let posted = ledger.balance(CurrencyId(currency as u32), PartyId(party as u32));
                if posted != *net {
                    let (posted, net) = (posted.units(), net.units());
                    return Err(format!(
                        "currency {currency}, party {party}: {posted} units posted, {net} by its records"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The window begins: everything that is measured inside it starts from nothing.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.members.fill(MemberMeter::default());
        self.accounts.iter_mut().flatten().for_each(|account| account.spending = Spending::default());
        self.tiers.iter_mut().flatten().for_each(|tier| *tier = TierMeter::default());
        self.budgets.fill(BudgetMeter::default());
        self.rounds.fill(RoundMeter::default());
        self.supplied.clear();
        self.operations.restart();
        self.requests.iter_mut().for_each(RequestLog::restart);
        self.commitments.iter_mut().for_each(|commitments| commitments.restart(now));
        self.stock_outs.fill(0);
        self.hardware.iter_mut().for_each(|hardware| hardware.restart(now));
        self.pools.iter_mut().for_each(|pool| pool.restart(now));
        self.partners.restart(now);
    }

    pub(super) fn advance(&mut self, now: SimTime) {
        self.commitments.iter_mut().for_each(|commitments| commitments.advance(now));
        self.hardware.iter_mut().for_each(|hardware| hardware.advance(now));
        for pool in &mut self.pools {
            pool.advance(now);
            pool.advance_capacity(now);
            pool.advance_price(now);
        }
        self.partners.advance(now);
    }
}

/// Slots × ticks of a stretch.
#[inline(always)]
pub(super) fn slot_ticks(slots: u32, stretch: SimDuration) -> i128 {
    product(i64::from(slots), stretch.ticks())
}

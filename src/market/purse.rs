//! An amount that the bursts of a pool may cost in a period: over all tiers, or over one. The arithmetic of a budget.

use super::ids::Place;
use crate::units::{ACCRUALS_PER_MONEY, Money, PARTS_PER_WHOLE, SimTime};

/// Millionths of accrual units in a unit of money: the scale on which charges and fees add up exactly.
pub(super) const FINE_PER_MONEY: i128 = ACCRUALS_PER_MONEY * PARTS_PER_WHOLE as i128;

/// What has been spent of an amount in the current period, and what open metered leases owe.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    /// The tier that it is for; all of them, if none.
    tier: Option<u8>,
    pub(super) amount: Money,
    /// Billed in this period.
    pub(super) spent: Money,
    /// Open metered burst leases.
    pub(super) open: Vec<Place>,
    /// Growth of what the open leases owe, in millionths of accrual units per tick.
    pub(super) rate: i128,
    since: SimTime,
    /// What they owed at `since`.
    owed: i128,
    /// A metered budget that has ended its leases takes no more in this period: what rounding leaves of it would
    /// buy leases of a few ticks.
    pub(super) exhausted: bool,
    /// When it first said no in this period.
    pub(super) bound: Option<SimTime>,
}

impl Purse {
    pub(super) fn new(tier: Option<u8>, amount: Money) -> Self {
        Self {
            tier,
            amount,
            spent: Money::ZERO,
            open: Vec::new(),
            rate: 0,
            since: SimTime::ZERO,
            owed: 0,
            exhausted: false,
            bound: None,
        }
    }

    pub(super) fn tier(&self) -> Option<u8> {
        self.tier
    }

    /// Do bursts into this tier come out of it?
    pub(super) fn is_for(&self, tier: u8) -> bool {
        self.tier.is_none_or(|mine| mine == tier)
    }

    pub(super) fn spend(&mut self, amount: Money) {
        self.spent += amount;
        debug_assert!(self.spent <= self.amount, "a budget was passed");
    }

    /// Another amount, no less than what is spent.
    pub(super) fn amend(&mut self, amount: Money) {
        self.exhausted &= amount <= self.amount;
        self.amount = amount;
    }

    /// It says no.
    pub(super) fn refuse(&mut self, now: SimTime) {
        self.bound = self.bound.or(Some(now));
    }

    /// A lease is open that owes more at this rate.
    pub(super) fn open(&mut self, now: SimTime, place: Place, rate: i128) {
        self.change_rate(now, rate);
        self.open.push(place);
    }

    /// The stretch of an open lease that grew at `rate` and owed so much was billed.
    pub(super) fn settled(&mut self, now: SimTime, place: Place, rate: i128, (owed, billed): (i128, Money)) {
        self.change_rate(now, -rate);
        self.spend(billed);
        self.owed -= owed;
        self.open.retain(|open| *open != place);
    }

    pub(super) fn change_rate(&mut self, now: SimTime, change: i128) {
        self.owed += self.rate * i128::from((now - self.since).ticks());
        self.since = now;
        self.rate += change;
    }

    /// An open lease owes so much more at once.
    pub(super) fn owe(&mut self, owed: i128) {
        self.owed += owed;
    }

    /// Do what is spent, what the open leases owe at `at` and these two stay within the amount, before any rounding?
    pub(super) fn bears_exactly(&self, at: SimTime, fixed: Money, newcomer: i128) -> bool {
        let owed = self.owed + self.rate * i128::from((at - self.since).ticks());
        (self.spent + fixed).units() * FINE_PER_MONEY + owed + newcomer <= self.amount.units() * FINE_PER_MONEY
    }

    /// An instant by which the amount cannot have been passed, and before which nothing need be looked at, if prices
    /// stay as they are. Each open lease's charge and fee may be rounded up by half a unit, so the bound gives way by
    /// a unit per lease.
    pub(super) fn safe_until(&self) -> SimTime {
        if self.rate == 0 {
            return SimTime::NEVER;
        }
        let slack = self.open.len() as i128;
        let left = (self.amount - self.spent).units() - slack;
        let ticks = (left * FINE_PER_MONEY - self.owed).max(0) / self.rate;
        SimTime::from_ticks(i64::try_from(ticks).map_or(i64::MAX, |ticks| self.since.ticks().saturating_add(ticks)))
    }

    /// The next period begins; nothing is open.
    pub(super) fn reset(&mut self) {
        self.spent = Money::ZERO;
        self.exhausted = false;
        self.bound = None;
    }
}

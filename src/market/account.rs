//! Leases on terms of their own, where not everybody pays the price in force for the slots that it asked for.

use super::ids::Place;
use crate::units::{Accrual, PARTS_PER_WHOLE, Price, SimDuration, SimTime, product};

/// What a lease owes, and how much it has done.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) place: Place,
    /// What was agreed for all of its slots together, per hour. Where the minimum is higher, that is paid.
    pub(super) agreed: Price,
    /// What it pays now for all of its slots together, per hour.
    rate: Price,
    /// Is it charged unit by unit of time, rather than as time goes by?
    by_unit: bool,
    /// The unit of time that began last: what is owed for it, and when it ends.
    unit: (Accrual, SimTime),
    since: SimTime,
    /// What it has owed up to `since`, in the stretch that is not settled yet.
    owed: Accrual,
    /// Millionths of slots that it holds now.
    share: i64,
    /// Millionths of slots × ticks held up to `since`, in the stretch that is not settled yet.
    held: i128,
    /// The same since the lease began.
    held_in_all: i128,
}

/// Shares count millionths of a slot.
pub(super) const SLOT: i64 = PARTS_PER_WHOLE as i64;

impl Account {
    pub(super) fn new(now: SimTime, place: Place, slots: u32, rate: Price) -> Self {
        let share = i64::from(slots) * SLOT;
        let (owed, held) = (Accrual::ZERO, 0);
        let unit = (Accrual::ZERO, now);
        Self { place, agreed: rate, rate, by_unit: false, unit, since: now, owed, share, held, held_in_all: 0 }
    }

    /// A lease that goes on at `rate`, and has owed so much since its unsettled stretch began.
    pub(super) fn carried_over(
        now: SimTime,
        place: Place,
        slots: u32,
        rate: Price,
        (unsettled, owed): (SimTime, Accrual),
    ) -> Self {
        let account = Self::new(now, place, slots, rate);
        let held = product(account.share, (now - unsettled).ticks());
        Self { owed, held, ..account }
    }

    /// The same, charged unit by unit.
    pub(super) fn by_unit(self) -> Self {
        Self { by_unit: true, ..self }
    }

    /// A unit of time begins: it is owed whole.
    pub(super) fn charge_unit(&mut self, now: SimTime, rate: Price, unit: SimDuration) {
        self.unit = (Accrual::from_units(product(rate.units(), unit.ticks())), now.saturating_add(unit));
        self.owed += self.unit.0;
    }

    /// Nothing is owed for the unit of time that has begun and not ended. What was settled before stays. How much less is
    /// owed by that?
    pub(super) fn waive_unit(&mut self, now: SimTime) -> Accrual {
        let (unit, end) = self.unit;
        if now >= end || unit > self.owed {
            return Accrual::ZERO;
        }
        self.owed -= unit;
        self.unit = (Accrual::ZERO, now);
        unit
    }

    pub(super) fn rate(&self) -> Price {
        self.rate
    }

    /// From `now` on it pays so much.
    pub(super) fn set_rate(&mut self, now: SimTime, rate: Price) {
        self.advance(now);
        self.rate = rate;
    }

    /// From `now` on it holds so many millionths of slots.
    pub(super) fn set_share(&mut self, now: SimTime, share: i64) {
        self.advance(now);
        self.share = share;
    }

    fn advance(&mut self, now: SimTime) {
        (self.owed, self.held, self.held_in_all) = (self.owed(now), self.held_exactly(now), self.held_in_all(now));
        self.since = now;
    }

    /// A stretch was settled at `now`; another begins.
    pub(super) fn begin_stretch(&mut self, now: SimTime) {
        self.advance(now);
        (self.owed, self.held) = (Accrual::ZERO, 0);
    }

    /// What it has owed in the unsettled stretch up to `now`.
    pub(super) fn owed(&self, now: SimTime) -> Accrual {
        if self.by_unit {
            return self.owed;
        }
        self.owed + Accrual::from_units(product(self.rate.units(), (now - self.since).ticks()))
    }

    fn held_exactly(&self, now: SimTime) -> i128 {
        self.held + product(self.share, (now - self.since).ticks())
    }

    fn held_in_all(&self, now: SimTime) -> i128 {
        self.held_in_all + product(self.share, (now - self.since).ticks())
    }

    /// Slots × ticks held in the unsettled stretch, rounded down.
    pub(super) fn slot_ticks(&self, now: SimTime) -> i128 {
        self.held_exactly(now) / i128::from(SLOT)
    }

    /// How far a request of so many slots has come since the lease began, as time at all of its slots, rounded down.
    pub(super) fn progress(&self, now: SimTime, slots: u32) -> SimDuration {
        let ticks = self.held_in_all(now) / (i128::from(slots.max(1)) * i128::from(SLOT));
        SimDuration::from_ticks(i64::try_from(ticks).unwrap_or(i64::MAX))
    }

    /// When a lease that needs `time` at all of its slots is done, if nothing changes.
    pub(super) fn due(&self, now: SimTime, slots: u32, time: SimDuration) -> SimTime {
        if time == SimDuration::ENDLESS {
            return SimTime::NEVER;
        }
        let need = product(time.ticks(), i64::from(slots)) * i128::from(SLOT) - self.held_in_all(now);
        if need <= 0 {
            return now;
        }
        if self.share == 0 {
            return SimTime::NEVER;
        }
        let ticks = (need + i128::from(self.share) - 1) / i128::from(self.share);
        i64::try_from(ticks).map_or(SimTime::NEVER, |ticks| now.saturating_add(SimDuration::from_ticks(ticks)))
    }
}

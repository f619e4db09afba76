//! The levels of one pool over time.

use crate::market::PoolLevel;
use crate::simulation::spread::Spread;
use crate::units::{Accrual, Price, SimTime, product};

/// The levels of one pool over time, and what it earned. What nearly every event adds to comes first, in two lines of the
/// cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(in crate::simulation) struct PoolMeter {
    pub(in crate::simulation) level: PoolLevel,
    since: SimTime,
    /// ∫ slots held dt.
    pub(in crate::simulation) occupied: i128,
    /// ∫ (slots held)² dt.
    pub(in crate::simulation) occupied_squared: i128,
    /// What holders of its slots owe, exact.
    pub(in crate::simulation) revenue: Accrual,
    /// ∫ price dt while no slot was free.
    pub(in crate::simulation) price_while_full: i128,
    /// Ticks during which no slot was free.
    pub(in crate::simulation) full: i64,
    price_since: SimTime,
    /// The price over time.
    pub(in crate::simulation) price: Spread,
    /// ∫ waiting requests dt.
    pub(in crate::simulation) waiting: i128,
    /// ∫ highest waiting bid dt.
    pub(in crate::simulation) highest_waiting_bid: i128,
    /// ∫ capacity dt, where there is a limit.
    pub(in crate::simulation) capacity: i128,
    capacity_since: SimTime,
    #[cfg(debug_assertions)]
    pub(in crate::simulation) whole_run: WholeRun,
}

impl PoolMeter {
    /// Adds the stretch since the last change at the levels that were in force, and takes up new ones.
    #[inline(always)]
    pub(in crate::simulation) fn update(&mut self, now: SimTime, level: &PoolLevel) {
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
    pub(in crate::simulation) fn refill(&mut self, now: SimTime, level: &PoolLevel) {
        self.advance(now);
        if level.price != self.level.price {
            self.advance_price(now);
            self.level.price = level.price;
        }
        self.level.occupied = level.occupied;
        debug_assert_eq!(self.level, *level, "something else has changed");
    }

    #[inline(always)]
    fn advance(&mut self, now: SimTime) {
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

    /// Brings everything up to now.
    pub(super) fn advance_all(&mut self, now: SimTime) {
        self.advance(now);
        self.advance_capacity(now);
        self.advance_price(now);
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
    pub(super) fn restart(&mut self, now: SimTime) {
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
pub(in crate::simulation) struct WholeRun {
    /// ∫ price × slots held dt, from the levels.
    pub(in crate::simulation) price_times_held: i128,
    /// Sum of the charges of all leases.
    pub(in crate::simulation) charged: i128,
    /// Was a lease paid for when it started?
    pub(in crate::simulation) has_prepaid: bool,
}

#[cfg(debug_assertions)]
impl WholeRun {
    pub(in crate::simulation) fn add(&mut self, charge: Accrual, is_prepaid: bool) {
        self.charged += charge.units();
        self.has_prepaid |= is_prepaid;
    }
}

//! The exact integral of a changing price.

use super::accrual::{Accrual, product};
use super::money::Price;
use super::time::SimTime;

/// ∫ price dt from the start of the simulation, kept up in O(1) per price change.
///
/// What a lease owes for a stretch of time is the difference of two readings, times its slots: nothing
/// has to be done for the leases that run while the price changes.
///
/// ```
/// use overspill::units::{Price, PriceIntegral, SimTime};
/// let mut price = PriceIntegral::new(Price::from_units(10));
/// let start = price.at(SimTime::from_ticks(100));
/// price.set(SimTime::from_ticks(150), Price::from_units(30));
/// let charge = price.at(SimTime::from_ticks(200)) - start;
/// assert_eq!(charge.units(), 50 * 10 + 50 * 30);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PriceIntegral {
    price: Price,
    since: SimTime,
    accrued: Accrual,
}

impl PriceIntegral {
    /// An integral that starts at time zero with `price`.
    #[must_use]
    pub fn new(price: Price) -> Self {
        Self { price, ..Self::default() }
    }

    /// The price in force.
    #[inline(always)]
    #[must_use]
    pub fn price(&self) -> Price {
        self.price
    }

    /// Changes the price from `now` on. `now` must not lie before the last change.
    pub fn set(&mut self, now: SimTime, price: Price) {
        debug_assert!(now >= self.since, "the price was changed in the past");
        self.accrued = self.at(now);
        self.since = now;
        self.price = price;
    }

    /// The integral from time zero to `now`. `now` must not lie before the last change.
    #[inline(always)]
    #[must_use]
    pub fn at(&self, now: SimTime) -> Accrual {
        self.accrued + Accrual::from_units(product(self.price.units(), (now - self.since).ticks()))
    }
}

//! Shares (fees) and speeds in millionths, so that `market` needs no floating point.

use super::money::Price;
use super::time::SimDuration;

/// Parts in a whole: a [`Share`] or [`Speed`] counts millionths.
pub const PARTS_PER_WHOLE: u32 = 1_000_000;

/// A fraction in millionths: a fee of 5 % is 50,000 parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A share of `parts` millionths.
    #[must_use]
    pub const fn from_parts(parts: u32) -> Self {
        Self(parts)
    }

    /// The share in millionths.
    #[must_use]
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// Is `price` with this fee on top at or below `limit`? Exact.
    #[must_use]
    pub fn price_within(self, price: Price, limit: Price) -> bool {
        let whole = i128::from(PARTS_PER_WHOLE);
        i128::from(price.units()) * (whole + i128::from(self.0)) <= i128::from(limit.units()) * whole
    }

    /// The highest price that with this fee on top stays at or below `limit`: `limit / (1 + fee)`, rounded down.
    #[must_use]
    pub fn price_before_fee(self, limit: Price) -> Price {
        let whole = i128::from(PARTS_PER_WHOLE);
        let before = i128::from(limit.units()) * whole / (whole + i128::from(self.0));
        Price::from_units(i64::try_from(before).unwrap_or(i64::MAX))
    }
}

/// How fast a slot works, in millionths of the reference speed. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(u32);

impl Speed {
    /// The reference speed: work of an hour takes an hour.
    pub const ONE: Self = Self(PARTS_PER_WHOLE);

    /// A speed of `parts` millionths; `None` for zero.
    #[must_use]
    pub const fn from_parts(parts: u32) -> Option<Self> {
        if parts == 0 { None } else { Some(Self(parts)) }
    }

    /// The speed in millionths.
    #[must_use]
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// Time that `work` takes at this speed, to the nearest tick, halves up.
    #[inline(always)]
    #[must_use]
    pub fn time_for(self, work: SimDuration) -> SimDuration {
        if self == Self::ONE || work == SimDuration::ENDLESS { work } else { scale(work, PARTS_PER_WHOLE, self.0) }
    }

    /// Work that is done in `time` at this speed, to the nearest tick, halves up.
    #[inline(always)]
    #[must_use]
    pub fn work_in(self, time: SimDuration) -> SimDuration {
        if self == Self::ONE { time } else { scale(time, self.0, PARTS_PER_WHOLE) }
    }
}

#[inline(never)]
fn scale(span: SimDuration, by: u32, over: u32) -> SimDuration {
    let (by, over) = (i128::from(by), i128::from(over));
    let ticks = (2 * i128::from(span.ticks()) * by + over) / (2 * over);
    SimDuration::from_ticks(i64::try_from(ticks).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_before_fee_is_the_highest_that_stays_within_the_limit() {
        let fee = Share::from_parts(70_000);
        for units in [1, 99, 100, 1_000_003] {
            let limit = Price::from_units(units);
            let bid = fee.price_before_fee(limit);
            assert!(fee.price_within(bid, limit));
            assert!(!fee.price_within(Price::from_units(bid.units() + 1), limit));
        }
    }

    #[test]
    fn a_tier_of_double_speed_halves_the_time() {
        let fast = Speed::from_parts(2_000_000).unwrap();
        assert_eq!(fast.time_for(SimDuration::from_ticks(7)).ticks(), 4);
        assert_eq!(fast.work_in(SimDuration::from_ticks(7)).ticks(), 14);
        assert_eq!(Speed::from_parts(0), None);
    }
}

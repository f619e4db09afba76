//! A charge that has grown and is not yet rounded.

use std::ops::{Add, AddAssign, Sub, SubAssign};

use super::money::Money;
use super::share::{PARTS_PER_WHOLE, Share};
use super::time::TICKS_PER_HOUR;

/// Accrual units in one unit of [`Money`]: a price is per hour, an accrual per tick.
pub const ACCRUALS_PER_MONEY: i128 = TICKS_PER_HOUR as i128;

/// Price × ticks × slots, exact. One unit is 1 / [`ACCRUALS_PER_MONEY`] of a unit of [`Money`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Accrual(i128);

impl Accrual {
    /// Nothing accrued.
    pub const ZERO: Self = Self(0);

    /// An accrual of `units`.
    #[must_use]
    pub const fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// The accrual in its own units.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// This accrual for each of `slots` slots.
    #[must_use]
    pub const fn times(self, slots: u32) -> Self {
        if slots == 1 { self } else { Self(self.0 * slots as i128) }
    }

    /// The exact amount of money it stands for, if it is rounded now: to the nearest unit, ties to the
    /// even one. Returns the money and what is left over (exact - rounded, at most half a unit either way).
    ///
    /// This is the only place where a charge is rounded.
    #[inline(always)]
    #[must_use]
    pub fn bill(self) -> (Money, Self) {
        let money = divide_to_even(self.0, ACCRUALS_PER_MONEY);
        (Money::from_units(money), Self(self.0 - money * ACCRUALS_PER_MONEY))
    }

    /// The share of this accrual (a per-cent fee), rounded as by [`Accrual::bill`], and what is left over
    /// in millionths of an accrual unit.
    #[must_use]
    pub fn bill_share(self, share: Share) -> (Money, i128) {
        bill_millionths(self.0 * i128::from(share.parts()))
    }

    /// Value in the currency, for reports.
    #[must_use]
    pub fn as_currency(self) -> f64 {
        super::money::nearest_number(self.0) / ACCRUALS_PER_MONEY as f64 / super::money::UNITS_PER_CURRENCY as f64
    }
}

/// An amount in millionths of an accrual unit, rounded as by [`Accrual::bill`], and what is left over.
#[must_use]
pub fn bill_millionths(exact: i128) -> (Money, i128) {
    let unit = ACCRUALS_PER_MONEY * i128::from(PARTS_PER_WHOLE);
    let money = divide_to_even(exact, unit);
    (Money::from_units(money), exact - money * unit)
}

/// The exact product of two numbers that are not negative: a level or price, and a length of time.
#[inline(always)]
#[must_use]
pub fn product(level: i64, ticks: i64) -> i128 {
    debug_assert!(level >= 0 && ticks >= 0, "levels and lengths of time are not negative");
    // One 64-bit multiplication; with signs it would be three.
    (u128::from(level.cast_unsigned()) * u128::from(ticks.cast_unsigned())).cast_signed()
}

/// `dividend / divisor` to the nearest integer, ties to the even one. `divisor` must be positive.
#[inline(always)]
fn divide_to_even(dividend: i128, divisor: i128) -> i128 {
    // A 64-bit division by a constant is a multiplication; a 128-bit one is a call. Nearly all charges fit.
    match (u64::try_from(dividend), u64::try_from(divisor)) {
        (Ok(small), Ok(unit)) if small <= u64::MAX / 2 => {
            let (quotient, remainder) = (small / unit, small % unit);
            i128::from(quotient + u64::from(2 * remainder + (quotient & 1) > unit))
        }
        _ => divide_large_to_even(dividend, divisor),
    }
}

#[cold]
fn divide_large_to_even(dividend: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    let twice = 2 * remainder;
    let up = twice > divisor || (twice == divisor && quotient % 2 != 0);
    quotient + i128::from(up)
}

impl Add for Accrual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Accrual {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Accrual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Accrual {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_rounded_to_the_nearest_unit_and_ties_go_to_the_even_one() {
        let half = ACCRUALS_PER_MONEY / 2;
        for (exact, billed) in [
            (0, 0),
            (half - 1, 0),
            (half, 0),
            (half + 1, 1),
            (ACCRUALS_PER_MONEY + half, 2),
            (2 * ACCRUALS_PER_MONEY + half, 2),
            (-half, 0),
            (-half - 1, -1),
        ] {
            let (money, left) = Accrual::from_units(exact).bill();
            assert_eq!(money.units(), billed, "{exact}");
            assert_eq!(money.units() * ACCRUALS_PER_MONEY + left.units(), exact, "{exact}: nothing is lost");
        }
    }

    #[test]
    fn small_and_large_charges_follow_one_rule() {
        let half = ACCRUALS_PER_MONEY / 2;
        let large = i128::from(i64::MAX) * 4 * ACCRUALS_PER_MONEY;
        assert_eq!(Accrual::from_units(large + half).bill().0.units(), i128::from(i64::MAX) * 4);
        assert_eq!(Accrual::from_units(large + half + 1).bill().0.units(), i128::from(i64::MAX) * 4 + 1);
    }

    #[test]
    fn a_fee_is_the_share_of_the_exact_charge() {
        let charge = Accrual::from_units(1_000 * ACCRUALS_PER_MONEY);
        let (fee, left) = charge.bill_share(Share::from_parts(50_000));
        assert_eq!((fee.units(), left), (50, 0));
    }
}

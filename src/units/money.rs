//! Money and price in integer units of one currency.
//!
//! Which currency is a property of the account or pool that holds the amount; amounts of different
//! currencies never meet in one sum.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Units in one of the currency (money), or in one of the currency per slot-hour (price).
pub const UNITS_PER_CURRENCY: i64 = 1_000_000_000;

/// An amount in 10⁻⁹ of a currency. 128 bits hold 10²⁰ of any currency, so that no total overflows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

/// A price in 10⁻⁹ of a currency per slot-hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `units` of 10⁻⁹.
    #[must_use]
    pub const fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// The amount in units of 10⁻⁹.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// The amount in whole units of the currency, for reports.
    #[must_use]
    pub fn as_currency(self) -> f64 {
        nearest_number(self.0) / UNITS_PER_CURRENCY as f64
    }
}

/// The number nearest to a whole one; processors find it by themselves where 64 bits will do, as they mostly do.
#[must_use]
pub fn nearest_number(whole: i128) -> f64 {
    /// Apart, or else both ways are made one, which is this one.
    #[cold]
    #[inline(never)]
    fn of_long(whole: i128) -> f64 {
        whole as f64
    }
    match i64::try_from(whole) {
        Ok(short) => short as f64,
        Err(_) => of_long(whole),
    }
}

impl Price {
    /// Free of charge.
    pub const ZERO: Self = Self(0);
    /// The highest price there is.
    pub const MAX: Self = Self(i64::MAX);

    /// A price of `units` of 10⁻⁹ per slot-hour.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The price nearest to `value` in the currency per slot-hour, halves up; saturates, NaN gives zero.
    /// For drawn values only: prices that somebody wrote are parsed from their text.
    #[must_use]
    pub fn nearest(value: f64) -> Self {
        Self((value * UNITS_PER_CURRENCY as f64 + 0.5) as i64)
    }

    /// The price in units of 10⁻⁹ per slot-hour.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// What so many slots cost together, per hour; the highest price there is where that is higher.
    #[must_use]
    pub const fn times(self, slots: u32) -> Self {
        Self(self.0.saturating_mul(slots as i64))
    }

    /// The price in the currency per slot-hour, for reports.
    #[must_use]
    pub fn as_currency(self) -> f64 {
        self.0 as f64 / UNITS_PER_CURRENCY as f64
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

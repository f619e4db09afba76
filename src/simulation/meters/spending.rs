//! What somebody owes, exact.

use crate::units::{Accrual, Money};

/// What somebody owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(in crate::simulation) struct Spending {
    /// For the use of slots, exact.
    pub(in crate::simulation) charge: Accrual,
    /// Per-cent fees, in millionths of an accrual unit, exact.
    pub(in crate::simulation) fee: i128,
    /// Flat fees and prepaid charges.
    pub(in crate::simulation) fixed: Money,
}

impl Spending {
    pub(in crate::simulation) fn add(&mut self, other: &Self) {
        self.charge += other.charge;
        self.fee += other.fee;
        self.fixed += other.fixed;
    }

    /// In the currency.
    pub(in crate::simulation) fn as_currency(&self) -> f64 {
        let fee = self.fee as f64 / f64::from(crate::units::PARTS_PER_WHOLE);
        self.charge.as_currency()
            + fee / crate::units::ACCRUALS_PER_MONEY as f64 / crate::units::UNITS_PER_CURRENCY as f64
            + self.fixed.as_currency()
    }
}

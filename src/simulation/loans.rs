//! Slots on loan to spot pools, over time: how many, and what they are sold for.

use super::directory::Directory;
use crate::collections::Grouped;
use crate::market::PoolId;
use crate::units::{Accrual, SimTime, product};

/// By pool: what it lends, or has on loan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loans {
    pub(super) pools: Vec<LoanMeter>,
    /// By pool: who lends to it.
    lenders: Grouped,
}

/// What a pool lends, or has on loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LoanMeter {
    lent: u32,
    since: SimTime,
    /// Slots × ticks that it lends.
    pub(super) on_loan: i128,
    sold: u32,
    sold_since: SimTime,
    /// ∫ price dt when it was told of last.
    mark: Accrual,
    /// Slots × ticks on loan to it that were held.
    pub(super) in_use: i128,
    /// The same at the price in force.
    pub(super) revenue: Accrual,
    /// Slots that it lent when the pool that has them was looked at last.
    counted: u32,
    /// What its slots on loan that were held come to.
    pub(super) resold: Accrual,
}

impl LoanMeter {
    fn advance_lent(&mut self, now: SimTime) {
        self.on_loan += product(i64::from(self.lent), (now - self.since).ticks());
        self.since = now;
    }

    fn advance_sold(&mut self, now: SimTime, integral: Accrual) {
        self.in_use += product(i64::from(self.sold), (now - self.sold_since).ticks());
        self.revenue += (integral - self.mark).times(self.sold);
        (self.sold_since, self.mark) = (now, integral);
    }
}

impl Loans {
    pub(super) fn new(directory: &Directory<'_>) -> Option<Self> {
        let pools = &directory.model.pools;
        let has_loans = pools.iter().any(|pool| pool.rules.resale.is_some());
        has_loans
            .then(|| Self { pools: vec![LoanMeter::default(); pools.len()], lenders: directory.lenders_to.clone() })
    }

    /// Gives each lender of `pool` its part of what the slots on loan have come to since this was done last: as large a part
    /// as it has of them.
    fn share_out(&mut self, pool: usize, integral: Accrual) {
        let meter = self.pools[pool];
        let come_to = (integral - meter.mark).times(meter.sold).units();
        let all: i128 = self.lenders.of(pool).map(|lender| i128::from(self.pools[lender].counted)).sum();
        for lender in self.lenders.of(pool) {
            let lender = &mut self.pools[lender];
            if all > 0 {
                lender.resold += Accrual::from_units(come_to * i128::from(lender.counted) / all);
            }
            lender.counted = lender.lent;
        }
    }

    pub(super) fn lent(&mut self, now: SimTime, from: PoolId, slots: u32) {
        let meter = &mut self.pools[from.index()];
        meter.advance_lent(now);
        meter.lent = slots;
    }

    pub(super) fn sold(&mut self, now: SimTime, pool: PoolId, slots: u32, integral: Accrual) {
        self.share_out(pool.index(), integral);
        let meter = &mut self.pools[pool.index()];
        meter.advance_sold(now, integral);
        meter.sold = slots;
    }

    /// Brings all pools up to now; `prices` are their ∫ price dt.
    pub(super) fn advance(&mut self, now: SimTime, prices: &[Accrual]) {
        for (pool, integral) in prices.iter().enumerate() {
            self.share_out(pool, *integral);
            self.pools[pool].advance_lent(now);
            self.pools[pool].advance_sold(now, *integral);
        }
    }

    /// The window begins.
    pub(super) fn restart(&mut self, now: SimTime, prices: &[Accrual]) {
        self.advance(now, prices);
        for meter in &mut self.pools {
            (meter.on_loan, meter.in_use) = (0, 0);
            (meter.revenue, meter.resold) = (Accrual::ZERO, Accrual::ZERO);
        }
    }
}

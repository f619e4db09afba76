//! Slots on loan to spot pools, over time: how many, and what they are sold for.

use super::model::Model;
use crate::market::PoolId;
use crate::units::{Accrual, SimTime, product};

/// By pool: what it lends, or has on loan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loans {
    pub(super) pools: Vec<LoanMeter>,
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

/// Does any pool lend to this one?
pub(super) fn borrows(model: &Model, pool: usize) -> bool {
    model.pools.iter().any(|lender| lender.rules.resale.is_some_and(|resale| resale.to.index() == pool))
}

impl Loans {
    pub(super) fn new(model: &Model) -> Option<Self> {
        let has_loans = model.pools.iter().any(|pool| pool.rules.resale.is_some());
        has_loans.then(|| Self { pools: vec![LoanMeter::default(); model.pools.len()] })
    }

    pub(super) fn lent(&mut self, now: SimTime, from: PoolId, slots: u32) {
        let meter = &mut self.pools[from.index()];
        meter.advance_lent(now);
        meter.lent = slots;
    }

    pub(super) fn sold(&mut self, now: SimTime, pool: PoolId, slots: u32, integral: Accrual) {
        let meter = &mut self.pools[pool.index()];
        meter.advance_sold(now, integral);
        meter.sold = slots;
    }

    /// Brings all pools up to now; `prices` are their ∫ price dt.
    pub(super) fn advance(&mut self, now: SimTime, prices: &[Accrual]) {
        for (meter, integral) in self.pools.iter_mut().zip(prices) {
            meter.advance_lent(now);
            meter.advance_sold(now, *integral);
        }
    }

    /// The window begins.
    pub(super) fn restart(&mut self, now: SimTime, prices: &[Accrual]) {
        self.advance(now, prices);
        for meter in &mut self.pools {
            (meter.on_loan, meter.in_use, meter.revenue) = (0, 0, Accrual::ZERO);
        }
    }
}

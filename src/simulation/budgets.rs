//! What came of the burst budget of a pool, period by period.

use crate::market::BudgetPeriod;
use crate::units::Money;

/// The budget periods of one pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BudgetMeter {
    /// Whole periods.
    pub(super) periods: u64,
    /// Those in which the budget said no.
    pub(super) exhausted: u64,
    /// Ticks from the start of each of those to when it first did.
    pub(super) exhausted_after: i128,
    pub(super) bursts: u64,
    pub(super) lost: u64,
    pub(super) spent: Money,
    /// What was left at the end.
    pub(super) left: Money,
    /// The most that was spent in one of them.
    pub(super) most_spent: Money,
}

impl BudgetMeter {
    pub(super) fn add(&mut self, other: &Self) {
        self.periods += other.periods;
        self.exhausted += other.exhausted;
        self.exhausted_after += other.exhausted_after;
        self.bursts += other.bursts;
        self.lost += other.lost;
        self.spent += other.spent;
        self.left += other.left;
        self.most_spent = self.most_spent.max(other.most_spent);
    }

    pub(super) fn count(&mut self, period: &BudgetPeriod) {
        self.periods += 1;
        self.bursts += period.bursts;
        self.lost += period.lost;
        self.spent += period.spent;
        self.left += period.amount.map_or(Money::ZERO, |amount| amount - period.spent);
        self.most_spent = self.most_spent.max(period.spent);
        if let Some(at) = period.exhausted {
            self.exhausted += 1;
            self.exhausted_after += i128::from((at - period.from).ticks());
        }
    }
}

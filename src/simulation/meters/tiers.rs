//! The bursts of one pool into one tier.

use super::members::{CAUSES, Refusals};
use super::spending::Spending;
use crate::simulation::budgets::BudgetMeter;

/// Bursts of one pool into one tier. What nearly every burst adds to comes first, in one line of the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(in crate::simulation) struct TierMeter {
    pub(in crate::simulation) bursts: u64,
    /// Times that a request asked it for slots.
    pub(in crate::simulation) asked: u64,
    /// Slots × ticks held.
    pub(in crate::simulation) held: i128,
    /// Slots × ticks, at the speed of the tier, of requests that asked it for the first time.
    pub(in crate::simulation) offered: i128,
    pub(in crate::simulation) spending: Spending,
    pub(in crate::simulation) interruptions: u64,
    pub(in crate::simulation) moved_home: u64,
    /// Of the times that it was asked: those when it refused.
    pub(in crate::simulation) refused: Refusals,
    /// Of the amount that it has of its own.
    pub(in crate::simulation) budget: BudgetMeter,
    /// What members pay the owner for them, in millionths of an accrual unit, exact.
    pub(in crate::simulation) recharged: i128,
    /// Interruptions by [`Cause`].
    pub(in crate::simulation) causes: [u64; CAUSES],
    /// Work at speed 1 that these made vain: slots × ticks.
    pub(in crate::simulation) work_lost: i128,
}

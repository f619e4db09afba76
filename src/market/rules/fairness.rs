//! Fairness: who may hold how much, and who goes first among equal bids. A concern of its own, whatever the method.

use std::sync::Arc;

use crate::collections::Span;
use crate::units::{Money, SimDuration};

/// Fairness rules of a pool.
#[derive(Clone, Debug)]
pub struct FairnessRules {
    /// The most slots that a member may hold in the pool; whoever would pass it waits, or is refused.
    pub member_cap: Option<u32>,
    /// The most slots that a department may hold in the pool.
    pub department_cap: Option<u32>,
    /// Who goes first among bids of the same price level (under a posted price all are).
    pub order: FairOrder,
    /// What members may spend.
    pub credits: Option<CreditRules>,
    /// Department of each party.
    pub departments: Arc<[u32]>,
    /// Weight of each party (or, at its number, of each department), above zero; 1 wherever none is stated.
    pub weights: Arc<Span<u32>>,
}

/// Who goes first among waiting bids of the same price level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FairOrder {
    /// The earlier arrival.
    Arrival,
    /// Whoever holds the fewest slots per weight: max-min sharing.
    MaxMin(Per),
    /// Whoever has used the fewest slot-hours per weight, where use counts half after each half-life.
    UsageDecay {
        /// Whose use counts.
        per: Per,
        /// Time after which use counts half.
        half_life: SimDuration,
    },
}

/// Among whom slots are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Per {
    /// Members.
    Member,
    /// Departments.
    Department,
}

/// A spending account for each member of the pool.
///
/// A request starts only if the account bears the most that its lease can cost beside those of the member's other open
/// leases; what a lease did not cost in the end is free again. That is a bound where the minimum stays, and where slots
/// are not divided: there bid × slots × work is set aside, and a lease that has to wait for its share costs more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditRules {
    /// What a member has at the start.
    pub grant: Money,
    /// What is added at each refill.
    pub refill: Money,
    /// Time between two refills; `None` for no refill.
    pub every: Option<SimDuration>,
    /// A refill does not raise an account above this.
    pub limit: Option<Money>,
}

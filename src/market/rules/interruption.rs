//! When a running request loses its slots, who goes first, and what it does then.

use std::sync::Arc;

use crate::market::formula::Formula;
use crate::units::SimDuration;

/// How a pool takes slots back.
#[derive(Clone, Debug)]
pub struct InterruptionRules {
    /// Time between the notice and the end of the lease. The slots are free only then, so that whoever displaces
    /// somebody waits as long.
    pub notice: SimDuration,
    /// Nobody is interrupted before it has run so long, whatever the bids and the minimum are.
    pub guaranteed: SimDuration,
    /// Who goes first when the pool loses slots. In a spot market bids displace the lowest bid, whatever stands here.
    pub order: EvictionOrder,
    /// Is the unit of time free in which somebody is interrupted? Where time is billed by units.
    pub last_unit_is_free: bool,
}

impl InterruptionRules {
    /// At once, without notice or guarantee; by the method.
    pub const IMMEDIATE: Self = Self {
        notice: SimDuration::ZERO,
        guaranteed: SimDuration::ZERO,
        order: EvictionOrder::ByMethod,
        last_unit_is_free: false,
    };
}

/// Who is interrupted first when a pool loses slots.
#[derive(Clone, Debug)]
pub enum EvictionOrder {
    /// The lowest bid, among equals the latest arrival; where bids are not ranked, the latest arrival.
    ByMethod,
    /// The lowest bid, among equals the latest arrival.
    LowestBid,
    /// Whose lease started last.
    Youngest,
    /// Whoever would lose the least work: time run since it started (or since its last checkpoint) times slots.
    LeastLostWork,
    /// The lowest value of the owner's formula.
    Formula(Arc<dyn Formula>),
}

/// Work is saved at regular intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Work between two checkpoints, counted from the start of a lease.
    pub every: SimDuration,
    /// Work that going on from one costs.
    pub cost: SimDuration,
}

/// What an interrupted request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// Its work is lost and it goes away.
    Lost,
    /// It waits and goes on with what is left.
    Resume,
    /// It waits and goes on from its last checkpoint.
    Checkpoint(Checkpoint),
    /// It waits and begins again with the same work.
    Restart,
    /// It waits and begins again with work drawn afresh.
    Redraw,
    /// It bursts with what is left; where no tier takes it, it waits if there is a waiting room, else it is lost.
    Burst,
}

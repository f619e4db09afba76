//! How long a pool lives, what it costs its owner, and who may add slots to it by the clock.

use std::sync::Arc;

use crate::market::formula::Formula;
use crate::market::ids::{PartyId, PoolId};
use crate::units::{Money, Price, SimDuration, SimTime};

/// Where a pool stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Thought of, and not created: it has no slots, and nobody can ask for any.
    Planned,
    /// Created: its slots are there, and nobody is given any.
    Offline,
    /// Open to its members.
    #[default]
    Online,
    /// Deleted, or its term has ended.
    Closed,
}

/// The life of a pool that is not simply there all the time.
#[derive(Clone, Debug)]
pub struct LifeRules {
    /// Where it stands when the marketplace opens.
    pub begins: Stage,
    /// How long it exists at most, from its creation on.
    pub term: Option<SimDuration>,
    /// When it ends in any case.
    pub expires_at: Option<SimTime>,
    /// What its owner pays for it.
    pub fees: Option<PoolFees>,
    /// When it is created and deleted without anybody saying so.
    pub by_rule: Option<LifeFormulas>,
}

impl Default for LifeRules {
    /// Online from the start, without end and free of charge.
    fn default() -> Self {
        Self { begins: Stage::Online, term: None, expires_at: None, fees: None, by_rule: None }
    }
}

/// What the owner of a pool pays for having it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFees {
    /// At its creation.
    pub once: Money,
    /// Per hour, for the pool as a whole, while it exists.
    pub hourly: Price,
    /// Who is paid.
    pub payee: PartyId,
}

/// Conditions on the state of another pool, by which a pool is created (and brought online) and deleted again. It can be
/// created anew after that.
#[derive(Clone, Debug)]
pub struct LifeFormulas {
    /// The pool whose variables the conditions read.
    pub watch: PoolId,
    /// Created where this is not 0.
    pub create: Option<Arc<dyn Formula>>,
    /// Deleted where this is not 0.
    pub delete: Option<Arc<dyn Formula>>,
    /// How often they are looked at, from time 0 on.
    pub every: SimDuration,
}

/// A rule by which a pool takes slots from other pools, or returns them.
#[derive(Clone, Debug)]
pub struct ScalingRule {
    /// Holds where this is not 0; it reads the variables of the pool.
    pub condition: Arc<dyn Formula>,
    /// What is done then.
    pub step: ScalingStep,
    /// How often the condition is looked at, from the creation of the pool on.
    pub every: SimDuration,
    /// For so long after slots came or went by any rule of the pool, this rule rests.
    pub cool_down: SimDuration,
}

impl ScalingRule {
    /// The pools that it takes slots from.
    #[must_use]
    pub fn suppliers(&self) -> &[PoolId] {
        match &self.step {
            ScalingStep::Take { from, .. } => from,
            ScalingStep::Return { .. } => &[],
        }
    }
}

/// What a scaling rule does.
#[derive(Clone, Debug)]
pub enum ScalingStep {
    /// Takes slots, each from the first pool that gives one at once.
    Take {
        /// How many.
        slots: u32,
        /// Where from, in this order.
        from: Vec<PoolId>,
        /// What the owner bids for each, in the one currency of these pools (posted price: its limit).
        bid: Price,
        /// The pool has no more slots than these by this rule.
        at_most: u32,
    },
    /// Returns slots that rules have taken, the latest first.
    Return {
        /// How many.
        slots: u32,
        /// The pool has no fewer slots than these by this rule.
        at_least: u32,
        /// Are slots returned although somebody holds them? Else idle ones only.
        busy: bool,
    },
}

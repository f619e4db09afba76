//! The terms on which pools of several customers become one.

use super::{Clearing, PoolRules, Pricing, Slots};
use crate::market::ids::PoolId;
use crate::units::SimDuration;

/// What a pool that joins others states beside the rules of any pool.
///
/// The pool's owner is the partners' joint party: it owns nothing else, and what it has earned and spent is shared out
/// among the partners' owners.
#[derive(Clone, Debug)]
pub struct JointRules {
    /// The pools that become one, at least two: the *partners*, in the order in which ties are broken.
    pub merges: Vec<PoolId>,
    /// In which proportions what the joint pool earned and spent is shared.
    pub sharing: Sharing,
    /// It is shared this often, counted from the merge; `None` when the pool is split or the books are closed only.
    pub every: Option<SimDuration>,
    /// Does a partner's member always get a slot while the partner's members hold fewer than it contributed?
    pub own_first: bool,
    /// Who pays for the partners' supply lines while they are merged.
    pub supply_cost: SupplyCost,
}

/// In which proportions the position of a joint pool is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// By the slot-time that each partner put in.
    Contribution,
    /// By the slot-time that each partner's members used.
    Usage,
    /// By the Shapley values of the game in which a group of partners is worth the slot-time of its own that its own
    /// members use: the integral of min(slots put in, slots used). At most [`MOST_SHAPLEY`] partners.
    Shapley,
    /// In fixed proportions, one number per partner, not all of them 0.
    Fixed(Vec<u32>),
}

/// The most partners among whom Shapley values are computed: there are 2^n groups of n partners.
pub const MOST_SHAPLEY: usize = 8;

/// Who pays for the supply lines of merged pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupplyCost {
    /// The joint party, so that it is shared.
    Joint,
    /// The owner of each line.
    Own,
}

/// Why pools cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It comes, goes or grows by a rule.
    Life,
    /// It has bought slots for a term.
    Purchase,
    /// Its slots have places.
    Placed,
    /// One of them does not answer requests at once by a posted or a continuously cleared price.
    Method,
    /// One of them bills by started units of time.
    BillingUnit,
    /// One of them gives notices or guaranteed runs.
    Notice,
    /// They have different currencies.
    Currency,
    /// Their slots work at different speeds.
    Speed,
    /// One of them has slots without limit.
    Unlimited,
    /// One of them does not say what an interrupted request does.
    Interrupted,
    /// Members of one of them have credits.
    Credits,
    /// It lends its slots.
    Lends,
}

impl Unfit {
    /// What keeps `partner` from becoming a part of `joint`, if anything does. A pool is held against the joint pool's own
    /// rules by `unfit(joint, joint)`.
    #[must_use]
    pub fn of(joint: &PoolRules, partner: &PoolRules) -> Option<Self> {
        let answers_at_once = match &partner.pricing {
            Pricing::Posted(_) => true,
            Pricing::Spot(spot) => spot.clearing == Clearing::Continuous && spot.smoothing.is_none(),
            Pricing::Given(_) | Pricing::Proportional | Pricing::Formula(_) | Pricing::Auction(_) => false,
        };
        let interruption = &partner.interruption;
        let has_notice = interruption.notice > SimDuration::ZERO || interruption.guaranteed > SimDuration::ZERO;
        [
            (!answers_at_once, Self::Method),
            (partner.billing_unit.is_some(), Self::BillingUnit),
            (has_notice, Self::Notice),
            (partner.life.is_some() || !partner.scaling.is_empty(), Self::Life),
            (partner.supply.iter().any(|line| line.purchase.is_some()), Self::Purchase),
            (partner.placement.is_some(), Self::Placed),
            (partner.currency != joint.currency, Self::Currency),
            (partner.speed != joint.speed, Self::Speed),
            (partner.slots == Slots::Unlimited, Self::Unlimited),
            (partner.interrupted.is_none(), Self::Interrupted),
            (partner.fairness.as_ref().is_some_and(|fairness| fairness.credits.is_some()), Self::Credits),
            (partner.resale.is_some(), Self::Lends),
        ]
        .into_iter()
        .find_map(|(is_so, unfit)| is_so.then_some(unfit))
    }
}

//! What an owner may decide about bursts beside the ladder and its price: when those who wait try it, what each tier may
//! take, when slots are given back, who pays.

use super::burst::MaxPrice;
use crate::units::{Money, Share, SimDuration};

/// The finer terms of a burst policy. By default there are none: a burst is tried when a request is refused, stays in its
/// tier to the end, and the owner pays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BurstTerms {
    /// What each tier has of its own, in the order of the tiers; empty where none has anything.
    pub tiers: Vec<TierTerms>,
    /// When a waiting request tries the tiers.
    pub triggers: Triggers,
    /// What a burst does first that loses its slots in a tier.
    pub when_revoked: WhenRevoked,
    /// When a burst gives its slots back.
    pub give_back: GiveBack,
    /// Who pays for a burst in the end.
    pub pays: Pays,
    /// Does a burst into a posted price end when that rises above its highest price? By default it is compared once, when
    /// the lease starts.
    pub judged_throughout: bool,
    /// Does a burst end when the minimum of its own pool rises above its bid?
    pub end_below_minimum: bool,
}

/// What a tier has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierTerms {
    /// Highest unit price, fee included, instead of the policy's.
    pub max_price: Option<MaxPrice>,
    /// The most slots that the pool's bursts hold there at once.
    pub max_slots: Option<u32>,
    /// What bursts into it may cost in a period, beside the budget of all tiers, and counted like that.
    pub budget: Option<Money>,
}

/// When a waiting request tries the tiers; on none of these, it goes on waiting for its own pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triggers {
    /// When it has waited so long in all, once.
    pub waited: Option<SimDuration>,
    /// At once, where more than this share of the pool's slots is held: when it comes to wait, or when that many are held
    /// while it waits.
    pub utilisation: Option<Share>,
    /// When a budget period begins.
    pub budget_reset: bool,
    /// When slots of a tier may have become free: one after the other, until no tier takes one.
    pub tier_freed: bool,
}

impl Triggers {
    /// Does a waiting request ever try the tiers?
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// What a burst does first that loses its slots in a tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenRevoked {
    /// What its pool says about interrupted requests.
    #[default]
    AsInterrupted,
    /// It goes on with what is left in the next tier that takes it; if none does, as its pool says.
    NextTier,
}

/// When a burst gives its slots back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GiveBack {
    /// When its work is done.
    #[default]
    AtTheEnd,
    /// When its own pool has slots that nobody waits for: it moves there with what is left.
    WhenFree,
}

/// Who pays for a burst in the end. The owner of the pool always pays the tier; what a member pays, it pays to the owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pays {
    /// The owner alone.
    #[default]
    Owner,
    /// The member pays what its pool would have charged for the slots over the same time.
    MemberPoolPrice,
    /// The member pays this share of all that the owner pays.
    Member(Share),
}

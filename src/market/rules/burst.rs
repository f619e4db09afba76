//! Where requests go that the pool has no room for, and what that may cost.

use super::burst_terms::BurstTerms;
use crate::market::ids::PoolId;
use crate::units::{Money, Price, Share, SimDuration};

/// What a pool does with a request that it has no room for.
///
/// A tier is paid in its own currency, whatever the pool's: so are the amounts here, those of the policy in the currency of
/// its leading tier ([`BurstRules::leading_tier`]), those of a tier in that tier's. [`BurstRules::mixed`] must find nothing.
#[derive(Clone, Debug)]
pub struct BurstRules {
    /// Pools to try, in this order.
    pub tiers: Vec<PoolId>,
    /// Highest unit price, fee included.
    pub max_price: MaxPrice,
    /// Per-cent fee on the charges of tiers that somebody else owns.
    pub fee: Share,
    /// Fee per burst lease into tiers that somebody else owns; counts against the budget, not the maximum price.
    pub flat_fee: Money,
    /// What may be spent.
    pub budget: Option<BudgetRules>,
    /// Finer terms.
    pub terms: BurstTerms,
}

/// The highest unit price that a burst may have, its fee included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxPrice {
    /// The same for every request.
    Constant(Price),
    /// What the request bids in its own pool.
    Bid,
    /// What each request brings along ([`crate::market::Submission::max_price`]); without one, any price.
    Drawn,
}

impl MaxPrice {
    /// The highest unit price of a burst for a request that bids `bid` in its own pool and brings `drawn` along.
    #[inline(always)]
    pub(in crate::market) fn of_request(self, bid: Price, drawn: Option<Price>) -> Price {
        match self {
            Self::Constant(price) => price,
            Self::Bid => bid,
            Self::Drawn => drawn.unwrap_or(Price::MAX),
        }
    }
}

/// How much bursts may cost.
#[derive(Clone, Debug)]
pub struct BudgetRules {
    /// The budget of a period, fees included; [`BudgetRules::UNLIMITED`] where only tiers have one.
    pub amount: Money,
    /// Length of a period; `None` for one that never ends.
    pub period: Option<SimDuration>,
    /// When charges fall due.
    pub charging: Charging,
}

impl BudgetRules {
    /// More than can ever be spent, and few enough units to be reckoned with in fractions of them.
    pub const UNLIMITED: Money = Money::from_units(10_i128.pow(22));
}

/// When a burst's charge falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charging {
    /// At the start, for the declared duration; no refund.
    Prepaid,
    /// While it runs; all burst leases end together just before the budget would be passed.
    Metered,
}

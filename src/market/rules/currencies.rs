//! Where tiers are paid in other currencies than their pool: which amounts of a burst policy would then be in none.

use super::burst::{BurstRules, MaxPrice};
use super::burst_terms::{Pays, TierTerms};
use crate::market::ids::PoolId;
use crate::units::{Money, Share};

/// What of a burst policy would mix currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mixed {
    /// One highest price is for tiers of several currencies.
    MaxPrice,
    /// The bid is the highest price, and is in the pool's currency, not in the tier's.
    Bid,
    /// One flat fee is for tiers of several currencies.
    FlatFee,
    /// One budget is for tiers of several currencies.
    Budget,
    /// Members pay a share of what a tier costs, and pay in the pool's currency, not in the tier's.
    Share,
}

/// The tier in whose currency a policy's own amounts are: the first that states no highest price of its own, or the first of
/// all. `None` without tiers.
#[must_use]
pub fn leading_tier(tiers: &[PoolId], terms: &[TierTerms]) -> Option<PoolId> {
    let leading = (0..tiers.len()).find(|tier| own_limit(terms, *tier).is_none());
    tiers.get(leading.unwrap_or(0)).copied()
}

fn own_limit(terms: &[TierTerms], tier: usize) -> Option<MaxPrice> {
    terms.get(tier).and_then(|terms| terms.max_price)
}

impl BurstRules {
    /// [`leading_tier`] of this policy.
    #[must_use]
    pub fn leading_tier(&self) -> Option<PoolId> {
        leading_tier(&self.tiers, &self.terms.tiers)
    }

    fn own_limit(&self, tier: usize) -> Option<MaxPrice> {
        own_limit(&self.terms.tiers, tier)
    }

    /// What would mix currencies in a pool of currency `home`, each with the number of the first tier at which it would;
    /// `of` is the currency of a pool. Amounts that belong to one tier alone are in its currency, and mix nothing.
    #[must_use]
    pub fn mixed<C: Copy + PartialEq>(&self, home: C, of: impl Fn(PoolId) -> C) -> Vec<(Mixed, usize)> {
        let Some(leading) = self.leading_tier().map(&of) else { return Vec::new() };
        let limit = |tier| self.own_limit(tier).unwrap_or(self.max_price);
        // A drawn price is one amount, whoever states that it is drawn.
        let shares_limit =
            |tier| limit(tier) == MaxPrice::Drawn || (limit(tier) != MaxPrice::Bid && self.own_limit(tier).is_none());
        let is_shared = matches!(self.terms.pays, Pays::Member(share) if share > Share::ZERO);
        let differs = |from: C, concerns: &dyn Fn(usize) -> bool| {
            (0..self.tiers.len()).find(|tier| concerns(*tier) && of(self.tiers[*tier]) != from)
        };
        [
            (Mixed::MaxPrice, differs(leading, &shares_limit)),
            (Mixed::Bid, differs(home, &|tier| limit(tier) == MaxPrice::Bid)),
            (Mixed::FlatFee, differs(leading, &|_| self.flat_fee != Money::ZERO)),
            (Mixed::Budget, differs(leading, &|_| self.budget.is_some())),
            (Mixed::Share, differs(home, &|_| is_shared)),
        ]
        .into_iter()
        .filter_map(|(mixed, tier)| tier.map(|tier| (mixed, tier)))
        .collect()
    }
}

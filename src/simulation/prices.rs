//! Markets whose price others make: one pending change each.

use super::model::Model;
use crate::demand::PricePath;
use crate::market::{PoolId, PoolRules, Pricing};
use crate::units::{Price, SimTime};

/// The paths of given prices in one replication, by pool.
pub(super) struct GivenPrices(Vec<Option<Pending>>);

struct Pending {
    path: PricePath,
    /// The price that is in force from the next change on.
    price: Price,
}

impl GivenPrices {
    pub(super) fn new(model: &Model, seed: u64, replication: u64) -> Self {
        let pending = model.pools.iter().map(|pool| {
            let series = pool.given.as_ref()?;
            let path = series.path(seed, replication, &pool.name);
            Some(Pending { price: path.start(), path })
        });
        Self(pending.collect())
    }

    /// The rules of `pool`, with the price that this replication begins with.
    pub(super) fn begin(&self, pool: usize, rules: &PoolRules) -> PoolRules {
        let mut rules = rules.clone();
        if let (Some(pending), Pricing::Given(given)) = (&self.0[pool], &mut rules.pricing) {
            given.start = pending.price;
        }
        rules
    }

    /// When the price of `pool` changes next.
    pub(super) fn next_change(&mut self, pool: PoolId) -> Option<SimTime> {
        let pending = self.0[pool.index()].as_mut()?;
        let (at, price) = pending.path.next()?;
        pending.price = price;
        Some(at)
    }

    /// The price that the change which is due now brings.
    pub(super) fn price(&self, pool: PoolId) -> Price {
        self.0[pool.index()].as_ref().map_or(Price::ZERO, |pending| pending.price)
    }
}

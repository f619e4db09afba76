//! What becomes of the slots of a pool that supplies others: sold, used, idle.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::PoolId;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Nothing for a pool that supplies no other: what is sold of it is used.
    pub(super) fn idle(&mut self, scope: Scope<'a>, pool: usize) {
        let supplies_others = |pool: usize| {
            let mut lines = self.model.pools.iter().flat_map(|other| &other.rules.supply);
            lines.any(|line| line.from.index() == pool)
        };
        if !supplies_others(pool) {
            return;
        }
        let (sold, used) = (self.meters.pools[pool].occupied as f64, self.used(pool, self.model.pools.len()));
        let slots = self.meters.pools[pool].capacity as f64;
        self.put(scope, "utilisation_used", Unit::One, used, slots);
        self.put(scope, "sold_idle_share", Unit::One, sold - used, slots);
        self.put(scope, "unsold_share", Unit::One, slots - sold, slots);
    }

    /// Slots × ticks of `pool` that members' requests held: here, and in the pools that it supplies, each of which shares
    /// its idle time among its own slots and all who supply it alike. No chain of supply is longer than there are pools.
    fn used(&self, pool: usize, depth: usize) -> f64 {
        let mut used = self.meters.pools[pool].occupied as f64;
        for ((from, to), held) in self.meters.supplied.range((PoolId(pool as u32), PoolId(0))..) {
            if from.index() != pool {
                break;
            }
            let capacity = self.meters.pools[to.index()].capacity as f64;
            let used_below =
                if depth == 0 || capacity == 0.0 { 0.0 } else { self.used(to.index(), depth - 1) / capacity };
            used -= *held as f64 * (1.0 - used_below);
        }
        used
    }
}

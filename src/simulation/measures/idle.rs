//! What becomes of the slots of a pool that supplies others: sold, used, idle.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::PoolId;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Nothing for a pool that supplies no other: what is sold of it is used.
    pub(super) fn idle(&mut self, scope: Scope<'a>, pool: usize) {
        if !self.directory.supplies_others[pool] {
            return;
        }
        let (sold, used) = (self.meters.pools[pool].occupied as f64, self.used(pool, self.model.pools.len()));
        let slots = self.meters.pools[pool].capacity as f64;
        self.put(scope, "utilisation_used", Unit::One, used, slots);
        self.put(scope, "sold_idle_share", Unit::One, sold - used, slots);
        self.put(scope, "unsold_share", Unit::One, slots - sold, slots);
    }

    /// Slots × ticks of `pool` that members' requests held: here, in the pools that it supplies, and in the joint pool that it
    /// put slots into. Each of these shares its idle time among its own slots and all who gave it some alike. No chain of
    /// supply is longer than there are pools.
    fn used(&self, pool: usize, depth: usize) -> f64 {
        let mut used = self.meters.pools[pool].occupied as f64;
        for ((from, to), held) in self.meters.supplied.range((PoolId(pool as u32), PoolId(0))..) {
            if from.index() != pool {
                break;
            }
            let used_above = if depth == 0 { 0.0 } else { self.used_part(to.index(), depth - 1) };
            used -= *held as f64 * (1.0 - used_above);
        }
        if let Some(joint) = self.directory.joint_pools_of.of(pool).next().filter(|_| depth > 0) {
            used += self.put_in(pool) * self.used_part(joint, depth - 1);
        }
        used
    }

    /// The part of the slot-time of a pool, in joint pools as well, that members' requests held.
    fn used_part(&self, pool: usize, depth: usize) -> f64 {
        let slots = self.meters.pools[pool].capacity as f64 + self.put_in(pool);
        if slots == 0.0 { 0.0 } else { self.used(pool, depth) / slots }
    }

    /// Slots × ticks that a pool put into a joint pool.
    fn put_in(&self, pool: usize) -> f64 {
        if self.directory.joins_pools { self.meters.partners.of(pool).contributed_time as f64 } else { 0.0 }
    }
}

//! What becomes of the slots of a pool that supplies others: sold, used, idle.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{Change, PoolId};
use crate::simulation::model::Model;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Nothing for a pool that supplies no other: what is sold of it is used.
    pub(super) fn idle(&mut self, scope: Scope<'a>, pool: usize) {
        if !self.model.supplies_others(PoolId(pool as u32)) {
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
        let joint = self.model.pools.iter().position(|other| {
            other.rules.joint.as_ref().is_some_and(|joint| joint.merges.contains(&PoolId(pool as u32)))
        });
        if let Some(joint) = joint.filter(|_| depth > 0) {
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
        if self.model.joins_pools() { self.meters.partners.of(pool).contributed_time as f64 } else { 0.0 }
    }
}

impl Model {
    /// Has any pool slots of this one, or may it take some by its rules or an operation?
    fn supplies_others(&self, pool: PoolId) -> bool {
        let mut rules = self.pools.iter().map(|other| &other.rules);
        let is_added = |change: &Change| matches!(change, Change::AddSlots(line) if line.from == pool);
        rules.any(|rules| rules.suppliers().any(|from| from == pool))
            || self.owner_steps.iter().any(|step| is_added(&step.operation.change))
    }
}

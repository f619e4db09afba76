//! Hardware fails and is repaired.
//!
//! A slot is in service while nothing under it is down. Who holds slots on failed hardware is interrupted itself, without
//! notice, and as a whole: all of them first, from the pools at the bottom up, and only then does anybody do anything
//! about it. The supply lease of a failed slot ends in the supplied pool by that very slot, and its line waits for another.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::effects::Effects;
use super::hardware::{Component, SlotId};
use super::ids::{Place, PoolId};
use super::interruption::Evicted;
use super::marketplace::Marketplace;
use super::placing::Placing;
use super::records::Cause;
use super::request::Origin;
use crate::units::SimTime;

/// Who is hit when hardware fails.
#[derive(Default)]
struct Hit {
    /// Holders by how far down from the hardware their pool is, each once, in the order of their first failed slot.
    holders: Vec<Vec<Place>>,
    /// All of them.
    known: BTreeSet<Place>,
    /// The pools that have lost slots.
    pools: BTreeSet<PoolId>,
}

impl Marketplace {
    /// `component` is down: the slots on it are out of service until it is repaired.
    pub(super) fn fail(&mut self, now: SimTime, component: Component, fx: &mut impl Effects) {
        let Some(placing) = &mut self.placing else { return };
        let hardware = Arc::clone(&placing.hardware);
        let failed = placing.service.fail(&hardware, component);
        let mut hit = Hit::default();
        failed.iter().for_each(|slot| self.take_out(*slot, &mut hit));
        let holders = hit.holders.iter().rev().flatten();
        let evicted: Vec<Evicted> = holders.map(|place| self.evict(now, *place, Cause::Fault, fx)).collect();
        let mut others = Vec::new();
        hit.pools.iter().for_each(|id| self.give_way_to_fault(now, *id, &mut others, fx));
        self.tell_service(&failed, &hit.pools, fx);
        evicted.iter().for_each(|one| self.after_fault(now, one, fx));
        others.iter().for_each(|one| self.after_eviction(now, one, fx));
        for id in hit.pools {
            // What was left of a lease is free, and a supply line may have another slot.
            self.mark_dirty(id);
            self.refresh(now, id, fx);
        }
    }

    /// Where slots are on loan, or some have no place, those that failed may have been counted on elsewhere. Whoever goes
    /// for that stands on none of them.
    fn give_way_to_fault(&mut self, now: SimTime, id: PoolId, evicted: &mut Vec<Evicted>, fx: &mut impl Effects) {
        self.lose_loans(now, id, Cause::Fault, fx);
        while let Some(victim) = self.next_victim(now, id) {
            evicted.push(self.evict(now, victim, Cause::Fault, fx));
        }
    }

    /// `component` works again, unless there are more reasons for which it is down.
    pub(super) fn repair(&mut self, now: SimTime, component: Component, fx: &mut impl Effects) {
        let Some(placing) = &mut self.placing else { return };
        let hardware = Arc::clone(&placing.hardware);
        let repaired = placing.service.repair(&hardware, component);
        let mut pools = BTreeSet::new();
        for &slot in &repaired {
            let Some(id) = placing.owner[slot.0 as usize] else { continue };
            if let Some(placed) = &mut placing.pools[id.index()] {
                placed.add_free(&hardware, slot);
                placed.own_in_service += 1;
            }
            let pool = &mut self.pools[id.index()];
            if pool.exists() {
                pool.capacity = pool.capacity.map(|capacity| capacity + 1);
            }
            pools.insert(id);
        }
        self.tell_service(&repaired, &pools, fx);
        for id in pools {
            self.mark_dirty(id);
            self.refresh(now, id, fx);
        }
    }

    /// A slot goes out of service in every pool that has it, from its owner down.
    fn take_out(&mut self, slot: SlotId, hit: &mut Hit) {
        let Some(placing) = &mut self.placing else { return };
        let Placing { hardware, owner, pools, .. } = &mut **placing;
        let mut next = owner[slot.0 as usize];
        let is_own = next;
        let mut depth = 0;
        while let Some(id) = next.take() {
            let Some(placed) = &mut pools[id.index()] else { return };
            hit.pools.insert(id);
            placed.own_in_service -= u32::from(is_own == Some(id));
            let pool = &mut self.pools[id.index()];
            pool.capacity = pool.capacity.map(|capacity| capacity.saturating_sub(1));
            if placed.remove_free(hardware, slot) {
                return;
            }
            let Some(place) = placed.occupants.get(&slot).copied() else { return };
            if hit.holders.len() <= depth {
                hit.holders.push(Vec::new());
            }
            if hit.known.insert(place) {
                hit.holders[depth].push(place);
            }
            depth += 1;
            next = match self.requests[place.0].origin {
                Origin::Supply { to } => Some(to),
                Origin::Member => None,
            };
        }
    }

    /// A pool is created: of its own slots those are there that are in service.
    pub(super) fn count_own_in_service(&mut self, id: PoolId) {
        let placed = self.placing.as_ref().and_then(|placing| placing.placed(id));
        if let Some(placed) = placed.filter(|placed| !placed.rules.slots.is_empty()) {
            self.pools[id.index()].capacity = Some(placed.own_in_service);
        }
    }

    /// Tells of zones and pools in which slots went out of service or came back.
    fn tell_service(&mut self, slots: &[SlotId], pools: &BTreeSet<PoolId>, fx: &mut impl Effects) {
        let Some(placing) = &mut self.placing else { return };
        placing.count_in_service(slots);
        for (number, level) in (0..).zip(&placing.zones) {
            fx.zone(number, level);
        }
        for &id in pools {
            if let Some(placed) = placing.placed(id).filter(|placed| !placed.rules.slots.is_empty()) {
                fx.in_service(id, placed.own_in_service);
            }
        }
    }
}

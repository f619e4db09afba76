//! Slots that a pool holds in other pools.

use super::command::Submission;
use super::effects::Effects;
use super::ids::PoolId;
use super::marketplace::Marketplace;
use super::records::Cause;
use super::request::Origin;
use crate::units::{SimDuration, SimTime};

impl Marketplace {
    /// Every supply line asks for its slots, one request per slot. What is not to be had now is waited for: a supply
    /// line's requests wait in the upstream book for good, in the order of that pool.
    pub(super) fn open(&mut self, now: SimTime, fx: &mut impl Effects) {
        for to in (0..self.pools.len()).map(|index| PoolId(index as u32)) {
            let owner = self.pools[to.index()].rules.owner;
            for line in self.pools[to.index()].rules.supply.clone() {
                for _ in 0..line.slots {
                    let submission = Submission {
                        pool: line.from,
                        payer: owner,
                        slots: 1,
                        bid: line.bid,
                        work: SimDuration::ENDLESS,
                        patience: None,
                    };
                    let place = self.enter(now, &submission, Origin::Supply { to });
                    fx.opened(place, &self.requests[place.0]);
                    self.wait(now, place, fx);
                    self.mark_dirty(line.from);
                }
            }
        }
        self.clear_dirty(now, fx);
        self.set_alarms(now, fx);
        for id in (0..self.pools.len()).map(|index| PoolId(index as u32)) {
            self.refresh(now, id, fx);
        }
    }

    /// A slot came in: whoever waits may have it at the next clearing.
    pub(super) fn supply_arrived(&mut self, now: SimTime, to: PoolId, fx: &mut impl Effects) {
        let pool = &mut self.pools[to.index()];
        pool.capacity = pool.capacity.map(|capacity| capacity + 1);
        self.mark_dirty(to);
        self.refresh(now, to, fx);
    }

    /// A slot went away. A free one, if there is any: the occupant of the slot that was revoked moves there.
    pub(super) fn supply_lost(&mut self, now: SimTime, to: PoolId, fx: &mut impl Effects) {
        let pool = &mut self.pools[to.index()];
        pool.capacity = pool.capacity.map(|capacity| capacity - 1);
        self.evict_excess(now, to, Cause::Supply, fx);
        self.refresh(now, to, fx);
    }
}

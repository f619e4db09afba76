//! Slots that a pool holds in other pools.

use super::command::{Submission, Tag};
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::Cause;
use super::request::Origin;
use crate::units::{Price, SimDuration, SimTime};

impl Marketplace {
    /// Every supply line asks for its slots, one request per slot. What is not to be had now is waited for: a supply
    /// line's requests wait in the upstream book for good, in the order of that pool.
    pub(super) fn open(&mut self, now: SimTime, fx: &mut impl Effects) {
        for to in self.pool_ids().filter(|id| self.pools[id.index()].exists()).collect::<Vec<_>>() {
            self.ask_for_supply(now, to, fx);
        }
        self.clear_dirty(now, fx);
        self.count_stock_outs(fx);
        for id in self.pool_ids() {
            self.live_from_the_start(now, id, fx);
            self.refresh(now, id, fx);
        }
        // What is lent goes to who waits for it.
        self.clear_dirty(now, fx);
    }

    /// A pool asks another one for a slot, for so much work.
    pub(super) fn enter_supply(
        &mut self,
        now: SimTime,
        to: PoolId,
        (from, bid, work): (PoolId, Price, SimDuration),
        fx: &mut impl Effects,
    ) -> Place {
        let submission = Submission {
            pool: from,
            payer: self.pools[to.index()].rules.owner,
            slots: 1,
            bid,
            work,
            patience: None,
            max_price: None,
            choices: None,
            tag: Tag::default(),
        };
        let place = self.enter(now, &submission, Origin::Supply { to });
        fx.opened(place, &self.requests[place.0]);
        place
    }

    /// A slot came in: whoever waits may have it at the next clearing.
    pub(super) fn supply_arrived(&mut self, now: SimTime, place: Place, to: PoolId, fx: &mut impl Effects) {
        if self.pools[to.index()].reservations.is_some() {
            self.unit_arrived(now, place, fx);
        }
        let to = self.change_capacity(now, to, 1);
        self.mark_dirty(to);
        self.refresh(now, to, fx);
    }

    /// A slot went away. A free one, if there is any: the occupant of the slot that was revoked moves there.
    pub(super) fn supply_lost(&mut self, now: SimTime, to: PoolId, cause: Cause, fx: &mut impl Effects) {
        let to = self.change_capacity(now, to, -1);
        self.evict_excess(now, to, cause, fx);
        self.house_homeless(now, to, fx);
        self.refresh(now, to, fx);
    }

    /// Supply lines that bid enough, and wait because there is no stock.
    fn count_stock_outs(&self, fx: &mut impl Effects) {
        for place in self.requests.alive() {
            let request = &self.requests[place];
            let pool = &self.pools[request.home.index()];
            if matches!(request.origin, Origin::Supply { .. })
                && request.is_waiting()
                && request.bid >= pool.lowest_served()
            {
                fx.stock_out(request.home);
            }
        }
    }
}

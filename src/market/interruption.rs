//! A running request loses its slots.

use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::{Cause, Ending, Fate};
use super::request::{Origin, Request};
use super::rules::Interrupted;
use crate::units::{SimDuration, SimTime};

/// A request between losing its slots and doing something about it.
#[must_use = "an evicted request still has to do something"]
pub(super) struct Evicted {
    place: Place,
    work_left: SimDuration,
}

/// Who gave way to somebody else, and still has to do something.
#[must_use = "an evicted request still has to do something"]
pub(super) enum GaveWay {
    /// Slots were free.
    Nobody,
    /// One: the usual case, which needs no list.
    One(Evicted),
    /// Several.
    Many(Vec<Evicted>),
}

impl Marketplace {
    /// Interrupts the lease at `place`. What its member does then is a rule of the pool that was asked, wherever the
    /// slots were; a pool that loses a slot to its supplier goes on bidding for it.
    pub(super) fn interrupt(&mut self, now: SimTime, place: Place, cause: Cause, fx: &mut impl Effects) {
        let evicted = self.evict(now, place, cause, fx);
        self.after_eviction(now, &evicted, fx);
    }

    /// The first half of an interruption: the slots change hands. Where several requests move at once, all of them do
    /// so before anybody asks what the evicted ones do next: that may reach back into this very pool.
    pub(super) fn evict(&mut self, now: SimTime, place: Place, cause: Cause, fx: &mut impl Effects) -> Evicted {
        let work_left = self.work_left(now, place);
        self.end_lease(now, place, Ending::Interrupted(cause), fx);
        let request = &mut self.requests[place.0];
        fx.interrupted(place, request, cause);
        request.was_interrupted = true;
        Evicted { place, work_left }
    }

    pub(super) fn evict_all(
        &mut self,
        now: SimTime,
        victims: &[Place],
        cause: Cause,
        fx: &mut impl Effects,
    ) -> GaveWay {
        GaveWay::Many(victims.iter().map(|&victim| self.evict(now, victim, cause, fx)).collect())
    }

    #[inline(always)]
    pub(super) fn after_all(&mut self, now: SimTime, evicted: &GaveWay, fx: &mut impl Effects) {
        match evicted {
            GaveWay::Nobody => {}
            GaveWay::One(one) => self.after_eviction(now, one, fx),
            GaveWay::Many(all) => all.iter().for_each(|one| self.after_eviction(now, one, fx)),
        }
    }

    /// The second half: what the evicted request does.
    pub(super) fn after_eviction(&mut self, now: SimTime, evicted: &Evicted, fx: &mut impl Effects) {
        match self.requests[evicted.place.0].origin {
            Origin::Supply { to } => {
                self.wait(now, evicted.place, fx);
                self.supply_lost(now, to, fx);
            }
            Origin::Member => self.follow_interruption_rule(now, evicted, fx),
        }
    }

    fn follow_interruption_rule(&mut self, now: SimTime, evicted: &Evicted, fx: &mut impl Effects) {
        let Evicted { place, work_left: left } = *evicted;
        let request = &mut self.requests[place.0];
        let rule = self.pools[request.home.index()].rules.interrupted;
        match rule.expect("a pool whose members can be interrupted states what they do") {
            Interrupted::Lost => return self.finish(place, Fate::Lost, fx),
            Interrupted::Resume | Interrupted::Checkpoint(_) => request.work = left,
            Interrupted::Restart => request.work = request.declared,
            Interrupted::Redraw => {
                let work = fx.fresh_work(place, request);
                (request.declared, request.work) = (work, work);
            }
            Interrupted::Burst => {
                request.work = left;
                if self.burst(now, place, fx).is_ok() {
                    return;
                }
            }
        }
        self.wait_again(now, place, fx);
    }

    /// Back into the queue, with what patience is left; lost where there is no place in the waiting room.
    fn wait_again(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let home = self.requests[place.0].home;
        if self.pools[home.index()].has_waiting_room() {
            self.wait(now, place, fx);
            self.mark_dirty(home);
        } else {
            self.finish(place, Fate::Lost, fx);
        }
    }

    /// Work that would be left if the lease at `place` ended now.
    fn work_left(&self, now: SimTime, place: Place) -> SimDuration {
        let request = &self.requests[place.0];
        let lease = request.lease().expect("only a running request has begun its work");
        let done = self.pools[lease.pool.index()].rules.speed.work_in(now - lease.start);
        if request.work == SimDuration::ENDLESS { request.work } else { (request.work - done).max(SimDuration::ZERO) }
    }

    /// Interrupts the requests that `pool` evicts first until no more slots are held than there are.
    pub(super) fn evict_excess(&mut self, now: SimTime, id: PoolId, cause: Cause, fx: &mut impl Effects) {
        while let Some(victim) = self.next_victim(id) {
            self.interrupt(now, victim, cause, fx);
        }
    }

    fn next_victim(&self, id: PoolId) -> Option<Place> {
        let pool = &self.pools[id.index()];
        if pool.capacity.is_none_or(|capacity| pool.occupied <= capacity) {
            return None;
        }
        if pool.book.is_ranked() {
            return pool.book.lowest_running().map(|entry| entry.place);
        }
        // Nobody is ranked under a posted price: the latest arrival goes first.
        self.holders(id).into_iter().max_by_key(|place| self.requests[place.0].number)
    }

    /// Everybody who holds slots of `pool`. A walk over all requests, for rare events.
    pub(super) fn holders(&self, id: PoolId) -> Vec<Place> {
        let holds_here = |request: &Request| request.holds_in() == Some(id);
        self.requests.alive().into_iter().map(Place).filter(|place| holds_here(&self.requests[place.0])).collect()
    }
}

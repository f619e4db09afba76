//! A running request loses its slots.

use std::cmp::Reverse;
use std::sync::Arc;

use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::notice::Attempt;
use super::records::{Cause, Ending, Fate};
use super::request::{Origin, Request};
use super::rules::{BelowMinimum, EvictionOrder, Interrupted, WhenRevoked};
use crate::units::{Accrual, Price, SimDuration, SimTime, product};

/// A request between losing its slots and doing something about it.
#[derive(Clone, Debug)]
#[must_use = "an evicted request still has to do something"]
pub(super) struct Evicted {
    place: Place,
    work_left: SimDuration,
    cause: Cause,
    /// May it burst, if its pool says so? Not below the minimum of its own pool.
    may_burst: bool,
    /// The burst tier that it lost, if it may try another.
    tier: Option<u8>,
}

impl Evicted {
    /// It may not burst again.
    pub(super) fn without_bursting(self) -> Self {
        Self { may_burst: false, tier: None, ..self }
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }
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
    /// Interrupts the lease at `place`, at once or after its notice. What its member does then is a rule of the pool that
    /// was asked, wherever the slots were; a pool that loses a slot to its supplier goes on bidding for it.
    pub(super) fn interrupt(&mut self, now: SimTime, place: Place, cause: Cause, fx: &mut impl Effects) {
        if let Attempt::Evicted(evicted) = self.attempt(now, place, cause, fx) {
            self.after_eviction(now, &evicted, fx);
        }
    }

    /// The first half of an interruption: the slots change hands. Where several requests move at once, all of them do
    /// so before anybody asks what the evicted ones do next: that may reach back into this very pool.
    pub(super) fn evict(&mut self, now: SimTime, place: Place, cause: Cause, fx: &mut impl Effects) -> Evicted {
        let work_left = self.work_left(now, place);
        self.waive_last_unit(now, place, cause);
        let tier = self.requests[place.0].tier().filter(|_| !matches!(cause, Cause::Removed | Cause::Closure));
        self.end_lease(now, place, Ending::Interrupted(cause), fx);
        let request = &mut self.requests[place.0];
        fx.interrupted(place, request, cause);
        request.was_interrupted = true;
        Evicted { place, work_left, cause, may_burst: true, tier }
    }

    /// The unit of time in which somebody is interrupted is free, where its pool says so. A term that ends is what was sold.
    fn waive_last_unit(&mut self, now: SimTime, place: Place, cause: Cause) {
        let Some(lease) = self.requests[place.0].lease() else { return };
        let tier = lease.tier;
        let pool = &mut self.pools[lease.pool.index()];
        if let Some(account) =
            lease.account.filter(|_| pool.rules.interruption.last_unit_is_free && cause != Cause::Term)
        {
            let waived = pool.accounts[account.get()].waive_unit(now);
            if let Some(tier) = tier.filter(|_| waived != Accrual::ZERO) {
                self.owe_less(place, tier, waived);
            }
        }
    }

    pub(super) fn evict_all(
        &mut self,
        now: SimTime,
        victims: &[Place],
        cause: Cause,
        fx: &mut impl Effects,
    ) -> GaveWay {
        let attempts = victims.iter().map(|&victim| self.attempt(now, victim, cause, fx));
        let evicted = attempts.filter_map(|attempt| match attempt {
            Attempt::Evicted(evicted) => Some(evicted),
            Attempt::Later => None,
        });
        GaveWay::Many(evicted.collect())
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
                if self.wants_back(now, evicted.place, to, fx) {
                    let cause = evicted.cause;
                    self.wait_for_supply(now, evicted.place, fx);
                    self.supply_lost(now, to, cause.passed_on(), fx);
                }
            }
            Origin::Member => self.follow_interruption_rule(now, evicted, fx),
        }
    }

    /// The same after a fault: a placed pool has lost the slot that failed, with whoever held it, and nothing else.
    pub(super) fn after_fault(&mut self, now: SimTime, evicted: &Evicted, fx: &mut impl Effects) {
        match self.requests[evicted.place.0].origin {
            Origin::Supply { to } if self.is_placed(to) => {
                self.change_capacity(now, to, 1); // the one that failed: whoever takes it away by other ways counts it anew
                if self.wants_back(now, evicted.place, to, fx) {
                    self.change_capacity(now, to, -1);
                    self.wait_for_supply(now, evicted.place, fx);
                }
            }
            _ => self.after_eviction(now, evicted, fx),
        }
    }

    fn follow_interruption_rule(&mut self, now: SimTime, evicted: &Evicted, fx: &mut impl Effects) {
        let Evicted { place, work_left: left, tier, may_burst, .. } = *evicted;
        if tier.is_some_and(|tier| self.try_next_tier(now, place, tier, left, fx)) {
            return;
        }
        if self.pools[self.requests[place.0].home.index()].redirects {
            self.send_home(place);
        }
        let request = &mut self.requests[place.0];
        let home = &self.pools[request.home.index()];
        // Whoever's pool is closed has nowhere to go on.
        let rule = home.rules.interrupted.filter(|_| home.exists());
        let done = request.work - left;
        match rule.unwrap_or(Interrupted::Lost) {
            Interrupted::Lost => {
                request.work = left;
                return self.finish(place, Fate::Lost, fx);
            }
            Interrupted::Resume => request.work = left,
            Interrupted::Checkpoint(checkpoint) => {
                let saved = done.ticks() / checkpoint.every.ticks().max(1) * checkpoint.every.ticks();
                // Going on costs time only where there is something to go on from.
                let cost = if saved > 0 { checkpoint.cost } else { SimDuration::ZERO };
                fx.work_lost(place, request, done - SimDuration::from_ticks(saved), cost);
                request.work = request.work - SimDuration::from_ticks(saved) + cost;
            }
            Interrupted::Restart => {
                fx.work_lost(place, request, done, SimDuration::ZERO);
                request.work = request.declared;
            }
            Interrupted::Redraw => {
                fx.work_lost(place, request, done, SimDuration::ZERO);
                let work = fx.fresh_work(place, request);
                (request.declared, request.work) = (work, work);
            }
            Interrupted::Burst => {
                request.work = left;
                if may_burst && self.burst(now, place, fx).is_ok() {
                    return;
                }
            }
        }
        self.wait_again(now, place, fx);
    }

    /// Does a tier after the one that was lost take the request at `place`, where its pool wants that?
    fn try_next_tier(
        &mut self,
        now: SimTime,
        place: Place,
        lost: u8,
        left: SimDuration,
        fx: &mut impl Effects,
    ) -> bool {
        let terms = self.pools[self.requests[place.0].home.index()].burst_terms();
        if terms.is_none_or(|terms| terms.when_revoked != WhenRevoked::NextTier) {
            return false;
        }
        let before = std::mem::replace(&mut self.requests[place.0].work, left);
        let is_taken = self.burst_from(now, place, usize::from(lost) + 1, fx).is_ok();
        if !is_taken {
            self.requests[place.0].work = before;
        }
        is_taken
    }

    /// Back into the queue, with what patience is left; lost where there is no place in the waiting room, or where nobody
    /// waits below the minimum and its bid is.
    fn wait_again(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let request = &self.requests[place.0];
        let home = request.home;
        let pool = &self.pools[home.index()];
        let is_below = request.bid < pool.lowest_accepted() && pool.rules.below_minimum == BelowMinimum::Refused;
        if !is_below && pool.has_waiting_room() {
            self.wait(now, place, fx);
            self.mark_dirty(home);
            if self.pools[home.index()].is_auction() || self.pools[home.index()].is_down {
                self.refresh(now, home, fx); // no clearing tells of it
            }
        } else {
            self.finish(place, Fate::Lost, fx);
        }
    }

    /// Work that would be left if the lease at `place` ended now.
    pub(super) fn work_left(&self, now: SimTime, place: Place) -> SimDuration {
        let request = &self.requests[place.0];
        let lease = request.lease().expect("only a running request has begun its work");
        let pool = &self.pools[lease.pool.index()];
        let time = match lease.account {
            Some(account) if pool.is_proportional() => pool.accounts[account.get()].progress(now, request.slots),
            _ => now - lease.start,
        };
        let done = pool.rules.speed.work_in(time);
        if request.work == SimDuration::ENDLESS { request.work } else { (request.work - done).max(SimDuration::ZERO) }
    }

    /// Interrupts the requests that `pool` evicts first until no more slots are held than there are.
    pub(super) fn evict_excess(&mut self, now: SimTime, id: PoolId, cause: Cause, fx: &mut impl Effects) {
        if self.pools[id.index()].is_proportional() {
            return; // everybody holds a little less
        }
        self.lose_loans(now, id, cause, fx);
        let mut evicted = Vec::new();
        while let Some(victim) = self.next_victim(now, id) {
            evicted.push(self.evict(now, victim, cause, fx));
        }
        if !evicted.is_empty() {
            self.after_all(now, &GaveWay::Many(evicted), fx);
        }
    }

    pub(super) fn next_victim(&mut self, now: SimTime, id: PoolId) -> Option<Place> {
        let pool = &self.pools[id.index()];
        if pool.slots_there().is_none_or(|there| pool.occupied <= there) {
            return None;
        }
        let rules = &pool.rules.interruption;
        // Whoever has notice stands in no book any more.
        let book_knows = matches!(rules.order, EvictionOrder::ByMethod) && rules.notice == SimDuration::ZERO;
        if book_knows && pool.book.is_ranked() {
            return pool.book.lowest_running().map(|entry| entry.place);
        }
        let holders = self.holders(id);
        holders.into_iter().min_by_key(|place| self.eviction_rank(now, id, *place))
    }

    /// The lowest goes first: whoever has notice anyway, then by the pool's order; the latest arrival among equals.
    pub(super) fn eviction_rank(&mut self, now: SimTime, id: PoolId, place: Place) -> (bool, i128, Reverse<u64>) {
        let request = &self.requests[place.0];
        let lease = request.lease().expect("only holders are evicted");
        let (number, has_notice) = (request.number, lease.leaving.is_some());
        let pool = &self.pools[id.index()];
        let rank = match &pool.rules.interruption.order {
            // Nobody is ranked under a posted price: the latest arrival goes first.
            EvictionOrder::ByMethod if !pool.book.is_ranked() => 0,
            EvictionOrder::ByMethod | EvictionOrder::LowestBid => i128::from(lease.bid.units()),
            EvictionOrder::Youngest => -i128::from(lease.start.ticks()),
            EvictionOrder::LeastLostWork => {
                let done = (now - lease.start).ticks();
                let lost = match pool.rules.interrupted {
                    Some(Interrupted::Checkpoint(checkpoint)) => done % checkpoint.every.ticks().max(1),
                    _ => done,
                };
                product(lost, i64::from(request.slots))
            }
            EvictionOrder::Formula(formula) => {
                let formula = Arc::clone(formula);
                let variables = self.variables_of(now, id, place, &self.variables(now, id));
                self.evaluate(id, &*formula, &variables).map_or(0, i128::from)
            }
        };
        (!has_notice, rank, Reverse(number))
    }

    /// Everybody who holds slots of `pool`. A walk over all requests, for rare events.
    pub(super) fn holders(&self, id: PoolId) -> Vec<Place> {
        let holds_here = |request: &Request| request.holds_in() == Some(id);
        self.requests.alive().into_iter().map(Place).filter(|place| holds_here(&self.requests[place.0])).collect()
    }

    /// Holders below `price` that have no notice yet, the lowest bid first, among equals the latest arrival.
    pub(super) fn holders_below(&self, id: PoolId, price: Price) -> Vec<Place> {
        if let Some(below) = self.pools[id.index()].book.running_below(price) {
            return below; // whoever has notice stands in no book any more
        }
        let rank = |place: &Place| {
            let request = &self.requests[place.0];
            (request.lease().map(|lease| lease.bid), Reverse(request.number))
        };
        let goes = |place: &Place| rank(place).0 < Some(price) && !self.requests[place.0].has_notice();
        let mut below: Vec<Place> = self.holders(id).into_iter().filter(goes).collect();
        below.sort_by_key(rank);
        below
    }
}

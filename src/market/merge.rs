//! Pools of several customers become one, and several again.
//!
//! The joint pool has all slots while they are merged: what its partners own, and what their supply lines bring. Leases
//! go on there, settled to the instant of the merge; those who wait, wait there; and whoever asks a partner is served
//! by the joint pool, under its rules. At a split the slots return to whoever put them in, and leases and those who
//! wait to the partner whose members they are. Leases in burst tiers stay to their end what they are.

use super::book::Entry;
use super::command::{Alarm, Submission};
use super::effects::Effects;
use super::ids::{AccountId, Place, PoolId};
use super::interruption::GaveWay;
use super::marketplace::Marketplace;
use super::operations::{Denial, Operation};
use super::records::{Cause, Refusal};
use super::request::{Origin, Request, State};
use super::rules::{BelowMinimum, Slots, SupplyCost, Unfit};
use crate::units::SimTime;

impl Marketplace {
    /// The pools that `operation` names become one. The account that asks has agreed.
    pub(super) fn merge(
        &mut self,
        now: SimTime,
        operation: &Operation,
        agreed_by: &[AccountId],
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let id = operation.pool;
        let partners = self.mergeable(id)?;
        let has_agreed = |account: &AccountId| operation.by == *account || agreed_by.contains(account);
        let agrees = |partner: &PoolId| {
            let controllers = &self.pools[partner.index()].rules.controllers;
            controllers.is_empty() || controllers.iter().any(has_agreed)
        };
        if !partners.iter().all(agrees) {
            return Err(Denial::NotAgreed);
        }
        self.settle_supply(now, id, &partners, fx);
        let holders = self.places(|request| request.holds_in().is_some_and(|pool| partners.contains(&pool)));
        let waiting = self.places(|request| request.is_waiting() && partners.contains(&request.home));
        waiting.iter().for_each(|place| self.leave_queue(now, *place, fx));
        self.put_slots_together(now, id, &partners);
        holders.iter().for_each(|place| self.move_lease(now, *place, fx));
        waiting.iter().for_each(|place| self.send_home(*place));
        let evicted = self.evict_unborne(now, id, fx);
        self.take_in_waiting(now, id, &waiting, &evicted, fx);
        let every = self.pools[id.index()].joint.as_ref().and_then(|joint| joint.rules.every);
        if let Some(every) = every {
            fx.alarm(Alarm::Sharing(id), now.saturating_add(every));
        }
        partners.into_iter().chain([id]).for_each(|pool| self.refresh(now, pool, fx));
        Ok(())
    }

    /// The pools that `id` joined are pools of their own again, and what they had in common is shared out.
    pub(super) fn split(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) -> Result<(), Denial> {
        let joint = self.pools[id.index()].joint.as_ref().filter(|joint| joint.is_merged);
        let joint = joint.ok_or(Denial::NotMerged)?;
        let partners: Vec<PoolId> = joint.partners.iter().map(|partner| partner.pool).collect();
        self.settle_supply(now, id, &partners, fx);
        let holders = self.places(|request| request.holds_in() == Some(id));
        let waiting = self.places(|request| request.is_waiting() && request.home == id);
        waiting.iter().for_each(|place| self.leave_queue(now, *place, fx));
        self.take_slots_apart(now, id, &partners);
        holders.iter().for_each(|place| self.move_lease(now, *place, fx));
        waiting.iter().for_each(|place| self.send_home(*place));
        fx.alarm(Alarm::Sharing(id), SimTime::NEVER);
        self.share(now, id, fx);
        for &partner in &partners {
            let evicted = self.evict_unborne(now, partner, fx);
            self.evict_excess(now, partner, Cause::TakenBack, fx);
            let of_partner = |place: &&Place| self.requests[place.0].home == partner;
            let waiting: Vec<Place> = waiting.iter().filter(of_partner).copied().collect();
            self.take_in_waiting(now, partner, &waiting, &evicted, fx);
        }
        partners.into_iter().chain([id]).for_each(|pool| self.refresh(now, pool, fx));
        Ok(())
    }

    /// The partners of `id`, if they can become one now.
    fn mergeable(&self, id: PoolId) -> Result<Vec<PoolId>, Denial> {
        let rules = &self.pools[id.index()].rules;
        let terms = rules.joint.as_ref().ok_or(Denial::NotMergeable)?;
        let involved = || terms.merges.iter().chain([&id]);
        if involved().any(|pool| self.pools[pool.index()].merged_into.is_some()) || self.is_merged(id) {
            return Err(Denial::AlreadyMerged);
        }
        let is_fit = |pool: &PoolId| Unfit::of(rules, &self.pools[pool.index()].rules).is_none();
        let is_joint = |pool: &PoolId| self.pools[pool.index()].rules.joint.is_some();
        let sells = |seller: &PoolId| {
            self.pools.iter().any(|pool| {
                let tiers = pool.rules.burst.iter().flat_map(|burst| burst.tiers.iter().copied());
                let lent_to = pool.rules.resale.map(|resale| resale.to);
                pool.rules.suppliers().chain(tiers).chain(lent_to).any(|from| from == *seller)
            })
        };
        let has_slots = rules.slots != Slots::Count(0) || !rules.supply.is_empty();
        let owns_more = self.pools.iter().filter(|pool| pool.rules.owner == rules.owner).count() > 1;
        let is_possible = involved().all(is_fit) && !terms.merges.iter().any(is_joint) && !involved().any(sells);
        // Slots that come from placed pools keep their places.
        let is_possible = is_possible && !involved().any(|pool| self.is_placed(*pool)) && self.spends_one_currency(id);
        if !is_possible || has_slots || owns_more {
            return Err(Denial::NotMergeable);
        }
        Ok(terms.merges.clone())
    }

    /// Is everything that the joint party would pay for in the currency in which it shares: the tiers of the joint pool, and
    /// the partners' supply, where that is on its account?
    fn spends_one_currency(&self, id: PoolId) -> bool {
        let rules = &self.pools[id.index()].rules;
        let joint = rules.joint.iter().filter(|joint| joint.supply_cost == SupplyCost::Joint);
        let partners = joint.flat_map(|joint| joint.merges.iter());
        let supply = partners.flat_map(|partner| self.pools[partner.index()].rules.supply.iter().map(|line| line.from));
        let tiers = rules.burst.iter().flat_map(|burst| burst.tiers.iter().copied());
        supply.chain(tiers).all(|from| self.pools[from.index()].rules.currency == rules.currency)
    }

    /// Are the pools that `id` joins merged now?
    #[must_use]
    pub fn is_merged(&self, id: PoolId) -> bool {
        self.pools[id.index()].joint.as_ref().is_some_and(|joint| joint.is_merged)
    }

    /// Live requests, in the order of their arrival.
    fn places(&self, is_wanted: impl Fn(&Request) -> bool) -> Vec<Place> {
        let mut places: Vec<Place> = self.requests.alive().into_iter().map(Place).collect();
        places.retain(|place| is_wanted(&self.requests[place.0]));
        places.sort_by_key(|place| self.requests[place.0].number);
        places
    }

    /// Bills what supply leases owe, where somebody else pays for them from now on.
    fn settle_supply(&mut self, now: SimTime, id: PoolId, partners: &[PoolId], fx: &mut impl Effects) {
        let joint = self.pools[id.index()].joint.as_ref();
        if joint.is_none_or(|joint| joint.rules.supply_cost != SupplyCost::Joint) {
            return;
        }
        let supplies = |request: &Request| {
            let to_partner = matches!(request.origin, Origin::Supply { to } if partners.contains(&to));
            to_partner && request.holds_in().is_some()
        };
        for place in self.places(supplies) {
            self.settle_in_between(now, place, fx);
        }
    }

    fn put_slots_together(&mut self, now: SimTime, id: PoolId, partners: &[PoolId]) {
        let owner = self.pools[id.index()].rules.owner;
        let mut joint = self.pools[id.index()].joint.take().expect("a pool that joins others has terms");
        joint.restart(now);
        joint.is_merged = true;
        let (mut capacity, mut largest) = (0, 0);
        for &partner in partners {
            let pool = &mut self.pools[partner.index()];
            let slots = pool.capacity.replace(0).expect("pools without limit are not merged");
            joint.contribution_changed(now, partner, i64::from(slots));
            capacity += slots;
            largest += pool.largest_capacity.unwrap_or(0);
            (pool.merged_into, pool.redirects) = (Some(id), true);
            pool.know_ways();
            if joint.rules.supply_cost == SupplyCost::Joint {
                pool.supply_payer = owner;
            }
        }
        let pool = &mut self.pools[id.index()];
        (pool.capacity, pool.largest_capacity, pool.joint) = (Some(capacity), Some(largest), Some(joint));
    }

    /// Every slot goes back to the partner that put it in.
    fn take_slots_apart(&mut self, now: SimTime, id: PoolId, partners: &[PoolId]) {
        let mut joint = self.pools[id.index()].joint.take().expect("a pool that joins others has terms");
        joint.is_merged = false;
        for &partner in partners {
            let slots = joint.partner(partner).map_or(0, |partner| partner.contributed);
            joint.contribution_changed(now, partner, -i64::from(slots));
            let pool = &mut self.pools[partner.index()];
            pool.capacity = Some(slots);
            (pool.merged_into, pool.redirects, pool.supply_payer) = (None, false, pool.rules.owner);
            pool.know_ways();
        }
        let pool = &mut self.pools[id.index()];
        (pool.capacity, pool.largest_capacity, pool.joint) = (Some(0), Some(0), Some(joint));
    }

    /// The pool whose rules hold for a request may have been merged or split since it asked: from now on those of the pool
    /// hold that serves its affiliation now.
    pub(super) fn send_home(&mut self, place: Place) {
        let request = &mut self.requests[place.0];
        let (asked, keeper) = match request.affiliation {
            Some(asked) => (asked, self.pools[asked.index()].merged_into),
            None => (request.home, self.pools[request.home.index()].merged_into),
        };
        request.home = keeper.unwrap_or(asked);
        request.affiliation = keeper.map(|_| asked);
    }

    /// The lease at `place` goes on in the pool that serves its affiliation now: settled to this instant, and from now on
    /// at that pool's price and in its book.
    fn move_lease(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        self.settle_in_between(now, place, fx);
        let State::Holding(lease) = self.requests[place.0].state else { unreachable!("only a lease is moved") };
        let from = &mut self.pools[lease.pool.index()];
        let request = &self.requests[place.0];
        if from.is_plain {
            from.occupied -= request.slots;
            from.book.unseat(lease.seat, request.slots);
        } else {
            from.clear_away(now, place, &lease, request);
        }
        self.send_home(place);
        let (id, bid) = (self.requests[place.0].home, self.requests[place.0].bid);
        let account =
            if self.pools[id.index()].is_plain { None } else { self.take_in(now, place, id, (bid, None), fx) };
        let pool = &mut self.pools[id.index()];
        let request = &mut self.requests[place.0];
        if pool.is_plain {
            pool.occupied += request.slots;
        }
        let entry = pool.entry(Entry { place, number: request.number, bid, slots: request.slots });
        let (seat, mark) = (pool.book.seat(entry), pool.integral.at(now));
        let moved = super::request::Lease { pool: id, seat, mark, bid: entry.bid, unsettled: now, account, ..lease };
        request.state = State::Holding(moved);
        fx.moved(place, request, lease.pool);
    }

    /// The first half of an interruption, for holders whose bids the rules of the pool do not bear.
    fn evict_unborne(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) -> GaveWay {
        let (lowest, minimum) = (self.pools[id.index()].lowest_accepted(), self.pools[id.index()].minimum);
        let evicted = self.holders_below(id, lowest).into_iter().map(|place| {
            let is_below_minimum = self.requests[place.0].bid < minimum;
            self.evict(now, place, if is_below_minimum { Cause::Minimum } else { Cause::Price }, fx)
        });
        GaveWay::Many(evicted.collect())
    }

    /// Those who waited elsewhere wait here, the earliest arrival first; then whoever was evicted does what it does; then
    /// slots are given out. Whoever finds no place in the waiting room is answered like somebody who arrives.
    fn take_in_waiting(
        &mut self,
        now: SimTime,
        id: PoolId,
        waiting: &[Place],
        evicted: &GaveWay,
        fx: &mut impl Effects,
    ) {
        let mut left = Vec::new();
        for &place in waiting {
            let (pool, request) = (&self.pools[id.index()], &self.requests[place.0]);
            let is_below = request.bid < pool.lowest_accepted();
            if is_below && pool.rules.below_minimum == BelowMinimum::Refused {
                self.refuse(place, Refusal::Price, fx);
            } else if pool.fits_at_all(request.slots) && pool.has_waiting_room() {
                self.wait(now, place, fx);
            } else {
                left.push(place);
            }
        }
        self.after_all(now, evicted, fx);
        self.clear(now, id, fx);
        for place in left {
            if let Err(refusal) = self.serve_or_wait(now, place, fx) {
                self.refuse(place, refusal, fx);
            }
        }
    }

    /// A request asks a pool that is merged, or a joint pool.
    pub(super) fn submit_to_keeper(&mut self, now: SimTime, submission: &Submission, fx: &mut impl Effects) {
        let place = self.enter(now, submission, Origin::Member);
        let keeper = self.send_to_keeper(place, submission.pool);
        self.decide(now, place, keeper, fx);
    }

    /// The request at `place` asks `asked`: whichever pool has its slots now decides. Which is it?
    pub(super) fn send_to_keeper(&mut self, place: Place, asked: PoolId) -> PoolId {
        let keeper = self.keeper(asked);
        let request = &mut self.requests[place.0];
        (request.home, request.affiliation) = (keeper, (keeper != asked).then_some(asked));
        keeper
    }
}

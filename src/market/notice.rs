//! Notices and guaranteed runs: the two exceptions by name to "interrupted at that instant".

use super::account::Account;
use super::book::Entry;
use super::command::Alarm;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::interruption::Evicted;
use super::marketplace::Marketplace;
use super::pricing;
use super::records::Cause;
use super::request::State;
use crate::units::{SimDuration, SimTime};

/// What an attempt to interrupt somebody came to.
pub(super) enum Attempt {
    /// The slots are free, and the request has to do something.
    Evicted(Evicted),
    /// It holds on until its notice ends, or its guaranteed run.
    Later,
}

impl Marketplace {
    /// Interrupts the lease at `place` as soon as the notice and the guarantee of the pool that has the slots allow it.
    /// Whoever holds them has both, a burst or a supply line like a member of that pool. Where a slot is gone, or a budget
    /// used up, there is nothing to hold on to.
    pub(super) fn attempt(&mut self, now: SimTime, place: Place, cause: Cause, fx: &mut impl Effects) -> Attempt {
        let can_wait = matches!(cause, Cause::Outbid | Cause::Minimum | Cause::Price | Cause::TakenBack);
        if can_wait && self.is_guaranteed(now, place) {
            self.pay_at_most_bid(now, place);
            return Attempt::Later;
        }
        let notice = self.notice_of(place);
        if can_wait && notice > SimDuration::ZERO {
            self.give_notice(now, place, cause, notice, fx);
            return Attempt::Later;
        }
        Attempt::Evicted(self.evict(now, place, cause, fx))
    }

    fn notice_of(&self, place: Place) -> SimDuration {
        let pool = self.requests[place.0].holds_in();
        pool.map_or(SimDuration::ZERO, |pool| self.pools[pool.index()].rules.interruption.notice)
    }

    /// Is the lease at `place` still in its guaranteed run?
    pub(super) fn is_guaranteed(&self, now: SimTime, place: Place) -> bool {
        let Some(lease) = self.requests[place.0].lease() else { return false };
        let guaranteed = self.pools[lease.pool.index()].rules.interruption.guaranteed;
        guaranteed > SimDuration::ZERO && now - lease.start < guaranteed
    }

    /// A lease began: its guarantee will end.
    pub(super) fn watch_guarantee(&self, now: SimTime, place: Place, id: PoolId, fx: &mut impl Effects) {
        let guaranteed = self.pools[id.index()].rules.interruption.guaranteed;
        if guaranteed > SimDuration::ZERO {
            fx.alarm(Alarm::Lease(place), now.saturating_add(guaranteed));
        }
    }

    /// From now on nobody reckons with this lease: its bid makes no price, and its slots are spoken for.
    pub(super) fn give_notice(
        &mut self,
        now: SimTime,
        place: Place,
        cause: Cause,
        notice: SimDuration,
        fx: &mut impl Effects,
    ) {
        self.pay_at_most_bid(now, place);
        let request = &mut self.requests[place.0];
        let slots = request.slots;
        let State::Holding(lease) = &mut request.state else { unreachable!("only a lease can be ended") };
        lease.leaving = Some(cause);
        let pool = &mut self.pools[lease.pool.index()];
        pool.book.unseat(lease.seat, slots);
        if let (Cause::TakenBack, Some(loans)) = (cause, &mut pool.loans) {
            loans.recalled += slots;
        }
        fx.alarm(Alarm::Lease(place), now.saturating_add(notice));
    }

    /// Whoever holds on although its bid is too low pays what was in force until now, at most its bid.
    fn pay_at_most_bid(&mut self, now: SimTime, place: Place) {
        let before = self.metered_rate(place);
        self.agree_on_at_most_bid(now, place);
        self.metered_rate_changed(now, place, before);
    }

    fn agree_on_at_most_bid(&mut self, now: SimTime, place: Place) {
        let request = &mut self.requests[place.0];
        let slots = request.slots;
        let State::Holding(lease) = &mut request.state else { unreachable!("only a lease is paid for") };
        let pool = &mut self.pools[lease.pool.index()];
        let in_force = pricing::unit_price(pool, lease.bid).min(lease.bid).times(slots);
        if let Some(account) = lease.account {
            // What was agreed is no more than it bid, and a bid that was lowered since does not lower it.
            if pool.rules.billing_unit.is_some() && !pool.is_auction() {
                pool.accounts[account.get()].set_rate(now, in_force);
            }
            return;
        }
        // The price in force before this change, or the bid. What was owed so far is carried over.
        let owed = pricing::charge(pool, lease, slots, now);
        let account = Account::carried_over(now, place, slots, in_force, (lease.unsettled, owed));
        lease.account = std::num::NonZeroU32::new(pool.accounts.insert(account));
    }

    /// The notice or the guaranteed run of the lease at `place` has ended.
    pub(super) fn lease_alarm(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let Some(lease) = self.requests[place.0].lease() else { return };
        let (id, bid, leaving) = (lease.pool, lease.bid, lease.leaving);
        if leaving == Some(Cause::Supply) && self.pools[id.index()].has_slots_for_all() {
            self.seat_again(place);
            self.follow_price(now, place, fx);
        } else if let Some(cause) = leaving {
            let evicted = self.evict(now, place, cause, fx);
            self.after_eviction(now, &evicted, fx);
        } else if bid < self.pools[id.index()].lowest_served() {
            let below_minimum = bid < self.pools[id.index()].minimum;
            let cause = if below_minimum { Cause::Minimum } else { Cause::Price };
            self.interrupt(now, place, cause, fx);
        } else {
            self.follow_price(now, place, fx);
        }
        self.mark_dirty(id);
        self.refresh(now, id, fx);
    }

    /// Its slot leaves the pool, and another has become free: it moves there, and nobody is interrupted.
    fn seat_again(&mut self, place: Place) {
        let request = &mut self.requests[place.0];
        let (number, slots) = (request.number, request.slots);
        let State::Holding(lease) = &mut request.state else { unreachable!("only a lease has notice") };
        lease.leaving = None;
        let pool = &mut self.pools[lease.pool.index()];
        lease.seat = pool.book.seat(Entry { place, number, bid: lease.bid, slots });
    }

    /// A lease that was carried over a minimum which has fallen since is on the pool's terms again.
    fn follow_price(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let request = &self.requests[place.0];
        let Some(lease) = request.lease() else { return };
        let pool = &self.pools[lease.pool.index()];
        let keeps_account = pool.is_auction() || pool.is_proportional() || pool.rules.billing_unit.is_some();
        if lease.account.is_none() || keeps_account || self.is_bought(place) {
            return;
        }
        let (bid, is_burst) = (lease.bid, lease.tier.is_some());
        self.settle_in_between(now, place, fx);
        self.drop_account(place);
        if is_burst {
            self.burst_started(now, place, bid, fx); // on the meter again, at the price in force
        }
    }

    /// Forgets the terms of the lease at `place`; they must be settled.
    fn drop_account(&mut self, place: Place) {
        let State::Holding(lease) = &mut self.requests[place.0].state else { return };
        if let Some(account) = lease.account.take() {
            self.pools[lease.pool.index()].accounts.free(account.get());
        }
    }
}

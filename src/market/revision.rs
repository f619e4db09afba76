//! Members change their bids, or take their requests back.

use super::book::Entry;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::{Cause, Fate, Refusal};
use super::request::{Lease, Origin, State};
use super::rules::{BelowMinimum, Payment, Pricing, Revision};
use crate::units::{Price, SimTime};

impl Marketplace {
    /// A member bids something else from now on, if its pool allows that now; else nothing changes.
    ///
    /// A waiting bid keeps its time of arrival. Slots that were sold in a round keep their agreed price: a new bid only
    /// counts against the minimum. Nobody holds on for less by going below the minimum. Where a lease was taken on credit, its bid stands, and so does that of a burst, whether it runs or waits for a slot on loan.
    pub(super) fn revise(&mut self, now: SimTime, place: Place, bid: Price, fx: &mut impl Effects) {
        let request = &self.requests[place.0];
        let (home, origin) = (request.home, request.origin);
        let allowed = self.pools[home.index()].rules.revision;
        if origin != Origin::Member || request.bid == bid || self.promised.contains_key(&place) {
            return;
        }
        match request.state {
            State::Waiting { .. } if allowed != Revision::Never => self.revise_waiting(now, place, bid, fx),
            State::Holding(lease) if allowed == Revision::Always && lease.tier.is_none() && lease.leaving.is_none() => {
                self.revise_running(now, place, bid, fx);
            }
            _ => return,
        }
        self.mark_dirty(home);
        self.refresh(now, home, fx);
    }

    fn revise_waiting(&mut self, now: SimTime, place: Place, bid: Price, fx: &mut impl Effects) {
        let request = &mut self.requests[place.0];
        let pool = &mut self.pools[request.home.index()];
        let entry = Entry { place, number: request.number, bid: request.bid, slots: request.slots };
        pool.book.stop_waiting(&pool.entry(entry));
        pool.book.wait(pool.entry(Entry { bid, ..entry }));
        request.bid = bid;
        let (home, is_below) = (request.home, bid < pool.lowest_accepted());
        fx.revised(place, request);
        let refuses = pool.rules.below_minimum == BelowMinimum::Refused;
        self.note_claim(place, home);
        if is_below && refuses {
            self.refuse_waiting(now, place, fx);
        }
        self.bids_changed(now, home, fx);
    }

    /// A waiting bid lies below the minimum, where that does not wait.
    pub(super) fn refuse_waiting(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        self.leave_queue(now, place, fx);
        self.refuse(place, Refusal::Price, fx);
    }

    /// A request that has waited is sent away: if it has run before, what it did is lost.
    pub(super) fn refuse(&mut self, place: Place, refusal: Refusal, fx: &mut impl Effects) {
        let fate = if self.requests[place.0].has_started { Fate::Lost } else { Fate::Refused(refusal) };
        self.finish(place, fate, fx);
    }

    fn revise_running(&mut self, now: SimTime, place: Place, bid: Price, fx: &mut impl Effects) {
        let id = self.requests[place.0].home;
        let pool = &self.pools[id.index()];
        if pool.fairness.as_ref().is_some_and(|fairness| fairness.credits().is_some()) {
            return;
        }
        if matches!(&pool.rules.pricing, Pricing::Spot(spot) if spot.payment == Payment::OwnBid) {
            // What was owed at the old bid is billed.
            self.settle_in_between(now, place, fx);
        }
        if bid >= self.pools[id.index()].lowest_served() {
            self.rank_anew(place, bid);
            return fx.revised(place, &self.requests[place.0]);
        }
        // Whoever holds on, under notice or in its guaranteed run, does so on the terms of the bid that it had.
        let request = &mut self.requests[place.0];
        let number = request.number;
        request.bid = bid;
        fx.revised(place, request);
        self.interrupt(now, place, Cause::Minimum, fx);
        let request = &self.requests[place.0];
        let holds_on = |lease: &Lease| lease.tier.is_none() && lease.leaving.is_none();
        if request.number == number && request.lease().is_some_and(holds_on) {
            self.rank_anew(place, bid);
        }
    }

    fn rank_anew(&mut self, place: Place, bid: Price) {
        let request = &mut self.requests[place.0];
        let pool = &mut self.pools[request.home.index()];
        let entry = pool.entry(Entry { place, number: request.number, bid, slots: request.slots });
        let State::Holding(lease) = &mut request.state else { unreachable!("only a lease is ranked") };
        pool.book.unseat(lease.seat, request.slots);
        lease.seat = pool.book.seat(entry);
        lease.bid = entry.bid;
        request.bid = bid;
    }

    /// A member takes its request back, if it still waits; else nothing changes.
    pub(super) fn withdraw(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        if self.requests[place.0].is_waiting() {
            self.give_up(now, place, Fate::Withdrawn, fx);
        }
    }

    /// A waiting request leaves for good.
    pub(super) fn give_up(&mut self, now: SimTime, place: Place, fate: Fate, fx: &mut impl Effects) {
        let home: PoolId = self.requests[place.0].home;
        let promised = self.promised.get(&place).map(|promise| promise.pool);
        self.leave_queue(now, place, fx);
        self.finish(place, fate, fx);
        if let Some(tier) = promised {
            self.mark_dirty(tier);
            self.refresh(now, tier, fx);
        }
        // Where one that does not fit blocks the queue, whoever is behind it may now be served.
        self.mark_dirty(home);
        self.bids_changed(now, home, fx);
        self.refresh(now, home, fx);
    }
}

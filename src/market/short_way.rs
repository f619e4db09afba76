//! The short ways: what happens most of the time, in one go.
//!
//! A request that finds a free slot in a plain pool, one that takes the slot of the lowest bid, one that finds none and is
//! turned away, or bursts ([`super::short_burst`]); and a lease whose work is done. The long ways (`submission.rs`, `settlement.rs`, `interruption.rs`) lead to
//! the very same, by rules of which here most are known to have nothing to say, and look up pool and request at every one of
//! them. Whatever is not so simple goes there: each of these says first whether it can answer, and else has done nothing.
//!
//! The long ways are the oracle: [`Marketplace::by_the_long_way`], and `tests/market/short_way.rs`.

use super::book::Entry;
use super::clearing::{self, ShortAdmission};
use super::command::Submission;
use super::effects::{Effects, Settled};
use super::ids::{PartyId, Place, PoolId};
use super::ledger::Ledger;
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::pricing;
use super::records::Refusal;
use super::request::{Lease, Origin, Request, State};
use super::rules::{BelowMinimum, Interrupted, Pricing};
use crate::units::{Price, SimDuration, SimTime, product};

impl Pool {
    /// Is there nothing about it but bids, time and size, and does nobody look at what happens in it? To be said anew
    /// whenever one of these changes.
    pub(super) fn know_ways(&mut self) {
        self.goes_short = self.knows_short_ways();
    }

    fn knows_short_ways(&self) -> bool {
        let is_looked_at = self.is_followed || self.is_watched || self.tells_of_free || self.tells_of_level;
        self.is_plain && !self.is_gated && !self.redirects && !is_looked_at
    }

    #[inline(always)]
    pub(super) fn goes_short(&self) -> bool {
        debug_assert_eq!(self.goes_short, self.knows_short_ways(), "somebody did not say that the ways have changed");
        self.goes_short
    }

    /// The price after somebody came or went: that of a spot market, which the book makes at every moment; any other is what
    /// it was.
    #[inline(always)]
    pub(super) fn follow_book(&mut self, now: SimTime) {
        if let Pricing::Spot(rules) = &self.rules.pricing {
            let price = pricing::clearing_price(self, rules);
            if price != self.integral.price() {
                self.integral.set(now, price);
            }
        }
        debug_assert_eq!(self.integral.price(), pricing::price(self), "a price has changed behind the book's back");
    }

    /// Gives free slots of this pool (`id`) to a newcomer, by a lease of this number.
    #[inline(always)]
    pub(super) fn take_free(&mut self, now: SimTime, id: PoolId, newcomer: &Entry, number: u64) -> Lease {
        self.occupied += newcomer.slots;
        debug_assert!(self.capacity.is_none_or(|capacity| self.occupied <= capacity), "a slot was sold twice");
        let seat = self.book.seat(*newcomer);
        new_lease(now, id, newcomer.bid, (number, seat), self)
    }

    /// Why a request that does not run now is turned away; `None` if it may wait or burst.
    #[inline(always)]
    fn turns_away(&self, bid: Price, slots: u32) -> Option<Refusal> {
        if self.rules.waiting.is_some() || self.rules.burst.is_some() || self.rules.serves_in_part {
            return None;
        }
        let is_outbid = self.fits_at_all(slots) && self.outbids(bid);
        Some(if is_outbid { Refusal::Outbid } else { Refusal::Capacity })
    }
}

impl Marketplace {
    /// The same marketplace, without the short ways: slower, and with the same result. An oracle for tests.
    #[must_use]
    pub fn by_the_long_way(mut self) -> Self {
        self.knows_short_ways = false;
        self
    }

    /// A request arrives. Was the answer a short one?
    #[inline(always)]
    pub(super) fn submit_shortly(&mut self, now: SimTime, asked: &Submission, fx: &mut impl Effects) -> bool {
        let pool = &self.pools[asked.pool.index()];
        if !pool.goes_short() || pool.dirty || asked.choices.is_some() || !self.knows_short_ways {
            return false;
        }
        if asked.bid < pool.lowest_accepted() {
            return pool.rules.below_minimum == BelowMinimum::Refused && self.turn_away(now, asked, Refusal::Price, fx);
        }
        if asked.bid < pool.lowest_served() {
            return false;
        }
        let place = Place(self.requests.next_place());
        let newcomer = pool.entry(Entry { place, number: self.next_request, bid: asked.bid, slots: asked.slots });
        match clearing::admit_shortly(&pool.book, &pool.supply(), &newcomer) {
            ShortAdmission::Free => self.start_at_once(now, asked, &newcomer, fx),
            ShortAdmission::Displaces(victim) => self.displace(now, asked, &newcomer, victim, fx),
            ShortAdmission::No => match pool.turns_away(asked.bid, asked.slots) {
                Some(refusal) => self.turn_away(now, asked, refusal, fx),
                None => pool.rules.burst.is_some() && self.burst_shortly(now, asked, fx),
            },
            ShortAdmission::Unclear => false,
        }
    }

    /// It takes slots that are free.
    #[inline(always)]
    fn start_at_once(&mut self, now: SimTime, asked: &Submission, newcomer: &Entry, fx: &mut impl Effects) -> bool {
        let pool = &mut self.pools[asked.pool.index()];
        let lease = pool.take_free(now, asked.pool, newcomer, self.next_lease);
        let due = now.saturating_add(pool.lease_time(asked.work));
        pool.follow_book(now);
        let level = pool.level();
        let request = self.enter_with(now, asked, newcomer, lease);
        fx.began(newcomer.place, request, due, &level);
        request.has_started = true;
        true
    }

    /// The request of a newcomer that has this lease from the start.
    #[inline(always)]
    pub(super) fn enter_with(
        &mut self,
        now: SimTime,
        asked: &Submission,
        newcomer: &Entry,
        lease: Lease,
    ) -> &mut Request {
        (self.next_request, self.next_lease) = (self.next_request + 1, self.next_lease + 1);
        let request = self.requests.claim(newcomer.place.0, || Request::new(now, newcomer.number, asked));
        *request = Request { state: State::Holding(lease), ..Request::new(now, newcomer.number, asked) };
        request
    }

    /// It takes the slot of the lowest bid, whose request is lost with it.
    #[inline(always)]
    fn displace(
        &mut self,
        now: SimTime,
        asked: &Submission,
        newcomer: &Entry,
        victim: Place,
        fx: &mut impl Effects,
    ) -> bool {
        let pool = &mut self.pools[asked.pool.index()];
        let loser = &mut self.requests[victim.0];
        let State::Holding(lease) = loser.state else { return false };
        // Of a burst or a supply line the owner has more to say.
        let is_plain = loser.origin == Origin::Member && lease.tier.is_none() && lease.account.is_none();
        if !is_plain || pool.rules.interrupted.is_some_and(|rule| rule != Interrupted::Lost) {
            return false;
        }
        let done = pool.rules.speed.work_in(now - lease.start);
        let left =
            if loser.work == SimDuration::ENDLESS { loser.work } else { (loser.work - done).max(SimDuration::ZERO) };
        let settled = settle(now, loser, &lease, pool, &mut self.ledger, loser.payer);
        pool.book.reseat(lease.seat, *newcomer);
        let lease = new_lease(now, asked.pool, newcomer.bid, (self.next_lease, lease.seat), pool);
        let due = now.saturating_add(pool.lease_time(asked.work));
        pool.follow_book(now);
        let level = pool.level();
        self.enter_with(now, asked, newcomer, lease);
        let [request, loser] = self.requests.pair(newcomer.place.0, victim.0);
        fx.displaced((newcomer.place, request, due), (victim, loser), &settled, &level, left);
        request.has_started = true;
        self.requests.free(victim.0);
        true
    }

    /// It leaves as it came.
    #[inline(always)]
    fn turn_away(&mut self, now: SimTime, asked: &Submission, refusal: Refusal, fx: &mut impl Effects) -> bool {
        let request = Request::new(now, self.next_request, asked);
        self.next_request += 1;
        fx.turned_away(Place(self.requests.next_place()), &request, refusal);
        true
    }

    /// The work of the request at `place` is done. Was that all there is to it?
    #[inline(always)]
    pub(super) fn release_shortly(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> bool {
        let request = &mut self.requests[place.0];
        let State::Holding(lease) = request.state else { return false };
        let is_plain = request.origin == Origin::Member && lease.account.is_none() && !lease.is_prepaid;
        let pool = &self.pools[lease.pool.index()];
        if !is_plain || !pool.goes_short() || !self.reserved.is_empty() || !self.knows_short_ways {
            return false;
        }
        let payer = match lease.tier {
            None => request.payer,
            Some(_) => match self.pools[request.home.index()].payer_of_plain_burst(pool) {
                Some(owner) => owner,
                None => return false,
            },
        };
        let pool = &mut self.pools[lease.pool.index()];
        let settled = settle(now, request, &lease, pool, &mut self.ledger, payer);
        pool.occupied -= request.slots;
        pool.book.unseat(lease.seat, request.slots);
        if !pool.dirty && pool.book.is_anybody_waiting() {
            pool.dirty = true;
            self.dirty.push(lease.pool);
        }
        pool.follow_book(now);
        fx.completed(place, request, &settled, &pool.level());
        request.state = State::Pending;
        self.requests.free(place.0);
        true
    }
}

impl Pool {
    /// The owner, if nothing but the tier's price is owed for a burst into `tier`, and no budget looks at it.
    #[inline(always)]
    pub(super) fn payer_of_plain_burst(&self, tier: &Self) -> Option<PartyId> {
        let burst = self.rules.burst.as_ref()?;
        let has_fee = burst.fee.parts() > 0 && self.rules.owner != tier.rules.owner;
        let is_plain = !has_fee && self.budget.is_none() && self.bursts.is_none();
        is_plain.then_some(self.rules.owner)
    }
}

#[inline(always)]
fn new_lease(now: SimTime, id: PoolId, bid: Price, (number, seat): (u64, u32), pool: &Pool) -> Lease {
    Lease {
        number,
        pool: id,
        tier: None,
        seat,
        bid,
        start: now,
        unsettled: now,
        mark: pool.integral.at(now),
        is_prepaid: false,
        account: None,
        leaving: None,
    }
}

/// Bills the lease up to now.
#[inline(always)]
fn settle(now: SimTime, request: &Request, lease: &Lease, pool: &Pool, ledger: &mut Ledger, payer: PartyId) -> Settled {
    let (payee, currency) = (pool.rules.owner, pool.rules.currency);
    let charge = pricing::charge(pool, lease, request.slots, now);
    Settled {
        pool: lease.pool,
        payer,
        payee,
        currency,
        to: now,
        slot_ticks: product(i64::from(request.slots), (now - lease.unsettled).ticks()),
        charge,
        amount: ledger.charge(currency, payer, payee, charge),
    }
}

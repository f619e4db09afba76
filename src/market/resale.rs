//! Idle slots on loan: a pool that nobody asks lends them to a spot pool, and takes them back when its owner needs them.
//!
//! A slot on loan is a slot of the spot pool's capacity and no free slot of the lender's. What nobody holds there comes home
//! at once. For what is held, the spot pool's eviction order picks the victim, which goes after that pool's notice.

use super::book::Entry;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::interruption::Evicted;
use super::marketplace::Marketplace;
use super::notice::Attempt;
use super::pool::Pool;
use super::records::{Cause, Refusal};
use super::request::State;
use super::rules::{Pricing, Slots, TakesBack};
use crate::units::{Price, SimDuration, SimTime};

/// Slots that a pool has lent or borrowed.
#[derive(Clone, Debug, Default)]
pub(super) struct Loans {
    /// Slots of its own that are on loan.
    pub(super) lent: u32,
    /// Of them: those that it can have at once, as of the clearing or admission that goes on.
    pub(super) within_reach: u32,
    /// Pools that lend to it.
    lenders: Vec<PoolId>,
    /// Slots that it has from them.
    borrowed: u32,
    /// Slots whose tenants have notice, because a lender takes them back.
    pub(super) recalled: u32,
    /// Slots were lent to it or taken back, and it has not been told of yet.
    has_moved: bool,
}

/// A burst that waits for a slot on loan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promise {
    /// The tier.
    pub(super) pool: PoolId,
    /// Its number in the ladder.
    tier: usize,
    /// What it bids there.
    pub(super) bid: Price,
}

/// Which pool does pool number `index` lend to, if it lends?
///
/// # Panics
/// If a pool lends that has slots without limit or posts no price, or lends to a pool that is no spot pool or guarantees a run.
pub(super) fn connect(pools: &mut [Pool], index: usize) {
    let Some(resale) = pools[index].rules.resale else { return };
    let lender = &mut pools[index];
    let is_posted = matches!((&lender.rules.slots, &lender.rules.pricing), (Slots::Count(_), Pricing::Posted(_)));
    assert!(is_posted, "a pool lends that has a number of slots and posts its price");
    lender.loans = Some(Box::default());
    lender.is_followed = true;
    lender.know_ways();
    let most = lender.largest_capacity().unwrap_or(0);
    let borrower = &mut pools[resale.to.index()];
    let guaranteed = borrower.rules.interruption.guaranteed;
    let is_spot = matches!(borrower.rules.pricing, Pricing::Spot(_)) && borrower.capacity.is_some();
    assert!(is_spot && guaranteed == SimDuration::ZERO, "slots are lent to a spot pool that guarantees no run");
    borrower.loans.get_or_insert_default().lenders.push(PoolId(index as u32));
    borrower.is_followed = true;
    borrower.know_ways();
    borrower.raise_largest_capacity(most);
}

impl Marketplace {
    fn lent(&self, lender: PoolId) -> u32 {
        self.pools[lender.index()].loans.as_ref().map_or(0, |loans| loans.lent)
    }

    fn borrower(&self, lender: PoolId) -> Option<PoolId> {
        self.pools[lender.index()].rules.resale.map(|resale| resale.to)
    }

    fn has_notice_first(&self, borrower: PoolId) -> bool {
        self.pools[borrower.index()].rules.interruption.notice > SimDuration::ZERO
    }

    /// Slots of `borrower` that nobody holds.
    fn unheld(&self, borrower: PoolId) -> u32 {
        let pool = &self.pools[borrower.index()];
        pool.capacity.unwrap_or(0).saturating_sub(pool.occupied)
    }

    /// How many slots on loan `lender` could have at once.
    pub(super) fn see_within_reach(&mut self, lender: PoolId) {
        let Some(borrower) = self.borrower(lender) else { return };
        let unheld = if self.has_notice_first(borrower) { self.unheld(borrower) } else { u32::MAX };
        if let Some(loans) = &mut self.pools[lender.index()].loans {
            loans.within_reach = loans.lent.min(unheld);
        }
    }

    /// Somebody takes so many slots of `lender`: those on loan that are needed for it come home.
    pub(super) fn take_back(&mut self, now: SimTime, lender: PoolId, slots: u32, fx: &mut impl Effects) {
        let pool = &self.pools[lender.index()];
        let lent = self.lent(lender);
        if lent == 0 {
            return;
        }
        let short = (pool.occupied + slots + lent).saturating_sub(pool.capacity.unwrap_or(u32::MAX));
        self.end_loans(now, lender, short.min(lent), Cause::TakenBack, fx);
    }

    /// `lender` has fewer slots than before: those on loan go before any that its owner uses.
    pub(super) fn lose_loans(&mut self, now: SimTime, lender: PoolId, cause: Cause, fx: &mut impl Effects) {
        let (pool, lent) = (&self.pools[lender.index()], self.lent(lender));
        let over = (pool.occupied + lent).saturating_sub(pool.capacity.unwrap_or(u32::MAX));
        if lent > 0 {
            self.end_loans(now, lender, over.min(lent), cause, fx);
        }
    }

    /// Pools that lend to `borrower`.
    pub(super) fn lenders(&self, borrower: PoolId) -> Vec<PoolId> {
        self.pools[borrower.index()].loans.as_ref().map(|loans| loans.lenders.clone()).unwrap_or_default()
    }

    /// The pool has come: what is idle is lent to it.
    pub(super) fn borrow_all(&mut self, id: PoolId, fx: &mut impl Effects) {
        self.lenders(id).into_iter().for_each(|lender| self.lend_idle(lender, fx));
    }

    /// The pool is gone: what it has lent comes home, and so does what it has borrowed.
    pub(super) fn end_loans_of(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        for lender in self.lenders(id).into_iter().chain([id]) {
            self.end_loans(now, lender, self.lent(lender), Cause::Closure, fx);
        }
    }

    /// So many slots come home now. Whoever holds one too many gives way, and is asked what it does once the slots have
    /// changed hands.
    fn end_loans(&mut self, now: SimTime, lender: PoolId, count: u32, cause: Cause, fx: &mut impl Effects) {
        let Some(borrower) = self.borrower(lender).filter(|_| count > 0) else { return };
        self.move_loans(lender, borrower, |lent| lent - count, fx);
        while let Some(victim) = self.next_victim(now, borrower) {
            let evicted = self.evict(now, victim, cause, fx);
            self.displaced.push(evicted);
        }
        self.mark_dirty(lender);
    }

    fn move_loans(&mut self, lender: PoolId, borrower: PoolId, to: impl Fn(u32) -> u32, fx: &mut impl Effects) {
        let Some(loans) = &mut self.pools[lender.index()].loans else { return };
        let (before, after) = (loans.lent, to(loans.lent));
        loans.lent = after;
        loans.within_reach = loans.within_reach.saturating_sub(before.saturating_sub(after));
        let pool = &mut self.pools[borrower.index()];
        pool.capacity = pool.capacity.map(|capacity| capacity + after - before);
        if let Some(loans) = &mut pool.loans {
            loans.borrowed = loans.borrowed + after - before;
            loans.has_moved = true;
        }
        fx.lent(lender, borrower, after);
    }

    /// Slots of `id` are held or free: what is idle is lent, and what is needed taken back.
    pub(super) fn follow_loans(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        self.ask_displaced(now, fx);
        if let Some(borrower) = self.borrower(id) {
            self.recall(now, id, fx);
            self.lend_idle(id, fx);
            self.ask_displaced(now, fx);
            let loans = self.pools[borrower.index()].loans.as_mut();
            if loans.is_some_and(|loans| std::mem::take(&mut loans.has_moved)) {
                self.mark_dirty(borrower);
                self.refresh(now, borrower, fx);
            }
        }
        for lender in self.lenders(id) {
            self.recall(now, lender, fx);
        }
        self.ask_displaced(now, fx);
        self.tell_sold(now, id, fx);
    }

    /// Those who lost a slot on loan do what their pools say.
    fn ask_displaced(&mut self, now: SimTime, fx: &mut impl Effects) {
        let displaced: Vec<Evicted> = std::mem::take(&mut self.displaced);
        displaced.iter().for_each(|evicted| self.after_eviction(now, evicted, fx));
    }

    /// What nobody holds and nobody waits for is lent.
    fn lend_idle(&mut self, lender: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[lender.index()];
        let (Some(borrower), Some(capacity)) = (self.borrower(lender), pool.capacity) else { return };
        let idle = capacity.saturating_sub(pool.occupied + self.lent(lender));
        if idle > 0 && self.pools[borrower.index()].exists() && !pool.book.is_anybody_eligible(pool.lowest_served()) {
            self.move_loans(lender, borrower, |lent| lent + idle, fx);
        }
    }

    /// Slots on loan that somebody waits for at `lender`.
    fn wanted_back(&self, lender: PoolId) -> u32 {
        let (pool, lent) = (&self.pools[lender.index()], self.lent(lender));
        if lent == 0 {
            return 0;
        }
        let minimum = pool.lowest_served();
        let most = pool.capacity.unwrap_or(u32::MAX).saturating_sub(pool.occupied);
        let mut wanted = 0_u32;
        for entry in pool.book.waiting().filter(|entry| entry.bid >= minimum) {
            if wanted + entry.slots <= most {
                wanted += entry.slots;
            }
            if wanted >= most {
                break;
            }
        }
        wanted.saturating_sub(most.saturating_sub(lent))
    }

    /// For whoever waits at `lender`: slots that nobody holds come home, and the tenants of others are given notice.
    fn recall(&mut self, now: SimTime, lender: PoolId, fx: &mut impl Effects) {
        let Some(borrower) = self.borrower(lender).filter(|borrower| self.has_notice_first(*borrower)) else { return };
        loop {
            let wanted = self.wanted_back(lender);
            let unheld = self.unheld(borrower).min(wanted);
            if unheld > 0 {
                self.end_loans(now, lender, unheld, Cause::TakenBack, fx);
                continue;
            }
            let loans =
                self.pools[borrower.index()].loans.as_ref().map(|loans| (loans.recalled, loans.lenders.clone()));
            let (recalled, lenders) = loans.unwrap_or_default();
            if wanted == 0 || recalled >= lenders.iter().map(|lender| self.wanted_back(*lender)).sum() {
                return;
            }
            let tenants = self.holders(borrower).into_iter().filter(|place| !self.requests[place.0].has_notice());
            let tenants: Vec<Place> = tenants.collect();
            let Some(victim) = tenants.into_iter().min_by_key(|place| self.eviction_rank(now, borrower, *place)) else {
                return;
            };
            if let Attempt::Evicted(evicted) = self.attempt(now, victim, Cause::TakenBack, fx) {
                self.displaced.push(evicted);
            }
        }
    }

    /// How many slots that `id` has on loan are held: its own slots are used first.
    fn tell_sold(&self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        let Some(loans) = pool.loans.as_ref().filter(|loans| !loans.lenders.is_empty()) else { return };
        let own = pool.capacity.unwrap_or(0).saturating_sub(loans.borrowed);
        fx.sold_on_loan(id, pool.occupied.saturating_sub(own), pool.integral.at(now));
    }

    /// Does the burst at `place` wait for a slot of its tier that is on loan? Whoever does is told of nothing else.
    pub(super) fn waits_for_loan(
        &mut self,
        now: SimTime,
        place: Place,
        (id, tier): (PoolId, usize),
        bid: Price,
        fx: &mut impl Effects,
    ) -> bool {
        let pool = &self.pools[id.index()];
        let Some(resale) = pool.rules.resale.filter(|resale| resale.takes_back == TakesBack::Wait) else {
            return false;
        };
        let free = pool.capacity.unwrap_or(0).saturating_sub(pool.occupied);
        let waiting: u32 = pool.book.waiting().map(|entry| entry.slots).sum();
        let slots = self.requests[place.0].slots;
        if pool.is_down || !self.has_notice_first(resale.to) || !pool.has_waiting_room() || waiting + slots > free {
            return false;
        }
        self.promised.insert(place, Promise { pool: id, tier, bid });
        let request = &mut self.requests[place.0];
        request.state = State::Waiting { since: now };
        let pool = &mut self.pools[id.index()];
        pool.book.wait(pool.entry(Entry { place, number: request.number, bid, slots }));
        pool.waiting_members += 1;
        fx.waiting(place, request, request.patience);
        self.refresh(now, id, fx);
        true
    }

    /// The pool in which the request at `place` waits for a slot on loan, if it does.
    pub(super) fn promised_in(&self, place: Place) -> Option<PoolId> {
        self.promised.get(&place).map(|promise| promise.pool)
    }

    /// The tier is gone: bursts that wait for its slots on loan try the next ones.
    pub(super) fn break_promises(&mut self, now: SimTime, tier: PoolId, fx: &mut impl Effects) {
        let promised = self.promised.iter().filter(|(_, promise)| promise.pool == tier);
        for place in promised.map(|(place, _)| *place).collect::<Vec<_>>() {
            self.keep_promise(now, place, fx);
        }
    }

    /// The slot for which the burst at `place` has waited is there: it takes it, if its budget still bears that; else it
    /// tries the next tiers.
    pub(super) fn keep_promise(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let Some(promise) = self.promised.get(&place).copied() else { return };
        self.leave_queue(now, place, fx);
        let tiers = self.tiers_of(place);
        let mut refusal = Refusal::Capacity;
        for tier in promise.tier..tiers {
            match self.try_tier(now, place, tier, fx) {
                Ok(()) => return,
                Err(Refusal::Budget) => refusal = Refusal::Budget,
                Err(_) => {}
            }
        }
        self.refuse(place, refusal, fx);
    }
}

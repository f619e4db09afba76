//! The clearing of pools with rules beside bid and time: guaranteed runs, notices, caps, credits, fair order, ranks.
//!
//! The same order as in [`super`], with three differences. Whoever has a guaranteed run comes first. A cap or an empty
//! account passes over a request, and never over those behind it. Among waiting requests of one level, those go first
//! whose party has the smallest claim, counted anew after each that is served.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Changes;
use crate::market::book::Entry;
use crate::market::fairness::Extra;
use crate::market::ids::{PartyId, Place, PoolId};
use crate::market::marketplace::Marketplace;
use crate::market::pool::Pool;
use crate::market::pricing;
use crate::market::rules::{Fit, Pricing, WaitingOrder};
use crate::units::{Accrual, Money, Price, SimDuration, SimTime, product};

/// Somebody who runs or would like to.
#[derive(Clone, Copy, Debug)]
pub(in crate::market) struct Candidate {
    pub(in crate::market) place: Place,
    pub(in crate::market) number: u64,
    pub(in crate::market) slots: u32,
    payer: PartyId,
    runs: bool,
    /// Whole groups go before others: guaranteed runs, then by bid, then those who wait in another order.
    pub(in crate::market) group: u8,
    /// Higher levels go first: the bid, or the rank by the owner's formula and then the bid.
    level: (i64, i64),
    /// The most that its lease can cost.
    most: Money,
}

impl Candidate {
    /// Candidates that are equal but for their claims and times of arrival.
    pub(in crate::market) fn standing(&self) -> (u8, Reverse<(i64, i64)>, bool) {
        (self.group, Reverse(self.level), !self.runs)
    }
}

impl Marketplace {
    /// Who stops and who starts; with a newcomer, it is among those who start if it runs. Where nobody may be displaced,
    /// only free slots are given out. Slots under notice count as there: whoever they are meant for starts once they are
    /// free.
    pub(in crate::market) fn clear_by_rules(
        &mut self,
        now: SimTime,
        id: PoolId,
        newcomer: Option<&Entry>,
        may_displace: bool,
    ) -> Changes {
        if !may_displace && self.pools[id.index()].room() == 0 {
            return Changes::default(); // nobody can start, whatever the ranks are
        }
        let mut candidates = self.candidates(now, id, newcomer, may_displace);
        candidates.sort_by_key(|candidate| (candidate.standing(), candidate.number));
        let pool = &self.pools[id.index()];
        let left = if may_displace { pool.capacity.unwrap_or(super::UNLIMITED) } else { pool.room() };
        Walk { pool, now, left, stopped: false, extra: Extra::default(), changes: Changes::default() }.over(candidates)
    }

    fn candidates(&mut self, now: SimTime, id: PoolId, newcomer: Option<&Entry>, may_displace: bool) -> Vec<Candidate> {
        let pool = &self.pools[id.index()];
        let minimum = pool.lowest_served();
        let displaces = may_displace && pool.book.is_ranked();
        let by_bid = pool.book.is_ranked() && pool.book.order() == WaitingOrder::ByMethod;
        let mut candidates = Vec::new();
        if may_displace {
            candidates.extend(pool.book.running().iter().map(|entry| self.candidate(now, id, entry, true)));
            candidates.extend(self.unranked_holders(id).iter().map(|entry| self.candidate(now, id, entry, true)));
        }
        let may_start =
            |entry: &&Entry| if may_displace { !self.demands(entry.place) } else { self.has_place(entry.place, id) };
        let waiting = pool.book.waiting().filter(|entry| entry.bid >= minimum).filter(may_start);
        let waiting: Vec<Entry> = waiting.chain(newcomer).copied().collect();
        let rank = match &pool.rules.pricing {
            Pricing::Formula(rules) => rules.rank.clone().map(|formula| (formula, self.variables(now, id))),
            _ => None,
        };
        for entry in waiting {
            let is_newcomer = newcomer.is_some_and(|newcomer| newcomer.place == entry.place);
            let mut candidate = self.candidate(now, id, &entry, false);
            // A newcomer still displaces lower bids where the queue is served in order of arrival.
            let is_ranked = by_bid || (is_newcomer && displaces);
            (candidate.group, candidate.level) = if is_ranked { (1, (entry.bid.units(), 0)) } else { (2, (0, 0)) };
            if let Some((formula, of_pool)) = &rank {
                let variables = self.variables_of(now, id, entry.place, of_pool);
                let rank = self.evaluate(id, &**formula, &variables).unwrap_or(0);
                candidate.level = (rank, entry.bid.units());
            }
            candidates.push(candidate);
        }
        if may_displace {
            self.put_owners_first(id, &mut candidates);
        }
        candidates
    }

    fn candidate(&self, now: SimTime, id: PoolId, entry: &Entry, runs: bool) -> Candidate {
        Candidate {
            place: entry.place,
            number: entry.number,
            slots: entry.slots,
            payer: self.requests[entry.place.0].payer,
            runs,
            group: u8::from(!(runs && self.is_guaranteed(now, entry.place))),
            level: (entry.bid.units(), 0),
            most: if runs { Money::ZERO } else { self.highest_cost(id, entry.place, entry.bid) },
        }
    }

    /// The most that the request at `place` can cost in `id` at this bid, where its member's credits must bear it.
    pub(in crate::market) fn highest_cost(&self, id: PoolId, place: Place, bid: Price) -> Money {
        let (pool, request) = (&self.pools[id.index()], &self.requests[place.0]);
        let has_credits = pool.fairness.as_ref().is_some_and(|fairness| fairness.credits().is_some());
        if !has_credits || request.work == SimDuration::ENDLESS {
            return Money::ZERO;
        }
        let price = pricing::highest_unit_price(pool, bid);
        let time = pool.billed_time(request.work);
        let most = Accrual::from_units(product(price.units(), time.ticks())).times(request.slots);
        // A lease that came through its guaranteed run is billed in two parts, each of which may be rounded up.
        let (money, rest) = most.bill();
        let is_more = rest > Accrual::ZERO || pool.rules.interruption.guaranteed > SimDuration::ZERO;
        money + Money::from_units(i128::from(is_more))
    }

    /// Those who wait and may be served, best first, as an auction asks for them: whoever is over its cap, or cannot pay,
    /// takes no part.
    pub(in crate::market) fn bidders(&mut self, now: SimTime, id: PoolId) -> Vec<Entry> {
        let pool = &self.pools[id.index()];
        let minimum = pool.minimum;
        if pool.fairness.is_none() {
            return pool.book.waiting().filter(|entry| entry.bid >= minimum).copied().collect();
        }
        let waiting: Vec<Entry> = pool.book.waiting().filter(|entry| entry.bid >= minimum).copied().collect();
        let mut candidates: Vec<Candidate> =
            waiting.iter().map(|entry| self.candidate(now, id, entry, false)).collect();
        candidates.sort_by_key(|candidate| (candidate.standing(), candidate.number));
        let pool = &self.pools[id.index()];
        let walk =
            Walk { pool, now, left: u32::MAX, stopped: false, extra: Extra::default(), changes: Changes::default() };
        let order = walk.over(candidates).start;
        let by_place: BTreeMap<Place, Entry> = waiting.iter().map(|entry| (entry.place, *entry)).collect();
        order.iter().filter_map(|place| by_place.get(place).copied()).collect()
    }
}

/// A clearing under way.
struct Walk<'a> {
    pool: &'a Pool,
    now: SimTime,
    left: u32,
    stopped: bool,
    /// What it has given out so far.
    extra: Extra,
    changes: Changes,
}

impl Walk<'_> {
    fn over(mut self, mut candidates: Vec<Candidate>) -> Changes {
        let orders_equals = self.pool.fairness.as_ref().is_some_and(|fairness| fairness.orders_equals());
        let mut running = candidates.iter().filter(|candidate| candidate.runs).count();
        for next in 0..candidates.len() {
            if running == 0 && (self.stopped || self.left == 0) {
                break; // nobody else can start, and nobody is left to stop
            }
            if orders_equals && !candidates[next].runs {
                self.bring_smallest_claim_forward(&mut candidates[next..]);
            }
            let candidate = candidates[next];
            running -= usize::from(candidate.runs);
            self.look_at(&candidate);
        }
        self.changes
    }

    /// Among those who stand like the first, the one with the smallest claim; the earlier one of equals.
    fn bring_smallest_claim_forward(&self, candidates: &mut [Candidate]) {
        let Some(fairness) = &self.pool.fairness else { return };
        let standing = candidates[0].standing();
        let equals = candidates.iter().take_while(|candidate| candidate.standing() == standing);
        let claim = |candidate: &Candidate| fairness.claim(self.now, candidate.payer, &self.extra);
        let smallest = equals.enumerate().min_by_key(|(_, candidate)| (claim(candidate), candidate.number));
        let index = smallest.map_or(0, |(index, _)| index);
        candidates[..=index].rotate_right(1);
    }

    fn look_at(&mut self, candidate: &Candidate) {
        if !candidate.runs && !self.is_allowed(candidate) {
            return;
        }
        let served = !self.stopped && candidate.slots <= self.left;
        if served {
            self.left -= candidate.slots;
        } else {
            self.stopped |= self.pool.rules.fit == Fit::Strict;
        }
        match (candidate.runs, served) {
            (true, false) => self.changes.evict.push(candidate.place),
            (false, true) => {
                if let Some(fairness) = &self.pool.fairness {
                    self.extra.add(fairness, candidate.payer, candidate.slots, candidate.most);
                }
                self.changes.start.push(candidate.place);
            }
            _ => {}
        }
    }

    fn is_allowed(&self, candidate: &Candidate) -> bool {
        self.pool.fairness.as_ref().is_none_or(|fairness| {
            fairness.is_within_caps(candidate.payer, candidate.slots, &self.extra)
                && fairness.bears(candidate.payer, candidate.most, &self.extra)
        })
    }
}

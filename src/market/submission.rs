//! A request arrives, is served, waits, is refused, or gives up.

use super::book::Entry;
use super::clearing::{self, Admission, Changes};
use super::command::Submission;
use super::effects::Effects;
use super::fairness::Extra;
use super::ids::{Place, PoolId};
use super::interruption::GaveWay;
use super::marketplace::Marketplace;
use super::records::{Cause, Fate, Refusal};
use super::request::{Origin, Request, State};
use super::rules::{BelowMinimum, Fit};
use super::settlement::Terms;
use crate::units::{Price, SimDuration, SimTime};

impl Marketplace {
    /// A request arrives: [`super::Command::Submit`] without the command. The pool decides first; whom it has no room for may
    /// burst.
    ///
    /// # Panics
    /// If it names a pool or party that does not exist.
    #[inline(always)]
    pub fn submit(&mut self, now: SimTime, submission: &Submission, fx: &mut impl Effects) {
        if !self.submit_shortly(now, submission, fx) {
            self.submit_by_rules(now, submission, fx);
        }
    }

    #[inline(never)]
    fn submit_by_rules(&mut self, now: SimTime, submission: &Submission, fx: &mut impl Effects) {
        let home = submission.pool;
        if self.pools[home.index()].redirects && submission.choices.is_none() {
            return self.submit_to_keeper(now, submission, fx);
        }
        let place = self.enter(now, submission, Origin::Member);
        let home = submission.choices.map_or(home, |choices| self.choose_market(now, place, choices, fx));
        self.decide(now, place, home, fx);
    }

    /// What becomes of a request that was just entered.
    #[inline(always)]
    pub(super) fn decide(&mut self, now: SimTime, place: Place, home: PoolId, fx: &mut impl Effects) {
        fx.opened(place, &self.requests[place.0]);
        match self.serve_or_wait(now, place, fx) {
            Ok(()) => {}
            Err(refusal) => self.finish(place, Fate::Refused(refusal), fx),
        }
        self.refresh(now, home, fx);
    }

    #[inline(always)]
    pub(super) fn enter(&mut self, now: SimTime, submission: &Submission, origin: Origin) -> Place {
        let number = self.next_request;
        self.next_request += 1;
        Place(self.requests.insert(Request { origin, ..Request::new(now, number, submission) }))
    }

    #[inline(always)]
    pub(super) fn serve_or_wait(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> Result<(), Refusal> {
        let request = &self.requests[place.0];
        let (home, bid, slots) = (request.home, request.bid, request.slots);
        let pool = &self.pools[home.index()];
        if pool.is_gated {
            self.lets_in(home, request.affiliation.unwrap_or(home), request.payer)?;
        }
        if pool.fairness.as_ref().is_some_and(|fairness| fairness.exceeds_caps(request.payer, slots)) {
            return Err(Refusal::Cap);
        }
        let fits_at_all = pool.fits_at_all(slots) && (pool.is_plain || self.fits_its_place(place, home));
        if bid < pool.lowest_accepted() {
            let waits = pool.rules.below_minimum == BelowMinimum::Waits && fits_at_all && pool.has_waiting_room();
            return waits.then(|| self.wait(now, place, fx)).ok_or(Refusal::Price);
        }
        if bid >= pool.lowest_served()
            && let Some(evicted) = self.offer(now, place, home, None, bid, fx)
        {
            self.after_all(now, &evicted, fx);
            return Ok(());
        }
        if self.pools[home.index()].rules.serves_in_part && self.serve_in_part(now, place, fx) {
            return Ok(());
        }
        if fits_at_all && self.pools[home.index()].has_waiting_room() {
            self.wait(now, place, fx);
            // A strict clearing does not reach those behind it, whether they run or wait; and where a notice is given,
            // it is given for whoever waits.
            let pool = &self.pools[home.index()];
            if pool.rules.fit == Fit::Strict || !pool.is_short {
                self.mark_dirty(home);
            }
            return Ok(());
        }
        let refusal = self.refusal(place, fits_at_all);
        self.burst(now, place, fx).map_err(|burst| if burst == Refusal::Budget { burst } else { refusal })
    }

    /// Gives the request as many slots as are free, if that is fewer than it asks for and more than none. It displaces
    /// nobody.
    fn serve_in_part(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> bool {
        let request = &self.requests[place.0];
        let (home, bid, asked) = (request.home, request.bid, request.slots);
        let pool = &self.pools[home.index()];
        let room = pool.room();
        if room == 0 || room >= asked || bid < pool.lowest_served() {
            return false;
        }
        self.requests[place.0].slots = room;
        if self.admission(now, place, home, bid, fx) != Admission::Free {
            self.requests[place.0].slots = asked;
            return false;
        }
        fx.cut(place, &self.requests[place.0], asked - room);
        self.begin_lease(now, place, home, Terms::by_method(None, bid), fx);
        true
    }

    /// Why the pool that was asked has nothing for the request at `place`.
    fn refusal(&self, place: Place, fits_at_all: bool) -> Refusal {
        let request = &self.requests[place.0];
        let pool = &self.pools[request.home.index()];
        if request.bid < pool.lowest_served() {
            return Refusal::Price;
        }
        if let Some(fairness) = &pool.fairness {
            if !fairness.is_within_caps(request.payer, request.slots, &Extra::default()) {
                return Refusal::Cap;
            }
            if !fairness.bears(request.payer, self.highest_cost(request.home, place, request.bid), &Extra::default()) {
                return Refusal::Credits;
            }
        }
        if fits_at_all && pool.outbids(request.bid) { Refusal::Outbid } else { Refusal::Capacity }
    }

    /// Offers the request to a pool at `bid`. If it runs there now: whoever gave way, and still has to do something.
    #[inline(always)]
    pub(super) fn offer(
        &mut self,
        now: SimTime,
        place: Place,
        id: PoolId,
        tier: Option<u8>,
        bid: Price,
        fx: &mut impl Effects,
    ) -> Option<GaveWay> {
        match self.admission(now, place, id, bid, fx) {
            Admission::No => None,
            Admission::Free => {
                self.begin_lease(now, place, id, Terms::by_method(tier, bid), fx);
                Some(GaveWay::Nobody)
            }
            Admission::Displaces(victim) => {
                let evicted = self.evict(now, victim, Cause::Outbid, fx);
                self.begin_lease(now, place, id, Terms::by_method(tier, bid), fx);
                Some(GaveWay::One(evicted))
            }
            Admission::Rearranges(changes) => {
                let evicted = self.evict_displaced(now, id, &changes, Some(bid), fx);
                self.begin_lease(now, place, id, Terms::by_method(tier, bid), fx);
                self.start_all(now, &changes, fx);
                Some(evicted)
            }
        }
    }

    /// Would the request run in `pool` at `bid`? Clears the pool first if that is due.
    #[inline(always)]
    pub(super) fn admission(
        &mut self,
        now: SimTime,
        place: Place,
        id: PoolId,
        bid: Price,
        fx: &mut impl Effects,
    ) -> Admission {
        while self.pools[id.index()].dirty {
            self.clear(now, id, fx); // whoever goes for it may leave more to clear
        }
        let request = &self.requests[place.0];
        let pool = &self.pools[id.index()];
        if pool.is_down {
            return Admission::No;
        }
        let newcomer = pool.entry(Entry { place, number: request.number, bid, slots: request.slots });
        if pool.is_plain {
            return clearing::admit(&pool.book, &pool.supply(), &newcomer);
        }
        self.admission_by_rules(now, id, &newcomer)
    }

    /// The same in a pool that has more rules than bid, time and size.
    fn admission_by_rules(&mut self, now: SimTime, id: PoolId, newcomer: &Entry) -> Admission {
        self.see_within_reach(id);
        let pool = &self.pools[id.index()];
        if pool.is_auction() {
            return Admission::No; // the next round decides
        }
        if !self.has_place(newcomer.place, id) {
            return Admission::No;
        }
        if pool.is_short && !self.is_demanding(id) {
            return clearing::admit(&pool.book, &pool.supply(), newcomer);
        }
        let displaces = pool.displaces() && !self.demands(newcomer.place);
        let (free, displaces) = (pool.room(), displaces || self.may_take_back(id, Some(newcomer)));
        let has_notice = pool.rules.interruption.notice > SimDuration::ZERO;
        let mut changes = self.clear_by_rules(now, id, Some(newcomer), displaces);
        let Some(index) = changes.start.iter().position(|place| *place == newcomer.place) else { return Admission::No };
        if has_notice {
            // Whoever must go holds its slots until its notice ends; the next clearing gives it.
            return if newcomer.slots <= free { Admission::Free } else { Admission::No };
        }
        changes.start.remove(index);
        if changes == Changes::default() { Admission::Free } else { Admission::Rearranges(changes) }
    }

    /// Clears every pool in which slots became free, in the order in which they did.
    pub(super) fn clear_dirty(&mut self, now: SimTime, fx: &mut impl Effects) {
        while let Some(&id) = self.dirty.first() {
            self.clear(now, id, fx);
        }
    }

    pub(super) fn clear(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        self.dirty.retain(|dirty| *dirty != id);
        let pool = &mut self.pools[id.index()];
        pool.dirty = false;
        if pool.is_down {
            return;
        }
        let pool = &self.pools[id.index()];
        let changes = if pool.is_plain || (pool.is_short && !self.is_demanding(id)) {
            clearing::refill(&pool.book, &pool.supply())
        } else {
            let displaces = pool.displaces() || self.may_take_back(id, None);
            self.see_within_reach(id);
            self.clear_by_rules(now, id, None, displaces)
        };
        self.carry_out(now, id, &changes, fx);
        if self.pools[id.index()].bursts.is_some() {
            self.after_clearing(now, id, fx);
        }
    }

    pub(super) fn carry_out(&mut self, now: SimTime, id: PoolId, changes: &Changes, fx: &mut impl Effects) {
        let evicted = self.evict_displaced(now, id, changes, None, fx);
        self.start_all(now, changes, fx);
        self.after_all(now, &evicted, fx);
        self.refresh(now, id, fx);
        self.serve_demands(now, id, fx);
    }

    pub(super) fn start_all(&mut self, now: SimTime, changes: &Changes, fx: &mut impl Effects) {
        let mut has_kept_promises = false;
        for &place in &changes.start {
            if !self.promised.is_empty() && self.promised.contains_key(&place) {
                self.keep_promise(now, place, fx);
                has_kept_promises = true;
                continue;
            }
            let request = &self.requests[place.0];
            if has_kept_promises && !request.is_waiting() {
                continue; // asking a tier has cleared this very pool on the way
            }
            if request.slots > self.pools[request.home.index()].room() {
                continue; // its slots are still held under notice
            }
            if !self.has_place(place, request.home) {
                continue; // somebody else got the slots where it demands them
            }
            self.leave_queue(now, place, fx);
            let request = &self.requests[place.0];
            let (home, bid) = (request.home, request.bid);
            self.begin_lease(now, place, home, Terms::by_method(None, bid), fx);
        }
    }

    /// Puts the request into its pool's queue.
    pub(super) fn wait(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let request = &mut self.requests[place.0];
        request.state = State::Waiting { since: now };
        let pool = &mut self.pools[request.home.index()];
        let entry = Entry { place, number: request.number, bid: request.bid, slots: request.slots };
        pool.book.wait(pool.entry(entry));
        if request.origin == Origin::Member {
            pool.waiting_members += 1;
        }
        fx.waiting(place, request, request.patience);
        let home = request.home;
        self.note_claim(place, home);
        self.bids_changed(now, home, fx);
        if self.pools[home.index()].bursts.is_some() {
            self.came_to_wait(now, place, fx);
        }
    }

    /// What the fairness rules of `home` have to know of a request that waits there, or has changed its bid.
    pub(super) fn note_claim(&mut self, place: Place, home: PoolId) {
        if self.pools[home.index()].fairness.is_some() {
            let (payer, bid) = (self.requests[place.0].payer, self.requests[place.0].bid);
            let most = self.highest_cost(home, place, bid);
            self.pools[home.index()].fairness.iter_mut().for_each(|fairness| fairness.waits(place, payer, most));
        }
    }

    /// Takes the request off its pool's queue.
    pub(super) fn leave_queue(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let request = &mut self.requests[place.0];
        let State::Waiting { since } = request.state else { unreachable!("only who waits can leave the queue") };
        let waited = now - since;
        request.state = State::Pending;
        request.waited += waited;
        request.patience = request.patience.map(|patience| patience - waited);
        let promise = if self.promised.is_empty() { None } else { self.promised.remove(&place) };
        let (asked, bid) = promise.map_or((request.home, request.bid), |promise| (promise.pool, promise.bid));
        let pool = &mut self.pools[asked.index()];
        let entry = Entry { place, number: request.number, bid, slots: request.slots };
        pool.book.stop_waiting(&pool.entry(entry));
        if request.origin == Origin::Member {
            pool.waiting_members -= 1;
        }
        fx.waited(place, request, waited);
        let home = request.home;
        if let Some(fairness) = &mut self.pools[home.index()].fairness {
            fairness.stopped_waiting(place);
        }
        if self.pools[home.index()].bursts.is_some() {
            self.stopped_waiting(place, fx);
        }
    }

    pub(super) fn abandon(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        self.give_up(now, place, Fate::Abandoned, fx);
    }
}

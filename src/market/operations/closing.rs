//! A pool ends, by its owner's word or by its term: nothing is left of it.

use crate::market::command::Alarm;
use crate::market::effects::Effects;
use crate::market::ids::{Place, PoolId};
use crate::market::interruption::GaveWay;
use crate::market::marketplace::Marketplace;
use crate::market::records::{Cause, Ending, Fate, Refusal};
use crate::market::request::{Origin, Request, State};
use crate::market::rounds::Rounds;
use crate::market::rules::Stage;
use crate::units::SimTime;

impl Marketplace {
    /// Deletes the pool. Whoever waits there is refused; whoever holds its slots, and whoever of it bursts, is interrupted:
    /// its own requests are lost, those of other pools do what their pool says. Pools that it supplied lose those slots for
    /// good. Its own slots are gone, those from other pools are given back.
    pub(super) fn delete(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let existed = self.pools[id.index()].exists();
        if existed {
            self.bill_hours(now, id, fx);
        }
        let pool = &mut self.pools[id.index()];
        // A rule may create it anew; what was only planned is given up for good.
        let comes_back =
            existed && pool.rules.life.as_ref().and_then(|life| life.by_rule.as_ref()?.create.as_ref()).is_some();
        pool.rounds = Rounds::default();
        let kept = pool.capacity;
        let stage = if comes_back { Stage::Planned } else { Stage::Closed };
        pool.enter_stage(stage);
        fx.entered(id, stage);
        if !existed {
            self.dismiss_all(now, id, fx);
            return self.look_again(now, id, fx);
        }
        // Until they are gone, the slots that are held are there.
        pool.capacity = kept;
        self.dismiss_all(now, id, fx);
        self.end_all(now, id, fx);
        for supplied in self.supply_of(id) {
            self.give_back(now, supplied, fx);
        }
        self.end_loans_of(now, id, fx);
        let pool = &mut self.pools[id.index()];
        debug_assert!(pool.occupied == 0 || pool.is_proportional(), "somebody holds slots of a pool that is closed");
        (pool.capacity, pool.leaving) = (Some(0), 0);
        pool.life.leaving.clear();
        pool.recount();
        self.break_promises(now, id, fx);
        self.silence(now, id, fx);
        self.refresh(now, id, fx);
    }

    /// Its term has ended.
    pub(in crate::market) fn term_alarm(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        if self.pools[id.index()].exists() {
            self.delete(now, id, fx);
        }
    }

    /// Whoever waits in the pool is sent away; pools that wait for its slots ask for them no more.
    fn dismiss_all(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        for place in self.requests_where(|request| request.home == id && request.is_waiting()) {
            match self.requests[place.0].origin {
                Origin::Member => {
                    let promised = self.promised_in(place);
                    self.leave_queue(now, place, fx);
                    self.refuse(place, Refusal::Down, fx);
                    promised.into_iter().for_each(|tier| self.refresh(now, tier, fx));
                }
                Origin::Supply { to } => {
                    self.leave_queue(now, place, fx);
                    self.drop_line(place, to);
                    self.finish_supply(place, to, Fate::Refused(Refusal::Down), fx);
                    self.dismiss_too_large(now, to, fx);
                    self.refresh(now, to, fx);
                }
            }
        }
    }

    /// Ends all leases of its slots, and of its members in tiers. All slots change hands before anybody asks what the
    /// evicted ones do next.
    fn end_all(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let is_meant = |request: &Request| match (request.holds_in(), request.origin) {
            (Some(pool), Origin::Member) => pool == id || request.home == id,
            (Some(pool), Origin::Supply { .. }) => pool == id,
            (None, _) => false,
        };
        let places = self.requests_where(is_meant);
        let of = |place: &Place| [Some(self.requests[place.0].home), self.requests[place.0].holds_in()];
        let mut touched: Vec<PoolId> = places.iter().flat_map(of).flatten().collect();
        touched.sort_unstable();
        touched.dedup();
        let evicted: Vec<_> = places.iter().map(|place| self.evict(now, *place, Cause::Closure, fx)).collect();
        self.after_all(now, &GaveWay::Many(evicted), fx);
        for pool in touched {
            self.refresh(now, pool, fx);
        }
    }

    /// The clock has nothing more to say to it, unless a rule may create it anew.
    fn silence(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        let alarms = [
            pool.quote_period().map(|_| Alarm::Quote(id)),
            pool.rules.minimum_formula.as_ref().map(|_| Alarm::Minimum(id)),
            pool.is_auction().then_some(Alarm::Round(id)),
            pool.fairness.as_ref().and_then(|fairness| fairness.credits()).map(|_| Alarm::Credits(id)),
            pool.reservations.as_ref().map(|_| Alarm::Supply(id)),
            Some(Alarm::Slots(id)),
            Some(Alarm::Term(id)),
        ];
        for alarm in alarms.into_iter().flatten() {
            fx.alarm(alarm, SimTime::NEVER);
        }
        self.look_again(now, id, fx);
    }

    /// Does a pool whose supply lease was revoked go on waiting for the slot? Not if the slot was on its way out anyway, or
    /// if the pool that it came from is no more: then the request ends here.
    pub(in crate::market) fn wants_back(
        &mut self,
        now: SimTime,
        place: Place,
        to: PoolId,
        fx: &mut impl Effects,
    ) -> bool {
        let (number, from) = (self.requests[place.0].number, self.requests[place.0].home);
        let pool = &mut self.pools[to.index()];
        let leaves = pool.life.leaving.iter().any(|leaving| leaving.supplied.iter().any(|s| s.number == number));
        if leaves {
            pool.leaving -= 1;
            self.finish_supply(place, to, Fate::Withdrawn, fx);
            self.evict_excess(now, to, Cause::Supply, fx);
            self.dismiss_too_large(now, to, fx);
            self.refresh(now, to, fx);
            return false;
        }
        if self.pools[from.index()].exists() {
            return true;
        }
        self.drop_line(place, to);
        self.finish_supply(place, to, Fate::Lost, fx);
        self.supply_lost(now, to, Cause::Supply, fx);
        self.dismiss_too_large(now, to, fx);
        false
    }

    /// One slot less that `to` has asked for; scaling rules take other slots.
    fn drop_line(&mut self, place: Place, to: PoolId) {
        let (number, from) = (self.requests[place.0].number, self.requests[place.0].home);
        if self.pools[to.index()].life.taken.iter().all(|taken| taken.number != number) {
            self.shrink_lines(to, from, 1);
        }
    }

    /// Closes a request for supply.
    pub(super) fn finish_supply(&mut self, place: Place, to: PoolId, fate: Fate, fx: &mut impl Effects) {
        let number = self.requests[place.0].number;
        let life = &mut self.pools[to.index()].life;
        life.taken.retain(|supplied| supplied.number != number);
        life.leaving.iter_mut().for_each(|leaving| leaving.supplied.retain(|supplied| supplied.number != number));
        self.forget_unit(place);
        self.finish(place, fate, fx);
        self.pools[to.index()].recount();
    }

    /// Gives a slot of supply back, or stops waiting for it. Was it there?
    pub(super) fn give_back(&mut self, now: SimTime, supplied: super::stage::Supplied, fx: &mut impl Effects) -> bool {
        let place = supplied.place;
        let Origin::Supply { to } = self.requests[place.0].origin else { unreachable!("only pools give back") };
        let from = self.requests[place.0].home;
        let held = match self.requests[place.0].state {
            State::Holding(_) => {
                self.end_lease(now, place, Ending::Returned, fx);
                true
            }
            State::Waiting { .. } => {
                self.leave_queue(now, place, fx);
                self.mark_dirty(from);
                false
            }
            State::Pending => false,
        };
        self.finish_supply(place, to, Fate::Withdrawn, fx);
        self.refresh(now, from, fx);
        held
    }
}

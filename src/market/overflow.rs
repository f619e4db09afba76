//! Waiting requests that try the burst tiers: on what their pool says, and after those who wait had the free slots.

use super::bursts::Triggered;
use super::command::Alarm;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::request::Origin;
use crate::units::{PARTS_PER_WHOLE, SimDuration, SimTime};

impl Marketplace {
    /// Notes for `home`, if somebody waits there, what happened; its next clearing looks at it.
    pub(super) fn trigger(&mut self, home: PoolId, note: impl FnOnce(&mut Triggered)) {
        let pool = &mut self.pools[home.index()];
        if let Some(bursts) = pool.bursts.as_mut().filter(|_| pool.book.is_anybody_waiting()) {
            note(&mut bursts.triggered);
            self.call_clearing(home);
        }
    }

    /// The request at `place` came to wait.
    pub(super) fn came_to_wait(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let request = &self.requests[place.0];
        let Some(terms) = self.pools[request.home.index()].burst_terms().filter(|_| request.origin == Origin::Member)
        else {
            return;
        };
        let triggers = &terms.triggers;
        if let Some(after) = triggers.waited.filter(|after| request.waited < *after || *after == SimDuration::ZERO) {
            fx.alarm(Alarm::Overflow(place), now.saturating_add(after - request.waited.min(after)));
        }
        let (home, number) = (request.home, request.number);
        if triggers.utilisation.is_some() && self.is_above(home) {
            self.trigger(home, |triggered| triggered.newcomers.push((place, number)));
        }
    }

    /// It does not wait any more.
    pub(super) fn stopped_waiting(&self, place: Place, fx: &mut impl Effects) {
        let terms = self.pools[self.requests[place.0].home.index()].burst_terms();
        if terms.is_some_and(|terms| terms.triggers.waited.is_some()) {
            fx.alarm(Alarm::Overflow(place), SimTime::NEVER);
        }
    }

    /// The request at `place` has waited so long that it tries the tiers.
    pub(super) fn overflow_alarm(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        if self.requests[place.0].is_waiting() {
            self.try_waiting(now, place, fx);
        }
    }

    /// Are more of its slots held than the trigger says? Of no slots all are.
    fn is_above(&self, id: PoolId) -> bool {
        let pool = &self.pools[id.index()];
        let most = pool.burst_terms().and_then(|terms| terms.triggers.utilisation);
        let (Some(most), Some(capacity)) = (most, pool.capacity) else { return false };
        let held = u64::from(pool.occupied) * u64::from(PARTS_PER_WHOLE);
        capacity == 0 || held > u64::from(capacity) * u64::from(most.parts())
    }

    /// The level of `id` may have passed what the trigger says.
    pub(super) fn watch_level(&mut self, id: PoolId) {
        let is_above = self.is_above(id);
        let Some(bursts) = &mut self.pools[id.index()].bursts else { return };
        if std::mem::replace(&mut bursts.triggered.is_above, is_above) || !is_above {
            return;
        }
        self.trigger(id, |triggered| triggered.rose = true);
    }

    /// A budget period of `home` began.
    pub(super) fn budget_was_reset(&mut self, home: PoolId) {
        if self.pools[home.index()].burst_terms().is_some_and(|terms| terms.triggers.budget_reset) {
            self.trigger(home, |triggered| triggered.budget_reset = true);
        }
    }

    /// After a clearing of `id`: its bursts move home, then whoever still waits tries the tiers if something calls for it.
    pub(super) fn after_clearing(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        self.move_home(now, id, fx);
        let Some(bursts) = &mut self.pools[id.index()].bursts else { return };
        let is_above = bursts.triggered.is_above;
        let called = std::mem::replace(&mut bursts.triggered, Triggered { is_above, ..Triggered::default() });
        if called.rose || called.budget_reset {
            self.try_all_waiting(now, id, false, fx);
        } else {
            for (place, number) in called.newcomers {
                if self.still_waits(place, number) && self.is_above(id) {
                    self.try_waiting(now, place, fx);
                }
            }
        }
        if called.tier_freed {
            self.try_all_waiting(now, id, true, fx);
        }
    }

    /// All who wait, in the order in which they do; or until no tier takes one.
    fn try_all_waiting(&mut self, now: SimTime, id: PoolId, stops: bool, fx: &mut impl Effects) {
        let waiting: Vec<(Place, u64)> =
            self.pools[id.index()].book.waiting().map(|entry| (entry.place, entry.number)).collect();
        for (place, number) in waiting {
            if self.still_waits(place, number) && !self.try_waiting(now, place, fx) && stops {
                break;
            }
        }
    }

    pub(super) fn still_waits(&self, place: Place, number: u64) -> bool {
        let request = &self.requests[place.0];
        request.number == number && request.is_waiting()
    }

    /// Does a tier take the waiting request at `place`? Below the minimum it never bursts.
    fn try_waiting(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> bool {
        let request = &self.requests[place.0];
        let (home, is_member) = (request.home, request.origin == Origin::Member);
        if !is_member || request.bid < self.pools[home.index()].lowest_accepted() {
            return false;
        }
        self.burst_from(now, place, 0, fx).is_ok()
    }
}

//! What a pool does by its own rules: slots come and go, the pool itself is created and deleted.

use super::Change;
use super::stage::Supplied;
use crate::market::command::Alarm;
use crate::market::effects::Effects;
use crate::market::formula::Formula;
use crate::market::ids::{AccountId, PoolId};
use crate::market::marketplace::Marketplace;
use crate::market::records::Fate;
use crate::market::rules::{ScalingRule, ScalingStep, Stage};
use crate::units::{Price, SimDuration, SimTime};

impl Marketplace {
    /// The rules of the pool are looked at, as far as they are due: first whether it is created, then its slots, then whether
    /// it is deleted.
    pub(in crate::market) fn scale(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let looks_at_life = self.pools[id.index()].life.looks_at_life <= now;
        let existed = self.pools[id.index()].exists();
        if looks_at_life && self.pools[id.index()].life.stage == Stage::Planned {
            self.create_by_rule(now, id, fx);
        }
        if existed {
            for number in 0..self.pools[id.index()].rules.scaling.len() {
                self.look_at_rule(now, id, number, fx);
            }
        }
        if existed && looks_at_life {
            self.delete_by_rule(now, id, fx);
        }
        self.look_again(now.saturating_add(SimDuration::from_ticks(1)), id, fx);
    }

    /// Asks to be woken when the next rule is due, `from` at the earliest.
    pub(super) fn look_again(&mut self, from: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &mut self.pools[id.index()];
        let by_rule = pool.rules.life.as_ref().and_then(|life| life.by_rule.as_ref());
        let is_there = pool.life.stage != Stage::Closed;
        pool.life.looks_at_life = by_rule.filter(|_| is_there).map_or(SimTime::NEVER, |by_rule| {
            let every = by_rule.every.ticks().max(1);
            let times = from.ticks() / every + i64::from(from.ticks() % every > 0);
            SimTime::from_ticks(times.saturating_mul(every))
        });
        if by_rule.is_none() && pool.rules.scaling.is_empty() {
            return;
        }
        let looks = pool.life.looks.iter().copied().filter(|_| pool.exists());
        let next = looks.chain([pool.life.looks_at_life]).min().unwrap_or(SimTime::NEVER);
        fx.alarm(Alarm::Scale(id), next);
    }

    fn holds(&mut self, now: SimTime, id: PoolId, of: PoolId, condition: &dyn Formula) -> bool {
        let variables = self.variables(now, of);
        self.evaluate(id, condition, &variables).is_some_and(|value| value != 0)
    }

    fn create_by_rule(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let life = self.pools[id.index()].rules.life.as_ref();
        let Some(by_rule) = life.and_then(|life| life.by_rule.clone()) else { return };
        let Some(condition) = by_rule.create else { return };
        if self.holds(now, id, by_rule.watch, &*condition) {
            let result = self.create(now, id, fx);
            self.answer(self.in_whose_name(id), id, Change::Create.name(), result, fx);
            if result.is_ok() {
                let result = self.bring_online(now, id, fx);
                self.answer(self.in_whose_name(id), id, Change::BringOnline.name(), result, fx);
            }
        }
    }

    fn delete_by_rule(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let life = self.pools[id.index()].rules.life.as_ref();
        let Some(by_rule) = life.and_then(|life| life.by_rule.clone()) else { return };
        let Some(condition) = by_rule.delete else { return };
        if self.holds(now, id, by_rule.watch, &*condition) {
            self.delete(now, id, fx);
            self.answer(self.in_whose_name(id), id, Change::Delete.name(), Ok(()), fx);
        }
    }

    fn in_whose_name(&self, id: PoolId) -> AccountId {
        self.pools[id.index()].rules.controllers.first().copied().unwrap_or_default()
    }

    fn look_at_rule(&mut self, now: SimTime, id: PoolId, number: usize, fx: &mut impl Effects) {
        let pool = &mut self.pools[id.index()];
        if pool.life.looks[number] > now {
            return;
        }
        let ScalingRule { condition, step, every, cool_down } = pool.rules.scaling[number].clone();
        pool.life.looks[number] = now.saturating_add(every);
        let is_resting = pool.is_down || pool.life.scaled_at.is_some_and(|at| now - at < cool_down);
        if is_resting || !self.holds(now, id, id, &*condition) {
            return;
        }
        let (moved, word) = match step {
            ScalingStep::Take { slots, from, bid, at_most } => {
                (self.take(now, id, (slots, at_most), &from, bid, fx), "scale_up")
            }
            ScalingStep::Return { slots, at_least, busy } => {
                (self.hand_back(now, id, (slots, at_least), busy, fx), "scale_down")
            }
        };
        if moved > 0 {
            self.pools[id.index()].life.scaled_at = Some(now);
            self.answer(self.in_whose_name(id), id, word, Ok(()), fx);
        }
    }

    /// Takes up to so many slots, as long as the pool then has at most so many. How many were to be had?
    fn take(
        &mut self,
        now: SimTime,
        id: PoolId,
        (slots, at_most): (u32, u32),
        from: &[PoolId],
        bid: Price,
        fx: &mut impl Effects,
    ) -> u32 {
        let asked = self.pools[id.index()].asked_slots().unwrap_or(u64::MAX);
        let wanted = u64::from(slots).min(u64::from(at_most).saturating_sub(asked));
        let gives = |market: &mut Self, fx: &mut _| from.iter().any(|from| market.take_one(now, id, *from, bid, fx));
        let mut taken = 0;
        while taken < wanted && gives(self, fx) {
            taken += 1;
        }
        u32::try_from(taken).unwrap_or(u32::MAX)
    }

    /// Does `from` give a slot at once?
    fn take_one(&mut self, now: SimTime, id: PoolId, from: PoolId, bid: Price, fx: &mut impl Effects) -> bool {
        if self.is_supplied_by(from, id) {
            return false;
        }
        let pool = &self.pools[from.index()];
        let is_full = !pool.book.is_ranked() && pool.room() == 0;
        if pool.is_down || is_full || bid < pool.lowest_served() {
            return false;
        }
        let place = self.enter_supply(now, id, (from, bid, SimDuration::ENDLESS), fx);
        let number = self.requests[place.0].number;
        self.pools[id.index()].life.taken.push(Supplied { place, number });
        let evicted = self.offer(now, place, from, None, bid, fx);
        match &evicted {
            Some(evicted) => self.after_all(now, evicted, fx),
            None => self.finish_supply(place, id, Fate::Withdrawn, fx),
        }
        self.refresh(now, from, fx);
        evicted.is_some()
    }

    /// Returns up to so many of the slots that rules have taken, as long as the pool then has at least so many. How many
    /// went?
    fn hand_back(
        &mut self,
        now: SimTime,
        id: PoolId,
        (slots, at_least): (u32, u32),
        busy: bool,
        fx: &mut impl Effects,
    ) -> u32 {
        let mut gone = 0;
        while gone < slots {
            let pool = &mut self.pools[id.index()];
            let Some(last) = pool.life.taken.last().copied() else { break };
            let is_least = pool.asked_slots().is_some_and(|asked| asked <= u64::from(at_least));
            let is_idle = self.requests[last.place.0].is_waiting() || pool.supply().free() > 0;
            if is_least || !(busy || is_idle) {
                break;
            }
            pool.life.taken.pop();
            pool.recount();
            self.let_go(now, id, 0, vec![last], fx);
            gone += 1;
        }
        gone
    }
}

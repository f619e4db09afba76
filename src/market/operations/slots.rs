//! Slots come to a running pool, and leave it.

use super::Denial;
use super::stage::{Leaving, Supplied};
use crate::market::command::Alarm;
use crate::market::effects::Effects;
use crate::market::ids::{CurrencyId, Place, PoolId};
use crate::market::marketplace::Marketplace;
use crate::market::pool::Pool;
use crate::market::records::{Cause, Refusal};
use crate::market::request::Origin;
use crate::market::rules::{Pricing, Slots, SupplyLine};
use crate::units::{Price, SimDuration, SimTime};

/// More slots than a pool can have, its own and all others together.
const MOST_SLOTS: u64 = (u32::MAX / 4) as u64;

impl Marketplace {
    pub(super) fn add_slots(
        &mut self,
        now: SimTime,
        id: PoolId,
        line: &SupplyLine,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        if line.purchase.is_some() {
            return Err(Denial::Reserved);
        }
        self.check_supplier(id, line)?;
        self.check_room_for(id, line.slots)?;
        let pool = &mut self.pools[id.index()];
        let is_same = |known: &SupplyLine| SupplyLine { slots: line.slots, ..*known } == *line;
        let number = pool.rules.supply.iter().position(is_same);
        match number {
            Some(number) => pool.rules.supply[number].slots += line.slots,
            None => pool.add_line(*line),
        }
        pool.recount();
        if pool.exists() {
            let number = number.unwrap_or(pool.rules.supply.len() - 1);
            self.ask_for_line(now, id, number, line.slots, fx);
            self.refresh(now, line.from, fx);
        }
        Ok(())
    }

    fn check_supplier(&self, id: PoolId, line: &SupplyLine) -> Result<(), Denial> {
        // What is merged serves none but members.
        let is_open = |from: &&Pool| line.from != id && !from.is_closed() && !from.redirects;
        let from = self.pools.get(line.from.index()).filter(is_open);
        let from = from.ok_or(Denial::NoSupplier)?;
        let is_served = match from.rules.pricing {
            Pricing::Posted(_) => true,
            Pricing::Spot(_) | Pricing::Given(_) => line.bid != Price::MAX,
            _ => false,
        };
        let is_open = from.rules.is_open_to(self.pools[id.index()].rules.owner);
        let is_payable = self.may_pay_in(id, from.rules.currency);
        let is_supplier = is_served && is_payable && is_open && !self.is_supplied_by(line.from, id);
        if is_supplier { Ok(()) } else { Err(Denial::NoSupplier) }
    }

    /// May `pool` owe something in this currency? What a joint pool spends is shared, in one currency.
    fn may_pay_in(&self, pool: PoolId, currency: CurrencyId) -> bool {
        let rules = &self.pools[pool.index()].rules;
        rules.joint.is_none() || rules.currency == currency
    }

    /// Does `pool` have slots from `other`, be it on loan, or may it take some, be it through others? Then `other` has none
    /// from it: a slot would go in a circle.
    pub(super) fn is_supplied_by(&self, pool: PoolId, other: PoolId) -> bool {
        let (mut seen, mut open) = (vec![false; self.pools.len()], vec![pool]);
        while let Some(next) = open.pop() {
            if next == other {
                return true;
            }
            if !std::mem::replace(&mut seen[next.index()], true) {
                open.extend(self.pools[next.index()].rules.suppliers());
                open.extend(self.lenders(next));
            }
        }
        false
    }

    fn check_room_for(&self, id: PoolId, more: u32) -> Result<(), Denial> {
        let asked = self.pools[id.index()].asked_slots().ok_or(Denial::Unlimited)?;
        if asked + u64::from(more) <= MOST_SLOTS { Ok(()) } else { Err(Denial::TooManySlots) }
    }

    pub(super) fn remove_slots(
        &mut self,
        now: SimTime,
        id: PoolId,
        from: PoolId,
        slots: u32,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let pool = &self.pools[id.index()];
        // What was bought for a term stays for the term.
        let lines = pool.rules.supply.iter().filter(|line| line.from == from && line.purchase.is_none());
        if lines.map(|line| u64::from(line.slots)).sum::<u64>() < u64::from(slots) {
            return Err(Denial::NoSuchSlots);
        }
        let mut going: Vec<Supplied> = self.supply_of(id).into_iter().filter(|s| self.may_go(id, from, *s)).collect();
        // Those that it waits for are nobody's loss.
        going.sort_by_key(|supplied| !self.requests[supplied.place.0].is_waiting());
        going.truncate(slots as usize);
        self.shrink_lines(id, from, slots);
        if self.pools[id.index()].exists() {
            self.let_go(now, id, 0, going, fx);
        }
        Ok(())
    }

    /// Does this slot come from there, and is it neither on its way out nor taken by a rule?
    fn may_go(&self, id: PoolId, from: PoolId, supplied: Supplied) -> bool {
        let life = &self.pools[id.index()].life;
        let leaves = life.leaving.iter().any(|leaving| leaving.supplied.contains(&supplied));
        self.requests[supplied.place.0].home == from
            && !self.is_bought(supplied.place)
            && !leaves
            && !life.taken.contains(&supplied)
    }

    /// So many slots fewer are asked for from there, those of the last lines first.
    pub(super) fn shrink_lines(&mut self, id: PoolId, from: PoolId, slots: u32) {
        let pool = &mut self.pools[id.index()];
        let mut left = slots;
        let is_meant = |line: &&mut SupplyLine| line.from == from && line.purchase.is_none();
        for line in pool.rules.supply.iter_mut().rev().filter(is_meant) {
            let fewer = left.min(line.slots);
            line.slots -= fewer;
            left -= fewer;
        }
        if pool.reservations.is_none() {
            pool.rules.supply.retain(|line| line.slots > 0); // else lines are known by their numbers
        }
        pool.recount();
    }

    pub(super) fn resize(&mut self, now: SimTime, id: PoolId, slots: u32, fx: &mut impl Effects) -> Result<(), Denial> {
        let own = self.pools[id.index()].own_slots().ok_or(Denial::Unlimited)?;
        if self.pools[id.index()].rules.placement.as_ref().is_some_and(|rules| !rules.slots.is_empty()) {
            return Err(Denial::Placed);
        }
        self.check_room_for(id, slots.saturating_sub(own))?;
        let pool = &mut self.pools[id.index()];
        pool.rules.slots = Slots::Count(slots);
        pool.recount();
        if !pool.exists() {
            return Ok(());
        }
        if slots < own {
            self.let_go(now, id, own - slots, Vec::new(), fx);
        } else {
            pool.capacity = pool.capacity.map(|capacity| capacity + (slots - own));
            self.slots_changed(now, id, fx);
        }
        Ok(())
    }

    /// Takes slots out of a pool: idle ones at once, the others when the notice of the pool ends. Their occupants move to
    /// free slots, else the pool's order says who goes.
    pub(super) fn let_go(
        &mut self,
        now: SimTime,
        id: PoolId,
        own: u32,
        supplied: Vec<Supplied>,
        fx: &mut impl Effects,
    ) {
        let is_waiting = |s: &Supplied| self.requests[s.place.0].is_waiting();
        let (waiting, mut held): (Vec<Supplied>, Vec<Supplied>) = supplied.into_iter().partition(is_waiting);
        for supplied in waiting {
            self.give_back(now, supplied, fx);
        }
        let pool = &mut self.pools[id.index()];
        let notice = pool.rules.interruption.notice;
        let idle = if notice > SimDuration::ZERO { pool.supply().free() } else { u32::MAX };
        let own_idle = own.min(idle);
        let later = held.split_off((idle - own_idle).min(held.len() as u32) as usize);
        let later = Leaving { at: now.saturating_add(notice), own: own - own_idle, supplied: later };
        let at_once = own_idle + held.len() as u32;
        pool.capacity = pool.capacity.map(|capacity| capacity - at_once);
        self.lose_loans(now, id, Cause::Supply, fx); // what is on loan counts as idle
        for supplied in held {
            self.give_back(now, supplied, fx);
        }
        if later.own > 0 || !later.supplied.is_empty() {
            self.announce(now, id, later, fx);
        } else {
            self.evict_excess(now, id, Cause::Supply, fx);
        }
        self.dismiss_too_large(now, id, fx);
        self.slots_changed(now, id, fx);
    }

    /// From now on nobody is given these slots. So many of those who hold slots have notice that they lose them.
    fn announce(&mut self, now: SimTime, id: PoolId, leaving: Leaving, fx: &mut impl Effects) {
        let count = leaving.own + leaving.supplied.len() as u32;
        let pool = &mut self.pools[id.index()];
        let notice = pool.rules.interruption.notice;
        pool.capacity = pool.capacity.map(|capacity| capacity - count);
        pool.leaving += count;
        pool.life.leaving.push(leaving);
        // The notice of a pool does not change, so that the first to be announced is the first to leave.
        fx.alarm(Alarm::Slots(id), pool.life.leaving[0].at);
        for place in self.who_must_go(now, id) {
            self.give_notice(now, place, Cause::Supply, notice, fx);
        }
    }

    /// Holders for whom there will be no slot, in the pool's order; whoever has notice already goes anyway.
    fn who_must_go(&mut self, now: SimTime, id: PoolId) -> Vec<Place> {
        let pool = &self.pools[id.index()];
        let mut over = i64::from(pool.occupied) - i64::from(pool.capacity.unwrap_or(u32::MAX));
        let mut holders = self.holders(id);
        holders.sort_by_cached_key(|place| self.eviction_rank(now, id, *place));
        let mut going = Vec::new();
        for place in holders {
            if over <= 0 {
                break;
            }
            over -= i64::from(self.requests[place.0].slots);
            if !self.requests[place.0].has_notice() {
                going.push(place);
            }
        }
        going
    }

    /// The notice of slots has ended.
    pub(in crate::market) fn slots_alarm(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let life = &mut self.pools[id.index()].life;
        let due: Vec<Leaving> = life.leaving.extract_if(.., |leaving| leaving.at <= now).collect();
        for leaving in due {
            self.pools[id.index()].leaving -= leaving.own + leaving.supplied.len() as u32;
            for supplied in leaving.supplied {
                self.give_back(now, supplied, fx);
            }
        }
        if let Some(next) = self.pools[id.index()].life.leaving.first() {
            fx.alarm(Alarm::Slots(id), next.at);
        }
        self.evict_excess(now, id, Cause::Supply, fx);
        self.dismiss_too_large(now, id, fx);
        self.slots_changed(now, id, fx);
    }

    /// Whoever waits for more slots than the pool can have any more is refused; it may burst before.
    pub(super) fn dismiss_too_large(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        let waiting = pool.book.waiting().filter(|entry| !pool.fits_at_all(entry.slots));
        let members = waiting.filter(|entry| self.requests[entry.place.0].origin == Origin::Member);
        let places: Vec<Place> = members.map(|entry| entry.place).collect();
        for &place in &places {
            if !self.requests[place.0].is_waiting() {
                continue;
            }
            self.leave_queue(now, place, fx);
            if self.burst(now, place, fx).is_err() {
                self.refuse(place, Refusal::Capacity, fx);
            }
        }
        if !places.is_empty() {
            // Whoever stood behind them may now be served.
            self.mark_dirty(id);
            self.refresh(now, id, fx);
        }
    }

    /// There are more slots, or fewer: whoever waits may be served, a clock is looked at anew.
    fn slots_changed(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        self.mark_dirty(id);
        self.bids_changed(now, id, fx);
        self.refresh(now, id, fx);
    }
}

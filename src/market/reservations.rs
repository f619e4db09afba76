//! Slots that were bought for a term: what they cost, which of them are used, and what happens when the term is over.
//!
//! Each is a lease in the pool that sells it, with an account of its own at the hourly price that was agreed. A pool that
//! has bought any keeps count of how many slots of each of its supply lines are used.

use std::collections::{BTreeMap, BTreeSet};

use super::command::Alarm;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::records::{BillingKind, Cause, Ending, Fate};
use super::rules::{AtExpiry, Due, Purchase, SupplyLine};
use crate::units::{Money, Price, SimDuration, SimTime};

/// What a supplied pool knows of its supply lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Reservations {
    /// Parallel to the supply lines of its rules.
    lines: Vec<Line>,
    /// Slots whose term is over and that go when a slot is free, the earliest first.
    overdue: BTreeSet<(SimTime, Place)>,
}

/// The slots of a supply line that are there.
#[derive(Clone, Debug, Default)]
struct Line {
    /// Those that are used come first.
    units: Vec<Place>,
    used: usize,
    /// What was told of it last: slots there are, slots used.
    told: (usize, usize),
}

/// A request for a slot of a supply line, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    to: PoolId,
    line: usize,
    /// Where it stands among the line's units, while the slot is there.
    index: Option<usize>,
    /// When its term is over; never, before the slot was there.
    expires: SimTime,
}

/// A term of a reserved slot, as it begins.
#[derive(Clone, Copy, Debug)]
pub struct Reserved {
    /// Where the request for the slot is.
    pub place: Place,
    /// Its number.
    pub request: u64,
    /// The pool that has bought it.
    pub to: PoolId,
    /// The pool that has sold it.
    pub from: PoolId,
    /// Number of the supply line of `to`.
    pub line: usize,
    /// What was paid upfront.
    pub upfront: Money,
    /// How long the term lasts.
    pub term: SimDuration,
}

impl Pool {
    /// Another supply line.
    pub(super) fn add_line(&mut self, line: SupplyLine) {
        self.rules.supply.push(line);
        if let Some(reservations) = &mut self.reservations {
            reservations.lines.push(Line::default());
        }
    }
}

/// If pool number `index` buys slots for a term, it has to keep count, and its sources have to keep accounts.
pub(super) fn connect(pools: &mut [Pool], index: usize) {
    let supply: &[SupplyLine] = &pools[index].rules.supply;
    if supply.iter().all(|line| line.purchase.is_none()) {
        return;
    }
    let sources: Vec<PoolId> = supply.iter().map(|line| line.from).collect();
    let lines = vec![Line::default(); sources.len()];
    pools[index].reservations = Some(Box::new(Reservations { lines, overdue: BTreeSet::new() }));
    pools[index].is_followed = true;
    pools[index].know_ways();
    for from in sources {
        let source = &mut pools[from.index()];
        (source.is_plain, source.is_followed) = (false, true);
        source.know_ways();
    }
}

impl Marketplace {
    /// The supply lines of `to` that are due ask for their slots; the next later one has an alarm.
    pub(super) fn ask_for_supply(&mut self, now: SimTime, to: PoolId, fx: &mut impl Effects) {
        let mut next = SimTime::NEVER;
        for number in 0..self.pools[to.index()].rules.supply.len() {
            let line = self.pools[to.index()].rules.supply[number];
            let created = self.pools[to.index()].life.created;
            let start = line.purchase.map_or(created, |purchase| purchase.start.max(created));
            if start == now {
                self.ask_for_line(now, to, number, line.slots, fx);
            } else if start > now {
                next = next.min(start);
            }
        }
        if next != SimTime::NEVER {
            fx.alarm(Alarm::Supply(to), next);
        }
    }

    /// Supply line number `number` asks for so many slots.
    pub(super) fn ask_for_line(&mut self, now: SimTime, to: PoolId, number: usize, slots: u32, fx: &mut impl Effects) {
        let line = self.pools[to.index()].rules.supply[number];
        let speed = self.pools[line.from.index()].rules.speed;
        let work = line.purchase.map_or(SimDuration::ENDLESS, |purchase| speed.work_in(purchase.term));
        for _ in 0..slots {
            let place = self.enter_supply(now, to, (line.from, line.bid, work), fx);
            if self.pools[to.index()].reservations.is_some() {
                let unit = Unit { to, line: number, index: None, expires: SimTime::NEVER };
                self.reserved.insert(place, unit);
            }
            self.wait(now, place, fx);
        }
        // Those of the opening are counted once all of them have asked.
        let pool = &self.pools[line.from.index()];
        if now > SimTime::ZERO && line.bid >= pool.lowest_served() {
            (pool.room()..slots).for_each(|_| fx.stock_out(line.from));
        }
        self.mark_dirty(line.from);
    }

    /// Was the slot that the request at `place` asks for bought for a term?
    pub(super) fn is_bought(&self, place: Place) -> bool {
        self.purchase(place).is_some()
    }

    /// The request at `place` asks for a slot of supply no more.
    pub(super) fn forget_unit(&mut self, place: Place) {
        if !self.reserved.is_empty() {
            self.reserved.remove(&place);
        }
    }

    /// What was agreed for the slot that the request at `place` asks for.
    fn purchase(&self, place: Place) -> Option<(Unit, Purchase)> {
        let unit = *self.reserved.get(&place)?;
        let line = self.pools[unit.to.index()].rules.supply.get(unit.line)?;
        Some((unit, line.purchase?))
    }

    /// The hourly price of the lease that begins at `place`, if it was agreed for a term.
    pub(super) fn agreed_hourly(&self, place: Place) -> Option<Price> {
        let (_, purchase) = self.purchase(place)?;
        // Until it is used, nothing is due for a slot that is paid for by its use.
        Some(if purchase.due == Due::Use { Price::ZERO } else { purchase.hourly })
    }

    /// The slot of the request at `place` is there. The first time its term begins; a slot that was lost for a while comes
    /// back for what is left of the term.
    pub(super) fn unit_arrived(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let Some(unit) = self.reserved.get_mut(&place) else { return };
        let Some(state) = &mut self.pools[unit.to.index()].reservations else { return };
        unit.index = Some(state.lines[unit.line].units.len());
        state.lines[unit.line].units.push(place);
        let Some((unit, purchase)) = self.purchase(place) else { return };
        if unit.expires == SimTime::NEVER {
            self.begin_term(now, place, &purchase, fx);
        } else {
            fx.due(place, &self.requests[place.0], unit.expires);
        }
    }

    fn begin_term(&mut self, now: SimTime, place: Place, purchase: &Purchase, fx: &mut impl Effects) {
        let Some(unit) = self.reserved.get_mut(&place) else { return };
        unit.expires = now.saturating_add(purchase.term);
        let (to, line) = (unit.to, unit.line);
        let held = self.stretch(now, place);
        let Purchase { upfront, term, .. } = *purchase;
        fx.reserved(&Reserved { place, request: held.request, to, from: held.pool, line, upfront, term });
        if upfront != Money::ZERO {
            self.bill_fixed(&held, BillingKind::Upfront, upfront, fx);
        }
    }

    /// The lease at `place` has ended: its slot is not there any more.
    pub(super) fn unit_left(&mut self, place: Place) {
        let Some(unit) = self.reserved.get_mut(&place) else { return };
        let (Some(index), Some(state)) = (unit.index.take(), &mut self.pools[unit.to.index()].reservations) else {
            return;
        };
        state.overdue.remove(&(unit.expires, place));
        let line = &mut state.lines[unit.line];
        let mut hole = index;
        if index < line.used {
            line.used -= 1;
            line.units.swap(index, line.used);
            hole = line.used;
            let moved = line.units[index];
            note_index(&mut self.reserved, moved, index, place);
        }
        line.units.swap_remove(hole);
        if let Some(moved) = line.units.get(hole).copied() {
            note_index(&mut self.reserved, moved, hole, place);
        }
    }

    /// The request at `place`, which has lost its slot, waits for another: until its term is over, if it has one.
    pub(super) fn wait_for_supply(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        if let Some((unit, _)) = self.purchase(place) {
            if unit.expires <= now {
                return self.finish(place, Fate::Completed, fx);
            }
            self.requests[place.0].patience = Some(unit.expires - now);
        }
        self.wait(now, place, fx);
    }

    /// The term of a reserved slot is over. Whether there is such a slot at `place`.
    pub(super) fn term_ended(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> bool {
        let Some((unit, purchase)) = self.purchase(place) else { return false };
        match purchase.at_expiry {
            AtExpiry::TakeBack => self.return_reserved(now, place, fx),
            AtExpiry::Renew => {
                self.begin_term(now, place, &purchase, fx);
                fx.due(place, &self.requests[place.0], now.saturating_add(purchase.term));
            }
            AtExpiry::RunOut => {
                if let Some(state) = &mut self.pools[unit.to.index()].reservations {
                    state.overdue.insert((unit.expires, place));
                }
                fx.due(place, &self.requests[place.0], SimTime::NEVER);
                self.refresh(now, unit.to, fx);
            }
        }
        true
    }

    /// A reserved slot goes back to who has sold it.
    fn return_reserved(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let Some((unit, _)) = self.purchase(place) else { return };
        let from = self.end_lease(now, place, Ending::Completed, fx);
        self.finish(place, Fate::Completed, fx);
        self.supply_lost(now, unit.to, Cause::Expiry, fx);
        self.refresh(now, from, fx);
    }

    /// Slots of `to` are held or free: those whose term is over go, and it is counted which are used.
    pub(super) fn follow_reservations(&mut self, now: SimTime, to: PoolId, fx: &mut impl Effects) {
        while let Some(place) = self.next_overdue(to) {
            self.return_reserved(now, place, fx);
        }
        self.count_used(now, to, fx);
    }

    fn next_overdue(&self, to: PoolId) -> Option<Place> {
        let pool = &self.pools[to.index()];
        let first = pool.reservations.as_ref()?.overdue.first();
        first.map(|(_, place)| *place).filter(|_| !pool.is_full())
    }

    fn count_used(&mut self, now: SimTime, to: PoolId, fx: &mut impl Effects) {
        let Some(mut state) = self.pools[to.index()].reservations.take() else { return };
        let pool = &self.pools[to.index()];
        let supplied: usize = state.lines.iter().map(|line| line.units.len()).sum();
        let own = pool.capacity.map_or(usize::MAX, |capacity| (capacity as usize).saturating_sub(supplied));
        let mut held = (pool.occupied as usize).saturating_sub(own);
        for (number, line) in state.lines.iter_mut().enumerate() {
            let used = held.min(line.units.len());
            held -= used;
            self.use_changed(now, to, number, line, used, fx);
            line.used = used;
            if line.told != (line.units.len(), used) {
                line.told = (line.units.len(), used);
                fx.supplied(to, number, line.units.len() as u32, used as u32);
            }
        }
        self.pools[to.index()].reservations = Some(state);
    }

    /// So many slots of a line are used from now on: those that are paid for by their use are charged, or no longer.
    fn use_changed(
        &mut self,
        now: SimTime,
        to: PoolId,
        number: usize,
        line: &Line,
        used: usize,
        fx: &mut impl Effects,
    ) {
        let supply = &self.pools[to.index()].rules.supply[number];
        let (from, Some(purchase)) = (supply.from, supply.purchase) else { return };
        let is_used = used > line.used;
        let rate = if is_used { purchase.hourly } else { Price::ZERO };
        for place in &line.units[used.min(line.used)..used.max(line.used)] {
            fx.unit_used(*place, &self.requests[place.0], is_used);
            let account = self.requests[place.0].lease().and_then(|lease| lease.account);
            if let Some(account) = account.filter(|_| purchase.due == Due::Use) {
                self.pools[from.index()].accounts[account.get()].set_rate(now, rate);
            }
        }
    }
}

/// The request at `place` stands elsewhere among its line's units; that of `gone` does not matter any more.
fn note_index(reserved: &mut BTreeMap<Place, Unit>, place: Place, index: usize, gone: Place) {
    if place != gone
        && let Some(unit) = reserved.get_mut(&place)
    {
        unit.index = Some(index);
    }
}

//! The burst budget of a pool. Spending never passes it, not by one unit.
//!
//! *Prepaid*: a burst's charge falls due when it starts, and a burst that would take spending past the budget is
//! refused. *Metered*: what the open burst leases owe grows linearly between price changes; the driver is asked to
//! wake the marketplace shortly before the budget could be reached, and all burst leases end together at the last
//! tick at which the rounded charge of all of them is still within it. Where a tier bills by started units of time, a
//! unit is taken only if the budget bears all of it, and what was paid for is used.
//!
//! There is an amount for all tiers together, and there may be one for each ([`super::purse`]): a burst needs room in
//! both.

use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::pricing;
use super::purse::{FINE_PER_MONEY, Purse};
use super::records::{Cause, Held};
use super::request::Request;
use super::rules::{BudgetRules, BurstRules, Charging};
use crate::units::{Accrual, Money, PARTS_PER_WHOLE, Price, SimDuration, SimTime, product};

/// What a pool may spend on bursts, and has spent in the current period.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) rules: BudgetRules,
    /// The one for all tiers first.
    pub(super) purses: Vec<Purse>,
    /// When the current period began.
    pub(super) since: SimTime,
    /// Burst leases that began in it.
    pub(super) bursts: u64,
    /// Requests that it refused, and leases that it ended.
    pub(super) lost: u64,
}

impl Budget {
    pub(super) fn new(burst: &BurstRules) -> Option<Self> {
        let rules = burst.budget.clone()?;
        let whole = Purse::new(None, rules.amount);
        let of_tier = |(tier, amount): (u8, Option<Money>)| amount.map(|amount| Purse::new(Some(tier), amount));
        let tiers = (0..).zip(burst.terms.tiers.iter().map(|terms| terms.budget)).filter_map(of_tier);
        let purses = std::iter::once(whole).chain(tiers).collect();
        Some(Self { rules, purses, since: SimTime::ZERO, bursts: 0, lost: 0 })
    }

    pub(super) fn is_metered(&self) -> bool {
        self.rules.charging == Charging::Metered
    }

    fn for_tier(&mut self, tier: u8) -> impl Iterator<Item = &mut Purse> {
        self.purses.iter_mut().filter(move |purse| purse.is_for(tier))
    }

    /// An amount that was fixed when a burst into this tier started.
    pub(super) fn spend(&mut self, tier: u8, amount: Money) {
        self.for_tier(tier).for_each(|purse| purse.spend(amount));
    }

    /// A burst started.
    pub(super) fn count_burst(&mut self) {
        self.bursts += 1;
    }

    /// A request was refused for the budget.
    pub(super) fn count_lost(&mut self) {
        self.lost += 1;
    }

    /// When it is to be looked at next; never, if nothing is spent as time goes by.
    fn next_watch(&self, now: SimTime) -> SimTime {
        let until = self.purses.iter().map(Purse::safe_until).min();
        until.map_or(SimTime::NEVER, |until| until.max(now))
    }
}

/// A slot that a burst would take: where, at which price at most, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) home: PoolId,
    pub(super) tier: u8,
    pub(super) pool: PoolId,
    /// The highest that a slot of it can cost.
    pub(super) price: Price,
    pub(super) slots: u32,
    /// What falls due at once.
    pub(super) fixed: Money,
}

impl Pool {
    pub(super) fn has_metered_budget(&self) -> bool {
        self.budget.as_ref().is_some_and(|budget| budget.is_metered())
    }
}

impl Marketplace {
    /// May this burst start now? Whichever amount does not bear it says so from now on.
    pub(super) fn budget_bears(&mut self, now: SimTime, wanted: &Wanted) -> bool {
        let Some(budget) = &self.pools[wanted.home.index()].budget else { return true };
        let refusing =
            budget.purses.iter().position(|purse| purse.is_for(wanted.tier) && !self.bears(now, purse, wanted));
        let Some(refusing) = refusing else { return true };
        let budget = self.pools[wanted.home.index()].budget.as_mut().expect("only a budget refuses");
        budget.purses[refusing].refuse(now);
        false
    }

    fn bears(&self, now: SimTime, purse: &Purse, wanted: &Wanted) -> bool {
        let Wanted { home, pool, price, slots, fixed, .. } = *wanted;
        let is_metered = self.pools[home.index()].has_metered_budget();
        if !is_metered {
            return purse.spent + fixed <= purse.amount;
        }
        if pricing::is_free(&self.pools[pool.index()]) && fixed == Money::ZERO {
            return true;
        }
        if purse.exhausted {
            return false;
        }
        // It must be able to run for at least one tick beside those that run already, or for a unit that it takes whole.
        let tick = SimDuration::from_ticks(1);
        let unit = self.pools[pool.index()].rules.billing_unit;
        let next = if unit.is_some() { now } else { now.saturating_add(tick) };
        let first = Accrual::from_units(product(price.units(), unit.unwrap_or(tick).ticks())).times(slots);
        let fee = self.fee_of(home, pool);
        let rounded = first.bill().0 + first.bill_share(fee).0;
        // Both rounded and exact: else a budget of nothing would bear a tick that rounds to nothing.
        let exact = first.units() * (i128::from(PARTS_PER_WHOLE) + i128::from(fee.parts()));
        purse.bears_exactly(next, fixed, exact) && self.spending(next, purse) + fixed + rounded <= purse.amount
    }

    /// Billed in this period plus the rounded charges of all open leases, if they ended at `now`.
    fn spending(&self, now: SimTime, purse: &Purse) -> Money {
        let open = purse.open.iter().map(|place| {
            let held = self.stretch(now, *place);
            held.charge.bill().0 + held.charge.bill_share(self.fee_of(held.home, held.pool)).0
        });
        purse.spent + open.sum()
    }

    /// Takes a burst lease into the metered budget, if there is one.
    pub(super) fn burst_started(&mut self, now: SimTime, place: Place, bid: Price, fx: &mut impl Effects) {
        let request = &self.requests[place.0];
        let (home, tier) = (request.home, request.tier().unwrap_or_default());
        let rate = self.fine_rate(place, bid);
        let Some(budget) = self.pools[home.index()].budget.as_mut().filter(|budget| budget.is_metered()) else {
            return;
        };
        budget.for_tier(tier).for_each(|purse| purse.open(now, place, rate));
        fx.budget_watch(home, budget.next_watch(now));
    }

    /// What a burst lease adds to the rate at which its pool spends. What is billed by units of time does not grow in
    /// between.
    fn fine_rate(&self, place: Place, bid: Price) -> i128 {
        let request = &self.requests[place.0];
        let id = request.holds_in().expect("a burst lease is held");
        let pool = &self.pools[id.index()];
        if pool.rules.billing_unit.is_some() {
            return 0;
        }
        let agreed = request.lease().and_then(|lease| lease.account).map(|account| pool.accounts[account.get()].rate());
        let by_method = || i128::from(pricing::unit_price(pool, bid).units()) * i128::from(request.slots);
        agreed.map_or_else(by_method, |rate| i128::from(rate.units())) * self.whole_with_fee(request.home, id)
    }

    /// What the lease at `place` adds to the rate at which a metered budget is spent.
    pub(super) fn metered_rate(&self, place: Place) -> i128 {
        let request = &self.requests[place.0];
        let home = &self.pools[request.home.index()];
        match request.lease().filter(|lease| lease.tier.is_some() && home.has_metered_budget()) {
            Some(lease) => self.fine_rate(place, lease.bid),
            None => 0,
        }
    }

    /// The lease at `place` goes on, on other terms; `before` is what its rate was. It never is a higher one, so that a
    /// watch that was set comes early enough.
    pub(super) fn metered_rate_changed(&mut self, now: SimTime, place: Place, before: i128) {
        let change = self.metered_rate(place) - before;
        let request = &self.requests[place.0];
        let (home, tier) = (request.home, request.tier().unwrap_or_default());
        if let Some(budget) = self.pools[home.index()].budget.as_mut().filter(|_| change != 0) {
            budget.for_tier(tier).for_each(|purse| purse.change_rate(now, change));
        }
    }

    /// A charge and its fee, in millionths of the charge.
    fn whole_with_fee(&self, home: PoolId, tier: PoolId) -> i128 {
        i128::from(PARTS_PER_WHOLE) + i128::from(self.fee_of(home, tier).parts())
    }

    /// Books a settled stretch of a metered burst lease.
    pub(super) fn metered_stretch_settled(&mut self, held: &Held, billed: Money) {
        let bid = self.requests[held.place.0].lease().expect("a stretch belongs to a lease").bid;
        let rate = self.fine_rate(held.place, bid);
        let Some(budget) = self.pools[held.home.index()].budget.as_mut().filter(|budget| budget.is_metered()) else {
            return;
        };
        let owed = held.charge.units() * i128::from(PARTS_PER_WHOLE) + held.fee;
        let purses = budget.for_tier(held.tier.unwrap_or_default());
        purses.for_each(|purse| purse.settled(held.to, held.place, rate, (owed, billed)));
    }

    /// The price of a tier changed by so many units: whoever bursts into it on a meter spends at another rate.
    pub(super) fn tier_price_changed(&mut self, now: SimTime, tier: PoolId, change: i64, fx: &mut impl Effects) {
        for home in (0..self.pools.len()).map(|index| PoolId(index as u32)) {
            let whole = self.whole_with_fee(home, tier);
            let Some(budget) = &self.pools[home.index()].budget else { continue };
            let slots: Vec<i128> = budget.purses.iter().map(|purse| self.metered_slots_in(purse, tier)).collect();
            let Some(budget) = self.pools[home.index()].budget.as_mut().filter(|_| slots.iter().any(|s| *s > 0)) else {
                continue;
            };
            for (purse, slots) in budget.purses.iter_mut().zip(slots) {
                purse.change_rate(now, i128::from(change) * slots * whole);
            }
            fx.budget_watch(home, budget.next_watch(now));
        }
    }

    /// Slots of `tier` at its uniform price, on a meter. Whoever holds on at a price of its own is none of them.
    fn metered_slots_in(&self, purse: &Purse, tier: PoolId) -> i128 {
        let pool = &self.pools[tier.index()];
        if pricing::pays_own_bid(pool) || pool.rules.billing_unit.is_some() {
            return 0;
        }
        let open = purse.open.iter().map(|place| &self.requests[place.0]);
        let at_price = |request: &&Request| request.lease().is_some_and(|l| l.pool == tier && l.account.is_none());
        open.filter(at_price).map(|request| i128::from(request.slots)).sum()
    }

    /// The instant that a watch was set for: ends all burst leases of an amount that the next tick would pass, else looks
    /// for the last tick that does not and comes back then. Leases in tiers that charge nothing go on; should their owner
    /// set a price, they spend like any other. So do leases that have paid for a unit of time.
    pub(super) fn watch_budget(&mut self, now: SimTime, home: PoolId, fx: &mut impl Effects) {
        let Some(budget) = &self.pools[home.index()].budget else { return };
        let spends = |purse: &Purse| !purse.open.is_empty();
        let last = |purse: &Purse| if spends(purse) { self.last_tick_within(now, purse) } else { SimTime::NEVER };
        let lasts: Vec<SimTime> = budget.purses.iter().map(last).collect();
        let mut open: Vec<Place> = Vec::new();
        for (purse, _) in budget.purses.iter().zip(&lasts).filter(|(_, last)| **last <= now) {
            let more = purse.open.iter().filter(|place| self.is_on_meter(**place) && !open.contains(place));
            let more: Vec<Place> = more.copied().collect();
            open.extend(more);
        }
        if lasts.iter().all(|last| *last > now) {
            let next = lasts.into_iter().min().filter(|next| *next < SimTime::NEVER);
            return next.into_iter().for_each(|next| fx.budget_watch(home, next));
        }
        let budget = self.pools[home.index()].budget.as_mut().expect("only a budget is watched");
        budget.lost += open.len() as u64;
        for (purse, _) in budget.purses.iter_mut().zip(&lasts).filter(|(_, last)| **last <= now) {
            purse.exhausted = true;
            purse.refuse(now);
        }
        let tiers: Vec<PoolId> = open.iter().filter_map(|place| self.requests[place.0].holds_in()).collect();
        let evicted = self.evict_all(now, &open, Cause::Budget, fx);
        self.after_all(now, &evicted, fx);
        for pool in tiers.into_iter().chain([home]) {
            self.refresh(now, pool, fx);
        }
        let budget = self.pools[home.index()].budget.as_ref().expect("only a budget is watched");
        if budget.purses.iter().any(|purse| purse.rate > 0) {
            fx.budget_watch(home, budget.next_watch(now));
        }
    }

    /// Does a burst lease owe more from tick to tick?
    fn is_on_meter(&self, place: Place) -> bool {
        let tier = self.requests[place.0].holds_in().map(|tier| &self.pools[tier.index()]);
        tier.is_some_and(|tier| !pricing::is_free(tier) && tier.rules.billing_unit.is_none())
    }

    /// The last tick at which the rounded charge of all open leases is within the amount, if prices stay as they are.
    fn last_tick_within(&self, now: SimTime, purse: &Purse) -> SimTime {
        if purse.rate == 0 {
            return SimTime::NEVER;
        }
        // Rounding moves the sum by at most a unit per lease either way: the answer lies within this bracket.
        let bracket = (2 * purse.open.len() as i128 + 2) * FINE_PER_MONEY / purse.rate + 2;
        let within = |ticks: i64| self.spending(SimTime::from_ticks(ticks), purse) <= purse.amount;
        let safe = purse.safe_until().max(now).ticks();
        let (mut low, mut high) = (safe, safe.saturating_add(i64::try_from(bracket).unwrap_or(i64::MAX / 2)));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if within(middle) { low = middle } else { high = middle }
        }
        SimTime::from_ticks(low)
    }

    /// Does the budget bear it that the lease at `place` owes so much more at once, for a unit of time?
    pub(super) fn bears_unit(&mut self, now: SimTime, place: Place, charge: Accrual, fx: &mut impl Effects) -> bool {
        let Some(lease) = self.requests[place.0].lease() else { return false };
        let (Some(tier), is_prepaid) = (lease.tier, lease.is_prepaid) else { return true };
        let home = self.requests[place.0].home;
        let Some(budget) = self.pools[home.index()].budget.as_ref().filter(|_| !is_prepaid) else { return true };
        let held = self.stretch(now, place);
        let fee = self.fee_of(home, held.pool);
        let billed = |charge: Accrual| charge.bill().0 + charge.bill_share(fee).0;
        let more = billed(held.charge + charge) - billed(held.charge);
        let is_too_much = |purse: &Purse| purse.is_for(tier) && self.spending(now, purse) + more > purse.amount;
        let refusing = budget.purses.iter().position(is_too_much);
        let owed = charge.units() * self.whole_with_fee(home, held.pool);
        let budget = self.pools[home.index()].budget.as_mut().expect("it was there");
        if let Some(refusing) = refusing {
            budget.purses[refusing].refuse(now);
            budget.lost += 1;
            return false;
        }
        if budget.is_metered() {
            budget.for_tier(tier).for_each(|purse| purse.owe(owed));
            fx.budget_watch(home, budget.next_watch(now)); // less is left for those who run on a meter
        }
        true
    }

    /// The burst lease at `place` owes so much less: its last unit of time is free.
    pub(super) fn owe_less(&mut self, place: Place, tier: u8, waived: Accrual) {
        let request = &self.requests[place.0];
        let (home, Some(pool)) = (request.home, request.holds_in()) else { return };
        let owed = waived.units() * self.whole_with_fee(home, pool);
        if let Some(budget) = self.pools[home.index()].budget.as_mut().filter(|budget| budget.is_metered()) {
            budget.for_tier(tier).for_each(|purse| purse.owe(-owed));
        }
    }

    /// What is spent in this period, with what the open leases owe.
    pub(super) fn budget_spent(&self, now: SimTime, home: PoolId) -> Money {
        let budget = self.pools[home.index()].budget.as_ref();
        budget.map_or(Money::ZERO, |budget| self.spending(now, &budget.purses[0]))
    }

    /// Another budget, no less than what is spent.
    pub(super) fn amend_budget(&mut self, now: SimTime, home: PoolId, amount: Money, fx: &mut impl Effects) {
        let Some(budget) = &mut self.pools[home.index()].budget else { return };
        budget.rules.amount = amount;
        budget.purses[0].amend(amount);
        if budget.is_metered() {
            fx.budget_watch(home, budget.next_watch(now));
        }
    }
}

//! The burst budget of a pool. Spending never passes it, not by one unit.
//!
//! *Prepaid*: a burst's charge falls due when it starts, and a burst that would take spending past the budget is
//! refused. *Metered*: what the open burst leases owe grows linearly between price changes; the driver is asked to
//! wake the marketplace shortly before the budget could be reached, and all burst leases end together at the last
//! tick at which the rounded charge of all of them is still within it.

use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pricing;
use super::records::{Cause, Held};
use super::request::State;
use super::rules::{BudgetRules, Charging};
use crate::units::{ACCRUALS_PER_MONEY, Accrual, Money, PARTS_PER_WHOLE, Price, SimDuration, SimTime};

/// Millionths of accrual units in a unit of money: the scale on which charges and fees add up exactly.
const FINE_PER_MONEY: i128 = ACCRUALS_PER_MONEY * PARTS_PER_WHOLE as i128;

/// What has been spent in the current period.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    rules: BudgetRules,
    /// Billed in this period.
    spent: Money,
    /// Open metered burst leases.
    open: Vec<Place>,
    /// Growth of what the open leases owe, in millionths of accrual units per tick.
    rate: i128,
    since: SimTime,
    /// What they owed at `since`.
    owed: i128,
    /// A metered budget that has ended its leases takes no more in this period: what rounding leaves of it would
    /// buy leases of a few ticks.
    exhausted: bool,
}

impl Budget {
    pub(super) fn new(rules: &BudgetRules) -> Self {
        Self {
            rules: rules.clone(),
            spent: Money::ZERO,
            open: Vec::new(),
            rate: 0,
            since: SimTime::ZERO,
            owed: 0,
            exhausted: false,
        }
    }

    pub(super) fn spend(&mut self, amount: Money) {
        self.spent += amount;
        debug_assert!(self.spent <= self.rules.amount, "a budget was passed");
    }

    fn is_metered(&self) -> bool {
        self.rules.charging == Charging::Metered
    }

    fn advance(&mut self, now: SimTime) {
        self.owed += self.rate * i128::from((now - self.since).ticks());
        self.since = now;
    }

    /// Do what is spent, what the open leases owe at `next` and these two stay within the budget, before any rounding?
    fn bears_exactly(&self, next: SimTime, fixed: Money, newcomer: i128) -> bool {
        let owed = self.owed + self.rate * i128::from((next - self.since).ticks());
        (self.spent + fixed).units() * FINE_PER_MONEY + owed + newcomer <= self.rules.amount.units() * FINE_PER_MONEY
    }

    /// An instant by which the budget cannot have been passed, and before which nothing need be looked at, if prices
    /// stay as they are. Each open lease's charge and fee may be rounded up by half a unit, so the bound gives way by
    /// a unit per lease.
    fn safe_until(&self) -> SimTime {
        if self.rate == 0 {
            return SimTime::NEVER;
        }
        let slack = self.open.len() as i128;
        let left = (self.rules.amount - self.spent).units() - slack;
        let ticks = (left * FINE_PER_MONEY - self.owed).max(0) / self.rate;
        SimTime::from_ticks(i64::try_from(ticks).map_or(i64::MAX, |ticks| self.since.ticks().saturating_add(ticks)))
    }
}

impl Marketplace {
    /// May a burst into `tier` start now?
    ///
    /// `price` is the highest that a slot of it can cost, `fixed` what falls due at once.
    pub(super) fn budget_bears(
        &self,
        now: SimTime,
        (home, tier): (PoolId, PoolId),
        price: Price,
        slots: u32,
        fixed: Money,
    ) -> bool {
        let Some(budget) = &self.pools[home.index()].budget else { return true };
        if !budget.is_metered() {
            return budget.spent + fixed <= budget.rules.amount;
        }
        if pricing::is_free(&self.pools[tier.index()]) && fixed == Money::ZERO {
            return true;
        }
        if budget.exhausted {
            return false;
        }
        // It must be able to run for at least one tick beside those that run already.
        let next = now.saturating_add(SimDuration::from_ticks(1));
        let tick = Accrual::from_units(i128::from(price.units())).times(slots);
        let fee = self.fee_of(home, tier);
        let rounded = tick.bill().0 + tick.bill_share(fee).0;
        // Both rounded and exact: else a budget of nothing would bear a tick that rounds to nothing.
        let exact = tick.units() * (i128::from(PARTS_PER_WHOLE) + i128::from(fee.parts()));
        budget.bears_exactly(next, fixed, exact)
            && self.metered_spending(next, home) + fixed + rounded <= budget.rules.amount
    }

    /// Billed in this period plus the rounded charges of all open leases, if they ended at `now`.
    fn metered_spending(&self, now: SimTime, home: PoolId) -> Money {
        let budget = self.pools[home.index()].budget.as_ref().expect("only a budget is spent");
        let open = budget.open.iter().map(|place| {
            let held = self.stretch(now, *place);
            held.charge.bill().0 + held.charge.bill_share(self.fee_of(home, held.pool)).0
        });
        budget.spent + open.sum()
    }

    /// Takes a burst lease into the metered budget, if there is one.
    pub(super) fn burst_started(&mut self, now: SimTime, place: Place, bid: Price, fx: &mut impl Effects) {
        let home = self.requests[place.0].home;
        let rate = self.fine_rate(place, bid);
        let Some(budget) = self.pools[home.index()].budget.as_mut().filter(|budget| budget.is_metered()) else {
            return;
        };
        budget.advance(now);
        budget.rate += rate;
        budget.open.push(place);
        fx.budget_watch(home, budget.safe_until());
    }

    /// What a burst lease adds to the rate at which its pool spends.
    fn fine_rate(&self, place: Place, bid: Price) -> i128 {
        let request = &self.requests[place.0];
        let id = request.holds_in().expect("a burst lease is held");
        let price = pricing::unit_price(&self.pools[id.index()], bid);
        let whole = i128::from(PARTS_PER_WHOLE) + i128::from(self.fee_of(request.home, id).parts());
        i128::from(price.units()) * i128::from(request.slots) * whole
    }

    /// Books a settled stretch of a metered burst lease.
    pub(super) fn metered_stretch_settled(&mut self, held: &Held, billed: Money) {
        let bid = self.requests[held.place.0].lease().expect("a stretch belongs to a lease").bid;
        let rate = self.fine_rate(held.place, bid);
        let Some(budget) = self.pools[held.home.index()].budget.as_mut().filter(|budget| budget.is_metered()) else {
            return;
        };
        budget.advance(held.to);
        budget.spend(billed);
        budget.owed -= held.charge.units() * i128::from(PARTS_PER_WHOLE) + held.fee;
        budget.rate -= rate;
        budget.open.retain(|place| *place != held.place);
    }

    /// The price of a tier changed by so many units: whoever bursts into it on a meter spends at another rate.
    pub(super) fn tier_price_changed(&mut self, now: SimTime, tier: PoolId, change: i64, fx: &mut impl Effects) {
        for home in (0..self.pools.len()).map(|index| PoolId(index as u32)) {
            let whole = i128::from(PARTS_PER_WHOLE) + i128::from(self.fee_of(home, tier).parts());
            let slots = self.metered_slots_in(home, tier);
            let Some(budget) = self.pools[home.index()].budget.as_mut().filter(|_| slots > 0) else { continue };
            budget.advance(now);
            budget.rate += i128::from(change) * slots * whole;
            fx.budget_watch(home, budget.safe_until());
        }
    }

    /// Slots that `home` holds in `tier` at its uniform price, on a meter.
    fn metered_slots_in(&self, home: PoolId, tier: PoolId) -> i128 {
        let Some(budget) = &self.pools[home.index()].budget else { return 0 };
        if pricing::pays_own_bid(&self.pools[tier.index()]) {
            return 0;
        }
        let open = budget.open.iter().map(|place| &self.requests[place.0]);
        open.filter(|request| request.holds_in() == Some(tier)).map(|request| i128::from(request.slots)).sum()
    }

    /// The instant that a watch was set for: ends all burst leases if the next tick would pass the budget, else looks
    /// for the last tick that does not and comes back then. Leases in tiers that charge nothing go on; should their owner
    /// set a price, they spend like any other.
    pub(super) fn watch_budget(&mut self, now: SimTime, home: PoolId, fx: &mut impl Effects) {
        let Some(budget) = &self.pools[home.index()].budget else { return };
        if budget.open.is_empty() {
            return;
        }
        let last = self.last_tick_within_budget(now, home);
        if last > now {
            fx.budget_watch(home, last);
            return;
        }
        let budget = self.pools[home.index()].budget.as_mut().expect("only a budget is watched");
        budget.exhausted = true;
        let open = budget.open.clone();
        let charges = |place: &Place| {
            let tier = self.requests[place.0].holds_in();
            tier.is_some_and(|tier| !pricing::is_free(&self.pools[tier.index()]))
        };
        let open: Vec<Place> = open.into_iter().filter(charges).collect();
        let tiers: Vec<PoolId> = open.iter().filter_map(|place| self.requests[place.0].holds_in()).collect();
        let evicted = self.evict_all(now, &open, Cause::Budget, fx);
        self.after_all(now, &evicted, fx);
        for pool in tiers.into_iter().chain([home]) {
            self.refresh(now, pool, fx);
        }
    }

    /// The last tick at which the rounded charge of all open leases is within the budget, if prices stay as they are.
    fn last_tick_within_budget(&self, now: SimTime, home: PoolId) -> SimTime {
        let budget = self.pools[home.index()].budget.as_ref().expect("only a budget is watched");
        if budget.rate == 0 {
            return SimTime::NEVER;
        }
        // Rounding moves the sum by at most a unit per lease either way: the answer lies within this bracket.
        let bracket = (2 * budget.open.len() as i128 + 2) * FINE_PER_MONEY / budget.rate + 2;
        let within = |ticks: i64| self.metered_spending(SimTime::from_ticks(ticks), home) <= budget.rules.amount;
        let safe = budget.safe_until().max(now).ticks();
        let (mut low, mut high) = (safe, safe.saturating_add(i64::try_from(bracket).unwrap_or(i64::MAX / 2)));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if within(middle) { low = middle } else { high = middle }
        }
        SimTime::from_ticks(low)
    }

    /// A period ends: what open leases owe is billed to it, the jobs stay, and spending starts from nothing.
    pub(super) fn reset_budget(&mut self, now: SimTime, home: PoolId, fx: &mut impl Effects) {
        let Some(budget) = &self.pools[home.index()].budget else { return };
        let open = budget.open.clone();
        for &place in &open {
            self.settle_in_between(now, place, fx);
        }
        if let Some(budget) = &mut self.pools[home.index()].budget {
            budget.spent = Money::ZERO;
            budget.exhausted = false;
        }
        for place in open {
            let State::Holding(lease) = self.requests[place.0].state else { unreachable!("open bursts hold slots") };
            self.burst_started(now, place, lease.bid, fx);
        }
    }
}

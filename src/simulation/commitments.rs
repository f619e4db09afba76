//! Slots that were bought for a term, over time: how many there are, how many of them are used, and what was paid.

use std::collections::BTreeMap;

use super::model::Model;
use crate::market::{CurrencyId, Held, PartyId, PoolId, PoolRules, Request, Reserved};
use crate::units::{Accrual, Money, SimTime, product};

/// What is counted where any pool buys slots for a term.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Commitments {
    /// The window of measurement.
    window: (SimTime, SimTime),
    /// By pool: what was bought by it.
    pub(super) pools: Vec<PoolCommitments>,
    /// By party: the provider and the customers.
    pub(super) parties: Vec<Balance>,
}

/// What a pool has bought, and what it has sold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PoolCommitments {
    /// Parallel to its supply lines.
    pub(super) lines: Vec<LineMeter>,
    /// What its supply cost, by the currency in which that was paid.
    costs: BTreeMap<CurrencyId, SupplyCosts>,
    /// What was paid upfront to its owner for its slots, in the window.
    pub(super) upfront_received: Money,
    /// The window's share of what was paid upfront for its slots, spread evenly over the terms, in its currency.
    pub(super) upfront_revenue: f64,
}

impl PoolCommitments {
    pub(super) fn costs(&self, currency: CurrencyId) -> SupplyCosts {
        self.costs.get(&currency).copied().unwrap_or_default()
    }

    /// By currency; nothing once where nothing was paid.
    pub(super) fn all_costs(&self) -> impl Iterator<Item = SupplyCosts> {
        let none = self.costs.is_empty().then(SupplyCosts::default);
        self.costs.values().copied().chain(none)
    }

    fn costs_mut(&mut self, currency: CurrencyId) -> &mut SupplyCosts {
        self.costs.entry(currency).or_default()
    }
}

/// What the supply of a pool cost, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SupplyCosts {
    /// What was paid upfront in the window.
    pub(super) upfront_paid: Money,
    /// The window's share of what was paid upfront, spread evenly over the terms.
    pub(super) upfront_spread: f64,
    /// Everything else, exact.
    pub(super) charge: Accrual,
}

/// The slots of a supply line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineMeter {
    slots: u32,
    used: u32,
    since: SimTime,
    /// Slots × ticks there.
    pub(super) there: i128,
    /// Slots × ticks used.
    pub(super) in_use: i128,
}

impl LineMeter {
    fn advance(&mut self, now: SimTime) {
        let ticks = (now - self.since).ticks();
        self.since = now;
        self.there += product(i64::from(self.slots), ticks);
        self.in_use += product(i64::from(self.used), ticks);
    }
}

/// A party's reserved slots against its bursts into slots of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Balance {
    idle: u32,
    bursting: u32,
    since: SimTime,
    /// ∫ min(reserved slots that are idle, slots of others held by bursts) dt.
    pub(super) idle_while_bursting: i128,
    /// ∫ slots of others held by bursts dt.
    pub(super) burst: i128,
}

impl Balance {
    fn advance(&mut self, now: SimTime) {
        let ticks = (now - self.since).ticks();
        self.since = now;
        self.idle_while_bursting += product(i64::from(self.idle.min(self.bursting)), ticks);
        self.burst += product(i64::from(self.bursting), ticks);
    }
}

/// Does a pool buy slots for a term?
pub(super) fn has_purchases(rules: &PoolRules) -> bool {
    rules.supply.iter().any(|line| line.purchase.is_some())
}

/// Does anybody buy slots of this pool for a term?
pub(super) fn sells_terms(model: &Model, pool: usize) -> bool {
    let lines = model.pools.iter().flat_map(|pool| &pool.rules.supply);
    lines.filter(|line| line.purchase.is_some()).any(|line| line.from.index() == pool)
}

impl Commitments {
    pub(super) fn new(model: &Model) -> Option<Self> {
        let pools = model.pools.iter().map(|pool| PoolCommitments {
            lines: vec![LineMeter::default(); pool.rules.supply.len()],
            ..PoolCommitments::default()
        });
        model.pools.iter().any(|pool| has_purchases(&pool.rules)).then(|| Self {
            window: (model.warm_up, model.horizon),
            pools: pools.collect(),
            parties: vec![Balance::default(); model.parties.len()],
        })
    }

    /// A term begins, paid in this currency. What was paid for it belongs to all of its time, whenever it was paid.
    pub(super) fn reserved(&mut self, now: SimTime, term: &Reserved, currency: CurrencyId) {
        let (from, to) = (now.max(self.window.0), now.saturating_add(term.term).min(self.window.1));
        let inside = if to > from { (to - from).ticks() as f64 / term.term.ticks().max(1) as f64 } else { 0.0 };
        let cost = term.upfront.as_currency() * inside;
        let costs = self.pools[term.to.index()].costs_mut(currency);
        costs.upfront_paid += term.upfront;
        costs.upfront_spread += cost;
        let seller = &mut self.pools[term.from.index()];
        seller.upfront_received += term.upfront;
        seller.upfront_revenue += cost;
    }

    /// A supply line of a pool of `owner` has so many slots now, and so many of them are used.
    pub(super) fn supplied(
        &mut self,
        now: SimTime,
        owner: PartyId,
        (to, line): (PoolId, usize),
        (slots, used): (u32, u32),
    ) {
        let lines = &mut self.pools[to.index()].lines;
        // Slots that are added while the pool runs come in lines of their own.
        if lines.len() <= line {
            lines.resize(line + 1, LineMeter { since: now, ..LineMeter::default() });
        }
        let meter = &mut lines[line];
        meter.advance(now);
        let idle_before = meter.slots - meter.used;
        (meter.slots, meter.used) = (slots, used);
        if let Some(balance) = self.parties.get_mut(owner.index()) {
            balance.advance(now);
            balance.idle = balance.idle - idle_before + (slots - used);
        }
    }

    /// A burst that is paid by `owner` takes slots of somebody else, or gives them back.
    pub(super) fn burst(&mut self, now: SimTime, owner: PartyId, request: &Request, starts: bool) {
        let Some(balance) = self.parties.get_mut(owner.index()) else { return };
        balance.advance(now);
        if starts {
            balance.bursting += request.slots;
        } else {
            balance.bursting -= request.slots;
        }
    }

    /// A stretch of a lease that supplies a pool was settled.
    pub(super) fn supply_held(&mut self, to: PoolId, held: &Held, sign: i128) {
        self.pools[to.index()].costs_mut(held.currency).charge += Accrual::from_units(held.charge.units() * sign);
    }

    pub(super) fn advance(&mut self, now: SimTime) {
        self.pools.iter_mut().flat_map(|pool| &mut pool.lines).for_each(|line| line.advance(now));
        self.parties.iter_mut().for_each(|balance| balance.advance(now));
    }

    /// The window begins: all starts from nothing but the levels, and the shares of what was paid before.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.advance(now);
        for pool in &mut self.pools {
            pool.lines.iter_mut().for_each(|line| (line.there, line.in_use) = (0, 0));
            pool.upfront_received = Money::ZERO;
            pool.costs.values_mut().for_each(|costs| (costs.upfront_paid, costs.charge) = (Money::ZERO, Accrual::ZERO));
        }
        self.parties.iter_mut().for_each(|balance| (balance.idle_while_bursting, balance.burst) = (0, 0));
    }
}

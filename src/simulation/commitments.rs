//! Slots that were bought for a term, over time: how many there are, how many of them are used in the end, and what was paid.

use std::collections::BTreeMap;

use super::chains::Chains;
use super::model::Model;
use crate::market::{CurrencyId, Held, JointUse, PartyId, PoolId, PoolLevel, PoolRules, Request, Reserved};
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
    /// Whom the slots of each pool serve now.
    chains: Chains,
}

/// What a pool has bought, and what it has sold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PoolCommitments {
    owner: PartyId,
    /// Parallel to its supply lines, where it has bought any for a term; those that were added while it runs behind.
    pub(super) lines: Vec<LineMeter>,
    /// What its supply cost, by the currency in which that was paid.
    costs: BTreeMap<CurrencyId, SupplyCosts>,
    /// Its slots that serve anybody.
    pub(super) served: ServedMeter,
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

/// Slots of a pool that are used, by its members and bursts or in the pools that have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ServedMeter {
    used: u32,
    since: SimTime,
    /// Slots × ticks used.
    pub(super) in_use: i128,
}

impl ServedMeter {
    fn advance(&mut self, now: SimTime) {
        self.in_use += product(i64::from(self.used), (now - self.since).ticks());
        self.since = now;
    }
}

/// The slots of a supply line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineMeter {
    is_bought: bool,
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

impl Commitments {
    pub(super) fn new(model: &Model) -> Option<Self> {
        let pools = model.pools.iter().map(|pool| {
            let is_bought = pool.rules.supply.iter().map(|line| line.purchase.is_some());
            let lines = is_bought.map(|is_bought| LineMeter { is_bought, ..LineMeter::default() }).collect();
            PoolCommitments { owner: pool.rules.owner, lines, ..PoolCommitments::default() }
        });
        model.pools.iter().any(|pool| has_purchases(&pool.rules)).then(|| Self {
            window: (model.warm_up, model.horizon),
            pools: pools.collect(),
            parties: vec![Balance::default(); model.parties.len()],
            chains: Chains::new(model),
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

    /// A supply line of a pool that has bought slots for a term has so many slots now. Slots that are added while it runs
    /// come in lines of their own.
    pub(super) fn supplied(&mut self, now: SimTime, to: PoolId, line: usize, slots: u32) {
        let lines = &mut self.pools[to.index()].lines;
        if lines.len() <= line {
            lines.resize(line + 1, LineMeter { since: now, ..LineMeter::default() });
        }
        let used = lines[line].used.min(slots);
        self.set_line(now, to, line, (slots, used));
        self.count_used(now, to);
    }

    /// The levels of a pool may have changed.
    pub(super) fn level(&mut self, now: SimTime, pool: PoolId, level: &PoolLevel) {
        if self.chains.set_level(pool, level.capacity, level.occupied) {
            self.follow(now, pool);
        }
    }

    /// `to` has a slot more of `from` now, or one less.
    pub(super) fn passed_on(&mut self, now: SimTime, from: PoolId, to: PoolId, is_more: bool) {
        self.chains.pass_on(from, to, is_more);
        self.follow(now, from);
        self.follow(now, to);
    }

    /// The levels of a partner in a joint pool may have changed.
    pub(super) fn joint_use(&mut self, now: SimTime, levels: &JointUse) {
        for partner in self.chains.set_joint(levels).into_iter().flatten() {
            self.follow(now, partner);
        }
    }

    /// Counts what is used of a pool, and of the pools that it has slots from. No chain of supply is a circle.
    fn follow(&mut self, now: SimTime, pool: PoolId) {
        let used = self.chains.used(pool);
        let served = &mut self.pools[pool.index()].served;
        if served.used != used {
            served.advance(now);
            served.used = used;
        }
        self.count_used(now, pool);
        for source in self.chains.assign(pool) {
            self.follow(now, source);
        }
    }

    /// Which slots of its supply lines a pool uses: after those of its own, line by line.
    fn count_used(&mut self, now: SimTime, pool: PoolId) {
        let mut left = self.chains.used_of_supply(pool);
        for line in 0..self.pools[pool.index()].lines.len() {
            let slots = self.pools[pool.index()].lines[line].slots;
            let used = left.min(slots);
            left -= used;
            self.set_line(now, pool, line, (slots, used));
        }
    }

    fn set_line(&mut self, now: SimTime, pool: PoolId, line: usize, (slots, used): (u32, u32)) {
        let owner = self.pools[pool.index()].owner;
        let meter = &mut self.pools[pool.index()].lines[line];
        if (meter.slots, meter.used) == (slots, used) {
            return;
        }
        meter.advance(now);
        let idle_before = meter.slots - meter.used;
        (meter.slots, meter.used) = (slots, used);
        if let Some(balance) = self.parties.get_mut(owner.index()).filter(|_| meter.is_bought) {
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
        self.pools.iter_mut().for_each(|pool| pool.served.advance(now));
        self.parties.iter_mut().for_each(|balance| balance.advance(now));
    }

    /// The window begins: all starts from nothing but the levels, and the shares of what was paid before.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.advance(now);
        for pool in &mut self.pools {
            pool.lines.iter_mut().for_each(|line| (line.there, line.in_use) = (0, 0));
            pool.served.in_use = 0;
            pool.upfront_received = Money::ZERO;
            pool.costs.values_mut().for_each(|costs| (costs.upfront_paid, costs.charge) = (Money::ZERO, Accrual::ZERO));
        }
        self.parties.iter_mut().for_each(|balance| (balance.idle_while_bursting, balance.burst) = (0, 0));
    }
}

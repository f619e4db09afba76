//! Slots bought for a term: what they cost, evenly over their terms and as it was paid, and how much of them is used.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{CurrencyId, Pricing, Slots};
use crate::simulation::commitments::{LineMeter, PoolCommitments, has_purchases};
use crate::simulation::meters::Spending;
use crate::units::{Money, TICKS_PER_HOUR};

/// What was bought for a term.
#[derive(Clone, Copy, Default)]
struct Committed {
    /// Slots × ticks there.
    there: i128,
    /// Slots × ticks used.
    in_use: i128,
}

impl Committed {
    fn add(&mut self, line: &LineMeter) {
        self.there += line.there;
        self.in_use += line.in_use;
    }
}

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    fn commitments_of(&self, pool: usize) -> Option<&PoolCommitments> {
        self.meters.commitments.as_ref().map(|commitments| &commitments.pools[pool])
    }

    /// The pools of a party, and what they have bought and sold for a term.
    fn commitments_owned(&self, party: usize) -> impl Iterator<Item = (usize, &PoolCommitments)> {
        self.directory.pools_of_owner.of(party).filter_map(|pool| Some((pool, self.commitments_of(pool)?)))
    }

    /// The window's share of what the pools of a party have paid upfront in a currency.
    pub(super) fn upfront_spread(&self, party: usize, currency: CurrencyId) -> f64 {
        self.commitments_owned(party).map(|(_, pool)| pool.costs(currency).upfront_spread).fold(0.0, |sum, x| sum + x)
    }

    /// The same of what they have received.
    fn upfront_earned(&self, party: usize, currency: CurrencyId) -> f64 {
        let sellers =
            self.commitments_owned(party).filter(|(pool, _)| self.model.pools[*pool].rules.currency == currency);
        sellers.map(|(_, pool)| pool.upfront_revenue).fold(0.0, |sum, x| sum + x)
    }

    /// The window's share of what was paid upfront for slots of a pool.
    pub(super) fn upfront_revenue(&self, pool: usize) -> f64 {
        self.commitments_of(pool).map_or(0.0, |pool| pool.upfront_revenue)
    }

    /// What a party has paid and received, when it was paid; and how well it uses what it has bought.
    pub(super) fn commitments_of_party(&mut self, scope: Scope<'a>, party: usize) {
        let Some(commitments) = &self.meters.commitments else { return };
        let model = self.model;
        for (number, currency) in model.currencies.iter().enumerate() {
            let Some((revenue, cost)) = self.account(party, number) else { continue };
            let id = CurrencyId(number as u32);
            let (mut paid, mut received) = (Money::ZERO, Money::ZERO);
            for (pool, commitments) in self.commitments_owned(party) {
                paid += commitments.costs(id).upfront_paid;
                if model.pools[pool].rules.currency == id {
                    received += commitments.upfront_received;
                }
            }
            let unit = Unit::Money(currency);
            let cash_cost = cost - self.upfront_spread(party, id) + paid.as_currency();
            let cash_revenue = revenue - self.upfront_earned(party, id) + received.as_currency();
            self.put(scope, "upfront_paid", unit, paid.as_currency(), 1.0);
            self.put(scope, "upfront_received", unit, received.as_currency(), 1.0);
            self.put(scope, "cash_cost", unit, cash_cost, 1.0);
            self.put(scope, "cash_revenue", unit, cash_revenue, 1.0);
        }
        let buys = |pool: &usize| has_purchases(&model.pools[*pool].rules);
        let buyers: Vec<usize> = self.directory.pools_of_owner.of(party).filter(buys).collect();
        if buyers.is_empty() {
            return;
        }
        let mut committed = Committed::default();
        buyers.iter().for_each(|pool| self.add_bought(*pool, &mut committed));
        let balance = commitments.parties[party];
        self.put(scope, "commitment_utilisation", Unit::One, committed.in_use as f64, committed.there as f64);
        let used = committed.in_use + balance.burst;
        self.put(scope, "commitment_coverage", Unit::One, committed.in_use as f64, used as f64);
        let idle = balance.idle_while_bursting as f64 / TICKS_PER_HOUR as f64;
        self.put(scope, "reserved_idle_while_bursting_slot_hours", Unit::SlotHours, idle, 1.0);
    }

    fn add_bought(&self, pool: usize, committed: &mut Committed) {
        let Some(meter) = self.commitments_of(pool) else { return };
        let lines = self.model.pools[pool].rules.supply.iter().zip(&meter.lines);
        lines.filter(|(line, _)| line.purchase.is_some()).for_each(|(_, meter)| committed.add(meter));
    }

    /// A pool that buys slots for a term, or sells them.
    pub(super) fn commitments_of_pool(&mut self, scope: Scope<'a>, pool: usize) {
        if has_purchases(&self.model.pools[pool].rules) {
            self.bought(scope, pool);
        }
        if self.directory.buyers_from.has_any(pool) {
            self.sold(scope, pool);
        }
        self.stock(scope, pool);
    }

    /// In each currency in which its suppliers and tiers are paid.
    fn bought(&mut self, scope: Scope<'a>, pool: usize) {
        let model = self.model;
        for id in self.directory.pays_in(pool) {
            let Some(costs) = self.commitments_of(pool).map(|meter| meter.costs(id)) else { return };
            let mut bursts = Spending::default();
            self.bursts_of(pool)
                .filter(|burst| burst.paid_in == id)
                .for_each(|burst| bursts.add(&burst.meter.spending));
            let running = costs.charge.as_currency() + bursts.as_currency();
            let (currency, paid) = (&model.currencies[id.index()], costs.upfront_paid.as_currency());
            self.put(
                scope,
                "cost_rate",
                Unit::MoneyRate(currency),
                running + costs.upfront_spread,
                self.window_hours(),
            );
            self.put(scope, "upfront_paid", Unit::Money(currency), paid, 1.0);
            self.put(scope, "cash_cost", Unit::Money(currency), running + paid, 1.0);
        }
        let mut committed = Committed::default();
        self.add_bought(pool, &mut committed);
        self.put(scope, "commitment_utilisation", Unit::One, committed.in_use as f64, committed.there as f64);
    }

    /// By the pools that have bought them.
    fn sold(&mut self, scope: Scope<'a>, pool: usize) {
        let Some(commitments) = &self.meters.commitments else { return };
        let mut terms = Committed::default();
        for buyer in self.directory.buyers_from.of(pool) {
            let lines = self.model.pools[buyer].rules.supply.iter().zip(&commitments.pools[buyer].lines);
            let bought_here = lines.filter(|(line, _)| line.from.index() == pool && line.purchase.is_some());
            bought_here.for_each(|(_, meter)| terms.add(meter));
        }
        let (ticks, used) = (self.window_ticks(), commitments.pools[pool].served.in_use);
        self.put(scope, "commitment_utilisation_sold", Unit::One, terms.in_use as f64, terms.there as f64);
        self.put(scope, "slots_used_mean", Unit::Slots, used as f64, ticks);
        if matches!(self.model.pools[pool].rules.slots, Slots::Count(_)) {
            let meter = &self.meters.pools[pool];
            self.put(scope, "slots_idle_mean", Unit::Slots, (meter.capacity - meter.occupied) as f64, ticks);
        }
    }

    /// Requests that found no stock: of the provider's pools with a number of slots at a posted price, into which somebody
    /// bursts or where somebody buys for a term.
    fn stock(&mut self, scope: Scope<'a>, pool: usize) {
        let rules = &self.model.pools[pool].rules;
        let has_stock = matches!(rules.pricing, Pricing::Posted(_)) && matches!(rules.slots, Slots::Count(_));
        let is_asked = self.directory.buyers_from.has_any(pool) || self.directory.homes_of_tier.has_any(pool);
        if rules.owner.index() == 0 && has_stock && is_asked {
            self.put(scope, "stock_outs", Unit::Events, self.meters.stock_outs[pool] as f64, 1.0);
        }
    }
}

//! Bursts, by the pool they come from and by the pool they go to.

use std::collections::BTreeMap;

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{BurstTerms, CurrencyId, PoolId, PoolRules};
use crate::simulation::meters::{Spending, TierMeter};
use crate::units::TICKS_PER_HOUR;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    pub(super) fn arrivals_of(&self, pool: usize) -> f64 {
        self.sum(self.members_of(pool)).arrivals as f64
    }

    /// Bursts into each pool that is anybody's tier.
    pub(super) fn tiers(&mut self) {
        let model = self.model;
        for (target, pool) in model.pools.iter().enumerate() {
            let mut all: Vec<Bursts> = Vec::new();
            let (mut homes, mut arrivals) = (Vec::new(), 0.0);
            let mut terms = None;
            for home in self.directory.homes_of_tier.of(target) {
                homes.push(home);
                arrivals += self.arrivals_of(home);
                terms = terms.or(Some(&model.pools[home].rules).filter(|rules| has_terms(rules)));
                all.extend(self.bursts_of(home).filter(|bursts| bursts.into.index() == target));
            }
            if !all.is_empty() {
                self.bursts(Scope::Tier(&pool.name), &all, arrivals);
                self.asked(target, &all);
                self.burst_interruptions(Scope::Tier(&pool.name), &all, &homes);
                if let Some(rules) = terms {
                    self.burst_terms(Scope::Tier(&pool.name), rules, &all);
                }
            }
        }
    }

    /// What requests asked of a pool that is anybody's tier, and what it refused.
    fn asked(&mut self, target: usize, all: &[Bursts]) {
        let model = self.model;
        let scope = Scope::Tier(&model.pools[target].name);
        let mut sum = TierMeter::default();
        for Bursts { meter: tier, .. } in all {
            sum.asked += tier.asked;
            sum.offered += tier.offered;
            sum.refused.add(&tier.refused);
            sum.budget.add(&tier.budget);
        }
        let count = |n: u64| n as f64;
        let refused = &sum.refused;
        self.put(scope, "offered", Unit::Requests, count(sum.asked), 1.0);
        for (metric, n) in [
            ("refused", refused.total()),
            ("refused_price", refused.price),
            ("refused_capacity", refused.capacity),
            ("refused_outbid", refused.outbid),
            ("refused_budget", refused.budget),
            ("refused_cap", refused.cap),
        ] {
            self.put(scope, metric, Unit::Requests, count(n), 1.0);
        }
        if self.directory.has_lives {
            self.put(scope, "refused_down", Unit::Requests, count(refused.down), 1.0);
        }
        let wanting = count(sum.asked) - count(refused.price);
        self.put(scope, "blocking_probability", Unit::One, count(refused.capacity), wanting);
        self.put(scope, "offered_load", Unit::Slots, sum.offered as f64, self.window_ticks());
        let mut homes = self.directory.homes_of_tier.of(target);
        if homes.any(|home| has_amount(&model.pools[home].rules, target)) {
            let currency = &model.currencies[model.pools[target].rules.currency.index()];
            self.amount(scope, currency, &sum.budget);
        }
    }

    /// The bursts of a pool, tier by tier.
    pub(super) fn bursts_of(&self, home: usize) -> impl Iterator<Item = Bursts> {
        let (model, meters) = (self.model, &self.meters.tiers[home]);
        let rules = &model.pools[home].rules;
        let tiers = rules.burst.iter().flat_map(|burst| burst.tiers.iter().copied());
        let currency = |pool: PoolId| model.pools[pool.index()].rules.currency;
        tiers.zip(meters).map(move |(into, meter)| Bursts {
            into,
            paid_in: currency(into),
            recharged_in: rules.currency,
            meter: *meter,
        })
    }

    pub(super) fn bursts(&mut self, scope: Scope<'a>, all: &[Bursts], arrivals: f64) {
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let tiers: Vec<&TierMeter> = all.iter().map(|bursts| &bursts.meter).collect();
        let bursts = tiers.iter().map(|tier| tier.bursts).sum::<u64>() as f64;
        let interruptions = tiers.iter().map(|tier| tier.interruptions).sum::<u64>() as f64;
        let held = tiers.iter().map(|tier| tier.held).sum::<i128>() as f64;
        self.put(scope, "bursts", Unit::Requests, bursts, 1.0);
        self.put(scope, "burst_interruptions", Unit::Events, interruptions, 1.0);
        self.put(scope, "overflow_fraction", Unit::One, bursts, arrivals);
        self.put(scope, "burst_occupancy_mean", Unit::Slots, held, ticks);
        self.put(scope, "burst_slot_hours", Unit::SlotHours, held / TICKS_PER_HOUR as f64, 1.0);
        let thousands = held / TICKS_PER_HOUR as f64 / 1000.0;
        let rate = Unit::PerThousandSlotHours;
        self.put(scope, "burst_interruptions_per_1000_slot_hours", rate, interruptions, thousands);
        let costs = by_currency(all, |bursts| (bursts.paid_in, bursts.meter.spending));
        for (currency, cost) in costs {
            let (currency, cost) = (&self.model.currencies[currency.index()], cost.as_currency());
            self.put(scope, "burst_cost", Unit::Money(currency), cost, 1.0);
            self.put(scope, "burst_cost_rate", Unit::MoneyRate(currency), cost, hours);
        }
    }

    /// Of all bursts that a customer pays: slot-hours, and what they cost in each currency.
    pub(super) fn bursts_of_customer(&mut self, scope: Scope<'a>, party: usize) {
        let model = self.model;
        let homes = self.directory.pools_of_owner.of(party);
        let all: Vec<Bursts> = homes.flat_map(|home| self.bursts_of(home)).collect();
        if all.is_empty() {
            return;
        }
        let held = all.iter().map(|bursts| bursts.meter.held).sum::<i128>() as f64;
        self.put(scope, "burst_slot_hours", Unit::SlotHours, held / TICKS_PER_HOUR as f64, 1.0);
        for (currency, cost) in by_currency(&all, |bursts| (bursts.paid_in, bursts.meter.spending)) {
            let unit = Unit::Money(&model.currencies[currency.index()]);
            self.put(scope, "burst_cost", unit, cost.as_currency(), 1.0);
        }
    }

    /// What only finer terms make of bursts.
    pub(super) fn burst_terms(&mut self, scope: Scope<'a>, rules: &PoolRules, all: &[Bursts]) {
        if !has_terms(rules) {
            return;
        }
        let moved = all.iter().map(|bursts| bursts.meter.moved_home).sum::<u64>() as f64;
        self.put(scope, "moved_home", Unit::Events, moved, 1.0);
        let recharged = |meter: &TierMeter| Spending { fee: meter.recharged, ..Spending::default() };
        for (currency, paid) in by_currency(all, |bursts| (bursts.recharged_in, recharged(&bursts.meter))) {
            let (unit, hours) = (Unit::MoneyRate(&self.model.currencies[currency.index()]), self.window_hours());
            self.put(scope, "burst_recharge_rate", unit, paid.as_currency(), hours);
        }
    }
}

/// The bursts of a pool into one of its tiers.
pub(super) struct Bursts {
    into: PoolId,
    /// In what the tier is paid.
    pub(super) paid_in: CurrencyId,
    /// In what members pay.
    recharged_in: CurrencyId,
    pub(super) meter: TierMeter,
}

/// What was spent, summed in each currency.
fn by_currency(all: &[Bursts], spent: impl Fn(&Bursts) -> (CurrencyId, Spending)) -> BTreeMap<CurrencyId, Spending> {
    let mut sums: BTreeMap<CurrencyId, Spending> = BTreeMap::new();
    for (currency, spending) in all.iter().map(spent) {
        sums.entry(currency).or_default().add(&spending);
    }
    sums
}

/// Has a pool an amount of its own for bursts into that one?
fn has_amount(rules: &PoolRules, target: usize) -> bool {
    let burst = rules.burst.as_ref();
    let tiers = burst.iter().flat_map(|burst| burst.tiers.iter().zip(&burst.terms.tiers));
    tiers.into_iter().any(|(tier, terms)| tier.index() == target && terms.budget.is_some())
}

fn has_terms(rules: &PoolRules) -> bool {
    rules.burst.as_ref().is_some_and(|burst| burst.terms != BurstTerms::default())
}

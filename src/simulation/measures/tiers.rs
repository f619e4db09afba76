//! Bursts, by the pool they come from and by the pool they go to.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{BurstTerms, PoolRules};
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
            let mut meters: Vec<TierMeter> = Vec::new();
            let mut arrivals = 0.0;
            let mut terms = None;
            for (home, from) in model.pools.iter().enumerate() {
                let tiers = from.rules.burst.iter().flat_map(|burst| burst.tiers.iter().enumerate());
                let here: Vec<usize> = tiers.filter(|(_, id)| id.index() == target).map(|(tier, _)| tier).collect();
                if !here.is_empty() {
                    arrivals += self.arrivals_of(home);
                    terms = terms.or(Some(&from.rules).filter(|rules| has_terms(rules)));
                    meters.extend(here.iter().map(|tier| self.meters.tiers[home][*tier]));
                }
            }
            if !meters.is_empty() {
                let currency = &model.currencies[pool.rules.currency.index()];
                self.bursts(Scope::Tier(&pool.name), currency, &meters, arrivals);
                if let Some(rules) = terms {
                    self.burst_terms(Scope::Tier(&pool.name), currency, rules, &meters);
                }
            }
        }
    }

    pub(super) fn bursts(&mut self, scope: Scope<'a>, currency: &'a str, tiers: &[TierMeter], arrivals: f64) {
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let mut spending = Spending::default();
        tiers.iter().for_each(|tier| spending.add(&tier.spending));
        let bursts = tiers.iter().map(|tier| tier.bursts).sum::<u64>() as f64;
        let interruptions = tiers.iter().map(|tier| tier.interruptions).sum::<u64>() as f64;
        let held = tiers.iter().map(|tier| tier.held).sum::<i128>() as f64;
        self.put(scope, "bursts", Unit::Requests, bursts, 1.0);
        self.put(scope, "burst_interruptions", Unit::Events, interruptions, 1.0);
        self.put(scope, "overflow_fraction", Unit::One, bursts, arrivals);
        self.put(scope, "burst_occupancy_mean", Unit::Slots, held, ticks);
        let thousands = held / TICKS_PER_HOUR as f64 / 1000.0;
        let rate = Unit::PerThousandSlotHours;
        self.put(scope, "burst_interruptions_per_1000_slot_hours", rate, interruptions, thousands);
        self.put(scope, "burst_cost", Unit::Money(currency), spending.as_currency(), 1.0);
        self.put(scope, "burst_cost_rate", Unit::MoneyRate(currency), spending.as_currency(), hours);
    }

    /// What only finer terms make of bursts.
    pub(super) fn burst_terms(&mut self, scope: Scope<'a>, currency: &'a str, rules: &PoolRules, tiers: &[TierMeter]) {
        if !has_terms(rules) {
            return;
        }
        let held = tiers.iter().map(|tier| tier.held).sum::<i128>() as f64;
        let moved = tiers.iter().map(|tier| tier.moved_home).sum::<u64>() as f64;
        let recharged = tiers.iter().map(|tier| tier.recharged).sum::<i128>();
        let recharged = Spending { fee: recharged, ..Spending::default() }.as_currency();
        self.put(scope, "burst_slot_hours", Unit::SlotHours, held / TICKS_PER_HOUR as f64, 1.0);
        self.put(scope, "moved_home", Unit::Events, moved, 1.0);
        self.put(scope, "burst_recharge_rate", Unit::MoneyRate(currency), recharged, self.window_hours());
    }
}

fn has_terms(rules: &PoolRules) -> bool {
    rules.burst.as_ref().is_some_and(|burst| burst.terms != BurstTerms::default())
}

//! What is measured on request: envy, regret, efficiency against the optimum in hindsight.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::Pricing;
use crate::simulation::envy::{Bundle, total_envy};
use crate::units::{Accrual, TICKS_PER_HOUR, UNITS_PER_CURRENCY};

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    pub(super) fn economics(&mut self, scope: Scope<'a>, currency: &'a str, pool: usize) {
        let wanted = self.model.economics;
        if wanted.envy {
            let bundles: Vec<Bundle> = self.members_of(pool).map(|member| self.bundle(pool, member)).collect();
            let envy = total_envy(&bundles) / self.window_hours();
            self.put(scope, "envy_mean", Unit::MoneyRate(currency), envy, bundles.len() as f64);
        }
        if wanted.regret && matches!(self.model.pools[pool].rules.pricing, Pricing::Auction(_)) {
            let rounds = &self.meters.rounds[pool];
            let (regret, bidders) = (rounds.regret as f64 / UNITS_PER_CURRENCY as f64, rounds.bidders as f64);
            self.put(scope, "regret_mean", Unit::MoneyRate(currency), regret, bidders);
        }
        if wanted.offline_optimum {
            // The optimum is left to whoever can solve for it; until then there is no value.
            self.put(scope, "offline_efficiency", Unit::One, self.realised(pool), 0.0);
        }
    }

    fn bundle(&self, pool: usize, member: usize) -> Bundle {
        let (meter, currency) = (&self.meters.members[member], self.model.pools[pool].rules.currency);
        Bundle {
            // Who asked for nothing values nothing.
            value: meter.asked_value as f64 / UNITS_PER_CURRENCY as f64 / meter.asked_slots.max(1) as f64,
            held: meter.held as f64 / TICKS_PER_HOUR as f64,
            paid: self.meters.spending(currency, self.model.member_party(member)).as_currency(),
        }
    }

    /// Value of the time that requests held slots of the pool they asked, if their work was done there.
    fn realised(&self, pool: usize) -> f64 {
        let all = self.meters.requests.iter().flat_map(|log| &log.records);
        let mut realised = Accrual::ZERO;
        all.filter(|record| record.pool.index() == pool).for_each(|record| realised += record.realised());
        realised.as_currency()
    }
}

//! The burst budget of a pool, over the periods that lie in the window.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::BudgetRules;
use crate::simulation::budgets::BudgetMeter;
use crate::units::TICKS_PER_HOUR;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// In the currency of the tiers, which is one where there is a budget.
    pub(super) fn budget(&mut self, scope: Scope<'a>, pool: usize) {
        let model = self.model;
        let Some(burst) = &model.pools[pool].rules.burst else { return };
        let (Some(rules), Some(tier)) = (&burst.budget, burst.leading_tier()) else { return };
        let currency = &model.currencies[model.pools[tier.index()].rules.currency.index()];
        let meter = self.meters.budgets[pool];
        let periods = meter.periods as f64;
        self.spend(scope, currency, &meter);
        self.put(scope, "budget_bursts_mean", Unit::Requests, meter.bursts as f64, periods);
        self.put(scope, "budget_lost_mean", Unit::Requests, meter.lost as f64, periods);
        if rules.amount == BudgetRules::UNLIMITED {
            return;
        }
        self.left(scope, currency, &meter);
    }

    /// Of the amount that a tier has of its own.
    pub(super) fn amount(&mut self, scope: Scope<'a>, currency: &'a str, meter: &BudgetMeter) {
        self.spend(scope, currency, meter);
        self.left(scope, currency, meter);
    }

    fn spend(&mut self, scope: Scope<'a>, currency: &'a str, meter: &BudgetMeter) {
        let (periods, money) = (meter.periods as f64, Unit::Money(currency));
        self.put(scope, "budget_periods", Unit::One, periods, 1.0);
        self.put(scope, "budget_spend_mean", money, meter.spent.as_currency(), periods);
        self.put_if_any(scope, "budget_spend_max", money, (periods > 0.0).then(|| meter.most_spent.as_currency()));
    }

    fn left(&mut self, scope: Scope<'a>, currency: &'a str, meter: &BudgetMeter) {
        let (periods, money) = (meter.periods as f64, Unit::Money(currency));
        self.put(scope, "budget_left_mean", money, meter.left.as_currency(), periods);
        self.put(scope, "budget_exhausted", Unit::One, meter.exhausted as f64, periods);
        let hours = meter.exhausted_after as f64 / TICKS_PER_HOUR as f64;
        self.put(scope, "budget_exhausted_after_mean", Unit::Hours, hours, meter.exhausted as f64);
    }
}

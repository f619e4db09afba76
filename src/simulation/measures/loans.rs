//! Idle slots that are lent to spot pools.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::PoolRules;
use crate::units::{Accrual, TICKS_PER_HOUR};

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// A pool that lends, or that has slots on loan.
    pub(super) fn loans(&mut self, scope: Scope<'a>, currency: &'a str, pool: usize) {
        let Some(loans) = &self.meters.loans else { return };
        let meter = loans.pools[pool];
        let slot_hours = |slot_ticks: i128| slot_ticks as f64 / TICKS_PER_HOUR as f64;
        if self.model.pools[pool].rules.resale.is_some() {
            self.put(scope, "on_loan_slot_hours", Unit::SlotHours, slot_hours(meter.on_loan), 1.0);
            self.resale_revenue(scope, currency, meter.resold);
        }
        if self.directory.lenders_to.has_any(pool) {
            self.put(scope, "on_loan_slot_hours_sold", Unit::SlotHours, slot_hours(meter.in_use), 1.0);
            self.put(scope, "on_loan_revenue", Unit::Money(currency), meter.revenue.as_currency(), 1.0);
        }
    }

    /// What a party's slots on loan have come to, in each currency in which it lends any.
    pub(super) fn loans_of_party(&mut self, scope: Scope<'a>, party: usize) {
        let (model, Some(loans)) = (self.model, &self.meters.loans) else { return };
        for (number, currency) in model.currencies.iter().enumerate() {
            let lends = |pool: &usize| {
                let PoolRules { currency, resale, .. } = &model.pools[*pool].rules;
                currency.index() == number && resale.is_some()
            };
            let lenders = self.directory.pools_of_owner.of(party).filter(lends);
            let resold: Vec<Accrual> = lenders.map(|pool| loans.pools[pool].resold).collect();
            if !resold.is_empty() {
                let sum = resold.into_iter().fold(Accrual::ZERO, |sum, resold| sum + resold);
                self.resale_revenue(scope, currency, sum);
            }
        }
    }

    fn resale_revenue(&mut self, scope: Scope<'a>, currency: &'a str, resold: Accrual) {
        let unit = Unit::MoneyRate(currency);
        self.put(scope, "resale_revenue_rate", unit, resold.as_currency(), self.window_hours());
    }
}

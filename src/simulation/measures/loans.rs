//! Idle slots that are lent to spot pools.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::simulation::loans::borrows;
use crate::units::TICKS_PER_HOUR;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// A pool that lends, or that has slots on loan.
    pub(super) fn loans(&mut self, scope: Scope<'a>, currency: &'a str, pool: usize) {
        let Some(loans) = &self.meters.loans else { return };
        let meter = loans.pools[pool];
        let slot_hours = |slot_ticks: i128| slot_ticks as f64 / TICKS_PER_HOUR as f64;
        if self.model.pools[pool].rules.resale.is_some() {
            self.put(scope, "on_loan_slot_hours", Unit::SlotHours, slot_hours(meter.on_loan), 1.0);
        }
        if borrows(self.model, pool) {
            self.put(scope, "on_loan_slot_hours_sold", Unit::SlotHours, slot_hours(meter.in_use), 1.0);
            self.put(scope, "on_loan_revenue", Unit::Money(currency), meter.revenue.as_currency(), 1.0);
        }
    }
}

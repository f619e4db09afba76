//! What became of the requests of a pool, department, group or member.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::Cause;
use crate::simulation::meters::MemberMeter;
use crate::simulation::model::HardwareModel;
use crate::units::{Accrual, TICKS_PER_HOUR};

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    pub(super) fn requests(&mut self, scope: Scope<'a>, m: &MemberMeter, money: Option<(&'a str, f64)>) {
        let count = |n: u64| n as f64;
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let r = &m.refused;
        for (metric, n) in [
            ("arrivals", m.arrivals),
            ("started", m.started),
            ("completed", m.completed),
            ("lost", m.lost),
            ("refused", r.total()),
            ("refused_price", r.price),
            ("refused_capacity", r.capacity),
            ("refused_outbid", r.outbid),
            ("refused_access", r.access),
            ("refused_budget", r.budget),
            ("refused_cap", r.cap),
            ("refused_credits", r.credits),
            ("abandoned", m.abandoned),
            ("withdrawn", m.withdrawn),
            ("open_at_horizon", m.open),
        ] {
            self.put(scope, metric, Unit::Requests, count(n), 1.0);
        }
        if self.directory.has_lives {
            self.put(scope, "refused_down", Unit::Requests, count(r.down), 1.0);
        }
        if self.directory.serves_in_part {
            self.put(scope, "slots_cut", Unit::Slots, count(m.cut_slots), 1.0);
        }
        self.put(scope, "interruptions", Unit::Events, count(m.interruptions), 1.0);
        if self.model.hardware.as_ref().is_some_and(HardwareModel::has_faults) {
            self.put(scope, "interruptions_fault", Unit::Events, count(m.causes[Cause::Fault as usize]), 1.0);
        }
        let wanting = count(m.arrivals) - count(r.price) - count(r.access);
        self.put(scope, "blocking_probability", Unit::One, count(r.capacity), wanting);
        self.put(scope, "outbid_probability", Unit::One, count(r.outbid), wanting);
        self.put(scope, "interruption_probability", Unit::One, count(m.interrupted_requests), count(m.started));
        self.put(scope, "abandonment_probability", Unit::One, count(m.abandoned), count(m.arrivals));
        let wait = m.waiting as f64 / TICKS_PER_HOUR as f64;
        let wait_of_started = m.wait_of_started as f64 / TICKS_PER_HOUR as f64;
        self.put(scope, "wait_mean", Unit::Hours, wait, count(m.arrivals));
        self.put(scope, "wait_mean_served", Unit::Hours, wait_of_started, count(m.started));
        self.put(scope, "wait_mean_delayed", Unit::Hours, wait_of_started, count(m.delayed_started));
        self.put(scope, "wait_probability", Unit::One, count(m.delayed), count(m.arrivals));
        self.put(scope, "offered_load", Unit::Slots, m.offered as f64, ticks);
        self.put(scope, "carried_load", Unit::Slots, m.held as f64, ticks);
        if let Some((currency, paid)) = money {
            let value = Accrual::from_units(m.value).as_currency();
            let unit = Unit::MoneyRate(currency);
            self.put(scope, "welfare_rate", unit, value, hours);
            self.put(scope, "payment_rate", unit, paid, hours);
            self.put(scope, "surplus_rate", unit, value - paid, hours);
        }
    }
}

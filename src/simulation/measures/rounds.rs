//! The rounds of an auction.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::simulation::rounds::RoundMeter;
use crate::units::UNITS_PER_CURRENCY;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    pub(super) fn rounds(&mut self, scope: Scope<'a>, currency: &'a str, pool: usize) {
        let meter: RoundMeter = self.meters.rounds[pool];
        let rounds = meter.rounds as f64;
        let amount = |units: i128| units as f64 / UNITS_PER_CURRENCY as f64;
        let (rate, price) = (Unit::MoneyRate(currency), Unit::Price(currency));
        self.put(scope, "rounds", Unit::Rounds, rounds, 1.0);
        self.put(scope, "round_bidders_mean", Unit::Requests, meter.bidders as f64, rounds);
        self.put(scope, "round_sold_mean", Unit::Slots, meter.sold as f64, rounds);
        self.put(scope, "round_price_mean", price, meter.price.total(), meter.price.weight as f64);
        let deviation = (meter.price.weight > 0).then(|| meter.price.deviation());
        self.put_if_any(scope, "round_price_sd", price, deviation);
        self.put(scope, "round_revenue_mean", rate, amount(meter.revenue), rounds);
        self.put(scope, "round_welfare_mean", rate, amount(meter.welfare), rounds);
        let realised = amount(meter.welfare_above_minimum);
        self.put(scope, "round_efficiency", Unit::One, realised, amount(meter.optimum));
    }
}

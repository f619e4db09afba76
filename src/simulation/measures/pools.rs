//! A pool: the requests that asked it, its slots and its price.

use super::tiers::Bursts;
use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{PoolId, Pricing, Slots};
use crate::simulation::meters::PoolMeter;
use crate::units::UNITS_PER_CURRENCY;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    pub(super) fn pool(&mut self, index: usize) {
        let model = self.model;
        let pool = &model.pools[index];
        let meter: PoolMeter = self.meters.pools[index];
        let scope = Scope::Pool(&pool.name);
        let currency = &model.currencies[pool.rules.currency.index()];
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let is_limited = matches!(pool.rules.slots, Slots::Count(_));
        if self.directory.groups_of_pool.has_any(index) {
            let members = self.members_of(index);
            let paid = self.paid(index, members.clone());
            let sum = self.sum(members.clone());
            self.requests(scope, &sum, Some((currency, paid)));
            self.interruptions(scope, &sum, members);
        }
        let mean = meter.occupied as f64 / ticks;
        self.put(scope, "occupancy_mean", Unit::Slots, meter.occupied as f64, ticks);
        let variance = (meter.occupied_squared as f64 / ticks - mean * mean).max(0.0);
        self.put(scope, "occupancy_variance", Unit::SlotsSquared, variance, 1.0);
        if is_limited {
            self.put(scope, "utilisation", Unit::One, meter.occupied as f64, meter.capacity as f64);
            self.put(scope, "full_time_share", Unit::One, meter.full as f64, ticks);
            self.idle(scope, index);
        }
        self.availability(scope, index);
        self.usage_of_slots(scope, index);
        self.put(scope, "queue_mean", Unit::Requests, meter.waiting as f64, ticks);
        let per_currency = UNITS_PER_CURRENCY as f64;
        let price = self.prices[index].units() as f64 / per_currency;
        self.put(scope, "price_mean", Unit::Price(currency), price, ticks);
        let while_full = meter.price_while_full as f64 / per_currency;
        self.put(scope, "price_mean_while_full", Unit::Price(currency), while_full, meter.full as f64);
        debug_assert_eq!(meter.price.sum, self.prices[index].units(), "two ways to the integral of a price");
        self.put(scope, "price_sd", Unit::Price(currency), meter.price.deviation(), 1.0);
        if matches!(pool.rules.pricing, Pricing::Spot(_)) {
            let waiting_bid = meter.highest_waiting_bid as f64 / per_currency;
            self.put(scope, "highest_waiting_bid_mean", Unit::Price(currency), waiting_bid, ticks);
        }
        self.put(scope, "revenue_rate", Unit::MoneyRate(currency), self.revenue(index), hours);
        if pool.rules.burst.is_some() {
            let bursts: Vec<Bursts> = self.bursts_of(index).collect();
            let arrivals = self.arrivals_of(index);
            self.bursts(scope, &bursts, arrivals);
            self.burst_terms(scope, &pool.rules, &bursts);
            self.budget(scope, index);
        }
        self.commitments_of_pool(scope, index);
        self.loans(scope, currency, index);
        if matches!(pool.rules.pricing, Pricing::Auction(_)) {
            self.rounds(scope, currency, index);
        }
        self.operations_on(scope, currency, PoolId(index as u32));
        if self.directory.groups_of_pool.has_any(index) {
            self.sharing(scope, index);
            self.economics(scope, currency, index);
        }
        self.partners(scope, std::iter::once(index));
    }
}

//! Prices that are set from time to time: once per interruption cycle, by a smoothed step, or by the owner's formula.
//! In between the price stands.

use super::command::Alarm;
use super::effects::Effects;
use super::ids::PoolId;
use super::marketplace::Marketplace;
use super::pricing;
use super::records::Cause;
use super::rules::{Clearing, Pricing, SpotRules};
use crate::units::{Price, SimTime};

impl Marketplace {
    /// Sets the price of `id` anew, and asks to be woken for the next time.
    pub(super) fn quote(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        let Some(period) = pool.quote_period() else { return };
        fx.alarm(Alarm::Quote(id), now.saturating_add(period));
        match pool.rules.pricing.clone() {
            Pricing::Spot(spot) => self.quote_spot(now, id, &spot, fx),
            Pricing::Formula(rules) => {
                if let Some(price) = self.evaluate(id, &*rules.price, &self.variables(now, id)) {
                    let pool = &mut self.pools[id.index()];
                    pool.quoted = pricing::quoted_by_formula(&rules, price, pool.minimum);
                }
                self.price_changed(now, id, fx);
            }
            _ => {}
        }
    }

    /// A cycle is cleared by bids, and the price follows; a smoothed price makes its step first, and rules over the clearing.
    fn quote_spot(&mut self, now: SimTime, id: PoolId, spot: &SpotRules, fx: &mut impl Effects) {
        let pool = &mut self.pools[id.index()];
        match spot.smoothing {
            Some(smoothing) => {
                let before = pool.quoted.max(pool.minimum);
                pool.quoted = pricing::balanced(pool, spot, before, smoothing);
                self.price_changed(now, id, fx);
                if spot.clearing != Clearing::Continuous {
                    self.clear_cycle(now, id, fx);
                }
            }
            None => {
                // Whoever bids the minimum takes part: the price that stood until now is over.
                pool.quoted = pool.minimum;
                self.clear_cycle(now, id, fx);
                let pool = &mut self.pools[id.index()];
                pool.quoted = pricing::clearing_price(pool, spot);
                self.price_changed(now, id, fx);
            }
        }
    }

    /// The price of `id` is given from outside: whoever bids at least as much runs. A pool that makes its own price stays
    /// as it is.
    pub(super) fn set_given_price(&mut self, now: SimTime, id: PoolId, price: Price, fx: &mut impl Effects) {
        let pool = &mut self.pools[id.index()];
        let Pricing::Given(rules) = &pool.rules.pricing else { return };
        pool.quoted = price.min(rules.highest);
        self.price_changed(now, id, fx);
    }

    /// The minimum follows the owner's formula, up to the cap on the price.
    pub(super) fn quote_minimum(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let Some(rule) = self.pools[id.index()].rules.minimum_formula.clone() else { return };
        fx.alarm(Alarm::Minimum(id), now.saturating_add(rule.every));
        let highest = self.pools[id.index()].rules.pricing.cap().unwrap_or(Price::MAX);
        let minimum = self.evaluate(id, &*rule.formula, &self.variables(now, id));
        let minimum = minimum.map(|minimum| Price::from_units(minimum.max(0)).min(highest));
        if let Some(minimum) = minimum.filter(|minimum| *minimum != self.pools[id.index()].minimum) {
            self.set_minimum(now, id, minimum, fx);
        }
    }

    /// Everybody who runs or waits, and bids what is served, is looked at anew.
    fn clear_cycle(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        if self.pools[id.index()].is_down {
            return;
        }
        let changes = self.clear_by_rules(now, id, None, true);
        self.carry_out(now, id, &changes, fx);
    }

    /// The price in force has moved: whoever holds slots below it loses them, and whoever waits may be served.
    fn price_changed(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        self.refresh(now, id, fx);
        let lowest = self.pools[id.index()].lowest_served();
        let below = self.holders_below(id, lowest);
        let evicted = self.evict_all(now, &below, Cause::Price, fx);
        self.after_all(now, &evicted, fx);
        self.mark_dirty(id);
        self.refresh(now, id, fx);
    }
}

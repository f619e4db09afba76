//! What pools have in the joint pools that they are merged into.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::units::TICKS_PER_HOUR;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Of a pool, or of all pools of a customer that may be merged: nothing, where there are none.
    pub(super) fn partners(&mut self, scope: Scope<'a>, pools: impl Iterator<Item = usize>) {
        let model = self.model;
        let pools: Vec<usize> = pools.filter(|pool| self.directory.joint_pools_of.has_any(*pool)).collect();
        let sum = |number: fn(&crate::simulation::partners::PartnerMeter) -> i128| {
            pools.iter().map(|pool| number(&self.meters.partners.of(*pool)) as f64).sum::<f64>()
        };
        let Some(first) = pools.first() else { return };
        let hours = TICKS_PER_HOUR as f64;
        let (contributed, used) = (sum(|partner| partner.contributed_time), sum(|partner| partner.used_time));
        let share = sum(|partner| (partner.received - partner.paid).units());
        let currency = &model.currencies[model.pools[*first].rules.currency.index()];
        let share = share / crate::units::UNITS_PER_CURRENCY as f64;
        self.put(scope, "joint_contribution", Unit::Resource("slot-h"), contributed, hours);
        self.put(scope, "joint_usage", Unit::Resource("slot-h"), used, hours);
        self.put(scope, "share_rate", Unit::MoneyRate(currency), share, self.window_hours());
    }

    /// What a party was given as shares in joint pools: by them if it is a partner, by the partners if it is their joint
    /// party.
    pub(super) fn shares_received(&self, party: usize, currency: usize) -> f64 {
        let model = self.model;
        let mut received = 0.0;
        let meter = |pool: usize| self.meters.partners.of(pool);
        let is_paid_in = |pool: &usize| model.pools[*pool].rules.currency.index() == currency;
        for pool in self.directory.pools_of_owner.of(party).filter(is_paid_in) {
            if let Some(joint) = &model.pools[pool].rules.joint {
                received += joint.merges.iter().map(|partner| meter(partner.index()).paid.as_currency()).sum::<f64>();
            } else if self.directory.joint_pools_of.has_any(pool) {
                received += meter(pool).received.as_currency();
            }
        }
        received
    }
}

//! What pools have in the joint pools that they are merged into.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::PoolId;
use crate::units::TICKS_PER_HOUR;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Of a pool, or of all pools of a customer that may be merged: nothing, where there are none.
    pub(super) fn partners(&mut self, scope: Scope<'a>, pools: impl Iterator<Item = usize>) {
        let model = self.model;
        let pools: Vec<usize> = pools.filter(|pool| model.is_partner(PoolId(*pool as u32))).collect();
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
        for (index, pool) in model.pools.iter().enumerate() {
            let Some(joint) = pool.rules.joint.as_ref().filter(|_| pool.rules.currency.index() == currency) else {
                if pool.rules.owner.index() == party
                    && pool.rules.currency.index() == currency
                    && model.is_partner(PoolId(index as u32))
                {
                    received += self.meters.partners.of(index).received.as_currency();
                }
                continue;
            };
            if pool.rules.owner.index() == party {
                let paid =
                    joint.merges.iter().map(|partner| self.meters.partners.of(partner.index()).paid.as_currency());
                received += paid.sum::<f64>();
            }
        }
        received
    }
}

//! Who earns and pays what.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{CurrencyId, PartyId};
use crate::simulation::meters::Spending;
use crate::simulation::model::PoolModel;
use crate::units::Accrual;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// What these members of a pool have paid, in its currency.
    pub(super) fn paid(&self, pool: usize, members: impl Iterator<Item = usize>) -> f64 {
        let currency = self.model.pools[pool].rules.currency;
        let mut paid = Spending::default();
        members.for_each(|member| paid.add(self.meters.spending(currency, self.model.member_party(member))));
        paid.as_currency()
    }

    /// Revenue and cost of the provider or a customer, in each currency of the pools it owns or pays in.
    pub(super) fn party(&mut self, party: usize) {
        let model = self.model;
        let owned = |currency: usize| {
            let of = move |pool: &&(usize, &PoolModel)| {
                pool.1.rules.owner.index() == party && pool.1.rules.currency.index() == currency
            };
            let pools: Vec<_> = model.pools.iter().enumerate().collect();
            pools.iter().filter(of).map(|(index, _)| *index).collect::<Vec<usize>>()
        };
        let hours = self.window_hours();
        for (currency, name) in model.currencies.iter().enumerate() {
            let pools = owned(currency);
            if pools.is_empty() {
                continue;
            }
            let revenue = pools.iter().map(|pool| self.revenue(*pool)).sum::<f64>();
            let unit = Unit::MoneyRate(name);
            let cost = self.meters.spending(CurrencyId(currency as u32), PartyId(party as u32)).as_currency();
            let scope = if party == 0 { Scope::Provider } else { Scope::Customer(&model.parties[party].name) };
            self.put(scope, "revenue_rate", unit, revenue, hours);
            self.put(scope, "cost_rate", unit, cost, hours);
            self.put(scope, "net_cost_rate", unit, cost - revenue, hours);
        }
    }

    /// What a pool has earned: charges, fees, flat fees and prepaid charges of all who held its slots.
    pub(super) fn revenue(&self, pool: usize) -> f64 {
        let mut received = Spending { charge: self.meters.pools[pool].revenue, ..Spending::default() };
        for (home, from) in self.model.pools.iter().enumerate() {
            let tiers = from.rules.burst.iter().flat_map(|burst| burst.tiers.iter().enumerate());
            for (tier, _) in tiers.filter(|(_, id)| id.index() == pool) {
                // Its charge is in the pool's revenue already.
                received.add(&Spending { charge: Accrual::ZERO, ..self.meters.tiers[home][tier].spending });
            }
        }
        received.as_currency()
    }
}

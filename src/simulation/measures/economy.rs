//! Who earns and pays what.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{CurrencyId, PartyId};
use crate::simulation::meters::Spending;
use crate::units::Accrual;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// What these members of a pool have paid, in its currency.
    pub(super) fn paid(&self, pool: usize, members: impl Iterator<Item = usize>) -> f64 {
        let currency = self.model.pools[pool].rules.currency;
        let mut paid = Spending::default();
        members.for_each(|member| paid.add(self.meters.spending(currency, self.model.member_party(member))));
        paid.as_currency()
    }

    /// What these members have paid: a value for each currency of the pools that they ask.
    pub(super) fn paid_by(&mut self, scope: Scope<'a>, members: impl Iterator<Item = usize>) {
        let model = self.model;
        let mut paid = vec![None; model.currencies.len()];
        for member in members {
            let currency = model.pools[self.home_of(member)].rules.currency;
            let of_member = self.meters.spending(currency, model.member_party(member));
            paid[currency.index()].get_or_insert_with(Spending::default).add(of_member);
        }
        for (currency, paid) in model.currencies.iter().zip(paid) {
            if let Some(paid) = paid {
                self.put(scope, "payment_rate", Unit::MoneyRate(currency), paid.as_currency(), self.window_hours());
            }
        }
    }

    /// Revenue and cost of the provider or a customer, in each currency of the pools it owns or pays in; and summed over
    /// them, where the model says what they are worth.
    pub(super) fn party(&mut self, party: usize) {
        let model = self.model;
        let scope = if party == 0 { Scope::Provider } else { Scope::Customer(&model.parties[party].name) };
        self.operations_by(scope, PartyId(party as u32));
        let mut converted = None;
        for (number, currency) in model.currencies.iter().enumerate() {
            let Some((revenue, cost)) = self.account(party, number) else { continue };
            self.account_rates(scope, ["revenue_rate", "cost_rate", "net_cost_rate"], currency, (revenue, cost));
            if let Some(conversion) = &model.conversion {
                let (sum, rate) = (converted.get_or_insert((0.0, 0.0)), conversion.rates[number]);
                *sum = (sum.0 + rate * revenue, sum.1 + rate * cost);
            }
        }
        self.commitments_of_party(scope, party);
        self.loans_of_party(scope, party);
        if party > 0 {
            self.bursts_of_customer(scope, party);
            self.partners(scope, self.directory.pools_of_owner.of(party));
        }
        if let (Some(sum), Some(conversion)) = (converted, &model.conversion) {
            let metrics = ["revenue_rate_converted", "cost_rate_converted", "net_cost_rate_converted"];
            self.account_rates(scope, metrics, &conversion.currency, sum);
        }
    }

    /// What a party earns and pays in a currency, if it owns a pool in it, or one that takes slots from a pool in it.
    pub(super) fn account(&self, party: usize, currency: usize) -> Option<(f64, f64)> {
        let model = self.model;
        let (owner, id) = (PartyId(party as u32), CurrencyId(currency as u32));
        let owned = self.directory.pools_of_owner.of(party);
        let pools = owned.clone().filter(|pool| model.pools[*pool].rules.currency == id);
        let revenues = pools.map(|pool| self.revenue(pool));
        let revenues: Vec<f64> = revenues.chain(self.fees_received(owner, id)).collect();
        let mut owned = owned;
        (!revenues.is_empty() || owned.any(|pool| self.directory.pays_in(pool).contains(&id))).then(|| {
            let shares = self.shares_received(party, currency);
            let cost = self.meters.spending(id, owner).as_currency() + self.upfront_spread(party, id);
            (revenues.iter().sum::<f64>() + shares, cost)
        })
    }

    fn account_rates(
        &mut self,
        scope: Scope<'a>,
        metrics: [&'static str; 3],
        currency: &'a str,
        (revenue, cost): (f64, f64),
    ) {
        let values = [revenue, cost, cost - revenue];
        for (metric, value) in metrics.into_iter().zip(values) {
            self.put(scope, metric, Unit::MoneyRate(currency), value, self.window_hours());
        }
    }

    /// What a pool has earned: charges, fees, flat fees and prepaid charges of all who held its slots.
    pub(super) fn revenue(&self, pool: usize) -> f64 {
        let mut received = Spending { charge: self.meters.pools[pool].revenue, ..Spending::default() };
        for home in self.directory.homes_of_tier.of(pool) {
            let tiers = self.model.pools[home].rules.burst.iter().flat_map(|burst| burst.tiers.iter().enumerate());
            for (tier, _) in tiers.filter(|(_, id)| id.index() == pool) {
                // Its charge is in the pool's revenue already.
                received.add(&Spending { charge: Accrual::ZERO, ..self.meters.tiers[home][tier].spending });
            }
        }
        // What its own members pay for bursts.
        self.meters.tiers[pool].iter().for_each(|tier| received.fee += tier.recharged);
        received.as_currency() + self.upfront_revenue(pool)
    }
}

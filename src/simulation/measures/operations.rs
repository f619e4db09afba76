//! Operations on pools, and what their owners pay for having them.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{AccountId, CurrencyId, PartyId, PoolFees, PoolId};
use crate::simulation::model::PoolModel;
use crate::simulation::operations::Operated;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Where more is done to a pool than another minimum: how often that was, and how often it was refused.
    pub(super) fn operations_on(&mut self, scope: Scope<'a>, currency: &'a str, pool: PoolId) {
        if self.directory.is_operated(pool.index()) {
            self.operated(scope, self.meters.operations.of_pool(pool));
        }
        if fees(&self.model.pools[pool.index()]).is_some() {
            let paid = self.meters.operations.fees(pool).as_currency();
            self.put(scope, "pool_fee_rate", Unit::MoneyRate(currency), paid, self.window_hours());
        }
    }

    /// Operations by all accounts of a customer, or of the provider.
    pub(super) fn operations_by(&mut self, scope: Scope<'a>, party: PartyId) {
        let model = self.model;
        if !self.directory.has_operations {
            return;
        }
        let mut sum = Operated::default();
        for (number, _) in (0..).zip(&model.accounts).filter(|(_, account)| account.party == party) {
            sum.add(self.meters.operations.by_account(AccountId(number)));
        }
        self.operated(scope, sum);
    }

    fn operated(&mut self, scope: Scope<'a>, Operated { done, refused }: Operated) {
        self.put(scope, "operations_done", Unit::Events, done as f64, 1.0);
        self.put(scope, "operations_refused", Unit::Events, refused as f64, 1.0);
    }

    /// What owners of pools have paid to this party for having them, where any pay something.
    pub(super) fn fees_received(&self, payee: PartyId, currency: CurrencyId) -> Option<f64> {
        let pools = self.directory.pools_paying.of(payee.index());
        let pools = pools.filter(|pool| self.model.pools[*pool].rules.currency == currency);
        let paid: Vec<f64> = pools.map(|pool| self.meters.operations.fees(PoolId(pool as u32)).as_currency()).collect();
        (!paid.is_empty()).then(|| paid.iter().sum())
    }
}

fn fees(pool: &PoolModel) -> Option<PoolFees> {
    pool.rules.life.as_ref()?.fees
}

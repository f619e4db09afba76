//! Operations on pools: how many were done, how many refused.

use super::meters::Spending;
use super::model::Model;
use crate::market::{AccountId, Answer, PoolId};

/// Operations that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Operated {
    pub(super) done: u64,
    pub(super) refused: u64,
}

impl Operated {
    fn count(&mut self, answer: &Answer) {
        *if answer.result.is_ok() { &mut self.done } else { &mut self.refused } += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.refused += other.refused;
    }
}

/// Operations by pool, and by the account that asked for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Operations {
    pools: Vec<Operated>,
    accounts: Vec<Operated>,
    /// By pool: what its owner owes for having it.
    fees: Vec<Spending>,
}

impl Operations {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            pools: vec![Operated::default(); model.pools.len()],
            accounts: vec![Operated::default(); model.accounts.len()],
            fees: vec![Spending::default(); model.pools.len()],
        }
    }

    pub(super) fn count(&mut self, answer: &Answer) {
        for operated in [self.pools.get_mut(answer.pool.index()), self.accounts.get_mut(answer.by.index())] {
            operated.into_iter().for_each(|operated| operated.count(answer));
        }
    }

    pub(super) fn restart(&mut self) {
        self.pools.fill(Operated::default());
        self.accounts.fill(Operated::default());
        self.fees.fill(Spending::default());
    }

    pub(super) fn of_pool(&self, pool: PoolId) -> Operated {
        self.pools[pool.index()]
    }

    pub(super) fn fees(&self, pool: PoolId) -> &Spending {
        &self.fees[pool.index()]
    }

    pub(super) fn fees_mut(&mut self, pool: PoolId) -> &mut Spending {
        &mut self.fees[pool.index()]
    }

    pub(super) fn by_account(&self, account: AccountId) -> Operated {
        self.accounts.get(account.index()).copied().unwrap_or_default()
    }
}

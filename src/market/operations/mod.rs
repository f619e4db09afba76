//! What customers do with their pools: each operation is asked for by an account, numbered, and answered.
//!
//! An operation by an account that may not change the pool is refused, and recorded like any other.

use super::effects::Effects;
use super::ids::{AccountId, PoolId};
use super::marketplace::Marketplace;
use crate::units::{Price, SimTime};

/// An operation on a pool.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Who asks for it.
    pub by: AccountId,
    /// On which pool.
    pub pool: PoolId,
    /// What is to be done.
    pub change: Change,
}

/// What is to be done to a pool.
#[derive(Clone, Debug)]
pub enum Change {
    /// Another minimum price.
    Minimum(Price),
    /// The pool joins others, on the terms that it states.
    Merge {
        /// Accounts that agreed, beside the one that asks: one for every pool that is merged.
        agreed_by: Vec<AccountId>,
    },
    /// The pools that it joined are pools of their own again.
    Split,
}

/// What came of an operation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Number of the operation, in the order in which they were asked for.
    pub number: u64,
    /// Who asked for it.
    pub by: AccountId,
    /// On which pool.
    pub pool: PoolId,
    /// Done, or why not.
    pub result: Result<(), Denial>,
}

/// Why an operation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// This account may not change this pool.
    NotAuthorised,
    /// An owner of a pool that should be merged has not agreed.
    NotAgreed,
    /// The pools cannot become one: their rules do not allow it, or somebody else takes slots from one of them.
    NotMergeable,
    /// One of the pools is merged already.
    AlreadyMerged,
    /// There is nothing to split.
    NotMerged,
}

impl Marketplace {
    pub(super) fn operate(&mut self, now: SimTime, operation: &Operation, fx: &mut impl Effects) {
        let number = self.next_operation;
        self.next_operation += 1;
        let result = self.carry_out_operation(now, operation, fx);
        fx.answered(&Answer { number, by: operation.by, pool: operation.pool, result });
    }

    fn carry_out_operation(
        &mut self,
        now: SimTime,
        operation: &Operation,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let controllers = &self.pools[operation.pool.index()].rules.controllers;
        if !controllers.is_empty() && !controllers.contains(&operation.by) {
            return Err(Denial::NotAuthorised);
        }
        match &operation.change {
            Change::Minimum(minimum) => self.set_minimum(now, operation.pool, *minimum, fx),
            Change::Merge { agreed_by } => return self.merge(now, operation, agreed_by, fx),
            Change::Split => return self.split(now, operation.pool, fx),
        }
        Ok(())
    }
}

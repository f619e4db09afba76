//! What customers do with their pools: each operation is asked for by an account, numbered, and answered.
//!
//! An operation by an account that may not change the pool is refused, and recorded like any other. What a rule of the pool
//! does by the clock (`scaling.rs`) is an operation of the first account that may change it.
//!
//! ```text
//! planned --create--> offline --bring online--> online --delete, or its term--> closed        life.rs
//!                        ^------take offline-------'
//! ```

mod closing;
mod life;
mod members;
mod policy;
mod scaling;
mod slots;
mod stage;

pub(super) use stage::Life;

use super::effects::Effects;
use super::ids::{AccountId, PartyId, PoolId};
use super::marketplace::Marketplace;
use super::rules::{MaxPrice, SupplyLine};
use crate::units::{Money, Price, SimTime};

/// An operation on a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who asks for it.
    pub by: AccountId,
    /// On which pool.
    pub pool: PoolId,
    /// What is to be done.
    pub change: Change,
}

/// What is to be done to a pool. A change that is refused changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A planned pool is created: its slots are there, it is offline.
    Create,
    /// The pool opens to its members.
    BringOnline,
    /// The pool gives out no slots any more. Whoever holds some goes on, whoever waits goes on waiting.
    TakeOffline,
    /// The pool ends: whoever waits is refused, whoever holds its slots or bursts from it loses them, its own slots are gone
    /// and those of other pools are given back.
    Delete,
    /// These may ask from now on.
    AddMembers(Vec<PartyId>),
    /// These may not ask any more. What they hold they lose, and what they wait for is refused.
    RemoveMembers(Vec<PartyId>),
    /// The pool asks another one for more slots; none that are bought for a term.
    AddSlots(SupplyLine),
    /// The pool gives slots back: those that it still waits for, then those that it asked for last. Their occupants move to
    /// free slots, or go in the pool's order, after its notice.
    RemoveSlots {
        /// The pool that they came from.
        from: PoolId,
        /// How many.
        slots: u32,
    },
    /// Another number of slots of the pool's own. Fewer are removed as by [`Change::RemoveSlots`].
    Resize(u32),
    /// Another minimum price.
    Minimum(Price),
    /// The pool joins others, on the terms that it states.
    Merge {
        /// Accounts that agreed, beside the one that asks: one for every pool that is merged.
        agreed_by: Vec<AccountId>,
    },
    /// The pools that it joined are pools of their own again.
    Split,
    /// Another posted price. Whoever holds slots and has a lower limit loses them.
    PostedPrice(Price),
    /// Does the stored burst policy hold? Bursts that run go on.
    Bursts(bool),
    /// Another highest price for bursts that begin from now on.
    BurstPrice(MaxPrice),
    /// Another burst budget, for this period and those to come.
    Budget(Money),
    /// Another cap on the slots of a member; `None` for none. Whoever holds more keeps them.
    MemberCap(Option<u32>),
    /// Another cap on the slots of a department; `None` for none. Whoever holds more keeps them.
    DepartmentCap(Option<u32>),
    /// The most members that may be named; `None` for any number.
    MaximumUsers(Option<u32>),
}

impl Change {
    /// A word for what is to be done, for records.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::BringOnline => "online",
            Self::TakeOffline => "offline",
            Self::Delete => "delete",
            Self::AddMembers(_) => "add_members",
            Self::RemoveMembers(_) => "remove_members",
            Self::AddSlots(_) => "add_slots",
            Self::RemoveSlots { .. } => "remove_slots",
            Self::Resize(_) => "slots",
            Self::Minimum(_) => "minimum_price",
            Self::PostedPrice(_) => "price",
            Self::Bursts(_) => "burst",
            Self::BurstPrice(_) => "burst_max_price",
            Self::Budget(_) => "budget",
            Self::MemberCap(_) => "member_cap",
            Self::DepartmentCap(_) => "department_cap",
            Self::MaximumUsers(_) => "maximum_users",
            Self::Merge { .. } => "merge",
            Self::Split => "split",
        }
    }
}

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Number of the operation, in the order in which they were asked for.
    pub number: u64,
    /// Who asked for it.
    pub by: AccountId,
    /// On which pool.
    pub pool: PoolId,
    /// What was to be done, as [`Change::name`] says it; `scale_up` or `scale_down`, if a rule of the pool has moved slots.
    pub change: &'static str,
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
    /// Slots are bought for a term by the supply lines that a pool states, and stay with it: no operation adds or removes
    /// them.
    Reserved,
    /// Its slots stand in places of their own, as many as there are.
    Placed,
    /// There is nothing to split.
    NotMerged,
    /// Where the pool stands in its life, this cannot be done: it is created already, or it is closed.
    Stage,
    /// The pool admits everybody: there are no members to be named.
    NoMemberList,
    /// More members than may be named.
    TooManyUsers,
    /// The pool has slots without limit.
    Unlimited,
    /// The pool has not so many slots from there.
    NoSuchSlots,
    /// More slots than a pool can have.
    TooManySlots,
    /// That pool cannot supply this one: it is the same or has slots from it, is closed or merged, is somebody else's and not
    /// open to this one's owner, or makes its price in another way than posted, spot or given; or nothing was bid where
    /// bids are compared; or a joint pool would pay it in another currency.
    NoSupplier,
    /// Tiers are paid in several currencies, or in another than the pool's, and this amount would be in none of them.
    Currency,
    /// The pool has no rule that this would change.
    NoSuchRule,
    /// More than that is spent or owed already.
    Spent,
}

impl Marketplace {
    pub(super) fn operate(&mut self, now: SimTime, operation: &Operation, fx: &mut impl Effects) {
        let Operation { by, pool, change } = operation;
        let result = self.carry_out_operation(now, operation, fx);
        self.answer(*by, *pool, change.name(), result, fx);
    }

    fn answer(
        &mut self,
        by: AccountId,
        pool: PoolId,
        change: &'static str,
        result: Result<(), Denial>,
        fx: &mut impl Effects,
    ) {
        let number = self.next_operation;
        self.next_operation += 1;
        fx.answered(&Answer { number, by, pool, change, result });
    }

    fn carry_out_operation(
        &mut self,
        now: SimTime,
        operation: &Operation,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let id = operation.pool;
        let pool = &self.pools[id.index()];
        if !pool.rules.controllers.is_empty() && !pool.rules.controllers.contains(&operation.by) {
            return Err(Denial::NotAuthorised);
        }
        match &operation.change {
            Change::Create => return self.create(now, id, fx),
            _ if pool.is_closed() => return Err(Denial::Stage),
            // What is one pool now is changed as one.
            _ if pool.merged_into.is_some() => return Err(Denial::AlreadyMerged),
            // It has what its partners have, and nothing else.
            Change::Delete | Change::AddSlots(_) | Change::Resize(_) if pool.has_merged() => {
                return Err(Denial::AlreadyMerged);
            }
            Change::Delete if pool.reservations.is_some() => return Err(Denial::Reserved),
            Change::BringOnline => return self.bring_online(now, id, fx),
            Change::TakeOffline => return self.take_offline(now, id, fx),
            Change::Delete => self.delete(now, id, fx),
            Change::AddMembers(users) => return self.add_members(id, users),
            Change::RemoveMembers(users) => return self.remove_members(now, id, users, fx),
            Change::AddSlots(line) => return self.add_slots(now, id, line, fx),
            Change::RemoveSlots { from, slots } => return self.remove_slots(now, id, *from, *slots, fx),
            Change::Resize(slots) => return self.resize(now, id, *slots, fx),
            Change::Minimum(minimum) => self.set_minimum(now, id, *minimum, fx),
            Change::PostedPrice(price) => return self.post_price(now, id, *price, fx),
            Change::Bursts(are_on) => return self.switch_bursts(id, *are_on),
            Change::BurstPrice(price) => return self.set_burst_price(id, *price),
            Change::Budget(amount) => return self.set_budget(now, id, *amount, fx),
            Change::MemberCap(_) | Change::DepartmentCap(_) => {
                return self.set_cap(now, id, &operation.change, fx);
            }
            Change::Merge { agreed_by } => return self.merge(now, operation, agreed_by, fx),
            Change::Split => return self.split(now, id, fx),
            Change::MaximumUsers(most) => return self.set_maximum_users(id, *most),
        }
        Ok(())
    }
}

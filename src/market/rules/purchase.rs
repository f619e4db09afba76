//! On what terms slots are bought.

use crate::units::{Money, Price, SimDuration, SimTime};

/// What a reserved slot costs, for how long, and what happens then. All of it is agreed for each slot of a supply line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Paid when a term begins, per slot.
    pub upfront: Money,
    /// What an hour costs beside it, per slot; it stays what it was, whatever the pool charges others.
    pub hourly: Price,
    /// For which hours that is due.
    pub due: Due,
    /// How long a term lasts. It begins when the slot is there: at `start`, or later where there is no stock.
    pub term: SimDuration,
    /// When the line asks for its slots.
    pub start: SimTime,
    /// What happens when the term is over.
    pub at_expiry: AtExpiry,
}

/// For which hours the hourly price of a reserved slot is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// For the whole term, idle or not.
    WholeTerm,
    /// While the slot is used. Slots of a pool are not told apart: those that it has of its own are used first, then
    /// those of its supply lines, in the order in which they are written.
    Use,
}

/// What happens to a reserved slot when its term is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtExpiry {
    /// It goes. Where no slot is free, the pool's eviction order picks who loses one.
    TakeBack,
    /// It goes as soon as a slot is free: whoever holds one stays until it is done, and the hourly price goes on.
    RunOut,
    /// It stays for another term, whose upfront is paid.
    Renew,
}

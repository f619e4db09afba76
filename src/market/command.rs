//! What a driver tells the marketplace.

use super::ids::{PartyId, Place, PoolId};
use crate::units::{Price, SimDuration};

/// One thing that happened. Commands of one instant are applied in the order of the variants, except that
/// [`Command::Clear`] is due before the first [`Command::Submit`] or [`Command::Abandon`] of that instant, and after
/// each of them.
#[derive(Clone, Debug)]
pub enum Command {
    /// The marketplace opens: supply lines ask for their slots. Once, before anything else.
    Open,
    /// The work of a request is done.
    Release(Place),
    /// A budget period of the pool ends and the next begins.
    ResetBudget(PoolId),
    /// The time that [`super::Effects::budget_watch`] asked for has come.
    WatchBudget(PoolId),
    /// The owner sets the pool's minimum price.
    SetMinimum(PoolId, Price),
    /// Clears every pool in which slots became free; due when [`super::Marketplace::needs_clearing`].
    Clear,
    /// The patience of a waiting request has ended.
    Abandon(Place),
    /// A request arrives.
    Submit(Submission),
    /// Reports every open lease's charge so far to [`super::Effects::held_so_far`]; changes nothing.
    Cut,
    /// The books are closed: every open lease is billed to this instant and every open request is closed as open.
    Close,
}

/// A request as it arrives.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The pool that is asked.
    pub pool: PoolId,
    /// Who asks, and pays.
    pub payer: PartyId,
    /// Slots, all at once or none.
    pub slots: u32,
    /// Bid per slot-hour; under a posted price, the member's limit.
    pub bid: Price,
    /// Declared duration at speed 1.
    pub work: SimDuration,
    /// How long it waits in all; `None` without end.
    pub patience: Option<SimDuration>,
}

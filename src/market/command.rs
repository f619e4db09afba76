//! What a driver tells the marketplace.

use super::hardware::Component;
use super::ids::{ChoiceId, PartyId, Place, PoolId};
use super::operations::Operation;
use super::rules::PlaceWish;
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
    /// A component of the hardware is repaired.
    Repair(Component),
    /// A component of the hardware fails.
    Fail(Component),
    /// The owner sets the pool's minimum price.
    SetMinimum(PoolId, Price),
    /// The price of a pool whose price is given from outside; a pool that makes its own price stays as it is.
    SetPrice(PoolId, Price),
    /// Somebody operates on a pool: creates it, changes it, deletes it.
    Operate(Operation),
    /// The time that [`super::Effects::alarm`] asked for has come. Those of [`Alarm::Round`] are due after the arrivals of
    /// the instant.
    Wake(Alarm),
    /// Clears every pool in which slots became free; due when [`super::Marketplace::needs_clearing`].
    Clear,
    /// The patience of a waiting request has ended.
    Abandon(Place),
    /// A request arrives.
    Submit(Submission),
    /// A request arrives that asks something of its place.
    SubmitPlaced(Submission, PlaceWish),
    /// A member changes its bid, where the pool allows it.
    Revise(Place, Price),
    /// A member takes its waiting request back.
    Withdraw(Place),
    /// Reports every open lease's charge so far to [`super::Effects::held_so_far`]; changes nothing.
    Cut,
    /// The books are closed: every open lease is billed to this instant and every open request is closed as open.
    Close,
}

/// What the marketplace wants to be woken for. One of each is pending at most: asking again moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The notice or the guaranteed run of a lease ends.
    Lease(Place),
    /// A lease begins another unit of time that is billed whole. Due after the clearing of the instant.
    Unit(Place),
    /// A request has waited so long that it tries the burst tiers. Due after the clearing of the instant.
    Overflow(Place),
    /// The price in force is computed anew: a cycle ends, a smoothed price makes a step, a formula is due.
    Quote(PoolId),
    /// The minimum is computed anew. Due before a [`Command::SetMinimum`] of the instant: what the owner says itself holds.
    Minimum(PoolId),
    /// Credits are refilled.
    Credits(PoolId),
    /// Supply lines of the pool ask for their slots. Capacity comes in before any price changes.
    Supply(PoolId),
    /// What a joint pool has earned and spent is shared out.
    Sharing(PoolId),
    /// A round opens, a clock ticks, or a round closes.
    Round(PoolId),
    /// The rules are looked at by which the pool takes and returns slots, or is created and deleted. Due after what owners
    /// do at the instant, and before [`Alarm::Slots`], [`Alarm::Term`] and [`Alarm::Quote`].
    Scale(PoolId),
    /// The notice of slots that leave the pool ends.
    Slots(PoolId),
    /// The term of the pool ends.
    Term(PoolId),
}

/// What a driver gives a request along, to find it again with everything that it hears of the request.
pub type Tag = [u64; 2];

/// A request as it arrives.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The pool that is asked.
    pub pool: PoolId,
    /// The pools that are asked instead, in order of preference.
    pub choices: Option<ChoiceId>,
    /// Who asks, and pays.
    pub payer: PartyId,
    /// Slots, at least one, all at once or none.
    pub slots: u32,
    /// Bid per slot-hour; under a posted price, the member's limit.
    pub bid: Price,
    /// Declared duration at speed 1.
    pub work: SimDuration,
    /// How long it waits in all; `None` without end.
    pub patience: Option<SimDuration>,
    /// Highest unit price of a burst, fee included, where the pool leaves that to each request.
    pub max_price: Option<Price>,
    /// Whatever the driver wants to find again with the request; the marketplace does not look at it.
    pub tag: Tag,
}

//! Auctions: who wins a round, at what price. One file per method, all of one shape.
//!
//! A sealed method is a function from a [`Lot`] and the bids to a [`Decision`]. A clock is two: the next tick at which
//! something happens, and what happens then. None of them knows the time, or what the bidders do afterwards.
//!
//! Bids come *best first*: the highest bid, among equals in the order in which the pool serves them (the earlier arrival,
//! unless its fairness rules say otherwise). None lies below the minimum.

mod discriminatory;
mod dutch;
mod english;
mod first_price;
mod second_price;
mod uniform;
mod vcg;

use super::book::Entry;
use super::ids::Place;
use super::rules::Fit;
use crate::units::Price;

/// What is sold in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lot {
    /// Equal slots.
    pub(super) slots: u32,
    /// What each is worth to the seller: nothing is sold below it.
    pub(super) minimum: Price,
    /// Whether a bid that does not fit into what is left is skipped, or ends the awarding.
    pub(super) fit: Fit,
}

/// Slots for a bidder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Award {
    /// Who wins.
    pub(super) place: Place,
    /// What the minimum is compared with while it holds the slots, per slot: its bid, or the call that it accepted.
    pub(super) standing: Price,
    /// What it pays for all of its slots together, per hour.
    pub(super) rate: Price,
}

/// How a round ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    /// The winners, best first.
    pub(super) awards: Vec<Award>,
    /// The price of a slot that the round has made: the lowest that a winner would have had to bid.
    pub(super) price: Price,
}

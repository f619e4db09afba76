//! Auctions: who wins a round, at what price. One file per method, all of one shape.
//!
//! A sealed method is a function from a [`Lot`] and the bids to a [`Decision`]. A clock is two: the next tick at which
//! something happens, and what happens then. None of them knows the time, or what the bidders do afterwards.
//!
//! Bids come *best first*: the highest bid, among equals in the order in which the pool serves them (the earlier arrival,
//! unless its fairness rules say otherwise). None lies below the minimum.

mod discriminatory;
pub(super) mod dutch;
pub(super) mod english;
mod first_price;
mod second_price;
mod uniform;
mod vcg;

#[cfg(test)]
mod tests;

use super::book::Entry;
use super::ids::Place;
use super::rules::{AuctionMethod, Fit};
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
    /// The price of a slot that the round has made: the lowest that a winner pays, the minimum if nobody wins.
    pub(super) price: Price,
}

/// How a sealed round ends.
pub(super) fn decide(method: &AuctionMethod, lot: &Lot, bids: &[Entry]) -> Decision {
    match method {
        AuctionMethod::FirstPrice => first_price::decide(lot, bids),
        AuctionMethod::SecondPrice => second_price::decide(lot, bids),
        AuctionMethod::Uniform => uniform::decide(lot, bids),
        AuctionMethod::Discriminatory => discriminatory::decide(lot, bids),
        AuctionMethod::Vcg => vcg::decide(lot, bids),
        AuctionMethod::English(_) | AuctionMethod::Dutch(_) => unreachable!("clocks run in rounds.rs"),
    }
}

impl Award {
    /// All slots that were bid for, at `unit` each.
    fn new(bid: &Entry, standing: Price, unit: Price) -> Self {
        Self { place: bid.place, standing, rate: unit.times(bid.slots) }
    }
}

/// The highest bids that fit, and the others; each best first.
fn highest(lot: &Lot, bids: &[Entry]) -> (Vec<Entry>, Vec<Entry>) {
    let mut left = lot.slots;
    let mut stopped = false;
    bids.iter().partition(|bid| {
        let served = !stopped && bid.slots <= left;
        if served {
            left -= bid.slots;
        } else {
            stopped = lot.fit == Fit::Strict;
        }
        served
    })
}

/// The bids that are not below a call.
fn at_least(bids: &[Entry], call: i128) -> &[Entry] {
    &bids[..bids.partition_point(|bid| i128::from(bid.bid.units()) >= call)]
}

/// By how much the call of a clock changes at a tick. The rules ask for more than zero; a step of zero would never end.
fn step(change: Price) -> i128 {
    i128::from(change.units()).max(1)
}

/// The tick of this number, or the last that there is.
fn to_tick(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The price of so many units, or the nearest that there is.
fn saturated(units: i128) -> Price {
    Price::from_units(units.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}

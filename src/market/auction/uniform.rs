//! Sealed, uniform price: the highest bids win, and all pay the (k+1)-th, which is the highest losing bid.
//!
//! A large bid may lose to smaller ones below it, because it does not fit; then the lowest winning bid is the price, for
//! nobody pays more than it bid.

use super::{Award, Decision, Lot, highest};
use crate::market::book::Entry;

/// The price is what all pay: the minimum if nobody loses.
pub(in crate::market) fn decide(lot: &Lot, bids: &[Entry]) -> Decision {
    let (winners, losers) = highest(lot, bids);
    let price = match (winners.last(), losers.first()) {
        (Some(winner), Some(loser)) => loser.bid.min(winner.bid),
        _ => lot.minimum,
    };
    Decision { awards: winners.iter().map(|winner| Award::new(winner, winner.bid, price)).collect(), price }
}

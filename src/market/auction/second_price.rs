//! Sealed, second price: the highest bids win, each pays the highest losing bid that is not above its own.
//!
//! For bids of one slot that is the same losing bid for all: the uniform price. Where sizes differ, a large bid that did
//! not fit is a price for the winners above it, and none for those below.

use super::{Award, Decision, Lot, highest};
use crate::market::book::Entry;
use crate::units::Price;

/// The price is what the lowest winner pays, which is the least that anybody pays.
pub(in crate::market) fn decide(lot: &Lot, bids: &[Entry]) -> Decision {
    let (winners, losers) = highest(lot, bids);
    let unit = |winner: &Entry| second(lot, &losers, winner.bid);
    Decision {
        price: winners.last().map_or(lot.minimum, unit),
        awards: winners.iter().map(|winner| Award::new(winner, winner.bid, unit(winner))).collect(),
    }
}

/// The highest losing bid that is not above `bid`; the minimum if there is none.
fn second(lot: &Lot, losers: &[Entry], bid: Price) -> Price {
    let above = losers.partition_point(|loser| loser.bid > bid);
    losers.get(above).map_or(lot.minimum, |loser| loser.bid)
}

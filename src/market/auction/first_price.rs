//! Sealed, first price: the highest bids win, each pays its bid.

use super::{Award, Decision, Lot, highest};
use crate::market::book::Entry;

/// The price is the lowest winning bid, whether or not slots are left over: it is what the cheapest slot was sold for.
pub(in crate::market) fn decide(lot: &Lot, bids: &[Entry]) -> Decision {
    let (winners, _) = highest(lot, bids);
    Decision {
        price: winners.last().map_or(lot.minimum, |lowest| lowest.bid),
        awards: winners.iter().map(|winner| Award::new(winner, winner.bid, winner.bid)).collect(),
    }
}

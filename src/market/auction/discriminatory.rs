//! Sealed, discriminatory (pay as bid): the highest bids win, each pays its bid.
//!
//! For equal slots this is the first price with more than one winner: one rule that has two names.

use super::{Decision, Lot, first_price};
use crate::market::book::Entry;

/// The price is the lowest winning bid.
pub(in crate::market) fn decide(lot: &Lot, bids: &[Entry]) -> Decision {
    first_price::decide(lot, bids)
}

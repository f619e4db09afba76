//! How a member turns its value into a bid.

use crate::units::Price;

/// A bidding behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bidding {
    /// It bids its value.
    Truthful,
    /// It bids the same price always, whatever its value.
    Fixed(Price),
}

impl Bidding {
    /// The bid of a member with this value per slot-hour.
    #[inline]
    #[must_use]
    pub fn bid(self, value: Price) -> Price {
        match self {
            Self::Truthful => value,
            Self::Fixed(bid) => bid,
        }
    }
}

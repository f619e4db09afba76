//! How a member turns its value into a bid, and what it does with the bid later.

use std::sync::Arc;

use super::equilibrium::Equilibrium;
use super::law::Law;
use crate::units::{PARTS_PER_WHOLE, Price, Share, SimDuration};

/// A bidding behaviour.
#[derive(Clone, Debug)]
pub enum Bidding {
    /// It bids its value.
    Truthful,
    /// It bids the same price always, whatever its value.
    Fixed(Price),
    /// It bids this share of its value.
    Shaded(Share),
    /// It bids what is best for it in a pay-as-bid auction, if all others do as well.
    Equilibrium(Arc<Equilibrium>),
}

impl Bidding {
    /// The bid of a member with this value per slot-hour in a round of `bidders` bidders, itself included (of no
    /// interest to any behaviour but the equilibrium).
    #[inline]
    #[must_use]
    pub fn bid(&self, value: Price, bidders: u32) -> Price {
        match self {
            Self::Truthful => value,
            Self::Fixed(bid) => *bid,
            Self::Shaded(share) => times(value, share.parts()),
            Self::Equilibrium(equilibrium) => equilibrium.bid(value, bidders),
        }
    }
}

/// How a member raises its bid while its request waits or runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// Time between two raises, above zero.
    pub every: SimDuration,
    /// By how much of the bid it is raised.
    pub raise: Share,
}

impl Revisions {
    /// The bid after the next raise; never above the value, and never below the bid as it stands.
    #[must_use]
    pub fn raised(&self, bid: Price, value: Price) -> Price {
        times(bid, PARTS_PER_WHOLE.saturating_add(self.raise.parts())).min(value).max(bid)
    }
}

/// How requests are withdrawn by those who made them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Withdrawal {
    /// Probability that a request is withdrawn if it still waits then.
    pub probability: f64,
    /// When, in ticks after its arrival.
    pub after: Law,
}

/// `price` times so many millionths, to the nearest unit, halves up; saturates.
fn times(price: Price, parts: u32) -> Price {
    let whole = i128::from(PARTS_PER_WHOLE);
    let units = (2 * i128::from(price.units()) * i128::from(parts) + whole) / (2 * whole);
    Price::from_units(i64::try_from(units).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn price(units: i64) -> Price {
        Price::from_units(units)
    }

    #[test]
    fn a_shaded_bid_is_a_share_of_the_value() {
        let shaded = Bidding::Shaded(Share::from_parts(800_000));
        for (value, bid) in [(0, 0), (1, 1), (2, 2), (1_000_003, 800_002), (i64::MAX, i64::MAX / 5 * 4 + 2)] {
            assert_eq!(shaded.bid(price(value), 0).units(), bid, "{value}");
        }
    }

    #[test]
    fn a_raise_stops_at_the_value() {
        let revisions = Revisions { every: SimDuration::from_hours(1), raise: Share::from_parts(100_000) };
        assert_eq!(revisions.raised(price(100), price(150)), price(110));
        assert_eq!(revisions.raised(price(145), price(150)), price(150));
        assert_eq!(revisions.raised(price(150), price(150)), price(150));
        // Who bids above its value already (a fixed bid) is no exception to a raise never being a cut.
        assert_eq!(revisions.raised(price(200), price(150)), price(200));
        assert_eq!(revisions.raised(Price::MAX, Price::MAX), Price::MAX);
    }
}

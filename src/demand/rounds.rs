//! Arrivals in rounds: bidders who come together, as to an auction.

use super::poisson::poisson;
use crate::kernel::{Address, Stream};

/// How many bidders come to a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bidders {
    /// Always this many.
    Exactly(u32),
    /// Poisson with this mean. It must be above zero; of the rounds that nobody comes to nothing is seen, and a mean far
    /// below one costs time, as each of them is drawn.
    Poisson(f64),
}

impl Bidders {
    /// Mean number of bidders in a round.
    #[must_use]
    pub fn mean(self) -> f64 {
        match self {
            Self::Exactly(number) => f64::from(number),
            Self::Poisson(mean) => mean,
        }
    }

    /// More bidders than these never come: a Poisson number exceeds its mean by 12 standard deviations and 20 about once
    /// in 10²⁵ draws.
    #[must_use]
    pub fn most(self) -> u32 {
        match self {
            Self::Exactly(number) => number,
            Self::Poisson(mean) => (mean + 12.0 * libm::sqrt(mean) + 20.0) as u32,
        }
    }

    /// Of round number `address.index`: each round has a stream of its own.
    fn draw(self, address: &Address<'_>) -> u32 {
        match self {
            Self::Exactly(number) => number,
            Self::Poisson(mean) => poisson(mean, &mut Stream::new(address)),
        }
    }
}

/// The round whose bidders are arriving.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Round {
    /// Number of the next round.
    next: u64,
    /// Bidders of this round.
    pub(super) bidders: u32,
    /// Those of them that have not been scheduled yet.
    left: u32,
}

impl Round {
    /// Goes on to the next bidder, of this round or the next that has any; its round's number, or `None` if that would be
    /// beyond the `last`. `address` is that of round 0.
    pub(super) fn advance(&mut self, bidders: Bidders, last: u64, address: &Address<'_>) -> Option<u64> {
        while self.left == 0 {
            if self.next > last {
                return None;
            }
            self.bidders = bidders.draw(&Address { index: self.next, ..*address });
            self.left = self.bidders;
            self.next += 1;
        }
        self.left -= 1;
        Some(self.next - 1)
    }

    /// The number of the bidder that was scheduled last, among those of its round.
    pub(super) fn bidder(&self) -> u32 {
        self.bidders - 1 - self.left
    }
}

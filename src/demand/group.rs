//! A group of users: when they ask, for what, and what they bid.

use std::sync::Arc;

use super::bidding::{Bidding, Revisions, Withdrawal};
use super::law::Law;
use super::rounds::Bidders;
use super::sequence::Sequence;
use crate::units::SimDuration;

/// A group: one arrival process, one set of laws.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name; part of the address of its random streams.
    pub name: String,
    /// When requests arrive, and what the arrival alone decides.
    pub arrivals: Arrivals,
    /// Value per slot-hour, in the pool's currency.
    pub value: Law,
    /// How it bids.
    pub bidding: Bidding,
    /// How long a request waits in all, in ticks; `None` without end.
    pub patience: Option<Law>,
    /// The most that a burst may cost per slot-hour, where its pool leaves that to each request.
    pub max_price: Option<Law>,
    /// How it raises its bids later.
    pub revision: Option<Revisions>,
    /// How it withdraws its requests.
    pub withdrawal: Option<Withdrawal>,
}

/// When requests arrive.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Independent requests in a Poisson process.
    Poisson {
        /// Mean gap between two arrivals, in ticks.
        mean_gap: f64,
        /// Size in slots; drawn values are rounded to the nearest whole number, at least 1.
        size: Law,
        /// Duration at speed 1, in ticks.
        duration: Law,
        /// Who asks.
        members: Members,
    },
    /// Several requests at one instant, again and again: the bidders of an auction.
    Rounds {
        /// When the first round comes.
        first: SimDuration,
        /// Time between two rounds; above zero.
        every: SimDuration,
        /// How many requests each brings.
        bidders: Bidders,
        /// As in a Poisson process.
        size: Law,
        /// As in a Poisson process.
        duration: Law,
        /// Who asks: in each round the first member, then the second, and so on, beginning again after the last.
        members: Members,
    },
    /// The jobs of a log, at their times.
    Replay(Arc<Sequence>),
}

impl Arrivals {
    /// The law of durations, unless they come from a log.
    #[must_use]
    pub fn duration(&self) -> Option<&Law> {
        match self {
            Self::Poisson { duration, .. } | Self::Rounds { duration, .. } => Some(duration),
            Self::Replay(_) => None,
        }
    }
}

/// The users of a group; each request comes from one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Members {
    /// How many there are; in a Poisson process each is as likely to ask.
    pub count: u32,
}

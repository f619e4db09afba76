//! How the price of a pool comes about.

use std::sync::Arc;

use super::auction::AuctionRules;
use crate::market::formula::Formula;
use crate::units::{Price, Share, SimDuration};

/// How a pool's price comes about: its *method*.
///
/// Under the *standing* methods a price is in force at every moment, and a request is answered when it arrives. An
/// auction sells in rounds.
#[derive(Clone, Debug)]
pub enum Pricing {
    /// The owner posts it; requests are served in order of arrival. Without money, first come, first served, it is zero.
    Posted(Price),
    /// It clears the bids.
    Spot(SpotRules),
    /// Everybody is served at once, with a share of the slots in proportion to its bid.
    Proportional,
    /// The owner's own rule.
    Formula(FormulaRules),
    /// It comes from outside, by [`Command::SetPrice`](crate::market::Command::SetPrice), whatever is bid here.
    Given(GivenRules),
    /// Slots are sold in rounds.
    Auction(AuctionRules),
}

impl Pricing {
    /// The highest price that the method may make, where its owner says so.
    #[must_use]
    pub fn cap(&self) -> Option<Price> {
        match self {
            Self::Spot(spot) => spot.cap.map(|cap| cap.limit),
            Self::Auction(auction) => auction.cap,
            Self::Formula(formula) => formula.cap,
            Self::Posted(_) | Self::Proportional | Self::Given(_) => None,
        }
    }
}

/// A market whose price others make, as a spot market of which only the price is known.
///
/// Every bid at or above the price is served while there are slots, and whoever bids less than the price has risen to is
/// interrupted. Everybody pays the price in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenRules {
    /// In force until the first other price is given.
    pub start: Price,
    /// No higher price is ever given: what a budget or credits must bear. One that is counts as this.
    pub highest: Price,
}

/// The uniform-price market.
#[derive(Clone, Debug)]
pub struct SpotRules {
    /// Which bid sets the price while slots are short.
    pub rule: PriceRule,
    /// What a holder pays.
    pub payment: Payment,
    /// The pool's price cap.
    pub cap: Option<PriceCap>,
    /// When the market is cleared.
    pub clearing: Clearing,
    /// How the price in force follows the clearing price.
    pub smoothing: Option<Smoothing>,
}

impl SpotRules {
    /// A market that is cleared at every change, at its clearing price, without a cap.
    #[must_use]
    pub const fn continuous(rule: PriceRule, payment: Payment) -> Self {
        Self { rule, payment, cap: None, clearing: Clearing::Continuous, smoothing: None }
    }
}

/// When a spot market is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clearing {
    /// At every arrival, and whenever slots become free.
    Continuous,
    /// Once per *interruption cycle*, from time 0 on. In between the price stands, nobody is displaced, and free slots go
    /// to bids at or above the price.
    PerCycle(SimDuration),
}

/// An exponential average: at every step the price in force moves by `weight` of its distance from the price at which
/// those who run and wait would just fit.
///
/// Spot prices of large providers have looked like this since late 2017. Here the price alone decides who runs: no bid
/// displaces another. Free slots go to bids at or above the price, and when it rises above the bid of somebody who holds
/// slots, that one is interrupted. Together with an interruption cycle the price moves once per cycle, and then higher bids
/// at or above it displace lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smoothing {
    /// Time between two steps.
    pub step: SimDuration,
    /// How much of the distance a step covers.
    pub weight: Share,
}

/// Which bid sets the price while slots are short (otherwise it is the minimum).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRule {
    /// The lowest running bid.
    LowestAccepted,
    /// min(lowest running bid, max(minimum, highest waiting bid)).
    HighestRejected,
}

/// What a holder pays per slot-hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// The price in force, as it changes.
    UniformPrice,
    /// Its own bid (up to the price cap).
    OwnBid,
}

/// The highest price of a pool.
#[derive(Clone, Copy, Debug)]
pub struct PriceCap {
    /// The cap.
    pub limit: Price,
    /// What it caps.
    pub mode: CapMode,
}

/// What a price cap caps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapMode {
    /// The price; bids keep their order above it.
    Price,
    /// The bids: whoever bids more ties at the cap.
    Bids,
}

/// The owner's own rule for price and ranking.
///
/// The price formula is evaluated at regular times. In between the price stands: everybody pays it, and free slots go to
/// bids at or above it. When it rises above the bid of somebody who holds slots, that one is interrupted. (A price that
/// followed every change at once could chase its own tail: interrupting somebody makes it fall, so that the same request
/// starts again, and so on without end.) The rank formula is evaluated for everybody who waits when slots are
/// given out: the highest rank is served first, equals by bid and arrival.
#[derive(Clone, Debug)]
pub struct FormulaRules {
    /// Price per slot-hour, in units of price. What lies outside [minimum, cap] is moved to the nearer end.
    pub price: Arc<dyn Formula>,
    /// Rank of a waiting request; without one they are served in order of arrival.
    pub rank: Option<Arc<dyn Formula>>,
    /// The price is evaluated this often, from time 0 on, and stands in between.
    pub every: SimDuration,
    /// The highest price.
    pub cap: Option<Price>,
}

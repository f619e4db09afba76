//! Auctions: slots that are sold in rounds.

use crate::units::{Price, SimDuration};

/// How a pool holds its auctions.
///
/// A round opens at every multiple of `every`, after the arrivals of that instant. Sealed bids are taken until the round
/// closes, `bidding` later; a clock runs until it stops. Whoever waits in the pool is a bidder. A sealed round sells all
/// slots that are free when it is decided, a clock those that were free when it opened; others, and those left over, are
/// sold in the next.
#[derive(Clone, Copy, Debug)]
pub struct AuctionRules {
    /// Who wins, at what price.
    pub method: AuctionMethod,
    /// Time between the openings of two rounds. While a clock still runs no other round opens.
    pub every: SimDuration,
    /// How long sealed bids are taken; shorter than `every`. Zero: those of the opening instant and earlier.
    pub bidding: SimDuration,
    /// For how long slots are sold.
    pub term: Term,
    /// What bidders do who did not win.
    pub losers: Losers,
    /// The highest price that anybody pays per slot-hour.
    pub cap: Option<Price>,
}

/// Who wins a round, at what price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuctionMethod {
    /// Sealed; the highest bids win, each pays its bid.
    FirstPrice,
    /// Sealed; the highest bids win, each pays the highest losing bid that is not above its own.
    SecondPrice,
    /// Sealed; the highest bids win, and all pay the (k+1)-th, which is the highest losing bid.
    Uniform,
    /// Sealed; the highest bids win, each pays its bid: the first price, for many slots.
    Discriminatory,
    /// Sealed; the set of bids of the greatest total wins, and each pays what the others lose by its presence.
    Vcg,
    /// The ascending clock.
    English(EnglishClock),
    /// The descending clock.
    Dutch(DutchClock),
}

/// An ascending clock. A bidder remains while the call is at most its bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnglishClock {
    /// The first call, or the minimum if that is higher. Should the minimum move while the clock runs, the calls stay;
    /// whoever wins pays at least the minimum.
    pub opening: Price,
    /// How much the call rises at a tick; above zero.
    pub increment: Price,
    /// Time between two ticks; zero runs the whole clock in one instant.
    pub tick: SimDuration,
    /// Who pays what.
    pub payment: ClockPayment,
    /// What becomes of bids that arrive while the clock runs.
    pub late: LateBidders,
}

/// What the winners of an ascending clock pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPayment {
    /// All of them the closing price.
    Uniform,
    /// Each the last call at which it remained.
    OwnLastBid,
}

/// A descending clock. The first to accept a call has a slot at that call; the clock goes on for the slots left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DutchClock {
    /// The first call.
    pub start: Price,
    /// How much the call falls at a tick; above zero. The last call is the minimum.
    pub decrement: Price,
    /// Time between two ticks; zero runs the whole clock in one instant.
    pub tick: SimDuration,
    /// What becomes of bids that arrive while the clock runs.
    pub late: LateBidders,
}

/// What becomes of bids that arrive while a clock runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateBidders {
    /// They take part from the next call on; under an ascending clock, if they bid at least that call.
    Join,
    /// They wait for the next round.
    NextRound,
}

/// For how long an auction sells slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Until the holder's work is done.
    UntilReleased,
    /// So long, whether the work is done or not. Work that is left when the term ends follows the pool's interruption
    /// rule.
    Fixed(SimDuration),
}

/// What bidders do who did not win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Losers {
    /// They bid again in the next round.
    Stay,
    /// They are refused as outbid (and burst, where the pool has a burst policy).
    Leave,
}

//! English, the ascending clock: a bidder remains while the call is at most its bid.
//!
//! The clock stops at the first tick at which those who remain want no more slots than there are. They win. If they leave
//! slots over, these go to those who dropped at that very tick, best first, as far as they fit. Whoever comes back so
//! never affirmed the closing call: then the uniform payment of all is the call before it. If nobody comes back, it is
//! the closing call, which all winners have affirmed.

use super::{Award, Decision, Lot, at_least, highest, saturated, step, to_tick};
use crate::market::book::Entry;
use crate::market::rules::{ClockPayment, EnglishClock};
use crate::units::Price;

/// The call at a tick.
pub(in crate::market) fn call(clock: &EnglishClock, lot: &Lot, tick: i64) -> Price {
    saturated(level(clock, lot, tick))
}

/// The first tick from `from` on at which the clock stops.
pub(in crate::market) fn closing_tick(clock: &EnglishClock, lot: &Lot, bids: &[Entry], from: i64) -> i64 {
    first_excess(lot, bids).map_or(from, |excess| first_tick_above(clock, lot, excess).max(from))
}

/// The end of the round at its closing tick. The price is the uniform payment, which is also the least that anybody pays
/// if each pays its own last bid; the minimum if nobody wins.
pub(in crate::market) fn decide(clock: &EnglishClock, lot: &Lot, bids: &[Entry], tick: i64) -> Decision {
    let closing = level(clock, lot, tick);
    let before = if tick > 0 { level(clock, lot, tick - 1) } else { closing };
    let (winners, _) = highest(lot, at_least(bids, before));
    let remain = at_least(&winners, closing).len();
    let last_bid = |index| saturated(if index < remain { closing } else { before });
    let price = winners.len().checked_sub(1).map_or(lot.minimum, last_bid);
    let award = |(index, winner)| {
        let unit = match clock.payment {
            ClockPayment::Uniform => price,
            ClockPayment::OwnLastBid => last_bid(index),
        };
        Award::new(winner, last_bid(index), unit)
    };
    Decision { awards: winners.iter().enumerate().map(award).collect(), price }
}

/// The call at a tick, also where it is higher than any price: there nobody remains, whatever it bids.
fn level(clock: &EnglishClock, lot: &Lot, tick: i64) -> i128 {
    i128::from(clock.opening.max(lot.minimum).units()) + i128::from(tick) * step(clock.increment)
}

/// The highest bid with which those who bid no less want more slots than there are: the clock runs on until it drops.
fn first_excess(lot: &Lot, bids: &[Entry]) -> Option<Price> {
    let mut demand = 0;
    let excess = bids.iter().find(|bid| {
        demand += u64::from(bid.slots);
        demand > u64::from(lot.slots)
    });
    excess.map(|bid| bid.bid)
}

/// The first tick at which the call is above `bid`.
fn first_tick_above(clock: &EnglishClock, lot: &Lot, bid: Price) -> i64 {
    let distance = i128::from(bid.units()) - level(clock, lot, 0);
    if distance < 0 { 0 } else { to_tick(distance / step(clock.increment) + 1) }
}

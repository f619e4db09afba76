//! Dutch, the descending clock: a bidder accepts the first call that is at most its bid, and pays it.

use super::{Award, Decision, Lot, at_least, highest, saturated, step, to_tick};
use crate::market::book::Entry;
use crate::market::rules::DutchClock;
use crate::units::Price;

/// The call at a tick.
pub(in crate::market) fn call(clock: &DutchClock, lot: &Lot, tick: i64) -> Price {
    let fallen = i128::from(tick) * step(clock.decrement);
    saturated(i128::from(clock.start.units()) - fallen).max(lot.minimum)
}

/// The tick at which the call comes down to the minimum, and the clock ends.
pub(in crate::market) fn last_tick(clock: &DutchClock, lot: &Lot) -> i64 {
    first_tick(clock, lot.minimum)
}

/// The first tick from `from` on at which somebody accepts the call and is served, or the last tick, at which the clock
/// ends.
///
/// Whoever accepts but does not fit changes nothing, at this tick or at a later one: so it is passed over. Ask again
/// when bids come or go, or slots become free.
pub(in crate::market) fn next_tick(clock: &DutchClock, lot: &Lot, bids: &[Entry], from: i64) -> i64 {
    let last = last_tick(clock, lot);
    let (winners, _) = highest(lot, bids);
    winners.first().map_or(last, |winner| first_tick(clock, winner.bid).max(from).min(last))
}

/// Who accepts at this tick and is served. The price is the call, also if nobody is.
pub(in crate::market) fn decide(clock: &DutchClock, lot: &Lot, bids: &[Entry], tick: i64) -> Decision {
    let price = call(clock, lot, tick);
    let (winners, _) = highest(lot, at_least(bids, price.units().into()));
    Decision { awards: winners.iter().map(|winner| Award::new(winner, price, price)).collect(), price }
}

/// The first tick at which the clock has fallen to `level`.
fn first_tick(clock: &DutchClock, level: Price) -> i64 {
    let distance = i128::from(clock.start.units()) - i128::from(level.units());
    let step = step(clock.decrement);
    to_tick((distance.max(0) + step - 1) / step)
}

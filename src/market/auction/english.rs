use super::{Decision, Lot};
use crate::market::book::Entry;
use crate::market::rules::EnglishClock;
use crate::units::Price;

/// The call at a tick.
pub(in crate::market) fn call(clock: &EnglishClock, lot: &Lot, tick: i64) -> Price {
    let _ = (clock, tick);
    lot.minimum
}

/// The first tick from `from` on at which the clock stops.
pub(in crate::market) fn closing_tick(clock: &EnglishClock, lot: &Lot, bids: &[Entry], from: i64) -> i64 {
    let _ = (clock, lot, bids);
    from
}

/// The end of the round at its closing tick.
pub(in crate::market) fn decide(clock: &EnglishClock, lot: &Lot, bids: &[Entry], tick: i64) -> Decision {
    let _ = (clock, bids, tick);
    Decision { awards: Vec::new(), price: lot.minimum }
}

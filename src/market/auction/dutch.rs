use super::{Decision, Lot};
use crate::market::book::Entry;
use crate::market::rules::DutchClock;
use crate::units::Price;

/// The call at a tick.
pub(in crate::market) fn call(clock: &DutchClock, lot: &Lot, tick: i64) -> Price {
    let _ = (clock, tick);
    lot.minimum
}

/// The first tick from `from` on at which somebody accepts the call, or the last tick, at which the clock ends.
pub(in crate::market) fn next_tick(clock: &DutchClock, lot: &Lot, bids: &[Entry], from: i64) -> i64 {
    let _ = (clock, lot, bids);
    from
}

/// Who accepts at this tick.
pub(in crate::market) fn decide(clock: &DutchClock, lot: &Lot, bids: &[Entry], tick: i64) -> Decision {
    let _ = (clock, bids, tick);
    Decision { awards: Vec::new(), price: lot.minimum }
}

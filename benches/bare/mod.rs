//! Hand-written event loops, one per reference scenario: what someone would write who wanted that one
//! number and nothing else. No ledger, no metrics, no scenario file; they are the yardstick that the
//! simulator's speed is held against, so they are written to be fast:
//!
//! - requests are drawn in blocks ahead of the clock, so that the loop itself only compares and selects;
//! - which of two event kinds comes next is a coin toss that no branch predictor can win, so every step
//!   does the same work for both and selects the operands;
//! - a time or a bid is kept as the bits of a non-negative `f64`, which sort as the numbers do, with the
//!   slot in the lowest [`SLOT_BITS`] of them: one word is key and payload. That moves a time by less than
//!   one part in 10^13.
//!
//! All start empty and stop at the last arrival. An event is an arrival, or a lease that came to its end
//! by completion; an eviction is part of the arrival that caused it.

mod binary_heap;
mod large;
mod loss;
mod overflow;
mod spot_market;
mod winner_tree;
mod workload;

use binary_heap::LazyHeap;
use winner_tree::WinnerTree;

/// Result of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BareResult {
    /// Events that came to pass.
    pub(crate) events: u64,
    /// The number the run is made for.
    pub(crate) headline: f64,
    /// What else was integrated along the way; 0 for [`loss`].
    pub(crate) second: f64,
}

/// Loss system of 100 slots offered 90 erlangs. The headline is the share of arrivals blocked.
pub(crate) fn loss(arrivals: u64, seed: u64) -> BareResult {
    loss::run::<WinnerTree<256>>(arrivals, seed)
}

/// [`loss`] with the standard library's binary heap for the pending departures.
pub(crate) fn loss_with_heap(arrivals: u64, seed: u64) -> BareResult {
    loss::run::<LazyHeap>(arrivals, seed)
}

/// A loss system of so many slots offered nine tenths as many erlangs, with the standard library's binary heap: what becomes
/// of a loop as the market grows.
pub(crate) fn large_loss(slots: u32, arrivals: u64, seed: u64) -> BareResult {
    large::run(slots, arrivals, seed)
}

/// Spot market of 100 slots offered 150 erlangs with bids uniform on 0 to 1. The headline is the
/// time-mean price, the second number the mean occupancy in slots.
pub(crate) fn spot_market(arrivals: u64, seed: u64) -> BareResult {
    spot_market::run::<WinnerTree<256>>(arrivals, seed)
}

/// [`spot_market`] with the standard library's binary heap for the pending departures.
pub(crate) fn spot_market_with_heap(arrivals: u64, seed: u64) -> BareResult {
    spot_market::run::<LazyHeap>(arrivals, seed)
}

/// 100 slots offered 110 erlangs, overflowing to an unlimited tier at three times the price. The headline
/// is the mean occupancy of that tier in slots, the second number the cost per mean holding time, in
/// prices of the first tier.
pub(crate) fn overflow(arrivals: u64, seed: u64) -> BareResult {
    overflow::run::<WinnerTree<512>>(arrivals, seed)
}

/// [`overflow`] with the standard library's binary heap for the pending departures.
pub(crate) fn overflow_with_heap(arrivals: u64, seed: u64) -> BareResult {
    overflow::run::<LazyHeap>(arrivals, seed)
}

/// Low bits of a key that hold the slot.
const SLOT_BITS: u32 = 8;
/// Mask of those bits.
const SLOT_MASK: u64 = (1 << SLOT_BITS) - 1;
/// Key of a slot without a departure: later than any time.
const NEVER: u64 = u64::MAX;

/// The slot of a key.
fn slot_of(key: u64) -> usize {
    (key & SLOT_MASK) as usize
}

/// The departures to come, at most one per slot. A key is the bits of the time with the slot in the
/// lowest [`SLOT_BITS`].
trait PendingSet {
    /// A set without departures.
    fn empty() -> Self;
    /// The least key, [`NEVER`] if there is none.
    fn earliest(&self) -> u64;
    /// Sets the departure of `slot`, whatever it was before; [`NEVER`] removes it.
    fn set(&mut self, slot: usize, key: u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One million arrivals, held against theory with a tolerance of a few per cent.
    fn assert_near(result: BareResult, headline: f64, second: f64) {
        assert!(result.events > 1_500_000, "{result:?}");
        assert!((result.headline / headline - 1.0).abs() < 0.04, "{result:?} is not near {headline}");
        assert!((result.second - second).abs() <= 0.01 * second, "{result:?} is not near {second}");
    }

    #[test]
    fn loss_blocks_as_erlang_says() {
        assert_near(loss(1_000_000, 1), 0.026_957_4, 0.0);
        assert_near(large_loss(100, 1_000_000, 1), 0.026_957_4, 0.0);
    }

    /// The mean price is the integral of Erlang's B(100, 150 x) over x from 0 to 1; the occupancy is the
    /// load carried by a loss system, since an eviction does not change the number of leases.
    #[test]
    fn spot_price_is_the_integral_of_erlang() {
        assert_near(spot_market(1_000_000, 1), 0.077_418_1, 150.0 * (1.0 - 0.345_373_4));
    }

    /// The second tier carries what the first one blocks, at three times the price.
    #[test]
    fn overflow_is_the_blocked_load() {
        let blocked = 110.0 * 0.136_114_8;
        assert_near(overflow(1_000_000, 1), blocked, 110.0 + 2.0 * blocked);
    }

    #[test]
    fn either_pending_set_gives_the_same_run() {
        for (tree, heap) in [
            (loss(100_000, 7), loss_with_heap(100_000, 7)),
            (spot_market(100_000, 7), spot_market_with_heap(100_000, 7)),
            (overflow(100_000, 7), overflow_with_heap(100_000, 7)),
        ] {
            assert_eq!(tree.events, heap.events);
            assert_eq!(tree.headline.to_bits(), heap.headline.to_bits());
            assert_eq!(tree.second.to_bits(), heap.second.to_bits());
        }
    }
}

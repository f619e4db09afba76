//! The descending clock, against one that is stepped tick by tick.

use proptest::prelude::*;

use super::super::{Award, Lot, dutch};
use super::{config, lot, price, read, rounds, show};
use crate::market::book::Entry;
use crate::market::rules::DutchClock;
use crate::market::rules::Fit::{Fill, Strict};
use crate::market::rules::LateBidders;
use crate::units::SimDuration;

fn clock(start: i64, decrement: i64) -> DutchClock {
    DutchClock { start: price(start), decrement: price(decrement), tick: SimDuration::ZERO, late: LateBidders::Join }
}

#[test]
fn it_calls_as_tabled() {
    #[rustfmt::skip]
    let cases = [
        // minimum, start, decrement, calls to the last tick and one more
        (0, 9, 3, vec![9, 6, 3, 0, 0]),
        (1, 9, 3, vec![9, 6, 3, 1, 1]),
        (3, 9, 3, vec![9, 6, 3, 3]),
        (9, 9, 3, vec![9, 9]),
        (9, 5, 3, vec![9, 9]),
        (20, 5, 3, vec![20, 20]),
    ];
    for (minimum, start, decrement, expected) in cases {
        let (clock, lot) = (clock(start, decrement), lot(1, minimum, Fill));
        let calls: Vec<i64> =
            (0..=dutch::last_tick(&clock, &lot) + 1).map(|tick| dutch::call(&clock, &lot, tick).units()).collect();
        assert_eq!(calls, expected, "from {start} by {decrement} to {minimum}");
    }
}

#[test]
fn it_sells_as_tabled() {
    // Calls 10, 7, 4, 2: the last at tick 3.
    let clock = clock(10, 3);
    #[rustfmt::skip]
    let cases = [
        // slots, fit, bids, next tick, decision there
        (1, Fill,   "",            3, "@2"),
        (1, Fill,   "12",          0, "a10 @10"),
        (1, Fill,   "10",          0, "a10 @10"),
        (1, Fill,   "9",           1, "a7 @7"),
        (1, Fill,   "2",           3, "a2 @2"),
        (1, Fill,   "3 9",         1, "b7 @7"),
        (1, Fill,   "8 9",         1, "b7 @7"),
        (1, Fill,   "9 9",         1, "a7 @7"),
        (2, Fill,   "9 8 5",       1, "a7 b7 @7"),
        (3, Fill,   "9 8 5",       1, "a7 b7 @7"),
        (0, Fill,   "9",           3, "@2"),
        // A bid that does not fit is passed over, or all behind it wait with it.
        (2, Fill,   "12x3 5x2",    2, "b8 @4"),
        (2, Strict, "12x3 5x2",    3, "@2"),
        (3, Fill,   "9x2 8x2 7",   1, "a14 c7 @7"),
        (3, Strict, "9x2 8x2 7",   1, "a14 @7"),
    ];
    for (slots, fit, bids, tick, expected) in cases {
        let (lot, entries) = (lot(slots, 2, fit), read(bids));
        let next = dutch::next_tick(&clock, &lot, &entries, 0);
        let decision = dutch::decide(&clock, &lot, &entries, next);
        assert_eq!((next, show(&decision).as_str()), (tick, expected), "{slots} slots, {fit:?}: {bids}");
        assert!(decision.awards.iter().all(|award| award.standing == decision.price), "a winner stands by the call");
    }
}

#[test]
fn a_clock_that_is_asked_later_goes_on_from_there() {
    let (clock, lot, bids) = (clock(10, 3), lot(1, 2, Fill), read("9"));
    for (from, tick) in [(0, 1), (1, 1), (2, 2), (3, 3), (4, 3)] {
        assert_eq!(dutch::next_tick(&clock, &lot, &bids, from), tick, "from {from}");
    }
}

#[test]
fn a_clock_jumps_over_ticks_without_number() {
    let (clock, lot) = (clock(i64::MAX, 1), lot(1, 0, Fill));
    assert_eq!(dutch::last_tick(&clock, &lot), i64::MAX);
    assert_eq!(dutch::next_tick(&clock, &lot, &read("5"), 0), i64::MAX - 5);
}

/// A whole round by jumps: each winner, in turn.
fn run(clock: &DutchClock, lot: &Lot, bids: &[Entry]) -> Vec<Award> {
    let (mut lot, mut bids, mut awards) = (*lot, bids.to_vec(), Vec::new());
    let mut tick = 0;
    loop {
        tick = dutch::next_tick(clock, &lot, &bids, tick);
        for award in dutch::decide(clock, &lot, &bids, tick).awards {
            let index = bids.iter().position(|bid| bid.place == award.place).unwrap();
            lot.slots -= bids.remove(index).slots;
            awards.push(award);
        }
        if tick == dutch::last_tick(clock, &lot) {
            return awards;
        }
        tick += 1;
    }
}

/// A whole round by single ticks: at each call whoever is ready to pay it raises a hand.
fn slow(clock: &DutchClock, lot: &Lot, bids: &[Entry]) -> Vec<(Entry, i64)> {
    let mut left = lot.slots;
    let mut waiting = bids.to_vec();
    let mut winners = Vec::new();
    let mut call = clock.start.units().max(lot.minimum.units());
    loop {
        for bid in std::mem::take(&mut waiting) {
            let blocked = lot.fit == Strict && !waiting.is_empty();
            if bid.bid.units() >= call && bid.slots <= left && !blocked {
                left -= bid.slots;
                winners.push((bid, call));
            } else {
                waiting.push(bid);
            }
        }
        if call == lot.minimum.units() {
            return winners;
        }
        call = (call - clock.decrement.units()).max(lot.minimum.units());
    }
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn it_agrees_with_a_clock_that_is_stepped((lot, bids) in rounds(4), start in 0..16i64, decrement in 1..5i64) {
        let clock = clock(start, decrement);
        let awards = run(&clock, &lot, &bids);
        let expected: Vec<Award> = slow(&clock, &lot, &bids)
            .iter()
            .map(|(winner, call)| Award::new(winner, price(*call), price(*call)))
            .collect();
        prop_assert_eq!(awards, expected);
    }

    /// The next tick is the first at which somebody wins, or the last.
    #[test]
    fn it_stops_at_no_tick_for_nothing((lot, bids) in rounds(4), decrement in 1..5i64, from in 0..4i64) {
        let clock = clock(12, decrement);
        let last = dutch::last_tick(&clock, &lot);
        let first = (from..last).find(|&tick| !dutch::decide(&clock, &lot, &bids, tick).awards.is_empty());
        prop_assert_eq!(dutch::next_tick(&clock, &lot, &bids, from), first.unwrap_or(last));
    }
}

//! The ascending clock, against one that is stepped tick by tick.

use proptest::prelude::*;

use super::super::{Decision, Lot, english};
use super::{bids, config, deviation_pays, lot, lots, price, read, rounds, show};
use crate::market::book::Entry;
use crate::market::rules::ClockPayment::{self, OwnLastBid, Uniform};
use crate::market::rules::EnglishClock;
use crate::market::rules::Fit::{Fill, Strict};
use crate::market::rules::LateBidders;
use crate::units::{Price, SimDuration};

fn clock(opening: i64, increment: i64, payment: ClockPayment) -> EnglishClock {
    let (opening, increment) = (price(opening), price(increment));
    EnglishClock { opening, increment, tick: SimDuration::ZERO, payment, late: LateBidders::Join }
}

/// The whole round: its closing tick, and the decision.
fn run(clock: &EnglishClock, lot: &Lot, bids: &[Entry]) -> (i64, Decision) {
    let tick = english::closing_tick(clock, lot, bids, 0);
    (tick, english::decide(clock, lot, bids, tick))
}

#[test]
fn it_closes_as_tabled() {
    #[rustfmt::skip]
    let cases = [
        // slots, minimum, fit, opening, increment, bids, closing tick, uniform payment, own last bids
        (1, 2, Fill,   0, 1,  "",             0, "@2",              "@2"),
        (1, 2, Fill,   0, 1,  "9",            0, "a2 @2",           "a2 @2"),
        (1, 2, Fill,   0, 1,  "2",            0, "a2 @2",           "a2 @2"),
        (2, 2, Fill,   0, 1,  "9 5",          0, "a2 b2 @2",        "a2 b2 @2"),
        (1, 2, Fill,   0, 1,  "9 5",          4, "a6 @6",           "a6 @6"),
        (0, 2, Fill,   0, 1,  "9 5",          8, "@2",              "@2"),
        // The opening is a minimum for those who take part, and so it may be too high.
        (2, 2, Fill,   5, 1,  "9 5 4",        0, "a5 b5 @5",        "a5 b5 @5"),
        (2, 2, Fill,   6, 1,  "9 5 4",        0, "a6 @6",           "a6 @6"),
        (2, 2, Fill,  10, 1,  "9 5 4",        0, "@2",              "@2"),
        // Calls 2, 5, 8, 11. All drop between two calls: the first of them comes back, at the call before.
        (1, 2, Fill,   0, 3,  "7 6",          2, "a5 @5",           "a5 @5"),
        (1, 2, Fill,   0, 3,  "6 7",          2, "b5 @5",           "b5 @5"),
        (1, 2, Fill,   0, 3,  "6 6",          2, "a5 @5",           "a5 @5"),
        (1, 2, Fill,   0, 3,  "5 5",          2, "a5 @5",           "a5 @5"),
        (1, 2, Fill,   0, 3,  "8 7",          2, "a8 @8",           "a8 @8"),
        // One remains for two slots, and two dropped: the better one comes back, and both pay the call before.
        (2, 2, Fill,   0, 3,  "9 6 7",        2, "a5 c5 @5",        "a8 c5 @5"),
        (2, 2, Fill,   0, 3,  "9 8 7",        2, "a8 b8 @8",        "a8 b8 @8"),
        (2, 2, Fill,   0, 3,  "9 6 6",        2, "a5 b5 @5",        "a8 b5 @5"),
        // Of those who dropped only the second fits into the slot that is left; or none does.
        (3, 2, Fill,   0, 3,  "9x2 7x2 6",    2, "a10 c5 @5",       "a16 c5 @5"),
        (3, 2, Strict, 0, 3,  "9x2 7x2 6",    2, "a16 @8",          "a16 @8"),
        (3, 2, Fill,   0, 3,  "9x2 7x2",      2, "a16 @8",          "a16 @8"),
        // Who dropped at an earlier tick does not come back.
        (3, 2, Fill,   0, 3,  "9x2 7x2 4",    2, "a16 @8",          "a16 @8"),
        (1, 2, Fill,   0, 3,  "7x2 6",        2, "b5 @5",           "b5 @5"),
        (1, 2, Fill,   0, 3,  "9x2 6",        3, "@2",              "@2"),
    ];
    for (slots, minimum, fit, opening, increment, bids, tick, uniform, own) in cases {
        let (lot, entries) = (lot(slots, minimum, fit), read(bids));
        for (payment, expected) in [(Uniform, uniform), (OwnLastBid, own)] {
            let (closing, decision) = run(&clock(opening, increment, payment), &lot, &entries);
            let case = format!("{slots} slots from {minimum}, {fit:?}, {opening} + {increment}, {payment:?}: {bids}");
            assert_eq!((closing, show(&decision).as_str()), (tick, expected), "{case}");
        }
    }
}

#[test]
fn a_winner_stands_by_the_last_call_at_which_it_remained() {
    for payment in [Uniform, OwnLastBid] {
        let (_, decision) = run(&clock(0, 3, payment), &lot(2, 2, Fill), &read("9 7 6"));
        let standing: Vec<i64> = decision.awards.iter().map(|award| award.standing.units()).collect();
        assert_eq!(standing, [8, 5]);
    }
}

#[test]
fn a_clock_that_is_asked_later_stops_no_earlier() {
    let (clock, lot, bids) = (clock(0, 1, Uniform), lot(1, 2, Fill), read("9 5"));
    for (from, tick) in [(0, 4), (3, 4), (4, 4), (5, 5), (7, 7)] {
        assert_eq!(english::closing_tick(&clock, &lot, &bids, from), tick, "from {from}");
    }
    // At tick 7 the call is 9: one bidder remains, and nobody dropped at that tick.
    assert_eq!(show(&english::decide(&clock, &lot, &bids, 7)), "a9 @9");
}

#[test]
fn a_clock_jumps_over_ticks_without_number() {
    let bids = super::ranked(&[(i64::MAX, 1), (i64::MAX - 1, 1)]);
    let (tick, decision) = run(&clock(1, 1, Uniform), &lot(1, 1, Fill), &bids);
    assert_eq!((tick, decision.price), (i64::MAX - 1, Price::MAX));

    // No call is above two bids of the highest price there is, but the clock ends.
    let bids = super::ranked(&[(i64::MAX, 1), (i64::MAX, 1)]);
    let (tick, decision) = run(&clock(2, 5, Uniform), &lot(1, 1, Fill), &bids);
    assert_eq!((tick, decision.price), ((i64::MAX - 2) / 5 + 1, price(i64::MAX)));
    assert_eq!(decision.awards.len(), 1);
}

/// The clock as it runs in a room: at each tick the call is read out, and people leave.
fn slow(clock: &EnglishClock, lot: &Lot, bids: &[Entry]) -> (i64, Vec<(Entry, i64)>, i64) {
    let mut call = clock.opening.max(lot.minimum).units();
    let mut remain: Vec<Entry> = bids.iter().filter(|bid| bid.bid.units() >= call).copied().collect();
    let mut dropped = Vec::new();
    let mut tick = 0;
    let demand = |bids: &[Entry]| bids.iter().map(|bid| bid.slots).sum::<u32>();
    while demand(&remain) > lot.slots {
        tick += 1;
        call += clock.increment.units();
        (remain, dropped) = remain.iter().partition(|bid| bid.bid.units() >= call);
    }
    let mut left = lot.slots - demand(&remain);
    let mut winners: Vec<(Entry, i64)> = remain.iter().map(|bid| (*bid, call)).collect();
    let mut closing = call;
    for bid in &dropped {
        if bid.slots <= left {
            left -= bid.slots;
            closing = call - clock.increment.units();
            winners.push((*bid, closing));
        } else if lot.fit == Strict {
            break;
        }
    }
    (tick, winners, closing)
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn it_agrees_with_a_clock_that_is_stepped((lot, bids) in rounds(4), opening in 0..9i64, increment in 1..5i64) {
        let (tick, winners, closing) = slow(&clock(opening, increment, Uniform), &lot, &bids);
        for payment in [Uniform, OwnLastBid] {
            let clock = clock(opening, increment, payment);
            let (decided_tick, decision) = run(&clock, &lot, &bids);
            prop_assert_eq!(decided_tick, tick);
            prop_assert_eq!(decision.price.units(), if winners.is_empty() { lot.minimum.units() } else { closing });
            prop_assert_eq!(decision.awards.len(), winners.len());
            for (award, (winner, last)) in decision.awards.iter().zip(&winners) {
                let unit = if payment == Uniform { closing } else { *last };
                prop_assert_eq!(award.place, winner.place);
                prop_assert_eq!(award.standing.units(), *last);
                prop_assert_eq!(award.rate.units(), unit * i64::from(winner.slots));
            }
        }
    }

    /// Asked from any tick on, the clock stops at the first at which demand is met.
    #[test]
    fn it_stops_at_the_first_tick_that_will_do((lot, bids) in rounds(4), increment in 1..5i64, from in 0..12i64) {
        let clock = clock(0, increment, Uniform);
        let met = |tick: i64| {
            let call = english::call(&clock, &lot, tick);
            bids.iter().filter(|bid| bid.bid >= call).map(|bid| bid.slots).sum::<u32>() <= lot.slots
        };
        let first = (from..).find(|&tick| met(tick));
        prop_assert_eq!(Some(english::closing_tick(&clock, &lot, &bids, from)), first);
    }

    /// With single slots the closing price is the uniform price, up to an increment.
    #[test]
    fn it_finds_the_uniform_price(lot in lots(), bids in bids(price(3), 1), increment in 1..4i64) {
        let (_, decision) = run(&clock(0, increment, Uniform), &lot, &bids);
        let sealed = super::super::uniform::decide(&lot, &bids).price.units();
        prop_assert!((sealed - decision.price.units()).abs() <= increment);
    }

    /// Who leaves at its value loses no more than an increment by it, where each wants one slot.
    #[test]
    fn the_truth_is_best_within_an_increment(
        lot in lots(),
        values in prop::collection::vec((0..14i64, Just(1u32)), 0..6),
        increment in 1..4i64,
        own: bool,
    ) {
        let clock = clock(0, increment, if own { OwnLastBid } else { Uniform });
        prop_assert!(!deviation_pays(&values, lot.minimum.units(), increment, |bids| run(&clock, &lot, bids).1));
    }
}

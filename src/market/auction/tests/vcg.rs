//! Vickrey-Clarke-Groves, against all sets of bids.

use proptest::prelude::*;

use super::super::{Lot, vcg};
use super::{config, deviation_pays, lot, lots, read, rounds, show};
use crate::market::book::Entry;
use crate::market::ids::Place;
use crate::market::rules::Fit::{self, Fill, Strict};

#[test]
fn it_decides_as_tabled() {
    #[rustfmt::skip]
    let cases = [
        // slots, minimum, bids,         decision
        (1, 2, "",                       "@2"),
        (0, 2, "7",                      "@2"),
        (1, 2, "7",                      "a2 @2"),
        (1, 2, "7 5",                    "a5 @5"),
        (2, 2, "9 7 5",                  "a5 b5 @5"),
        (3, 2, "9x2 5",                  "a4 b2 @2"),
        (1, 2, "9x2",                    "@2"),
        (2, 0, "9x3 7x2 5x2",            "b10 @5"),
        // The pair is worth more than the higher single bid; each of them keeps out less than it gains.
        (2, 0, "5 4x2 2",                "b7 @4"),
        (2, 0, "5 4x2 3",                "a5 c3 @3"),
        (2, 0, "6 4x2 4",                "a4 c2 @2"),
        // Over the minimum the single bids gain less: 2 + 1, against 2 x 2.
        (2, 2, "4 4x2 3",                "b7 @4"),
        // Equal totals: the best bid in which the sets differ decides, the first of equal bids.
        (2, 0, "6x2 6 6",                "a12 @6"),
        (2, 0, "6 6x2 6",                "a6 c6 @6"),
        (2, 0, "3x2 4 2",                "b4 c2 @2"),
        (3, 0, "6x2 6x2 6",              "a12 c0 @0"),
        // At the minimum nothing is gained; the slots that are left over go to the first that fit.
        (3, 2, "9x2 2x2 2 2",            "a4 c2 @2"),
        (3, 2, "2 2x3",                  "a2 @2"),
        // A payment that its slots do not divide: 7 for two.
        (3, 0, "9x2 5 3 4 1x3",          "a7 b4 @4"),
        // Bids of one size, larger than one slot.
        (5, 1, "5x2 4x2 3x2",            "a6 b6 @3"),
        (3, 0, "9x2 4x2 1",              "a8 c0 @0"),
    ];
    for (slots, minimum, bids, expected) in cases {
        for fit in [Fill, Strict] {
            let decision = vcg::decide(&lot(slots, minimum, fit), &read(bids));
            assert_eq!(show(&decision), expected, "{slots} slots from {minimum}: {bids}");
        }
    }
}

/// What a set gains over the minimum; `None` if it does not fit.
fn worth(lot: &Lot, bids: &[Entry], set: u32) -> Option<i64> {
    let chosen = || (0..).zip(bids).filter(|(index, _)| set >> index & 1 == 1).map(|(_, bid)| bid);
    let slots: u32 = chosen().map(|bid| bid.slots).sum();
    let gain = chosen().map(|bid| (bid.bid.units() - lot.minimum.units()) * i64::from(bid.slots)).sum();
    (slots <= lot.slots).then_some(gain)
}

/// The best of all sets, and among equals the one with the best bid in which they differ.
fn best(lot: &Lot, bids: &[Entry]) -> (i64, u32) {
    let sets = (0..1 << bids.len()).filter_map(|set| Some((worth(lot, bids, set)?, set)));
    sets.max_by_key(|&(gain, set)| (gain, set.reverse_bits())).unwrap_or_default()
}

/// Winners with what they pay, by trying all sets, with each bid and without.
fn slow(lot: &Lot, bids: &[Entry]) -> Vec<(Place, i64)> {
    let (total, set) = best(lot, bids);
    let winners = (0..bids.len()).filter(|index| set >> index & 1 == 1);
    let payment = |index: usize| {
        let winner = bids[index];
        let mut others = bids.to_vec();
        others.remove(index);
        let size = i64::from(winner.slots);
        let gain = (winner.bid.units() - lot.minimum.units()) * size;
        (winner.place, lot.minimum.units() * size + best(lot, &others).0 - (total - gain))
    };
    winners.map(payment).collect()
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn it_finds_the_best_of_all_sets((lot, bids) in rounds(5)) {
        let decision = vcg::decide(&lot, &bids);
        let decided: Vec<_> = decision.awards.iter().map(|award| (award.place, award.rate.units())).collect();
        let expected = slow(&lot, &bids);
        prop_assert_eq!(&decided, &expected);

        let size = |place| bids.iter().find(|bid| bid.place == place).map_or(1, |bid| i64::from(bid.slots));
        let lowest = expected.iter().map(|&(place, payment)| (payment + size(place) - 1) / size(place)).min();
        prop_assert_eq!(decision.price.units(), lowest.unwrap_or(lot.minimum.units()));
    }

    #[test]
    fn fit_is_irrelevant((lot, bids) in rounds(5)) {
        let with = |fit: Fit| vcg::decide(&Lot { fit, ..lot }, &bids);
        prop_assert_eq!(with(Fill), with(Strict));
    }

    /// Nobody gains by another bid than its value, whatever its size.
    #[test]
    fn the_truth_is_the_best_bid(lot in lots(), values in prop::collection::vec((0..14i64, 1..5u32), 0..6)) {
        prop_assert!(!deviation_pays(&values, lot.minimum.units(), 0, |bids| vcg::decide(&lot, bids)));
    }
}

/// Few bids for many slots, and many bids for few: neither needs a table of all slots for each bid.
#[test]
fn large_rounds_are_decided() {
    let few = vcg::decide(&lot(u32::MAX, 0, Fill), &read("5x2000000011 4x2000000033 3x2000000089 3x1000000007"));
    assert_eq!(show(&few), "a6000000267 b6000000267 @4");

    let sizes = [1, 2, 3, 5, 8];
    let bids: Vec<(i64, u32)> = (0..3000).map(|n| (1 + n * 7919 % 1000, sizes[n as usize % 5])).collect();
    let bids = super::ranked(&bids);
    let many = vcg::decide(&lot(200, 0, Fill), &bids);
    let size = |place: Place| bids.iter().find(|bid| bid.place == place).map_or(0, |bid| bid.slots);
    assert_eq!(many.awards.iter().map(|award| size(award.place)).sum::<u32>(), 200);
}

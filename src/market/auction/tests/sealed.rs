//! First price, discriminatory, uniform and second price.

use proptest::prelude::*;

use super::super::{Lot, discriminatory, first_price, second_price, uniform, vcg};
use super::{bids, config, deviation_pays, lot, lots, price, read, rounds, show};
use crate::market::rules::Fit::{Fill, Strict};

#[test]
fn each_rule_decides_as_tabled() {
    #[rustfmt::skip]
    let cases = [
        // slots, minimum, fit, bids,    first price,       uniform,        second price
        (1, 2, Fill,   "",              "@2",              "@2",           "@2"),
        (1, 2, Fill,   "7",             "a7 @7",           "a2 @2",        "a2 @2"),
        (1, 2, Fill,   "2",             "a2 @2",           "a2 @2",        "a2 @2"),
        (1, 2, Fill,   "7 5",           "a7 @7",           "a5 @5",        "a5 @5"),
        (1, 2, Fill,   "5 7",           "b7 @7",           "b5 @5",        "b5 @5"),
        (1, 2, Fill,   "7 2",           "a7 @7",           "a2 @2",        "a2 @2"),
        (1, 2, Fill,   "7 7",           "a7 @7",           "a7 @7",        "a7 @7"),
        (0, 2, Fill,   "7 5",           "@2",              "@2",           "@2"),
        (2, 2, Fill,   "9 7 5 3",       "a9 b7 @7",        "a5 b5 @5",     "a5 b5 @5"),
        (3, 2, Fill,   "9 7 5",         "a9 b7 c5 @5",     "a2 b2 c2 @2",  "a2 b2 c2 @2"),
        (4, 2, Fill,   "9 7 5",         "a9 b7 c5 @5",     "a2 b2 c2 @2",  "a2 b2 c2 @2"),
        (2, 2, Fill,   "5 5 5",         "a5 b5 @5",        "a5 b5 @5",     "a5 b5 @5"),
        (2, 2, Strict, "9 7 5 3",       "a9 b7 @7",        "a5 b5 @5",     "a5 b5 @5"),
        // A bid of more slots pays for each of them.
        (3, 1, Fill,   "9x2 7 5x3",     "a18 b7 @7",       "a10 b5 @5",    "a10 b5 @5"),
        // The second does not fit beside the first, and the third does: or else waits behind it.
        (3, 1, Fill,   "9x2 8x2 5",     "a18 c5 @5",       "a10 c5 @5",    "a16 c1 @1"),
        (3, 1, Strict, "9x2 8x2 5",     "a18 @9",          "a16 @8",       "a16 @8"),
        // The fourth loses too, below the third: the second price of the third is its bid.
        (3, 1, Fill,   "9x2 8x2 5 4",   "a18 c5 @5",       "a10 c5 @5",    "a16 c4 @4"),
        (3, 1, Fill,   "9x4 8x4 5x3",   "c15 @5",          "c15 @5",       "c3 @1"),
        (3, 1, Strict, "9x4 8x4 5x3",   "@1",              "@1",           "@1"),
        (3, 1, Fill,   "9x4",           "@1",              "@1",           "@1"),
    ];
    for (slots, minimum, fit, bids, first, one_price, second) in cases {
        let (lot, entries) = (lot(slots, minimum, fit), read(bids));
        let case = format!("{slots} slots from {minimum}, {fit:?}: {bids}");
        assert_eq!(show(&first_price::decide(&lot, &entries)), first, "first price, {case}");
        assert_eq!(show(&discriminatory::decide(&lot, &entries)), first, "discriminatory, {case}");
        assert_eq!(show(&uniform::decide(&lot, &entries)), one_price, "uniform, {case}");
        assert_eq!(show(&second_price::decide(&lot, &entries)), second, "second price, {case}");
    }
}

#[test]
fn a_winner_stands_by_its_bid() {
    for decide in [first_price::decide, discriminatory::decide, uniform::decide, second_price::decide, vcg::decide] {
        let standing: Vec<i64> =
            decide(&lot(3, 1, Fill), &read("9x2 8x2 5")).awards.iter().map(|award| award.standing.units()).collect();
        assert_eq!(standing, [9, 5]);
    }
}

proptest! {
    #![proptest_config(config(400))]

    /// With one slot each, uniform, second and VCG prices are one.
    #[test]
    fn three_rules_agree_on_single_slots((lot, bids) in rounds(1)) {
        let decision = uniform::decide(&lot, &bids);
        prop_assert_eq!(&second_price::decide(&lot, &bids), &decision);
        prop_assert_eq!(&vcg::decide(&lot, &bids), &decision);
    }

    /// The highest bids that fit win, under every rule that goes by rank, and nobody else.
    #[test]
    fn rank_alone_says_who_wins((lot, bids) in rounds(4)) {
        let mut left = lot.slots;
        let mut expected = Vec::new();
        for bid in &bids {
            if bid.slots <= left {
                left -= bid.slots;
                expected.push(bid.place);
            } else if lot.fit == Strict {
                break;
            }
        }
        for decide in [first_price::decide, discriminatory::decide, uniform::decide, second_price::decide] {
            let winners: Vec<_> = decide(&lot, &bids).awards.iter().map(|award| award.place).collect();
            prop_assert_eq!(&winners, &expected);
        }
    }

    /// Nobody gains by another bid than its value, where each wants one slot.
    #[test]
    fn the_truth_is_the_best_bid(lot in lots(), values in prop::collection::vec((0..14i64, Just(1u32)), 0..6)) {
        let minimum = lot.minimum.units();
        prop_assert!(!deviation_pays(&values, minimum, 0, |bids| uniform::decide(&lot, bids)));
        prop_assert!(!deviation_pays(&values, minimum, 0, |bids| second_price::decide(&lot, bids)));
    }

    /// Under the first price each pays what it stands by.
    #[test]
    fn the_first_price_is_the_own_bid((lot, bids) in rounds(3)) {
        for award in first_price::decide(&lot, &bids).awards {
            let winner = bids.iter().find(|bid| bid.place == award.place).unwrap();
            prop_assert_eq!(award.standing, winner.bid);
            prop_assert_eq!(award.rate.units(), winner.bid.units() * i64::from(winner.slots));
        }
    }

    /// More supply never raises the uniform price of single slots.
    #[test]
    fn supply_lowers_the_price(lot in lots(), bids in bids(price(3), 1)) {
        let more = Lot { slots: lot.slots + 1, ..lot };
        prop_assume!(lot.slots > 0);
        prop_assert!(uniform::decide(&more, &bids).price <= uniform::decide(&lot, &bids).price);
    }
}

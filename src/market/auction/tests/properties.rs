//! What holds under every method.

use proptest::prelude::*;

use super::super::{Award, Decision, Lot, discriminatory, dutch, english, first_price, second_price, uniform, vcg};
use super::{config, price, rounds};
use crate::market::book::Entry;
use crate::market::rules::{ClockPayment, DutchClock, EnglishClock, Fit, LateBidders};
use crate::units::{Price, SimDuration};

/// The first call and the step of an ascending clock; and the first call of a descending one, with the same step.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    opening: i64,
    step: i64,
    start: i64,
}

/// What each method decides; a clock once, at the tick at which it first stops.
fn all(clocks: Clocks, lot: &Lot, bids: &[Entry]) -> Vec<(&'static str, Decision)> {
    let ascending = |payment| {
        let (opening, increment) = (price(clocks.opening), price(clocks.step));
        let clock = EnglishClock { opening, increment, tick: SimDuration::ZERO, payment, late: LateBidders::NextRound };
        english::decide(&clock, lot, bids, english::closing_tick(&clock, lot, bids, 0))
    };
    let descending = || {
        let (start, decrement) = (price(clocks.start), price(clocks.step));
        let clock = DutchClock { start, decrement, tick: SimDuration::ZERO, late: LateBidders::NextRound };
        dutch::decide(&clock, lot, bids, dutch::next_tick(&clock, lot, bids, 0))
    };
    vec![
        ("first price", first_price::decide(lot, bids)),
        ("discriminatory", discriminatory::decide(lot, bids)),
        ("uniform", uniform::decide(lot, bids)),
        ("second price", second_price::decide(lot, bids)),
        ("vcg", vcg::decide(lot, bids)),
        ("english, uniform", ascending(ClockPayment::Uniform)),
        ("english, own", ascending(ClockPayment::OwnLastBid)),
        ("dutch", descending()),
    ]
}

/// Checks what must hold of any decision. Rates that are too large for a price end at the highest there is.
fn check(method: &str, lot: &Lot, bids: &[Entry], decision: &Decision) -> Result<(), TestCaseError> {
    let rank = |award: &Award| bids.iter().position(|bid| bid.place == award.place).unwrap();
    prop_assert!(decision.awards.is_sorted_by(|one, next| rank(one) < rank(next)), "{}: best first, once", method);

    let mut slots = 0;
    for award in &decision.awards {
        let Entry { bid, slots: size, .. } = bids[rank(award)];
        let least = saturated(i128::from(lot.minimum.units()) * i128::from(size));
        let most = saturated(i128::from(bid.units()) * i128::from(size));
        prop_assert!((least..=most).contains(&award.rate), "{}: {:?} of {:?}", method, award, bid);
        prop_assert!((lot.minimum..=bid).contains(&award.standing), "{}: {:?} of {:?}", method, award, bid);
        slots += u64::from(size);
    }
    prop_assert!(slots <= u64::from(lot.slots), "{}: {} slots sold", method, slots);

    let size = |award: &Award| i128::from(bids[rank(award)].slots);
    let unit = |award: &Award| (i128::from(award.rate.units()) + size(award) - 1) / size(award);
    let lowest = decision.awards.iter().map(unit).min().map_or(lot.minimum, saturated);
    let exact = decision.awards.iter().all(|award| award.rate < Price::MAX);
    prop_assert!(!exact || decision.price == lowest, "{}: the price is not the least paid: {:?}", method, decision);
    Ok(())
}

fn saturated(units: i128) -> Price {
    price(i64::try_from(units).unwrap_or(i64::MAX))
}

fn clocks() -> impl Strategy<Value = Clocks> {
    (0..8i64, 1..4i64, 0..16i64).prop_map(|(opening, step, start)| Clocks { opening, step, start })
}

/// Prices that are small, of any size, or the largest; and such sizes.
fn extreme_rounds() -> impl Strategy<Value = (Lot, Vec<Entry>, Clocks)> {
    let units = || prop_oneof![0..9i64, 0..=i64::MAX, Just(i64::MAX), Just(i64::MAX - 1)];
    let sizes = || prop_oneof![0..9u32, 0..=u32::MAX, Just(u32::MAX)];
    let lots = (sizes(), prop_oneof![Just(0), units()], any::<bool>());
    let clocks = (units(), units(), units()).prop_map(|(opening, step, start)| Clocks { opening, step, start });
    let bids = prop::collection::vec((units(), sizes().prop_map(|size| size.max(1))), 0..7);
    (lots, bids, clocks).prop_map(|((slots, minimum, strict), mut bids, clocks)| {
        bids.retain(|&(bid, _)| bid >= minimum);
        let fit = if strict { Fit::Strict } else { Fit::Fill };
        (super::lot(slots, minimum, fit), super::ranked(&bids), clocks)
    })
}

/// All prices so many times as high.
fn scaled(lot: &Lot, bids: &[Entry], clocks: Clocks, by: i64) -> (Lot, Vec<Entry>, Clocks) {
    let times = |unit: Price| price(unit.units() * by);
    (
        Lot { minimum: times(lot.minimum), ..*lot },
        bids.iter().map(|bid| Entry { bid: times(bid.bid), ..*bid }).collect(),
        Clocks { opening: clocks.opening * by, step: clocks.step * by, start: clocks.start * by },
    )
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn nobody_pays_more_than_it_bid_or_less_than_the_minimum((lot, bids) in rounds(4), clocks in clocks()) {
        for (method, decision) in all(clocks, &lot, &bids) {
            check(method, &lot, &bids, &decision)?;
        }
    }

    #[test]
    fn no_number_is_too_large((lot, bids, clocks) in extreme_rounds()) {
        for (method, decision) in all(clocks, &lot, &bids) {
            check(method, &lot, &bids, &decision)?;
        }
    }

    /// In another unit of money everything is the same. Only the price under VCG is rounded, and up.
    #[test]
    fn prices_scale((lot, bids) in rounds(4), clocks in clocks(), by in 2..1000i64) {
        let (scaled_lot, scaled_bids, scaled_clocks) = scaled(&lot, &bids, clocks, by);
        let scaled = all(scaled_clocks, &scaled_lot, &scaled_bids);
        for ((method, decision), (_, scaled)) in all(clocks, &lot, &bids).iter().zip(&scaled) {
            prop_assert_eq!(decision.awards.len(), scaled.awards.len());
            for (award, scaled) in decision.awards.iter().zip(&scaled.awards) {
                prop_assert_eq!(award.place, scaled.place);
                prop_assert_eq!(award.standing.units() * by, scaled.standing.units());
                prop_assert_eq!(award.rate.units() * by, scaled.rate.units());
            }
            let (price, scaled) = (decision.price.units(), scaled.price.units());
            if *method == "vcg" {
                prop_assert!(scaled <= price * by && scaled > (price - 1) * by);
            } else {
                prop_assert_eq!(price * by, scaled);
            }
        }
    }
}

//! Auctions: tables of cases for each method, and properties that are held against slow and plain models.

mod dutch;
mod english;
mod properties;
mod sealed;
mod vcg;

use proptest::prelude::*;

use super::{Decision, Lot};
use crate::market::book::Entry;
use crate::market::ids::Place;
use crate::market::rules::Fit;
use crate::units::Price;

fn price(units: i64) -> Price {
    Price::from_units(units)
}

fn lot(slots: u32, minimum: i64, fit: Fit) -> Lot {
    Lot { slots, minimum: price(minimum), fit }
}

/// Bids as pairs of a bid and a size, best first, equals in the given order.
fn ranked(bids: &[(i64, u32)]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = (0..)
        .zip(bids)
        .map(|(index, &(bid, slots))| Entry { place: Place(index), number: index.into(), bid: price(bid), slots })
        .collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.bid));
    entries
}

/// Bids written as `9 7x2 5`: two bids for one slot, and between them one for two.
fn read(bids: &str) -> Vec<Entry> {
    let pair = |word: &str| {
        let (bid, slots) = word.split_once('x').unwrap_or((word, "1"));
        (bid.parse().unwrap(), slots.parse().unwrap())
    };
    ranked(&bids.split_whitespace().map(pair).collect::<Vec<_>>())
}

/// A decision written as `a5 b10 @5`: the first bidder has a rate of 5, the second of 10, and the price is 5.
fn show(decision: &Decision) -> String {
    let name = |place: Place| char::from(b'a' + u8::try_from(place.0).unwrap());
    let mut words: Vec<String> =
        decision.awards.iter().map(|award| format!("{}{}", name(award.place), award.rate.units())).collect();
    words.push(format!("@{}", decision.price.units()));
    words.join(" ")
}

/// What a bidder has left of a value per slot after it has paid; nothing if it does not win.
fn surplus(decision: &Decision, bidder: &Entry, value: i64) -> i64 {
    let award = decision.awards.iter().find(|award| award.place == bidder.place);
    award.map_or(0, |award| value * i64::from(bidder.slots) - award.rate.units())
}

/// Does a bidder gain more than `slack` by any bid of a grid, instead of its value?
fn deviation_pays(values: &[(i64, u32)], minimum: i64, slack: i64, decide: impl Fn(&[Entry]) -> Decision) -> bool {
    let bidders = |values: &[(i64, u32)]| {
        let mut bids = ranked(values);
        bids.retain(|bid| bid.bid >= price(minimum));
        bids
    };
    let truthful = decide(&bidders(values));
    ranked(values).iter().any(|bidder| {
        let index = bidder.place.index();
        let value = values[index].0;
        let gained = surplus(&truthful, bidder, value) + slack;
        (0..14).any(|bid| {
            let mut deviating = values.to_vec();
            deviating[index].0 = bid;
            surplus(&decide(&bidders(&deviating)), bidder, value) > gained
        })
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

prop_compose! {
    /// A small lot.
    fn lots()(slots in 0..8u32, minimum in 0..4i64, strict: bool) -> Lot {
        lot(slots, minimum, if strict { Fit::Strict } else { Fit::Fill })
    }
}

/// A few bids of up to so many slots, none below the minimum.
fn bids(minimum: Price, largest: u32) -> impl Strategy<Value = Vec<Entry>> {
    let low = minimum.units();
    prop::collection::vec((low..low + 9, 1..=largest), 0..9).prop_map(|bids| ranked(&bids))
}

/// A lot, and bids for it.
fn rounds(largest: u32) -> impl Strategy<Value = (Lot, Vec<Entry>)> {
    lots().prop_flat_map(move |lot| (Just(lot), bids(lot.minimum, largest)))
}

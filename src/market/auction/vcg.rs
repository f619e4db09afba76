//! Sealed, Vickrey-Clarke-Groves: the set of bids of the greatest total wins, and each pays what the others lose by its
//! presence.
//!
//! The total of a set is its gain over the minimum: the sum of (bid - minimum) × slots. Among sets of equal totals the one
//! wins that has the best bid in which they differ; so a bid at the minimum takes slots that are left over. Bids are
//! whole or nothing, and the best set is found exactly: a knapsack. The fit of the lot is irrelevant, as bids are not served
//! one after the other.
//!
//! Sources: Vickrey (1961), Clarke (1971), Groves (1973); the frontier is that of Nemhauser and Ullmann (1969).

use std::collections::BTreeMap;

use super::{Award, Decision, Lot, saturated, uniform};
use crate::market::book::Entry;

/// The price is the lowest payment for a slot, rounded up: the lowest bid with which a winner would still have won (or
/// tied).
pub(in crate::market) fn decide(lot: &Lot, bids: &[Entry]) -> Decision {
    let bids = contenders(lot, bids);
    if is_simple(lot, &bids) {
        return uniform::decide(lot, &bids);
    }
    let (winners, losers) = best_set(lot, &bids);
    let payments = payments(lot, &winners, &losers);
    let unit = |(winner, payment): (&Entry, &i128)| -(-payment).div_euclid(i128::from(winner.slots.max(1)));
    let award = |(winner, payment): (&Entry, &i128)| Award {
        place: winner.place,
        standing: winner.bid,
        rate: saturated(*payment),
    };
    Decision {
        price: winners.iter().zip(&payments).map(unit).min().map_or(lot.minimum, saturated),
        awards: winners.iter().zip(&payments).map(award).collect(),
    }
}

/// The bids that can win, or could if one of the others were not there: of each size as many as the lot can hold, and
/// one more.
fn contenders(lot: &Lot, bids: &[Entry]) -> Vec<Entry> {
    let mut better = BTreeMap::<u32, u32>::new();
    let mut contends = |bid: &Entry| {
        let of_its_size = better.entry(bid.slots).or_default();
        let room = lot.slots / bid.slots.max(1);
        let contends = bid.slots <= lot.slots && *of_its_size <= room;
        *of_its_size += u32::from(contends);
        contends
    };
    bids.iter().filter(|bid| contends(bid)).copied().collect()
}

/// If all fit, or all are of one size, then the highest bids are the best set, and the highest losing bid is what each
/// of them keeps out: the uniform price. Nothing can fit behind a bid that does not, so that either fit gives the same.
fn is_simple(lot: &Lot, bids: &[Entry]) -> bool {
    let demand: u64 = bids.iter().map(|bid| u64::from(bid.slots)).sum();
    demand <= u64::from(lot.slots) || bids.windows(2).all(|pair| pair[0].slots == pair[1].slots)
}

/// The winners and the losers, each best first.
fn best_set(lot: &Lot, bids: &[Entry]) -> (Vec<Entry>, Vec<Entry>) {
    let mut left = lot.slots;
    let mut wins = Vec::with_capacity(bids.len());
    choose(lot, bids, &Frontier::empty(), &mut left, &mut wins);
    let mut wins = wins.into_iter();
    bids.iter().partition(|_| wins.next() == Some(true))
}

/// Decides bid after bid, each with the best use of the slots by all behind it in view. Halving keeps in memory one
/// frontier per level, and not one per bid.
fn choose(lot: &Lot, bids: &[Entry], behind: &Frontier, left: &mut u32, wins: &mut Vec<bool>) {
    match bids {
        [] => {}
        [bid] => {
            let rest = left.checked_sub(bid.slots);
            let win = rest.is_some_and(|rest| gain(lot, bid) + behind.best(rest) >= behind.best(*left));
            *left -= if win { bid.slots } else { 0 };
            wins.push(win);
        }
        _ => {
            let (front, back) = bids.split_at(bids.len() / 2);
            choose(lot, front, &behind.with(lot, back), left, wins);
            choose(lot, back, behind, left, wins);
        }
    }
}

/// What each winner pays: the minimum for its slots, and what the others would have gained without it over what they
/// gain with it.
fn payments(lot: &Lot, winners: &[Entry], losers: &[Entry]) -> Vec<i128> {
    let total: i128 = winners.iter().map(|winner| gain(lot, winner)).sum();
    let mut without = Vec::with_capacity(winners.len());
    best_without_each(lot, winners, &Frontier::empty().with(lot, losers), &mut without);
    let payment = |(winner, without): (&Entry, i128)| {
        let others = total - gain(lot, winner);
        i128::from(lot.minimum.units()) * i128::from(winner.slots) + without - others
    };
    winners.iter().zip(without).map(payment).collect()
}

/// The greatest total of all bids but one, for each of `bids` in turn; `others` has all bids that are not among them.
fn best_without_each(lot: &Lot, bids: &[Entry], others: &Frontier, totals: &mut Vec<i128>) {
    match bids {
        [] => {}
        [_] => totals.push(others.best(lot.slots)),
        _ => {
            let (front, back) = bids.split_at(bids.len() / 2);
            best_without_each(lot, front, &others.with(lot, back), totals);
            best_without_each(lot, back, &others.with(lot, front), totals);
        }
    }
}

/// What is gained by serving a bid, over the minimum for its slots.
fn gain(lot: &Lot, bid: &Entry) -> i128 {
    (i128::from(bid.bid.units()) - i128::from(lot.minimum.units())) * i128::from(bid.slots)
}

/// The sets of some bids that are worth a thought: the more slots, the more they gain. Never more points than slots (and
/// one), nor more than sets: many bids for few slots and few bids for many slots are both small.
struct Frontier(Vec<Point>);

#[derive(Clone, Copy)]
struct Point {
    slots: u32,
    gain: i128,
}

impl Frontier {
    /// No bids.
    fn empty() -> Self {
        Self(vec![Point { slots: 0, gain: 0 }])
    }

    /// The greatest gain within so many slots.
    fn best(&self, slots: u32) -> i128 {
        let within = self.0.partition_point(|point| point.slots <= slots);
        self.0[within - 1].gain
    }

    /// With more bids.
    fn with(&self, lot: &Lot, bids: &[Entry]) -> Self {
        bids.iter().fold(Self(self.0.clone()), |frontier, bid| frontier.with_one(lot, bid))
    }

    /// With one bid more: each set without it, and each set with it that fits into the lot, merged in order of slots.
    fn with_one(&self, lot: &Lot, bid: &Entry) -> Self {
        let gain = gain(lot, bid);
        let room = lot.slots - bid.slots;
        let taking = |point: &Point| Point { slots: point.slots + bid.slots, gain: point.gain + gain };
        let mut with = self.0.iter().take_while(|point| point.slots <= room).map(taking).peekable();
        let mut merged = Self(Vec::with_capacity(2 * self.0.len()));
        for point in &self.0 {
            while let Some(earlier) = with.next_if(|with| with.slots < point.slots) {
                merged.push(earlier);
            }
            merged.push(*point);
        }
        with.for_each(|point| merged.push(point));
        merged
    }

    /// Adds a point of no fewer slots than the last, if it gains more.
    fn push(&mut self, point: Point) {
        match self.0.last_mut() {
            Some(last) if point.gain <= last.gain => {}
            Some(last) if point.slots == last.slots => *last = point,
            _ => self.0.push(point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::ids::Place;
    use crate::market::rules::Fit;
    use crate::units::Price;

    /// Sets that gain the same, or need the same slots, are one point, and the frontier stays as small as the lot.
    #[test]
    fn the_frontier_keeps_no_set_that_another_makes_useless() {
        let lot = Lot { slots: 5, minimum: Price::ZERO, fit: Fit::Fill };
        let bid = |bid, slots| Entry { place: Place(0), number: 0, bid: Price::from_units(bid), slots };
        let bids = [bid(6, 1), bid(2, 2), bid(3, 2), bid(2, 3), bid(0, 1), bid(1, 5)];
        let points: Vec<_> =
            Frontier::empty().with(&lot, &bids).0.iter().map(|point| (point.slots, point.gain)).collect();
        assert_eq!(points, [(0, 0), (1, 6), (3, 12), (5, 16)]);
    }
}

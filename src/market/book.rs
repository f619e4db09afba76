//! The book of one market: who runs, who waits, in which order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::ids::Place;
use super::rules::WaitingOrder;
use crate::collections::{Key, Slab, Tournament, prefetch};
use crate::units::Price;

/// Who is looked at in a clearing: enough to rank and to fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// Number of the request: earlier arrivals have lower numbers.
    pub(super) number: u64,
    pub(super) bid: Price,
    pub(super) slots: u32,
}

impl Entry {
    /// Ascending from the one that is evicted first: the lowest bid, among equals the latest arrival.
    fn eviction_order(&self) -> (Price, Reverse<u64>) {
        (self.bid, Reverse(self.number))
    }

    /// Ascending from the one that is served first.
    fn waiting_key(&self, order: WaitingOrder) -> u128 {
        let bid = match order {
            WaitingOrder::ByMethod => (i64::MAX - self.bid.units()).unsigned_abs(),
            WaitingOrder::Fifo => 0,
        };
        (u128::from(bid) << 64) | u128::from(self.number)
    }
}

/// So many vacated seats go on taking part at most: of more, few would be taken again soon.
const MOST_VACATED: usize = 16;

/// Running and waiting requests of one market.
///
/// Only a market in which bids displace one another (`ranked`), or in which a price that others make rises above them,
/// keeps its running requests in order (`seated`); under a posted price nobody is displaced, and a lease costs the book
/// nothing.
#[derive(Clone, Debug)]
pub(super) struct Book {
    ranked: bool,
    seated: bool,
    order: WaitingOrder,
    seats: Slab<Entry>,
    /// Seats by bid: the winner is evicted first.
    lowest: Tournament<u64>,
    /// Seats that were left last, at most [`MOST_VACATED`], and never the one that wins. They take part until somebody has them
    /// again, which is mostly soon, so that the matches are played one time instead of two; an entry without slots tells them
    /// from the others.
    vacated: Vec<u32>,
    waiting: BTreeMap<u128, Entry>,
    /// Bids of those who wait, where the order of waiting does not give the highest.
    waiting_bids: BTreeSet<(Price, u64)>,
    /// Entries of more than one slot: while there are none, a clearing moves one request at a time.
    large: usize,
}

impl Book {
    pub(super) fn new(ranked: bool, order: WaitingOrder) -> Self {
        Self {
            ranked,
            seated: ranked,
            order,
            seats: Slab::default(),
            lowest: Tournament::default(),
            vacated: Vec::new(),
            waiting: BTreeMap::new(),
            waiting_bids: BTreeSet::new(),
            large: 0,
        }
    }

    /// A book that nobody is displaced in, and that knows its lowest running bid all the same.
    pub(super) fn seated(order: WaitingOrder) -> Self {
        Self { seated: true, ..Self::new(false, order) }
    }

    pub(super) fn is_ranked(&self) -> bool {
        self.ranked
    }

    pub(super) fn order(&self) -> WaitingOrder {
        self.order
    }

    pub(super) fn all_single(&self) -> bool {
        self.large == 0
    }

    /// Seats a running request and returns its seat.
    #[inline(always)]
    pub(super) fn seat(&mut self, entry: Entry) -> u32 {
        self.large += usize::from(entry.slots > 1);
        if !self.seated {
            return 0;
        }
        assert!(entry.slots > 0, "nobody runs without slots");
        let seat = match self.vacated.pop() {
            Some(seat) => {
                self.take_over(seat, entry);
                seat
            }
            None => self.seats.insert(entry),
        };
        self.rank(seat, entry.bid);
        seat
    }

    /// Takes a running request of so many slots off its seat.
    #[inline(always)]
    pub(super) fn unseat(&mut self, seat: u32, slots: u32) {
        self.large -= usize::from(slots > 1);
        if !self.seated {
            return;
        }
        if self.vacated.len() < MOST_VACATED && self.lowest.winner().0 != seat {
            self.seats[seat].slots = 0;
            self.vacated.push(seat);
        } else {
            self.withdraw(seat);
            self.pass_over_vacated();
        }
    }

    /// The seat takes part no more.
    #[inline(always)]
    fn withdraw(&mut self, seat: u32) {
        self.lowest.set(seat, u64::LAST, is_evicted_first(&self.seats));
        self.seats.free(seat);
    }

    /// Whoever wins runs: once the lowest has gone, vacated seats that would win after it are withdrawn.
    #[inline(always)]
    fn pass_over_vacated(&mut self) {
        if !self.vacated.is_empty() {
            self.withdraw_vacated_winners();
        }
    }

    #[inline(never)]
    fn withdraw_vacated_winners(&mut self) {
        loop {
            let (seat, rank) = self.lowest.winner();
            if rank == u64::LAST || self.seats[seat].slots > 0 {
                return;
            }
            self.vacated.retain(|vacated| *vacated != seat);
            self.withdraw(seat);
        }
    }

    /// Gives a vacated seat to somebody.
    #[inline(always)]
    fn take_over(&mut self, seat: u32, entry: Entry) {
        // With the key that stands there no match is played anew; but among equal bids another number may come elsewhere.
        if self.seats[seat].bid == entry.bid {
            self.lowest.set(seat, u64::LAST, is_evicted_first(&self.seats));
        }
        self.seats[seat] = entry;
    }

    /// Whoever has this seat is likely to leave it soon: asks the memory for what will be compared then.
    #[inline(always)]
    pub(super) fn expect_unseating(&self, seat: u32) {
        if self.seated {
            self.lowest.expect(seat);
            if let Some(entry) = self.seats.get(seat) {
                prefetch(entry);
            }
        }
    }

    /// Gives the seat of a running request to another, which bids more; both of one slot.
    #[inline(always)]
    pub(super) fn reseat(&mut self, seat: u32, entry: Entry) {
        debug_assert!(
            entry.bid > self.seats[seat].bid && entry.slots == 1 && self.seats[seat].slots == 1,
            "not a seat to take"
        );
        self.seats[seat] = entry;
        self.rank(seat, entry.bid);
        self.pass_over_vacated();
    }

    #[inline(always)]
    fn rank(&mut self, seat: u32, bid: Price) {
        self.lowest.set(seat, rank(bid), is_evicted_first(&self.seats));
    }

    /// The running request that is evicted first.
    #[inline(always)]
    pub(super) fn lowest_running(&self) -> Option<&Entry> {
        let (seat, rank) = self.lowest.winner();
        (rank != u64::LAST).then(|| &self.seats[seat])
    }

    /// Those who run and bid less than `price`, the lowest bid first, among equals the latest arrival; nothing where the
    /// book does not keep them.
    pub(super) fn running_below(&self, price: Price) -> Option<Vec<Place>> {
        if !self.seated {
            return None;
        }
        let mut seats = self.lowest.below(rank(price));
        seats.retain(|seat| self.seats[*seat].slots > 0);
        seats.sort_unstable_by_key(|seat| self.seats[*seat].eviction_order());
        Some(seats.into_iter().map(|seat| self.seats[seat].place).collect())
    }

    /// The running requests, best first.
    pub(super) fn running(&self) -> Vec<Entry> {
        let seats = self.lowest.indices().map(|seat| self.seats[seat]);
        let mut entries: Vec<Entry> = seats.filter(|entry| entry.slots > 0).collect();
        entries.sort_unstable_by_key(|entry| Reverse(entry.eviction_order()));
        entries
    }

    pub(super) fn wait(&mut self, entry: Entry) {
        self.large += usize::from(entry.slots > 1);
        self.waiting.insert(entry.waiting_key(self.order), entry);
        if self.ranked && self.order == WaitingOrder::Fifo {
            self.waiting_bids.insert((entry.bid, entry.number));
        }
    }

    pub(super) fn stop_waiting(&mut self, entry: &Entry) {
        let removed = self.waiting.remove(&entry.waiting_key(self.order));
        assert!(removed.is_some(), "a request that was not waiting was taken off the queue");
        if self.ranked && self.order == WaitingOrder::Fifo {
            self.waiting_bids.remove(&(entry.bid, entry.number));
        }
        self.large -= usize::from(entry.slots > 1);
    }

    /// The waiting requests, best first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.waiting.values()
    }

    #[inline(always)]
    pub(super) fn is_anybody_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Does somebody wait who bids more than somebody who runs? Arrivals are admitted by their bids; but a request may
    /// come home from a tier while a lower bid runs.
    pub(super) fn is_outbid(&self, minimum: Price) -> bool {
        let lowest = self.lowest_running().map(|entry| entry.bid);
        lowest.is_some_and(|lowest| self.highest_waiting_bid(minimum) > Some(lowest))
    }

    /// Does somebody wait who would be served if there were room?
    #[inline(always)]
    pub(super) fn is_anybody_eligible(&self, minimum: Price) -> bool {
        if self.ranked {
            return self.highest_waiting_bid(minimum).is_some();
        }
        self.waiting().any(|entry| entry.bid >= minimum)
    }

    /// The highest waiting bid at or above `minimum`, where bids are ranked.
    #[inline(always)]
    pub(super) fn highest_waiting_bid(&self, minimum: Price) -> Option<Price> {
        if !self.ranked || self.waiting.is_empty() {
            return None;
        }
        let highest = match self.order {
            WaitingOrder::ByMethod => self.waiting.first_key_value().map(|(_, entry)| entry.bid),
            WaitingOrder::Fifo => self.waiting_bids.last().map(|(bid, _)| *bid),
        };
        highest.filter(|bid| *bid >= minimum)
    }
}

/// A bid as the order of eviction compares it; nobody bids as much as [`Key::LAST`].
#[inline(always)]
fn rank(bid: Price) -> u64 {
    bid.units().unsigned_abs()
}

/// Of two seats with the same bid, is the one evicted before the other? The later arrival is. (A request may have left one of
/// the two and be back in the other; any order will do then, as long as it is one.)
#[inline(always)]
fn is_evicted_first(seats: &Slab<Entry>) -> impl Fn(u32, u32) -> bool {
    |one, other| (seats[one].number, one) > (seats[other].number, other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Somebody with this bid, who asks for so many slots, takes a seat.
        Seat(i64, u32),
        /// Somebody who left takes a seat again.
        Return(usize),
        /// One of those who run leaves.
        Unseat(usize),
        /// Somebody who bids so much more takes the seat of the lowest.
        Displace(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0i64..6, 1u32..3).prop_map(|(bid, slots)| Step::Seat(bid, slots)),
            2 => (0usize..1_000).prop_map(Step::Return),
            5 => (0usize..1_000).prop_map(Step::Unseat),
            1 => (1i64..3).prop_map(Step::Displace),
        ]
    }

    proptest! {
        /// Few different bids, so that many are equal; first many take seats, so that more leave than may stay vacated.
        #[test]
        fn the_order_of_eviction_is_that_of_a_sorted_list(steps in prop::collection::vec(step(), 0..200)) {
            let mut book = Book::new(true, WaitingOrder::ByMethod);
            let (mut running, mut left): (Vec<(Entry, u32)>, Vec<Entry>) = (Vec::new(), Vec::new());
            let first = (0..50).map(|bid| Step::Seat(bid % 7, 1));
            for (number, step) in first.chain(steps).enumerate() {
                let entry = |bid, slots| {
                    Entry { place: Place(number as u32), number: number as u64, bid: Price::from_units(bid), slots }
                };
                match step {
                    Step::Seat(bid, slots) => {
                        let entry = entry(bid, slots);
                        running.push((entry, book.seat(entry)));
                    }
                    Step::Return(which) if !left.is_empty() => {
                        let entry = left.swap_remove(which % left.len());
                        running.push((entry, book.seat(entry)));
                    }
                    Step::Unseat(which) if !running.is_empty() => {
                        let (entry, seat) = running.swap_remove(which % running.len());
                        book.unseat(seat, entry.slots);
                        left.push(entry);
                    }
                    Step::Displace(more) if running.first().is_some_and(|(lowest, _)| lowest.slots == 1) => {
                        let (lowest, seat) = running.remove(0);
                        let entry = entry(lowest.bid.units() + more, 1);
                        book.reseat(seat, entry);
                        running.push((entry, seat));
                    }
                    Step::Return(_) | Step::Unseat(_) | Step::Displace(_) => {}
                }
                prop_assert_eq!(book.all_single(), running.iter().all(|(entry, _)| entry.slots == 1));
                running.sort_by_key(|(entry, _)| entry.eviction_order());
                let places: Vec<Place> = running.iter().map(|(entry, _)| entry.place).collect();
                prop_assert_eq!(book.lowest_running().map(|entry| entry.place), places.first().copied());
                prop_assert!(book.running().iter().rev().map(|entry| entry.place).eq(places.iter().copied()));
                let bound = Price::from_units(3);
                let below = running.iter().filter(|(entry, _)| entry.bid < bound).map(|(entry, _)| entry.place);
                prop_assert_eq!(book.running_below(bound), Some(below.collect()));
            }
        }
    }
}

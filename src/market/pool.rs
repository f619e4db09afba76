//! The state of a pool.

use super::book::{Book, Entry};
use super::budget::Budget;
use super::clearing::Supply;
use super::effects::PoolLevel;
use super::pricing;
use super::rules::{PoolRules, Pricing, Slots, WaitingOrder};
use crate::units::{Price, PriceIntegral, SimTime};

/// A pool: its rules, its slots, its book, its price.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) rules: PoolRules,
    /// The minimum price in force.
    pub(super) minimum: Price,
    /// Slots there are now; `None` without limit.
    pub(super) capacity: Option<u32>,
    /// The most slots that there can ever be: its own and all of its supply lines'.
    largest_capacity: Option<u32>,
    pub(super) occupied: u32,
    pub(super) book: Book,
    pub(super) integral: PriceIntegral,
    /// Requests of its members that wait.
    pub(super) waiting_members: u32,
    /// Slots became free for somebody who waits; a clearing is due.
    pub(super) dirty: bool,
    /// What its bursts have spent.
    pub(super) budget: Option<Budget>,
    /// Does any pool with a metered budget burst into this one?
    pub(super) is_watched: bool,
}

impl Pool {
    pub(super) fn new(rules: PoolRules) -> Self {
        let order = rules.waiting.as_ref().map_or(WaitingOrder::ByMethod, |room| room.order);
        // Under a posted price the order of arrival decides, whatever anybody's limit is.
        let order = if matches!(rules.pricing, Pricing::Posted(_)) { WaitingOrder::Fifo } else { order };
        let mut pool = Self {
            minimum: rules.minimum,
            capacity: match rules.slots {
                Slots::Count(count) => Some(count),
                Slots::Unlimited => None,
            },
            largest_capacity: match rules.slots {
                Slots::Count(own) => Some(own + rules.supply.iter().map(|line| line.slots).sum::<u32>()),
                Slots::Unlimited => None,
            },
            occupied: 0,
            book: Book::new(matches!(rules.pricing, Pricing::Spot(_)), order),
            integral: PriceIntegral::default(),
            waiting_members: 0,
            dirty: false,
            budget: rules.burst.as_ref().and_then(|burst| burst.budget.as_ref()).map(Budget::new),
            is_watched: false,
            rules,
        };
        pool.integral = PriceIntegral::new(pricing::price(&pool));
        pool
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.capacity.is_some_and(|capacity| self.occupied >= capacity)
    }

    /// Could the pool ever have so many slots?
    #[inline(always)]
    pub(super) fn fits_at_all(&self, slots: u32) -> bool {
        self.largest_capacity.is_none_or(|capacity| slots <= capacity)
    }

    /// Lowest bid (posted price: lowest limit) that is served now.
    #[inline(always)]
    pub(super) fn lowest_served(&self) -> Price {
        match self.rules.pricing {
            Pricing::Posted(price) => price.max(self.minimum),
            _ => self.minimum,
        }
    }

    #[inline(always)]
    pub(super) fn supply(&self) -> Supply {
        let minimum = self.lowest_served();
        Supply { capacity: self.capacity, occupied: self.occupied, minimum, fit: self.rules.fit }
    }

    /// Is there a place in the waiting room?
    pub(super) fn has_waiting_room(&self) -> bool {
        let room = self.rules.waiting.as_ref();
        room.is_some_and(|room| room.capacity.is_none_or(|capacity| self.waiting_members < capacity))
    }

    /// Are all slots held by bids as high as `bid` or higher?
    pub(super) fn outbids(&self, bid: Price) -> bool {
        let ranked = pricing::ranked_bid(&self.rules.pricing, bid);
        self.book.lowest_running().is_some_and(|lowest| lowest.bid >= ranked)
    }

    /// Re-computes the price; returns the change in units of price, if there is one.
    #[inline(always)]
    pub(super) fn reprice(&mut self, now: SimTime) -> Option<i64> {
        let (before, after) = (self.integral.price(), pricing::price(self));
        if before == after {
            return None;
        }
        self.integral.set(now, after);
        Some(after.units() - before.units())
    }

    #[inline(always)]
    pub(super) fn level(&self) -> PoolLevel {
        PoolLevel {
            capacity: self.capacity,
            occupied: self.occupied,
            waiting: self.waiting_members,
            price: self.integral.price(),
            highest_waiting_bid: self.book.highest_waiting_bid(self.lowest_served()).unwrap_or_default(),
        }
    }

    /// An entry with its bid as this pool ranks it.
    #[inline(always)]
    pub(super) fn entry(&self, entry: Entry) -> Entry {
        Entry { bid: pricing::ranked_bid(&self.rules.pricing, entry.bid), ..entry }
    }
}

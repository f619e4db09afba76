//! The state of a pool.

use super::account::Account;
use super::book::{Book, Entry};
use super::budget::Budget;
use super::bursts::Bursts;
use super::clearing::{self, Supply};
use super::effects::PoolLevel;
use super::fairness::Fairness;
use super::ids::{PartyId, Place, PoolId};
use super::joint::Joint;
use super::operations::Life;
use super::pricing;
use super::records::Cause;
use super::request::{Lease, Request};
use super::resale::Loans;
use super::reservations::Reservations;
use super::rounds::Rounds;
use super::rules::{AuctionRules, Clearing, EvictionOrder, PoolRules, Pricing, SpotRules, Term, WaitingOrder};
use crate::collections::Slab;
use crate::units::{Price, PriceIntegral, SimDuration, SimTime};

/// A pool: its rules, its slots, its book, its price.
///
/// The order of the fields is that of the memory: what nearly every event looks at comes first.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Pool {
    /// May what happens most of the time go the short way?
    pub(super) goes_short: bool,
    /// Slots became free for somebody who waits; a clearing is due.
    pub(super) dirty: bool,
    /// Is the price set from time to time, rather than by the book at every moment?
    pub(super) is_quoted: bool,
    /// Does anything else change with its levels? Not so for plain pools that have bought nothing for a term.
    pub(super) is_followed: bool,
    /// Does anybody want to know when slots may have become free here, or do its own bursts?
    pub(super) tells_of_free: bool,
    /// Does it matter to those who wait how many slots are held?
    pub(super) tells_of_level: bool,
    /// Does any pool with a metered budget burst into this one?
    pub(super) is_watched: bool,
    /// Is it a joint pool, or merged into one? Then whoever asks it may have to be sent elsewhere.
    pub(super) redirects: bool,
    /// Must somebody who asks be looked at twice: are members named, here or in the pools that it joins, or is it not online?
    pub(super) is_gated: bool,
    /// Are arrivals answered by bid and time alone, at once? Then the short ways of clearing lead to the same.
    pub(super) is_short: bool,
    /// The same, and a lease is nothing but a number of slots: they have no places.
    pub(super) is_plain: bool,
    /// Are no slots given out?
    pub(super) is_down: bool,
    pub(super) occupied: u32,
    /// Slots there are now; `None` without limit.
    pub(super) capacity: Option<u32>,
    /// The most slots that there can ever be: its own and all of its supply lines'.
    pub(super) largest_capacity: Option<u32>,
    /// The minimum price in force.
    pub(super) minimum: Price,
    /// The posted price, zero under other methods.
    pub(super) posted: Price,
    /// The price that stands until the next quote or round, where the book does not make it at every moment.
    pub(super) quoted: Price,
    pub(super) integral: PriceIntegral,
    /// Who holds and has used how much, where a rule looks at it.
    pub(super) fairness: Option<Box<Fairness>>,
    /// What it keeps of its bursts, where its policy says more than tiers and a price.
    pub(super) bursts: Option<Box<Bursts>>,
    /// What its bursts have spent.
    pub(super) budget: Option<Box<Budget>>,
    pub(super) book: Book,
    pub(super) rules: PoolRules,
    /// Leases on terms of their own, from 1 on.
    pub(super) accounts: Slab<Account>,
    /// Requests of its members that wait.
    pub(super) waiting_members: u32,
    /// Pools that want to know when slots may have become free here.
    pub(super) tells: Vec<PoolId>,
    /// The round of an auction that is open.
    pub(super) rounds: Rounds,
    /// Slots of its supply lines, where any were bought for a term.
    pub(super) reservations: Option<Box<Reservations>>,
    /// Slots that it has lent or borrowed, where any are.
    pub(super) loans: Option<Box<Loans>>,
    /// Who pays for its supply lines.
    pub(super) supply_payer: PartyId,
    /// What it knows of its partners, if it joins other pools.
    pub(super) joint: Option<Box<Joint>>,
    /// The joint pool that has its slots now.
    pub(super) merged_into: Option<PoolId>,
    /// Where it stands in its life.
    pub(super) life: Life,
    /// Slots beside those of its capacity that are there until their notice ends; they are given to nobody any more.
    pub(super) leaving: u32,
}

impl Pool {
    pub(super) fn new(rules: PoolRules) -> Self {
        let order = rules.waiting.as_ref().map_or(WaitingOrder::ByMethod, |room| room.order);
        let order = match rules.pricing {
            // Bids do not decide here: the order of arrival does, or the owner's formula.
            Pricing::Posted(_) | Pricing::Formula(_) | Pricing::Given(_) | Pricing::Proportional => WaitingOrder::Fifo,
            Pricing::Auction(_) => WaitingOrder::ByMethod,
            Pricing::Spot(_) => order,
        };
        let mut accounts = Slab::default();
        accounts.insert(Account::new(SimTime::ZERO, Place(u32::MAX), 0, Price::ZERO));
        let mut pool = Self {
            minimum: rules.minimum,
            posted: match rules.pricing {
                Pricing::Posted(price) => price,
                _ => Price::ZERO,
            },
            is_quoted: is_quoted(&rules.pricing),
            quoted: match &rules.pricing {
                Pricing::Given(given) => given.start,
                _ => Price::ZERO,
            },
            capacity: Some(0),
            largest_capacity: None,
            occupied: 0,
            book: match rules.pricing {
                Pricing::Given(_) => Book::seated(order),
                _ => Book::new(matches!(rules.pricing, Pricing::Spot(_)), order),
            },
            integral: PriceIntegral::default(),
            accounts,
            waiting_members: 0,
            dirty: false,
            budget: rules.burst.as_ref().and_then(Budget::new).map(Box::new),
            is_watched: false,
            bursts: rules.burst.as_ref().and_then(|burst| Bursts::new(burst.tiers.len(), &burst.terms)),
            tells: Vec::new(),
            tells_of_free: false,
            tells_of_level: false,
            fairness: rules.fairness.clone().map(Fairness::new).map(Box::new),
            rounds: Rounds::default(),
            reservations: None,
            loans: None,
            is_followed: !is_plain(&rules),
            supply_payer: rules.owner,
            joint: rules.joint.clone().map(Joint::new).map(Box::new),
            merged_into: None,
            redirects: rules.joint.is_some(),
            is_short: is_plain(&rules),
            is_plain: is_plain(&rules),
            life: Life::new(&rules),
            is_gated: false,
            is_down: false,
            goes_short: false,
            leaving: 0,
            rules,
        };
        pool.recount();
        pool.enter_stage(pool.rules.first_stage());
        pool.integral = PriceIntegral::new(pricing::price(&pool));
        pool.know_ways();
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

    /// The most slots that there can ever be; `None` without limit.
    pub(super) fn largest_capacity(&self) -> Option<u32> {
        self.largest_capacity
    }

    /// Somebody lends it so many slots at most.
    pub(super) fn raise_largest_capacity(&mut self, slots: u32) {
        self.largest_capacity = self.largest_capacity.map(|capacity| capacity.saturating_add(slots));
    }

    /// Lowest bid (posted price: lowest limit) that the pool takes in.
    #[inline(always)]
    pub(super) fn lowest_accepted(&self) -> Price {
        self.posted.max(self.minimum)
    }

    /// Lowest bid that is served now: where a price stands, bids below it wait for it to fall.
    #[inline(always)]
    pub(super) fn lowest_served(&self) -> Price {
        if self.is_quoted { self.quoted.max(self.minimum) } else { self.lowest_accepted() }
    }

    /// Time between two settings of the price.
    pub(super) fn quote_period(&self) -> Option<SimDuration> {
        match &self.rules.pricing {
            Pricing::Spot(spot) => match spot.clearing {
                Clearing::PerCycle(cycle) => Some(cycle),
                Clearing::Continuous => spot.smoothing.map(|smoothing| smoothing.step),
            },
            Pricing::Formula(formula) => Some(formula.every),
            _ => None,
        }
    }

    /// When the next round of an auction opens: at a multiple of its period, now at the earliest.
    pub(super) fn next_round(&self, now: SimTime) -> Option<SimTime> {
        let Pricing::Auction(rules) = &self.rules.pricing else { return None };
        let every = rules.every.ticks().max(1);
        let rounds = now.ticks() / every + i64::from(now.ticks() % every > 0);
        Some(SimTime::from_ticks(rounds.saturating_mul(every)))
    }

    /// Does a higher bid take the slots of a lower one between two quotes?
    pub(super) fn displaces(&self) -> bool {
        matches!(&self.rules.pricing, Pricing::Spot(spot) if !is_quoted_spot(spot))
    }

    #[inline(always)]
    pub(super) fn is_auction(&self) -> bool {
        matches!(self.rules.pricing, Pricing::Auction(_))
    }

    #[inline(always)]
    pub(super) fn is_proportional(&self) -> bool {
        matches!(self.rules.pricing, Pricing::Proportional)
    }

    #[inline(always)]
    pub(super) fn supply(&self) -> Supply {
        let minimum = self.lowest_served();
        Supply { capacity: self.capacity, occupied: self.occupied, minimum, fit: self.rules.fit }
    }

    /// Slots that somebody can be given now, without anybody losing them. Where slots are divided, there is always room
    /// for one more.
    #[inline(always)]
    pub(super) fn room(&self) -> u32 {
        if self.is_proportional() {
            return clearing::UNLIMITED;
        }
        let out_of_reach = self.loans.as_ref().map_or(0, |loans| loans.lent - loans.within_reach);
        self.supply().free().saturating_sub(out_of_reach)
    }

    /// Is there a place in the waiting room?
    pub(super) fn has_waiting_room(&self) -> bool {
        let room = self.rules.waiting.as_ref();
        room.is_some_and(|room| room.capacity.is_none_or(|capacity| self.waiting_members < capacity))
    }

    /// Are all slots held by bids as high as `bid` or higher?
    pub(super) fn outbids(&self, bid: Price) -> bool {
        let ranked = pricing::ranked_bid(&self.rules.pricing, bid);
        self.book.is_ranked() && self.book.lowest_running().is_some_and(|lowest| lowest.bid >= ranked)
    }

    /// The highest bid of those who wait for a slot and could be served: a cap or an empty account keeps none from the
    /// others.
    #[inline(always)]
    pub(super) fn highest_eligible_bid(&self) -> Option<Price> {
        if self.fairness.is_none() || !self.book.is_ranked() {
            return self.book.highest_waiting_bid(self.minimum);
        }
        self.book.waiting().filter(|entry| self.could_be_served(entry)).map(|entry| entry.bid).max()
    }

    /// Do the minimum, caps and credits let somebody who waits have its slots?
    pub(super) fn could_be_served(&self, entry: &Entry) -> bool {
        let admits = self.fairness.as_ref().is_none_or(|fairness| fairness.admits(entry.place, entry.slots));
        entry.bid >= self.minimum && admits
    }

    /// How long a lease lasts that has so much work to do: until that is done, or for the term for which it was sold.
    #[inline(always)]
    pub(super) fn lease_time(&self, work: SimDuration) -> SimDuration {
        match &self.rules.pricing {
            Pricing::Auction(AuctionRules { term: Term::Fixed(term), .. }) if !self.is_plain => *term,
            _ => self.rules.speed.time_for(work),
        }
    }

    /// The time that is billed for a lease of so much work: whole units, where the pool has them.
    pub(super) fn billed_time(&self, work: SimDuration) -> SimDuration {
        let time = self.lease_time(work);
        self.rules.billing_unit.map_or(time, |unit| {
            let length = unit.ticks().max(1);
            let units = time.ticks().saturating_add(length - 1) / length;
            SimDuration::from_ticks(units.saturating_mul(length))
        })
    }

    /// Takes a lease out of everything that a pool with more rules than the plain ones keeps of it.
    pub(super) fn clear_away(&mut self, now: SimTime, place: Place, lease: &Lease, request: &Request) {
        let (payer, slots) = (request.payer, request.slots);
        if !self.is_proportional() {
            self.occupied -= slots;
        }
        if lease.leaving.is_none() {
            self.book.unseat(lease.seat, slots);
        }
        if let (Some(Cause::TakenBack), Some(loans)) = (lease.leaving, &mut self.loans) {
            loans.recalled -= slots;
        }
        if let Some(account) = lease.account {
            self.accounts.free(account.get());
        }
        if let Some(fairness) = &mut self.fairness {
            fairness.gave_back(now, payer, slots);
            fairness.release(payer, place);
        }
        if let Some(joint) = &mut self.joint {
            joint.use_changed(now, request.affiliation, -i64::from(slots));
        }
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
            capacity: self.slots_there(),
            occupied: self.occupied,
            waiting: self.waiting_members,
            price: self.integral.price(),
            minimum: self.minimum,
            highest_waiting_bid: self.book.highest_waiting_bid(self.lowest_served()).unwrap_or_default(),
        }
    }

    /// An entry with its bid as this pool ranks it.
    #[inline(always)]
    pub(super) fn entry(&self, entry: Entry) -> Entry {
        Entry { bid: pricing::ranked_bid(&self.rules.pricing, entry.bid), ..entry }
    }
}

fn is_quoted_spot(spot: &SpotRules) -> bool {
    spot.clearing != Clearing::Continuous || spot.smoothing.is_some()
}

fn is_quoted(pricing: &Pricing) -> bool {
    match pricing {
        Pricing::Spot(spot) => is_quoted_spot(spot),
        Pricing::Formula(_) | Pricing::Given(_) => true,
        _ => false,
    }
}

/// Do the rules leave out everything but bid, time and size?
fn is_plain(rules: &PoolRules) -> bool {
    let is_standing = match &rules.pricing {
        Pricing::Posted(_) | Pricing::Given(_) => true,
        Pricing::Spot(spot) => !is_quoted_spot(spot),
        Pricing::Proportional | Pricing::Auction(_) => false,
        Pricing::Formula(formula) => formula.rank.is_none(),
    };
    let is_immediate = rules.interruption.notice == SimDuration::ZERO
        && rules.interruption.guaranteed == SimDuration::ZERO
        && matches!(rules.interruption.order, EvictionOrder::ByMethod);
    let is_simple = rules.fairness.is_none() && rules.billing_unit.is_none() && rules.resale.is_none();
    is_standing && is_immediate && is_simple && rules.joint.is_none()
}

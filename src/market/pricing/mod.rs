//! What the price of a pool is, and what a holder pays. One file per method, all of one shape:
//!
//! | function | answers |
//! |---|---|
//! | `price` | the price in force now |
//! | `unit` | what a holder with this bid pays per slot-hour at the price in force |
//! | `highest` | the most that a holder with this bid can pay per slot-hour, if the minimum stays |
//!
//! Auctions, which make their prices in rounds, have a folder of their own ([`super::auction`]); what they sell has terms
//! of its own ([`super::account`]), and so has a share of divided slots.

mod formula;
mod given;
mod posted;
mod proportional;
mod rounds;
mod spot;

use super::pool::Pool;
use super::request::Lease;
use super::rules::{Payment, Pricing};
use crate::units::{Accrual, Price, SimTime, product};

pub(super) use formula::quoted as quoted_by_formula;
pub(super) use spot::{balanced, clearing_price};

/// The price in force now.
#[inline(always)]
pub(super) fn price(pool: &Pool) -> Price {
    match &pool.rules.pricing {
        Pricing::Posted(_) => posted::price(pool),
        Pricing::Spot(rules) => spot::price(pool, rules),
        Pricing::Proportional => proportional::price(pool),
        Pricing::Formula(_) => formula::price(pool),
        Pricing::Given(_) => given::price(pool),
        Pricing::Auction(_) => rounds::price(pool),
    }
}

/// What a holder with this bid pays per slot-hour at the price in force, where it has no terms of its own.
#[inline(always)]
pub(super) fn unit_price(pool: &Pool, bid: Price) -> Price {
    match &pool.rules.pricing {
        Pricing::Posted(_) => posted::unit(pool, bid),
        Pricing::Spot(rules) => spot::unit(pool, rules, bid),
        Pricing::Proportional => proportional::unit(pool, bid),
        Pricing::Formula(_) => formula::unit(pool, bid),
        Pricing::Given(_) => given::unit(pool, bid),
        Pricing::Auction(_) => rounds::unit(pool, bid),
    }
}

/// The most that a holder with this bid can pay per slot-hour while it holds the slot, if the minimum stays.
pub(super) fn highest_unit_price(pool: &Pool, bid: Price) -> Price {
    match &pool.rules.pricing {
        Pricing::Posted(_) => posted::highest(pool, bid),
        Pricing::Spot(rules) => spot::highest(rules, bid),
        Pricing::Proportional => proportional::highest(bid),
        Pricing::Formula(rules) => formula::highest(rules, bid),
        Pricing::Given(rules) => given::highest(rules, bid),
        Pricing::Auction(rules) => rounds::highest(rules, bid),
    }
}

/// The most that a holder with this bid can pay per slot-hour when it starts: what a budget must bear at once.
pub(super) fn highest_at_start(pool: &Pool, bid: Price) -> Price {
    match &pool.rules.pricing {
        Pricing::Given(_) => given::at_start(pool),
        _ => highest_unit_price(pool, bid),
    }
}

/// The bid as the book ranks it.
#[inline(always)]
pub(super) fn ranked_bid(pricing: &Pricing, bid: Price) -> Price {
    match pricing {
        Pricing::Spot(rules) => spot::ranked(rules, bid),
        _ => bid,
    }
}

/// What a lease owes for its slots from the start of its unsettled stretch to `now`.
#[inline(always)]
pub(super) fn charge(pool: &Pool, lease: &Lease, slots: u32, now: SimTime) -> Accrual {
    if let Some(account) = lease.account {
        return pool.accounts[account.get()].owed(now);
    }
    match &pool.rules.pricing {
        Pricing::Spot(rules) if rules.payment == Payment::OwnBid => {
            let unit = spot::unit(pool, rules, lease.bid);
            Accrual::from_units(product(unit.units(), (now - lease.unsettled).ticks())).times(slots)
        }
        _ => (pool.integral.at(now) - lease.mark).times(slots),
    }
}

/// Does a holder pay nothing?
pub(super) fn is_free(pool: &Pool) -> bool {
    matches!(pool.rules.pricing, Pricing::Posted(Price::ZERO)) && pool.minimum == Price::ZERO
}

/// Does a holder pay its own bid, whatever the price is?
pub(super) fn pays_own_bid(pool: &Pool) -> bool {
    matches!(&pool.rules.pricing, Pricing::Spot(rules) if rules.payment == Payment::OwnBid)
}

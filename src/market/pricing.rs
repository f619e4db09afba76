//! What the price is, and what a holder pays.

use super::book::Book;
use super::pool::Pool;
use super::request::Lease;
use super::rules::{CapMode, Payment, PriceRule, Pricing, SpotRules};
use crate::units::{Accrual, Price, SimTime, product};

/// The price in force now.
#[inline(always)]
pub(super) fn price(pool: &Pool) -> Price {
    match &pool.rules.pricing {
        Pricing::Posted(_) => pool.lowest_served(),
        Pricing::Spot(rules) if !pool.is_quoted => spot_price(rules, &pool.book, pool.is_full(), pool.minimum),
        _ => pool.quoted.max(pool.minimum),
    }
}

/// The price that the book of a spot pool makes.
pub(super) fn clearing_price(pool: &Pool, rules: &SpotRules) -> Price {
    spot_price(rules, &pool.book, pool.is_full(), pool.minimum)
}

/// Slots are short while none is free or somebody waits for one; where nobody runs there is no bid to set a price.
#[inline(always)]
fn spot_price(rules: &SpotRules, book: &Book, full: bool, minimum: Price) -> Price {
    let waiting = book.highest_waiting_bid(minimum);
    let lowest = book.lowest_running().map(|entry| entry.bid);
    let price = match lowest {
        Some(lowest) if full || waiting.is_some() => match rules.rule {
            // A guaranteed run may hold a bid below the minimum; it makes no price for the others.
            PriceRule::LowestAccepted => lowest.max(minimum),
            PriceRule::HighestRejected => lowest.min(waiting.unwrap_or(minimum)).max(minimum),
        },
        _ => minimum,
    };
    rules.cap.map_or(price, |cap| price.min(cap.limit))
}

/// The bid as the book ranks it.
#[inline(always)]
pub(super) fn ranked_bid(pricing: &Pricing, bid: Price) -> Price {
    match pricing {
        Pricing::Spot(SpotRules { cap: Some(cap), .. }) if cap.mode == CapMode::Bids => bid.min(cap.limit),
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
            let unit = own_bid(rules, lease.bid);
            Accrual::from_units(product(unit.units(), (now - lease.unsettled).ticks())).times(slots)
        }
        _ => (pool.integral.at(now) - lease.mark).times(slots),
    }
}

/// What a holder with this bid pays per slot-hour at the price in force, where it has no terms of its own.
#[inline(always)]
pub(super) fn unit_price(pool: &Pool, bid: Price) -> Price {
    match &pool.rules.pricing {
        Pricing::Spot(rules) if rules.payment == Payment::OwnBid => own_bid(rules, bid),
        _ => pool.integral.price(),
    }
}

/// The most that a holder with this bid can pay per slot-hour while it holds the slot, if the minimum stays.
pub(super) fn highest_unit_price(pool: &Pool, bid: Price) -> Price {
    match &pool.rules.pricing {
        Pricing::Posted(_) => pool.integral.price(),
        Pricing::Spot(rules) => own_bid(rules, bid),
        Pricing::Formula(rules) => rules.cap.map_or(bid, |cap| bid.min(cap)),
        Pricing::Auction(rules) => rules.cap.map_or(bid, |cap| bid.min(cap)),
        Pricing::Proportional => bid,
    }
}

/// A bid as it is paid: the price cap limits what anyone pays.
#[inline(always)]
fn own_bid(rules: &SpotRules, bid: Price) -> Price {
    rules.cap.map_or(bid, |cap| bid.min(cap.limit))
}

/// Does a holder pay nothing?
pub(super) fn is_free(pool: &Pool) -> bool {
    matches!(pool.rules.pricing, Pricing::Posted(Price::ZERO)) && pool.minimum == Price::ZERO
}

/// Does a holder pay its own bid, whatever the price is?
pub(super) fn pays_own_bid(pool: &Pool) -> bool {
    matches!(&pool.rules.pricing, Pricing::Spot(rules) if rules.payment == Payment::OwnBid)
}

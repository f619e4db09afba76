//! Spot: the bids of those who run and wait make the price.

use crate::market::book::Entry;
use crate::market::pool::Pool;
use crate::market::rules::{CapMode, Payment, PriceCap, PriceRule, Smoothing, SpotRules};
use crate::units::{PARTS_PER_WHOLE, Price};

#[inline(always)]
pub(super) fn price(pool: &Pool, rules: &SpotRules) -> Price {
    if pool.is_quoted { pool.quoted.max(pool.minimum) } else { clearing_price(pool, rules) }
}

#[inline(always)]
pub(super) fn unit(pool: &Pool, rules: &SpotRules, bid: Price) -> Price {
    match rules.payment {
        Payment::UniformPrice => pool.integral.price(),
        Payment::OwnBid => highest(rules, bid),
    }
}

/// The price cap limits what anyone pays.
#[inline(always)]
pub(super) fn highest(rules: &SpotRules, bid: Price) -> Price {
    rules.cap.map_or(bid, |cap| bid.min(cap.limit))
}

/// The bid as the book ranks it: whoever bids more than a cap on bids ties at the cap.
#[inline(always)]
pub(super) fn ranked(rules: &SpotRules, bid: Price) -> Price {
    match rules.cap {
        Some(PriceCap { limit, mode: CapMode::Bids }) => bid.min(limit),
        _ => bid,
    }
}

/// The price that the book makes.
#[inline(always)]
pub(in crate::market) fn clearing_price(pool: &Pool, rules: &SpotRules) -> Price {
    let (minimum, waiting) = (pool.minimum, pool.highest_eligible_bid());
    // Slots are short while none is free or somebody waits for one; where nobody runs there is no bid to set a price.
    let is_short = pool.is_full() || waiting.is_some();
    let lowest = if is_short { pool.book.lowest_running() } else { None };
    let price = match lowest.map(|entry| entry.bid) {
        Some(lowest) => match rules.rule {
            // A guaranteed run may hold a bid below the minimum; it makes no price for the others.
            PriceRule::LowestAccepted => lowest.max(minimum),
            PriceRule::HighestRejected => lowest.min(waiting.unwrap_or(minimum)).max(minimum),
        },
        None => minimum,
    };
    rules.cap.map_or(price, |cap| price.min(cap.limit))
}

/// The price moved by its weight of the distance to `target`; rounded away from where it was, so that it arrives.
fn smoothed(price: Price, target: Price, smoothing: Smoothing) -> Price {
    let distance = i128::from(target.units()) - i128::from(price.units());
    let part = distance.abs() * i128::from(smoothing.weight.parts());
    let whole = i128::from(PARTS_PER_WHOLE);
    let step = ((part + whole - 1) / whole).min(distance.abs()) * distance.signum();
    Price::from_units(price.units() + i64::try_from(step).unwrap_or(0))
}

/// The price moved towards the one at which what everybody who runs or waits asks for would just fit, were it cleared now.
///
/// While it stands above a bid for which there is a slot, it falls towards the minimum instead, as far as it needs to. Else
/// it would make for that very bid, come closer at every step, and keep the slot free for as long as a price can be halved.
pub(in crate::market) fn balanced(pool: &Pool, rules: &SpotRules, price: Price, smoothing: Smoothing) -> Price {
    let (target, lowest) = balancing_price(pool, rules);
    match lowest {
        Some(lowest) if lowest < price => smoothed(price, pool.minimum, smoothing).max(target),
        _ => smoothed(price, target, smoothing),
    }
}

/// The price at which all would just fit; and, if slots are short, the lowest bid that would be served.
fn balancing_price(pool: &Pool, rules: &SpotRules) -> (Price, Option<Price>) {
    let waiting = pool.book.waiting().filter(|entry| pool.could_be_served(entry)).copied();
    let mut asks: Vec<Entry> = pool.book.running().into_iter().chain(waiting).collect();
    asks.sort_by_key(|entry| std::cmp::Reverse(entry.bid));
    let mut left = pool.supply().capacity.unwrap_or(u32::MAX);
    let (mut lowest, mut rejected) = (None, None);
    for ask in &asks {
        if ask.slots <= left {
            left -= ask.slots;
            lowest = Some(ask.bid);
        } else {
            rejected = rejected.or(Some(ask.bid));
        }
    }
    let is_short = left == 0 || rejected.is_some();
    let lowest = lowest.filter(|_| is_short);
    let price = match lowest {
        None => pool.minimum,
        Some(lowest) => match rules.rule {
            PriceRule::LowestAccepted => lowest.max(pool.minimum),
            PriceRule::HighestRejected => lowest.min(rejected.unwrap_or(pool.minimum)).max(pool.minimum),
        },
    };
    (highest(rules, price), lowest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Share, SimDuration};

    #[test]
    fn a_smoothed_price_moves_by_its_weight_and_arrives() {
        let smoothing = |parts| Smoothing { step: SimDuration::from_hours(1), weight: Share::from_parts(parts) };
        for (price, target, parts, next) in [
            (100, 200, 100_000, 110),
            (200, 100, 100_000, 190),
            (199, 200, 100_000, 200),
            (100, 200, 1_000_000, 200),
            (5, 5, 100_000, 5),
        ] {
            let moved = smoothed(Price::from_units(price), Price::from_units(target), smoothing(parts));
            assert_eq!(moved.units(), next, "{price} to {target}");
        }
    }
}

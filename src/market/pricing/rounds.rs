//! Auctions: the price in force is the one that the last round made, for people to see. What was sold has its own.

use crate::market::pool::Pool;
use crate::market::rules::AuctionRules;
use crate::units::Price;

pub(super) fn price(pool: &Pool) -> Price {
    pool.quoted.max(pool.minimum)
}

pub(super) fn unit(pool: &Pool, _: Price) -> Price {
    pool.integral.price()
}

pub(super) fn highest(rules: &AuctionRules, bid: Price) -> Price {
    rules.cap.map_or(bid, |cap| bid.min(cap))
}

//! Given: others make the price, and tell it from time to time; in between it stands.

use crate::market::pool::Pool;
use crate::market::rules::GivenRules;
use crate::units::Price;

pub(super) fn price(pool: &Pool) -> Price {
    pool.quoted.max(pool.minimum)
}

pub(super) fn unit(pool: &Pool, _: Price) -> Price {
    pool.integral.price()
}

pub(super) fn highest(rules: &GivenRules, bid: Price) -> Price {
    bid.min(rules.highest)
}

/// What a lease pays when it starts: no bid moves the price.
pub(super) fn at_start(pool: &Pool) -> Price {
    pool.integral.price()
}

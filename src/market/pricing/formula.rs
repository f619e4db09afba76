//! The owner's own rule: a formula says the price from time to time, and in between it stands.

use crate::market::pool::Pool;
use crate::market::rules::FormulaRules;
use crate::units::Price;

pub(super) fn price(pool: &Pool) -> Price {
    pool.quoted.max(pool.minimum)
}

pub(super) fn unit(pool: &Pool, _: Price) -> Price {
    pool.integral.price()
}

pub(super) fn highest(rules: &FormulaRules, bid: Price) -> Price {
    rules.cap.map_or(bid, |cap| bid.min(cap))
}

/// The price that a value of the formula stands for.
pub(in crate::market) fn quoted(rules: &FormulaRules, value: i64, minimum: Price) -> Price {
    let price = Price::from_units(value).max(minimum);
    rules.cap.map_or(price, |cap| price.min(cap))
}

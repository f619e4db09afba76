//! Posted: the owner names the price, and requests are served in order of arrival. Without money, first come, first
//! served, it is zero.

use crate::market::pool::Pool;
use crate::units::Price;

#[inline(always)]
pub(super) fn price(pool: &Pool) -> Price {
    pool.lowest_served()
}

#[inline(always)]
pub(super) fn unit(pool: &Pool, _: Price) -> Price {
    pool.integral.price()
}

pub(super) fn highest(pool: &Pool, _: Price) -> Price {
    price(pool)
}

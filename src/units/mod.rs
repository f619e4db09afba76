//! Time, money and price as exact integers. Knows no other module.
//!
//! Three scales are fixed once, here:
//!
//! | quantity | type | one unit is |
//! |---|---|---|
//! | time | [`SimTime`], [`SimDuration`] | a tick, 1 microsecond |
//! | money | [`Money`] | 10⁻⁹ of the currency |
//! | price | [`Price`] | 10⁻⁹ of the currency per slot-hour |
//!
//! A charge that grows while time passes is an [`Accrual`] (price × ticks × slots), never rounded. It
//! becomes [`Money`] in one place, [`Accrual::bill`], by one rule: **to the nearest unit of money, ties
//! to the even one**; what the rounding left over is returned beside it.

mod accrual;
mod epoch;
mod integral;
mod money;
mod share;
mod time;

pub use accrual::{ACCRUALS_PER_MONEY, Accrual, bill_millionths, product};
pub use epoch::Epoch;
pub use integral::PriceIntegral;
pub use money::{Money, Price, UNITS_PER_CURRENCY, nearest_number};
pub use share::{PARTS_PER_WHOLE, Share, Speed};
pub use time::{SimDuration, SimTime, TICKS_PER_HOUR, TICKS_PER_SECOND};

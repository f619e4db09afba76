//! On what terms the slots of a supply line are bought.

use crate::market::{AtExpiry, Due, Pricing, Purchase};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{Fields, Stated};
use crate::scenario::tariff::Tariff;
use crate::units::{Money, Price, SimDuration, SimTime};

/// `purchase` of a supply line. Where no hourly price is stated it is the one that the pool posts, which is not read yet:
/// [`agree`] puts it in.
pub(super) fn purchase(line: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Stated<Purchase> {
    line.rule("purchase", d, |table, d| {
        let upfront = table.or("upfront", Money::ZERO, |table, key| table.money(key, tariff, d));
        let hourly = table.or("hourly", AS_POSTED, |table, key| table.price(key, tariff, d));
        let due = [("whole-term", Due::WholeTerm), ("use", Due::Use)];
        let due = table.or("due", Due::WholeTerm, |table, key| table.choice(key, &due, d));
        table.required("term", "\"1y\"", d);
        let term = table.positive("term", d);
        let start = table.or("start", SimDuration::ZERO, |table, key| table.duration(key, d));
        let ends = [("take-back", AtExpiry::TakeBack), ("run-out", AtExpiry::RunOut), ("renew", AtExpiry::Renew)];
        let at_expiry = table.or("at_expiry", AtExpiry::TakeBack, |table, key| table.choice(key, &ends, d));
        Some(Purchase {
            upfront: upfront?,
            hourly: hourly?,
            due: due?,
            term: term?,
            start: SimTime::ZERO + start?,
            at_expiry: at_expiry?,
        })
    })
}

/// Stands for the price that the pool posts: higher than any that can be written.
const AS_POSTED: Price = Price::MAX;

/// The purchase at the price that a pool posts, where none was stated. A pool that posts none is reported elsewhere.
pub(in crate::scenario) fn agree(purchase: &mut Purchase, source: &Pricing) {
    if purchase.hourly == AS_POSTED {
        purchase.hourly = match source {
            Pricing::Posted(price) => *price,
            _ => Price::ZERO,
        };
    }
}

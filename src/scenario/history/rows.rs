//! Rows of a history as they stand in a file, of whatever format.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::timing;

/// What a row says; a field that the format does not have is empty.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) timestamp: &'a str,
    pub(super) price: &'a str,
    pub(super) instance_type: &'a str,
    pub(super) zone: &'a str,
    pub(super) product: &'a str,
}

/// Which market of a history is wanted; what is not stated may be any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::scenario) struct Wanted {
    pub(in crate::scenario) instance_type: Option<String>,
    pub(in crate::scenario) zone: Option<String>,
    pub(in crate::scenario) product: Option<String>,
}

impl Wanted {
    fn is(&self, row: &Fields<'_>) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.instance_type, row.instance_type) && is(&self.zone, row.zone) && is(&self.product, row.product)
    }
}

/// Markets that are named in a message.
const MOST_NAMED: usize = 6;

/// The rows of a file, with those that could not be used counted by reason.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Time in microseconds since 1970 and price of the rows of the market that is wanted, in the order of the file.
    pub(super) prices: Vec<(i64, Decimal)>,
    /// The markets that they are of; further ones are not named.
    pub(super) markets: BTreeSet<String>,
    /// Other markets in the file; further ones are not named.
    pub(super) others: BTreeSet<String>,
    /// Rows of other markets.
    pub(super) of_others: u64,
    /// Rows without a time or a price.
    pub(super) malformed: u64,
    /// Number of the first malformed row, from 1.
    pub(super) first_malformed: Option<u64>,
}

impl Rows {
    /// Takes up a row, or counts why not.
    pub(super) fn take(&mut self, row: &Fields<'_>, wanted: &Wanted) {
        let parsed = timing::instant(row.timestamp).zip(price(row.price));
        let Some(price) = parsed else { return self.drop_malformed() };
        let is_wanted = wanted.is(row);
        let markets = if is_wanted { &mut self.markets } else { &mut self.others };
        if markets.len() < MOST_NAMED {
            markets.insert(market(row));
        }
        if is_wanted {
            self.prices.push(price);
        } else {
            self.of_others += 1;
        }
    }

    pub(super) fn drop_malformed(&mut self) {
        self.malformed += 1;
        self.first_malformed.get_or_insert(self.prices.len() as u64 + self.of_others + self.malformed);
    }
}

fn market(row: &Fields<'_>) -> String {
    let parts = [row.instance_type, row.zone, row.product];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A price per hour, exactly as it is written.
pub(super) fn price(text: &str) -> Option<Decimal> {
    let price = Decimal::from_str_exact(text.trim()).ok()?;
    (!price.is_sign_negative() && price <= HIGHEST).then_some(price)
}

/// A price above a thousand million is none.
const HIGHEST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

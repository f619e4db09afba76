//! In what a pool's prices are written: its currency, and its own unit of resource beside the slot-hour.

use rust_decimal::Decimal;

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::node::{Node, Value};
use super::quantity;
use crate::simulation::ResourceUnit;

/// How prices are written in a pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tariff<'a> {
    pub(super) currency: &'a str,
    pub(super) unit: Option<Unit<'a>>,
    /// The other pool that is paid, where it is paid in another currency than this one.
    pub(super) seller: Option<&'a str>,
}

/// A pool's own unit of resource: CPU cycles, bandwidth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit<'a> {
    pub(super) name: &'a str,
    /// How much of it a slot gives in an hour; above zero.
    pub(super) per_slot_hour: Decimal,
}

impl<'a> From<&'a str> for Tariff<'a> {
    fn from(currency: &'a str) -> Self {
        Self { currency, unit: None, seller: None }
    }
}

impl Tariff<'_> {
    /// A price as it would be written.
    pub(super) fn example(self) -> String {
        format!("\"0.05 {}/h\"", self.currency)
    }
}

impl Unit<'_> {
    /// The unit as reports meter it.
    pub(super) fn resource(self) -> ResourceUnit {
        use rust_decimal::prelude::ToPrimitive;
        ResourceUnit { name: self.name.to_owned(), per_slot_hour: self.per_slot_hour.to_f64().unwrap_or(1.0) }
    }
}

/// Words that a price is per already.
const TIMES: [&str; 6] = ["h", "hour", "slot-h", "min", "m", "s"];

/// Reads `unit = { name = "GHz-h", per_slot_hour = 2.5 }` of a pool.
pub(super) fn unit<'a>(node: &'a Node, pool: &str, d: &mut Diagnostics) -> Option<Unit<'a>> {
    let mut table = Fields::new(node, format!("pool.{pool}.unit"), d);
    table.required("name", "\"GHz-h\"", d);
    let name = table.text("name", d).filter(|name| is_name(name, &table, d));
    let per_slot_hour = table.required("per_slot_hour", "2.5", d).and_then(|node| per_slot_hour(node, d));
    table.finish(d);
    Some(Unit { name: name?, per_slot_hour: per_slot_hour? })
}

fn is_name(name: &str, table: &Fields<'_>, d: &mut Diagnostics) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c == '-';
    let is_word = name.starts_with(char::is_alphabetic) && name.chars().all(plain);
    if !is_word || TIMES.contains(&name) {
        d.error(table.place_of("name"), format!("`{name}` cannot name a unit of resource"), "no such name")
            .help("use letters, digits and `-`, and no unit of time: \"GHz-h\", \"TB\"");
    }
    is_word && !TIMES.contains(&name)
}

fn per_slot_hour(node: &Node, d: &mut Diagnostics) -> Option<Decimal> {
    let amount = match &node.value {
        Value::Number(text) => quantity::number(text).ok(),
        _ => None,
    };
    let amount = amount.filter(|amount| (MOST_FINE..=MOST_COARSE).contains(amount));
    if amount.is_none() {
        let rule = format!("`per_slot_hour` must be a number from {MOST_FINE} to {MOST_COARSE}");
        fields::no_number(node, rule, d);
    }
    amount
}

const MOST_FINE: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
const MOST_COARSE: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

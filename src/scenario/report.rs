//! The `[report]` table: one currency for what is summed over pools of several.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::names::Names;
use super::node::{Node, Value};
use super::quantity::{self, QuantityError};
use super::source::At;
use crate::simulation::Conversion;

/// The rates by which a report turns the currencies of this model into one; `None` if none are stated, or faulty.
pub(super) fn conversion(root: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Option<Conversion> {
    let mut table = Fields::new(&root.get("report")?.node, "report", d);
    table.required("currency", "\"USD\"", d);
    let currency = table.text("currency", d);
    let stated = table.optional("rates");
    let at = stated.map_or(table.at(), |node| &node.at);
    table.finish(d);
    let rates = rates(stated, currency?, d)?;
    let rate = |name: &str| rate(name, currency?, &rates, at, d);
    let rates = names.currencies.iter().copied().map(rate).collect::<Option<_>>()?;
    Some(Conversion { currency: currency?.to_owned(), rates })
}

/// What one of each currency named is worth. An arm may have currencies that others have not.
fn rates<'a>(stated: Option<&'a Node>, currency: &str, d: &mut Diagnostics) -> Option<Vec<(&'a str, f64)>> {
    let Some(node) = stated else { return Some(Vec::new()) };
    Fields::new(node, "report.rates", d);
    let read = |entry: &'a super::node::Entry| {
        if entry.key == currency {
            d.error(&entry.at, format!("`{currency}` is the currency of the report itself"), "is worth 1")
                .help("leave it out");
            return None;
        }
        Some((entry.key.as_str(), worth(&entry.node, &entry.key, currency, d)?))
    };
    let read: Vec<_> = node.entries().iter().map(read).collect();
    let is_table = matches!(node.value, Value::Table(_));
    read.into_iter().collect::<Option<_>>().filter(|_| is_table)
}

fn worth(node: &Node, key: &str, currency: &str, d: &mut Diagnostics) -> Option<f64> {
    let parse = |text: &str| match quantity::money(text, currency) {
        Ok(money) if money.units() > 0 => Ok(money.as_currency()),
        Ok(_) => Err(format!("`{text}` is not above 0")),
        Err(QuantityError { message, .. }) => Err(message),
    };
    let help = format!("write what one of it is worth: {key} = \"0.01 {currency}\"");
    fields::quantity(node, key, d, |text| parse(text).map_err(|message| QuantityError { message, help: help.clone() }))
}

fn rate(name: &str, currency: &str, rates: &[(&str, f64)], at: &At, d: &mut Diagnostics) -> Option<f64> {
    if name == currency {
        return Some(1.0);
    }
    let found = rates.iter().find(|(known, _)| *known == name);
    if found.is_none() {
        d.error(at, format!("there is no rate for `{name}`, in which pools are priced"), "one is missing")
            .help(format!("add rates = {{ {name} = \"0.01 {currency}\" }}: currencies are never mixed silently"));
    }
    found.map(|(_, rate)| *rate)
}

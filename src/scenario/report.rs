//! The `[report]` table: what a report says beside the usual.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::names::Names;
use super::node::{Node, Value};
use super::quantity::{self, QuantityError};
use super::records;
use super::source::At;
use crate::simulation::{Conversion, Economics};

/// What a report says beside the usual.
#[derive(Default)]
pub(super) struct Report {
    /// How it sums over currencies; `None` if no currency is stated, or a rate is faulty.
    pub(super) conversion: Option<Conversion>,
    /// Measures that cost more than counting.
    pub(super) economics: Economics,
}

pub(super) fn report(root: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Report {
    let Some(entry) = root.get("report") else { return Report::default() };
    let mut table = Fields::new(&entry.node, "report", d);
    let economics = economics(&mut table, d);
    let asks_for_more = ["economics", "records", "record_replications"].iter().any(|key| table.has(key));
    // The same for all arms: they are read once more where the experiment is.
    let _ = records::read(&mut table, d);
    // Who asks for measures or records alone has nothing to say about currencies.
    if table.has("rates") || !asks_for_more {
        table.required("currency", "\"USD\"", d);
    }
    let conversion = conversion(&mut table, names, d);
    table.finish(d);
    Report { conversion, economics }
}

fn economics(table: &mut Fields<'_>, d: &mut Diagnostics) -> Economics {
    let none = Economics::default();
    let Some(node) = table.optional("economics").filter(|node| !node.is_word("none")) else { return none };
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`economics` is {}", node.kind()), "expected a list of measures")
            .help("write economics = [\"envy\", \"regret\", \"offline-optimum\"], or those of them that are wanted");
        return none;
    };
    let measures = [
        ("envy", Economics { envy: true, ..none }),
        ("regret", Economics { regret: true, ..none }),
        ("offline-optimum", Economics { offline_optimum: true, ..none }),
    ];
    let wanted = items.iter().filter_map(|item| fields::choose(item, "economics", &measures, d));
    wanted.fold(none, |all, one| Economics {
        envy: all.envy | one.envy,
        regret: all.regret | one.regret,
        offline_optimum: all.offline_optimum | one.offline_optimum,
    })
}

/// The rates by which a report turns the currencies of this model into one.
fn conversion(table: &mut Fields<'_>, names: &Names<'_>, d: &mut Diagnostics) -> Option<Conversion> {
    let currency = table.text("currency", d);
    let stated = table.optional("rates");
    let at = stated.map_or(table.at(), |node| &node.at);
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

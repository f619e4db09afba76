//! Slots that a pool takes from other pools.

use super::purchase;
use crate::market::{PoolId, SupplyLine};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};
use crate::scenario::suggestion::Unknown;
use crate::units::Price;

/// Each supplied slot is a request of its own.
pub(super) const MOST_SUPPLIED: u32 = 1_000_000;

pub(super) fn supply(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Vec<SupplyLine> {
    let path = format!("{}.supply", table.path());
    let Some(node) = table.optional("supply") else { return Vec::new() };
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`{path}` is {}", node.kind()), "expected a list of tables")
            .help("write supply = [{ from = \"POOL\", slots = 4, bid = \"0.03 USD/h\" }]");
        return Vec::new();
    };
    items.iter().filter_map(|item| supply_line(item, &path, index, names, d)).collect()
}

pub(in crate::scenario) fn supply_line(
    node: &Node,
    path: &str,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<SupplyLine> {
    let mut line = Fields::new(node, path, d);
    let from = line.required("from", "\"POOL\"", d).and_then(|node| pool_name(node, index, names, d));
    line.required("slots", "4", d);
    let slots = line.whole("slots", 1..=MOST_SUPPLIED, d);
    let Some(from) = from else {
        // In what it is paid is unknown, so that nothing can be said about these; they are known all the same.
        _ = (line.optional("bid"), line.optional("purchase"));
        line.finish(d);
        return None;
    };
    let tariff = names.tariff_of(from, index);
    let bid = if line.has("bid") { line.price("bid", tariff, d) } else { Some(Price::MAX) };
    let purchase = purchase::purchase(&mut line, tariff, d);
    line.finish(d);
    Some(SupplyLine { from, slots: slots?, bid: bid?, purchase: purchase.ok()? })
}

/// A pool that this one takes slots from.
pub(in crate::scenario) fn pool_name(
    node: &Node,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<PoolId> {
    let name = fields::text(node, "a pool's name", d)?;
    let Some(found) = names.pools.find(name) else {
        let unknown = Unknown { word: name, known: &names.pools, listed: "pools are" };
        d.unknown(&node.at, format!("there is no pool `{name}`"), "unknown pool", &unknown);
        return None;
    };
    if found == index {
        d.error(&node.at, "a pool cannot take slots from itself", "the same pool").help("name another pool");
        return None;
    }
    Some(PoolId(found as u32))
}

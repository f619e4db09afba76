//! `pool = ["spot", "on-demand"]`: the pools that a group asks, in order of preference.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::names::Names;
use super::node::{Node, Value};
use super::suggestion::Unknown;
use crate::market::PoolId;

/// The pool that a group asks, and those that serve it as well.
pub(super) fn pools(table: &mut Fields<'_>, names: &Names<'_>, d: &mut Diagnostics) -> Option<(PoolId, Vec<PoolId>)> {
    let node = table.required("pool", &format!("\"{}\"", names.pools.first().unwrap_or(&"POOL")), d)?;
    let Value::List(items) = &node.value else { return pool(node, names, d).map(|pool| (pool, Vec::new())) };
    if items.is_empty() {
        d.error(&node.at, "a group asks at least one pool", "an empty list").help("write pool = [\"POOL\", \"POOL\"]");
        return None;
    }
    let mut found: Vec<PoolId> = Vec::new();
    for item in items {
        let Some(pool) = pool(item, names, d) else { continue };
        match found.first() {
            _ if found.contains(&pool) => {
                d.error(&item.at, "a pool is asked once", "named before").help("leave it out");
            }
            Some(first) if !trades_alike(item, (*first, pool), names, d) => {}
            _ => found.push(pool),
        }
    }
    if found.len() < items.len() {
        return None;
    }
    let alternatives = found.split_off(1);
    Some((found[0], alternatives))
}

/// Have both pools one currency and one unit of resource, so that one bid and one value mean the same in both?
fn trades_alike(node: &Node, (first, other): (PoolId, PoolId), names: &Names<'_>, d: &mut Diagnostics) -> bool {
    let (a, b) = (names.tariff(first.index()), names.tariff(other.index()));
    let name = names.pools[other.index()];
    if a.currency != b.currency {
        let message = format!("pool `{name}` is priced in {}, the first of the list in {}", b.currency, a.currency);
        d.error(&node.at, message, "another currency").help("currencies are never mixed: ask pools of one `currency`");
        return false;
    }
    let unit = |unit: Option<super::tariff::Unit<'_>>| unit.map(|unit| (unit.name.to_owned(), unit.per_slot_hour));
    if unit(a.unit) != unit(b.unit) {
        let message = format!("pool `{name}` has another `unit` than the first of the list");
        d.error(&node.at, message, "another unit").help("give both pools the same `unit`, or none");
        return false;
    }
    true
}

fn pool(node: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Option<PoolId> {
    let name = fields::text(node, "pool", d)?;
    if let Some(index) = names.pools.find(name) {
        return Some(PoolId(index as u32));
    }
    if names.pools.is_empty() {
        return None; // which is reported as such
    }
    let unknown = Unknown { word: name, known: &names.pools, listed: "pools are" };
    d.unknown(&node.at, format!("there is no pool `{name}`"), "unknown pool", &unknown);
    None
}

//! The `[[event]]` tables: what owners do by hand at stated times.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::names::Names;
use super::node::{Node, Value};
use crate::market::PoolId;
use crate::simulation::OwnerStep;
use crate::units::SimTime;

/// The steps in order of time, each with its table; those of one instant stay in the order of the text.
pub(super) fn owner_steps<'a>(root: &'a Node, names: &Names<'_>, d: &mut Diagnostics) -> Vec<(OwnerStep, &'a Node)> {
    let Some(entry) = root.get("event") else { return Vec::new() };
    let Value::List(items) = &entry.node.value else {
        d.error(&entry.node.at, format!("`event` is {}", entry.node.kind()), "expected a list of tables")
            .help("write [[event]] and its keys below, once for each event");
        return Vec::new();
    };
    let mut steps: Vec<_> = items.iter().filter_map(|node| Some((owner_step(node, names, d)?, node))).collect();
    steps.sort_by_key(|(step, _)| step.at);
    steps
}

fn owner_step(node: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Option<OwnerStep> {
    let mut table = Fields::new(node, "event", d);
    table.optional("description");
    table.required("at", "\"4h\"", d);
    let at = table.duration("at", d);
    let pool = table.required("pool", &format!("\"{}\"", names.pools.first().unwrap_or(&"POOL")), d);
    let pool = pool.and_then(|node| pool_named(node, names, d));
    let price = table.required("minimum_price", "\"0.08 USD/h\"", d).zip(pool);
    let minimum = price.and_then(|(_, pool)| table.price("minimum_price", names.tariff(pool.index()), d));
    table.finish(d);
    Some(OwnerStep::minimum(SimTime::ZERO + at?, pool?, minimum?))
}

fn pool_named(node: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Option<PoolId> {
    let name = fields::text(node, "pool", d)?;
    let found = names.pools.iter().position(|pool| *pool == name);
    if found.is_none() && !names.pools.is_empty() {
        let diagnostic = d.error(&node.at, format!("there is no pool `{name}`"), "unknown pool");
        match fields::nearest(name, &names.pools) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("pools are: {}", names.pools.join(", "))),
        }
    }
    found.map(|index| PoolId(index as u32))
}

//! The `[type.NAME]` tables: kinds of instances.

use std::sync::Arc;

use super::unknown;
use crate::market::{InstanceType, Tenancy};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::node::{Entry, Node};

pub(super) fn types(root: &Node, d: &mut Diagnostics) -> Vec<Arc<InstanceType>> {
    root.section("type").iter().map(|entry| Arc::new(instance(entry, d))).collect()
}

/// What is faulty is taken to be as usual: a pool that states the type is not told that there is none.
fn instance(entry: &Entry, d: &mut Diagnostics) -> InstanceType {
    let mut table = Fields::new(&entry.node, format!("type.{}", entry.key), d);
    table.optional("description");
    let size = table.or("size", 1, |table, key| table.whole(key, 1..=1_000_000, d));
    let platform = table.or("platform", String::new(), |table, key| table.text(key, d).map(str::to_owned));
    let tenancies = [("shared", Tenancy::Shared), ("dedicated", Tenancy::Dedicated)];
    let tenancy = table.or("tenancy", Tenancy::Shared, |table, key| table.choice(key, &tenancies, d));
    table.finish(d);
    InstanceType {
        name: entry.key.clone(),
        size: size.unwrap_or(1),
        platform: platform.unwrap_or_default(),
        tenancy: tenancy.unwrap_or(Tenancy::Shared),
    }
}

/// The type that a pool states.
pub(super) fn of_pool(node: &Node, types: &[Arc<InstanceType>], d: &mut Diagnostics) -> Option<Arc<InstanceType>> {
    let node = &node.get("type")?.node;
    let name = fields::text(node, "type", d)?;
    let found = types.iter().find(|known| known.name == name);
    if found.is_none() {
        let known: Vec<&str> = types.iter().map(|known| known.name.as_str()).collect();
        unknown(node, "type", name, &known, d);
    }
    found.cloned()
}

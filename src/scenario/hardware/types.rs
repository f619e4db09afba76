//! The `[type.NAME]` tables: kinds of instances.

use std::sync::Arc;

use super::unknown;
use crate::market::{InstanceType, Tenancy};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::node::{Entry, Node};
use crate::scenario::pools;
use crate::units::Speed;

/// A kind of instance.
#[derive(Clone)]
pub(super) struct Kind {
    pub(super) instance: Arc<InstanceType>,
    /// Of pools of this kind that state none.
    pub(super) speed: Speed,
}

pub(super) fn types(root: &Node, d: &mut Diagnostics) -> Vec<Kind> {
    root.section("type").iter().map(|entry| kind(entry, d)).collect()
}

/// What is faulty is taken to be as usual: a pool that states the type is not told that there is none.
fn kind(entry: &Entry, d: &mut Diagnostics) -> Kind {
    let mut table = Fields::new(&entry.node, format!("type.{}", entry.key), d);
    table.optional("description");
    let size = table.or("size", 1, |table, key| table.whole(key, 1..=1_000_000, d));
    let platform = table.or("platform", String::new(), |table, key| table.text(key, d).map(str::to_owned));
    let tenancies = [("shared", Tenancy::Shared), ("dedicated", Tenancy::Dedicated)];
    let tenancy = table.or("tenancy", Tenancy::Shared, |table, key| table.choice(key, &tenancies, d));
    let speed = pools::speed(&mut table, d);
    table.finish(d);
    let instance = InstanceType {
        name: entry.key.clone(),
        size: size.unwrap_or(1),
        platform: platform.unwrap_or_default(),
        tenancy: tenancy.unwrap_or(Tenancy::Shared),
    };
    Kind { instance: Arc::new(instance), speed: speed.unwrap_or(Speed::ONE) }
}

/// The type that a pool states.
pub(super) fn of_pool<'a>(node: &Node, types: &'a [Kind], d: &mut Diagnostics) -> Option<&'a Kind> {
    let node = &node.get("type")?.node;
    let name = fields::text(node, "type", d)?;
    let found = types.iter().find(|known| known.instance.name == name);
    if found.is_none() {
        let known: Vec<&str> = types.iter().map(|known| known.instance.name.as_str()).collect();
        unknown(node, "type", name, &known, d);
    }
    found
}

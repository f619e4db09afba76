//! The provider's hardware, and which pools and requests stand where on it.
//!
//! Zones, types and faults have tables of their own. What pools and groups say about their places is read here as well,
//! once all of them are known: a pool that is supplied by placed pools is placed by that.

mod claims;
mod faults;
mod placement;
mod trace;
mod types;
mod wishes;
mod zones;

pub(super) use faults::faults;
pub(super) use trace::Traces;
pub(super) use wishes::wishes;
pub(super) use zones::Ground;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::diagnostic::Diagnostics;
use super::names::Names;
use super::node::{Entry, Node};
use super::pools::ReadPool;
use super::suggestion::Unknown;
use crate::market::{PlacementRules, Pricing};

/// Keys of a pool that are read here.
pub(super) const POOL_KEYS: [&str; 5] = ["placed", "placement", "near", "zone_choice", "type"];
/// Keys of a group that are read here.
pub(super) const GROUP_KEYS: [&str; 5] = ["zone", "zones", "region", "regions", "placement"];

/// Gives the pools the types that they state, and the speed of these to those that state none.
pub(super) fn instances(root: &Node, pools: &mut [Option<ReadPool<'_>>], d: &mut Diagnostics) {
    let types = types::types(root, d);
    for (entry, read) in root.section("pool").iter().zip(pools) {
        let (Some(kind), Some(read)) = (types::of_pool(&entry.node, &types, d), read) else { continue };
        read.rules.instance = Some(Arc::clone(&kind.instance));
        if entry.node.get("speed").is_none() {
            read.rules.speed = kind.speed;
        }
    }
}

/// Gives the pools their places. `None` without hardware.
pub(super) fn place<'a>(
    root: &'a Node,
    names: &Names<'_>,
    pools: &mut [ReadPool<'_>],
    d: &mut Diagnostics,
) -> Option<Ground<'a>> {
    let ground = zones::ground(root, d);
    let mut claims = ground.as_ref().map(claims::Claims::new);
    let tables = root.section("pool");
    for (entry, read) in tables.iter().zip(pools.iter_mut()) {
        let Some(placed) = entry.node.get("placed") else { continue };
        read.rules.placement = Some(PlacementRules::new(Arc::new([])));
        match &mut claims {
            Some(claims) => claims.claim(entry, &placed.node, &mut read.rules, d),
            None if !root.section("zone").is_empty() => {} // which was reported
            None => {
                d.error(&placed.at, "there is no hardware to place a pool on", "no `[zone.NAME]` in this file")
                    .help("add a table such as [zone.a] with hosts = 10 and slots = 8");
            }
        }
    }
    for (index, entry) in tables.iter().enumerate() {
        let is_placed = is_placed(pools, index);
        let rules = &mut pools[index].rules;
        if is_placed {
            let empty = || PlacementRules::new(Arc::new([]));
            placement::of_pool(&entry.node, rules.placement.get_or_insert_with(empty), d);
            check_pricing(entry, &rules.pricing, d);
        } else {
            unplaced(entry, names.pools[index], d);
        }
    }
    ground
}

/// Does the pool have slots with a place, its own or from the pools that supply it?
pub(super) fn is_placed(pools: &[ReadPool<'_>], index: usize) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![index]);
    while let Some(index) = open.pop() {
        if !seen.insert(index) {
            continue;
        }
        let rules = &pools[index].rules;
        if rules.placement.is_some() {
            return true;
        }
        open.extend(rules.supply.iter().map(|line| line.from.index()));
    }
    false
}

fn check_pricing(entry: &Entry, pricing: &Pricing, d: &mut Diagnostics) {
    if matches!(pricing, Pricing::Proportional) {
        let message = format!("pool `{}` shares its slots out: nobody holds a slot of its own there", entry.key);
        d.error(entry.node.place(&["pricing"]), message, "cannot be placed")
            .help("choose another method, or leave the pool without a place");
    }
}

fn unplaced(entry: &Entry, name: &str, d: &mut Diagnostics) {
    for key in ["placement", "near", "zone_choice"] {
        if let Some(stated) = entry.node.get(key) {
            d.error(&stated.at, format!("pool `{name}` has no place on any hardware"), "nothing to place")
                .help("add placed = { zones = [\"NAME\"] }, or supply it out of placed pools");
        }
    }
}

/// Reports a name that nothing has.
fn unknown(node: &Node, kind: &str, name: &str, known: &[&str], d: &mut Diagnostics) {
    let (message, label) = (format!("there is no {kind} `{name}`"), format!("unknown {kind}"));
    if known.is_empty() {
        d.error(&node.at, message, label).help(format!("add a table for it, such as [{kind}.{name}]"));
    } else {
        d.unknown(&node.at, message, label, &Unknown { word: name, known, listed: "there are" });
    }
}

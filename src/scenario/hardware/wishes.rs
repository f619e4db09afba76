//! What the requests of a group ask of their place.

use super::zones::Ground;
use super::{is_placed, placement};
use crate::market::{PlaceWish, PoolId, Pricing};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::node::{Entry, Node};
use crate::scenario::pools::ReadPool;

/// By group; empty if none asks anything. `homes` are the pools that they ask.
pub(in crate::scenario) fn wishes(
    root: &Node,
    ground: Option<&Ground<'_>>,
    (pools, homes): (&[ReadPool<'_>], &[PoolId]),
    d: &mut Diagnostics,
) -> Vec<PlaceWish> {
    let groups = root.section("group").iter().zip(homes);
    let wishes: Vec<PlaceWish> = groups.map(|(entry, home)| wish(entry, ground, pools, *home, d)).collect();
    if wishes.iter().all(|wish| *wish == PlaceWish::default()) { Vec::new() } else { wishes }
}

fn wish(
    entry: &Entry,
    ground: Option<&Ground<'_>>,
    pools: &[ReadPool<'_>],
    home: PoolId,
    d: &mut Diagnostics,
) -> PlaceWish {
    let stated = super::GROUP_KEYS.iter().find_map(|key| entry.node.get(key));
    let Some(stated) = stated else { return PlaceWish::default() };
    if !is_placed(pools, home.index()) {
        let message = format!("the pool that group `{}` asks has no place on any hardware", entry.key);
        d.error(&stated.at, message, "nothing to place").help("place the pool, or the pools that supply it");
        return PlaceWish::default();
    }
    let Some(ground) = ground else { return PlaceWish::default() };
    let zone = entry.node.get("zone").and_then(|zone| ground.zone(&zone.node, d));
    let region = entry.node.get("region").and_then(|region| ground.region(&region.node, d));
    if let (Some(zone), Some(region)) = (zone, region)
        && !ground.hardware.parts_of(region, zone.level).contains(&zone.number)
    {
        d.error(entry.node.place(&["zone"]), "this zone does not lie in that region", "in another region")
            .help("state one of the two: a zone lies in one region anyway");
    }
    let demand = entry.node.get("zone").or_else(|| entry.node.get("region"));
    if let (Some(demand), Pricing::Auction(_)) = (demand, &pools[home.index()].rules.pricing) {
        d.error(&demand.at, "an auction sells slots by number: it serves no demand for a zone", "no demand")
            .help("give the zone a pool of its own");
    }
    let weights = entry.node.get("placement").and_then(|entry| placement::weights(&entry.node, d));
    PlaceWish { on: zone.or(region), weights }
}

//! What the requests of a group ask of their place.

use super::zones::Ground;
use super::{is_placed, placement};
use crate::market::{Component, Level, PlaceWish, PoolId, Pricing};
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
    let zones = demanded(entry, ground, Level::Zone, d);
    let regions = demanded(entry, ground, Level::Region, d);
    check_regions(entry, ground, (&zones, &regions), d);
    let demand = super::GROUP_KEYS[..4].iter().find_map(|key| entry.node.get(key));
    if let (Some(demand), Pricing::Auction(_)) = (demand, &pools[home.index()].rules.pricing) {
        d.error(&demand.at, "an auction sells slots by number: it serves no demand for a zone", "no demand")
            .help("give the zone a pool of its own");
    }
    let weights = entry.node.get("placement").and_then(|entry| placement::weights(&entry.node, d));
    PlaceWish { on: if zones.is_empty() { regions } else { zones }.into(), weights }
}

/// The zones or regions that a group demands: a single one, or a list in the order in which they are tried.
fn demanded(entry: &Entry, ground: &Ground<'_>, level: Level, d: &mut Diagnostics) -> Vec<Component> {
    let [one, many] = if level == Level::Region { ["region", "regions"] } else { ["zone", "zones"] };
    match (entry.node.get(one), entry.node.get(many)) {
        (Some(_), Some(stated)) => {
            d.error(&stated.at, format!("`{one}` is stated as well"), "demanded twice")
                .help(format!("leave `{one}` out: the first of `{many}` is tried first"));
            Vec::new()
        }
        (Some(stated), None) => ground.named(level, &stated.node, d).into_iter().collect(),
        (None, Some(stated)) => ground.list(level, &stated.node, d).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}

/// Whoever states both means zones of those regions.
fn check_regions(
    entry: &Entry,
    ground: &Ground<'_>,
    (zones, regions): (&[Component], &[Component]),
    d: &mut Diagnostics,
) {
    let lies_in =
        |zone: &Component, region: &Component| ground.hardware.parts_of(*region, zone.level).contains(&zone.number);
    let lies_outside = |zone: &Component| !regions.iter().any(|region| lies_in(zone, region));
    if !regions.is_empty() && zones.iter().any(lies_outside) {
        let key = if entry.node.get("zone").is_some() { "zone" } else { "zones" };
        d.error(entry.node.place(&[key]), "this zone does not lie in that region", "in another region")
            .help("state one of the two: a zone lies in one region anyway");
    }
}

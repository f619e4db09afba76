//! The `[zone.NAME]` tables.

use std::sync::Arc;

use super::unknown;
use crate::market::{Component, Hardware, HardwareBuilder, Level, ZoneLayout};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::node::{Entry, Node, Value};

/// Slots of all zones together: each is kept, in every replication that is under way.
const MOST_SLOTS: u64 = 1_000_000;

/// The hardware and its names.
pub(in crate::scenario) struct Ground<'a> {
    pub(in crate::scenario) hardware: Arc<Hardware>,
    /// In the order of the hardware: region by region, as their first zones come in the file.
    pub(in crate::scenario) zones: Vec<&'a str>,
    pub(in crate::scenario) regions: Vec<&'a str>,
}

impl Ground<'_> {
    /// The zone of this name, or a report that there is none.
    pub(super) fn zone(&self, node: &Node, d: &mut Diagnostics) -> Option<Component> {
        self.named(Level::Zone, node, d)
    }

    /// The same of a zone or a region, as `level` says.
    pub(super) fn named(&self, level: Level, node: &Node, d: &mut Diagnostics) -> Option<Component> {
        let (kind, known) = if level == Level::Region { ("region", &self.regions) } else { ("zone", &self.zones) };
        let name = fields::text(node, kind, d)?;
        let found = known.iter().position(|known| *known == name);
        if found.is_none() {
            unknown(node, kind, name, known, d);
        }
        found.map(|number| Component { level, number: number as u32 })
    }

    /// Several of them, each once, in the order in which they are stated.
    pub(super) fn list(&self, level: Level, node: &Node, d: &mut Diagnostics) -> Option<Vec<Component>> {
        let key = if level == Level::Region { "regions" } else { "zones" };
        let Value::List(items) = &node.value else {
            d.error(&node.at, format!("`{key}` is {}", node.kind()), format!("expected a list of {key}"))
                .help(format!("write {key} = [\"a\", \"b\"]"));
            return None;
        };
        let found: Vec<Component> = items.iter().filter_map(|item| self.named(level, item, d)).collect();
        if found.len() < items.len() {
            return None; // which was reported
        }
        if found.is_empty() || (1..found.len()).any(|index| found[..index].contains(&found[index])) {
            d.error(&node.at, format!("`{key}` names at least one, and each of them once"), "not such a list")
                .help(format!("leave `{key}` out where all will do"));
            return None;
        }
        Some(found)
    }
}

/// All zones; none without such tables, or with faults in them.
pub(super) fn ground<'a>(root: &'a Node, d: &mut Diagnostics) -> Option<Ground<'a>> {
    let tables = root.section("zone");
    let read: Vec<_> = tables.iter().filter_map(|entry| Some((entry, zone(entry, d)?))).collect();
    if tables.is_empty() || read.len() < tables.len() {
        return None;
    }
    let slots: u64 = read.iter().map(|(_, (_, layout))| layout.slot_count()).fold(0, u64::saturating_add);
    if slots > MOST_SLOTS {
        let at = &root.get("zone")?.node.at;
        d.error(at, format!("there are {slots} slots in all zones"), "too many")
            .help(format!("at most {MOST_SLOTS}: lower `hosts` or `slots`"));
        return None;
    }
    let mut regions: Vec<&str> = Vec::new();
    for (_, (region, _)) in &read {
        if !regions.contains(region) {
            regions.push(region);
        }
    }
    let mut builder = HardwareBuilder::default();
    let mut zones = Vec::new();
    for region in &regions {
        builder.begin(Level::Region);
        for (entry, (_, layout)) in read.iter().filter(|(_, (of, _))| of == region) {
            builder.zone(layout);
            zones.push(entry.key.as_str());
        }
    }
    Some(Ground { hardware: Arc::new(builder.build()), zones, regions })
}

fn zone<'a>(entry: &'a Entry, d: &mut Diagnostics) -> Option<(&'a str, ZoneLayout)> {
    let mut table = Fields::new(&entry.node, format!("zone.{}", entry.key), d);
    table.optional("description");
    let region = table.or("region", "default", |table, key| table.text(key, d));
    let isolation_zones = part(&mut table, "isolation_zones", d);
    let routers = part(&mut table, "routers", d);
    let power_supplies = part(&mut table, "power_supplies", d);
    table.required("hosts", "10", d);
    let hosts = table.whole("hosts", 1..=1_000_000, d);
    table.required("slots", "8", d);
    let slots = table.whole("slots", 1..=1_000_000, d);
    table.finish(d);
    let layout = ZoneLayout {
        isolation_zones: isolation_zones?,
        routers: routers?,
        power_supplies: power_supplies?,
        hosts: hosts?,
        slots: slots?,
    };
    Some((region?, layout))
}

/// A number of parts, 1 where it is not stated.
fn part(table: &mut Fields<'_>, key: &'static str, d: &mut Diagnostics) -> Option<u32> {
    table.or(key, 1, |table, key| table.whole(key, 1..=1_000_000, d))
}

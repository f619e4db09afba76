//! Which slots are whose: each pool takes the next free ones of its zones, in the order of the file.

use super::zones::Ground;
use crate::market::{Component, Level, PlacementRules, PoolRules, SlotId, Slots, Tenancy};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::node::{Entry, Node};

/// The zones, and how far they are given away.
pub(super) struct Claims<'a> {
    ground: &'a Ground<'a>,
    /// By zone: the first slot that nobody has.
    next: Vec<u32>,
}

/// What a pool puts on the hardware: how many slots an instance takes, and whether it wants a host for itself.
#[derive(Clone, Copy)]
struct Shape {
    size: u32,
    tenancy: Tenancy,
}

impl<'a> Claims<'a> {
    pub(super) fn new(ground: &'a Ground<'a>) -> Self {
        let zones = ground.hardware.components(Level::Zone);
        Self { ground, next: zones.map(|zone| ground.hardware.slots_of(zone).start).collect() }
    }

    /// Reads `placed` of a pool and gives it its slots.
    pub(super) fn claim(&mut self, entry: &Entry, node: &Node, rules: &mut PoolRules, d: &mut Diagnostics) {
        if let Some(slots) = entry.node.get("slots") {
            d.error(&slots.at, "a placed pool has the slots of its places", "given twice")
                .help("leave `slots` out here, and state them per zone: placed = { zones = [\"a\"], slots = 20 }");
        }
        let mut table = Fields::new(node, format!("pool.{}.placed", entry.key), d);
        let zones = match table.optional("zones") {
            None => Some(self.ground.hardware.components(Level::Zone).collect()),
            Some(node) => self.ground.list(Level::Zone, node, d).map(|mut zones| {
                zones.sort_unstable(); // into the order of the hardware
                zones
            }),
        };
        let each = table.stated("slots", |node| crate::scenario::fields::whole(node, "slots", &(1..=1_000_000), d));
        table.finish(d);
        let (Some(zones), Ok(each)) = (zones, each) else { return };
        let shape = rules.instance.as_ref().map_or(Shape { size: 1, tenancy: Tenancy::Shared }, |instance| Shape {
            size: instance.size,
            tenancy: instance.tenancy,
        });
        let mut slots = Vec::new();
        for zone in zones {
            slots.extend(self.take(entry, node, zone, shape, each, d));
        }
        if slots.is_empty() {
            return; // which was reported
        }
        rules.slots = Slots::Count(slots.len() as u32);
        rules.placement = Some(PlacementRules { width: shape.size, ..PlacementRules::new(slots.into()) });
    }

    /// The next slots of a zone: so many, or all that are left.
    fn take(
        &mut self,
        entry: &Entry,
        node: &Node,
        zone: Component,
        shape: Shape,
        count: Option<u32>,
        d: &mut Diagnostics,
    ) -> Vec<SlotId> {
        let hardware = &self.ground.hardware;
        let end = hardware.slots_of(zone).end;
        let next = &mut self.next[zone.number as usize];
        let mut taken = Vec::new();
        while *next < end && count.is_none_or(|count| taken.len() < count as usize) {
            let host = hardware.slots_of(hardware.component_of(SlotId(*next), Level::Host));
            let wants_all = shape.tenancy == Tenancy::Dedicated;
            if host.end - *next < shape.size || (wants_all && *next != host.start) {
                *next = host.end; // what is left of this host is too little
                continue;
            }
            taken.push(SlotId(*next));
            *next = if wants_all { host.end } else { *next + shape.size };
        }
        if taken.len() < count.unwrap_or(1) as usize {
            let zone = self.ground.zones[zone.number as usize];
            let what = match (shape.size, shape.tenancy) {
                (1, Tenancy::Shared) => "slots".to_owned(),
                (size, Tenancy::Shared) => format!("instances of {size} slots"),
                (size, Tenancy::Dedicated) => format!("hosts for an instance of {size} slots each"),
            };
            let message = format!("zone `{zone}` has {} {what} left for pool `{}`", taken.len(), entry.key);
            d.error(&node.at, message, "too few").help("add hosts to the zone, or place fewer slots there");
            return Vec::new();
        }
        taken
    }
}

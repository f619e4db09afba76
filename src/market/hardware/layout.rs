//! How hardware is put together.

use super::{Hardware, LEVELS, Level};

/// An availability zone in which every component has as many parts as the others of its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneLayout {
    /// Isolation zones of the zone.
    pub isolation_zones: u32,
    /// Routers of each isolation zone.
    pub routers: u32,
    /// Power supplies under each router.
    pub power_supplies: u32,
    /// Hosts on each power supply.
    pub hosts: u32,
    /// Slots of each host.
    pub slots: u32,
}

impl ZoneLayout {
    /// Slots of the zone.
    #[must_use]
    pub fn slot_count(&self) -> u64 {
        let parts = [self.routers, self.power_supplies, self.hosts, self.slots];
        parts.iter().fold(u64::from(self.isolation_zones), |all, part| all.saturating_mul(u64::from(*part)))
    }
}

/// Builds hardware from the outside in: each component belongs to the one of the level above that was begun last.
#[derive(Clone, Debug, Default)]
pub struct HardwareBuilder {
    slots: [Vec<u32>; LEVELS],
    children: [Vec<u32>; LEVELS - 1],
    parents: [Vec<u32>; LEVELS - 1],
    host_of: Vec<u32>,
}

impl HardwareBuilder {
    /// Begins a component.
    ///
    /// # Panics
    /// If nothing of the level above was begun.
    pub fn begin(&mut self, level: Level) -> &mut Self {
        let depth = level as usize;
        self.slots[depth].push(self.host_of.len() as u32);
        if depth > 0 {
            let above =
                self.slots[depth - 1].len().checked_sub(1).expect("a component stands on one of the level above");
            self.parents[depth - 1].push(above as u32);
        }
        if depth < LEVELS - 1 {
            self.children[depth].push(self.slots[depth + 1].len() as u32);
        }
        self
    }

    /// Adds a host with so many slots.
    pub fn host(&mut self, slots: u32) -> &mut Self {
        self.begin(Level::Host);
        let host = self.slots[Level::Host as usize].len() as u32 - 1;
        self.host_of.resize(self.host_of.len() + slots as usize, host);
        self
    }

    /// Adds a zone to the region that was begun last.
    pub fn zone(&mut self, layout: &ZoneLayout) -> &mut Self {
        self.begin(Level::Zone);
        for _ in 0..layout.isolation_zones {
            self.begin(Level::IsolationZone);
            for _ in 0..layout.routers {
                self.begin(Level::Router);
                for _ in 0..layout.power_supplies {
                    self.begin(Level::PowerSupply);
                    (0..layout.hosts).for_each(|_| _ = self.host(layout.slots));
                }
            }
        }
        self
    }

    /// The hardware so far.
    #[must_use]
    pub fn build(&self) -> Hardware {
        let Self { mut slots, mut children, parents, host_of } = self.clone();
        for (depth, children) in children.iter_mut().enumerate() {
            children.push(slots[depth + 1].len() as u32);
        }
        slots.iter_mut().for_each(|starts| starts.push(host_of.len() as u32));
        Hardware { slots, children, host_of, parents }
    }
}

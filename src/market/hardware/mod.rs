//! The provider's hardware: region > availability zone > isolation zone > router > power supply > host > slots.
//!
//! Slots are numbered in the order of the tree, so that every component is a contiguous range of slot numbers. What
//! stands on a component, where it lies and what fails with it are then questions about ranges.

mod distance;
mod layout;
mod related;
mod search;
mod service;
#[cfg(test)]
mod tests;

pub use distance::Weights;
pub use layout::{HardwareBuilder, ZoneLayout};
pub(super) use related::Related;
pub(super) use search::{Search, first_in};
pub(super) use service::Service;

use std::ops::Range;

/// A slot of the provider's hardware, numbered in the order of the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u32);

/// A kind of component, from the outermost in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A region.
    Region,
    /// An availability zone of a region.
    Zone,
    /// An isolation zone of an availability zone.
    IsolationZone,
    /// A router of an isolation zone.
    Router,
    /// A power supply under a router.
    PowerSupply,
    /// A host on a power supply.
    Host,
}

/// Number of levels.
pub const LEVELS: usize = 6;

impl Level {
    /// All levels, from the outermost in.
    pub const ALL: [Self; LEVELS] =
        [Self::Region, Self::Zone, Self::IsolationZone, Self::Router, Self::PowerSupply, Self::Host];
}

/// A component: its level, and its number among all components of that level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Component {
    /// Its level.
    pub level: Level,
    /// Its number, in the order of the tree.
    pub number: u32,
}

/// The tree of components. It does not change; what fails is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// By level: the first slot of each component, and one past the last slot.
    slots: [Vec<u32>; LEVELS],
    /// By level but the last: the first child of each component, and one past the last child.
    children: [Vec<u32>; LEVELS - 1],
    /// By slot.
    host_of: Vec<u32>,
    /// By level but the first: the component above.
    parents: [Vec<u32>; LEVELS - 1],
}

impl Hardware {
    /// Number of slots.
    #[must_use]
    pub fn slot_count(&self) -> u32 {
        self.host_of.len() as u32
    }

    /// Number of components of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> u32 {
        self.slots[level as usize].len() as u32 - 1
    }

    /// All components of a level, in order.
    pub fn components(&self, level: Level) -> impl Iterator<Item = Component> + use<> {
        (0..self.count(level)).map(move |number| Component { level, number })
    }

    /// The slots that stand on `component`.
    ///
    /// # Panics
    /// If there is no such component.
    #[must_use]
    pub fn slots_of(&self, component: Component) -> Range<u32> {
        let starts = &self.slots[component.level as usize];
        starts[component.number as usize]..starts[component.number as usize + 1]
    }

    /// The components of a level that are part of `component`; those of its own level are itself.
    ///
    /// # Panics
    /// If the level lies above the component's own, or there is no such component.
    #[must_use]
    pub fn parts_of(&self, component: Component, level: Level) -> Range<u32> {
        assert!(level >= component.level, "a component has no parts above itself");
        let mut parts = component.number..component.number + 1;
        for children in &self.children[component.level as usize..level as usize] {
            parts = children[parts.start as usize]..children[parts.end as usize];
        }
        parts
    }

    /// The component of a level on which `slot` stands.
    ///
    /// # Panics
    /// If there is no such slot.
    #[must_use]
    pub fn component_of(&self, slot: SlotId, level: Level) -> Component {
        let mut number = self.host_of[slot.0 as usize];
        for parents in self.parents[level as usize..].iter().rev() {
            number = parents[number as usize];
        }
        Component { level, number }
    }

    /// The components on which `slot` stands, from the outermost in.
    pub(super) fn path(&self, slot: SlotId) -> [u32; LEVELS] {
        let mut path = [self.host_of[slot.0 as usize]; LEVELS];
        for level in (0..LEVELS - 1).rev() {
            path[level] = self.parents[level][path[level + 1] as usize];
        }
        path
    }
}

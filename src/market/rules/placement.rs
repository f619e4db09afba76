//! Where a pool's slots stand, and which of them a request is given.

use std::sync::Arc;

use crate::market::hardware::{Component, SlotId, Weights};

/// The hardware of a pool, and how requests are placed on it.
///
/// A pool that takes its slots from placed pools needs none of its own: it has the very slots that it holds there.
#[derive(Clone, Debug)]
pub struct PlacementRules {
    /// The pool's own slots, ascending; as many as its rules say it has.
    pub slots: Arc<[SlotId]>,
    /// Slots of the hardware behind each of them, counted from it on, on the same host. 1 but for large instances.
    pub width: u32,
    /// What is near, for requests that say nothing else.
    pub weights: Weights,
    /// To what.
    pub near: Near,
    /// In which zone.
    pub zone: ZoneChoice,
}

impl PlacementRules {
    /// In the first zone that has room, as near to each other as can be, on these slots.
    #[must_use]
    pub fn new(slots: Arc<[SlotId]>) -> Self {
        Self { slots, width: 1, weights: Weights::CLUSTER, near: Near::Request, zone: ZoneChoice::First }
    }
}

/// Near to what, or far from what, a request is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near {
    /// To its own slots.
    Request,
    /// To its own slots and all others that its member holds in this pool.
    Member,
}

/// The zone is chosen before the slots are: one that has room for the whole request. Where none has, the slots of all
/// zones are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneChoice {
    /// The first in the order of the hardware.
    First,
    /// Where the smallest part of the pool's slots in service is held; the first of equals.
    LeastLoaded,
    /// None: the slots of all zones are compared by distance.
    ByDistance,
}

/// What a single request asks of its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceWish {
    /// Only slots on one of these components will do: on the first that has room for the whole request. None are stated:
    /// any slots will do.
    pub on: Arc<[Component]>,
    /// What is near, instead of what the pool says.
    pub weights: Option<Weights>,
}

/// A kind of instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name.
    pub name: String,
    /// Slots of the hardware that one takes.
    pub size: u32,
    /// Operating system or processor, as its owner calls it.
    pub platform: String,
    /// With whom it shares a host.
    pub tenancy: Tenancy,
}

/// With whom an instance shares its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// With whoever is placed there.
    Shared,
    /// With nobody.
    Dedicated,
}

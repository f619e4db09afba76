//! Zones and placed pools over time: what is in service, what is held, how evenly.

use super::model::Model;
use crate::market::{Component, Hardware, Level, PoolRules, Slots, ZoneLevel};
use crate::units::{SimTime, product};

/// Everything that is measured of the hardware.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HardwareMeter {
    /// By zone.
    pub(super) zones: Vec<ZoneMeter>,
    /// By pool: its own slots in service.
    pub(super) pools: Vec<ServiceMeter>,
    /// ∫ (the highest part of a zone's slots in service that is held - the lowest) dt, in ticks.
    pub(super) imbalance: f64,
    difference: f64,
    since: SimTime,
}

/// The slots of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ZoneMeter {
    pub(super) level: ZoneLevel,
    since: SimTime,
    /// ∫ slots held dt.
    pub(super) held: i128,
    /// ∫ slots in service dt.
    pub(super) in_service: i128,
    /// Do customers' own pools stand there, and none of the provider's?
    is_customers: bool,
}

/// The own slots of one pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ServiceMeter {
    slots: u32,
    since: SimTime,
    /// ∫ slots in service dt.
    pub(super) in_service: i128,
}

impl HardwareMeter {
    pub(super) fn new(model: &Model) -> Option<Self> {
        let hardware = &model.hardware.as_ref()?.hardware;
        let zone = |zone: Component| {
            let slots = hardware.slots_of(zone).len() as u32;
            let level = ZoneLevel { slots, in_service: slots, held: 0 };
            ZoneMeter { level, is_customers: is_customers(model, hardware, zone), ..ZoneMeter::default() }
        };
        let pool = |slots| ServiceMeter { slots, ..ServiceMeter::default() };
        let pools = model.pools.iter().map(|read| match read.rules.slots {
            Slots::Count(slots) if read.rules.placement.is_some() => pool(slots),
            _ => pool(0),
        });
        Some(Self {
            zones: hardware.components(Level::Zone).map(zone).collect(),
            pools: pools.collect(),
            ..Self::default()
        })
    }

    pub(super) fn zone(&mut self, now: SimTime, zone: u32, level: &ZoneLevel) {
        let meter = &mut self.zones[zone as usize];
        meter.advance(now);
        meter.level = *level;
        self.balance(now);
    }

    pub(super) fn in_service(&mut self, now: SimTime, pool: usize, slots: u32) {
        self.pools[pool].advance(now);
        self.pools[pool].slots = slots;
    }

    /// The zones among which the provider balances.
    pub(super) fn of_provider(&self) -> impl Iterator<Item = &ZoneMeter> {
        self.zones.iter().filter(|zone| !zone.is_customers)
    }

    /// Adds the difference that was in force, and takes up a new one. A zone with nothing in service has no part in it.
    fn balance(&mut self, now: SimTime) {
        self.imbalance += self.difference * (now - self.since).ticks() as f64;
        self.since = now;
        let up = self.of_provider().map(|zone| zone.level).filter(|level| level.in_service > 0);
        let parts = up.map(|level| f64::from(level.held) / f64::from(level.in_service));
        let (lowest, highest) = parts.fold((f64::INFINITY, 0.0), |(low, high), part| (part.min(low), part.max(high)));
        self.difference = f64::max(highest - lowest, 0.0);
    }

    pub(super) fn advance(&mut self, now: SimTime) {
        self.zones.iter_mut().for_each(|zone| zone.advance(now));
        self.pools.iter_mut().for_each(|pool| pool.advance(now));
        self.balance(now);
    }

    /// The window begins: only the levels stay.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.advance(now);
        self.imbalance = 0.0;
        self.zones.iter_mut().for_each(|zone| (zone.held, zone.in_service) = (0, 0));
        self.pools.iter_mut().for_each(|pool| pool.in_service = 0);
    }
}

/// Do pools of customers stand in a zone, and none of the provider's?
fn is_customers(model: &Model, hardware: &Hardware, zone: Component) -> bool {
    let slots = hardware.slots_of(zone);
    let stands_here = |rules: &&PoolRules| {
        rules.placement.iter().flat_map(|placement| placement.slots.iter()).any(|slot| slots.contains(&slot.0))
    };
    let mut owners = model.pools.iter().map(|pool| &pool.rules).filter(stands_here).map(|rules| rules.owner).peekable();
    owners.peek().is_some() && owners.all(|owner| owner.index() != 0)
}

impl ZoneMeter {
    fn advance(&mut self, now: SimTime) {
        let ticks = (now - self.since).ticks();
        self.since = now;
        self.held += product(i64::from(self.level.held), ticks);
        self.in_service += product(i64::from(self.level.in_service), ticks);
    }
}

impl ServiceMeter {
    fn advance(&mut self, now: SimTime) {
        self.in_service += product(i64::from(self.slots), (now - self.since).ticks());
        self.since = now;
    }
}

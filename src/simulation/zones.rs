//! Zones and placed pools over time: what is in service, what is held, how evenly.

use super::model::Model;
use crate::market::{Level, Slots, ZoneLevel};
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
        let zone = |zone| {
            let slots = hardware.slots_of(zone).len() as u32;
            ZoneMeter { level: ZoneLevel { slots, in_service: slots, held: 0 }, ..ZoneMeter::default() }
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

    /// Adds the difference that was in force, and takes up a new one. A zone with nothing in service has no part in it.
    fn balance(&mut self, now: SimTime) {
        self.imbalance += self.difference * (now - self.since).ticks() as f64;
        self.since = now;
        if self.zones.len() < 2 {
            return;
        }
        let up = self.zones.iter().map(|zone| zone.level).filter(|level| level.in_service > 0);
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

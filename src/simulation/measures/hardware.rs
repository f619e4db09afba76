//! Zones, and how much of the hardware was in service.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::Slots;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// All zones, where there is hardware.
    pub(super) fn zones(&mut self) {
        let (Some(hardware), Some(meter)) = (&self.model.hardware, &self.meters.hardware) else { return };
        let ticks = self.window_ticks();
        for (name, zone) in hardware.zones.iter().zip(meter.zones.clone()) {
            let scope = Scope::Zone(name);
            self.put(scope, "occupancy_mean", Unit::Slots, zone.held as f64, ticks);
            self.put(scope, "utilisation", Unit::One, zone.held as f64, zone.in_service as f64);
            let slots = f64::from(zone.level.slots);
            self.put(scope, "availability", Unit::One, zone.in_service as f64, slots * ticks);
        }
        if meter.of_provider().nth(1).is_some() {
            self.put(Scope::Provider, "zone_imbalance", Unit::One, meter.imbalance, ticks);
        }
    }

    /// How much of a pool's own slots was in service, where it is placed.
    pub(super) fn availability(&mut self, scope: Scope<'a>, index: usize) {
        let rules = &self.model.pools[index].rules;
        let (Some(meter), Slots::Count(slots @ 1..)) = (&self.meters.hardware, rules.slots) else { return };
        if rules.placement.is_some() {
            let in_service = meter.pools[index].in_service as f64;
            self.put(scope, "availability", Unit::One, in_service, f64::from(slots) * self.window_ticks());
        }
    }
}

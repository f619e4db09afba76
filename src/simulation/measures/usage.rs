//! Use of the pools in their own units of resource, where they have one: slot-time, at what a slot gives in an hour.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::simulation::model::ResourceUnit;
use crate::units::TICKS_PER_HOUR;

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// What the slots of a pool gave while they were held, whoever held them.
    pub(super) fn usage_of_slots(&mut self, scope: Scope<'a>, pool: usize) {
        if let Some(unit) = &self.model.pools[pool].unit {
            let used = amount(self.meters.pools[pool].occupied, unit);
            self.put(scope, "usage", Unit::Resource(&unit.name), used, 1.0);
        }
    }

    /// What the slots of the pools that these members ask gave to them: a value for each unit among them.
    pub(super) fn usage_by(&mut self, scope: Scope<'a>, members: impl Iterator<Item = usize>) {
        let model = self.model;
        let mut used: Vec<(&'a str, f64)> = Vec::new();
        for member in members {
            let home = model.groups[model.members[member].group].pool.index();
            let Some(unit) = &model.pools[home].unit else { continue };
            let meter = &self.meters.members[member];
            let of_member = amount(meter.held - meter.held_in_bursts, unit);
            match used.iter_mut().find(|(name, _)| *name == unit.name) {
                Some((_, sum)) => *sum += of_member,
                None => used.push((&unit.name, of_member)),
            }
        }
        for (name, sum) in used {
            self.put(scope, "usage", Unit::Resource(name), sum, 1.0);
        }
    }
}

/// Of slots × ticks.
fn amount(held: i128, unit: &ResourceUnit) -> f64 {
    held as f64 / TICKS_PER_HOUR as f64 * unit.per_slot_hour
}

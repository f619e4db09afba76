//! Levels of the pools at the instants of a grid.

use super::directory::Directory;
use super::measures::{Scope, Unit};
use super::meters::Meters;
use super::model::{Model, PoolModel};
use crate::market::Slots;
use crate::units::Price;

/// One time series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesId<'a> {
    /// Whose level it is.
    pub scope: Scope<'a>,
    /// Name of the level.
    pub metric: &'static str,
    /// Its unit.
    pub unit: Unit<'a>,
}

/// The series of a model, in the order of their values in [`super::Outcome::series`].
#[must_use]
pub fn series_catalogue(model: &Model) -> Vec<SeriesId<'_>> {
    let directory = Directory::new(model);
    let mut ids = Vec::new();
    for (index, pool) in model.pools.iter().enumerate() {
        let scope = Scope::Pool(&pool.name);
        let currency = &model.currencies[pool.rules.currency.index()];
        ids.push(SeriesId { scope, metric: "price", unit: Unit::Price(currency) });
        if has_minimum(&directory, index) {
            ids.push(SeriesId { scope, metric: "minimum_price", unit: Unit::Price(currency) });
        }
        ids.push(SeriesId { scope, metric: "occupancy", unit: Unit::Slots });
        ids.push(SeriesId { scope, metric: "queue_length", unit: Unit::Requests });
        if is_limited(pool) {
            ids.push(SeriesId { scope, metric: "utilisation", unit: Unit::One });
        }
        if directory.groups_of_pool.has_any(index) {
            ids.push(SeriesId { scope, metric: "interruptions", unit: Unit::Events });
        }
    }
    ids
}

/// Appends the present levels, and what happened since they were read last.
pub(super) fn read(directory: &Directory<'_>, meters: &mut Meters, values: &mut Vec<f64>) {
    for (index, pool) in directory.model.pools.iter().enumerate() {
        let level = &meters.pools[index].level;
        values.push(level.price.as_currency());
        if has_minimum(directory, index) {
            values.push(level.minimum.as_currency());
        }
        values.push(f64::from(level.occupied));
        values.push(f64::from(level.waiting));
        if is_limited(pool) {
            let capacity = f64::from(level.capacity.unwrap_or(0));
            values.push(if capacity > 0.0 { f64::from(level.occupied) / capacity } else { 0.0 });
        }
        if directory.groups_of_pool.has_any(index) {
            values.push(f64::from(std::mem::take(&mut meters.recent_interruptions[index])));
        }
    }
}

/// Does the pool ever have a minimum price above 0?
fn has_minimum(directory: &Directory<'_>, pool: usize) -> bool {
    let PoolModel { rules, minimum_schedule, .. } = &directory.model.pools[pool];
    let moves = minimum_schedule.is_some() || rules.minimum_formula.is_some();
    moves || rules.minimum > Price::ZERO || directory.steps_of(pool).any(|step| step.as_minimum().is_some())
}

fn is_limited(pool: &PoolModel) -> bool {
    matches!(pool.rules.slots, Slots::Count(_))
}

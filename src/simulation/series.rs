//! Levels of the pools at the instants of a grid.

use super::measures::{Scope, Unit};
use super::meters::Meters;
use super::model::Model;

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
    let mut ids = Vec::new();
    for pool in &model.pools {
        let scope = Scope::Pool(&pool.name);
        let currency = &model.currencies[pool.rules.currency.index()];
        ids.push(SeriesId { scope, metric: "price", unit: Unit::Price(currency) });
        ids.push(SeriesId { scope, metric: "occupancy", unit: Unit::Slots });
        ids.push(SeriesId { scope, metric: "queue_length", unit: Unit::Requests });
        if is_limited(pool) {
            ids.push(SeriesId { scope, metric: "utilisation", unit: Unit::One });
        }
    }
    ids
}

/// Appends the present levels.
pub(super) fn read(model: &Model, meters: &Meters, values: &mut Vec<f64>) {
    for (pool, meter) in model.pools.iter().zip(&meters.pools) {
        let level = &meter.level;
        values.push(level.price.as_currency());
        values.push(f64::from(level.occupied));
        values.push(f64::from(level.waiting));
        if is_limited(pool) {
            let capacity = f64::from(level.capacity.unwrap_or(0));
            values.push(if capacity > 0.0 { f64::from(level.occupied) / capacity } else { 0.0 });
        }
    }
}

fn is_limited(pool: &super::model::PoolModel) -> bool {
    matches!(pool.rules.slots, crate::market::Slots::Count(_))
}

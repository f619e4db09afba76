//! Which metrics the comparison of the arms shows, when not all of them fit.

use std::collections::BTreeMap;

use crate::experiment::results::{MetricId, Summary};
use crate::report::grid::{Grid, Row, excludes_zero, headlines};

/// Metrics in the order in which planners ask for them.
const PREFERRED: [&str; 23] = [
    "utilisation",
    "price_mean",
    "price_sd",
    "blocking_probability",
    "wait_mean",
    "interruption_probability",
    "net_cost_rate",
    "revenue_rate",
    "welfare_rate",
    "surplus_rate",
    "round_revenue_mean",
    "round_price_mean",
    "round_price_sd",
    "round_efficiency",
    "round_sold_mean",
    "gini_members",
    "overflow_fraction",
    "burst_cost",
    "cost_rate",
    "abandonment_probability",
    "occupancy_mean",
    "burst_occupancy_mean",
    "arrivals",
];

/// The headline metrics to show, at most `count`, and how many there were to choose from.
///
/// Metrics in which an arm differs from its baseline come first, then one scope of every metric before a
/// second scope of any. The chosen ones stand in the order of preference.
pub(super) fn choose(summary: &Summary, count: usize) -> (Grid<'_>, usize) {
    let mut grid = Grid::new(summary, &headlines(summary));
    grid.drop_rows();
    let candidates = grid.rows.len();
    let mut scopes_before: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut keyed: Vec<_> = grid
        .rows
        .drain(..)
        .map(|row| {
            let level = !differs(&row);
            let turn = scopes_before.entry((row.id.metric.as_str(), level)).or_insert(0);
            *turn += 1;
            ((level, *turn, preference(row.id)), row)
        })
        .collect();
    // Stable sorts keep the order of the summary among equals.
    keyed.sort_by_key(|(key, _)| *key);
    keyed.truncate(count);
    grid.rows = keyed.into_iter().map(|(_, row)| row).collect();
    grid.rows.sort_by_key(|row| preference(row.id));
    (grid, candidates)
}

fn preference(id: &MetricId) -> usize {
    PREFERRED.iter().position(|metric| id.metric == *metric).unwrap_or(PREFERRED.len())
}

/// Whether some arm certainly differs from its baseline.
fn differs(row: &Row<'_>) -> bool {
    row.differences.iter().flatten().any(|difference| excludes_zero(&difference.interval))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{headlines, summary};

    fn names(grid: &Grid<'_>) -> Vec<String> {
        grid.rows.iter().map(|row| format!("{} {}", row.id.scope, row.id.metric)).collect()
    }

    #[test]
    fn metrics_that_differ_come_first() {
        let summary = summary(2);
        let (grid, candidates) = choose(&summary, 2);
        assert_eq!(
            (names(&grid), candidates),
            (vec!["pool:gpu utilisation".to_owned(), "pool:gpu price_mean".to_owned()], 3)
        );
    }

    #[test]
    fn every_metric_has_its_turn_before_a_second_pool() {
        let summary = headlines(2, 5);
        let (grid, candidates) = choose(&summary, 8);
        let expected = [
            "pool:p0 utilisation",
            "pool:p1 utilisation",
            "pool:p0 price_mean",
            "pool:p1 price_mean",
            "pool:p0 blocking_probability",
            "pool:p1 blocking_probability",
            "pool:p0 wait_mean",
            "pool:p1 wait_mean",
        ];
        assert_eq!((names(&grid), candidates), (expected.map(str::to_owned).to_vec(), 21));
    }
}

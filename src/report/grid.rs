//! A summary as a grid: a row per metric, a column per arm and per comparison.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::Interval;
use crate::experiment::results::{Difference, MetricId, Name, Summary};

/// Scopes whose metrics a reader wants to see first.
const HEADLINE_SCOPES: [&str; 4] = ["provider", "customer", "pool", "tier"];

/// Metrics a reader wants to see first.
const HEADLINE_METRICS: [&str; 19] = [
    "abandonment_probability",
    "arrivals",
    "blocking_probability",
    "burst_cost",
    "burst_occupancy_mean",
    "cost_rate",
    "interruption_probability",
    "net_cost_rate",
    "net_cost_rate_converted",
    "occupancy_mean",
    "overflow_fraction",
    "price_mean",
    "revenue_rate",
    "revenue_rate_converted",
    "surplus_rate",
    "usage",
    "utilisation",
    "wait_mean",
    "welfare_rate",
];

/// What else a reader wants to see of pools in which some arm holds auctions.
const AUCTION_METRICS: [&str; 7] = [
    "gini_members",
    "price_sd",
    "round_efficiency",
    "round_price_mean",
    "round_price_sd",
    "round_revenue_mean",
    "round_sold_mean",
];
/// What is known there: everybody is let in, and so many bid.
const NOT_OF_AUCTIONS: [&str; 3] = ["abandonment_probability", "arrivals", "blocking_probability"];

/// Whether a metric belongs to the short table that a run prints when not asked for more. A provider that only sells has
/// no cost, and its net cost would say its revenue once more.
pub fn is_headline(id: &MetricId) -> bool {
    if id.scope == "provider" && id.metric.starts_with("net_cost_rate") {
        return false;
    }
    let kind = id.scope.split(':').next().unwrap_or_default();
    if kind == "customer" && !id.metric.contains("_rate") {
        return false; // its requests are those of its pools
    }
    HEADLINE_SCOPES.contains(&kind) && HEADLINE_METRICS.contains(&id.metric.as_str())
}

/// The same with an eye to what there is: pools in which some arm holds auctions are asked for other metrics, and the
/// occupancy of a pool with a utilisation says no more than that.
pub fn headlines(summary: &Summary) -> impl Fn(&MetricId) -> bool {
    let with = |metric: &str| -> BTreeSet<Name> {
        let ids = summary.estimates.iter().map(|estimate| &estimate.id).filter(|id| id.metric == metric);
        ids.map(|id| id.scope.clone()).collect()
    };
    let (auctions, limited) = (with("rounds"), with("utilisation"));
    move |id| match (auctions.contains(&id.scope), id.metric.as_str()) {
        (_, "occupancy_mean") if limited.contains(&id.scope) => false,
        (true, metric) if AUCTION_METRICS.contains(&metric) => true,
        (true, metric) if NOT_OF_AUCTIONS.contains(&metric) => false,
        _ => is_headline(id),
    }
}

/// One metric across all arms.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// Whose metric, which and in which unit.
    pub(crate) id: &'a MetricId,
    /// The estimate of each arm, in the order of [`Grid::arms`].
    pub(crate) estimates: Vec<Option<&'a Interval>>,
    /// The difference of each comparison, in the order of [`Grid::comparisons`].
    pub(crate) differences: Vec<Option<&'a Difference>>,
}

impl Row<'_> {
    /// Whether the metric is exactly 0 wherever it was estimated.
    pub(crate) fn is_zero(&self) -> bool {
        let zero = |interval: &&Interval| {
            interval.mean.abs() == 0.0 && interval.half_width.is_none_or(|width| width.abs() == 0.0)
        };
        self.estimates.iter().flatten().all(zero)
    }
}

impl Row<'_> {
    /// Whether both say the same but for the last digits.
    fn equals(&self, other: &Self) -> bool {
        let mean = |interval: &Option<&Interval>| interval.map(|interval| interval.mean);
        let pairs = self.estimates.iter().map(mean).zip(other.estimates.iter().map(mean));
        pairs.into_iter().all(|pair| match pair {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
            (a, b) => a.is_none() && b.is_none(),
        })
    }
}

/// What rows of parties may say again.
struct Said<'g> {
    /// The revenues of pools, in the order of their means in the first arm.
    revenues: Vec<(f64, &'g Row<'g>)>,
    /// Whose cost is known.
    with_cost: BTreeSet<&'g str>,
}

impl<'g> Said<'g> {
    fn by(rows: &'g [Row<'g>]) -> Self {
        let of = |metric: &'static str| rows.iter().filter(move |row| row.id.metric == metric);
        let pools = of("revenue_rate").filter(|row| row.id.scope.starts_with("pool:"));
        let mut revenues: Vec<(f64, &Row<'_>)> = pools.map(|row| (Self::place(row), row)).collect();
        revenues.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Self { revenues, with_cost: of("cost_rate").map(|row| row.id.scope.as_str()).collect() }
    }

    /// Where a row stands among the revenues.
    fn place(row: &Row<'_>) -> f64 {
        row.estimates.first().copied().flatten().map_or(f64::MIN, |interval| interval.mean)
    }

    fn is_repeated_by(&self, row: &Row<'_>) -> bool {
        if row.id.scope != "provider" && !row.id.scope.starts_with("customer:") {
            return false;
        }
        match row.id.metric.as_str() {
            "revenue_rate" => self.is_revenue(row),
            "net_cost_rate" => !self.with_cost.contains(row.id.scope.as_str()),
            _ => false,
        }
    }

    /// Is it the revenue of a pool? Of so many pools, only those near it are looked at.
    fn is_revenue(&self, row: &Row<'_>) -> bool {
        let place = Self::place(row);
        let slack = 1e-11 * place.abs() + f64::MIN_POSITIVE;
        let first = self.revenues.partition_point(|(other, _)| *other < place - slack);
        let near = self.revenues[first..].iter().take_while(|(other, _)| *other <= place + slack);
        near.into_iter().any(|(_, other)| other.equals(row))
    }
}

/// How many rows were left out, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) zero: usize,
    /// They say again what other rows say.
    pub(crate) repeated: usize,
}

/// An arm and the arm it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comparison<'a> {
    /// The arm in question.
    pub(crate) arm: &'a str,
    /// The arm that is subtracted.
    pub(crate) baseline: &'a str,
}

/// All rows of a summary that a filter keeps.
#[derive(Debug)]
pub(crate) struct Grid<'a> {
    /// Arms in the order of the summary.
    pub(crate) arms: Vec<&'a str>,
    /// Comparisons in the order of the summary.
    pub(crate) comparisons: Vec<Comparison<'a>>,
    /// Rows, those of one scope together, otherwise in the order of the summary.
    pub(crate) rows: Vec<Row<'a>>,
}

impl<'a> Grid<'a> {
    /// Arranges the metrics of `summary` that `keep` accepts.
    pub(crate) fn new(summary: &'a Summary, keep: &dyn Fn(&MetricId) -> bool) -> Self {
        let mut grid = Self { arms: arms(summary), comparisons: comparisons(summary), rows: Vec::new() };
        let mut index = BTreeMap::new();
        for estimate in summary.estimates.iter().filter(|estimate| keep(&estimate.id)) {
            let row = *index.entry(&estimate.id).or_insert_with(|| grid.add_row(&estimate.id));
            let column = grid.arms.iter().position(|arm| estimate.arm == *arm);
            if let Some(column) = column {
                grid.rows[row].estimates[column] = Some(&estimate.interval);
            }
        }
        for difference in &summary.differences {
            let column = grid.comparisons.iter().position(|comparison| *comparison == compared(difference));
            if let (Some(row), Some(column)) = (index.get(&difference.id), column) {
                grid.rows[*row].differences[column] = Some(difference);
            }
        }
        grid.group_scopes();
        grid
    }

    /// Removes the rows that are 0 in every arm, then what a party earns where that is what one of its pools earns, and
    /// its net cost where it has no cost.
    pub(crate) fn drop_rows(&mut self) -> Dropped {
        let before = self.rows.len();
        self.rows.retain(|row| !row.is_zero());
        let zero = before - self.rows.len();
        let said = Said::by(&self.rows);
        let repeated: Vec<bool> = self.rows.iter().map(|row| said.is_repeated_by(row)).collect();
        let mut flags = repeated.iter();
        self.rows.retain(|_| flags.next() != Some(&true));
        Dropped { zero, repeated: repeated.into_iter().filter(|is_repeated| *is_repeated).count() }
    }

    fn add_row(&mut self, id: &'a MetricId) -> usize {
        let (estimates, differences) = (vec![None; self.arms.len()], vec![None; self.comparisons.len()]);
        self.rows.push(Row { id, estimates, differences });
        self.rows.len() - 1
    }

    /// An arm may add metrics that the arms before it lack; they belong beside the rest of their scope.
    fn group_scopes(&mut self) {
        let mut ranks = BTreeMap::new();
        for row in &self.rows {
            let next = ranks.len();
            ranks.entry(row.id.scope.as_str()).or_insert(next);
        }
        self.rows.sort_by_key(|row| ranks[row.id.scope.as_str()]);
    }
}

/// The name of a metric with its unit, as a heading: `price_mean (USD/h)`; a pure number has none.
pub(crate) fn heading(id: &MetricId) -> String {
    if id.unit == "1" { id.metric.to_string() } else { format!("{} ({})", id.metric, id.unit) }
}

/// Whether the interval of a difference lies wholly on one side of 0.
pub(crate) fn excludes_zero(interval: &Interval) -> bool {
    interval.half_width.is_some_and(|width| interval.mean.abs() > width)
}

fn arms(summary: &Summary) -> Vec<&str> {
    let mut arms: Vec<&str> = Vec::new();
    for estimate in &summary.estimates {
        if arms.last() != Some(&estimate.arm.as_str()) && !arms.contains(&estimate.arm.as_str()) {
            arms.push(&estimate.arm);
        }
    }
    arms
}

fn comparisons(summary: &Summary) -> Vec<Comparison<'_>> {
    let mut comparisons = Vec::new();
    for difference in &summary.differences {
        let comparison = compared(difference);
        if comparisons.last() != Some(&comparison) && !comparisons.contains(&comparison) {
            comparisons.push(comparison);
        }
    }
    comparisons
}

fn compared(difference: &Difference) -> Comparison<'_> {
    Comparison { arm: &difference.arm, baseline: &difference.baseline }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{headlines, id, summary};

    #[test]
    fn headline_takes_the_asked_scopes_and_metrics() {
        assert!(is_headline(&id("pool:gpu", "utilisation", "1")));
        assert!(is_headline(&id("provider", "revenue_rate", "USD/h")));
        assert!(!is_headline(&id("group:batch", "utilisation", "1")));
        assert!(!is_headline(&id("pool:gpu", "price_p95", "USD/h")));
        assert!(!is_headline(&id("poolside", "utilisation", "1")));
    }

    #[test]
    fn rows_of_a_scope_stand_together_whatever_arm_brought_them() {
        let mut summary = summary(2);
        let mut late = summary.estimates[0].clone();
        (late.arm, late.id) = ("low".into(), id("provider", "cost_rate", "USD/h"));
        summary.estimates.push(late);
        let grid = Grid::new(&summary, &|_| true);
        let rows: Vec<String> = grid.rows.iter().map(|row| format!("{} {}", row.id.scope, row.id.metric)).collect();
        let expected = [
            "provider arrivals",
            "provider cost_rate",
            "pool:gpu utilisation",
            "pool:gpu price_mean",
            "pool:gpu wait_mean",
        ];
        assert_eq!(rows, expected);
        assert_eq!(grid.arms, ["base", "low"]);
        assert!(grid.rows[1].estimates[0].is_none() && grid.rows[1].estimates[1].is_some());
    }

    #[test]
    fn what_a_party_earns_by_one_pool_alone_is_said_once() {
        let mut summary = headlines(2, 1);
        for index in 0..summary.estimates.len() {
            let mut copy = summary.estimates[index].clone();
            if copy.id.scope == "provider" && copy.id.metric == "revenue_rate" {
                copy.id.scope = "pool:p0".into();
                summary.estimates.push(copy);
            }
        }
        let mut grid = Grid::new(&summary, &|_| true);
        // The provider has no cost: its net cost is its revenue.
        assert_eq!(grid.drop_rows(), Dropped { zero: 0, repeated: 2 });
        assert!(grid.rows.iter().all(|row| row.id.scope == "pool:p0"));
    }

    #[test]
    fn auctions_have_headlines_of_their_own() {
        let mut summary = summary(1);
        let wanted = |summary: &Summary, metric| super::headlines(summary)(&id("pool:gpu", metric, "1"));
        assert!(!wanted(&summary, "round_efficiency") && wanted(&summary, "blocking_probability"));
        summary.estimates[1].id = id("pool:gpu", "rounds", "rounds");
        assert!(wanted(&summary, "round_efficiency") && !wanted(&summary, "blocking_probability"));
        assert!(super::headlines(&summary)(&id("pool:other", "blocking_probability", "1")));
    }

    #[test]
    fn rows_that_are_zero_everywhere_can_go() {
        let summary = summary(2);
        let mut grid = Grid::new(&summary, &|_| true);
        assert_eq!(grid.drop_rows(), Dropped { zero: 1, repeated: 0 });
        assert!(grid.rows.iter().all(|row| row.id.metric != "wait_mean"));
    }
}

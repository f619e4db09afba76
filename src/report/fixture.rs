//! Small results that the tests of this module share.

use crate::analysis::Interval;
use crate::experiment::results::{Difference, Estimate, MetricId, Name, SeriesPoint, Summary};

/// Names of the arms, the baseline first; more than these get numbers.
const ARMS: [&str; 3] = ["base", "low", "high"];

/// A metric's identity in one line.
pub(crate) fn id(scope: &str, metric: &str, unit: &str) -> MetricId {
    MetricId { scope: scope.into(), metric: metric.into(), unit: unit.into() }
}

/// The same for a point, which only refers to it; it is never freed.
pub(crate) fn lasting(id: MetricId) -> &'static MetricId {
    Box::leak(Box::new(id))
}

/// A 95 % interval over 20 replications.
pub(crate) fn interval(mean: f64, half_width: Option<f64>) -> Interval {
    Interval { n: 20, mean, half_width, confidence: 0.95 }
}

/// The name of an arm.
pub(crate) fn arm(index: usize) -> Name {
    ARMS.get(index).map_or_else(|| format!("arm-{index}").into(), |name| (*name).into())
}

/// A summary of four metrics over so many arms.
pub(crate) fn summary(arms: usize) -> Summary {
    let metrics = [
        (id("provider", "arrivals", "requests"), 1000.0, None),
        (id("pool:gpu", "utilisation", "1"), 0.8123, Some(0.0123)),
        (id("pool:gpu", "price_mean", "USD/h"), 0.05, Some(0.00123)),
        (id("pool:gpu", "wait_mean", "h"), 0.0, Some(0.0)),
    ];
    let mut summary = empty();
    for index in 0..arms {
        let shift = 1.0 + 0.05 * index as f64;
        for (id, mean, half_width) in &metrics {
            let value = if half_width.is_some() { mean * shift } else { *mean };
            let interval = interval(value, *half_width);
            summary.estimates.push(Estimate { arm: arm(index), id: id.clone(), interval });
            if index > 0 {
                summary.differences.push(difference(index, id, value - mean, half_width.map(|width| width / 2.0)));
            }
        }
    }
    summary
}

/// A summary without any metric.
pub(crate) fn empty() -> Summary {
    Summary {
        experiment: "demo".to_owned(),
        scenario_digest: "00ff".to_owned(),
        seed: 7,
        replications: 20,
        estimates: Vec::new(),
        differences: Vec::new(),
    }
}

fn difference(index: usize, id: &MetricId, mean: f64, half_width: Option<f64>) -> Difference {
    let interval = interval(mean, half_width);
    let vrf = half_width.filter(|width| *width > 0.0).map(|_| 12.34);
    Difference { arm: arm(index), baseline: arm(0), id: id.clone(), interval, vrf }
}

/// Price and utilisation of pools over time, smooth and different in every arm and pool.
pub(crate) fn series(arms: usize, pools: usize, instants: usize, n: u64) -> Vec<SeriesPoint<'static>> {
    let mut points = Vec::new();
    for (arm_index, pool) in (0..arms).flat_map(|arm| (0..pools).map(move |pool| (arm, pool))) {
        let scope = format!("pool:p{pool}");
        let arm: &'static str = Box::leak(arm(arm_index).to_string().into_boxed_str());
        for (metric, unit, level, spread) in [("price", "USD/h", 0.05, 0.0001), ("utilisation", "1", 0.6, 0.004)] {
            let id = lasting(id(&scope, metric, unit));
            for instant in 0..instants {
                let time_h = instant as f64;
                let wave = 1.0 + 0.3 * libm::sin(time_h / 7.0 + (3 * pool + arm_index) as f64);
                let variance = if n > 1 { spread } else { 0.0 };
                let mean = level * wave * (1.0 + 0.05 * arm_index as f64);
                points.push(SeriesPoint { arm, id, time_h, mean, variance, n });
            }
        }
    }
    points
}

/// A summary of headline metrics, four for each pool and two for the provider.
pub(crate) fn headlines(arms: usize, pools: usize) -> Summary {
    let per_pool = [
        ("utilisation", "1", 0.7, 0.02),
        ("price_mean", "USD/h", 0.05, 0.002),
        ("blocking_probability", "1", 0.003, 0.001),
        ("wait_mean", "h", 0.4, 0.1),
    ];
    let per_provider = [("revenue_rate", "USD/h", 1234.0, 30.0), ("net_cost_rate", "USD/h", -150.0, 60.0)];
    let pools = (0..pools).map(|pool| (format!("pool:p{pool}"), per_pool.as_slice()));
    let scopes: Vec<_> = pools.chain([("provider".to_owned(), per_provider.as_slice())]).collect();
    let mut summary = empty();
    for index in 0..arms {
        for (scope, metrics) in &scopes {
            for (metric, unit, mean, half_width) in *metrics {
                let id = id(scope, metric, unit);
                let shift = 0.08 * mean * libm::sin(1.3 * index as f64 + half_width);
                let interval = interval(mean + shift, Some(*half_width));
                summary.estimates.push(Estimate { arm: arm(index), id: id.clone(), interval });
                if index > 0 {
                    summary.differences.push(difference(index, &id, shift, Some(0.02 * mean.abs())));
                }
            }
        }
    }
    summary
}

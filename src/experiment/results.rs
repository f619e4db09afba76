//! What an experiment records: plain data, and all that [`crate::report`] ever sees.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use super::name::Name;
use crate::analysis::Interval;

/// One metric of one scope in one arm: the identity of a row in every output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MetricId {
    /// Whose metric it is: `provider`, `pool:NAME`, `group:NAME`, ...
    pub scope: Name,
    /// Name of the metric, snake_case, qualifier last.
    pub metric: Name,
    /// Unit of the value, `1` for a pure number.
    pub unit: Name,
}

/// An estimate of one metric in one arm over the replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Name of the arm.
    pub arm: Name,
    /// Scope, metric and unit.
    #[serde(flatten)]
    pub id: MetricId,
    /// The estimate with its interval.
    #[serde(flatten)]
    pub interval: Interval,
}

/// A paired difference `arm - baseline` of one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Name of the arm.
    pub arm: Name,
    /// Name of the arm it is compared with.
    pub baseline: Name,
    /// Scope, metric and unit.
    #[serde(flatten)]
    pub id: MetricId,
    /// The difference with its interval, at the confidence of the estimates.
    #[serde(flatten, serialize_with = "without_confidence")]
    pub interval: Interval,
    /// Variance-reduction factor: the variance that independent arms would have had, over the
    /// variance of the paired difference. `None` where the difference does not vary.
    pub vrf: Option<f64>,
}

fn without_confidence<S: Serializer>(interval: &Interval, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Interval", 3)?;
    fields.serialize_field("n", &interval.n)?;
    fields.serialize_field("mean", &interval.mean)?;
    fields.serialize_field("half_width", &interval.half_width)?;
    fields.end()
}

/// Everything `run --json` prints, in the order of its keys.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the experiment.
    pub experiment: String,
    /// SHA-256 of the resolved scenario and the content of its input files, in hexadecimal.
    pub scenario_digest: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// Replications per arm that the estimates rest on.
    pub replications: u64,
    /// Every metric of every arm.
    pub estimates: Vec<Estimate>,
    /// Every metric that an arm shares with the baseline arm.
    pub differences: Vec<Difference>,
}

/// The values of one arm's metrics in one replication, parallel to the arm's list of [`MetricId`]s.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationValues {
    /// Index of the arm.
    pub arm: usize,
    /// Number of the replication, from 0.
    pub replication: u64,
    /// A value per metric; `None` where its denominator was zero.
    pub values: Vec<Option<f64>>,
}

/// A quantity at one exact instant of the grid, over the replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeriesPoint<'a> {
    /// Name of the arm.
    pub arm: &'a str,
    /// Scope, metric and unit.
    pub id: &'a MetricId,
    /// Hours since the start of the simulation.
    pub time_h: f64,
    /// Mean over the replications.
    pub mean: f64,
    /// Variance over the replications (divisor n - 1; 0 for one replication).
    pub variance: f64,
    /// Number of replications.
    pub n: u64,
}

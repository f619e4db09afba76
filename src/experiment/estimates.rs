//! Estimates, paired differences and time series, fed replication by replication.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::name::{Name, Names};
use super::results::{Difference, Estimate, MetricId, SeriesPoint};
use crate::analysis::{Moments, PairedRatioMoments, RatioMoments};
use crate::scenario::Plan;
use crate::simulation::{Measure, Model, Outcome, Scope, Unit, catalogue, series_catalogue};

/// Everything that is estimated of an experiment. Memory depends on arms and metrics, not on replications.
#[derive(Debug)]
pub struct Estimates {
    confidence: f64,
    baseline: usize,
    arms: Vec<ArmEstimates>,
    /// Measures of the replication that is being completed, by arm.
    current: Vec<Vec<Measure>>,
    replications: u64,
    events: u64,
}

/// Index of a metric here and in the baseline, with the moments of the difference.
type Pair = (usize, usize, PairedRatioMoments);

#[derive(Debug)]
struct ArmEstimates {
    name: Name,
    ids: Arc<[MetricId]>,
    ratios: Vec<RatioMoments>,
    pairs: Vec<Pair>,
    series_ids: Vec<MetricId>,
    instants_h: Vec<f64>,
    /// By instant, then series.
    series: Vec<Moments>,
    digest: Sha256,
}

impl Estimates {
    /// Nothing estimated yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut names = Names::default();
        let mut arms: Vec<ArmEstimates> =
            plan.arms.iter().map(|arm| ArmEstimates::new(&arm.name, &arm.model, &mut names)).collect();
        let baseline_ids = Arc::clone(&arms[plan.baseline].ids);
        for (number, arm) in arms.iter_mut().enumerate() {
            if number != plan.baseline {
                arm.pairs = pairs(&arm.ids, &baseline_ids);
            }
        }
        let current = vec![Vec::new(); arms.len()];
        let (confidence, baseline) = (plan.confidence, plan.baseline);
        Self { confidence, baseline, arms, current, replications: 0, events: 0 }
    }

    /// Metrics of each arm, parallel to the values of its replications.
    #[must_use]
    pub fn metrics(&self) -> Vec<(Name, Arc<[MetricId]>)> {
        self.arms.iter().map(|arm| (arm.name.clone(), Arc::clone(&arm.ids))).collect()
    }

    /// Adds one replication of one arm; arms come in order within each replication.
    pub fn push(&mut self, arm: usize, outcome: &Outcome) {
        self.arms[arm].push(outcome);
        self.events += outcome.events;
        self.current[arm].clone_from(&outcome.measures);
        if arm + 1 < self.arms.len() {
            return;
        }
        self.replications += 1;
        let baseline = &self.current[self.baseline];
        for (arm, measures) in self.arms.iter_mut().zip(&self.current) {
            for (here, there, moments) in &mut arm.pairs {
                let (a, b) = (measures[*here], baseline[*there]);
                moments.push(a.numerator, a.denominator, b.numerator, b.denominator);
            }
        }
    }

    /// Replications that all arms have completed.
    #[must_use]
    pub fn replications(&self) -> u64 {
        self.replications
    }

    /// Events over all replications.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// An estimate per arm and metric; a ratio whose denominator was always zero has none.
    #[must_use]
    pub fn estimates(&self) -> Vec<Estimate> {
        let mut all = Vec::new();
        for arm in &self.arms {
            for (id, ratio) in arm.ids.iter().zip(&arm.ratios) {
                if let Some(interval) = ratio.interval(self.confidence) {
                    all.push(Estimate { arm: arm.name.clone(), id: id.clone(), interval });
                }
            }
        }
        all
    }

    /// A paired difference per arm and metric that the baseline has as well.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        let baseline = &self.arms[self.baseline].name;
        let mut all = Vec::new();
        for arm in &self.arms {
            for (here, _, moments) in &arm.pairs {
                if let Some(interval) = moments.interval(self.confidence) {
                    let (arm, id) = (arm.name.clone(), arm.ids[*here].clone());
                    all.push(Difference { arm, baseline: baseline.clone(), id, interval, vrf: moments.vrf() });
                }
            }
        }
        all
    }

    /// The time series of all arms, point by point: there are too many to keep them all.
    pub fn series(&self) -> impl Iterator<Item = SeriesPoint<'_>> {
        self.arms.iter().flat_map(ArmEstimates::series)
    }

    /// SHA-256 over the digests of all replications of each arm, in hexadecimal, with the arm's name: two people on two
    /// machines can compare one line.
    #[must_use]
    pub fn outcome_digests(&self) -> Vec<(String, String)> {
        let hex = |arm: &ArmEstimates| {
            let digest = arm.digest.clone().finalize();
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        self.arms.iter().map(|arm| (arm.name.to_string(), hex(arm))).collect()
    }
}

impl ArmEstimates {
    fn new(name: &str, model: &Model, names: &mut Names) -> Self {
        let ids = metric_ids(catalogue(model).iter().map(|id| (id.scope, id.metric, id.unit)), names);
        let series_ids = metric_ids(series_catalogue(model).iter().map(|id| (id.scope, id.metric, id.unit)), names);
        let instants_h: Vec<f64> = model.series_instants().map(|instant| instant.as_hours()).collect();
        Self {
            name: names.of(name),
            ratios: vec![RatioMoments::default(); ids.len()],
            ids: ids.into(),
            pairs: Vec::new(),
            series: vec![Moments::default(); instants_h.len() * series_ids.len()],
            series_ids,
            instants_h,
            digest: Sha256::new(),
        }
    }

    /// Series by series, each by time.
    fn series(&self) -> impl Iterator<Item = SeriesPoint<'_>> {
        self.series_ids.iter().enumerate().flat_map(move |(series, id)| {
            self.instants_h.iter().enumerate().filter_map(move |(instant, time_h)| {
                let moments = &self.series[instant * self.series_ids.len() + series];
                let (mean, variance) = (moments.mean()?, moments.variance().unwrap_or(0.0));
                Some(SeriesPoint { arm: &self.name, id, time_h: *time_h, mean, variance, n: moments.n() })
            })
        })
    }

    fn push(&mut self, outcome: &Outcome) {
        self.digest.update(outcome.digest);
        for (ratio, measure) in self.ratios.iter_mut().zip(&outcome.measures) {
            ratio.push(measure.numerator, measure.denominator);
        }
        for (moments, value) in self.series.iter_mut().zip(&outcome.series) {
            moments.push(*value);
        }
    }
}

/// The metrics that the baseline has as well.
fn pairs(ids: &[MetricId], baseline: &[MetricId]) -> Vec<Pair> {
    let pair = |(here, there)| (here, there, PairedRatioMoments::default());
    if ids == baseline {
        return (0..ids.len()).map(|place| pair((place, place))).collect();
    }
    let places: BTreeMap<&MetricId, usize> = baseline.iter().zip(0..).collect();
    ids.iter().enumerate().filter_map(|(here, id)| Some((here, *places.get(id)?))).map(pair).collect()
}

/// Many metrics have one scope, one name or one unit: each is kept once.
fn metric_ids<'m>(ids: impl Iterator<Item = (Scope<'m>, &'static str, Unit<'m>)>, names: &mut Names) -> Vec<MetricId> {
    let mut all: Vec<MetricId> = Vec::new();
    for (scope, metric, unit) in ids {
        let scope = scope.to_string();
        // Those of a scope stand together.
        let scope = match all.last() {
            Some(last) if last.scope == *scope => last.scope.clone(),
            _ => names.of(&scope),
        };
        all.push(MetricId { scope, metric: names.of(metric), unit: names.of(&unit.to_string()) });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_paired_by_what_they_are() {
        let id = |metric: &str| MetricId { scope: "provider".into(), metric: metric.into(), unit: "1".into() };
        let paired = |here: &[&str], baseline: &[&str]| -> Vec<(usize, usize)> {
            let ids = |metrics: &[&str]| metrics.iter().map(|metric| id(metric)).collect::<Vec<_>>();
            let pairs = pairs(&ids(here), &ids(baseline));
            pairs.iter().map(|(here, there, _)| (*here, *there)).collect()
        };
        assert_eq!(paired(&["a", "b"], &["a", "b"]), [(0, 0), (1, 1)]);
        assert_eq!(paired(&["new", "b", "a"], &["a", "gone", "b"]), [(1, 2), (2, 0)]);
    }
}

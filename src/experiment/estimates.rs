//! Estimates, paired differences and time series, fed replication by replication.

use sha2::{Digest, Sha256};

use super::results::{Difference, Estimate, MetricId, SeriesPoint};
use crate::analysis::{Moments, PairedRatioMoments, RatioMoments};
use crate::scenario::Plan;
use crate::simulation::{Measure, Outcome, catalogue, series_catalogue};

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

#[derive(Debug)]
struct ArmEstimates {
    name: String,
    ids: Vec<MetricId>,
    ratios: Vec<RatioMoments>,
    /// Index of the metric here and in the baseline, with the moments of the difference.
    pairs: Vec<(usize, usize, PairedRatioMoments)>,
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
        let mut arms: Vec<ArmEstimates> =
            plan.arms.iter().map(|arm| ArmEstimates::new(&arm.name, &arm.model)).collect();
        let baseline_ids = arms[plan.baseline].ids.clone();
        for (number, arm) in arms.iter_mut().enumerate() {
            if number != plan.baseline {
                arm.pair_with(&baseline_ids);
            }
        }
        let current = vec![Vec::new(); arms.len()];
        let (confidence, baseline) = (plan.confidence, plan.baseline);
        Self { confidence, baseline, arms, current, replications: 0, events: 0 }
    }

    /// Metrics of each arm, parallel to the values of its replications.
    #[must_use]
    pub fn metrics(&self) -> Vec<(String, Vec<MetricId>)> {
        self.arms.iter().map(|arm| (arm.name.clone(), arm.ids.clone())).collect()
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

    /// The time series of all arms.
    #[must_use]
    pub fn series(&self) -> Vec<SeriesPoint> {
        let mut points = Vec::new();
        for arm in &self.arms {
            for (series, id) in arm.series_ids.iter().enumerate() {
                for (instant, time_h) in arm.instants_h.iter().enumerate() {
                    let moments = &arm.series[instant * arm.series_ids.len() + series];
                    let Some(mean) = moments.mean() else { continue };
                    points.push(SeriesPoint {
                        arm: arm.name.clone(),
                        id: id.clone(),
                        time_h: *time_h,
                        mean,
                        variance: moments.variance().unwrap_or(0.0),
                        n: moments.n(),
                    });
                }
            }
        }
        points
    }

    /// SHA-256 over the digests of all replications of each arm, in hexadecimal, with the arm's name: two people on two
    /// machines can compare one line.
    #[must_use]
    pub fn outcome_digests(&self) -> Vec<(String, String)> {
        let hex = |arm: &ArmEstimates| {
            let digest = arm.digest.clone().finalize();
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        self.arms.iter().map(|arm| (arm.name.clone(), hex(arm))).collect()
    }
}

impl ArmEstimates {
    fn new(name: &str, model: &crate::simulation::Model) -> Self {
        let ids: Vec<MetricId> = catalogue(model)
            .iter()
            .map(|id| MetricId { scope: id.scope.to_string(), metric: id.metric.into(), unit: id.unit.to_string() })
            .collect();
        let series_ids: Vec<MetricId> = series_catalogue(model)
            .iter()
            .map(|id| MetricId { scope: id.scope.to_string(), metric: id.metric.into(), unit: id.unit.to_string() })
            .collect();
        let instants_h: Vec<f64> = model.series_instants().map(|instant| instant.as_hours()).collect();
        Self {
            name: name.to_owned(),
            ratios: vec![RatioMoments::default(); ids.len()],
            ids,
            pairs: Vec::new(),
            series: vec![Moments::default(); instants_h.len() * series_ids.len()],
            series_ids,
            instants_h,
            digest: Sha256::new(),
        }
    }

    fn pair_with(&mut self, baseline: &[MetricId]) {
        let place = |id: &MetricId| baseline.iter().position(|other| other == id);
        let pairs = self.ids.iter().enumerate().filter_map(|(here, id)| Some((here, place(id)?)));
        self.pairs = pairs.map(|(here, there)| (here, there, PairedRatioMoments::default())).collect();
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

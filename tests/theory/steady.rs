//! Runs scenarios, files with overrides or texts, and holds their estimates against numbers.

use std::path::Path;

use overspill::analysis::{Interval, Moments, PairedRatioMoments, RatioMoments};
use overspill::scenario::{Load, Override, Plan, load, render};
use overspill::simulation::{Measure, Model, Outcome, catalogue, replicate, series_catalogue};
use rayon::prelude::*;

/// Confidence of an interval, unless a test asks for another: one false alarm in a thousand statements.
pub(crate) const CONFIDENCE: f64 = 0.999;

/// The plan of a scenario file with these changes.
pub(crate) fn plan(file: &str, changes: &[(&str, &str)]) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let change = |(path, value): &(&str, &str)| Override { path: (*path).to_owned(), value: (*value).to_owned() };
    plan_of(&path, &changes.iter().map(change).collect::<Vec<_>>())
}

fn plan_of(path: &Path, overrides: &[Override]) -> Plan {
    let (plan, diagnostics, sources) = load(&Load { path, overrides }).expect("a scenario file");
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &sources, false));
    plan.expect("a scenario without faults has a plan")
}

/// The plan of a scenario that stands in no file.
pub(crate) fn plan_of_text(text: &str) -> Plan {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("text.toml");
    std::fs::write(&path, text).expect("a temporary file");
    plan_of(&path, &[])
}

/// The replications of one arm.
#[derive(Debug)]
pub(crate) struct Runs {
    model: std::sync::Arc<Model>,
    outcomes: Vec<Outcome>,
    /// Of the intervals.
    confidence: f64,
}

/// Runs a scenario without arms.
///
/// There are more replications than in the files, whose results a reader wants soon; changes may state another number.
pub(crate) fn run(file: &str, changes: &[(&str, &str)]) -> Runs {
    let changes: Vec<_> = [("experiment.replications", "80")].iter().chain(changes).copied().collect();
    let plan = plan(file, &changes);
    assert_eq!(plan.arms.len(), 1, "{file} has arms");
    run_arm(&plan, 0, plan.seed)
}

/// Runs a scenario without arms that stands in no file.
pub(crate) fn run_text(text: &str, confidence: f64) -> Runs {
    let plan = plan_of_text(text);
    Runs { confidence, ..run_arm(&plan, 0, plan.seed) }
}

/// Runs one arm of a plan under a seed.
pub(crate) fn run_arm(plan: &Plan, arm: usize, seed: u64) -> Runs {
    let model = std::sync::Arc::clone(&plan.arms[arm].model);
    let replications = (0..plan.replications).into_par_iter();
    let outcomes = replications.map(|replication| replicate(&model, seed, replication).expect("books that balance"));
    Runs { outcomes: outcomes.collect(), model, confidence: CONFIDENCE }
}

impl Runs {
    /// The measure `metric` of `scope` in each replication.
    pub(crate) fn measures(&self, scope: &str, metric: &str) -> Vec<Measure> {
        let ids = catalogue(&self.model);
        let index = ids.iter().position(|id| id.metric == metric && id.scope.to_string() == scope);
        let index = index.unwrap_or_else(|| panic!("there is no metric {metric} of {scope}"));
        self.outcomes.iter().map(|outcome| outcome.measures[index]).collect()
    }

    /// The numerators of a measure in each replication.
    pub(crate) fn numerators(&self, scope: &str, metric: &str) -> Vec<f64> {
        self.measures(scope, metric).iter().map(|measure| measure.numerator).collect()
    }

    /// The estimate of a metric over the replications, a ratio of sums.
    pub(crate) fn interval(&self, scope: &str, metric: &str) -> Interval {
        self.ratio(scope, metric, scope, metric, |measure| measure.denominator)
    }

    /// One count per another: the ratio of their sums.
    pub(crate) fn share(&self, scope: &str, metric: &str, of: &str) -> Interval {
        self.ratio(scope, metric, scope, of, |measure| measure.numerator)
    }

    fn ratio(&self, scope: &str, above: &str, under: &str, below: &str, part: fn(&Measure) -> f64) -> Interval {
        let mut ratio = RatioMoments::default();
        for (x, y) in self.measures(scope, above).iter().zip(&self.measures(under, below)) {
            ratio.push(x.numerator, part(y));
        }
        ratio.interval(self.confidence).unwrap_or_else(|| panic!("{above} of {scope} has no estimate"))
    }

    /// The difference to other runs of as many replications that met the same requests, replication by replication.
    pub(crate) fn minus(&self, other: &Self, scope: &str, metric: &str) -> Interval {
        let mut pairs = PairedRatioMoments::default();
        for (a, b) in self.measures(scope, metric).iter().zip(&other.measures(scope, metric)) {
            pairs.push(a.numerator, a.denominator, b.numerator, b.denominator);
        }
        pairs.interval(self.confidence).unwrap_or_else(|| panic!("{metric} of {scope} has no estimate"))
    }

    /// The variance of a pool's occupancy over all time. The variance inside a window lacks that of the window's mean,
    /// which the replications show: the two add up (law of total variance).
    pub(crate) fn occupancy_variance(&self, scope: &str) -> Interval {
        let (mut means, mut within) = (Moments::default(), Moments::default());
        self.measures(scope, "occupancy_mean").iter().filter_map(Measure::value).for_each(|mean| means.push(mean));
        self.numerators(scope, "occupancy_variance").into_iter().for_each(|variance| within.push(variance));
        let mut interval = within.interval(self.confidence).expect("replications");
        interval.mean += means.variance().expect("more than one replication");
        interval
    }

    /// The share of the grid's instants after the warm-up at which a series lies above `level`.
    pub(crate) fn share_of_instants_above(&self, scope: &str, metric: &str, level: f64) -> Interval {
        let ids = series_catalogue(&self.model);
        let index = ids.iter().position(|id| id.metric == metric && id.scope.to_string() == scope).expect("a series");
        let before = self.model.series_instants().take_while(|instant| *instant < self.model.warm_up).count();
        let mut shares = Moments::default();
        for outcome in &self.outcomes {
            let values = outcome.series.chunks(ids.len()).skip(before).map(|instant| instant[index]);
            let above: Vec<bool> = values.map(|value| value > level).collect();
            shares.push(above.iter().filter(|above| **above).count() as f64 / above.len() as f64);
        }
        shares.interval(self.confidence).expect("replications")
    }

    /// Asserts that a metric is `truth`, known to within `precision` of it.
    #[track_caller]
    pub(crate) fn assert_is(&self, scope: &str, metric: &str, truth: f64, precision: f64) {
        assert_covers(&format!("{metric} of {scope}"), &self.interval(scope, metric), truth, precision);
    }

    /// Asserts that a metric is `truth` in every replication, to the last bit.
    #[track_caller]
    pub(crate) fn assert_always(&self, scope: &str, metric: &str, truth: f64) {
        for (replication, measure) in self.measures(scope, metric).iter().enumerate() {
            let value = measure.value().map(f64::to_bits);
            assert_eq!(value, Some(truth.to_bits()), "{metric} of {scope} in replication {replication}: {measure:?}");
        }
    }
}

/// Asserts that `truth` lies in the interval, and that the interval's half-width is at most `precision` × `truth`.
#[track_caller]
pub(crate) fn assert_covers(what: &str, interval: &Interval, truth: f64, precision: f64) {
    let Interval { mean, half_width, n, .. } = *interval;
    let half_width = half_width.unwrap_or(f64::INFINITY);
    let (off, width) = ((mean - truth) / half_width, half_width / truth.abs());
    eprintln!("{what}: {mean:.6}, theory {truth:.6}, off by {off:+.2} half-widths of {width:.4} (at most {precision})");
    assert!(interval.contains(truth), "{what} should be {truth} and is {mean} ± {half_width} ({n} replications)");
    let width = half_width / truth.abs();
    assert!(width <= precision, "{what} is known to {width:.5} of its value, and {precision} is needed");
}

/// Asserts that a difference is none, and that one of `most` would be seen.
#[track_caller]
pub(crate) fn assert_none(what: &str, difference: &Interval, most: f64) {
    let half_width = difference.half_width.unwrap_or(f64::INFINITY);
    eprintln!("{what}: {:+.6} ± {half_width:.6} (at most {most:.6})", difference.mean);
    assert!(difference.contains(0.0), "{what} should be nothing and is {} ± {half_width}", difference.mean);
    assert!(half_width <= most, "{what} is known to {half_width}, and {most} is needed");
}

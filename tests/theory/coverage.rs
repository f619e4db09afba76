//! Intervals contain the truth as often as they claim.

use overspill::analysis::{RatioMoments, mean_price_uniform};

use super::formulas::blocking;
use super::steady::{plan, run_arm};

const EXPERIMENTS: u32 = 400;
const REPLICATIONS: u32 = 10;

/// Of 400 independent experiments of ten replications each, the 95 % interval of `metric` contains the truth in a
/// number that is binomial.
fn assert_covered(file: &str, changes: &[(&str, &str)], scope: &str, metric: &str, truth: f64) {
    let all = (EXPERIMENTS * REPLICATIONS).to_string();
    let changes: Vec<_> = changes.iter().copied().chain([("experiment.replications", all.as_str())]).collect();
    let plan = plan(file, &changes);
    let measures = run_arm(&plan, 0, plan.seed).measures(scope, metric);
    let covers = |replications: &[overspill::simulation::Measure]| {
        let mut ratio = RatioMoments::default();
        replications.iter().for_each(|measure| ratio.push(measure.numerator, measure.denominator));
        ratio.interval(0.95).is_some_and(|interval| interval.contains(truth))
    };
    let covered = measures.chunks(REPLICATIONS as usize).filter(|replications| covers(replications)).count() as u32;
    let (low, high) = binomial_bounds(EXPERIMENTS, 0.95, 0.001);
    eprintln!("{metric} of {scope}: {covered} of {EXPERIMENTS} cover, {low} to {high} are expected");
    assert!((low..=high).contains(&covered), "{metric} of {scope}: {covered} of {EXPERIMENTS}, not {low} to {high}");
}

/// Between these lies a binomial number but for `alarm`, half of it on either side.
fn binomial_bounds(n: u32, p: f64, alarm: f64) -> (u32, u32) {
    let log_factorial = |k: u32| libm::lgamma(f64::from(k) + 1.0);
    let probability = |k: u32| {
        let choices = log_factorial(n) - log_factorial(k) - log_factorial(n - k);
        libm::exp(choices + f64::from(k) * libm::log(p) + f64::from(n - k) * libm::log1p(-p))
    };
    let at_most: Vec<f64> = (0..=n)
        .scan(0.0, |sum, k| {
            Some({
                *sum += probability(k);
                *sum
            })
        })
        .collect();
    let low = at_most.partition_point(|sum| *sum <= 0.5 * alarm);
    let high = at_most.partition_point(|sum| *sum < 1.0 - 0.5 * alarm);
    (low as u32, high as u32)
}

#[test]
fn binomial_bounds_of_a_coin() {
    // P(at most 1 of 10) = 11/1024 and P(at most 2) = 56/1024.
    assert_eq!(binomial_bounds(10, 0.5, 0.1), (2, 8));
}

#[test]
fn blocking_is_covered() {
    let changes = [
        ("pool.slots.slots", "10"),
        ("group.users.arrivals.offered_load", "8"),
        ("experiment.horizon", "320h"),
        ("experiment.warm_up", "20h"),
    ];
    assert_covered("loss.toml", &changes, "pool:slots", "blocking_probability", blocking(10, 8.0));
}

#[test]
fn the_mean_price_is_covered() {
    let changes = [
        ("pool.spot.slots", "10"),
        ("group.bidders.arrivals.rate", "15 /h"),
        ("experiment.horizon", "120h"),
        ("experiment.warm_up", "20h"),
    ];
    let truth = mean_price_uniform(10, 15.0, 0.0).expect("a load");
    assert_covered("spot-market.toml", &changes, "pool:spot", "price_mean", truth);
}

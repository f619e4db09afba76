//! One replication, from the model to its measures; and the hand-written loops.

use criterion::{BenchmarkId, Criterion, Throughput};
use overspill::simulation::replicate;

use super::ratios::{BARE_ARRIVALS, bare_loops};
use super::scenarios::{events, plan};

/// The calibration scenarios, and some that use much of what there is.
const SCENARIOS: [&str; 7] =
    ["loss", "spot-market", "overflow", "quickstart", "departments", "burst-peak", "zone-outage"];

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replication");
    group.sample_size(10);
    for scenario in SCENARIOS {
        let plan = plan(scenario, &[]);
        // The last arm is the one with the most policies.
        let model = &plan.arms.last().expect("a scenario has an arm").model;
        group.throughput(Throughput::Elements(events(model, 0)));
        group.bench_function(scenario, |bencher| bencher.iter(|| replicate(model, 1, 0)));
    }
    group.finish();
    let mut group = criterion.benchmark_group("bare");
    group.sample_size(10);
    for (name, tree, heap) in bare_loops() {
        group.throughput(Throughput::Elements(tree(BARE_ARRIVALS, 1).events));
        group.bench_function(BenchmarkId::new(name, "winner_tree"), |bencher| bencher.iter(|| tree(BARE_ARRIVALS, 1)));
        group.bench_function(BenchmarkId::new(name, "binary_heap"), |bencher| bencher.iter(|| heap(BARE_ARRIVALS, 1)));
    }
    group.finish();
}

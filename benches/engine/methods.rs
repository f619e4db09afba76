//! Every way to sell a slot, on the same demand: the arms of `auction-methods.toml`, ten times as large.

use criterion::{Criterion, Throughput};
use overspill::simulation::replicate;

use super::scenarios::{events, plan};

const LARGER: [(&str, &str); 4] = [
    ("pool.room.slots", "30"),
    ("group.bidders.members", "80"),
    ("group.bidders.arrivals.bidders", "80"),
    ("experiment.horizon", "50h"),
];

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("method");
    group.sample_size(10);
    for arm in &plan("auction-methods", &LARGER).arms {
        group.throughput(Throughput::Elements(events(&arm.model, 0)));
        group.bench_function(&arm.name, |bencher| bencher.iter(|| replicate(&arm.model, 1, 0)));
    }
    group.finish();
}

//! Scenario files are read, checked and made into models.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::Criterion;
use overspill::scenario::{Load, Override, Plan, load};
use overspill::simulation::{Model, replicate};

/// The largest of those shipped, the one with most arms, one with a price history, and the first that anybody runs.
const FILES: [&str; 4] = ["university", "auction-methods", "spot-replay", "quickstart"];

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scenario");
    group.sample_size(10);
    for name in FILES {
        let path = path(name);
        group.bench_function(name, |bencher| bencher.iter(|| load(&Load { path: &path, overrides: &[] })));
    }
    group.finish();
}

/// The plan of a shipped scenario, with changes.
pub(crate) fn plan(name: &str, changes: &[(&str, &str)]) -> Plan {
    let change = |(path, value): &(&str, &str)| Override { path: (*path).to_owned(), value: (*value).to_owned() };
    let overrides: Vec<Override> = changes.iter().map(change).collect();
    let (plan, diagnostics, _) =
        load(&Load { path: &path(name), overrides: &overrides }).expect("the scenario is there");
    plan.unwrap_or_else(|| panic!("scenario {name} is not sound: {:?}", diagnostics.first()))
}

/// Runs a replication and returns its events.
pub(crate) fn events(model: &Model, replication: u64) -> u64 {
    black_box(replicate(model, 1, replication)).expect("the books balance").events
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).with_extension("toml")
}

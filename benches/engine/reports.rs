//! What is written when a run is over: table, CSV, JSON, Parquet and plots.

use std::path::PathBuf;

use criterion::{Criterion, Throughput};
use overspill::experiment::results::{ReplicationValues, Summary};
use overspill::report::{ReplicationWriter, headlines, json, plot, summary_csv, table, timeseries};

use super::experiments::sweep;
use super::scenarios::plan;

const REPLICATIONS: u64 = 20;
/// Columns of a terminal.
const WIDTH: u16 = 120;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut plan = plan("quickstart", &[]);
    plan.replications = REPLICATIONS;
    let estimates = sweep(&plan, 1).estimates;
    let series: Vec<_> = estimates.series().collect();
    let summary = Summary {
        experiment: plan.name.clone(),
        scenario_digest: plan.digest(),
        seed: plan.seed,
        replications: estimates.replications(),
        estimates: estimates.estimates(),
        differences: estimates.differences(),
    };
    let folder = tempfile::tempdir().expect("a folder for the files");
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    group.bench_function("table", |bencher| {
        bencher.iter(|| table::headline(&summary, &headlines(&summary), WIDTH));
    });
    group.bench_function("complete_table", |bencher| bencher.iter(|| table::complete(&summary, WIDTH)));
    group.bench_function("csv", |bencher| bencher.iter(|| summary_csv::csv(&summary)));
    group.bench_function("json", |bencher| bencher.iter(|| json::json(&summary)));
    group.bench_function("timeline_plot", |bencher| {
        bencher.iter(|| plot::timeline::render(series.iter().copied(), &at("timeline.svg"), &at("timeline.png")));
    });
    group.bench_function("arms_plot", |bencher| {
        bencher.iter(|| plot::arms::render(&summary, &at("arms.svg"), &at("arms.png")));
    });
    group.throughput(Throughput::Elements(series.len() as u64));
    group.bench_function("timeseries_parquet", |bencher| {
        bencher.iter(|| timeseries::write(&at("timeseries.parquet"), series.iter().copied()));
    });
    let metrics = estimates.metrics();
    let rows: u64 = metrics.iter().map(|(_, metrics)| metrics.len() as u64 * REPLICATIONS).sum();
    group.throughput(Throughput::Elements(rows));
    group.bench_function("replications_parquet", |bencher| {
        bencher.iter(|| {
            let mut writer = ReplicationWriter::new(&at("replications.parquet"), metrics.clone())?;
            for (arm, (_, metrics)) in metrics.iter().enumerate() {
                for replication in 0..REPLICATIONS {
                    let values = (0..metrics.len()).map(|n| Some(n as f64 / (replication + 1) as f64)).collect();
                    writer.push(&ReplicationValues { arm, replication, values })?;
                }
            }
            writer.finish()
        });
    });
    group.finish();
}

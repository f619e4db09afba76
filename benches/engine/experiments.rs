//! A whole experiment: arms × replications, on one thread and on two.

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput};
use overspill::experiment::results::ReplicationValues;
use overspill::experiment::{Estimates, Finished, Observer, ObserverError, Request, run};
use overspill::scenario::Plan;

use super::scenarios::plan;
use super::{bare, median};

const REPLICATIONS: u64 = 100;
const ROUNDS: usize = 7;

pub(crate) fn measure(criterion: &mut Criterion) {
    let plan = sized("quickstart", REPLICATIONS);
    let mut group = criterion.benchmark_group("experiment");
    group.sample_size(10).throughput(Throughput::Elements(tasks(&plan)));
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("quickstart", threads), |bencher| bencher.iter(|| sweep(&plan, threads)));
    }
    group.finish();
}

/// Prints replications per second on one thread and on two, and how many times as fast two are. The hand-written loop shares
/// nothing at all between threads: what it gains is what the machine has to give.
pub(crate) fn print_scaling() {
    println!("\nreplications per second, median of {ROUNDS} interleaved rounds");
    println!("{:<16} {:>13} {:>10} {:>11} {:>7}", "", "replications", "one thread", "two threads", "times");
    print_row("loop", LOOPS, |threads| loops(LOOPS, threads));
    for (scenario, replications) in [("quickstart", 500), ("spot-market", 40), ("auction-methods", 500)] {
        let plan = sized(scenario, replications);
        print_row(scenario, tasks(&plan), |threads| drop(sweep(&plan, threads)));
    }
}

/// Measures `run`, which comes to so many replications, on one thread and on two.
fn print_row(name: &str, replications: u64, run: impl Fn(usize)) {
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        for (times, threads) in times.iter_mut().zip(1..) {
            let begin = Instant::now();
            run(threads);
            times.push(begin.elapsed().as_secs_f64());
        }
    }
    let [one, two] = times.map(median);
    let per_second = |seconds: f64| replications as f64 / seconds;
    println!("{name:<16} {replications:>13} {:>10.0} {:>11.0} {:>7.2}", per_second(one), per_second(two), one / two);
}

const LOOPS: u64 = 200;

/// So many hand-written loops of the spot market, dealt out to threads in equal parts.
fn loops(count: u64, threads: usize) {
    let part = |first: u64| (first..count).step_by(threads).map(|seed| bare::spot_market(100_000, seed).events).sum();
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads as u64).map(|first| scope.spawn(move || -> u64 { part(first) })).collect();
        parts.into_iter().for_each(|events| {
            black_box(events.join().expect("a loop ends"));
        });
    });
}

fn sized(scenario: &str, replications: u64) -> Plan {
    Plan { replications, ..plan(scenario, &[]) }
}

fn tasks(plan: &Plan) -> u64 {
    plan.replications * plan.arms.len() as u64
}

/// Runs the experiment as the program does, with its journal and without a report.
pub(crate) fn sweep(plan: &Plan, threads: usize) -> Finished {
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let journal = folder.path().join(".journal");
    let request =
        Request { plan, threads, journal: &journal, fresh: true, cancel: &AtomicBool::new(false), records: None };
    run(&request, Estimates::new(request.plan), &mut Nobody).expect("the experiment runs")
}

pub(crate) struct Nobody;

impl Observer for Nobody {
    fn started(&mut self, _: u64) {}

    fn finished(&mut self, _: &ReplicationValues) -> Result<(), ObserverError> {
        Ok(())
    }
}

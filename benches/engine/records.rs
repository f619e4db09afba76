//! What full records cost: a replication without any, with some and with all, written to Parquet.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use overspill::experiment::{Estimates, Request, run};
use overspill::report::RecordFolder;
use overspill::scenario::{Plan, Records, parse_tables};

use super::experiments::Nobody;
use super::median;
use super::scenarios::plan;

const ROUNDS: usize = 5;

/// With a horizon so long, two million events, that the start and the end of a run hardly count.
const SCENARIOS: [(&str, &str); 2] = [("loss", "12500h"), ("spot-market", "7500h")];

/// Tables that are asked for together; at first none.
const ASKED: [&str; 5] = ["", "requests", "requests,leases", "requests,bids,leases,interruptions,prices", "all"];

/// Prints what an event costs with records, and how fast that is against a run without them.
pub(crate) fn print() {
    println!("\nns per event with records, median of {ROUNDS} interleaved rounds, one thread and the writers'");
    println!("{:<12} {:<42} {:>9} {:>7}", "", "tables", "ns/event", "speed");
    for (scenario, horizon) in SCENARIOS {
        let plans = ASKED.map(|tables| recorded(scenario, horizon, tables));
        let mut times = ASKED.map(|_| Vec::new());
        let mut events = 0;
        for _ in 0..ROUNDS {
            for (times, plan) in times.iter_mut().zip(&plans) {
                let (seconds, all) = seconds(plan);
                times.push(seconds);
                events = all;
            }
        }
        let costs = times.map(|times| 1e9 * median(times) / events as f64);
        for (tables, cost) in ASKED.iter().zip(costs) {
            let tables = if tables.is_empty() { "none" } else { tables };
            println!("{scenario:<12} {tables:<42} {cost:>9.0} {:>7.3}", costs[0] / cost);
        }
    }
}

fn recorded(scenario: &str, horizon: &str, tables: &str) -> Plan {
    let tables = if tables.is_empty() { Vec::new() } else { parse_tables(tables).expect("tables that there are") };
    Plan {
        replications: 1,
        records: Records { tables, replications: 1 },
        ..plan(scenario, &[("experiment.horizon", horizon)])
    }
}

/// How long the experiment takes with its records, and its events.
fn seconds(plan: &Plan) -> (f64, u64) {
    let folder = tempfile::tempdir().expect("a folder for the records");
    let records = RecordFolder::new(plan, folder.path());
    let request = Request {
        plan,
        threads: 1,
        journal: &folder.path().join(".journal"),
        fresh: true,
        cancel: &AtomicBool::new(false),
        records: Some(&records),
    };
    let begin = Instant::now();
    let finished = run(&request, Estimates::new(request.plan), &mut Nobody).expect("the experiment runs");
    (begin.elapsed().as_secs_f64(), finished.estimates.events())
}

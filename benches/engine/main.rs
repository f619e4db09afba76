//! Speed of the parts and of whole runs, one file per subject.
//!
//! `cargo bench --bench engine` runs everything, `cargo bench --bench engine -- book` what has *book* in its name.
//! `ratios` compares the calibration scenarios with hand-written loops, `records` runs with and without full records,
//! `scaling` one thread with two; all measure in interleaved rounds of one process, so that the machine's speed cancels.

// The clock measures here, and reaches no result.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code, unused_imports)] // its own tests run in tests/bare_loops.rs
#[path = "../bare/mod.rs"]
mod bare;

mod book;
mod calendar;
mod experiments;
mod formulas;
mod methods;
mod ratios;
mod records;
mod replications;
mod reports;
mod scenarios;

use criterion::Criterion;

// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for measure in [
        calendar::measure,
        book::measure,
        formulas::measure,
        methods::measure,
        replications::measure,
        experiments::measure,
        scenarios::measure,
        reports::measure,
    ] {
        measure(&mut criterion);
    }
    criterion.final_summary();
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| filter.as_ref().is_none_or(|filter| filter == name);
    if is_wanted("ratios") {
        ratios::print();
    }
    if is_wanted("records") {
        records::print();
    }
    if is_wanted("scaling") {
        experiments::print_scaling();
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

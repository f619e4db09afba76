//! Overspill: a deterministic discrete-event simulator of markets for compute capacity.
//!
//! # Architecture
//!
//! Imports point one way:
//!
//! ```text
//! units, collections <- market, kernel, demand <- simulation <- scenario, experiment <- cli
//!                                            analysis (numbers only) <- experiment <- report
//! ```
//!
//! | module | its job | what it does without |
//! |---|---|---|
//! | [`units`] | exact time, money and price | any other module |
//! | [`collections`] | a winner tree, a calendar queue, a slab, spans, lists by owner | any idea of what is kept in them |
//! | [`kernel`] | event calendar, clock, random streams | any idea of markets |
//! | [`market`] | the allocation logic: pools, clearing, burst, ledger | clock, randomness, I/O, floats for money |
//! | [`demand`] | arrivals, durations, sizes, values, replayed sequences | the calendar, files |
//! | [`simulation`] | one replication of one model, measured | files, threads, printing |
//! | `scenario` | scenario files and job logs: every fault found, models built | running anything |
//! | `experiment` | arms × replications in parallel, results in order | plots, printing |
//! | `analysis` | estimators, intervals, closed forms, the offline optimum | the simulator |
//! | `report` | tables, Parquet, CSV, plots | deciding what the numbers mean |
//! | `cli` | arguments, progress, exit codes, wording | everything else |
//!
//! Without default features only the first six are built: the light library.

pub mod collections;
pub mod demand;
pub mod kernel;
pub mod market;
pub mod simulation;
pub mod units;

#[cfg(feature = "program")]
pub mod analysis;
#[cfg(feature = "program")]
pub mod cli;
#[cfg(feature = "program")]
pub mod experiment;
#[cfg(feature = "program")]
pub mod report;
#[cfg(feature = "program")]
pub mod scenario;

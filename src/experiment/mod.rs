//! Arms × replications on all cores, in order, with flat memory; what is finished is never computed again.
//!
//! ```text
//! counter -> workers -> Outcome -> [reordering window] -> journal -> estimates, series, replications.parquet
//! ```
//!
//! A task is one replication of one arm; tasks are numbered replication by replication, arms within. Workers may
//! finish out of order, but results are *consumed* in the order of their numbers, so that nothing that follows depends
//! on threads or timing. At most a few results per thread wait at any moment.

mod estimates;
mod journal;
mod name;
mod offline;
mod records;
pub mod results;
mod run;
mod schedule;

pub use estimates::Estimates;
pub use journal::{Journal, JournalError};
pub use records::{RecordBook, RecordError, RecordStore, RecordTable};
pub use run::{ExperimentError, Finished, Observer, ObserverError, Request, run};

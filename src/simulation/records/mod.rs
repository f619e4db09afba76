//! Full records of a replication: what happened, row by row.
//!
//! A [`RecordSink`] takes them as they come to pass; it may keep, count or write them. Nothing here knows of files.
//! Records are of the whole run, warm-up included, and change no result: a replication that is recorded has the same
//! outcome as one that is not, and one that is not pays nothing for it (the sink is a type parameter of the recorder).

mod diary;
mod lives;
mod rows;
mod watch;

pub(super) use diary::Diary;
pub use rows::{
    BidEvent, BidRow, BillingRow, InterruptionRow, LeaseRow, OperationRow, PoolRow, PriceRow, Record, RequestRow,
    RoundRow, Table, UsageRow,
};
pub(super) use watch::{Nobody, Watch};

/// Takes the records of one replication, in the order in which things happened.
///
/// A request is told of when it ends, a lease when it ends, a stretch of use when it is settled: the rows of a table are
/// in the order of those instants.
pub trait RecordSink {
    /// Are rows of this table wanted? Asked once, before the first row.
    fn wants(&self, table: Table) -> bool {
        let _ = table;
        true
    }

    /// Takes a row. A sink that can fail remembers the fault and says so when it is finished.
    fn take(&mut self, record: Record);
}

//! Joins kernel, market and demand: one replication of one model, measured.
//!
//! ```text
//! Model --replicate(seed, replication)--> Replication -> Outcome
//!           calendar event -> command -> Marketplace -> effects -> Recorder (meters) and calendar
//! ```
//!
//! A [`Model`] is plain data: whoever builds one (a scenario file, a test, another program) can run it.

mod budgets;
mod chains;
mod commitments;
mod directory;
mod envy;
mod faults;
mod inequality;
mod knapsack;
mod loans;
mod look_ahead;
mod measures;
mod meters;
mod model;
mod operations;
mod order;
mod partners;
mod prices;
mod recorder;
mod records;
mod replication;
mod request_log;
mod rounds;
mod series;
mod spread;
mod ticket;
mod zones;

pub use measures::{Measure, MeasureId, Scope, Unit, catalogue};
pub use model::{
    AccountModel, Conversion, Economics, FaultClock, GroupModel, HardwareModel, Member, MinimumSchedule, Model,
    OwnerStep, Party, PoolModel, ResourceUnit,
};
pub use records::{
    BidEvent, BidRow, BillingRow, InterruptionRow, LeaseRow, OperationRow, PoolRow, PriceRow, Record, RecordSink,
    RequestRow, RoundRow, Table, UsageRow,
};
pub use replication::{Outcome, ReplicationError, replicate, replicate_by_the_long_way, replicate_recorded};
pub use request_log::RequestRecord;
pub use series::{SeriesId, series_catalogue};

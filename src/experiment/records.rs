//! Where the full records of replications go.

use std::error::Error;

use crate::simulation::RecordSink;

/// Why records could not be kept.
pub type RecordError = Box<dyn Error + Send + Sync>;

/// Keeps the records of some replications. What is complete there is not computed again.
pub trait RecordStore: Sync {
    /// Called once, when no other run works in the folder: what is there of another experiment than `key` says, or all of
    /// it if `fresh`, goes away.
    ///
    /// # Errors
    /// If it cannot be looked at or taken away.
    fn open(&self, key: &str, fresh: bool) -> Result<(), RecordError>;

    /// Are the records of this replication wanted, and not all there?
    fn lacks(&self, arm: usize, replication: u64) -> bool;

    /// Begins the records of a replication.
    ///
    /// # Errors
    /// If they cannot be begun.
    fn begin<'s>(&'s self, arm: usize, replication: u64) -> Result<Box<dyn RecordBook + 's>, RecordError>;
}

/// The records of one replication in the making; dropped before it is finished, it leaves none.
pub trait RecordBook: RecordSink {
    /// Completes them.
    ///
    /// # Errors
    /// If a row could not be kept, or the whole cannot be.
    fn finish(self: Box<Self>) -> Result<(), RecordError>;
}

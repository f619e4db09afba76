//! The order of events within one instant, which is also their class in the calendar.
//!
//! Ends of leases come before everything that could use the slots they free; clearing comes once all of that is in,
//! and before the first arrival. Whoever's patience ends at the instant in which a slot frees is served.

/// The window of measurement begins or ends. First, so that counts belong to [start, end).
pub(super) const WINDOW: usize = 0;
/// A lease ends because its work is done. Key: place of the request.
pub(super) const LEASE_END: usize = 1;
/// A budget period ends. Key: pool.
pub(super) const BUDGET_RESET: usize = 2;
/// A metered budget is to be looked at. Key: pool.
pub(super) const BUDGET_WATCH: usize = 3;
// Clearing of the pools in which slots became free stands here; it is no event of its own.
/// The patience of a waiting request ends. Key: place of the request.
pub(super) const PATIENCE: usize = 4;
/// A request arrives. Key: group.
pub(super) const ARRIVAL: usize = 5;
/// The levels are read for the time series. Last, so that they are the levels after the instant.
pub(super) const SAMPLE: usize = 6;
/// Number of classes.
pub(super) const CLASSES: usize = 7;

/// The first class that needs cleared pools.
pub(super) const FIRST_AFTER_CLEARING: usize = PATIENCE;

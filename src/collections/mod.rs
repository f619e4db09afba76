//! Data structures that know nothing of events or markets: a winner tree, a calendar queue and a slab.

mod bucket_queue;
mod slab;
mod tournament;

pub use bucket_queue::BucketQueue;
pub use slab::Slab;
pub use tournament::{Key, Tournament};

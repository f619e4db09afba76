//! Data structures that know nothing of events or markets: a winner tree, a calendar queue, a slab, spans of
//! indices and lists by what they belong to.

mod bucket_queue;
mod grouped;
mod prefetch;
mod slab;
mod span;
mod tournament;

pub use bucket_queue::BucketQueue;
pub use grouped::Grouped;
pub(crate) use prefetch::prefetch;
pub use slab::Slab;
pub use span::Span;
pub use tournament::{Key, Tournament};

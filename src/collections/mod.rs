//! Two data structures that know nothing of events or markets: a winner tree and a slab.

mod slab;
mod tournament;

pub use slab::Slab;
pub use tournament::{Key, Tournament};

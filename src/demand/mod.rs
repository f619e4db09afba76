//! Who asks for slots, when, how many, for how long, and what it is worth to them.
//!
//! [`Law`]s are sampled over [`crate::kernel::Stream`]s by portable code (transcendental functions from `libm` by name).
//! A [`Group`] is a source of requests: an arrival process with laws, or the replay of a sequence. Reading a log from a
//! file is the scenario's affair; here a sequence is replayed.

mod bidding;
mod draw;
mod equilibrium;
mod group;
mod law;
mod poisson;
mod prices;
mod rounds;
mod sequence;
mod ziggurat;

pub use bidding::{Bidding, Revisions, Withdrawal};
pub use draw::{Draw, Drawn};
pub use equilibrium::Equilibrium;
pub use group::{Arrivals, Group, Members};
pub use law::{Law, LawError};
pub use prices::{PriceHistory, PricePath, PriceSeries, PriceWalk};
pub use rounds::Bidders;
pub use sequence::{Job, Sequence};

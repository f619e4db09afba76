//! The event calendar, the clock and the random streams. Knows nothing of markets.

mod calendar;
pub mod stream;

pub use calendar::Calendar;
pub use stream::{Address, Stream};

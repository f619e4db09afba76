//! Checks of the hand-written loops that the benchmarks use as a yardstick.

#[path = "../benches/bare/mod.rs"]
mod bare;

//! The simulator against theory.
//!
//! Every statement is put to the scenario files that users run, with overrides where the theory is about another
//! system. Seeds are fixed, so that the outcome is the same every time. A statement holds if the value that theory
//! gives lies in the interval of confidence 0.999 over the replications, and the interval is narrow enough for the
//! statement to mean something (the precision that each call states). Draws that change, as by another seed, raise one
//! false alarm in a thousand statements; there are about a hundred and thirty of them. Statements about auctions, of which
//! there are about fifty, have confidence 0.9999: by another seed they all hold with probability 0.995 or more.
//!
//! Simulated are steady states: each window of measurement follows a warm-up of many mean durations.

mod auctions;
mod bids;
mod bookkeeping;
mod clocks;
mod common_random_numbers;
mod coverage;
mod efficiency;
mod formulas;
mod loss;
mod minimum_in_time;
mod minimum_price;
mod overflow;
mod preemption;
mod sale;
mod spot_market;
mod spot_queue;
mod steady;
mod waiting;

//! The simulator against theory.
//!
//! Every statement is put to the scenario files that users run, with overrides where the theory is about another
//! system, or to texts of that kind. Seeds are fixed, so that the outcome is the same every time. A statement holds if the value that theory
//! gives lies in the interval of confidence 0.999 over the replications, and the interval is narrow enough for the
//! statement to mean something (the precision that each call states). Draws that change, as by another seed, raise one
//! false alarm in a thousand statements; there are about a hundred and forty of them. In the files about auctions, clocks,
//! efficiency, bids, minima and the queue of the spot market the confidence is 0.9999, and there are about 220. However
//! statements depend on each other, by another seed all of those hold with probability 0.978 or more, and all of the
//! others with 0.86 or more. What holds to the last bit raises no false alarms.
//!
//! Simulated are steady states: each window of measurement follows a warm-up of many mean durations.

mod auctions;
mod bids;
mod bookkeeping;
mod burst;
mod choice;
mod clocks;
mod common_random_numbers;
mod coverage;
mod efficiency;
mod faults;
mod formulas;
mod given_prices;
mod loss;
mod merging;
mod minimum_in_time;
mod minimum_price;
mod overflow;
mod preemption;
mod records;
mod resale;
mod reserve_or_burst;
mod rivals;
mod sale;
mod spot_market;
mod spot_queue;
mod steady;
mod waiting;

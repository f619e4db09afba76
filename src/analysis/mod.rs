//! Functions of numbers that know nothing of the simulator: closed forms to hold a run against, and
//! the estimators that turn the values of replications into means, ratios and intervals.
//!
//! Every transcendental function goes over `libm`, so that an interval is the same to the last bit in
//! every build and on every machine.

mod auction;
mod erlang;
mod error;
mod interval;
mod moments;
mod offline_optimum;
mod spot_price;
mod student_t;

pub use auction::{auction_revenue, auction_revenue_uniform, optimal_minimum};
pub use erlang::{erlang_b, erlang_c, mean_wait_erlang_c, overflow_mean};
pub use error::AnalysisError;
pub use interval::Interval;
pub use moments::{Moments, PairedRatioMoments, RatioMoments};
pub use offline_optimum::{Job, MOST_JOBS, MOST_JOBS_OF_DIFFERENT_SIZES, offline_optimum};
pub use spot_price::{mean_price_uniform, price_exceedance};
pub use student_t::student_t_quantile;

//! Why a closed form or a quantile could not be computed.

use std::error::Error;
use std::fmt;

/// A number outside the domain of a formula. Each variant carries the offending value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The offered load, in erlangs, is negative or not finite.
    InvalidLoad(f64),
    /// A delay system whose offered load is not below its number of servers has no steady state.
    Unstable {
        /// Number of servers.
        servers: u32,
        /// Offered load, in erlangs.
        offered_load: f64,
    },
    /// The minimum price is outside the range of the values.
    InvalidMinimum(f64),
    /// The highest value is not finite.
    InvalidHighest(f64),
    /// A survival function gave something that is not a probability.
    InvalidSurvival(f64),
    /// The confidence level is not strictly between 0 and 1.
    InvalidConfidence(f64),
    /// Too many jobs compete for the same slots for the best choice among them to be found.
    TooManyJobs {
        /// The most that can be solved for, given their sizes.
        most: usize,
    },
    /// The start, end or value of a job is not finite, or the value is negative.
    InvalidJob(f64),
    /// The solver of linear programs found no optimum.
    NoOptimum,
    /// Student's t distribution needs at least one degree of freedom.
    NoDegreesOfFreedom,
}

impl fmt::Display for AnalysisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidLoad(load) => write!(f, "offered load {load} is negative or not finite"),
            Self::Unstable { servers, offered_load } => {
                write!(
                    f,
                    "offered load {offered_load} is not below the {servers} servers, so the queue has no steady state"
                )
            }
            Self::InvalidMinimum(minimum) => write!(f, "minimum price {minimum} is not within the range of the values"),
            Self::InvalidHighest(highest) => write!(f, "highest value {highest} is not finite"),
            Self::InvalidSurvival(share) => write!(f, "survival function gave {share}, which is not between 0 and 1"),
            Self::InvalidConfidence(level) => write!(f, "confidence level {level} is not strictly between 0 and 1"),
            Self::TooManyJobs { most } => {
                write!(f, "more than {most} requests compete for slots, too many to find the best choice among them")
            }
            Self::InvalidJob(number) => write!(f, "{number} is no time or value of a job"),
            Self::NoOptimum => write!(f, "the solver found no best choice"),
            Self::NoDegreesOfFreedom => write!(f, "student's t distribution needs at least one degree of freedom"),
        }
    }
}

impl Error for AnalysisError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_on_after_a_colon() {
        let error = AnalysisError::Unstable { servers: 2, offered_load: 2.5 };
        assert_eq!(error.to_string(), "offered load 2.5 is not below the 2 servers, so the queue has no steady state");
    }
}

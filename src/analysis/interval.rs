//! A confidence interval on a mean over replications.

use serde::Serialize;

use super::student_t_quantile;

/// An estimate over `n` replications with the half-width of its confidence interval, both in the unit
/// of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Number of replications.
    pub n: u64,
    /// The estimate, in the middle of the interval.
    pub mean: f64,
    /// Half the width of the interval; `None` for fewer than two replications.
    pub half_width: Option<f64>,
    /// Confidence level, strictly between 0 and 1.
    pub confidence: f64,
}

impl Interval {
    /// The interval around `mean` by Student's t distribution with n - 1 degrees of freedom.
    ///
    /// `variance_of_mean` is the estimated variance of `mean` itself, that is, the variance between
    /// replications already divided by `n`. The half-width is `None` for fewer than two replications, or
    /// if that variance is not a finite number.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1: it is checked where it is read.
    ///
    /// # Source
    /// A. M. Law, *Simulation Modeling and Analysis*, chapter on output data analysis.
    #[must_use]
    pub fn new(n: u64, mean: f64, variance_of_mean: f64, confidence: f64) -> Self {
        assert!(confidence > 0.0 && confidence < 1.0, "confidence level {confidence} is not between 0 and 1");
        let half_width = n
            .checked_sub(1)
            .and_then(|degrees| student_t_quantile(confidence, degrees).ok())
            .map(|quantile| quantile * variance_of_mean.sqrt())
            .filter(|half_width| half_width.is_finite());
        Self { n, mean, half_width, confidence }
    }

    /// Whether `value` lies in the interval, ends included. `false` if the half-width is unknown.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.half_width.is_some_and(|half_width| (value - self.mean).abs() <= half_width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_width_is_the_quantile_times_the_standard_error() {
        let interval = Interval::new(10, 5.0, 0.04, 0.95);
        assert!(interval.half_width.is_some_and(|half_width| (half_width - 0.452_431_432_559_641).abs() < 1e-12));
        assert!(interval.contains(5.45) && interval.contains(4.55));
        assert!(!interval.contains(5.46) && !interval.contains(4.54) && !interval.contains(f64::NAN));
    }

    #[test]
    fn one_replication_has_no_half_width() {
        for n in [0, 1] {
            let interval = Interval::new(n, 5.0, 0.0, 0.95);
            assert_eq!(interval.half_width, None);
            assert!(!interval.contains(5.0));
        }
    }

    #[test]
    fn a_constant_has_width_zero() {
        let interval = Interval::new(3, 5.0, 0.0, 0.95);
        assert_eq!(interval.half_width, Some(0.0));
        assert!(interval.contains(5.0));
    }

    #[test]
    #[should_panic(expected = "confidence level 1 is not between 0 and 1")]
    fn a_certain_interval_is_our_own_fault() {
        let _ = Interval::new(3, 5.0, 1.0, 1.0);
    }
}

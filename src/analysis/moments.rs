//! Means, variances and ratios of sums, gathered one replication at a time in flat memory.
//!
//! Each accumulator is to be fed in the order of the replications: floating-point sums depend on their
//! order, and this one gives the same result whatever the number of threads.

use super::Interval;

/// Mean and variance of one value per replication.
///
/// # Source
/// B. P. Welford, "Note on a method for calculating corrected sums of squares and products",
/// *Technometrics* 4 (1962).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments(JointMoments<1>);

impl Moments {
    /// Adds the value of one replication.
    pub fn push(&mut self, value: f64) {
        self.0.push([value]);
    }

    /// Number of values.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.0.n
    }

    /// Mean, in the unit of the values; `None` if there are none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.0.n > 0).then_some(self.0.mean[0])
    }

    /// Variance with divisor n - 1, in the square of that unit; `None` for fewer than two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.0.n > 1).then(|| self.0.products[0][0] / (self.0.n - 1) as f64)
    }

    /// The mean with its confidence interval; `None` if there are no values or the mean is not finite.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    #[must_use]
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        self.0.interval(self.mean()?, [1.0], confidence)
    }
}

/// A metric that is a ratio of sums over the replications, R = sum x / sum y, such as work lost over
/// work offered. Where y is always 1 it is the plain mean of x.
///
/// The variance of the estimate is that of the linearised ratio, var(x - R y) / (n mean(y)^2). The bias
/// of a ratio falls as 1 / n, faster than the half-width, and is not corrected.
///
/// # Source
/// W. G. Cochran, *Sampling Techniques*, chapter on ratio estimators.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RatioMoments(JointMoments<2>);

impl RatioMoments {
    /// Adds one replication: its share `x` of the numerator and `y` of the denominator.
    pub fn push(&mut self, x: f64, y: f64) {
        self.0.push([x, y]);
    }

    /// Number of replications.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.0.n
    }

    /// The ratio of sums; `None` if the denominator is 0 or the ratio not finite.
    #[must_use]
    pub fn estimate(&self) -> Option<f64> {
        let [x, y] = self.0.mean;
        ratio(x, y)
    }

    /// The ratio with its confidence interval, `None` where [`estimate`](Self::estimate) is.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    #[must_use]
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let estimate = self.estimate()?;
        self.0.interval(estimate, ratio_slopes(estimate, self.0.mean[1]), confidence)
    }
}

/// The difference of one ratio of sums between two arms that ran the same replications, R_a - R_b.
///
/// Replications are paired, so what the arms have in common (the same customers under common random
/// numbers) cancels from the variance of the difference, which is again that of the linearised ratios.
///
/// # Source
/// W. G. Cochran, *Sampling Techniques*, chapter on ratio estimators (comparison of two ratios);
/// A. M. Law, *Simulation Modeling and Analysis*, paired-t intervals and common random numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairedRatioMoments(JointMoments<4>);

impl PairedRatioMoments {
    /// Adds one replication: numerator and denominator in arm a, then in arm b.
    pub fn push(&mut self, xa: f64, ya: f64, xb: f64, yb: f64) {
        self.0.push([xa, ya, xb, yb]);
    }

    /// Number of paired replications.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.0.n
    }

    /// The difference of the ratios; `None` if a denominator is 0 or the difference not finite.
    #[must_use]
    pub fn estimate(&self) -> Option<f64> {
        let [xa, ya, xb, yb] = self.0.mean;
        Some(ratio(xa, ya)? - ratio(xb, yb)?).filter(|difference| difference.is_finite())
    }

    /// The difference with its paired confidence interval, `None` where [`estimate`](Self::estimate) is.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    #[must_use]
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let estimate = self.estimate()?;
        let [[xa, ya], [xb, yb]] = self.slopes()?;
        self.0.interval(estimate, [xa, ya, -xb, -yb], confidence)
    }

    /// Variance-reduction factor: the variance that the difference would have had with independent arms,
    /// over the variance of the paired difference. 1 means that pairing gained nothing.
    ///
    /// `None` if the difference does not vary, as for two equal arms, for fewer than two replications, or
    /// where there is no estimate.
    #[must_use]
    pub fn vrf(&self) -> Option<f64> {
        let [[xa, ya], [xb, yb]] = self.slopes()?;
        let arm_a = self.0.variance_of_mean([xa, ya, 0.0, 0.0]);
        let arm_b = self.0.variance_of_mean([0.0, 0.0, xb, yb]);
        let difference = self.0.variance_of_mean([xa, ya, -xb, -yb]);
        let factor = (arm_a + arm_b) / difference;
        (difference > 0.0 && factor.is_finite()).then_some(factor)
    }

    /// Slopes of each arm's ratio by its numerator and its denominator.
    fn slopes(&self) -> Option<[[f64; 2]; 2]> {
        let [xa, ya, xb, yb] = self.0.mean;
        Some([ratio_slopes(ratio(xa, ya)?, ya), ratio_slopes(ratio(xb, yb)?, yb)])
    }
}

/// `x / y`, unless `y` is 0 (as it is before the first replication) or the ratio is not finite.
fn ratio(x: f64, y: f64) -> Option<f64> {
    Some(x / y).filter(|ratio| ratio.is_finite())
}

/// Derivatives of x / y by x and by y, where the ratio is `ratio`.
fn ratio_slopes(ratio: f64, y: f64) -> [f64; 2] {
    [1.0 / y, -ratio / y]
}

/// Means of `D` values per replication, and the sums of products of their deviations from the means,
/// by Welford's update.
#[derive(Clone, Debug, PartialEq)]
struct JointMoments<const D: usize> {
    n: u64,
    mean: [f64; D],
    products: [[f64; D]; D],
}

impl<const D: usize> Default for JointMoments<D> {
    fn default() -> Self {
        Self { n: 0, mean: [0.0; D], products: [[0.0; D]; D] }
    }
}

impl<const D: usize> JointMoments<D> {
    fn push(&mut self, values: [f64; D]) {
        let weight = self.n as f64 / (self.n + 1) as f64;
        self.n += 1;
        let deviation: [f64; D] = std::array::from_fn(|i| values[i] - self.mean[i]);
        for (row, di) in self.products.iter_mut().zip(deviation) {
            for (product, dj) in row.iter_mut().zip(deviation) {
                *product += weight * (di * dj);
            }
        }
        for (mean, d) in self.mean.iter_mut().zip(deviation) {
            *mean += d / self.n as f64;
        }
    }

    /// Variance of an estimate that depends on the means with the given slopes; not a number for fewer
    /// than two replications.
    ///
    /// Where the terms cancel to within their last digits, what is left is rounding, of either sign: the
    /// estimate does not vary, and its variance is 0.
    fn variance_of_mean(&self, slopes: [f64; D]) -> f64 {
        if self.n < 2 {
            return f64::NAN;
        }
        let (mut sum, mut magnitude) = (0.0, 0.0);
        for (row, si) in self.products.iter().zip(slopes) {
            for (product, sj) in row.iter().zip(slopes) {
                let term = si * sj * product;
                sum += term;
                magnitude += term.abs();
            }
        }
        let n = self.n as f64;
        if sum <= ROUNDING * magnitude { 0.0 } else { sum / (n * (n - 1.0)) }
    }

    fn interval(&self, estimate: f64, slopes: [f64; D], confidence: f64) -> Option<Interval> {
        let interval = || Interval::new(self.n, estimate, self.variance_of_mean(slopes), confidence);
        (self.n > 0 && estimate.is_finite()).then(interval)
    }
}

/// What sixteen terms of the same sum can lose by rounding, relative to the sum of their magnitudes.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::analysis::student_t_quantile;

    /// A uniform draw from 0 to 1.
    fn uniform(rng: &mut Xoshiro256PlusPlus) -> f64 {
        (rng.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A draw that is exponential with mean 1.
    fn exponential(rng: &mut Xoshiro256PlusPlus) -> f64 {
        -libm::log1p(-uniform(rng))
    }

    fn assert_close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance * expected.abs(), "{actual} is not {expected}");
    }

    #[test]
    fn welford_agrees_with_two_passes_far_from_zero() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let values: Vec<f64> = (0..1000).map(|_| 1e9 + uniform(&mut rng)).collect();
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.push(value));
        let offset = values.iter().map(|value| value - 1e9).sum::<f64>() / 1000.0;
        let variance = values.iter().map(|value| (value - 1e9 - offset).powi(2)).sum::<f64>() / 999.0;
        assert_eq!(moments.n(), 1000);
        assert_close(moments.mean().unwrap_or(0.0), 1e9 + offset, 1e-15);
        assert_close(moments.variance().unwrap_or(0.0), variance, 1e-6);
    }

    #[test]
    fn what_needs_more_replications_is_none() {
        let (mut plain, mut ratio, mut paired) =
            (Moments::default(), RatioMoments::default(), PairedRatioMoments::default());
        assert_eq!((plain.mean(), plain.variance(), plain.interval(0.95)), (None, None, None));
        assert_eq!((ratio.interval(0.95), paired.interval(0.95), paired.vrf()), (None, None, None));
        plain.push(3.0);
        ratio.push(3.0, 2.0);
        paired.push(3.0, 2.0, 1.0, 2.0);
        for (interval, mean) in [(plain.interval(0.95), 3.0), (ratio.interval(0.95), 1.5), (paired.interval(0.95), 1.0)]
        {
            assert_eq!(interval, Some(Interval { n: 1, mean, half_width: None, confidence: 0.95 }));
        }
        assert_eq!((plain.variance(), paired.vrf()), (None, None));
    }

    #[test]
    fn a_denominator_of_zero_gives_no_ratio() {
        let (mut ratio, mut paired) = (RatioMoments::default(), PairedRatioMoments::default());
        for x in [0.0, 1.0, 2.0] {
            ratio.push(x, 0.0);
            paired.push(x, 1.0, x, 0.0);
        }
        assert_eq!((ratio.estimate(), ratio.interval(0.95)), (None, None));
        assert_eq!((paired.estimate(), paired.interval(0.95), paired.vrf()), (None, None, None));
    }

    #[test]
    fn ratio_variance_is_that_of_the_linearised_residuals() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let pairs: Vec<(f64, f64)> = (0..50)
            .map(|_| {
                let y = 10.0 + uniform(&mut rng);
                (0.3 * y + uniform(&mut rng), y)
            })
            .collect();
        let mut ratio = RatioMoments::default();
        pairs.iter().for_each(|&(x, y)| ratio.push(x, y));
        let (sum_x, sum_y) = pairs.iter().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
        let r = sum_x / sum_y;
        let residuals = pairs.iter().map(|(x, y)| (x - r * y).powi(2)).sum::<f64>() / 49.0;
        let standard_error = (residuals / 50.0).sqrt() / (sum_y / 50.0);
        let expected = student_t_quantile(0.9, 49).map(|t| t * standard_error);
        let interval = ratio.interval(0.9);
        assert_close(interval.map_or(0.0, |i| i.mean), r, 1e-14);
        assert_close(interval.and_then(|i| i.half_width).unwrap_or(0.0), expected.unwrap_or(1.0), 1e-10);
    }

    #[test]
    fn denominators_of_one_give_the_plain_mean_and_the_paired_t() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let (mut plain, mut ratio) = (Moments::default(), RatioMoments::default());
        let (mut differences, mut paired) = (Moments::default(), PairedRatioMoments::default());
        for _ in 0..20 {
            let (a, b) = (exponential(&mut rng), exponential(&mut rng));
            plain.push(a);
            ratio.push(a, 1.0);
            differences.push(a - b);
            paired.push(a, 1.0, b, 1.0);
        }
        for (left, right) in
            [(plain.interval(0.95), ratio.interval(0.95)), (differences.interval(0.95), paired.interval(0.95))]
        {
            let half_width = |interval: Option<Interval>| interval.and_then(|i| i.half_width);
            assert_close(left.map_or(0.0, |i| i.mean), right.map_or(1.0, |i| i.mean), 1e-12);
            assert_close(half_width(left).unwrap_or(0.0), half_width(right).unwrap_or(1.0), 1e-12);
        }
    }

    /// 4000 intervals from 40 replications each. The tolerance is four standard errors of a coverage of
    /// 0.95 (0.0034 each), a false alarm in about 16 000, and one point for the linearisation.
    #[test]
    fn ratio_intervals_cover_as_often_as_they_claim() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        let mut covered = 0_u32;
        for _ in 0..4000 {
            let mut ratio = RatioMoments::default();
            for _ in 0..40 {
                let y = 4.0 + exponential(&mut rng) + exponential(&mut rng);
                ratio.push(0.25 * y * (0.5 + uniform(&mut rng)), y);
            }
            covered += u32::from(ratio.interval(0.95).is_some_and(|interval| interval.contains(0.25)));
        }
        let coverage = f64::from(covered) / 4000.0;
        assert!((coverage - 0.95).abs() < 0.024, "coverage {coverage}");
    }

    #[test]
    fn shared_randomness_reduces_the_variance() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let (mut alike, mut apart) = (PairedRatioMoments::default(), PairedRatioMoments::default());
        for _ in 0..500 {
            let (shared, other, noise) = (exponential(&mut rng), exponential(&mut rng), uniform(&mut rng));
            alike.push(shared, 2.0, shared + 0.01 * noise, 2.0);
            apart.push(shared, 2.0, other, 2.0);
        }
        assert!(alike.vrf().is_some_and(|vrf| vrf > 1e4), "{:?}", alike.vrf());
        assert!(apart.vrf().is_some_and(|vrf| (0.8..1.25).contains(&vrf)), "{:?}", apart.vrf());
    }

    #[test]
    fn equal_arms_differ_by_exactly_nothing() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
        let mut paired = PairedRatioMoments::default();
        for _ in 0..1000 {
            let (x, y) = (1e6 * exponential(&mut rng), 1.0 + exponential(&mut rng));
            paired.push(x, y, x, y);
        }
        let nothing = Interval { n: 1000, mean: 0.0, half_width: Some(0.0), confidence: 0.95 };
        assert_eq!(paired.interval(0.95), Some(nothing));
        assert_eq!(paired.vrf(), None);
    }

    #[test]
    fn an_exact_ratio_has_width_zero() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        let mut ratio = RatioMoments::default();
        for _ in 0..1000 {
            let y = exponential(&mut rng);
            ratio.push(0.1 * y, y);
        }
        let half_width = ratio.interval(0.95).and_then(|interval| interval.half_width);
        assert!(half_width.is_some_and(|half_width| half_width < 1e-9), "{half_width:?}");
    }
}

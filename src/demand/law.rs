//! Probability laws of durations, sizes, values and patience.

use std::fmt;

use super::ziggurat;
use crate::kernel::Stream;

/// A probability law on the non-negative numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Always the same value.
    Constant(f64),
    /// Exponential with this mean.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Log-normal: exp of a normal variable.
    LogNormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Uniform on an interval.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
}

/// Why a law cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LawError {
    /// A parameter is not finite.
    NotFinite,
    /// A parameter that must be positive, or at least zero, is not.
    Negative,
    /// The lower end lies above the upper end.
    Reversed,
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFinite => "every parameter must be finite",
            Self::Negative => "means must be above zero, spreads and ends at least zero",
            Self::Reversed => "the lower end lies above the upper end",
        })
    }
}

impl std::error::Error for LawError {}

impl Law {
    /// A log-normal law with this mean and coefficient of variation (standard deviation / mean).
    #[must_use]
    pub fn lognormal_with_mean(mean: f64, cv: f64) -> Self {
        let variance = libm::log1p(cv * cv);
        Self::LogNormal { mu: libm::log(mean) - 0.5 * variance, sigma: libm::sqrt(variance) }
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// [`LawError`] says what is wrong with them.
    pub fn check(&self) -> Result<(), LawError> {
        let (parameters, positive) = match *self {
            Self::Constant(value) => ([value, 0.0], value >= 0.0),
            Self::Exponential { mean } => ([mean, 0.0], mean > 0.0),
            Self::LogNormal { mu, sigma } => ([mu, sigma], sigma >= 0.0),
            Self::Uniform { low, high } => ([low, high], low >= 0.0),
        };
        if parameters.iter().any(|parameter| !parameter.is_finite()) {
            return Err(LawError::NotFinite);
        }
        if !positive {
            return Err(LawError::Negative);
        }
        match *self {
            Self::Uniform { low, high } if low > high => Err(LawError::Reversed),
            _ => Ok(()),
        }
    }

    /// Mean of the law.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Exponential { mean } => mean,
            Self::LogNormal { mu, sigma } => libm::exp(mu + 0.5 * sigma * sigma),
            Self::Uniform { low, high } => 0.5 * (low + high),
        }
    }

    /// The law, as a constant if its spread is zero.
    #[must_use]
    pub fn simplest(&self) -> Self {
        match *self {
            Self::LogNormal { mu, sigma } if sigma <= 0.0 => Self::Constant(libm::exp(mu)),
            Self::Uniform { low, high } if low >= high => Self::Constant(low),
            law => law,
        }
    }

    /// Probability of a draw of at most `x`. Precise where it is small, as [`Law::survival`] is where that is.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        match self.simplest() {
            Self::Constant(value) => f64::from(u8::from(x >= value)),
            Self::Exponential { mean } => -libm::expm1(-x.max(0.0) / mean),
            Self::LogNormal { mu, sigma } => normal_beyond((mu - libm::log(x.max(0.0))) / sigma),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
        }
    }

    /// Probability of a draw above `x`.
    #[must_use]
    pub fn survival(&self, x: f64) -> f64 {
        match self.simplest() {
            Self::Constant(value) => f64::from(u8::from(x < value)),
            Self::Exponential { mean } => libm::exp(-x.max(0.0) / mean),
            Self::LogNormal { mu, sigma } => normal_beyond((libm::log(x.max(0.0)) - mu) / sigma),
            Self::Uniform { low, high } => ((high - x) / (high - low)).clamp(0.0, 1.0),
        }
    }

    /// Probability density at `x`; zero for a constant, which has none.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        match self.simplest() {
            Self::Exponential { mean } if x >= 0.0 => libm::exp(-x / mean) / mean,
            Self::LogNormal { mu, sigma } if x > 0.0 => {
                let z = (libm::log(x) - mu) / sigma;
                libm::exp(-0.5 * z * z) / (x * sigma * libm::sqrt(2.0 * std::f64::consts::PI))
            }
            Self::Uniform { low, high } if (low..=high).contains(&x) => 1.0 / (high - low),
            _ => 0.0,
        }
    }

    /// No draw is lower.
    #[must_use]
    pub fn lowest(&self) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Exponential { .. } | Self::LogNormal { .. } => 0.0,
            Self::Uniform { low, .. } => low,
        }
    }

    /// No draw is higher: uniform numbers have 53 bits, so that even the tails end (the samplers' at 45 means and at 14
    /// standard deviations).
    #[must_use]
    pub fn highest(&self) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Exponential { mean } => 45.0 * mean,
            Self::LogNormal { mu, sigma } => libm::exp(mu + 14.0 * sigma),
            Self::Uniform { high, .. } => high,
        }
    }

    /// The law with every value multiplied by `factor`, which must be positive.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match *self {
            Self::Constant(value) => Self::Constant(value * factor),
            Self::Exponential { mean } => Self::Exponential { mean: mean * factor },
            Self::LogNormal { mu, sigma } => Self::LogNormal { mu: mu + libm::log(factor), sigma },
            Self::Uniform { low, high } => Self::Uniform { low: low * factor, high: high * factor },
        }
    }

    /// Draws a value for each of `each`, one after the other.
    #[inline(always)]
    pub(super) fn sample_each<T>(&self, stream: &mut Stream, each: &mut [T], mut take: impl FnMut(&mut T, f64)) {
        // A copy, which stays in registers meanwhile.
        let mut own = stream.clone();
        match *self {
            Self::Constant(value) => each.iter_mut().for_each(|one| take(one, value)),
            Self::Exponential { mean } => {
                let mut draw = ziggurat::exponentials(&mut own);
                each.iter_mut().for_each(|one| take(one, mean * draw()));
            }
            Self::Uniform { low, high } => {
                each.iter_mut().for_each(|one| take(one, low + (high - low) * own.unit()));
            }
            law @ Self::LogNormal { .. } => each.iter_mut().for_each(|one| take(one, law.sample(&mut own))),
        }
        *stream = own;
    }

    /// Draws a value. A constant draws nothing from the stream.
    #[inline(always)]
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Exponential { mean } => mean * ziggurat::exponential(stream),
            Self::LogNormal { mu, sigma } => libm::exp(mu + sigma * ziggurat::normal(stream)),
            Self::Uniform { low, high } => low + (high - low) * stream.unit(),
        }
    }
}

/// Probability that a standard normal variable lies above `z`.
fn normal_beyond(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Address;

    const DRAWS: usize = 200_000;

    fn draws(law: Law) -> Vec<f64> {
        let mut stream = Stream::new(&Address { seed: 7, replication: 0, group: "law", purpose: "test", index: 0 });
        let mut draws: Vec<f64> = (0..DRAWS).map(|_| law.sample(&mut stream)).collect();
        draws.sort_by(f64::total_cmp);
        draws
    }

    /// Kolmogorov-Smirnov distance times √n; its 0.001 quantile is 1.95.
    fn distance(law: Law, distribution: impl Fn(f64) -> f64) -> f64 {
        let n = DRAWS as f64;
        let gaps = draws(law).into_iter().enumerate().map(|(i, x)| {
            let f = distribution(x);
            (f - i as f64 / n).abs().max((f - (i + 1) as f64 / n).abs())
        });
        gaps.fold(0.0, f64::max) * n.sqrt()
    }

    #[test]
    fn each_law_has_its_distribution() {
        for law in SPREAD {
            assert!(distance(law, |x| law.cdf(x)) < 1.95, "{law:?}");
        }
    }

    const SPREAD: [Law; 3] =
        [Law::Exponential { mean: 2.0 }, Law::Uniform { low: 1.0, high: 3.0 }, Law::LogNormal { mu: 0.3, sigma: 0.8 }];

    #[test]
    fn cdf_survival_and_density_belong_together() {
        for law in SPREAD {
            for x in [1.1, 1.7, 2.3, 2.9] {
                assert!((law.cdf(x) + law.survival(x) - 1.0).abs() < 1e-15, "{law:?} at {x}");
                let slope = (law.cdf(x + 1e-5) - law.cdf(x - 1e-5)) / 2e-5;
                assert!((law.density(x) - slope).abs() < 1e-9, "{law:?} at {x}");
            }
            assert!([law.cdf(-1.0), law.density(-1.0), law.survival(1e99)].iter().all(|none| *none <= 0.0), "{law:?}");
            assert!([law.survival(-1.0), law.cdf(1e99)].iter().all(|all| *all >= 1.0), "{law:?}");
        }
    }

    #[test]
    fn a_law_without_spread_is_a_constant() {
        let flat = [Law::Constant(2.0), Law::Uniform { low: 2.0, high: 2.0 }, Law::LogNormal { mu: 0.0, sigma: 0.0 }];
        for (law, value) in flat.into_iter().zip([2.0, 2.0, 1.0]) {
            assert_eq!(law.simplest(), Law::Constant(value));
            assert!(law.cdf(value - 0.1) <= 0.0 && law.cdf(value) >= 1.0 && law.survival(value) <= 0.0, "{law:?}");
        }
    }

    /// The tails are rare enough that the whole distribution would not show a fault there.
    #[test]
    fn the_tails_have_their_weight() {
        let beyond = |law: Law, x: f64| draws(law).iter().filter(|draw| **draw > x).count() as f64;
        let expected = DRAWS as f64 * libm::exp(-8.0);
        assert!((beyond(Law::Exponential { mean: 1.0 }, 8.0) - expected).abs() < 3.3 * expected.sqrt());
        let expected = DRAWS as f64 * 0.5 * libm::erfc(3.0 / std::f64::consts::SQRT_2);
        let above = beyond(Law::LogNormal { mu: 0.0, sigma: 1.0 }, libm::exp(3.0));
        assert!((above - expected).abs() < 3.3 * expected.sqrt());
    }

    #[test]
    fn lognormal_by_mean_and_cv_has_them() {
        let law = Law::lognormal_with_mean(5.0, 2.0);
        assert!((law.mean() - 5.0).abs() < 1e-12);
        assert!((law.scaled(3.0).mean() - 15.0).abs() < 1e-11);
    }

    /// The library's samplers are the oracle where the platform's mathematics may decide the last bits.
    #[test]
    fn rand_distr_agrees_in_distribution() {
        use rand_distr::{Distribution, Exp1, StandardNormal};
        let mut stream = rand_xoshiro::Xoshiro256PlusPlus::from_seed([3; 32]);
        use rand_xoshiro::rand_core::SeedableRng;
        let theirs: f64 = (0..DRAWS).map(|_| -> f64 { Exp1.sample(&mut stream) }).sum::<f64>() / DRAWS as f64;
        let ours = draws(Law::Exponential { mean: 1.0 }).iter().sum::<f64>() / DRAWS as f64;
        assert!((theirs - ours).abs() < 3.3 * (2.0 / DRAWS as f64).sqrt());
        let theirs: f64 = (0..DRAWS).map(|_| -> f64 { StandardNormal.sample(&mut stream) }).sum();
        let ours: f64 = draws(Law::LogNormal { mu: 0.0, sigma: 1.0 }).into_iter().map(libm::log).sum();
        assert!((theirs - ours).abs() / (DRAWS as f64) < 3.3 * (2.0 / DRAWS as f64).sqrt());
    }

    #[test]
    fn impossible_parameters_are_named() {
        for (law, error) in [
            (Law::Constant(-1.0), LawError::Negative),
            (Law::Exponential { mean: 0.0 }, LawError::Negative),
            (Law::Exponential { mean: f64::NAN }, LawError::NotFinite),
            (Law::LogNormal { mu: 0.0, sigma: -1.0 }, LawError::Negative),
            (Law::Uniform { low: 2.0, high: 1.0 }, LawError::Reversed),
        ] {
            assert_eq!(law.check(), Err(error), "{law:?}");
        }
    }
}

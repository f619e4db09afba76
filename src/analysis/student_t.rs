//! Quantiles of Student's t distribution for whole degrees of freedom.
//!
//! Written here rather than taken from a statistics crate for two reasons: the result must not depend
//! on the platform's mathematics library, and it must come back for any number of degrees of freedom (a
//! long campaign has millions; an iteration on the inverse incomplete beta function may then never end).

use std::f64::consts::{FRAC_2_PI, PI, SQRT_2};

use super::AnalysisError;

/// Up to this many degrees of freedom the distribution function is summed exactly; beyond, the error of
/// the expansion in [`from_normal_quantile`] is less than that of rounding at usual confidence levels.
const SUMMED_DEGREES_MAX: u32 = 1000;

/// The t for which a Student's t variable with `degrees` degrees of freedom lies between -t and t with
/// probability `confidence`: the two-sided quantile, 2.262 for 0.95 and 9 degrees.
///
/// The relative accuracy is about 1e-12 for confidence levels up to 0.999.
///
/// # Errors
/// [`AnalysisError::InvalidConfidence`] if `confidence` is not strictly between 0 and 1, and
/// [`AnalysisError::NoDegreesOfFreedom`] if `degrees` is 0.
///
/// # Source
/// M. Abramowitz and I. A. Stegun, *Handbook of Mathematical Functions*, 26.7.3 and 26.7.4 (distribution
/// function) and 26.7.5 (expansion for many degrees of freedom).
pub fn student_t_quantile(confidence: f64, degrees: u64) -> Result<f64, AnalysisError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(AnalysisError::InvalidConfidence(confidence));
    }
    let z = normal_quantile(confidence);
    match u32::try_from(degrees) {
        Ok(0) => Err(AnalysisError::NoDegreesOfFreedom),
        Ok(few) if few <= SUMMED_DEGREES_MAX => Ok(summed_quantile(confidence, few, z)),
        _ => Ok(from_normal_quantile(z, degrees as f64)),
    }
}

/// The z for which a standard normal variable lies between -z and z with probability `confidence`.
fn normal_quantile(confidence: f64) -> f64 {
    let density_at_0 = (2.0 / PI).sqrt();
    rise_to_root(0.0, |z| libm::erfc(z / SQRT_2) - (1.0 - confidence), |z| density_at_0 * libm::exp(-0.5 * z * z))
}

/// Expansion of the quantile in powers of 1 / `degrees` around the normal quantile `z`.
fn from_normal_quantile(z: f64, degrees: f64) -> f64 {
    let w = z * z;
    let terms = [
        z * (w + 1.0) / 4.0,
        z * ((5.0 * w + 16.0) * w + 3.0) / 96.0,
        z * (((3.0 * w + 19.0) * w + 17.0) * w - 15.0) / 384.0,
        z * ((((79.0 * w + 776.0) * w + 1482.0) * w - 1920.0) * w - 945.0) / 92_160.0,
    ];
    z + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees)
}

/// The quantile from the exact distribution function, starting from the normal one, which is smaller.
fn summed_quantile(confidence: f64, degrees: u32, z: f64) -> f64 {
    let n = f64::from(degrees);
    let density_at_0 = 2.0 * libm::exp(libm::lgamma(0.5 * (n + 1.0)) - libm::lgamma(0.5 * n)) / (n * PI).sqrt();
    rise_to_root(
        z,
        |t| confidence - probability_within(t, degrees),
        |t| density_at_0 * libm::pow(1.0 + t * t / n, -0.5 * (n + 1.0)),
    )
}

/// P(-t < T < t) for T with `degrees` degrees of freedom: a finite sum of positive terms in the cosine
/// of the angle whose tangent is t / sqrt(degrees).
fn probability_within(t: f64, degrees: u32) -> f64 {
    let n = f64::from(degrees);
    let cosine_squared = n / (n + t * t);
    let sine = t / (n + t * t).sqrt();
    // The sum is nested from its last term: 1 + c (1 + c (...)), with factors 2/3, 4/5, ... for odd
    // degrees and 1/2, 3/4, ... for even ones.
    let nested = |first: u32| {
        (first..degrees.saturating_sub(1))
            .step_by(2)
            .map(f64::from)
            .rev()
            .fold(1.0, |sum, k| 1.0 + sum * cosine_squared * k / (k + 1.0))
    };
    match degrees {
        1 => FRAC_2_PI * libm::atan(t),
        odd if odd % 2 == 1 => FRAC_2_PI * (libm::atan(t / n.sqrt()) + sine * cosine_squared.sqrt() * nested(2)),
        _ => sine * nested(1),
    }
}

/// Newton's method for a distribution function that is concave to the right of 0: from below the root
/// every step stays below it, so the iterates rise to it and stop where rounding takes over.
///
/// `missing` is the probability that the current point falls short of; `density` its slope.
fn rise_to_root(start: f64, missing: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64) -> f64 {
    let mut root = start;
    loop {
        let next = root + missing(root) / density(root);
        if !(next > root * (1.0 + 2.0 * f64::EPSILON) && next.is_finite()) {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from thirty-digit arithmetic.
    #[test]
    fn known_quantiles() -> Result<(), AnalysisError> {
        for (confidence, degrees, expected) in [
            (0.95, 1, 12.706_204_736_174_705),
            (0.95, 2, 4.302_652_729_749_464),
            (0.95, 9, 2.262_157_162_798_205_5),
            (0.99, 9, 3.249_835_541_592_126_3),
            (0.90, 29, 1.699_127_026_533_497_7),
            (0.999, 4, 8.610_301_581_379_275),
            (0.95, 99, 1.984_216_951_586_417_5),
            (0.95, 9_999, 1.960_201_263_621_357_7),
            (0.95, u64::MAX, 1.959_963_984_540_054_2),
        ] {
            let quantile = student_t_quantile(confidence, degrees)?;
            assert!((quantile - expected).abs() < 1e-12 * expected, "{degrees} degrees: {quantile} is not {expected}");
        }
        Ok(())
    }

    #[test]
    fn the_two_branches_meet() {
        for confidence in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let z = normal_quantile(confidence);
            let (summed, expanded) = (
                summed_quantile(confidence, SUMMED_DEGREES_MAX, z),
                from_normal_quantile(z, f64::from(SUMMED_DEGREES_MAX)),
            );
            assert!((summed - expanded).abs() < 1e-12 * summed, "{confidence}: {summed} is not {expanded}");
        }
    }

    #[test]
    fn every_degree_gives_back_its_confidence() -> Result<(), AnalysisError> {
        for degrees in 1..=SUMMED_DEGREES_MAX {
            for confidence in [1e-6, 0.5, 0.95, 0.9999] {
                let within = probability_within(student_t_quantile(confidence, u64::from(degrees))?, degrees);
                assert!((within - confidence).abs() < 1e-13, "{degrees} degrees: {within} is not {confidence}");
            }
        }
        Ok(())
    }

    #[test]
    fn numbers_outside_the_domain_are_refused() {
        for confidence in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(student_t_quantile(confidence, 3), Err(AnalysisError::InvalidConfidence(_))));
        }
        assert_eq!(student_t_quantile(0.95, 0), Err(AnalysisError::NoDegreesOfFreedom));
    }
}

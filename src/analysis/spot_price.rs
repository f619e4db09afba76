//! The price of a spot market in steady state.
//!
//! The market: `slots` identical slots; requests for one slot each arrive as a Poisson stream, with
//! exponential durations and independent, identically distributed values, which they bid. A request
//! that bids less than the minimum never enters. One that finds every slot taken evicts the lowest bid
//! if that is lower than its own, and is refused otherwise; what is refused or evicted is lost. The
//! price is the lowest running bid while all slots are taken, and the minimum otherwise.
//!
//! The law of the price: fix a level b at or above the minimum, and call requests that bid more than b
//! *high*. A high request takes precedence over all others, so the high ones do not notice that there
//! are others. Nor does it matter which of them goes when one high request evicts another: their
//! number stays the same, and as durations are exponential and independent of the bids, so does the law
//! of the time to the next completion. Their number is therefore that of busy circuits in a loss system
//! with `slots` circuits and offered load a S(b), where a is the load of all requests and S the survival
//! function of the values. The price exceeds b just when high requests hold every slot, and Poisson
//! arrivals see time averages, so P(price > b) = `ErlangB(slots, a S(b))`.
//!
//! Source: derived here; the step from priority classes to one loss system per class is the usual
//! argument for preemptive priority.

use super::{AnalysisError, erlang_b};

/// Share of time that the price is above `level`, for values with the given survival function.
///
/// `survival(b)` is the probability that a value exceeds b. `offered_load`, in erlangs, is that of all
/// requests, those under the minimum included. `minimum` and `level` are in the unit of the values.
/// Below the minimum the answer is 1, since the price is never less.
///
/// # Errors
/// [`AnalysisError::InvalidLoad`] if `offered_load` is negative or not finite, and
/// [`AnalysisError::InvalidSurvival`] if `survival` gives anything outside 0 to 1.
///
/// # Source
/// Derived in the introduction of this file: the requests above `level` form an Erlang loss system.
pub fn price_exceedance(
    slots: u32,
    offered_load: f64,
    minimum: f64,
    survival: impl Fn(f64) -> f64,
    level: f64,
) -> Result<f64, AnalysisError> {
    let above = survival(level);
    if !(0.0..=1.0).contains(&above) {
        return Err(AnalysisError::InvalidSurvival(above));
    }
    let exceedance = erlang_b(slots, offered_load * above)?;
    Ok(if level < minimum { 1.0 } else { exceedance })
}

/// Time-mean price for values uniform on 0 to 1, in the unit of the values.
///
/// `offered_load`, in erlangs, is that of all requests, those under the minimum included.
///
/// The mean is `minimum` plus the integral of P(price > b) = `ErlangB(c, a (1 - b))` from `minimum` to 1.
/// That integral has a closed form: with e(x) = sum of x^k / k! for k from 0 to c, e'(x) = e(x) - x^c / c!,
/// hence `ErlangB(c, x)` = 1 - e'(x) / e(x), and its integral from 0 to A is A - ln e(A). The mean price is
///
/// > minimum - (1 / a) ln P(N <= c), N Poisson with mean A = a (1 - minimum).
///
/// The rise above the minimum is computed to a relative accuracy near 1e-14. For A <= c that takes
/// P(N > c) / P(N <= c) = B(c, A) (A / (c+1) + A^2 / ((c+1)(c+2)) + ...), in which nothing cancels.
///
/// # Errors
/// [`AnalysisError::InvalidLoad`] if `offered_load` is negative or not finite, and
/// [`AnalysisError::InvalidMinimum`] if `minimum` is not between 0 and 1.
///
/// # Source
/// Derived here from [`price_exceedance`].
pub fn mean_price_uniform(slots: u32, offered_load: f64, minimum: f64) -> Result<f64, AnalysisError> {
    if !(0.0..=1.0).contains(&minimum) {
        return Err(AnalysisError::InvalidMinimum(minimum));
    }
    let admitted_load = offered_load * (1.0 - minimum);
    let blocking = erlang_b(slots, admitted_load)?;
    if admitted_load <= 0.0 {
        return Ok(minimum);
    }
    let capacity = f64::from(slots);
    let minus_ln_fits = if admitted_load <= capacity {
        libm::log1p(blocking * tail_over_last_term(capacity, admitted_load))
    } else {
        admitted_load - capacity * libm::log(admitted_load) + libm::lgamma(capacity + 1.0) + libm::log(blocking)
    };
    Ok(minimum + minus_ln_fits / offered_load)
}

/// P(N > c) / P(N = c) for N Poisson with mean `load`, which is at most `capacity` = c: the terms then
/// fall from the first one on, and the sum ends when they no longer count.
fn tail_over_last_term(capacity: f64, load: f64) -> f64 {
    let mut sum = 0.0;
    let mut term = 1.0;
    let mut k = capacity;
    while term > f64::EPSILON * sum {
        k += 1.0;
        term *= load / k;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Composite Simpson rule over the exceedance, as a check of the closed form.
    fn mean_price_by_quadrature(slots: u32, load: f64, minimum: f64) -> Result<f64, AnalysisError> {
        let panels = 2000_u32;
        let step = (1.0 - minimum) / f64::from(panels);
        let mut sum = 0.0;
        for i in 0..=panels {
            let weight = match i {
                0 => 1.0,
                i if i == panels => 1.0,
                i if i % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let level = (minimum + step * f64::from(i)).min(1.0);
            sum += weight * price_exceedance(slots, load, minimum, |b| 1.0 - b, level)?;
        }
        Ok(minimum + sum * step / 3.0)
    }

    #[test]
    fn exceedance_is_erlang_b_of_the_higher_bids() -> Result<(), AnalysisError> {
        for (minimum, level, expected) in
            [(0.0, 0.0, erlang_b(100, 150.0)?), (0.0, 0.4, erlang_b(100, 90.0)?), (0.5, 0.4, 1.0), (0.5, 1.0, 0.0)]
        {
            let share = price_exceedance(100, 150.0, minimum, |b| 1.0 - b, level)?;
            assert!((share - expected).abs() < 1e-15, "{share} is not {expected}");
        }
        Ok(())
    }

    /// Expected values from forty-digit quadrature.
    #[test]
    fn mean_price_known_values() -> Result<(), AnalysisError> {
        for (slots, load, minimum, expected) in [
            (100, 150.0, 0.0, 0.077_418_114_125_340_05),
            (100, 150.0, 0.2, 0.222_412_914_712_988_73),
            (1, 1.0, 0.0, 0.306_852_819_440_054_7),
            (10, 5.0, 0.0, 0.002_757_982_782_300_857_7),
            (100, 1000.0, 0.0, 0.672_858_610_287_265_5),
            (5, 0.01, 0.0, 1.377_036_056_343_065_5e-13),
            (100, 100.0, 0.0, 0.006_413_858_185_261_517),
            (0, 1000.0, 0.0, 1.0),
            (4, 0.0, 0.3, 0.3),
            (4, 9.0, 1.0, 1.0),
        ] {
            let price = mean_price_uniform(slots, load, minimum)?;
            assert!((price - expected).abs() <= 2e-14 * expected, "{price} is not {expected}");
        }
        Ok(())
    }

    #[test]
    fn closed_form_agrees_with_quadrature() -> Result<(), AnalysisError> {
        for (slots, load, minimum) in
            [(1, 0.5, 0.0), (3, 40.0, 0.1), (100, 99.0, 0.0), (100, 101.0, 0.0), (50, 80.0, 0.3)]
        {
            let (closed, brute) =
                (mean_price_uniform(slots, load, minimum)?, mean_price_by_quadrature(slots, load, minimum)?);
            assert!((closed - brute).abs() < 1e-9, "{slots} slots, load {load}: {closed} is not {brute}");
        }
        Ok(())
    }

    #[test]
    fn numbers_outside_the_domain_are_refused() {
        assert_eq!(mean_price_uniform(1, 1.0, 1.5), Err(AnalysisError::InvalidMinimum(1.5)));
        assert!(matches!(mean_price_uniform(1, f64::NAN, 0.5), Err(AnalysisError::InvalidLoad(_))));
        assert_eq!(price_exceedance(1, 1.0, 0.0, |_| 2.0, 0.5), Err(AnalysisError::InvalidSurvival(2.0)));
    }
}

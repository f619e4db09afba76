//! Erlang's formulas for loss and delay systems.

use super::AnalysisError;

/// Blocking probability of the M/G/c/c loss system (Erlang B).
///
/// `offered_load` is in erlangs, `servers` is the number of circuits. The holding-time distribution
/// matters only through its mean. Arrivals are Poisson, so this is at once the share of arrivals lost
/// and the share of time with every server busy.
///
/// Computed by the recursion B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)), which adds and multiplies
/// positive numbers only and so loses no accuracy, however many servers there are.
///
/// ```
/// # use overspill::analysis::erlang_b;
/// let blocking = erlang_b(2, 1.0)?;
/// assert!((blocking - 0.2).abs() < 1e-15);
/// # Ok::<(), overspill::analysis::AnalysisError>(())
/// ```
///
/// # Errors
/// [`AnalysisError::InvalidLoad`] if `offered_load` is negative or not finite.
///
/// # Source
/// A. K. Erlang (1917); V. B. Iversen, *Teletraffic Engineering and Network Planning*, chapter on
/// Erlang's loss system.
pub fn erlang_b(servers: u32, offered_load: f64) -> Result<f64, AnalysisError> {
    if !(offered_load.is_finite() && offered_load >= 0.0) {
        return Err(AnalysisError::InvalidLoad(offered_load));
    }
    Ok((1..=servers).fold(1.0, |blocking, k| {
        let offered = offered_load * blocking;
        offered / (f64::from(k) + offered)
    }))
}

/// Probability that an arrival has to wait in the M/M/c queue (Erlang C).
///
/// `offered_load` is in erlangs. Follows from Erlang B: C = c B / (c - a (1 - B)).
///
/// # Errors
/// [`AnalysisError::InvalidLoad`] if `offered_load` is negative or not finite, and
/// [`AnalysisError::Unstable`] if it is not below `servers`.
///
/// # Source
/// A. K. Erlang (1917); D. Gross and C. M. Harris, *Fundamentals of Queueing Theory*, M/M/c queue.
pub fn erlang_c(servers: u32, offered_load: f64) -> Result<f64, AnalysisError> {
    let blocking = erlang_b(servers, offered_load)?;
    let capacity = f64::from(servers);
    if offered_load >= capacity {
        return Err(AnalysisError::Unstable { servers, offered_load });
    }
    Ok(capacity * blocking / (capacity - offered_load * (1.0 - blocking)))
}

/// Mean wait before service in the M/M/c queue, over all arrivals, in mean service times.
///
/// C / (c - a), with C from [`erlang_c`]. The order of service does not change the mean, as long as it
/// does not depend on service times.
///
/// # Errors
/// As [`erlang_c`].
///
/// # Source
/// D. Gross and C. M. Harris, *Fundamentals of Queueing Theory*, M/M/c queue.
pub fn mean_wait_erlang_c(servers: u32, offered_load: f64) -> Result<f64, AnalysisError> {
    Ok(erlang_c(servers, offered_load)? / (f64::from(servers) - offered_load))
}

/// Mean number of busy servers in an unlimited group that takes what overflows a group of `servers`
/// circuits, in erlangs: the offered load times its blocking probability.
///
/// Holds if an overflowed request stays as long as it would have in the first group.
///
/// # Errors
/// As [`erlang_b`].
///
/// # Source
/// R. I. Wilkinson, "Theories for toll traffic engineering in the U.S.A.", *Bell System Technical
/// Journal* 35 (1956).
pub fn overflow_mean(servers: u32, offered_load: f64) -> Result<f64, AnalysisError> {
    Ok(offered_load * erlang_b(servers, offered_load)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 4e-15 * expected.abs(), "{actual} is not {expected}");
    }

    /// Expected values from forty-digit arithmetic.
    #[test]
    fn erlang_b_known_values() -> Result<(), AnalysisError> {
        for (servers, load, expected) in [
            (0, 3.0, 1.0),
            (5, 0.0, 0.0),
            (1, 1.0, 0.5),
            (2, 1.0, 0.2),
            (10, 5.0, 0.018_384_570_336_648_133),
            (100, 90.0, 0.026_957_380_464_359_215),
            (100, 110.0, 0.136_114_838_911_917_43),
            (1000, 900.0, 5.929_862_670_146_224e-5),
        ] {
            assert_close(erlang_b(servers, load)?, expected);
        }
        Ok(())
    }

    #[test]
    fn erlang_c_known_values() -> Result<(), AnalysisError> {
        for (servers, load, expected) in [
            (3, 0.0, 0.0),
            (1, 0.5, 0.5),
            (2, 1.0, 1.0 / 3.0),
            (10, 8.0, 0.409_180_150_796_443_5),
            (100, 90.0, 0.216_940_480_906_366_4),
        ] {
            assert_close(erlang_c(servers, load)?, expected);
        }
        Ok(())
    }

    #[test]
    fn one_server_waits_as_m_m_1() -> Result<(), AnalysisError> {
        for load in [0.1, 0.5, 0.9] {
            assert_close(mean_wait_erlang_c(1, load)?, load / (1.0 - load));
        }
        Ok(())
    }

    #[test]
    fn overflow_is_the_blocked_load() -> Result<(), AnalysisError> {
        assert_close(overflow_mean(100, 110.0)?, 14.972_632_280_310_918);
        assert_close(overflow_mean(0, 7.0)?, 7.0);
        Ok(())
    }

    #[test]
    fn loads_outside_the_domain_are_refused() {
        for load in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(erlang_b(3, load), Err(AnalysisError::InvalidLoad(_))));
            assert!(matches!(erlang_c(3, load), Err(AnalysisError::InvalidLoad(_))));
        }
        for (servers, offered_load) in [(0, 0.0), (2, 2.0), (2, 2.5)] {
            let expected = AnalysisError::Unstable { servers, offered_load };
            assert_eq!(mean_wait_erlang_c(servers, offered_load), Err(expected));
        }
    }
}

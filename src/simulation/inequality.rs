//! How unevenly something is shared: concentration, fairness and inequality of amounts that are not negative.
//!
//! Whoever has nothing counts. There is no value where nobody has anything.

/// The Herfindahl-Hirschman index: the sum of the squared shares, from 1/n (equal) to 1 (one has all).
///
/// Source: O. C. Herfindahl, *Concentration in the Steel Industry* (1950); A. O. Hirschman, "The Paternity of an Index",
/// *American Economic Review* 54 (1964).
pub(super) fn herfindahl(amounts: &[f64]) -> Option<f64> {
    let total: f64 = amounts.iter().sum();
    let square = |amount: &f64| (amount / total) * (amount / total);
    (total > 0.0).then(|| amounts.iter().map(square).sum())
}

/// Jain's fairness index (Σx)² / (n Σx²), from 1/n (one has all) to 1 (equal).
///
/// Source: R. Jain, D. Chiu, W. Hawe, *A Quantitative Measure of Fairness and Discrimination for Resource Allocation in
/// Shared Computer Systems*, DEC research report TR-301 (1984).
pub(super) fn jain(amounts: &[f64]) -> Option<f64> {
    herfindahl(amounts).map(|index| 1.0 / (amounts.len() as f64 * index))
}

/// The Gini coefficient: half the mean absolute difference of two amounts over their mean, from 0 (equal) to 1 - 1/n (one
/// has all). From the sorted amounts x₁ ≤ … ≤ xₙ it is Σ (2i - n - 1) xᵢ / (n Σ x).
///
/// Source: C. Gini, *Variabilità e mutabilità* (1912); the sorted form: P. M. Dixon and others, "Bootstrapping the Gini
/// Coefficient of Inequality", *Ecology* 68 (1987).
pub(super) fn gini(amounts: &[f64]) -> Option<f64> {
    let mut sorted = amounts.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let total: f64 = sorted.iter().sum();
    let weighted: f64 = (1..).zip(&sorted).map(|(i, amount)| (2.0 * f64::from(i) - n - 1.0) * amount).sum();
    (total > 0.0).then(|| weighted / (n * total))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_close(actual: Option<f64>, expected: f64) {
        assert!(actual.is_some_and(|actual| (actual - expected).abs() < 1e-14), "{actual:?} is not {expected}");
    }

    #[test]
    fn known_values() {
        for (amounts, hhi, fairness, inequality) in [
            (&[5.0][..], 1.0, 1.0, 0.0),
            (&[2.0, 2.0, 2.0, 2.0], 0.25, 1.0, 0.0),
            (&[0.0, 0.0, 0.0, 7.0], 1.0, 0.25, 0.75),
            (&[1.0, 2.0, 3.0, 4.0], 0.3, 100.0 / 120.0, 0.25),
            (&[4.0, 1.0, 3.0, 2.0], 0.3, 100.0 / 120.0, 0.25),
            // The shares of the textbook example of the index: 40, 30, 15, 15 per cent.
            (&[40.0, 30.0, 15.0, 15.0], 0.295, 1.0 / 1.18, 0.225),
        ] {
            assert_close(herfindahl(amounts), hhi);
            assert_close(jain(amounts), fairness);
            assert_close(gini(amounts), inequality);
        }
    }

    #[test]
    fn nothing_is_not_shared() {
        for amounts in [&[][..], &[0.0], &[0.0, 0.0]] {
            assert_eq!((herfindahl(amounts), jain(amounts), gini(amounts)), (None, None, None));
        }
    }

    proptest! {
        #[test]
        fn gini_is_half_the_relative_mean_difference(amounts in prop::collection::vec(0.0..100.0f64, 1..30)) {
            let n = amounts.len() as f64;
            let differences: f64 = amounts.iter().flat_map(|a| amounts.iter().map(move |b| (a - b).abs())).sum();
            let mean = amounts.iter().sum::<f64>() / n;
            prop_assume!(mean > 0.0);
            let expected = differences / (n * n) / mean / 2.0;
            prop_assert!((gini(&amounts).unwrap_or(-1.0) - expected).abs() < 1e-12);
        }
    }
}

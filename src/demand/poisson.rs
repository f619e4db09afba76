//! Poisson variates, portable to the last bit.

use crate::kernel::Stream;

/// `exp(-CHUNK)` is far from underflow.
const CHUNK: f64 = 500.0;

/// A draw of the Poisson law with this mean, which must be finite; zero for a mean of zero or below.
///
/// Counts the events of a process of rate 1 in a time of length `mean`: as many as uniform numbers can be multiplied
/// before the product falls to `exp(-mean)`. Long times are cut into pieces, whose counts are independent and add up.
/// It takes about `mean` uniform numbers, which is little beside the requests that they stand for.
///
/// Knuth, *The Art of Computer Programming* 2, section 3.4.1.
pub(super) fn poisson(mean: f64, stream: &mut Stream) -> u32 {
    let mut count = 0;
    let mut left = mean;
    while left > 0.0 {
        count += short(left.min(CHUNK), stream);
        left -= CHUNK;
    }
    count
}

fn short(mean: f64, stream: &mut Stream) -> u32 {
    let end = libm::exp(-mean);
    let mut count = 0;
    // On (0, 1]: a product that is zero would end too early.
    let mut product = 1.0 - stream.unit();
    while product > end {
        count += 1;
        product *= 1.0 - stream.unit();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Address;

    fn draws(mean: f64, number: usize) -> Vec<u32> {
        let mut stream = Stream::new(&Address { seed: 5, replication: 0, group: "x", purpose: "poisson", index: 0 });
        (0..number).map(|_| poisson(mean, &mut stream)).collect()
    }

    /// Chi-square over the counts 0 to 11 and those above, 12 degrees of freedom: the 0.001 quantile is 32.9.
    #[test]
    fn small_means_have_their_distribution() {
        for mean in [0.5, 3.0, 4.7] {
            let number = 100_000;
            let mut seen = [0.0; 13];
            for draw in draws(mean, number) {
                seen[draw.min(12) as usize] += 1.0;
            }
            let mut term = libm::exp(-mean);
            let mut expected = [0.0; 13];
            for (k, expected) in expected.iter_mut().enumerate().take(12) {
                *expected = term;
                term *= mean / (k as f64 + 1.0);
            }
            expected[12] = 1.0 - expected.iter().sum::<f64>();
            let cells = seen.iter().zip(expected.map(|share| share * number as f64));
            let chi: f64 = cells.filter(|(_, expected)| *expected > 1.0).map(|(s, e)| (s - e) * (s - e) / e).sum();
            assert!(chi < 32.9, "mean {mean}: {chi}");
        }
    }

    /// Mean and variance are equal; the bounds are 3.3 standard errors (of the variance: about mean × √(2 / n)).
    #[test]
    fn large_means_have_their_moments() {
        for mean in [499.0, 500.0, 1_234.5, 10_000.0] {
            let number = 2_000;
            let draws = draws(mean, number);
            let n = number as f64;
            let average = draws.iter().map(|draw| f64::from(*draw)).sum::<f64>() / n;
            let variance = draws.iter().map(|draw| (f64::from(*draw) - average).powi(2)).sum::<f64>() / (n - 1.0);
            assert!((average - mean).abs() < 3.3 * (mean / n).sqrt(), "{average} for {mean}");
            assert!((variance / mean - 1.0).abs() < 3.3 * (2.0 / n).sqrt(), "{variance} for {mean}");
        }
    }

    #[test]
    fn without_a_mean_there_is_nothing() {
        assert_eq!(draws(0.0, 3), [0, 0, 0]);
    }
}

//! Mean and standard deviation of a price, from exact sums.

use crate::units::{Price, UNITS_PER_CURRENCY, product};

const LOW_64: u128 = u64::MAX as u128;

/// Prices with weights: a price over time (weight: ticks) or one price per round (weight: 1).
///
/// The sum of the squares is exact. A square has up to 126 bits, so that its two halves are summed apart, each times its
/// weight: with weights that sum to less than 2⁶³ neither sum can overflow. Nothing is rounded before the deviation is
/// computed, so that a price that never moves has a deviation of exactly zero, and the order of the prices is all one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spread {
    /// Sum of the weights.
    pub(super) weight: i64,
    /// Sum of price × weight, in units of price.
    pub(super) sum: i128,
    /// Sum of (price² / 2⁶⁴, rounded down) × weight.
    square_high: u128,
    /// Sum of (price² mod 2⁶⁴) × weight.
    square_low: u128,
}

impl Spread {
    pub(super) fn add(&mut self, price: Price, weight: i64) {
        let square = product(price.units(), price.units()).cast_unsigned();
        let times = u128::from(weight.cast_unsigned());
        self.weight += weight;
        self.sum += product(price.units(), weight);
        self.square_high += (square >> 64) * times;
        self.square_low += (square & LOW_64) * times;
    }

    /// The sum of price × weight, in the currency.
    pub(super) fn total(&self) -> f64 {
        self.sum as f64 / UNITS_PER_CURRENCY as f64
    }

    /// Standard deviation in the currency (divisor: the sum of the weights); zero without a price.
    pub(super) fn deviation(&self) -> f64 {
        if self.weight == 0 {
            return 0.0;
        }
        let weight = self.weight as f64;
        let left = (self.sum % i128::from(self.weight)) as f64 / weight;
        let variance = self.squares_about_whole_mean() / weight - left * left;
        variance.max(0.0).sqrt() / UNITS_PER_CURRENCY as f64
    }

    /// Σ (price - m)² × weight, where m is the mean without its fraction. With W the sum of the weights and the sum of
    /// the prices m W + r, that is Σ price² × weight - m² W - 2 m r.
    fn squares_about_whole_mean(&self) -> f64 {
        let weight = u128::from(self.weight.cast_unsigned());
        let (mean, left) = (self.sum.cast_unsigned() / weight, self.sum.cast_unsigned() % weight);
        let square = mean * mean;
        let of_prices = carried(self.square_high, self.square_low);
        let of_mean = carried((square >> 64) * weight, (square & LOW_64) * weight);
        let mixed = carried(0, 2 * mean * left);
        let high = of_prices.0 - of_mean.0 - mixed.0;
        let low = of_prices.1 - of_mean.1 - mixed.1;
        match high.checked_mul(1 << 64).and_then(|high| high.checked_add(low)) {
            Some(exact) => exact as f64,
            None => high as f64 * 2f64.powi(64) + low as f64,
        }
    }
}

/// high × 2⁶⁴ + low with less than 2⁶⁴ in the second part; the first stays below 2¹²⁶.
fn carried(high: u128, low: u128) -> (i128, i128) {
    ((high + (low >> 64)).cast_signed(), (low & LOW_64).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spread(prices: &[(i64, i64)]) -> Spread {
        let mut spread = Spread::default();
        prices.iter().for_each(|(price, weight)| spread.add(Price::from_units(*price), *weight));
        spread
    }

    #[test]
    fn a_constant_price_has_no_deviation_at_all() {
        for price in [0, 1, 300_000_001, i64::MAX] {
            let constant = spread(&[(price, 1), (price, 999_999_999_999), (price, 7)]);
            assert!(constant.deviation() == 0.0, "{price}");
        }
    }

    #[test]
    fn two_prices_of_equal_weight_deviate_by_half_their_distance() {
        let far = spread(&[(0, 1 << 61), (i64::MAX, 1 << 61)]);
        assert!((far.deviation() * 2e9 / i64::MAX as f64 - 1.0).abs() < 1e-15);
        let near = spread(&[(i64::MAX - 2, 5), (i64::MAX, 5)]);
        assert!((near.deviation() - 1e-9).abs() < 1e-24);
    }

    proptest! {
        #[test]
        fn the_deviation_is_that_of_the_definition(prices in prop::collection::vec((0..1_000_000i64, 1..1_000i64), 1..20)) {
            let weight: i64 = prices.iter().map(|(_, weight)| weight).sum();
            let mean = prices.iter().map(|(price, weight)| price * weight).sum::<i64>() as f64 / weight as f64;
            let squares: f64 = prices.iter().map(|(p, w)| (*p as f64 - mean) * (*p as f64 - mean) * *w as f64).sum();
            let expected = (squares / weight as f64).sqrt() / 1e9;
            prop_assert!((spread(&prices).deviation() - expected).abs() <= 1e-12 * expected.max(1e-9));
        }
    }
}

//! What auctions of equal slots bring.
//!
//! *k* slots are sold to *n* bidders who want one each, whose values are drawn independently from one law and who are risk
//! neutral. All auctions in which the highest values win, and a value at the minimum gains nothing, bring the same on
//! average (revenue equivalence): the ascending clock, the (k+1)-th price, and in equilibrium the sealed first price,
//! pay-as-bid and the descending clock. The formulas here are those of the (k+1)-th price, in which it is best to bid the
//! value.
//!
//! Prices are in the unit of the values. A `survival` function gives the probability that a value exceeds its argument.
//!
//! W. Vickrey, "Counterspeculation, auctions, and competitive sealed tenders", *Journal of Finance* 16 (1961); R. B.
//! Myerson, "Optimal auction design", *Mathematics of Operations Research* 6 (1981); V. Krishna, *Auction Theory*, 2nd ed.
//! (2010), chapters 2, 3 and 5.

use super::AnalysisError;

/// Expected revenue for values uniform on 0 to 1, without a minimum: k (n - k) / (n + 1), nothing unless n > k.
///
/// Each of the k winners pays the (k+1)-th highest of n values, which is (n - k) / (n + 1) on average; one slot brings
/// (n - 1) / (n + 1).
///
/// ```
/// # use overspill::analysis::auction_revenue_uniform;
/// assert!((auction_revenue_uniform(5, 1) - 4.0 / 6.0).abs() < 1e-15);
/// ```
///
/// # Source
/// W. Vickrey (1961); order statistics of uniform variables.
#[must_use]
pub fn auction_revenue_uniform(bidders: u32, slots: u32) -> f64 {
    let (n, k) = (f64::from(bidders), f64::from(slots));
    if bidders > slots { k * (n - k) / (n + 1.0) } else { 0.0 }
}

/// Expected revenue of `slots` slots with a `minimum`, for values up to `highest` with the given survival function.
///
/// With N(t) the number of values above t, which is binomial, it is
///
/// > r E\[min(k, N(r))\] + k (integral of P(N(t) > k) dt from r to `highest`):
///
/// all slots that are sold bring the minimum, and if more than k values are above it, each of the k brings what the
/// (k+1)-th value is above the minimum. For laws without a highest value take one that is hardly ever exceeded: what is
/// left out is at most k n times the integral of `survival` beyond it.
///
/// # Errors
/// [`AnalysisError::InvalidMinimum`] if `minimum` is negative or not finite, [`AnalysisError::InvalidHighest`] if
/// `highest` is not finite, and [`AnalysisError::InvalidSurvival`] if `survival` gives anything outside 0 to 1.
///
/// # Source
/// V. Krishna, *Auction Theory*, section 2.5, for one slot; the integral is that of a survival function, as every mean of
/// what is not negative.
pub fn auction_revenue(
    bidders: u32,
    slots: u32,
    minimum: f64,
    highest: f64,
    survival: impl Fn(f64) -> f64,
) -> Result<f64, AnalysisError> {
    if !(minimum.is_finite() && minimum >= 0.0) {
        return Err(AnalysisError::InvalidMinimum(minimum));
    }
    if !highest.is_finite() {
        return Err(AnalysisError::InvalidHighest(highest));
    }
    let sold = Binomial::new(bidders, checked(&survival, minimum)?).mean_up_to(slots);
    if bidders <= slots || minimum >= highest {
        return Ok(minimum * sold);
    }
    let exceeds = |price: f64| Ok(1.0 - Binomial::new(bidders, checked(&survival, price)?).up_to(slots));
    Ok(minimum * sold + f64::from(slots) * integral(minimum, highest, exceeds)?)
}

/// The minimum that brings the most, with values between `lowest` and `highest`: the solution r of
///
/// > r = s + (1 - F(r)) / f(r),
///
/// s being what a slot is worth to the seller (`seller_value`) if it keeps it. It depends neither on the number of bidders
/// nor on that of the slots. The law must be *regular*: v - (1 - F(v)) / f(v) rises with v, as for uniform, exponential
/// and normal values; the solution is found by bisection, to the last digits. If even the lowest value is worth more than
/// a slot is to the seller, in this sense, the answer is `lowest`, and everybody may have one.
///
/// # Errors
/// [`AnalysisError::InvalidHighest`] if `highest` is not finite, and [`AnalysisError::InvalidSurvival`] if `survival`
/// gives anything outside 0 to 1.
///
/// # Source
/// R. B. Myerson (1981), the regular case; V. Krishna, *Auction Theory*, chapter 5.
pub fn optimal_minimum(
    seller_value: f64,
    lowest: f64,
    highest: f64,
    survival: impl Fn(f64) -> f64,
    density: impl Fn(f64) -> f64,
) -> Result<f64, AnalysisError> {
    if !highest.is_finite() {
        return Err(AnalysisError::InvalidHighest(highest));
    }
    let (mut low, mut high) = (lowest.max(seller_value), highest);
    while low < high {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            break;
        }
        // Multiplied by the density, which may be zero.
        let is_worth_more = (middle - seller_value) * density(middle) > checked(&survival, middle)?;
        if is_worth_more { high = middle } else { low = middle }
    }
    Ok(low)
}

fn checked(survival: &impl Fn(f64) -> f64, price: f64) -> Result<f64, AnalysisError> {
    let share = survival(price);
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(AnalysisError::InvalidSurvival(share)) }
}

/// The number of successes among independent trials.
struct Binomial {
    trials: u32,
    success: f64,
}

impl Binomial {
    fn new(trials: u32, success: f64) -> Self {
        Self { trials, success }
    }

    /// P(exactly `number`).
    fn exactly(&self, number: u32) -> f64 {
        let (n, j) = (f64::from(self.trials), f64::from(number));
        let power = |exponent: f64, log: f64| if exponent > 0.0 { exponent * log } else { 0.0 };
        let ways = libm::lgamma(n + 1.0) - libm::lgamma(j + 1.0) - libm::lgamma(n - j + 1.0);
        libm::exp(ways + power(j, libm::log(self.success)) + power(n - j, libm::log1p(-self.success)))
    }

    /// P(at most `most`).
    fn up_to(&self, most: u32) -> f64 {
        (0..=most.min(self.trials)).map(|number| self.exactly(number)).sum::<f64>().min(1.0)
    }

    /// E\[min(`most`, number)\]: the sum of P(number > j) for j below `most`.
    fn mean_up_to(&self, most: u32) -> f64 {
        let mut at_most = 0.0;
        let beyond = (0..most.min(self.trials)).map(|number| {
            at_most += self.exactly(number);
            1.0 - at_most
        });
        beyond.sum()
    }
}

/// The integral from `low` to `high`, by adaptive Simpson's rule (Lyness 1969), with an error far below 10⁻¹⁰ of the width.
fn integral(low: f64, high: f64, f: impl Fn(f64) -> Result<f64, AnalysisError>) -> Result<f64, AnalysisError> {
    // Even pieces first: what happens in a narrow range is not to be missed.
    let piece = (high - low) / f64::from(PIECES);
    let mut sum = 0.0;
    for number in 0..PIECES {
        let (from, to) = (low + piece * f64::from(number), low + piece * f64::from(number + 1));
        let ends = (f(from)?, f(0.5 * (from + to))?, f(to)?);
        sum += simpson(&f, (from, to), ends, TOLERANCE * piece, MOST_HALVINGS)?;
    }
    Ok(sum)
}

const PIECES: u32 = 64;
const TOLERANCE: f64 = 1e-13;
const MOST_HALVINGS: u32 = 30;

fn simpson(
    f: &impl Fn(f64) -> Result<f64, AnalysisError>,
    (low, high): (f64, f64),
    (at_low, at_middle, at_high): (f64, f64, f64),
    tolerance: f64,
    halvings: u32,
) -> Result<f64, AnalysisError> {
    let (width, middle) = (high - low, 0.5 * (low + high));
    let (at_first, at_third) = (f(0.5 * (low + middle))?, f(0.5 * (middle + high))?);
    let coarse = width / 6.0 * (at_low + 4.0 * at_middle + at_high);
    let fine = width / 12.0 * (at_low + 4.0 * at_first + 2.0 * at_middle + 4.0 * at_third + at_high);
    let error = (fine - coarse) / 15.0;
    if error.abs() <= tolerance || halvings == 0 {
        return Ok(fine + error);
    }
    let (tolerance, halvings) = (0.5 * tolerance, halvings - 1);
    let first = simpson(f, (low, middle), (at_low, at_first, at_middle), tolerance, halvings)?;
    Ok(first + simpson(f, (middle, high), (at_middle, at_third, at_high), tolerance, halvings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-10 * expected.abs(), "{actual} is not {expected}");
    }

    fn uniform(value: f64) -> f64 {
        (1.0 - value).clamp(0.0, 1.0)
    }

    fn exponential(value: f64) -> f64 {
        libm::exp(-value.max(0.0))
    }

    #[test]
    fn one_slot_brings_the_second_value() {
        for (bidders, expected) in [(0, 0.0), (1, 0.0), (2, 1.0 / 3.0), (5, 4.0 / 6.0), (99, 0.98)] {
            assert_close(auction_revenue_uniform(bidders, 1), expected);
        }
    }

    #[test]
    fn integration_agrees_with_the_closed_form() -> Result<(), AnalysisError> {
        for (bidders, slots) in [(1, 1), (2, 1), (2, 2), (7, 3), (50, 1), (100, 99), (1_000, 400)] {
            let integrated = auction_revenue(bidders, slots, 0.0, 1.0, uniform)?;
            assert_close(integrated, auction_revenue_uniform(bidders, slots));
        }
        Ok(())
    }

    /// Of n exponential values with mean 1 the j-th highest is 1/j + 1/(j+1) + ... + 1/n on average (Rényi 1953).
    #[test]
    fn exponential_values_bring_harmonic_sums() -> Result<(), AnalysisError> {
        assert_close(auction_revenue(2, 1, 0.0, 50.0, exponential)?, 0.5);
        for (bidders, slots) in [(3, 1), (10, 4), (40, 39)] {
            let next: f64 = (slots + 1..=bidders).map(|j| 1.0 / f64::from(j)).sum();
            assert_close(auction_revenue(bidders, slots, 0.0, 50.0, exponential)?, f64::from(slots) * next);
        }
        Ok(())
    }

    /// Uniform values, two bidders and a minimum of one half: 5/12 for one slot. For n bidders and one slot,
    /// (n - 1) / (n + 1) + rⁿ (1 - r 2n / (n + 1)), by integration.
    #[test]
    fn a_minimum_changes_the_revenue() -> Result<(), AnalysisError> {
        assert_close(auction_revenue(2, 1, 0.5, 1.0, uniform)?, 5.0 / 12.0);
        for (n, minimum) in [(1, 0.5), (3, 0.3), (8, 0.8)] {
            let bidders = f64::from(n);
            let gained = libm::pow(minimum, bidders) * (1.0 - minimum * 2.0 * bidders / (bidders + 1.0));
            let expected = (bidders - 1.0) / (bidders + 1.0) + gained;
            assert_close(auction_revenue(n, 1, minimum, 1.0, uniform)?, expected);
        }
        // Slots for all: each of three bidders pays the minimum if its value reaches it.
        assert_close(auction_revenue(3, 5, 0.5, 1.0, uniform)?, 0.75);
        // A minimum that nobody reaches.
        assert!(auction_revenue(3, 1, 1.5, 1.0, uniform)?.abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn the_optimal_minimum_solves_myersons_equation() -> Result<(), AnalysisError> {
        let uniform_density = |value: f64| f64::from(u8::from((0.0..=1.0).contains(&value)));
        for (seller, expected) in [(0.0, 0.5), (0.4, 0.7), (1.0, 1.0)] {
            assert_close(optimal_minimum(seller, 0.0, 1.0, uniform, uniform_density)?, expected);
        }
        // For exponential values it is the seller's value and the mean.
        assert_close(optimal_minimum(0.25, 0.0, 50.0, exponential, exponential)?, 1.25);
        // Uniform on 2 to 3: whoever comes is worth being served.
        let high = |value: f64| (3.0 - value).clamp(0.0, 1.0);
        let density = |value: f64| f64::from(u8::from((2.0..=3.0).contains(&value)));
        assert_close(optimal_minimum(0.0, 2.0, 3.0, high, density)?, 2.0);
        Ok(())
    }

    #[test]
    fn no_other_minimum_brings_more() -> Result<(), AnalysisError> {
        for (bidders, slots) in [(1, 1), (2, 1), (5, 3)] {
            let best = optimal_minimum(0.0, 0.0, 50.0, exponential, exponential)?;
            let revenue = auction_revenue(bidders, slots, best, 50.0, exponential)?;
            for step in 0..30 {
                let other = auction_revenue(bidders, slots, f64::from(step) * 0.1, 50.0, exponential)?;
                assert!(other <= revenue + 1e-11, "{other} is more than {revenue}");
            }
        }
        Ok(())
    }

    #[test]
    fn numbers_outside_the_domain_are_refused() {
        assert_eq!(auction_revenue(2, 1, -1.0, 1.0, uniform), Err(AnalysisError::InvalidMinimum(-1.0)));
        assert_eq!(
            auction_revenue(2, 1, 0.0, f64::INFINITY, uniform),
            Err(AnalysisError::InvalidHighest(f64::INFINITY))
        );
        assert_eq!(auction_revenue(2, 1, 0.0, 1.0, |_| 2.0), Err(AnalysisError::InvalidSurvival(2.0)));
        assert_eq!(
            optimal_minimum(0.0, 0.0, f64::INFINITY, uniform, uniform),
            Err(AnalysisError::InvalidHighest(f64::INFINITY))
        );
    }
}

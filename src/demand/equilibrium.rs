//! What to bid in a pay-as-bid auction.
//!
//! Who bids its value gains nothing by winning; who bids less wins less often. Let *k* equal slots be sold to *n* bidders,
//! each of whom wants one, knows *n*, and knows its own value and of those of the others only that they are drawn
//! independently from the same law *F*. Each winner pays its bid; nothing is sold below the minimum *r*. If all are risk
//! neutral, there is one symmetric equilibrium in increasing bids. Whoever has a value *v* of at least *r* bids what it
//! expects the highest losing value to be, or the minimum, given that it wins:
//!
//! > b(v) = E\[max(Y, r) | Y <= v\] = v - (integral of G(t) dt from r to v) / G(v),
//!
//! where *Y* is the k-th highest of the n - 1 values of its rivals, and G(t) = P(Y <= t) is the probability that at most
//! k - 1 of them exceed t. With n <= k everybody wins, and bids the minimum. For one slot, values uniform on 0 to 1 and no
//! minimum, b(v) = v (n - 1) / n. A clock that falls until somebody accepts (Dutch) is the same game for one slot;
//! for several, bidders would learn from those who accept first.
//!
//! Vickrey, "Counterspeculation, auctions, and competitive sealed tenders", J. Finance 16 (1961), for uniform values;
//! Krishna, *Auction Theory* (2nd ed. 2010), sections 2.3 and 2.5, for one slot; Harris and Raviv, "Allocation mechanisms
//! and the design of auctions", Econometrica 49 (1981), and Weber, "Multiple-object auctions" (1983), for many.
//!
//! Values that are all the same leave no room below them: with more bidders than slots, all bid the value.

use std::sync::OnceLock;

use super::law::Law;
use super::rounds::Bidders;
use crate::units::Price;

/// The equilibrium bids of one group.
#[derive(Debug)]
pub struct Equilibrium {
    values: Law,
    slots: u32,
    minimum: Price,
    /// The number of bidders that is believed, whatever the round's is.
    stated: Option<u32>,
    /// By number of bidders. Made when first needed; what is in them depends on nothing else.
    tables: Vec<OnceLock<Table>>,
}

impl Equilibrium {
    /// Among as many bidders as each round has, all of whom know how many they are.
    ///
    /// `values` is the law of their values per slot-hour in the pool's currency, `slots` the number of slots sold, and
    /// `minimum` the lowest bid that is served.
    ///
    /// # Panics
    /// If `slots` is zero.
    #[must_use]
    pub fn of_rounds(values: Law, slots: u32, minimum: Price, bidders: Bidders) -> Self {
        assert!(slots > 0, "something must be for sale");
        let tables = (0..=bidders.most()).map(|_| OnceLock::new()).collect();
        Self { values, slots, minimum, stated: None, tables }
    }

    /// Among `bidders` bidders, however many there are; otherwise as [`Equilibrium::of_rounds`].
    ///
    /// # Panics
    /// If `slots` is zero.
    #[must_use]
    pub fn among(values: Law, slots: u32, minimum: Price, bidders: u32) -> Self {
        Self { stated: Some(bidders), ..Self::of_rounds(values, slots, minimum, Bidders::Exactly(bidders)) }
    }

    /// The bid of a member with this value, in a round of so many bidders with itself.
    ///
    /// Between the minimum and the value. A value below the minimum is bid as it is, and will be refused.
    #[must_use]
    pub fn bid(&self, value: Price, bidders: u32) -> Price {
        let bidders = self.stated.unwrap_or(bidders);
        if value < self.minimum {
            return value;
        }
        if bidders <= self.slots {
            return self.minimum;
        }
        let bidders = bidders.min(self.tables.len() as u32 - 1);
        let minimum = self.minimum.as_currency();
        let table = self.tables[bidders as usize].get_or_init(|| {
            let chance = Chance::new(self.values, self.slots, bidders);
            Table::new(&chance, minimum)
        });
        Price::nearest(table.bid(value.as_currency())).clamp(self.minimum, value)
    }
}

/// A bidder's chance to win, by its value: G.
struct Chance {
    values: Law,
    /// k - 1: so many rivals may be better.
    better: f64,
    /// n - k: at least so many are not.
    worse: f64,
    /// Logarithm of the number of ways to choose the better ones among the n - 1.
    ways: f64,
}

/// Where a chance stands.
#[derive(Clone, Copy)]
struct Odds {
    /// Its logarithm: far from the best values the chance itself is below every `f64`.
    log: f64,
    /// By how much the logarithm rises per unit of value.
    slope: f64,
}

impl Chance {
    /// With more bidders than slots, and at least one slot.
    fn new(values: Law, slots: u32, bidders: u32) -> Self {
        let (better, worse) = (f64::from(slots - 1), f64::from(bidders - slots));
        let ways = libm::lgamma(better + worse + 1.0) - libm::lgamma(better + 1.0) - libm::lgamma(worse + 1.0);
        Self { values: values.simplest(), better, worse, ways }
    }

    fn at(&self, value: f64) -> Odds {
        let (below, above) = (self.values.cdf(value), self.values.survival(value));
        // That exactly k - 1 rivals are better. Nearly all other ways to win have fewer or more of them than that: the
        // sum goes to the side on which its terms fall, and so needs few of them.
        let last = self.ways + times_log(self.better, above, below) + times_log(self.worse, below, above);
        let log = if (self.better + self.worse) * above >= self.better {
            last + libm::log(self.fewer(below / above))
        } else {
            libm::log1p(-libm::exp(last) * self.more(above / below))
        };
        let slope = self.values.density(value) * self.worse / below * libm::exp(last - log);
        Odds { log, slope }
    }

    /// P(at most k - 1 are better) / P(exactly k - 1 are).
    fn fewer(&self, odds: f64) -> f64 {
        let (mut sum, mut term, mut better, mut worse) = (1.0, 1.0, self.better, self.worse);
        while better > 0.0 && term > NO_MATTER * sum {
            worse += 1.0;
            term *= better / worse * odds;
            better -= 1.0;
            sum += term;
        }
        sum
    }

    /// P(at least k are better) / P(exactly k - 1 are).
    fn more(&self, odds: f64) -> f64 {
        let (mut sum, mut term, mut better, mut worse) = (0.0, 1.0, self.better, self.worse);
        while worse > 0.0 && term > NO_MATTER * sum {
            better += 1.0;
            term *= worse / better * odds;
            worse -= 1.0;
            sum += term;
        }
        sum
    }
}

/// A term that is smaller than this, relative to the sum, does not change it.
const NO_MATTER: f64 = 1e-18;

/// `exponent` × the logarithm of `share`, where `rest` is 1 - `share` without loss. Nothing to the power zero is one.
fn times_log(exponent: f64, share: f64, rest: f64) -> f64 {
    if exponent <= 0.0 {
        return 0.0;
    }
    exponent * if rest < 0.5 { libm::log1p(-rest) } else { libm::log(share) }
}

/// The bids of one number of bidders: knots, dense where the bids bend, with cubics between them.
#[derive(Debug)]
struct Table {
    /// By value, ascending; none where there is nothing to shade: all values are the same, or none has a chance.
    knots: Vec<Knot>,
}

/// In the currency: a thousandth of the finest price. As a minimum it changes no bid, and so it stands for none.
const NEXT_TO_NOTHING: f64 = 1e-12;

/// A value with its bid.
#[derive(Clone, Copy, Debug)]
struct Knot {
    value: f64,
    bid: f64,
    /// Of the bid, per unit of value.
    slope: f64,
}

impl Table {
    fn new(chance: &Chance, minimum: f64) -> Self {
        let low = chance.values.lowest().max(minimum).max(NEXT_TO_NOTHING);
        let high = chance.values.highest().min(Price::MAX.as_currency());
        let value = first_with_a_chance(chance, low, high);
        if value >= high {
            return Self { knots: Vec::new() };
        }
        let start = Step { value, shading: 0.0, odds: chance.at(value) };
        let mut knots = vec![start.knot()];
        refine(chance, start, high, MOST_HALVINGS, &mut knots);
        Self { knots }
    }

    fn bid(&self, value: f64) -> f64 {
        let next = self.knots.partition_point(|knot| knot.value < value);
        match (next.checked_sub(1).map(|before| &self.knots[before]), self.knots.get(next)) {
            (Some(before), Some(after)) => before.between(after, value),
            // The bids no longer rise.
            (Some(last), None) => last.bid,
            (None, _) => value,
        }
    }
}

impl Knot {
    /// The bid at `value` by the cubic through both knots, which rises from the one to the other.
    ///
    /// Fritsch and Carlson, "Monotone piecewise cubic interpolation", SIAM J. Numer. Anal. 17 (1980): slopes of up to
    /// three times the secant are monotone.
    fn between(&self, after: &Self, value: f64) -> f64 {
        let width = after.value - self.value;
        let along = (value - self.value) / width;
        let secant = (after.bid - self.bid) / width;
        let (first, last) = (self.slope.min(3.0 * secant), after.slope.min(3.0 * secant));
        let (square, cube) = (3.0 * secant - 2.0 * first - last, first + last - 2.0 * secant);
        self.bid + width * along * (first + along * (square + along * cube))
    }
}

/// A value on the way up, and what is known there.
#[derive(Clone, Copy)]
struct Step {
    value: f64,
    /// By how much the bid is below the value: the integral of G up to here, over G here.
    shading: f64,
    odds: Odds,
}

impl Step {
    fn knot(&self) -> Knot {
        // From b = v - I / G follows b' = (v - b) G' / G.
        Knot { value: self.value, bid: self.value - self.shading, slope: self.shading * self.odds.slope }
    }

    /// On to `value`, by one rule of quadrature. Only ratios of chances occur, none above one.
    fn to(&self, chance: &Chance, value: f64) -> Self {
        let odds = chance.at(value);
        let (centre, half) = (0.5 * (self.value + value), 0.5 * (value - self.value));
        let ratio = |at: f64| libm::exp(chance.at(at).log - odds.log);
        let gained =
            GAUSS.iter().map(|(node, weight)| weight * (ratio(centre - half * node) + ratio(centre + half * node)));
        let shading = self.shading * libm::exp(self.odds.log - odds.log) + half * gained.sum::<f64>();
        Self { value, shading, odds }
    }
}

/// Adds the knots from `from` up to `to`: halves until neither the integral nor the cubic changes any more. As both halves
/// are known then, they are kept; cubics through them are closer by another digit.
fn refine(chance: &Chance, from: Step, to: f64, halvings: u32, knots: &mut Vec<Knot>) -> Step {
    let middle = middle(from.value, to);
    let at_once = from.to(chance, to);
    let half_way = from.to(chance, middle);
    let end = half_way.to(chance, to);
    let is_fine = end.odds.log - from.odds.log <= STEEPEST
        && is_close(at_once.knot().bid, &end.knot())
        && follows(&from.knot(), &half_way.knot(), &end.knot());
    if is_fine || halvings == 0 || knots.len() > MOST_KNOTS {
        knots.extend([half_way.knot(), end.knot()]);
        return end;
    }
    let half_way = refine(chance, from, middle, halvings - 1, knots);
    refine(chance, half_way, to, halvings - 1, knots)
}

/// The rule of quadrature follows an exponential that grows by so many powers of e to the last digits.
const STEEPEST: f64 = 8.0;
/// No table needs nearly as many; they only see to it that none takes for ever.
const MOST_HALVINGS: u32 = 60;
const MOST_KNOTS: usize = 50_000;

/// Does the cubic through the outer knots meet the one between them, and in its direction? Where bids level off, it may
/// meet it by chance.
fn follows(before: &Knot, half_way: &Knot, after: &Knot) -> bool {
    let width = after.value - before.value;
    let slope = 1.5 * (after.bid - before.bid) / width - 0.25 * (before.slope + after.slope);
    is_close(before.between(after, half_way.value), half_way)
        && is_close(half_way.bid + 0.25 * width * (slope - half_way.slope), half_way)
}

/// To nine digits of the bid, as long as it has them left of the value that the shading was subtracted from.
fn is_close(bid: f64, knot: &Knot) -> bool {
    (bid - knot.bid).abs() <= 2e-10 * knot.bid + 1e-14 * knot.value
}

/// The geometric mean of values that are far apart, of others the mean.
fn middle(low: f64, high: f64) -> f64 {
    if low > 0.0 && high > 4.0 * low { libm::sqrt(low) * libm::sqrt(high) } else { 0.5 * (low + high) }
}

/// The lowest value to begin with: `low` itself, or where there begins to be a chance of 10⁻²⁷⁰. Who has less than that bids
/// its value.
fn first_with_a_chance(chance: &Chance, low: f64, high: f64) -> f64 {
    const NONE: std::ops::Range<f64> = -640.0..-620.0;
    if low >= high || chance.at(low).log > NONE.start {
        return low;
    }
    let (mut low, mut high) = (low, high);
    loop {
        let middle = middle(low, high);
        let log = chance.at(middle).log;
        if middle <= low || middle >= high {
            return high;
        }
        match log {
            log if log < NONE.start => low = middle,
            log if log > NONE.end => high = middle,
            _ => return middle,
        }
    }
}

/// Nodes above zero and weights of the Gauss-Legendre rule of 16 points on -1 to 1 (Abramowitz and Stegun, table 25.4).
const GAUSS: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Law = Law::Uniform { low: 0.0, high: 1.0 };
    const EXPONENTIAL: Law = Law::Exponential { mean: 1.0 };
    const LOGNORMAL: Law = Law::LogNormal { mu: -0.5, sigma: 1.0 };

    fn table(values: Law, slots: u32, bidders: u32, minimum: f64) -> (Chance, Table) {
        let chance = Chance::new(values, slots, bidders);
        let table = Table::new(&chance, minimum);
        (chance, table)
    }

    #[track_caller]
    fn assert_close(actual: f64, expected: f64, relative: f64, what: &str) {
        assert!((actual - expected).abs() <= relative * expected.abs(), "{what}: {actual} is not {expected}");
    }

    fn simpson(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
        const HALVES: u32 = 20_000;
        let step = (high - low) / f64::from(HALVES);
        let weight = |i: u32| if i == 0 || i == HALVES { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
        (0..=HALVES).map(|i| weight(i) * f(low + step * f64::from(i))).sum::<f64>() * step / 3.0
    }

    #[test]
    fn uniform_values_shade_by_one_nth() {
        for bidders in [2, 3, 10, 100, 10_000] {
            let (_, table) = table(UNIT, 1, bidders, 0.0);
            for i in 1..=1000 {
                let value = f64::from(i) / 1000.0;
                // Who has less has no chance at all, below every `f64`.
                if f64::from(bidders - 1) * libm::log(value) > -600.0 {
                    let expected = value * f64::from(bidders - 1) / f64::from(bidders);
                    assert_close(table.bid(value), expected, 1e-10, &format!("{bidders} bidders, value {value}"));
                }
            }
        }
    }

    /// v - (vⁿ - rⁿ) / (n vⁿ⁻¹)
    #[test]
    fn a_minimum_raises_the_bids_of_uniform_values() {
        for (bidders, minimum) in [(2, 0.5), (5, 0.3), (5, 1e-3), (50, 0.5), (1_000, 0.7)] {
            let (_, table) = table(UNIT, 1, bidders, minimum);
            let n = f64::from(bidders);
            for i in 0..=3000 {
                let value = minimum + (1.0 - minimum) * f64::from(i) / 3000.0;
                let expected = value - value / n * (1.0 - libm::pow(minimum / value, n));
                assert_close(table.bid(value), expected, 1e-10, &format!("{bidders} bidders, value {value}"));
            }
        }
    }

    /// Two bidders, one slot: (r F(r) + (r + 1) exp(-r) - (v + 1) exp(-v)) / F(v).
    #[test]
    fn exponential_values_of_two() {
        for minimum in [0.0, 0.4] {
            let (_, table) = table(EXPONENTIAL, 1, 2, minimum);
            let kept = -minimum * libm::expm1(-minimum) + (minimum + 1.0) * libm::exp(-minimum);
            for i in 1..400 {
                let value = minimum + f64::from(i) / 10.0;
                let expected = (kept - (value + 1.0) * libm::exp(-value)) / -libm::expm1(-value);
                assert_close(table.bid(value), expected, 1e-9, &format!("minimum {minimum}, value {value}"));
            }
        }
    }

    /// G as a plain sum, and the integral by Simpson's rule.
    #[test]
    fn every_law_agrees_with_plain_quadrature() {
        for law in [UNIT, EXPONENTIAL, LOGNORMAL] {
            for (slots, bidders, minimum) in [(1, 3, 0.0), (2, 5, 0.0), (3, 4, 0.2), (4, 12, 0.1), (9, 10, 0.0)] {
                let chance = |value: f64| {
                    let (below, above) = (law.cdf(value), law.survival(value));
                    let mut ways = 1.0;
                    let mut sum = 0.0;
                    for better in 0..slots {
                        sum += ways * above.powi(better) * below.powi(bidders - 1 - better);
                        ways *= f64::from(bidders - 1 - better) / f64::from(better + 1);
                    }
                    sum
                };
                let (_, table) = table(law, slots as u32, bidders as u32, minimum);
                for value in [0.25, 0.5, 0.9, 1.0, 2.5, 6.0] {
                    if value <= law.highest() {
                        let expected = value - simpson(minimum, value, chance) / chance(value);
                        let what = format!("{law:?}, {slots} of {bidders}, minimum {minimum}, value {value}");
                        assert_close(table.bid(value), expected, 1e-9, &what);
                    }
                }
            }
        }
    }

    /// What a winner pays is on average what the highest loser is worth, or the minimum: drawn, not integrated.
    #[test]
    fn a_bid_is_the_expected_rival_below() {
        use crate::kernel::{Address, Stream};
        let mut stream = Stream::new(&Address { seed: 3, replication: 0, group: "x", purpose: "rivals", index: 0 });
        let (slots, bidders, minimum, value) = (2, 6, 0.3, 1.2);
        let (mut sum, mut squares, mut number) = (0.0, 0.0, 0.0);
        for _ in 0..200_000 {
            let mut rivals: Vec<f64> = (1..bidders).map(|_| LOGNORMAL.sample(&mut stream)).collect();
            rivals.sort_by(|a, b| b.total_cmp(a));
            let pivotal = rivals[slots - 1];
            if pivotal <= value {
                let paid = pivotal.max(minimum);
                (sum, squares, number) = (sum + paid, squares + paid * paid, number + 1.0);
            }
        }
        let mean: f64 = sum / number;
        let error = ((squares / number - mean * mean) / number).sqrt();
        let (_, table) = table(LOGNORMAL, slots as u32, bidders, minimum);
        assert!((table.bid(value) - mean).abs() < 3.3 * error, "{} is not {mean} ± {error}", table.bid(value));
    }

    /// Whoever deviates can do no better than bid like another value, or the minimum: more than the highest bid is waste,
    /// less than the minimum is refused, and no bid lies in between.
    #[test]
    fn no_deviation_pays() {
        for (law, most) in [(UNIT, 1.0), (EXPONENTIAL, 8.0), (LOGNORMAL, 15.0)] {
            for (slots, bidders, minimum) in [(1, 2, 0.0), (1, 7, 0.25), (3, 8, 0.1), (40, 100, 0.0)] {
                let (chance, table) = table(law, slots, bidders, minimum);
                let values: Vec<f64> = (0..=60).map(|i| minimum + (most - minimum) * f64::from(i) / 60.0).collect();
                let offers: Vec<(f64, f64)> =
                    values.iter().map(|as_if| (table.bid(*as_if), libm::exp(chance.at(*as_if).log))).collect();
                for (own, value) in values.iter().enumerate() {
                    let gain = |(bid, chance): (f64, f64)| (value - bid) * chance;
                    let best = offers.iter().map(|offer| gain(*offer)).fold(0.0, f64::max);
                    assert!(gain(offers[own]) >= best - 1e-9, "{law:?}, {slots} of {bidders}, value {value}");
                }
            }
        }
    }

    /// The seller of one slot to n bidders of uniform values expects (n - 1) / (n + 1), as by second prices.
    #[test]
    fn revenue_is_that_of_second_prices() {
        for bidders in [2, 3, 8, 40] {
            let (chance, table) = table(UNIT, 1, bidders, 0.0);
            let paid = |value: f64| if value > 0.0 { table.bid(value) * libm::exp(chance.at(value).log) } else { 0.0 };
            let n = f64::from(bidders);
            assert_close(n * simpson(0.0, 1.0, paid), (n - 1.0) / (n + 1.0), 1e-9, "revenue");
        }
    }

    #[test]
    fn bids_rise_with_values_and_stay_between_minimum_and_value() {
        for law in [UNIT, EXPONENTIAL, LOGNORMAL, Law::Uniform { low: 1.0, high: 1.5 }] {
            for (slots, bidders, minimum) in
                [(1, 2, 0.0), (1, 3_000, 0.0), (7, 8, 0.2), (5_000, 10_000, 0.3), (9_999, 10_000, 0.0)]
            {
                let (_, table) = table(law, slots, bidders, minimum);
                assert!(table.knots.len() < 20_000, "{} knots", table.knots.len());
                let mut last = 0.0;
                for i in 0..5_000 {
                    let value = law.lowest().max(minimum) + f64::from(i) / 100.0;
                    let bid = table.bid(value.min(law.highest()));
                    assert!(bid >= last * (1.0 - 1e-12) && bid >= minimum && bid <= value, "{law:?} {value} {bid}");
                    last = bid;
                }
            }
        }
    }

    const fn price(units: i64) -> Price {
        Price::from_units(units)
    }

    #[test]
    fn who_is_sure_to_win_bids_the_minimum() {
        let minimum = price(200_000_000);
        let equilibrium = Equilibrium::of_rounds(UNIT, 3, minimum, Bidders::Exactly(9));
        for bidders in 1..=3 {
            assert_eq!(equilibrium.bid(price(900_000_000), bidders), minimum);
        }
        assert!(equilibrium.bid(price(900_000_000), 4) > minimum);
        assert_eq!(equilibrium.bid(minimum, 9), minimum);
        assert_eq!(equilibrium.bid(price(199_999_999), 9), price(199_999_999));
    }

    #[test]
    fn the_number_of_bidders_is_the_rounds_or_the_stated_one() {
        let value = price(600_000_000);
        let of_rounds = Equilibrium::of_rounds(UNIT, 1, Price::ZERO, Bidders::Poisson(4.0));
        assert_eq!([2, 3, 4].map(|n| of_rounds.bid(value, n).units()), [300_000_000, 400_000_000, 450_000_000]);
        let stated = Equilibrium::among(UNIT, 1, Price::ZERO, 3);
        assert_eq!([0, 2, 7].map(|n| stated.bid(value, n).units()), [400_000_000; 3]);
    }

    #[test]
    fn equal_values_leave_nothing_to_shade() {
        for law in [Law::Constant(0.5), Law::Uniform { low: 0.5, high: 0.5 }] {
            let equilibrium = Equilibrium::among(law, 2, price(100), 3);
            assert_eq!(equilibrium.bid(price(500_000_000), 3), price(500_000_000));
        }
    }

    /// Nothing overflows, divides by zero or takes for ever.
    #[test]
    fn extreme_laws_have_bids() {
        for law in [
            Law::lognormal_with_mean(1.0, 1e150),
            Law::LogNormal { mu: 0.0, sigma: 1e3 },
            Law::LogNormal { mu: 0.0, sigma: 1e-6 },
            Law::Exponential { mean: 1e-9 },
            Law::Exponential { mean: 1e12 },
            Law::Uniform { low: 1.0, high: 1.0 + 1e-12 },
        ] {
            for (slots, bidders) in [(1, 2), (3, 4), (1, 10_000), (5_000, 10_000)] {
                let equilibrium = Equilibrium::among(law, slots, price(5), bidders);
                for units in [5, 6, 1_000, 1_000_000_000, i64::MAX] {
                    let bid = equilibrium.bid(price(units), bidders).units();
                    assert!((5..=units).contains(&bid), "{law:?}, {slots} of {bidders}: {bid} for {units}");
                }
            }
        }
    }
}

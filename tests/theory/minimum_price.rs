//! The minimum price of an auction: what it costs in sales it may bring in price.
//!
//! R. B. Myerson, "Optimal auction design" (1981): for a seller to whom slots are worth nothing, the best minimum solves r =
//! (1 - F(r)) / f(r), however many bidders and slots there are. Uniform on 0 to 1: 1/2; exponential: the mean.

use overspill::analysis::{auction_revenue, optimal_minimum};

use super::sale::{EQUILIBRIUM, EXPONENTIAL, POOL, Sale, TRUTHFUL, UNIFORM, Values};
use super::steady::{Runs, assert_covers, assert_none};

const REVENUE: &str = "round_revenue_mean";

/// Slots by the (k+1)-th price.
fn sell(slots: u32, minimum: f64, bidders: &str, values: Values) -> Runs {
    let pricing = r#"method = "uniform""#;
    Sale { pricing, slots, minimum, bidders, values, bid: TRUTHFUL, rounds: 1000 }.run()
}

fn theory(slots: u32, minimum: f64, bidders: u32, values: Values) -> f64 {
    auction_revenue(bidders, slots, minimum, values.highest, values.survival).expect("a law")
}

/// A best minimum brings more than one lower and one higher: by as much as it should, from the same values.
fn assert_best(best: f64, others: [f64; 2], slots: u32, bidders: u32, values: Values) {
    let sell = |minimum| self::sell(slots, minimum, &bidders.to_string(), values);
    let theory = |minimum| theory(slots, minimum, bidders, values);
    let at_best = sell(best);
    at_best.assert_is(POOL, REVENUE, theory(best), 0.03);
    for other in others {
        let gain = at_best.minus(&sell(other), POOL, REVENUE);
        assert_covers(&format!("gain of {best} over {other}"), &gain, theory(best) - theory(other), 0.7);
    }
}

#[test]
fn uniform_values_ask_for_one_half() {
    assert!((theory(1, 0.5, 2, UNIFORM) - 5.0 / 12.0).abs() < 1e-9);
    assert_best(0.5, [0.4, 0.6], 1, 2, UNIFORM);
    assert_best(0.5, [0.35, 0.65], 1, 4, UNIFORM);
    assert_best(0.5, [0.4, 0.6], 3, 5, UNIFORM);
}

#[test]
fn exponential_values_ask_for_their_mean() {
    let density = |value: f64| libm::exp(-value);
    let best = optimal_minimum(0.0, 0.0, 40.0, EXPONENTIAL.survival, density).expect("a law");
    assert!((best - 1.0).abs() < 1e-9, "{best}");
    assert_best(1.0, [0.7, 1.4], 1, 2, EXPONENTIAL);
    assert_best(1.0, [0.7, 1.4], 3, 5, EXPONENTIAL);
}

/// From none to one that hardly anybody reaches: revenue, sales and refusals. With n bidders and one slot it brings
/// (n - 1) / (n + 1) + rⁿ (1 - r 2n / (n + 1)).
#[test]
fn revenue_is_a_function_of_the_minimum() {
    for minimum in [0.0, 0.2, 0.5, 0.8, 0.95] {
        let runs = sell(1, minimum, "3", UNIFORM);
        let revenue = 0.5 + minimum.powi(3) * (1.0 - 1.5 * minimum);
        runs.assert_is(POOL, REVENUE, revenue, 0.04);
        let sold = 1.0 - minimum.powi(3);
        runs.assert_is(POOL, "round_price_mean", revenue / sold, 0.02);
        // The best value, if it reaches the minimum: r P(best >= r) and the integral of P(best > t) from r on.
        let welfare = minimum * sold + (1.0 - minimum) - (1.0 - minimum.powi(4)) / 4.0;
        runs.assert_is(POOL, "round_welfare_mean", welfare, 0.04);
        runs.assert_always(POOL, "round_efficiency", 1.0);
        if minimum > 0.0 {
            runs.assert_is(POOL, "round_sold_mean", sold, 0.04);
            let refused = runs.share("group:bidders", "refused_price", "arrivals");
            assert_covers("share below the minimum", &refused, minimum, 0.03);
        }
    }
}

/// Own bids at equilibrium take the minimum into account, and bring what the (k+1)-th price brings.
#[test]
fn own_bids_at_equilibrium_know_the_minimum() {
    for (slots, bidders, minimum, values) in
        [(1, 2, 0.5, UNIFORM), (1, 4, 0.8, UNIFORM), (3, 5, 0.5, UNIFORM), (3, 5, 1.0, EXPONENTIAL)]
    {
        let number = bidders.to_string();
        let own = Sale {
            pricing: r#"method = "discriminatory""#,
            slots,
            minimum,
            bidders: &number,
            values,
            bid: EQUILIBRIUM,
            rounds: 1000,
        };
        let own = own.run();
        own.assert_is(POOL, REVENUE, theory(slots, minimum, bidders, values), 0.02);
        own.assert_always(POOL, "round_efficiency", 1.0);
        let uniform = sell(slots, minimum, &number, values);
        for metric in ["round_sold_mean", "round_welfare_mean"] {
            assert_eq!(own.measures(POOL, metric), uniform.measures(POOL, metric), "{metric}");
        }
        assert_none("own bid - uniform", &own.minus(&uniform, POOL, REVENUE), 0.02);
    }
}

/// A Poisson number of bidders, which all of them know: revenue is that of each number, weighted. The number of those who
/// reach the minimum is Poisson again.
#[test]
fn a_poisson_number_of_bidders_mixes_the_numbers() {
    let bidders = "{ poisson = 4 }";
    for (slots, minimum) in [(1, 0.0), (1, 0.5), (3, 0.5)] {
        let truth = poisson_mean(4.0, |bidders| theory(slots, minimum, bidders, UNIFORM));
        let uniform = sell(slots, minimum, bidders, UNIFORM);
        uniform.assert_is(POOL, REVENUE, truth, 0.02);
        let pricing = r#"method = "discriminatory""#;
        let own = Sale { pricing, slots, minimum, bidders, values: UNIFORM, bid: EQUILIBRIUM, rounds: 1000 }.run();
        own.assert_is(POOL, REVENUE, truth, 0.02);
        own.assert_always(POOL, "round_efficiency", 1.0);
        assert_none("own bid - uniform", &own.minus(&uniform, POOL, REVENUE), 0.02);
        let sold = poisson_mean(4.0 * (1.0 - minimum), |number| f64::from(number.min(slots)));
        own.assert_is(POOL, "round_sold_mean", sold, 0.02);
    }
}

/// E f(N), N Poisson; more than 60 do not occur at the means of these tests.
fn poisson_mean(mean: f64, f: impl Fn(u32) -> f64) -> f64 {
    let (mut sum, mut weight) = (0.0, libm::exp(-mean));
    for number in 0..60 {
        sum += weight * f(number);
        weight *= mean / f64::from(number + 1);
    }
    sum
}

/// The bids must know the number: with those for a number that is usual, they bring something else.
#[test]
fn bids_for_another_number_do_not_fit() {
    let bid = |bid| Sale {
        pricing: r#"method = "first-price""#,
        slots: 1,
        minimum: 0.0,
        bidders: "4",
        values: UNIFORM,
        bid,
        rounds: 1000,
    };
    let stated = bid("{ equilibrium = { bidders = 3 } }").run();
    // Two thirds of the highest value.
    stated.assert_is(POOL, REVENUE, 2.0 / 3.0 * 4.0 / 5.0, 0.01);
    let interval = stated.interval(POOL, REVENUE);
    let half_width = interval.half_width.expect("replications");
    assert!((interval.mean - 3.0 / 5.0).abs() > 5.0 * half_width, "{interval:?}");
}

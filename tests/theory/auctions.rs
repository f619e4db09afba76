//! Revenue equivalence: what a round brings on average does not depend on the rules, if the highest values win.
//!
//! The closed forms and integrals are those of `overspill::analysis::auction_revenue`, with their sources.

use overspill::analysis::{auction_revenue, auction_revenue_uniform};

use super::sale::{EQUILIBRIUM, EXPONENTIAL, LOGNORMAL, POOL, Sale, TRUTHFUL, UNIFORM, Values};
use super::steady::{Runs, assert_covers, assert_none};

const REVENUE: &str = "round_revenue_mean";

fn sale<'a>(pricing: &'a str, slots: u32, bidders: &'a str, values: Values, bid: &'a str) -> Sale<'a> {
    Sale { pricing, slots, minimum: 0.0, bidders, values, bid, rounds: 500 }
}

/// The revenue of every rule is that of the integral, known to within `precision` of it. Values are the same under all
/// rules, so that rules which are the same for one slot each agree to the last bit, and clocks to a tick.
fn assert_equivalence(slots: u32, bidders: u32, values: Values, precision: f64) {
    let truth = auction_revenue(bidders, slots, 0.0, values.highest, values.survival).expect("a law");
    let number = bidders.to_string();
    let run = |pricing: &str, bid: &str| sale(pricing, slots, &number, values, bid).run();
    let uniform = run(r#"method = "uniform""#, TRUTHFUL);
    uniform.assert_is(POOL, REVENUE, truth, precision);
    uniform.assert_is(POOL, "round_price_mean", truth / f64::from(slots), precision);
    for method in ["second-price", "vcg"] {
        let runs = run(&format!("method = \"{method}\""), TRUTHFUL);
        assert_eq!(runs.measures(POOL, REVENUE), uniform.measures(POOL, REVENUE), "{method}");
    }
    let own = run(r#"method = "discriminatory""#, EQUILIBRIUM);
    own.assert_is(POOL, REVENUE, truth, precision);
    let first = run(r#"method = "first-price""#, EQUILIBRIUM);
    assert_eq!(first.measures(POOL, REVENUE), own.measures(POOL, REVENUE));
    // Clocks of fine ticks; a step is a thousandth of the values' mean or median.
    let step = 0.001;
    let start = values.highest.ceil();
    let english = run(&format!(r#"method = "english", increment = "{step} USD/h""#), TRUTHFUL);
    let dutch = run(&format!(r#"method = "dutch", start = "{start} USD/h", decrement = "{step} USD/h""#), EQUILIBRIUM);
    let most = f64::from(slots) * step;
    assert_within(&english, &uniform, -most, most);
    assert_within(&dutch, &own, -most, 0.0);
    for runs in [&uniform, &own, &english, &dutch] {
        runs.assert_always(POOL, "round_efficiency", 1.0);
        runs.assert_always(POOL, "round_sold_mean", f64::from(slots));
    }
    assert_none("own bid - uniform", &own.minus(&uniform, POOL, REVENUE), precision * truth);
}

/// In each replication the revenue is that of `other` and something between `low` and `high`.
fn assert_within(runs: &Runs, other: &Runs, low: f64, high: f64) {
    for (a, b) in runs.measures(POOL, REVENUE).iter().zip(&other.measures(POOL, REVENUE)) {
        let difference = a.value().expect("rounds") - b.value().expect("rounds");
        assert!((low - 1e-9..=high + 1e-9).contains(&difference), "{difference} is not in {low} to {high}");
    }
}

#[test]
fn one_slot_of_uniform_values_brings_the_same_under_every_rule() {
    assert_equivalence(1, 4, UNIFORM, 0.01);
}

#[test]
fn three_slots_of_uniform_values_bring_the_same_under_every_rule() {
    assert_equivalence(3, 7, UNIFORM, 0.01);
}

#[test]
fn one_slot_of_exponential_values_brings_the_same_under_every_rule() {
    assert_equivalence(1, 4, EXPONENTIAL, 0.02);
}

#[test]
fn three_slots_of_exponential_values_bring_the_same_under_every_rule() {
    assert_equivalence(3, 7, EXPONENTIAL, 0.02);
}

#[test]
fn one_slot_of_lognormal_values_brings_the_same_under_every_rule() {
    assert_equivalence(1, 4, LOGNORMAL, 0.02);
}

#[test]
fn three_slots_of_lognormal_values_bring_the_same_under_every_rule() {
    assert_equivalence(3, 7, LOGNORMAL, 0.02);
}

/// One slot brings (n - 1) / (n + 1), and k slots k (n - k) / (n + 1); with a slot for everybody nobody pays. The
/// deviation inside a replication falls short of the true one by about a thousandth, as there are 500 rounds in each.
#[test]
fn uniform_values_bring_order_statistics() {
    for (bidders, slots) in [(2, 1), (3, 1), (10, 1), (5, 2), (10, 9)] {
        let number = bidders.to_string();
        let runs = sale(r#"method = "uniform""#, slots, &number, UNIFORM, TRUTHFUL).run();
        runs.assert_is(POOL, REVENUE, auction_revenue_uniform(bidders, slots), 0.05);
        runs.assert_always(POOL, "round_bidders_mean", f64::from(bidders));
        // The winners' values are the k highest: their mean is the sum of (n + 1 - i) / (n + 1).
        let (n, k) = (f64::from(bidders), f64::from(slots));
        runs.assert_is(POOL, "round_welfare_mean", k * (2.0 * n + 1.0 - k) / (2.0 * (n + 1.0)), 0.01);
        // The price is a beta variable, the (k+1)-th of n.
        let price = (n - k) / (n + 1.0);
        let deviation = (price * (1.0 - price) / (n + 2.0)).sqrt();
        runs.assert_is(POOL, "round_price_sd", deviation, 0.05);
    }
    for method in ["uniform", "vcg", "second-price"] {
        let pricing = format!("method = \"{method}\"");
        sale(&pricing, 3, "3", UNIFORM, TRUTHFUL).run().assert_always(POOL, REVENUE, 0.0);
    }
}

/// Own bids without equilibrium: equivalence is one of bids, and the tests above would notice if it were not.
#[test]
fn truth_at_own_bids_brings_the_highest_values() {
    let own = sale(r#"method = "discriminatory""#, 3, "7", UNIFORM, TRUTHFUL).run();
    own.assert_is(POOL, REVENUE, (7.0 + 6.0 + 5.0) / 8.0, 0.01);
    let uniform = sale(r#"method = "uniform""#, 3, "7", UNIFORM, TRUTHFUL).run();
    let difference = own.minus(&uniform, POOL, REVENUE);
    assert_covers("own bid - uniform", &difference, (7.0 + 6.0 + 5.0 - 3.0 * 4.0) / 8.0, 0.02);
}

/// Sealed bids that are opened later, and a clock that takes time, sell the same at the same price.
#[test]
fn time_within_a_round_changes_nothing() {
    for (at_once, slowly) in [
        (r#"method = "uniform""#, r#"method = "uniform", bidding = "10m""#),
        (
            r#"method = "english", increment = "0.1 USD/h""#,
            r#"method = "english", increment = "0.1 USD/h", tick = "5s""#,
        ),
        (
            r#"method = "dutch", start = "20 USD/h", decrement = "0.1 USD/h""#,
            r#"method = "dutch", start = "20 USD/h", decrement = "0.1 USD/h", tick = "5s""#,
        ),
    ] {
        let [at_once, slowly] = [at_once, slowly].map(|pricing| sale(pricing, 2, "5", EXPONENTIAL, TRUTHFUL).run());
        for metric in [REVENUE, "round_price_mean", "round_welfare_mean", "round_bidders_mean"] {
            assert_eq!(at_once.measures(POOL, metric), slowly.measures(POOL, metric), "{metric}");
        }
    }
}

//! Who gets the slots: the highest values, if all bid by one rule and want one slot each.

use super::sale::{EQUILIBRIUM, EXPONENTIAL, LOGNORMAL, POOL, Sale, TRUTHFUL, UNIFORM};
use super::steady::Runs;

const EFFICIENCY: &str = "round_efficiency";

const VCG: &str = r#"method = "vcg""#;
const UNIFORM_PRICE: &str = r#"method = "uniform""#;

/// Whatever the number of bidders, that of the slots and the minimum, no value is left out that is higher than one which
/// is not: to the last bit, in every replication. Coarse ticks mend nothing and spoil nothing, as the best bids come
/// first among those that a call does not tell apart.
#[test]
fn one_rule_for_all_serves_the_highest_values() {
    let dutch = r#"method = "dutch", start = "2 USD/h", decrement = "0.3 USD/h""#;
    for (pricing, bid) in [
        (UNIFORM_PRICE, TRUTHFUL),
        (VCG, TRUTHFUL),
        (r#"method = "second-price""#, TRUTHFUL),
        (r#"method = "english", increment = "0.001 USD/h""#, TRUTHFUL),
        (r#"method = "english", increment = "0.3 USD/h""#, TRUTHFUL),
        (r#"method = "first-price""#, EQUILIBRIUM),
        (r#"method = "discriminatory""#, EQUILIBRIUM),
        (r#"method = "discriminatory""#, r#"{ shade = "70 %" }"#),
        (dutch, TRUTHFUL),
    ] {
        for (slots, minimum, values) in [(1, 0.0, UNIFORM), (3, 0.4, EXPONENTIAL), (4, 0.9, LOGNORMAL)] {
            // Who shades would be refused at a minimum below its value.
            let minimum = if bid.contains("shade") { 0.0 } else { minimum };
            let runs = Sale { pricing, slots, minimum, bidders: "{ poisson = 6 }", values, bid, rounds: 100 }.run();
            runs.assert_always(POOL, EFFICIENCY, 1.0);
        }
    }
}

/// Two bidders, of whom one bids its value and the other half of it. The latter wins if its value is twice the other: the
/// winner's value is 5/8 on average, and the higher one 2/3.
#[test]
fn who_bids_by_a_rule_of_its_own_gets_slots_that_others_value_more() {
    let half = format!(
        r#"
        [group.half]
        pool = "slots"
        arrivals = {{ process = "rounds", every = "1h", bidders = 1 }}
        duration = "30m"
        value = {}
        bid = {{ shade = "50 %" }}
        "#,
        UNIFORM.law
    );
    let sale = Sale {
        pricing: r#"method = "first-price""#,
        slots: 1,
        minimum: 0.0,
        bidders: "1",
        values: UNIFORM,
        bid: TRUTHFUL,
        rounds: 1000,
    };
    let runs = sale.run_with("", &half);
    runs.assert_is(POOL, "round_welfare_mean", 5.0 / 8.0, 0.02);
    runs.assert_is(POOL, EFFICIENCY, 15.0 / 16.0, 0.01);
    // The higher of a value and a half: E max(v, w / 2) = 1/2 + 1/24.
    runs.assert_is(POOL, "round_revenue_mean", 13.0 / 24.0, 0.02);
}

/// One slot for two bids, the second of 0.5.
fn against_one_half(pricing: &str, bid: &str) -> Runs {
    let other = r#"
        [group.other]
        pool = "slots"
        arrivals = { process = "rounds", every = "1h", bidders = 1 }
        duration = "30m"
        bid = "0.5 USD/h"
        "#;
    let runs =
        Sale { pricing, slots: 1, minimum: 0.0, bidders: "1", values: UNIFORM, bid, rounds: 10 }.run_with("", other);
    runs.assert_always("group:bidders", "started", 10.0);
    runs.assert_always("group:other", "refused_outbid", 10.0);
    runs
}

/// Of two equal bids the earlier one is served, under every rule, and pays as much as the other bid, or the call at which
/// neither had dropped.
#[test]
fn of_equal_bids_the_earlier_one_is_served() {
    for (pricing, price) in [
        (UNIFORM_PRICE, 0.5),
        (VCG, 0.5),
        (r#"method = "second-price""#, 0.5),
        (r#"method = "first-price""#, 0.5),
        (r#"method = "discriminatory""#, 0.5),
        (r#"method = "english", increment = "0.2 USD/h""#, 0.4),
        (r#"method = "english", increment = "0.25 USD/h""#, 0.5),
        (r#"method = "dutch", start = "1 USD/h", decrement = "0.2 USD/h""#, 0.4),
        (r#"method = "dutch", start = "1 USD/h", decrement = "0.25 USD/h""#, 0.5),
    ] {
        against_one_half(pricing, r#""0.5 USD/h""#).assert_always(POOL, "round_revenue_mean", price);
    }
}

/// A bid that a call equals has not dropped: the clock goes on to the next one.
#[test]
fn a_bid_remains_at_a_call_that_it_equals() {
    for (increment, price) in [(0.25, 0.75), (0.2, 0.6)] {
        let pricing = format!(r#"method = "english", increment = "{increment} USD/h""#);
        against_one_half(&pricing, r#""0.9 USD/h""#).assert_always(POOL, "round_revenue_mean", price);
    }
}

/// Two slots, wanted by one bidder of both, and by two of one each. All values per slot are uniform on 0 to 1: B, s and t.
fn two_for_one(pricing: &str) -> Runs {
    let small = format!(
        r#"
        [group.small]
        pool = "slots"
        arrivals = {{ process = "rounds", every = "1h", bidders = 2 }}
        duration = "30m"
        value = {}
        "#,
        UNIFORM.law
    );
    let sale = Sale { pricing, slots: 2, minimum: 0.0, bidders: "1", values: UNIFORM, bid: TRUTHFUL, rounds: 1000 };
    sale.run_with("size = 2", &small)
}

/// E max(2 B, s + t) = 31/24. If the two win, each pays what is left of 2 B without the other's value: together 1/6; if the
/// one wins, it pays s + t: 5/12. (E\[s + t; s + t < 2 B\] = 1 - ½ E (s + t)² with E (s + t)² = 7/6.)
#[test]
fn vickrey_clarke_groves_serves_the_set_of_greatest_value() {
    let runs = two_for_one(VCG);
    runs.assert_always(POOL, EFFICIENCY, 1.0);
    runs.assert_always(POOL, "round_sold_mean", 2.0);
    runs.assert_is(POOL, "round_welfare_mean", 31.0 / 24.0, 0.01);
    runs.assert_is(POOL, "round_revenue_mean", 5.0 / 12.0 + 1.0 / 6.0, 0.02);
}

/// Served by the height of the bid, the large one is passed over if it is not the highest: 5/4 instead of 31/24. If it is
/// the highest, it pays the middle value of the three for each slot; if not, all pay the lowest one, as nobody pays more
/// than its bid: 2 (1/3 · 2/4 + 2/3 · 1/4) = 2/3.
#[test]
fn the_highest_bids_are_not_the_greatest_value_where_sizes_differ() {
    let runs = two_for_one(UNIFORM_PRICE);
    runs.assert_is(POOL, "round_welfare_mean", 5.0 / 4.0, 0.01);
    runs.assert_is(POOL, EFFICIENCY, 30.0 / 31.0, 0.005);
    let interval = runs.interval(POOL, EFFICIENCY);
    assert!(1.0 - interval.mean > 5.0 * interval.half_width.expect("replications"), "{interval:?}");
    runs.assert_is(POOL, "round_revenue_mean", 2.0 / 3.0, 0.02);
}

/// Sizes of one to four for five slots: what is best is found in every round.
#[test]
fn vickrey_clarke_groves_is_efficient_for_all_sizes() {
    for minimum in [0.0, 0.3] {
        let sale = |pricing| Sale {
            pricing,
            slots: 5,
            minimum,
            bidders: "{ poisson = 6 }",
            values: EXPONENTIAL,
            bid: TRUTHFUL,
            rounds: 200,
        };
        let size = r#"size = { law = "uniform", low = 1, high = 4 }"#;
        let [vcg, uniform] = [VCG, UNIFORM_PRICE].map(|pricing| sale(pricing).run_with(size, ""));
        let gain = vcg.minus(&uniform, POOL, EFFICIENCY);
        assert!(gain.mean > 5.0 * gain.half_width.expect("replications"), "{gain:?}");
        if minimum == 0.0 {
            vcg.assert_always(POOL, EFFICIENCY, 1.0);
        }
    }
}

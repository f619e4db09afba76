//! What overflows a hundred slots under 110 erlangs bursts into unlimited slots at three times the price.

use overspill::analysis::overflow_mean;

use super::formulas::{blocking, carried, overflow_variance};
use super::steady::{Runs, assert_covers, run};

fn overflow(changes: &[(&str, &str)]) -> Runs {
    run("overflow.toml", changes)
}

fn mean() -> f64 {
    overflow_mean(100, 110.0).expect("a load")
}

#[test]
fn the_overflow_has_its_mean_its_variance_and_its_price() {
    let runs = overflow(&[]);
    for scope in ["pool:own", "tier:on-demand"] {
        runs.assert_is(scope, "burst_occupancy_mean", mean(), 0.015);
        runs.assert_is(scope, "burst_cost_rate", 3.0 * mean(), 0.015);
        runs.assert_is(scope, "overflow_fraction", blocking(100, 110.0), 0.015);
    }
    runs.assert_is("pool:on-demand", "occupancy_mean", mean(), 0.015);
    assert_covers(
        "overflow variance",
        &runs.occupancy_variance("pool:on-demand"),
        overflow_variance(100, 110.0),
        0.025,
    );
    runs.assert_is("pool:own", "occupancy_mean", carried(100, 110.0), 0.001);
    runs.assert_is("customer:lab", "cost_rate", 3.0 * mean(), 0.015);
    runs.assert_is("customer:lab", "revenue_rate", carried(100, 110.0), 0.001);
    runs.assert_is("group:users", "carried_load", 110.0, 0.003);
    runs.assert_always("pool:own", "blocking_probability", 0.0);
}

#[test]
fn a_fee_comes_on_top_and_counts_against_the_maximum_price() {
    let fee = ("pool.own.burst.fee", "5 %");
    let runs = overflow(&[fee, ("pool.own.burst.max_price", "3.15 USD/h")]);
    runs.assert_is("pool:own", "burst_cost_rate", 3.15 * mean(), 0.015);
    assert_no_burst(&[fee, ("pool.own.burst.max_price", "3.149999999 USD/h")]);
}

#[test]
fn below_its_price_no_tier_is_used() {
    assert_no_burst(&[("pool.own.burst.max_price", "2.999999999 USD/h")]);
}

fn assert_no_burst(changes: &[(&str, &str)]) {
    let runs = overflow(changes);
    runs.assert_always("pool:own", "bursts", 0.0);
    runs.assert_always("pool:own", "burst_cost", 0.0);
    runs.assert_is("pool:own", "blocking_probability", blocking(100, 110.0), 0.015);
}

#[test]
fn a_tier_of_twice_the_speed_is_held_half_as_long() {
    let runs = overflow(&[("pool.on-demand.speed", "2")]);
    runs.assert_is("pool:own", "burst_occupancy_mean", 0.5 * mean(), 0.015);
    runs.assert_is("pool:own", "burst_cost_rate", 1.5 * mean(), 0.015);
    runs.assert_is("pool:own", "overflow_fraction", blocking(100, 110.0), 0.015);
}

/// What overflows two groups one after the other overflows one of their size: a ladder of tiers is one long group.
#[test]
fn a_ladder_overflows_like_one_group() {
    let ladder = [
        ("pool.own.slots", "60"),
        ("pool.spare", r#"{ owner = "lab", slots = 40, pricing = { method = "posted", price = "1 USD/h" } }"#),
        ("pool.own.burst.tiers", r#"["spare", "on-demand"]"#),
    ];
    let runs = overflow(&ladder);
    runs.assert_is("tier:on-demand", "burst_occupancy_mean", mean(), 0.015);
    runs.assert_is("tier:spare", "burst_occupancy_mean", carried(100, 110.0) - carried(60, 110.0), 0.002);
}

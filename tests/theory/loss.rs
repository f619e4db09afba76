//! The loss system M/G/c/c.

use super::formulas::{blocking, busy_variance, carried};
use super::steady::{Runs, assert_covers, run};

fn loss(changes: &[(&str, &str)]) -> Runs {
    run("loss.toml", changes)
}

/// A hundred slots and ninety erlangs, whatever the law of the durations; `precision` is that of blocking.
fn assert_loss_system(duration: &str, precision: f64) {
    let runs = loss(&[("group.users.duration", duration)]);
    runs.assert_is("pool:slots", "blocking_probability", blocking(100, 90.0), precision);
    runs.assert_is("pool:slots", "full_time_share", blocking(100, 90.0), precision);
    runs.assert_is("pool:slots", "occupancy_mean", carried(100, 90.0), 0.002);
    runs.assert_is("pool:slots", "utilisation", carried(100, 90.0) / 100.0, 0.002);
    runs.assert_is("group:users", "carried_load", carried(100, 90.0), 0.002);
    runs.assert_is("group:users", "offered_load", 90.0, 0.005);
    runs.assert_is("provider", "revenue_rate", carried(100, 90.0), 0.002);
    assert_covers("occupancy variance", &runs.occupancy_variance("pool:slots"), busy_variance(100, 90.0), 0.02);
}

#[test]
fn exponential_durations_follow_erlang_b() {
    assert_loss_system(r#"{ law = "exponential", mean = "1h" }"#, 0.03);
}

#[test]
fn lognormal_durations_make_no_difference() {
    assert_loss_system(r#"{ law = "lognormal", mean = "1h", cv = 2 }"#, 0.05);
}

#[test]
fn constant_durations_make_no_difference() {
    assert_loss_system(r#"{ law = "constant", value = "1h" }"#, 0.03);
}

#[test]
fn uniform_durations_make_no_difference() {
    assert_loss_system(r#"{ law = "uniform", low = "0h", high = "2h" }"#, 0.03);
}

#[test]
fn without_slots_everybody_is_refused() {
    let runs = loss(&[("pool.slots.slots", "0"), ("experiment.horizon", "100h")]);
    runs.assert_always("pool:slots", "blocking_probability", 1.0);
    runs.assert_always("pool:slots", "occupancy_mean", 0.0);
}

#[test]
fn with_unlimited_slots_nobody_is_and_occupancy_is_poisson() {
    let runs = loss(&[("pool.slots.slots", "unlimited")]);
    runs.assert_always("pool:slots", "blocking_probability", 0.0);
    runs.assert_is("pool:slots", "occupancy_mean", 90.0, 0.005);
    assert_covers("occupancy variance", &runs.occupancy_variance("pool:slots"), 90.0, 0.02);
}

/// Requests of several slots: the recursion of Kaufman and Roberts, here for one size, is the loss system of groups of
/// slots.
#[test]
fn requests_of_five_slots_see_a_fifth_of_the_slots() {
    let runs = loss(&[("group.users.size", "5"), ("pool.slots.slots", "102")]);
    runs.assert_is("pool:slots", "blocking_probability", blocking(20, 18.0), 0.03);
    runs.assert_is("pool:slots", "occupancy_mean", 5.0 * carried(20, 18.0), 0.005);
}

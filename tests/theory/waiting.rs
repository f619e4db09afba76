//! Delay systems: nobody is interrupted, whoever finds no slot waits. Wait times are in hours, the mean duration.

use overspill::analysis::{erlang_c, mean_wait_erlang_c};

use super::formulas::{ConstantPatience, Queue};
use super::steady::{Runs, run};

const POOL: &str = "pool:slots";

/// The loss scenario with a waiting room. Small systems run longer for the same number of arrivals.
fn queue(slots: u32, load: f64, horizon: &str, changes: &[(&str, &str)]) -> Runs {
    let (slots, load) = (slots.to_string(), load.to_string());
    let mut all = vec![
        ("pool.slots.slots", slots.as_str()),
        ("group.users.arrivals.offered_load", load.as_str()),
        ("experiment.horizon", horizon),
        ("experiment.warm_up", "200h"),
        ("pool.slots.waiting", r#"{ capacity = "unlimited" }"#),
    ];
    all.extend(changes);
    run("loss.toml", &all)
}

fn assert_erlang_c(slots: u32, load: f64, horizon: &str, precision: f64) {
    let runs = queue(slots, load, horizon, &[]);
    let delayed = erlang_c(slots, load).expect("a stable queue");
    let wait = mean_wait_erlang_c(slots, load).expect("a stable queue");
    runs.assert_is(POOL, "wait_probability", delayed, precision);
    runs.assert_is(POOL, "wait_mean", wait, precision);
    runs.assert_is(POOL, "wait_mean_served", wait, precision);
    runs.assert_is(POOL, "wait_mean_delayed", wait / delayed, precision);
    runs.assert_is(POOL, "queue_mean", load * wait, precision);
    runs.assert_is(POOL, "occupancy_mean", load, 0.01);
    runs.assert_always(POOL, "blocking_probability", 0.0);
}

#[test]
fn a_hundred_servers_wait_by_erlang_c() {
    assert_erlang_c(100, 90.0, "1500h", 0.1);
}

#[test]
fn five_servers_wait_by_erlang_c() {
    assert_erlang_c(5, 4.0, "10000h", 0.05);
}

#[test]
fn one_server_waits_as_m_m_1() {
    assert_erlang_c(1, 0.5, "20000h", 0.05);
}

/// Pollaczek and Khinchine: the wait grows with the square of the coefficient of variation of the durations.
#[test]
fn one_server_waits_by_the_second_moment_of_the_durations() {
    let (load, horizon) = (0.5, "30000h");
    for (duration, cv_squared) in [
        (r#"{ law = "constant", value = "1h" }"#, 0.0),
        (r#"{ law = "uniform", low = "0h", high = "2h" }"#, 1.0 / 3.0),
        (r#"{ law = "lognormal", mean = "1h", cv = 0.5 }"#, 0.25),
    ] {
        let runs = queue(1, load, horizon, &[("group.users.duration", duration)]);
        let wait = load / (2.0 * (1.0 - load)) * (1.0 + cv_squared);
        runs.assert_is(POOL, "wait_mean", wait, 0.04);
        runs.assert_is(POOL, "wait_probability", load, 0.02);
    }
}

#[test]
fn a_full_waiting_room_refuses() {
    let runs = queue(10, 9.0, "8000h", &[("pool.slots.waiting.capacity", "5")]);
    let theory = Queue::with_room(10, 9.0, 5);
    runs.assert_is(POOL, "blocking_probability", theory.blocked(), 0.03);
    runs.assert_is(POOL, "wait_probability", theory.delayed(), 0.02);
    runs.assert_is(POOL, "queue_mean", theory.waiting(), 0.03);
    runs.assert_is(POOL, "wait_mean", theory.waiting() / 9.0, 0.03);
    runs.assert_is(POOL, "wait_mean_served", theory.waiting() / 9.0 / (1.0 - theory.blocked()), 0.03);
    runs.assert_is(POOL, "occupancy_mean", 9.0 * (1.0 - theory.blocked()), 0.01);
}

/// Erlang A, with more load than slots: patience keeps the queue short.
#[test]
fn exponential_patience_follows_erlang_a() {
    let patience = r#"{ law = "exponential", mean = "30m" }"#;
    let runs = queue(10, 12.0, "6000h", &[("group.users.patience", patience)]);
    let theory = Queue::with_patience(10, 12.0, 0.5);
    runs.assert_is(POOL, "queue_mean", theory.waiting(), 0.03);
    runs.assert_is(POOL, "wait_mean", theory.waiting() / 12.0, 0.03);
    runs.assert_is(POOL, "wait_probability", theory.delayed(), 0.01);
    runs.assert_is(POOL, "abandonment_probability", theory.waiting() / 12.0 / 0.5, 0.03);
    runs.assert_is(POOL, "occupancy_mean", 12.0 - theory.waiting() / 0.5, 0.01);
}

/// With one patience for all, who gives up depends on the order of service: this is the test that it is first come,
/// first served.
#[test]
fn constant_patience_follows_barrer_if_service_is_in_order() {
    let runs = queue(10, 11.0, "6000h", &[("group.users.patience", "15m")]);
    let theory = ConstantPatience::new(10, 11.0, 0.25);
    runs.assert_is(POOL, "wait_probability", theory.delayed, 0.01);
    runs.assert_is(POOL, "abandonment_probability", theory.abandoned, 0.03);
    runs.assert_is(POOL, "wait_mean", theory.wait, 0.02);
    runs.assert_is(POOL, "queue_mean", 11.0 * theory.wait, 0.02);
}

/// Requests of three to five slots out of five exclude each other: a single server, whether or not others may overtake.
#[test]
fn requests_that_exclude_each_other_wait_as_m_m_1() {
    for fit in ["strict", "fill"] {
        let size = r#"{ law = "uniform", low = 3, high = 5 }"#;
        let changes = [("group.users.size", size), ("pool.slots.fit", fit)];
        let runs = queue(5, 2.0, "20000h", &changes);
        runs.assert_is(POOL, "wait_mean", 1.0, 0.05);
        runs.assert_is(POOL, "occupancy_mean", 0.5 * 4.0, 0.02);
        runs.assert_is("group:users", "offered_load", 0.5 * 4.0, 0.02);
    }
}

//! One slot for which requests bid, and whoever is outbid waits and resumes: M/G/1 with preemptive-resume priorities.
//!
//! Formulas: L. Kleinrock, *Queueing Systems* II, chapter on priority queues. A class of load r below higher ones of
//! load h takes E S / (1 - h) + R / ((1 - h) (1 - h - r)) from arrival to completion, where R = ½ Σ λ E S² over itself
//! and the higher ones.

use super::steady::{Runs, assert_covers, run};

const POOL: &str = "pool:spot";
/// Loads of the two groups; durations have mean 1 h.
const LOW: f64 = 0.3;
const HIGH: f64 = 0.4;

const EXPONENTIAL: &str = r#"{ law = "exponential", mean = "1h" }"#;
const UNIFORM: &str = r#"{ law = "uniform", low = "0h", high = "2h" }"#;

/// Two groups and their bids in cents.
fn two_classes(low_bid: u32, high_bid: u32, duration: &str) -> Runs {
    let group = |rate: f64, bid: u32| {
        format!(
            r#"{{ pool = "spot", arrivals = {{ rate = "{rate} /h" }}, duration = {duration}, bid = "0.{bid:02} USD/h" }}"#
        )
    };
    let changes = [
        ("pool.spot.slots", "1"),
        ("pool.spot.waiting", r#"{ capacity = "unlimited" }"#),
        ("pool.spot.on_interruption", "resume"),
        ("group", &format!("{{ low = {}, high = {} }}", group(LOW, low_bid), group(HIGH, high_bid))),
        ("experiment.horizon", "10000h"),
        ("experiment.warm_up", "500h"),
    ];
    // The file's own bidders stay out: everybody else bids at or above the minimum.
    let silence = [("group.bidders.bid", "0 USD/h"), ("pool.spot.minimum_price", "0.01 USD/h")];
    let quiet = ("group.bidders.arrivals.rate", "0.001 /h");
    let changes: Vec<(&str, &str)> = changes.into_iter().chain(silence).chain([quiet]).collect();
    run("spot-market.toml", &changes)
}

/// Mean wait, in all, of a class below one of load `higher`; `second_moment` is that of the durations.
fn wait(higher: f64, load: f64, second_moment: f64) -> f64 {
    let residual = 0.5 * (higher + load) * second_moment;
    1.0 / (1.0 - higher) + residual / ((1.0 - higher) * (1.0 - higher - load)) - 1.0
}

#[test]
fn the_higher_bid_does_not_notice_the_lower_one() {
    for (duration, second_moment) in [(EXPONENTIAL, 2.0), (UNIFORM, 4.0 / 3.0)] {
        let runs = two_classes(10, 20, duration);
        runs.assert_is("group:high", "wait_mean", wait(0.0, HIGH, second_moment), 0.05);
        runs.assert_is("group:low", "wait_mean", wait(HIGH, LOW, second_moment), 0.08);
        runs.assert_always("group:high", "interruptions", 0.0);
        // While a low request holds the slot, each high arrival interrupts it.
        assert_covers("interruptions per request", &runs.share("group:low", "interruptions", "arrivals"), HIGH, 0.03);
    }
}

/// At least one high arrival during an exponential time of mean 1 h.
#[test]
fn a_low_bid_is_interrupted_if_a_high_one_comes_in_time() {
    let runs = two_classes(10, 20, EXPONENTIAL);
    runs.assert_is("group:low", "interruption_probability", HIGH / (HIGH + 1.0), 0.02);
}

/// The slot works while there is work, whoever bids what: in every replication it is busy at the same times.
#[test]
fn bids_share_out_the_wait_but_make_none() {
    let load = LOW + HIGH;
    let orders = [(10, 20), (20, 10), (15, 15)].map(|(low, high)| two_classes(low, high, EXPONENTIAL));
    for runs in &orders {
        runs.assert_is(POOL, "queue_mean", load * load / (1.0 - load), 0.05);
        assert_eq!(runs.measures(POOL, "occupancy_mean"), orders[0].measures(POOL, "occupancy_mean"));
        assert_eq!(runs.measures(POOL, "full_time_share"), orders[0].measures(POOL, "full_time_share"));
    }
    // Equal bids: nobody is interrupted, and both groups wait alike.
    for group in ["group:low", "group:high"] {
        orders[2].assert_always(group, "interruptions", 0.0);
        orders[2].assert_is(group, "wait_mean", load / (1.0 - load), 0.06);
    }
}

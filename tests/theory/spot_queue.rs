//! The spot market in which whoever is outbid waits and goes on with what is left.
//!
//! The requests that bid more than b do not notice the others, and as durations are exponential, with mean 1, it does not
//! matter which of them run: their number is that of M/M/c with the load A(b) of such bids. The lowest running bid is above
//! b while c or more of them are there, with Erlang's probability C(c, A) of waiting; the highest waiting bid while more than
//! c are, with probability C(c, A) A / c. Derived here.

use overspill::analysis::erlang_c;

use super::formulas::integral;
use super::steady::{Runs, assert_covers, run_text};

/// One false alarm in ten thousand statements.
const CONFIDENCE: f64 = 0.9999;

const POOL: &str = "pool:spot";
const SLOTS: u32 = 4;
const LOAD: f64 = 3.0;

fn market(rule: &str, on_interruption: &str, duration: &str) -> Runs {
    let text = format!(
        r#"
        [experiment]
        horizon = "2600h"
        warm_up = "100h"
        replications = 64
        series_step = "1h"
        [pool.spot]
        slots = {SLOTS}
        pricing = {{ method = "spot", rule = "{rule}", payment = "uniform-price" }}
        waiting = {{ capacity = "unlimited" }}
        on_interruption = "{on_interruption}"
        [group.bidders]
        pool = "spot"
        arrivals = {{ rate = "{LOAD} /h" }}
        duration = {duration}
        value = {{ law = "uniform", low = "0 USD/h", high = "1 USD/h" }}
        bid = "truthful"
        "#,
    );
    run_text(&text, CONFIDENCE)
}

const EXPONENTIAL: &str = r#"{ law = "exponential", mean = "1h" }"#;

fn lowest_running_above(level: f64) -> f64 {
    erlang_c(SLOTS, LOAD * (1.0 - level)).expect("a stable queue")
}

fn highest_waiting_above(level: f64) -> f64 {
    lowest_running_above(level) * LOAD * (1.0 - level) / f64::from(SLOTS)
}

fn assert_prices(runs: &Runs, above: impl Fn(f64) -> f64, precision: f64) {
    let mean = integral(&above);
    runs.assert_is(POOL, "price_mean", mean, precision);
    // There is a price while all slots are held.
    runs.assert_is("provider", "revenue_rate", f64::from(SLOTS) * mean, precision);
    for level in [0.1, 0.3, 0.5] {
        let share = runs.share_of_instants_above(POOL, "price", level);
        assert_covers(&format!("P(price > {level})"), &share, above(level), 2.0 * precision);
    }
}

#[test]
fn the_lowest_running_bid_is_a_price_by_erlang_c() {
    let runs = market("lowest-accepted", "resume", EXPONENTIAL);
    assert_prices(&runs, lowest_running_above, 0.04);
    runs.assert_is(POOL, "highest_waiting_bid_mean", integral(highest_waiting_above), 0.06);
    runs.assert_is(POOL, "full_time_share", lowest_running_above(0.0), 0.04);
}

/// Priced by whoever waits, slots are cheaper: more than c have to bid b or more before the price is there.
#[test]
fn the_highest_waiting_bid_is_a_price_by_erlang_c() {
    let runs = market("highest-rejected", "resume", EXPONENTIAL);
    assert_prices(&runs, highest_waiting_above, 0.06);
}

/// Exponential durations forget what they have done: drawn anew, they are what is left.
#[test]
fn durations_drawn_anew_make_no_difference() {
    assert_prices(&market("lowest-accepted", "redraw", EXPONENTIAL), lowest_running_above, 0.04);
}

/// They do not forget how long they are: begun again, the long ones come back.
#[test]
fn durations_begun_again_do_not_fit() {
    let interval = market("lowest-accepted", "restart", EXPONENTIAL).interval(POOL, "price_mean");
    let off = interval.mean - integral(lowest_running_above);
    eprintln!("{interval:?}: off by {off}");
    assert!(off > 3.0 * interval.half_width.expect("replications"), "{interval:?}");
}

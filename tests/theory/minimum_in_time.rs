//! A minimum price that changes by the clock, in a market without limit: nobody competes, and the minimum decides alone.
//!
//! A period of P hours begins with H hours of a low minimum l, and goes on with a high one h. Bids of h or more, of load a S(h),
//! do not notice. Those between arrive at the rate a (S(l) - S(h)) in the low hours, and are gone when the minimum rises: t
//! hours after it fell there are as many of them as arrived and have not finished, the rate times ∫ G(u) du from 0 to t, with G
//! the survival function of the durations (M/G/∞ that starts empty). Durations have mean 1.

use super::steady::{Runs, assert_covers, run_text};

/// One false alarm in ten thousand statements.
const CONFIDENCE: f64 = 0.9999;

const POOL: &str = "pool:spot";
const GROUP: &str = "group:bidders";
/// Requests per hour.
const RATE: f64 = 20.0;
/// P and H.
const PERIOD: f64 = 6.0;
const LOW_HOURS: f64 = 3.0;
/// h.
const HIGH: f64 = 0.6;

const EXPONENTIAL: &str = r#"{ law = "exponential", mean = "1h" }"#;
const CONSTANT: &str = r#""1h""#;

const WARM_UP: u32 = 60;
const HORIZON: u32 = 660;

fn schedule(low: f64) -> String {
    format!(
        r#"minimum_price = {{ schedule = [{{ at = "0h", price = "{low} USD/h" }}, {{ at = "{LOW_HOURS}h", price = "{HIGH} USD/h" }}], period = "{PERIOD}h" }}"#
    )
}

fn market(payment: &str, duration: &str, pool: &str, more: &str) -> Runs {
    let text = format!(
        r#"
        [experiment]
        horizon = "{HORIZON}h"
        warm_up = "{WARM_UP}h"
        replications = 64
        [pool.spot]
        slots = "unlimited"
        pricing = {{ method = "spot", rule = "lowest-accepted", payment = "{payment}" }}
        {pool}
        [group.bidders]
        pool = "spot"
        arrivals = {{ rate = "{RATE} /h" }}
        duration = {duration}
        value = {{ law = "uniform", low = "0 USD/h", high = "1 USD/h" }}
        bid = "truthful"
        {more}
        "#,
    );
    run_text(&text, CONFIDENCE)
}

fn lost(low: f64) -> String {
    format!("{}\non_interruption = \"lost\"", schedule(low))
}

/// Slots that one arrival per hour holds when the minimum rises, and the slot-hours until then.
fn filling(duration: &str) -> (f64, f64) {
    if duration == EXPONENTIAL {
        let ended = -libm::expm1(-LOW_HOURS);
        (ended, LOW_HOURS - ended)
    } else {
        (1.0, LOW_HOURS - 0.5)
    }
}

#[test]
fn a_rise_ends_what_is_below_it_and_a_fall_fills_it_again() {
    let low = 0.2;
    let high_hours = PERIOD - LOW_HOURS;
    for duration in [EXPONENTIAL, CONSTANT] {
        let (at_rise, slot_hours) = filling(duration);
        let (above, between) = (RATE * (1.0 - HIGH), RATE * (HIGH - low));
        let runs = market("uniform-price", duration, &lost(low), "");
        runs.assert_is(POOL, "occupancy_mean", above + between * slot_hours / PERIOD, 0.02);
        let interrupted = runs.share(POOL, "interruptions", "arrivals");
        assert_covers("interruptions per arrival", &interrupted, between * at_rise / (RATE * PERIOD), 0.05);
        let refused = (low * LOW_HOURS + HIGH * high_hours) / PERIOD;
        assert_covers("share refused", &runs.share(POOL, "refused_price", "arrivals"), refused, 0.02);
        // The price is the minimum, at every instant.
        runs.assert_always(POOL, "price_mean", 0.4);
        runs.assert_always(POOL, "price_sd", 0.2);
        let revenue = low * (above * LOW_HOURS + between * slot_hours) + HIGH * above * high_hours;
        runs.assert_is("provider", "revenue_rate", revenue / PERIOD, 0.02);
        // Each its own bid: half way between the ends of its range, on average.
        let own = market("own-bid", duration, &lost(low), "");
        let revenue = above * PERIOD * 0.5 * (1.0 + HIGH) + between * slot_hours * 0.5 * (low + HIGH);
        own.assert_is("provider", "revenue_rate", revenue / PERIOD, 0.02);
        assert_eq!(own.measures(POOL, "occupancy_mean"), runs.measures(POOL, "occupancy_mean"));
    }
    // The two laws are told apart.
    let runs = market("uniform-price", CONSTANT, &lost(low), "");
    let truth = RATE * (HIGH - low) * filling(EXPONENTIAL).0 / (RATE * PERIOD);
    let interval = runs.share(POOL, "interruptions", "arrivals");
    let half_width = interval.half_width.expect("replications");
    assert!((interval.mean - truth).abs() > 2.0 * half_width, "{interval:?} and {truth}");
}

/// Who is below the minimum waits, whether it came too late or was interrupted: all work is done in the low hours. As many as
/// were there when the minimum rose and as many as came since then start together when it falls; so there are n(0) = n(H) + b
/// (P - H) of them, of whom b + (n(0) - b) exp(-H) are there when it rises again, b being what arrives in an hour.
#[test]
fn who_waits_for_the_minimum_to_fall_loses_time_only() {
    let pool = format!(
        r#"
        {}
        on_interruption = "resume"
        below_minimum = "waits"
        waiting = {{ capacity = "unlimited" }}
        "#,
        schedule(0.0)
    );
    let runs = market("uniform-price", EXPONENTIAL, &pool, "");
    let (high_hours, left) = (PERIOD - LOW_HOURS, libm::exp(-LOW_HOURS));
    let between = RATE * HIGH;
    let at_rise = between * (1.0 + high_hours * left / (1.0 - left));
    runs.assert_is(POOL, "occupancy_mean", RATE, 0.02);
    let queue = (at_rise * high_hours + 0.5 * between * high_hours * high_hours) / PERIOD;
    runs.assert_is(POOL, "queue_mean", queue, 0.02);
    runs.assert_is(POOL, "wait_mean", queue / RATE, 0.02);
    let interruptions = runs.share(POOL, "interruptions", "arrivals");
    assert_covers("interruptions per arrival", &interruptions, at_rise / (RATE * PERIOD), 0.03);
    // In the low hours the price is nothing.
    runs.assert_is("provider", "revenue_rate", HIGH * (RATE - between) * high_hours / PERIOD, 0.03);
    for metric in ["refused", "lost"] {
        runs.assert_always(POOL, metric, 0.0);
    }
}

/// An owner who moves the minimum by hand at the same times has the same run.
#[test]
fn by_hand_it_is_what_it_is_by_the_clock() {
    let low = 0.2;
    let by_clock = market("uniform-price", EXPONENTIAL, &lost(low), "");
    let event = |number: u32| {
        let (at, price) = if number.is_multiple_of(2) { (0.0, low) } else { (LOW_HOURS, HIGH) };
        let at = at + f64::from(number / 2) * PERIOD;
        format!("[[event]]\nat = \"{at}h\"\npool = \"spot\"\nminimum_price = \"{price} USD/h\"\n")
    };
    let events: String = (0..HORIZON / 3).map(event).collect();
    let by_hand = market("uniform-price", EXPONENTIAL, "on_interruption = \"lost\"", &events);
    for metric in ["occupancy_mean", "price_mean", "price_sd", "interruptions", "refused_price", "revenue_rate"] {
        assert_eq!(by_hand.measures(POOL, metric), by_clock.measures(POOL, metric), "{metric}");
    }
    assert!(by_hand.numerators(GROUP, "interruptions").iter().all(|number| *number > 0.0));
}

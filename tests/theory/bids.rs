//! The spot market in which whoever is outbid is lost, seen by those who bid x.
//!
//! Bids of x or more, of load A, are an Erlang loss system of their own, and so are those above x, of load A'
//! (`overspill::analysis::price_exceedance`). An arrival that bids x is refused if bids of x or more hold all slots, as
//! equal bids do not displace each other: with probability B(c, A). Bids of exactly x, of load p, hold m(A) - m(A') slots
//! on average, where m(A) = A (1 - B(c, A)), and as durations are exponential, with mean 1, they complete work at that
//! rate: the others that were let in are interrupted. The price is above x while bids above it hold all slots, and x or
//! more while those of x or more do. Derived here.

use super::formulas::{blocking, carried, integral};
use super::steady::{Runs, assert_covers, run_text};

/// One false alarm in ten thousand statements.
const CONFIDENCE: f64 = 0.9999;

const POOL: &str = "pool:spot";
const SLOTS: u32 = 10;
/// Load of those whose bids are uniform on 0 to 1.
const CROWD: f64 = 12.0;
/// Groups of one erlang each, and what they bid.
const PROBES: [(&str, f64); 4] = [("group:low", 0.25), ("group:middle", 0.5), ("group:high", 0.75), ("group:top", 2.0)];

const EXPONENTIAL: &str = r#"{ law = "exponential", mean = "1h" }"#;
const CONSTANT: &str = r#""1h""#;

fn market(duration: &str, payment: &str, minimum: f64) -> Runs {
    let probes = PROBES.map(|(scope, bid)| {
        format!(
            r#"
            [group.{name}]
            pool = "spot"
            arrivals = {{ rate = "1 /h" }}
            duration = {duration}
            bid = "{bid} USD/h"
            "#,
            name = &scope["group:".len()..],
        )
    });
    let text = format!(
        r#"
        [experiment]
        horizon = "1520h"
        warm_up = "20h"
        replications = 64
        series_step = "1h"
        [pool.spot]
        slots = {SLOTS}
        minimum_price = "{minimum} USD/h"
        pricing = {{ method = "spot", rule = "lowest-accepted", payment = "{payment}" }}
        on_interruption = "lost"
        [group.crowd]
        pool = "spot"
        arrivals = {{ rate = "{CROWD} /h" }}
        duration = {duration}
        value = {{ law = "uniform", low = "0 USD/h", high = "1 USD/h" }}
        {}
        "#,
        probes.concat(),
    );
    run_text(&text, CONFIDENCE)
}

/// Load of the bids above x.
fn above(x: f64) -> f64 {
    let probes = PROBES.iter().filter(|(_, bid)| *bid > x).count();
    CROWD * (1.0 - x).max(0.0) + probes as f64
}

/// Load of the bids of x or more.
fn from(x: f64) -> f64 {
    let probes = PROBES.iter().filter(|(_, bid)| *bid >= x).count();
    CROWD * (1.0 - x).max(0.0) + probes as f64
}

fn refused(x: f64) -> f64 {
    blocking(SLOTS, from(x))
}

/// Slots that a probe of this bid holds: also the share of its requests that are completed.
fn held(x: f64) -> f64 {
    carried(SLOTS, from(x)) - carried(SLOTS, above(x))
}

fn interrupted(x: f64) -> f64 {
    1.0 - held(x) / (1.0 - refused(x))
}

/// The integral of f(load of the bids above b) over b from `low` to the highest bid, piece by piece.
fn over_bids(low: f64, f: impl Fn(f64) -> f64) -> f64 {
    let ends = [low, 0.25, 0.5, 0.75, 1.0, 2.0];
    let pieces = ends.windows(2).filter(|ends| ends[1] > low).map(|ends| {
        let (from, width) = (ends[0].max(low), ends[1] - ends[0].max(low));
        // Inside of a piece no probe bids.
        let probes = PROBES.iter().filter(|(_, bid)| *bid >= ends[1]).count() as f64;
        width * integral(|share| f(CROWD * (1.0 - from - share * width).max(0.0) + probes))
    });
    pieces.sum()
}

#[test]
fn a_bid_decides_who_is_let_in_and_who_is_thrown_out() {
    let runs = market(EXPONENTIAL, "uniform-price", 0.0);
    for (probe, bid) in PROBES {
        runs.assert_is(probe, "carried_load", held(bid), 0.03);
        assert_covers("share completed", &runs.share(probe, "completed", "arrivals"), held(bid), 0.03);
        if bid < 1.0 {
            runs.assert_is(probe, "outbid_probability", refused(bid), 0.15);
            runs.assert_is(probe, "interruption_probability", interrupted(bid), 0.15);
        }
    }
    runs.assert_always("group:top", "interruptions", 0.0);
}

/// The price stands still at what a probe bids as long as the probe is the lowest of those who hold all slots.
#[test]
fn the_price_has_the_law_of_the_loss_systems() {
    for minimum in [0.0, 0.25, 0.4] {
        let runs = market(EXPONENTIAL, "uniform-price", minimum);
        for level in [0.1, 0.25, 0.5, 0.75] {
            for (x, load) in [(level, above(level)), (level - 1e-6, from(level))] {
                // Whoever bids less than the minimum does not matter, and above it nobody notices.
                let truth = if x < minimum { 1.0 } else { blocking(SLOTS, load) };
                let share = runs.share_of_instants_above(POOL, "price", x);
                assert_covers(&format!("P(price > {x}) with minimum {minimum}"), &share, truth, 0.25);
            }
        }
        let mean = minimum + over_bids(minimum, |load| blocking(SLOTS, load));
        runs.assert_is(POOL, "price_mean", mean, 0.02);
        // The price is the minimum unless all slots are held.
        let revenue = minimum * carried(SLOTS, from(minimum)) + f64::from(SLOTS) * (mean - minimum);
        runs.assert_is("provider", "revenue_rate", revenue, 0.02);
    }
}

/// Each bid is paid by those who hold slots at it: the sum is the minimum for all, and the integral of the number of higher
/// bids from there on.
#[test]
fn own_bids_pay_for_the_load_that_they_carry() {
    for minimum in [0.0, 0.25, 0.4] {
        let runs = market(EXPONENTIAL, "own-bid", minimum);
        let revenue = minimum * carried(SLOTS, from(minimum)) + over_bids(minimum, |load| carried(SLOTS, load));
        runs.assert_is("provider", "revenue_rate", revenue, 0.01);
        for (probe, bid) in PROBES {
            if bid >= minimum {
                runs.assert_is(probe, "payment_rate", bid * held(bid), 0.03);
            } else {
                runs.assert_always(probe, "payment_rate", 0.0);
            }
        }
    }
}

/// Whoever displaces somebody has its whole duration before it. If all are the same, that is more than was left of the
/// other, and the number of slots that bids above a level hold is no longer blind to who displaces whom: the theory must
/// not fit. It still does for those whom nobody outbids, as the loss system takes durations of any law.
#[test]
fn constant_durations_fit_nobody_but_the_highest_bid() {
    let runs = market(CONSTANT, "uniform-price", 0.0);
    let off = |scope: &str, metric: &str, truth: f64| {
        let interval = runs.interval(scope, metric);
        let widths = (interval.mean - truth) / interval.half_width.expect("replications");
        eprintln!("{metric} of {scope}: {:.5}, not {truth:.5}: off by {widths:+.1} half-widths", interval.mean);
        assert!(widths.abs() > 3.0, "{metric} of {scope}: {interval:?} is hardly off from {truth}");
    };
    for (probe, bid) in PROBES.into_iter().take(2) {
        off(probe, "outbid_probability", refused(bid));
        off(probe, "interruption_probability", interrupted(bid));
    }
    off(POOL, "price_mean", over_bids(0.0, |load| blocking(SLOTS, load)));
    runs.assert_is("group:top", "carried_load", held(2.0), 0.03);
}

//! Clocks of coarse ticks, to the last tick: what is lost and won between two calls.
//!
//! Bids are values here, as the arithmetic of a clock does not ask why somebody bids. With N(t) the number of the n
//! values that are t or more, a clock that falls through the calls c, from the minimum r upwards, sells one slot more at
//! a call or higher for each bid there, up to k slots; so it brings r E min(k, N(r)) + Σ (c - the call below) E min(k,
//! N(c)). A clock that rises stops where N falls to k or less; who pays which call depends on how far it falls there,
//! and the two numbers have a multinomial law. Derived here.

use overspill::analysis::auction_revenue;

use super::sale::{EXPONENTIAL, POOL, Sale, TRUTHFUL, UNIFORM, Values};
use super::steady::{Runs, assert_covers};

const REVENUE: &str = "round_revenue_mean";
const BIDDERS: u32 = 6;

fn sell(pricing: &str, slots: u32, minimum: f64, values: Values) -> Runs {
    Sale { pricing, slots, minimum, bidders: &BIDDERS.to_string(), values, bid: TRUTHFUL, rounds: 500 }.run()
}

/// P(exactly `number` of `trials`) by multiplication; the numbers are small.
fn binomial(trials: u32, number: u32, success: f64) -> f64 {
    let ways: f64 = (0..number).map(|i| f64::from(trials - i) / f64::from(i + 1)).product();
    ways * success.powi(number as i32) * (1.0 - success).powi((trials - number) as i32)
}

/// E min(`slots`, N) for `success` the probability of each bidder to be counted.
fn sold(slots: u32, success: f64) -> f64 {
    (0..=BIDDERS).map(|number| f64::from(number.min(slots)) * binomial(BIDDERS, number, success)).sum()
}

/// The falling clock with these calls above the minimum, upwards.
fn falling(slots: u32, minimum: f64, calls: impl Iterator<Item = f64>, values: Values) -> f64 {
    let mut below = minimum;
    let rises = calls.map(|call| (call - std::mem::replace(&mut below, call)) * sold(slots, (values.survival)(call)));
    rises.sum::<f64>() + minimum * sold(slots, (values.survival)(minimum))
}

/// What a rising clock brings: `uniform`, all pay the last call that all of them affirmed, or not, each its own.
fn rising(slots: u32, minimum: f64, increment: f64, values: Values, uniform: bool) -> f64 {
    let remains = |call: f64| (values.survival)(call);
    // Nobody is left over at the opening: all pay it.
    let opening: f64 = (0..=slots).map(|n| f64::from(n) * minimum * binomial(BIDDERS, n, remains(minimum))).sum();
    let ticks = ((values.highest - minimum) / increment).ceil() as u32;
    let closing = (0..ticks).map(|tick| {
        let before = minimum + increment * f64::from(tick);
        let call = before + increment;
        // Of those below the call, these shares dropped at it.
        let dropped = 1.0 - remains(before);
        let dropped = if remains(call) < 1.0 { 1.0 - dropped / (1.0 - remains(call)) } else { 0.0 };
        let ends = (0..=slots).map(|left| {
            let others = BIDDERS - left;
            let more: f64 = (slots - left + 1..=others).map(|drops| binomial(others, drops, dropped)).sum();
            let affirmed = if uniform && left < slots { 0 } else { left };
            let paid = f64::from(affirmed) * call + f64::from(slots - affirmed) * before;
            binomial(BIDDERS, left, remains(call)) * more * paid
        });
        ends.sum::<f64>()
    });
    opening + closing.sum::<f64>()
}

/// The ends of both formulas: without ticks, the (k+1)-th price and the sum of the bids.
#[test]
fn fine_ticks_are_no_ticks() {
    for (slots, minimum) in [(1, 0.0), (3, 0.3)] {
        let truth = auction_revenue(BIDDERS, slots, minimum, 1.0, UNIFORM.survival).expect("a law");
        let clock = |uniform| rising(slots, minimum, 1e-4, UNIFORM, uniform);
        assert!((clock(true) - truth).abs() < 1e-4 * f64::from(slots), "{} is not {truth}", clock(true));
        assert!((clock(false) - clock(true)).abs() < 1e-5, "{} is not {}", clock(false), clock(true));
    }
    let calls = |tick: u32| f64::from(tick) / 1e4;
    let bids = falling(2, 0.0, (1..=10_000).map(calls), UNIFORM);
    assert!((bids - (6.0 + 5.0) / 7.0).abs() < 2e-4, "{bids}");
}

#[test]
fn a_rising_clock_sells_at_its_calls() {
    for (values, increment) in [(UNIFORM, 0.25), (UNIFORM, 0.1), (EXPONENTIAL, 0.5)] {
        for (slots, minimum) in [(1, 0.0), (3, 0.3)] {
            for payment in ["uniform", "own-last-bid"] {
                let pricing = format!(r#"method = "english", increment = "{increment} USD/h", payment = "{payment}""#);
                let runs = sell(&pricing, slots, minimum, values);
                let truth = rising(slots, minimum, increment, values, payment == "uniform");
                runs.assert_is(POOL, REVENUE, truth, 0.02);
                runs.assert_always(POOL, "round_efficiency", 1.0);
            }
        }
    }
}

/// An opening is as good as a minimum: whoever drops before the first call has nothing.
#[test]
fn a_rising_clock_opens_at_the_minimum_or_above() {
    let clock = |opening: f64, minimum: f64| {
        let pricing = format!(r#"method = "english", increment = "0.25 USD/h", opening = "{opening} USD/h""#);
        sell(&pricing, 3, minimum, UNIFORM).measures(POOL, REVENUE)
    };
    assert_eq!(clock(0.1, 0.3), clock(0.0, 0.3));
    assert_eq!(clock(0.4, 0.3), clock(0.0, 0.4));
}

#[test]
fn a_falling_clock_sells_at_its_calls() {
    for (values, start, decrement) in [(UNIFORM, 1.0, 0.25), (UNIFORM, 0.7, 0.1), (EXPONENTIAL, 3.0, 0.5)] {
        for (slots, minimum) in [(1, 0.0), (3, 0.3)] {
            let pricing = format!(r#"method = "dutch", start = "{start} USD/h", decrement = "{decrement} USD/h""#);
            let ticks = ((start - minimum - 1e-9) / decrement) as u32;
            let calls = (0..=ticks).rev().map(|tick| start - decrement * f64::from(tick));
            let truth = falling(slots, minimum, calls.filter(|call| *call > minimum + 1e-9), values);
            let runs = sell(&pricing, slots, minimum, values);
            runs.assert_is(POOL, REVENUE, truth, 0.02);
            runs.assert_always(POOL, "round_efficiency", 1.0);
        }
    }
}

/// Of the same bids, clocks come nearer to what is sold without ticks, tick by tick: about half a tick for each slot.
#[test]
fn the_gap_shrinks_with_the_tick() {
    let slots = 3;
    let sealed = |method: &str| sell(&format!(r#"method = "{method}""#), slots, 0.0, UNIFORM);
    let (uniform, own) = (sealed("uniform"), sealed("discriminatory"));
    let gaps = [0.04, 0.02, 0.01].map(|step| {
        let english = sell(&format!(r#"method = "english", increment = "{step} USD/h""#), slots, 0.0, UNIFORM);
        let dutch = format!(r#"method = "dutch", start = "1 USD/h", decrement = "{step} USD/h""#);
        let up = english.minus(&uniform, POOL, REVENUE);
        let down = sell(&dutch, slots, 0.0, UNIFORM).minus(&own, POOL, REVENUE);
        let without_ticks = auction_revenue(BIDDERS, slots, 0.0, 1.0, UNIFORM.survival).expect("a law");
        let up_truth = rising(slots, 0.0, step, UNIFORM, true) - without_ticks;
        let ticks = (1.0 / step).round() as u32;
        let bids = (6.0 + 5.0 + 4.0) / 7.0;
        let down_truth = falling(slots, 0.0, (1..=ticks).map(|tick| f64::from(tick) * step), UNIFORM) - bids;
        for (gap, truth) in [(up, up_truth), (down, down_truth)] {
            assert_covers(&format!("gap of ticks of {step}"), &gap, truth, 0.04);
        }
        [up, down]
    });
    for pair in gaps.windows(2) {
        for (coarse, fine) in pair[0].iter().zip(&pair[1]) {
            let widths = coarse.half_width.expect("replications") + fine.half_width.expect("replications");
            assert!(coarse.mean.abs() - fine.mean.abs() > widths, "{coarse:?} and {fine:?}");
        }
    }
}

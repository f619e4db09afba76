//! The spot market in which whoever is outbid is lost. Bids above a level see an Erlang loss system of their own
//! (`overspill::analysis::price_exceedance`), from which everything here follows.

use overspill::analysis::mean_price_uniform;

use super::formulas::{blocking, carried, integral};
use super::steady::{Runs, assert_covers, run};

const POOL: &str = "pool:spot";
/// Load of a hundred slots.
const LOAD: f64 = 150.0;

fn mean_price(minimum: f64) -> f64 {
    mean_price_uniform(100, LOAD, minimum).expect("a load and a minimum")
}

fn spot_market(changes: &[(&str, &str)]) -> Runs {
    run("spot-market.toml", changes)
}

#[test]
fn the_price_is_above_a_level_while_bids_above_it_hold_every_slot() {
    let runs = spot_market(&[("experiment.series_step", "15m")]);
    runs.assert_is(POOL, "price_mean", mean_price(0.0), 0.01);
    runs.assert_is(POOL, "full_time_share", blocking(100, LOAD), 0.005);
    runs.assert_is(POOL, "price_mean_while_full", mean_price(0.0) / blocking(100, LOAD), 0.005);
    for level in [0.05, 0.1, 0.2, 0.3, 0.4] {
        let share = runs.share_of_instants_above(POOL, "price", level);
        assert_covers(&format!("P(price > {level})"), &share, blocking(100, LOAD * (1.0 - level)), 0.06);
    }
}

/// An arrival is refused if its bid, uniform on 0..1, lies below the price: with probability E price. Whoever is
/// refused or interrupted makes up the blocked share of the whole, as the number of busy slots does not depend on bids.
#[test]
fn refusals_and_interruptions_share_the_blocking() {
    let runs = spot_market(&[]);
    runs.assert_is(POOL, "outbid_probability", mean_price(0.0), 0.01);
    let lost = blocking(100, LOAD) - mean_price(0.0);
    assert_covers("share of lost requests", &runs.share(POOL, "lost", "arrivals"), lost, 0.005);
    assert_covers(
        "share of completed requests",
        &runs.share(POOL, "completed", "arrivals"),
        1.0 - blocking(100, LOAD),
        0.005,
    );
    runs.assert_is(POOL, "interruption_probability", lost / (1.0 - mean_price(0.0)), 0.01);
    runs.assert_always(POOL, "blocking_probability", 0.0);
    runs.assert_is(POOL, "occupancy_mean", carried(100, LOAD), 0.0002);
}

/// Without a minimum the price is 0 unless all slots are taken, so that revenue is the price times all slots.
#[test]
fn a_uniform_price_earns_itself_times_all_slots() {
    let runs = spot_market(&[]);
    runs.assert_is("provider", "revenue_rate", 100.0 * mean_price(0.0), 0.01);
    runs.assert_is("group:bidders", "welfare_rate", running_bids(), 0.002);
}

#[test]
fn own_bids_earn_the_sum_of_the_running_ones() {
    let runs = spot_market(&[("pool.spot.pricing.payment", "own-bid")]);
    runs.assert_is("provider", "revenue_rate", running_bids(), 0.002);
    runs.assert_is(POOL, "price_mean", mean_price(0.0), 0.01);
}

/// Mean sum of the running bids: the mean number of those above b, over all b.
fn running_bids() -> f64 {
    integral(|level| carried(100, LOAD * (1.0 - level)))
}

/// Below the minimum of 0.4 are 60 of 150 erlangs; the others bid from 0.4 up for the same slots.
#[test]
fn a_minimum_price_keeps_the_lower_bids_out() {
    let runs = spot_market(&[("pool.spot.minimum_price", "0.4 USD/h")]);
    let (price, admitted) = (mean_price(0.4), 0.6 * LOAD);
    runs.assert_is(POOL, "price_mean", price, 0.0002);
    assert_covers("share refused for the price", &runs.share(POOL, "refused_price", "arrivals"), 0.4, 0.002);
    runs.assert_is(POOL, "outbid_probability", (price - 0.4) / 0.6, 0.1);
    // The price is the minimum while slots are free.
    let revenue = 100.0 * price - 0.4 * (100.0 - carried(100, admitted));
    runs.assert_is("provider", "revenue_rate", revenue, 0.002);
}

/// The price follows the law of the bids: of exponential ones with mean 1 a share exp(-b) lies above b.
#[test]
fn exponential_bids_have_a_price_of_their_own() {
    let value = r#"{ law = "exponential", mean = "1 USD/h" }"#;
    for minimum in [0.0, 0.3] {
        let stated = format!("{minimum} USD/h");
        let changes = [
            ("group.bidders.value", value),
            ("pool.spot.minimum_price", &stated),
            ("experiment.series_step", "15m"),
            ("experiment.horizon", "300h"),
        ];
        let above = |level: f64| LOAD * libm::exp(-level);
        // Nobody in a thousand million bids more than 22 above the minimum.
        let over = |f: fn(u32, f64) -> f64| 22.0 * integral(|share| f(100, above(minimum + 22.0 * share)));
        let price = minimum + over(blocking);
        let runs = spot_market(&changes);
        runs.assert_is(POOL, "price_mean", price, 0.02);
        let uniform = minimum * carried(100, above(minimum)) + 100.0 * (price - minimum);
        runs.assert_is("provider", "revenue_rate", uniform, 0.02);
        for level in [0.2, 0.4, 0.5] {
            let share = runs.share_of_instants_above(POOL, "price", level);
            let truth = if level < minimum { 1.0 } else { blocking(100, above(level)) };
            assert_covers(&format!("P(price > {level})"), &share, truth, 0.15);
        }
        let own = spot_market(&[&changes[..], &[("pool.spot.pricing.payment", "own-bid")]].concat());
        let bids = minimum * carried(100, above(minimum)) + over(carried);
        own.assert_is("provider", "revenue_rate", bids, 0.005);
    }
}

/// A cap on the price and a cap on the bids give one price, the price without a cap cut off there. But who bids more
/// than the cap ties with others who do, and ties interrupt nobody.
#[test]
fn a_cap_on_bids_gives_the_price_of_a_cap_on_the_price() {
    let below = |level: f64| blocking(100, LOAD * (1.0 - 0.2 * level));
    let interrupted = ["price", "bids"].map(|mode| {
        let cap = [("pool.spot.pricing.price_cap", "0.2 USD/h"), ("pool.spot.pricing.cap_on", mode)];
        let runs = spot_market(&cap);
        let price = 0.2 * integral(below);
        runs.assert_is(POOL, "price_mean", price, 0.01);
        runs.assert_is("provider", "revenue_rate", 100.0 * price, 0.01);
        runs.interval(POOL, "interruption_probability").mean
    });
    assert!(interrupted[1] < 0.7 * interrupted[0], "{interrupted:?}");
}

/// The theory needs exponential durations. Constant ones must not fit, or these tests could not tell.
#[test]
fn constant_durations_do_not_fit() {
    let runs = spot_market(&[("group.bidders.duration", r#"{ law = "constant", value = "1h" }"#)]);
    let interval = runs.interval(POOL, "price_mean");
    let half_width = interval.half_width.expect("replications");
    let off = (interval.mean - mean_price(0.0)).abs();
    assert!(off > 2.0 * half_width, "{} ± {half_width} is hardly off", interval.mean);
}

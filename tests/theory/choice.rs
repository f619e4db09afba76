//! A group that asks several markets in order hunts for a free slot: together they are one loss system, and each but the
//! first takes what overflows those before it (A. K. Erlang's ideal grading without limits).

use super::formulas::{blocking, carried};
use super::steady::run_text;

const WORLD: &str = r#"
[experiment]
horizon = "2050h"
warm_up = "50h"
replications = 80

[pool.first]
slots = 6
pricing = { method = "posted", price = "0.01 USD/h" }

[pool.second]
slots = 4
pricing = { method = "posted", price = "0.03 USD/h" }

[pool.closed]
slots = 100
pricing = { method = "posted", price = "0.05 USD/h" }

[group.users]
pool = ["first", "closed", "second"]
arrivals = { offered_load = 8 }
duration = { law = "exponential", mean = "1h" }
bid = "0.04 USD/h"
"#;

#[test]
fn markets_in_order_of_preference_are_one_loss_system() {
    let runs = run_text(WORLD, 0.999);
    let (load, both) = (8.0, blocking(10, 8.0));
    // All of its requests count with the first pool of the list.
    runs.assert_is("pool:first", "blocking_probability", both, 0.02);
    runs.assert_is("group:users", "carried_load", load * (1.0 - both), 0.005);
    runs.assert_is("pool:first", "occupancy_mean", carried(6, load), 0.005);
    let second = load * (blocking(6, load) - both);
    runs.assert_is("pool:second", "occupancy_mean", second, 0.01);
    runs.assert_is("pool:first", "payment_rate", 0.01 * carried(6, load) + 0.03 * second, 0.01);
    // What costs more than is bid is passed over.
    runs.assert_always("pool:closed", "occupancy_mean", 0.0);
    runs.assert_always("pool:first", "refused_price", 0.0);
}

/// A spot market at a given price in front of on-demand slots: the price decides who goes where, and nobody is refused.
#[test]
fn who_bids_less_than_the_price_goes_to_the_next_market() {
    let world = r#"
[experiment]
horizon = "2000h"
replications = 80

[pool.spot]
pricing = { method = "given", process = "ar1", floor = "0.02 USD/h", ceiling = "0.10 USD/h", step = "1h" }
on_interruption = "lost"

[pool.on-demand]
slots = "unlimited"
pricing = { method = "posted", price = "0.06 USD/h" }

[group.users]
pool = ["spot", "on-demand"]
arrivals = { rate = "10 /h" }
duration = "1s"
bid = "0.06 USD/h"
"#;
    let runs = run_text(world, 0.999);
    runs.assert_always("pool:spot", "refused", 0.0);
    // The middle of the band is passed half of the time.
    let held = 10.0 / 3_600.0 / 2.0;
    runs.assert_is("pool:spot", "occupancy_mean", held, 0.02);
    runs.assert_is("pool:on-demand", "occupancy_mean", held, 0.02);
}

//! Two tenants whose pools burst into one spot market.
//!
//! Neither has slots of its own, so that their bursts are Poisson. Bids are constant; whoever is displaced is lost. Then the
//! slots held in all are those of a loss system with both loads, and those held by the higher bid of one with its load alone
//! (it displaces the other). The price is the minimum while a slot is free, the higher bid while it holds all of them, and
//! else the lower one.

use super::formulas::blocking;
use super::steady::{plan_of_text, run_arm};

const SLOTS: u32 = 10;
const LOADS: [f64; 2] = [6.0, 5.0];
const BIDS: [f64; 2] = [0.05, 0.08];
const MINIMUM: f64 = 0.02;

const WORLD: &str = r#"
[experiment]
horizon = "2050h"
warm_up = "50h"
replications = 80

[customer.physics]
[customer.biology]

[pool.physics]
owner = "physics"
slots = 0
pricing = { method = "fcfs" }
on_interruption = "lost"
burst = { tiers = ["spot"], max_price = "0.05 USD/h" }

[pool.biology]
owner = "biology"
slots = 0
pricing = { method = "fcfs" }
on_interruption = "lost"
burst = { tiers = ["spot"], max_price = "0.08 USD/h" }

[pool.spot]
slots = 10
pricing = { method = "spot" }
minimum_price = "0.02 USD/h"
on_interruption = "lost"

[group.physicists]
pool = "physics"
arrivals = { offered_load = 6 }
duration = { law = "exponential", mean = "1h" }

[group.biologists]
pool = "biology"
arrivals = { offered_load = 5 }
duration = { law = "exponential", mean = "1h" }

[arm.alone]
pool.biology.burst = "none"

[arm.both]
"#;

#[test]
fn a_tenant_that_bursts_too_raises_the_price_of_the_other() {
    let plan = plan_of_text(WORLD);
    let [alone, both] = [0, 1].map(|arm| run_arm(&plan, arm, plan.seed));
    let [low, high] = LOADS;
    let (full_alone, full, full_of_high) = (blocking(SLOTS, low), blocking(SLOTS, low + high), blocking(SLOTS, high));
    let price_alone = MINIMUM + (BIDS[0] - MINIMUM) * full_alone;
    let price = MINIMUM + (BIDS[0] - MINIMUM) * full + (BIDS[1] - BIDS[0]) * full_of_high;
    alone.assert_is("pool:spot", "price_mean", price_alone, 0.01);
    both.assert_is("pool:spot", "price_mean", price, 0.01);
    let rise = both.minus(&alone, "pool:spot", "price_mean");
    super::steady::assert_covers("the rise of the price", &rise, price - price_alone, 0.05);
    // The rival leaves less of the stock, and pays for it.
    let carried = (low + high) * (1.0 - full) - high * (1.0 - full_of_high);
    both.assert_is("pool:physics", "burst_occupancy_mean", carried, 0.02);
    both.assert_is("pool:biology", "burst_occupancy_mean", high * (1.0 - full_of_high), 0.01);
    alone.assert_is("pool:physics", "burst_occupancy_mean", low * (1.0 - full_alone), 0.01);
    alone.assert_always("pool:biology", "carried_load", 0.0);
}

/// On demand nobody outbids anybody: of one stock each gets what its share of the load is.
#[test]
fn tenants_share_the_stock_on_demand_in_proportion_to_their_loads() {
    let text = WORLD.replace(r#"{ method = "spot" }"#, r#"{ method = "posted", price = "0.03 USD/h" }"#);
    let plan = plan_of_text(&text);
    let both = run_arm(&plan, 1, plan.seed);
    let blocked = blocking(SLOTS, LOADS[0] + LOADS[1]);
    for (pool, load) in [("pool:physics", LOADS[0]), ("pool:biology", LOADS[1])] {
        both.assert_is(pool, "burst_occupancy_mean", load * (1.0 - blocked), 0.01);
        both.assert_is(pool, "blocking_probability", blocked, 0.02);
    }
}

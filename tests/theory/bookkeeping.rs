//! What must agree in every replication, to the last bit: the same slot-time, waiting and money, counted on two ways.
//!
//! These find what is too small for an interval, such as a warm-up that is cut off in one of the two accounts only.

use super::steady::{plan, run, run_arm};

/// Requests are settled stretch by stretch; pools are integrated level by level.
#[test]
fn slot_time_of_requests_is_slot_time_of_the_pool() {
    for (file, pool, group) in
        [("loss.toml", "pool:slots", "group:users"), ("spot-market.toml", "pool:spot", "group:bidders")]
    {
        let runs = run(file, &[("experiment.horizon", "100h")]);
        assert_eq!(runs.numerators(group, "carried_load"), runs.numerators(pool, "occupancy_mean"), "{file}");
    }
}

#[test]
fn slot_time_is_split_into_own_and_burst() {
    let runs = run("overflow.toml", &[("experiment.horizon", "100h")]);
    let own = runs.numerators("pool:own", "occupancy_mean");
    let burst = runs.numerators("pool:own", "burst_occupancy_mean");
    let both: Vec<f64> = own.iter().zip(&burst).map(|(own, burst)| own + burst).collect();
    assert_eq!(runs.numerators("group:users", "carried_load"), both);
    assert_eq!(runs.numerators("pool:on-demand", "occupancy_mean"), burst);
}

/// At a posted price of 1 USD/h a pool earns its slot-hours, and at a uniform price without a minimum all slots times
/// the price. Nine digits, as what earns is a sum of floating-point conversions.
#[test]
fn revenue_is_price_times_slot_time() {
    let posted = run("loss.toml", &[("experiment.horizon", "100h")]);
    let spot = run("spot-market.toml", &[("experiment.horizon", "100h")]);
    let posted =
        (posted.interval("provider", "revenue_rate").mean, posted.interval("pool:slots", "occupancy_mean").mean);
    let spot = (spot.interval("provider", "revenue_rate").mean, 100.0 * spot.interval("pool:spot", "price_mean").mean);
    for (revenue, expected) in [posted, spot] {
        assert!((revenue - expected).abs() < 1e-9 * expected, "{revenue} is not {expected}");
    }
}

/// Little's law is an identity of the window: time waited by requests is requests waiting over time.
#[test]
fn waiting_of_requests_is_the_queue_over_time() {
    let plan = plan("quickstart.toml", &[("experiment.replications", "10")]);
    let runs = run_arm(&plan, 0, plan.seed);
    let hours = runs.numerators("group:students", "wait_mean");
    let ticks = runs.numerators("pool:lab", "queue_mean");
    for (hours, ticks) in hours.iter().zip(&ticks) {
        assert!((hours * 3.6e9 - ticks).abs() < 1e-9 * ticks, "{hours} h are not {ticks} ticks");
    }
}

/// Whoever arrives meets one fate, when nothing is cut off before the window.
#[test]
fn every_request_meets_exactly_one_fate() {
    let changes = [("experiment.warm_up", "0d"), ("experiment.replications", "5")];
    for file in ["quickstart.toml", "departments.toml", "burst-peak.toml"] {
        let plan = plan(file, &changes);
        for arm in 0..plan.arms.len() {
            let runs = run_arm(&plan, arm, plan.seed);
            let model = &plan.arms[arm].model;
            for group in &model.groups {
                let scope = format!("group:{}", group.group.name);
                let of = |metric| runs.numerators(&scope, metric);
                let fates = ["completed", "lost", "refused", "abandoned", "open_at_horizon"].map(of);
                let sums: Vec<f64> = (0..of("arrivals").len())
                    .map(|replication| fates.iter().map(|fate| fate[replication]).sum())
                    .collect();
                assert_eq!(sums, of("arrivals"), "{file}, {scope}");
                assert!(sums.iter().all(|sum| *sum > 0.0), "{file}: nobody came");
            }
        }
    }
}

//! Two customers with loads of their own, separate and merged. A merged pool of those who are lost at once is one group of
//! the sum of the slots under the sum of the loads, whatever the durations.

use super::formulas::{blocking, carried};
use super::steady::{Runs, run_text};

/// Of many statements, each holds with this probability.
const CONFIDENCE: f64 = 0.9999;

const A: (u32, f64) = (10, 9.0);
const B: (u32, f64) = (12, 8.0);

/// Both have their slots and their load; mean durations of an hour, of one law each. Merged at `events`, measured from
/// `warm_up` to the horizon.
fn labs(events: &str, warm_up: &str, horizon: &str) -> Runs {
    let pool = |name: &str, slots: u32| {
        format!(
            "[pool.{name}]\nowner = \"{name}\"\nslots = {slots}\npricing = {{ method = \"posted\", price = \"1 USD/h\" }}\n\
             on_interruption = \"lost\"\n"
        )
    };
    let group = |name: &str, load: f64, law: &str| {
        format!("[group.of-{name}]\npool = \"{name}\"\narrivals = {{ offered_load = {load} }}\nduration = {law}\n")
    };
    let text = format!(
        "[experiment]\nhorizon = \"{horizon}\"\nwarm_up = \"{warm_up}\"\nreplications = 60\nseed = 3\n\
         [customer.a]\n[customer.b]\n[customer.both]\n{}{}{}{}\
         [pool.joint]\nowner = \"both\"\nmerges = [\"a\", \"b\"]\nchanged_by = [\"a\", \"b\"]\nterms = {{ sharing = \"usage\" }}\n\
         pricing = {{ method = \"posted\", price = \"1 USD/h\" }}\non_interruption = \"lost\"\n{events}",
        pool("a", A.0),
        pool("b", B.0),
        group("a", A.1, "{ law = \"exponential\", mean = \"1h\" }"),
        group("b", B.1, "{ law = \"lognormal\", mean = \"1h\", cv = 2.0 }"),
    );
    run_text(&text, CONFIDENCE)
}

fn merge(at: &str) -> String {
    format!("[[event]]\nat = \"{at}\"\npool = \"joint\"\nmerge = true\nby = \"a\"\nagreed_by = [\"b\"]\n")
}

fn split(at: &str) -> String {
    format!("[[event]]\nat = \"{at}\"\npool = \"joint\"\nsplit = true\nby = \"a\"\n")
}

fn merged_blocking() -> f64 {
    blocking(A.0 + B.0, A.1 + B.1)
}

/// After the merge members of both are blocked as often as those of one pool of the sum, and pay it what they did.
fn assert_merged(runs: &Runs) {
    for (scope, load) in [("pool:a", A.1), ("pool:b", B.1)] {
        runs.assert_is(scope, "blocking_probability", merged_blocking(), 0.06);
        runs.assert_is(scope, "carried_load", load * (1.0 - merged_blocking()), 0.01);
    }
    runs.assert_is("pool:joint", "occupancy_mean", carried(A.0 + B.0, A.1 + B.1), 0.01);
    // By usage everybody has back what its own members paid.
    runs.assert_is("customer:a", "share_rate", A.1 * (1.0 - merged_blocking()), 0.01);
    runs.assert_is("customer:b", "net_cost_rate", -B.1 * (1.0 - merged_blocking()), 0.01);
    // What both have in common is shared, but for rounding at the edges of the window.
    let left = runs.numerators("customer:both", "net_cost_rate");
    assert!(left.iter().all(|left| left.abs() < 1e-6), "{left:?}");
}

#[test]
fn a_merged_pool_is_one_group_of_the_sum() {
    assert_merged(&labs(&merge("0h"), "100h", "2100h"));
}

#[test]
fn before_the_merge_and_after_the_split_each_is_a_group_of_its_own() {
    for events in [String::new(), merge("0h") + &split("60h")] {
        let runs = labs(&events, "100h", "2100h");
        for (scope, (slots, load)) in [("pool:a", A), ("pool:b", B)] {
            runs.assert_is(scope, "blocking_probability", blocking(slots, load), 0.06);
            runs.assert_is(scope, "occupancy_mean", carried(slots, load), 0.01);
        }
        runs.assert_always("pool:joint", "occupancy_mean", 0.0);
    }
}

#[test]
fn after_the_merge_in_time_they_are_one() {
    assert_merged(&labs(&merge("60h"), "160h", "2160h"));
}

/// Separate for the first half of the window, and merged for the second: what each half says, in equal parts.
#[test]
fn half_of_the_time_merged_is_half_of_each() {
    let runs = labs(&merge("1100h"), "100h", "2100h");
    for (scope, (slots, load)) in [("pool:a", A), ("pool:b", B)] {
        let half = 0.5 * (blocking(slots, load) + merged_blocking());
        runs.assert_is(scope, "blocking_probability", half, 0.05);
        let contributed = f64::from(slots) * 1000.0;
        runs.assert_always(scope, "joint_contribution", contributed);
        runs.assert_is(scope, "joint_usage", 1000.0 * load * (1.0 - merged_blocking()), 0.02);
    }
}

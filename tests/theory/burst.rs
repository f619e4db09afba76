//! Ladders, finite tiers, giving back, triggers, and budgets that are paid in advance.

use super::formulas::{ConstantPatience, blocking, carried};
use super::steady::{Runs, run_text};

const CONFIDENCE: f64 = 0.9999;

/// The customer's pool under so many erlangs of durations of mean one hour.
fn lab(slots: u32, load: f64, rest: &str) -> Runs {
    let text = format!(
        r#"
[experiment]
replications = 60
horizon = "2100h"
warm_up = "100h"
[customer.lab]
[pool.own]
owner = "lab"
slots = {slots}
pricing = {{ method = "posted", price = "1 USD/h" }}
[group.users]
pool = "own"
arrivals = {{ offered_load = {load} }}
duration = {{ law = "exponential", mean = "1h" }}
{rest}
"#
    );
    run_text(&text, CONFIDENCE)
}

fn shop(name: &str, slots: &str, rest: &str) -> String {
    format!("[pool.{name}]\nslots = {slots}\npricing = {{ method = \"posted\", price = \"3 USD/h\" }}\n{rest}\n")
}

/// What a tier carries is what the slots down to it carry less what those before it do; what it is offered is what those
/// before it block.
#[test]
fn every_tier_of_a_ladder_carries_a_difference_of_erlangs() {
    let burst = "[pool.own.burst]\ntiers = [\"first\", \"second\", \"third\", \"last\"]\nmax_price = \"3 USD/h\"\n";
    let tiers = [shop("first", "6", ""), shop("second", "5", ""), shop("third", "4", ""), shop("last", "3", "")];
    let runs = lab(12, 20.0, &format!("{burst}{}", tiers.concat()));
    let tiers = [("first", 12, 6, 0.01), ("second", 18, 5, 0.02), ("third", 23, 4, 0.03), ("last", 27, 3, 0.06)];
    for (tier, before, slots, precision) in tiers {
        let truth = carried(before + slots, 20.0) - carried(before, 20.0);
        let scope = format!("tier:{tier}");
        runs.assert_is(&scope, "burst_occupancy_mean", truth, precision);
        runs.assert_is(&scope, "burst_cost_rate", 3.0 * truth, precision);
        runs.assert_is(&scope, "offered_load", 20.0 * blocking(before, 20.0), precision);
        let passed_on = blocking(before + slots, 20.0) / blocking(before, 20.0);
        runs.assert_is(&scope, "blocking_probability", passed_on, 2.0 * precision);
    }
    runs.assert_is("pool:own", "blocking_probability", blocking(30, 20.0), 0.15);
}

/// A pool of `own` slots that overflows into a tier of `tier` slots of a speed, exponential durations of mean 1.
struct Overflow {
    own: usize,
    tier: usize,
    load: f64,
    speed: f64,
    /// Does a burst move home as soon as a slot of the pool is free?
    gives_back: bool,
}

/// What the chain says in steady state.
struct Steady {
    own: f64,
    tier: f64,
    blocked: f64,
    /// Per mean duration.
    moved_home: f64,
}

impl Overflow {
    /// The two-dimensional chain (slots held at home, in the tier), by Gauss and Seidel's method on its balance equations.
    fn steady(&self) -> Steady {
        let Self { own, tier, load, speed, gives_back } = *self;
        let index = |i: usize, j: usize| i * (tier + 1) + j;
        let states = (own + 1) * (tier + 1);
        // Rates from state to state.
        let mut into: Vec<Vec<(usize, f64)>> = vec![Vec::new(); states];
        let mut out = vec![0.0; states];
        for (i, j) in (0..=own).flat_map(|i| (0..=tier).map(move |j| (i, j))) {
            let mut go = |to: usize, rate: f64| {
                into[to].push((index(i, j), rate));
                out[index(i, j)] += rate;
            };
            if i < own {
                go(index(i + 1, j), load);
            } else if j < tier {
                go(index(i, j + 1), load);
            }
            if i > 0 {
                // Whoever moves home takes the place of the one who left.
                let to = if gives_back && j > 0 { index(i, j - 1) } else { index(i - 1, j) };
                go(to, i as f64);
            }
            if j > 0 {
                go(index(i, j - 1), j as f64 * speed);
            }
        }
        let mut p = vec![1.0 / states as f64; states];
        for _ in 0..20_000 {
            for state in 0..states {
                p[state] = into[state].iter().map(|(from, rate)| p[*from] * rate).sum::<f64>() / out[state];
            }
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
        }
        let mean = |value: &dyn Fn(usize, usize) -> f64| -> f64 {
            (0..=own).flat_map(|i| (0..=tier).map(move |j| (i, j))).map(|(i, j)| p[index(i, j)] * value(i, j)).sum()
        };
        Steady {
            own: mean(&|i, _| i as f64),
            tier: mean(&|_, j| j as f64),
            blocked: mean(&|i, j| f64::from(u8::from(i == own && j == tier))),
            moved_home: mean(&|i, j| if gives_back && j > 0 { i as f64 } else { 0.0 }),
        }
    }
}

#[test]
fn a_finite_tier_follows_its_chain_fast_or_slow_with_and_without_giving_back() {
    for (speed, gives_back) in [(1.0, false), (2.0, false), (1.0, true), (2.0, true), (0.5, true)] {
        let (own, tier, load) = (6, 4, 7.0);
        let steady = Overflow { own, tier, load, speed, gives_back }.steady();
        let back = if gives_back { "when-free" } else { "at-the-end" };
        let burst = format!("[pool.own.burst]\ntiers = [\"shop\"]\nmax_price = \"3 USD/h\"\ngive_back = \"{back}\"\n");
        let runs = lab(6, load, &format!("{burst}{}", shop("shop", "4", &format!("speed = {speed}"))));
        eprintln!("speed {speed}, gives back: {gives_back}");
        runs.assert_is("pool:own", "occupancy_mean", steady.own, 0.01);
        runs.assert_is("pool:shop", "occupancy_mean", steady.tier, 0.02);
        runs.assert_is("pool:own", "blocking_probability", steady.blocked, 0.05);
        if gives_back {
            runs.assert_is("pool:own", "moved_home", 2_000.0 * steady.moved_home, 0.02);
        }
    }
}

/// Without loss at the end, and at one speed, slots that are given back are one pool with those of the pool.
#[test]
fn a_tier_that_is_given_back_and_its_pool_are_one_group() {
    let steady = Overflow { own: 6, tier: 4, load: 7.0, speed: 1.0, gives_back: true }.steady();
    assert!((steady.blocked - blocking(10, 7.0)).abs() < 1e-9);
    assert!((steady.own + steady.tier - carried(10, 7.0)).abs() < 1e-9);
}

/// Whoever waits so long and then bursts leaves the queue like somebody whose patience ends.
#[test]
fn a_wait_after_which_requests_burst_is_a_patience() {
    let (slots, load, minutes) = (8, 7.5, 15.0);
    let theory = ConstantPatience::new(slots, load, minutes / 60.0);
    let rest = format!(
        "[pool.own.waiting]\ncapacity = \"unlimited\"\n[pool.own.burst]\ntiers = [\"shop\"]\nmax_price = \"3 USD/h\"\n\
         trigger = {{ waited = \"{minutes}m\" }}\n{}",
        shop("shop", "\"unlimited\"", "")
    );
    let runs = lab(slots, load, &rest);
    runs.assert_is("pool:own", "overflow_fraction", theory.abandoned, 0.03);
    runs.assert_is("pool:own", "wait_mean", theory.wait, 0.02);
    runs.assert_is("tier:shop", "burst_occupancy_mean", load * theory.abandoned, 0.03);
}

/// Probability that a Poisson number with this mean is `n`.
fn poisson(mean: f64, n: u32) -> f64 {
    (1..=n).fold(libm::exp(-mean), |p, k| p * mean / f64::from(k))
}

fn at_least(mean: f64, n: u32) -> f64 {
    1.0 - (0..n).map(|k| poisson(mean, k)).sum::<f64>()
}

/// Periods of ten hours with a budget for five bursts, into which everybody who comes goes.
#[test]
fn a_prepaid_budget_takes_as_many_bursts_as_it_can_pay() {
    for mean in [3.0, 5.0, 9.0] {
        let rate = mean / 10.0;
        let text = format!(
            r#"
[experiment]
replications = 60
horizon = "5000h"
[customer.lab]
[pool.own]
owner = "lab"
slots = 0
pricing = {{ method = "posted", price = "1 USD/h" }}
[pool.own.burst]
tiers = ["shop"]
max_price = "3 USD/h"
budget = {{ amount = "17.99 USD", period = "10h", charging = "prepaid" }}
[pool.shop]
slots = "unlimited"
pricing = {{ method = "posted", price = "3 USD/h" }}
[group.users]
pool = "own"
arrivals = {{ rate = "{rate} /h" }}
duration = "1.1h"
"#
        );
        let (runs, most) = (run_text(&text, CONFIDENCE), 5);
        let bursts: f64 = (1..=most).map(|n| at_least(mean, n)).sum();
        runs.assert_is("pool:own", "budget_bursts_mean", bursts, 0.02);
        runs.assert_is("pool:own", "budget_spend_mean", 3.3 * bursts, 0.02);
        runs.assert_is("pool:own", "budget_left_mean", 17.99 - 3.3 * bursts, 0.06);
        runs.assert_is("pool:own", "budget_lost_mean", mean - bursts, 0.15);
        runs.assert_is("pool:own", "budget_exhausted", at_least(mean, most + 1), 0.1);
        // The first that is refused is the sixth: E[T; T < t] of a gamma law over P(T < t).
        let after = f64::from(most + 1) / rate * at_least(mean, most + 2) / at_least(mean, most + 1);
        runs.assert_is("pool:own", "budget_exhausted_after_mean", after, 0.05);
    }
}

/// Each request draws how much it would pay at most, from 1 to 5; the tier costs 4 with its fee.
#[test]
fn drawn_maximum_prices_let_their_share_of_requests_burst() {
    let burst = "[pool.own.burst]\ntiers = [\"shop\"]\nfee = \"1/3\"\n".replace("1/3", "33.3333 %");
    let burst = format!("{burst}max_price = {{ law = \"uniform\", low = \"1 USD/h\", high = \"5 USD/h\" }}\n");
    let runs = lab(0, 5.0, &format!("{burst}{}", shop("shop", "\"unlimited\"", "")));
    runs.assert_is("pool:own", "overflow_fraction", 0.25, 0.03);
    runs.assert_is("pool:own", "blocking_probability", 0.75, 0.01);
}

/// The part of a burst that lies before the window is neither paid in it nor recharged.
#[test]
fn what_members_pay_for_bursts_is_a_part_of_their_cost_or_the_price_of_their_pool() {
    for (pays, charging) in
        [("{ split = \"40 %\" }", ""), ("\"member-pool-price\"", ""), ("\"member-pool-price\"", "prepaid")]
    {
        let budget = if charging.is_empty() {
            String::new()
        } else {
            format!("budget = {{ amount = \"unlimited\", charging = \"{charging}\" }}\n")
        };
        let burst = format!(
            "[pool.own.burst]\ntiers = [\"shop\"]\nmax_price = \"4 USD/h\"\nfee = \"5 %\"\npays = {pays}\n{budget}"
        );
        let runs = lab(6, 7.0, &format!("{burst}{}", shop("shop", "\"unlimited\"", "")));
        let of = |metric| runs.numerators("pool:own", metric);
        let truths: Vec<f64> = match pays {
            // The price is 1, and the window has 2000 hours.
            "\"member-pool-price\"" => of("burst_slot_hours"),
            _ => of("burst_cost_rate").iter().map(|cost| 0.4 * cost).collect(),
        };
        let (recharged, net) = (of("burst_recharge_rate"), runs.numerators("customer:lab", "net_cost_rate"));
        let (cost, paid) = (of("burst_cost_rate"), of("payment_rate"));
        for run in 0..truths.len() {
            assert!(
                (recharged[run] - truths[run]).abs() < 1e-6 * truths[run],
                "{} for {}",
                recharged[run],
                truths[run]
            );
            assert!((net[run] - cost[run] + paid[run]).abs() < 1e-6 * cost[run], "the owner pays what members do not");
        }
    }
}

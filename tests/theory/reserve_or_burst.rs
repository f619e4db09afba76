//! How many slots to reserve, when what finds them full bursts to on-demand and stays there.
//!
//! The k-th slot carries a (B(k-1, a) - B(k, a)) of the load, less than the one before it. It pays while that is at least
//! the price of a reserved slot-hour over that of an hour on demand.

use super::formulas::blocking;
use super::steady::{Runs, plan, run_arm};

const LOAD: f64 = 20.0;
/// USD per hour: 131.40 USD a year and 0.05 USD an hour.
const RESERVED: f64 = 131.4 / 8760.0 + 0.05;
const ON_DEMAND: f64 = 0.1;

fn cost(slots: u32) -> f64 {
    f64::from(slots) * RESERVED + ON_DEMAND * LOAD * blocking(slots, LOAD)
}

/// Replications of every arm, with its slots.
fn arms() -> Vec<(u32, Runs)> {
    let plan = plan("reserve-or-burst.toml", &[("experiment.replications", "80")]);
    let slots =
        |name: &str| name.strip_prefix("slots-").and_then(|slots| slots.parse().ok()).expect("a number of slots");
    (0..plan.arms.len()).map(|arm| (slots(&plan.arms[arm].name), run_arm(&plan, arm, plan.seed))).collect()
}

#[test]
fn every_number_of_slots_costs_what_theory_says_and_the_best_is_found() {
    let arms = arms();
    let mut simulated = Vec::new();
    for (slots, runs) in &arms {
        for scope in ["pool:lab", "customer:lab"] {
            runs.assert_is(scope, "cost_rate", cost(*slots), 0.006);
        }
        runs.assert_is("provider", "revenue_rate", cost(*slots), 0.006);
        let carried = LOAD * (1.0 - blocking(*slots, LOAD));
        runs.assert_is("customer:lab", "commitment_utilisation", carried / f64::from(*slots), 0.006);
        runs.assert_is("customer:lab", "commitment_coverage", carried / LOAD, 0.006);
        if *slots == 18 {
            let hours = 1000.0 * idle_while_bursting(18);
            runs.assert_is("customer:lab", "reserved_idle_while_bursting_slot_hours", hours, 0.015);
        }
        simulated.push((runs.interval("customer:lab", "cost_rate").mean, *slots));
    }
    let (_, best) = simulated.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("arms");
    let optimum = (1..100).take_while(|s| LOAD * (blocking(s - 1, LOAD) - blocking(*s, LOAD)) >= RESERVED / ON_DEMAND);
    let optimum = optimum.last().expect("the first slot pays");
    assert!((1..100).all(|slots| cost(slots) >= cost(optimum)), "the last slot that pays is the best number");
    let regret = cost(best) / cost(optimum) - 1.0;
    eprintln!("best of the simulated arms: {best}, optimum {optimum}, regret {:.4} %", 100.0 * regret);
    assert!(regret <= 0.005, "{best} slots cost {:.2} % more than {optimum}", 100.0 * regret);
}

/// A burst stays where it is when a reserved slot comes free: the mean of min(idle slots, bursts) of the two-dimensional
/// chain of jobs on reserved slots and jobs on demand, by its uniformised steps.
fn idle_while_bursting(slots: usize) -> f64 {
    const MOST: usize = 60;
    let mut now = vec![vec![0.0; MOST + 1]; slots + 1];
    now[0][0] = 1.0;
    let step = 1.0 / (LOAD + (slots + MOST) as f64);
    for _ in 0..4_000 {
        let mut next = vec![vec![0.0; MOST + 1]; slots + 1];
        for (own, row) in now.iter().enumerate() {
            for (bursts, p) in row.iter().enumerate() {
                let arrival = if own < slots { (own + 1, bursts) } else { (own, (bursts + 1).min(MOST)) };
                next[arrival.0][arrival.1] += p * LOAD * step;
                next[own.saturating_sub(1)][bursts] += p * own as f64 * step;
                next[own][bursts.saturating_sub(1)] += p * bursts as f64 * step;
                next[own][bursts] += p * (1.0 - (LOAD + (own + bursts) as f64) * step);
            }
        }
        now = next;
    }
    let idle = |(own, row): (usize, &Vec<f64>)| {
        row.iter().enumerate().map(|(bursts, p)| p * (slots - own).min(bursts) as f64).sum::<f64>()
    };
    now.iter().enumerate().map(idle).sum()
}

//! How much of the speed of hand-written loops the simulator has.

use std::time::Instant;

use super::scenarios::{events, plan};
use super::{bare, median};

pub(crate) const BARE_ARRIVALS: u64 = 100_000;
const ROUNDS: usize = 15;

/// Prints nanoseconds per event of the simulator and of both loops.
pub(crate) fn print() {
    println!("\nns per event, median of {ROUNDS} interleaved rounds, one thread");
    println!(
        "{:<12} {:>9} {:>11} {:>11} {:>10} {:>10}",
        "", "overspill", "winner tree", "binary heap", "of tree", "of heap"
    );
    for (name, tree, heap) in bare_loops() {
        let plan = plan(name, &[]);
        let model = &plan.arms[0].model;
        let mut times = [const { Vec::new() }; 3];
        for round in 0..ROUNDS as u64 {
            times[0].push(per_event(|| events(model, round)));
            times[1].push(per_event(|| tree(BARE_ARRIVALS, round).events));
            times[2].push(per_event(|| heap(BARE_ARRIVALS, round).events));
        }
        let [ours, tree, heap] = times.map(median);
        println!("{name:<12} {ours:>9.1} {tree:>11.1} {heap:>11.1} {:>10.2} {:>10.2}", tree / ours, heap / ours);
    }
}

type Loop = fn(u64, u64) -> bare::BareResult;

pub(crate) fn bare_loops() -> [(&'static str, Loop, Loop); 3] {
    [
        ("loss", bare::loss, bare::loss_with_heap),
        ("spot-market", bare::spot_market, bare::spot_market_with_heap),
        ("overflow", bare::overflow, bare::overflow_with_heap),
    ]
}

fn per_event(run: impl FnOnce() -> u64) -> f64 {
    let begin = Instant::now();
    let events = run();
    begin.elapsed().as_nanos() as f64 / events as f64
}

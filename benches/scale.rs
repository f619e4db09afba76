//! What a large market costs: ten times the slots, pools and members, again and again, for one simulated week.
//!
//! `cargo bench --bench scale` (or `cargo bench --bench scale -- 300` for so many pools) prints events per second and the peak of the memory in use after each size. An event should
//! cost no more in a large market than a logarithm of its size, and what the caches of the machine take.

// The clock measures here, and reaches no result.
#![allow(clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::time::Instant;

use overspill::scenario::{Load, load};
use overspill::simulation::{Model, replicate};

const SLOTS_PER_POOL: u32 = 100;
const MEMBERS_PER_POOL: u32 = 10;

fn main() {
    println!(
        "{:>8} {:>6} {:>8} {:>11} {:>9} {:>12} {:>11}",
        "slots", "pools", "members", "events", "ns/event", "events/s", "peak MB"
    );
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for pools in if asked.is_empty() { vec![1, 10, 100, 1_000] } else { asked } {
        let model = model(pools);
        let begin = Instant::now();
        let outcome = replicate(&model, 1, 0).expect("the books balance");
        let seconds = begin.elapsed().as_secs_f64();
        let (events, per_second) = (outcome.events, outcome.events as f64 / seconds);
        let peak = peak_memory().map_or("?".to_owned(), |bytes| format!("{:.0}", bytes / 1e6));
        println!(
            "{:>8} {pools:>6} {:>8} {events:>11} {:>9.0} {per_second:>12.0} {peak:>11}",
            pools * SLOTS_PER_POOL,
            pools * MEMBERS_PER_POOL,
            1e9 / per_second
        );
    }
}

/// A university of so many laboratories: each has a pool that its ten members bid in or ask, and bursts into the provider's
/// on-demand slots, which all share.
fn model(pools: u32) -> Model {
    let mut text = String::from("[experiment]\nhorizon = \"7d\"\n[customer.university]\n");
    let on_demand = pools * SLOTS_PER_POOL / 10;
    let _ = writeln!(
        text,
        "[pool.on-demand]\nslots = {on_demand}\npricing = {{ method = \"posted\", price = \"0.1 USD/h\" }}"
    );
    for lab in 0..pools {
        let pricing =
            if lab % 2 == 0 { "{ method = \"posted\", price = \"0.02 USD/h\" }" } else { "{ method = \"spot\" }" };
        let _ = write!(
            text,
            "[pool.lab-{lab}]\nowner = \"university\"\nslots = {SLOTS_PER_POOL}\npricing = {pricing}\n\
             on_interruption = \"lost\"\n\
             [pool.lab-{lab}.burst]\ntiers = [\"on-demand\"]\nmax_price = \"0.2 USD/h\"\n\
             [group.group-{lab}]\npool = \"lab-{lab}\"\nmembers = {MEMBERS_PER_POOL}\n\
             arrivals = {{ offered_load = {SLOTS_PER_POOL} }}\n\
             duration = {{ law = \"exponential\", mean = \"2h\" }}\n\
             value = {{ law = \"uniform\", low = \"0.02 USD/h\", high = \"0.2 USD/h\" }}\n"
        );
    }
    let folder = tempfile::tempdir().expect("a folder for the scenario");
    let path = folder.path().join("scale.toml");
    std::fs::write(&path, text).expect("the scenario is written");
    let (plan, diagnostics, _) = load(&Load { path: &path, overrides: &[] }).expect("the scenario is there");
    let plan = plan.unwrap_or_else(|| panic!("the scenario is not sound: {:?}", diagnostics.first()));
    plan.arms[0].model.as_ref().clone()
}

/// The most memory that this process has had in use, in bytes, where the system says so.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0)
}

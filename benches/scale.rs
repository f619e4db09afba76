//! What a large market costs: one pool of ever more slots, and ever more pools, beside a hand-written loop.
//!
//! `cargo bench --bench scale` prints both tables; `cargo bench --bench scale -- 300` so many pools. An event should cost no
//! more in a large market than what the caches of the machine take, which the loop shows.

// The clock measures here, and reaches no result.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code, unused_imports)] // its own tests run in tests/bare_loops.rs
#[path = "bare/mod.rs"]
mod bare;

use std::fmt::Write as _;
use std::time::Instant;

use overspill::scenario::{Load, load};
use overspill::simulation::{Model, replicate};

const SLOTS_PER_POOL: u32 = 100;
const MEMBERS_PER_POOL: u32 = 10;
/// Events of a run of one pool, at least: enough to measure, and so many for each slot that to fill the pool from empty is a
/// small part of them.
const EVENTS: u32 = 4_000_000;
const EVENTS_PER_SLOT: u32 = 40;

// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if asked.is_empty() {
        one_pool(&[100, 1_000, 10_000, 100_000, 1_000_000]);
    }
    many_pools(if asked.is_empty() { &[1, 10, 100, 1_000] } else { &asked });
}

fn one_pool(sizes: &[u32]) {
    println!("ns per event, one pool, start from empty");
    println!("{:>8} {:>8} {:>8} {:>24}", "slots", "posted", "spot", "loop with a binary heap");
    for &slots in sizes {
        let events = EVENTS.max(EVENTS_PER_SLOT * slots);
        let posted = timed(|| run(&pool(slots, events, "{ method = \"posted\", price = \"0.01 USD/h\" }", 0.9)));
        let spot = timed(|| run(&pool(slots, events, "{ method = \"spot\" }", 1.5)));
        let bare = timed(|| bare::large_loss(slots, u64::from(events / 2), 1).events);
        println!("{slots:>8} {posted:>8.0} {spot:>8.0} {bare:>24.0}");
    }
}

fn many_pools(numbers: &[u32]) {
    println!(
        "\n{:>8} {:>6} {:>8} {:>11} {:>9} {:>12} {:>11}",
        "slots", "pools", "members", "events", "ns/event", "events/s", "peak MB"
    );
    for &pools in numbers {
        let model = model(&university(pools));
        let mut events = 0;
        let each = timed(|| {
            events = run(&model);
            events
        });
        let peak = peak_memory().map_or("?".to_owned(), |bytes| format!("{:.0}", bytes / 1e6));
        println!(
            "{:>8} {pools:>6} {:>8} {events:>11} {each:>9.0} {:>12.0} {peak:>11}",
            pools * SLOTS_PER_POOL,
            pools * MEMBERS_PER_POOL,
            1e9 / each
        );
    }
}

/// Nanoseconds for each of the events that it returns the number of.
fn timed(run: impl FnOnce() -> u64) -> f64 {
    let begin = Instant::now();
    let events = run();
    begin.elapsed().as_nanos() as f64 / events as f64
}

fn run(model: &Model) -> u64 {
    replicate(model, 1, 0).expect("the books balance").events
}

/// One pool of so many slots, offered so many times as much work, until about so many events have come to pass.
fn pool(slots: u32, events: u32, pricing: &str, load: f64) -> Model {
    let hours = f64::from(events) / (2.0 * load * f64::from(slots));
    model(&format!(
        "[experiment]\nhorizon = \"{hours:.2}h\"\n[pool.slots]\nslots = {slots}\npricing = {pricing}\n\
         on_interruption = \"lost\"\n\
         [group.users]\npool = \"slots\"\narrivals = {{ offered_load = {} }}\n\
         duration = {{ law = \"exponential\", mean = \"1h\" }}\n\
         value = {{ law = \"uniform\", low = \"0.01 USD/h\", high = \"1 USD/h\" }}\n",
        load * f64::from(slots)
    ))
}

/// A university of so many laboratories, for a week: each has a pool that its ten members bid in or ask, and bursts into the
/// provider's on-demand slots, which all share.
fn university(pools: u32) -> String {
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
    text
}

/// The model of a scenario file.
fn model(text: &str) -> Model {
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

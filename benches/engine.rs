//! Speed of the parts and of whole replications, beside hand-written loops.
//!
//! `cargo bench` runs everything; `cargo bench -- ratios` only the comparison with the loops, measured in interleaved
//! rounds of one process so that the machine's speed cancels.

// The clock measures here, and reaches no result.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code, unused_imports)] // its own tests run in tests/bare_loops.rs
mod bare;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput};
use overspill::kernel::{Address, Calendar, Stream};
use overspill::market::{
    Command, Interrupted, Marketplace, NoEffects, PartyId, Payment, PoolId, PoolRules, PriceRule, Pricing, Slots,
    SpotRules, Submission, Variables,
};
use overspill::scenario::formula::{Of, compile};
use overspill::scenario::{Load, load};
use overspill::simulation::{Model, replicate};
use overspill::units::{Price, SimDuration, SimTime};

const ROUNDS: usize = 15;
const BARE_ARRIVALS: u64 = 100_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    calendar(&mut criterion);
    clearing(&mut criterion);
    formulas(&mut criterion);
    replications(&mut criterion);
    criterion.final_summary();
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if filter.is_none_or(|filter| filter == "ratios") {
        ratios();
    }
}

/// Take the next event and schedule another: the calendar holds `pending` events all the time.
fn calendar(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calendar");
    group.throughput(Throughput::Elements(1));
    for pending in [10u32, 100, 1_000, 100_000] {
        let mut stream = Stream::new(&Address { seed: 1, replication: 0, group: "bench", purpose: "gap", index: 0 });
        let mut calendar = Calendar::<1>::default();
        let mut gap = move || SimDuration::from_ticks((stream.bits() >> 40).cast_signed());
        for key in 0..pending {
            calendar.schedule(0, key, SimTime::ZERO + gap());
        }
        group.bench_function(BenchmarkId::new("pop_push", pending), |bencher| {
            bencher.iter(|| {
                let (now, _, key) = calendar.next().expect("the calendar is never empty");
                calendar.schedule(0, key, now + gap());
            });
        });
    }
    group.finish();
}

/// A request arrives at a full spot market and displaces the lowest bid, or is refused.
fn clearing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clearing");
    group.throughput(Throughput::Elements(1));
    for slots in [100u32, 10_000] {
        let rules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
        let mut pool = PoolRules::posted(PartyId(0), Slots::Count(slots), Price::ZERO);
        pool.pricing = Pricing::Spot(rules);
        pool.interrupted = Some(Interrupted::Lost);
        let mut market = Marketplace::new(vec![pool], 1, 2);
        let mut stream = Stream::new(&Address { seed: 1, replication: 0, group: "bench", purpose: "bid", index: 0 });
        let mut now = 0;
        let mut submit = move || {
            now += 1;
            let submission = Submission {
                pool: PoolId(0),
                choices: None,
                payer: PartyId(1),
                slots: 1,
                bid: Price::from_units((stream.bits() >> 34).cast_signed()),
                work: SimDuration::ENDLESS,
                patience: None,
                max_price: None,
                tag: [0; 2],
            };
            market.apply(SimTime::from_ticks(now), Command::Submit(submission), &mut NoEffects);
        };
        (0..slots).for_each(|_| submit());
        group.bench_function(BenchmarkId::new("arrival_at_full_market", slots), |bencher| bencher.iter(&mut submit));
    }
    group.finish();
}

/// An owner's formula is evaluated.
fn formulas(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("formula");
    group.throughput(Throughput::Elements(1));
    for (name, text) in [
        ("utilisation", "base + (peak - base) * utilisation / whole"),
        ("time_of_day", "hour_of_day >= 8 && hour_of_day < 20 ? peak : base"),
        ("aging", "bid + base * waiting_time / 3600"),
    ] {
        let formula = compile(text, &[("base", 10_000_000), ("peak", 90_000_000)], Of::Request).expect("a formula");
        let variables = Variables { utilisation: 700_000, hour_of_day: 12, bid: 5, ..Variables::default() };
        group.bench_function(name, |bencher| bencher.iter(|| formula.evaluate(black_box(&variables))));
    }
    group.finish();
}

/// One replication of a calibration scenario, from the model to its measures.
fn replications(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replication");
    group.sample_size(10);
    for name in SCENARIOS {
        let model = model(name);
        group.throughput(Throughput::Elements(events(&model, 0)));
        group.bench_function(name, |bencher| bencher.iter(|| replicate(&model, 1, 0)));
    }
    group.finish();
    let mut group = criterion.benchmark_group("bare");
    group.sample_size(10);
    for (name, tree, heap) in bare_loops() {
        group.throughput(Throughput::Elements(tree(BARE_ARRIVALS, 1).events));
        group.bench_function(BenchmarkId::new(name, "winner_tree"), |bencher| bencher.iter(|| tree(BARE_ARRIVALS, 1)));
        group.bench_function(BenchmarkId::new(name, "binary_heap"), |bencher| bencher.iter(|| heap(BARE_ARRIVALS, 1)));
    }
    group.finish();
}

/// Nanoseconds per event of the simulator and of both loops, and how much of each loop's speed the simulator has.
fn ratios() {
    println!("\nns per event, median of {ROUNDS} interleaved rounds, one thread");
    println!(
        "{:<12} {:>9} {:>11} {:>11} {:>10} {:>10}",
        "", "overspill", "winner tree", "binary heap", "of tree", "of heap"
    );
    for (name, tree, heap) in bare_loops() {
        let model = model(name);
        let mut times = [const { Vec::new() }; 3];
        for round in 0..ROUNDS as u64 {
            times[0].push(per_event(|| events(&model, round)));
            times[1].push(per_event(|| tree(BARE_ARRIVALS, round).events));
            times[2].push(per_event(|| heap(BARE_ARRIVALS, round).events));
        }
        let [ours, tree, heap] = times.map(median);
        println!("{name:<12} {ours:>9.1} {tree:>11.1} {heap:>11.1} {:>10.2} {:>10.2}", tree / ours, heap / ours);
    }
}

const SCENARIOS: [&str; 3] = ["loss", "spot-market", "overflow"];

type Loop = fn(u64, u64) -> bare::BareResult;

fn bare_loops() -> [(&'static str, Loop, Loop); 3] {
    [
        ("loss", bare::loss, bare::loss_with_heap),
        ("spot-market", bare::spot_market, bare::spot_market_with_heap),
        ("overflow", bare::overflow, bare::overflow_with_heap),
    ]
}

fn model(name: &str) -> Arc<Model> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).with_extension("toml");
    let (plan, ..) = load(&Load { path: &path, overrides: &[] }).expect("the scenario is there");
    Arc::clone(&plan.expect("the scenario is sound").arms[0].model)
}

fn events(model: &Model, replication: u64) -> u64 {
    black_box(replicate(model, 1, replication)).expect("the books balance").events
}

fn per_event(run: impl FnOnce() -> u64) -> f64 {
    let begin = Instant::now();
    let events = run();
    begin.elapsed().as_nanos() as f64 / events as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

//! An owner's formula is evaluated.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use overspill::market::Variables;
use overspill::scenario::formula::{Of, compile};

pub(crate) fn measure(criterion: &mut Criterion) {
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

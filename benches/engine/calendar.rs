//! The calendar: take the next event and schedule another, with so many pending all the time.

use criterion::{BenchmarkId, Criterion, Throughput};
use overspill::kernel::{Address, Calendar, Stream};
use overspill::units::{SimDuration, SimTime};

/// For a few events and for many: which classes of the calendar have many.
const STRUCTURES: [(&str, &[usize]); 2] = [("few", &[]), ("many", &[0])];

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calendar");
    group.throughput(Throughput::Elements(1));
    for pending in [10u32, 100, 1_000, 100_000] {
        for (structure, many) in STRUCTURES {
            let mut step = steps(Calendar::new(many), pending);
            group.bench_function(BenchmarkId::new(structure, pending), |bencher| bencher.iter(&mut step));
        }
    }
    group.finish();
}

fn steps(mut calendar: Calendar<1>, pending: u32) -> impl FnMut() {
    let mut stream = Stream::new(&Address { seed: 1, replication: 0, group: "bench", purpose: "gap", index: 0 });
    let mut gap = move || SimDuration::from_ticks((stream.bits() >> 40).cast_signed());
    for key in 0..pending {
        calendar.schedule(0, key, SimTime::ZERO + gap());
    }
    move || {
        let (now, _, key) = calendar.next().expect("the calendar is never empty");
        calendar.schedule(0, key, now + gap());
    }
}

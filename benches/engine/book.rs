//! The book of a spot market, through the marketplace: a request takes a free slot, displaces the lowest bid, or waits.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use overspill::kernel::{Address, Stream};
use overspill::market::{
    Command, Interrupted, Marketplace, NoEffects, PartyId, Payment, PoolId, PoolRules, PriceRule, Pricing, Slots,
    SpotRules, Submission, WaitingOrder, WaitingRoom,
};
use overspill::units::{Price, SimDuration, SimTime};

/// Arrivals measured together, where each leaves the market another than it was.
const ARRIVALS: u32 = 1_000;
/// More than any bid that is drawn.
const ABOVE: i64 = 1 << 30;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("book");
    for slots in [100u32, 10_000] {
        group.throughput(Throughput::Elements(1));
        let mut full = Market::new(slots, None).filled(slots);
        group.bench_function(BenchmarkId::new("evict", slots), |bencher| bencher.iter(|| full.submit_rising()));
        group.throughput(Throughput::Elements(u64::from(ARRIVALS)));
        let half_empty = || Market::new(slots + ARRIVALS, None).filled(slots);
        group.bench_function(BenchmarkId::new("seat", slots), |bencher| {
            bencher.iter_batched_ref(half_empty, Market::submit_many, BatchSize::SmallInput);
        });
        let room = || Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
        let full = || Market::new(slots, room()).filled(slots);
        group.bench_function(BenchmarkId::new("wait", slots), |bencher| {
            bencher.iter_batched_ref(full, Market::submit_many, BatchSize::SmallInput);
        });
    }
    group.finish();
}

/// A spot market to which requests of one slot come that never end by themselves.
struct Market {
    market: Marketplace,
    stream: Stream,
    now: i64,
}

impl Market {
    fn new(slots: u32, waiting: Option<WaitingRoom>) -> Self {
        let mut pool = PoolRules::posted(PartyId(0), Slots::Count(slots), Price::ZERO);
        pool.pricing = Pricing::Spot(SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice));
        pool.interrupted = Some(Interrupted::Lost);
        pool.waiting = waiting;
        let stream = Stream::new(&Address { seed: 1, replication: 0, group: "bench", purpose: "bid", index: 0 });
        Self { market: Marketplace::new(vec![pool], 1, 2), stream, now: 0 }
    }

    /// With so many requests that bid more than any of [`Self::submit_many`].
    fn filled(mut self, requests: u32) -> Self {
        (0..requests).for_each(|_| self.submit(ABOVE));
        self
    }

    fn submit_many(&mut self) {
        (0..ARRIVALS).for_each(|_| self.submit(0));
    }

    /// A request that bids more than any before.
    fn submit_rising(&mut self) {
        self.submit(ABOVE * (2 + self.now));
    }

    fn submit(&mut self, above: i64) {
        self.now += 1;
        let submission = Submission {
            pool: PoolId(0),
            choices: None,
            payer: PartyId(1),
            slots: 1,
            bid: Price::from_units(above + (self.stream.bits() >> 34).cast_signed()),
            work: SimDuration::ENDLESS,
            patience: None,
            max_price: None,
            tag: [0; 2],
        };
        self.market.apply(SimTime::from_ticks(self.now), Command::Submit(submission), &mut NoEffects);
    }
}

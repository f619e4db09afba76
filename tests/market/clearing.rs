//! The marketplace against the reference, over random sequences of commands.

use overspill::market::{
    BelowMinimum, CapMode, Command, CurrencyId, Fate, Fit, Interrupted, Marketplace, PartyId, Payment, PoolId,
    PoolRules, PriceCap, PriceRule, Pricing, Slots, SpotRules, Submission, WaitingOrder, WaitingRoom,
};
use overspill::units::{Price, SimDuration, SimTime};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, ask, price, spot, ticks};
use crate::recorder::{self, Recorder};
use crate::reference::{self, Options, Reference};

/// One level of bids, minimum prices and caps: few, so that ties abound, and odd, so that charges do.
const STEP: i64 = 1_000_003;

/// What happens at one instant. Who releases or abandons is picked from those who can, by a number modulo theirs.
#[derive(Clone, Debug)]
struct Instant {
    after: i64,
    releases: Vec<usize>,
    minimum: Option<i64>,
    abandons: Vec<usize>,
    arrivals: Vec<Arrival>,
}

#[derive(Clone, Debug)]
struct Arrival {
    slots: u32,
    bid: i64,
    work: i64,
    patience: Option<i64>,
}

fn options(posted: bool) -> impl Strategy<Value = Options> {
    let room = prop::option::of(prop::option::weighted(0.6, 0u32..4));
    let cap = prop::option::of((4i64..6, prop_oneof![Just(CapMode::Price), Just(CapMode::Bids)]));
    let rule = prop_oneof![Just(PriceRule::LowestAccepted), Just(PriceRule::HighestRejected)];
    let interrupted = prop_oneof![Just(Interrupted::Lost), Just(Interrupted::Resume), Just(Interrupted::Restart)];
    let supply = (prop::option::weighted(0.95, 0u32..9), 0i64..4, if posted { 0i64..6 } else { 0..1 });
    let pricing = (rule, prop_oneof![Just(Payment::UniformPrice), Just(Payment::OwnBid)], cap);
    let queue = (room, prop_oneof![Just(WaitingOrder::ByMethod), Just(WaitingOrder::Fifo)]);
    let rest = (
        prop_oneof![Just(Fit::Fill), Just(Fit::Strict)],
        prop_oneof![Just(BelowMinimum::Refused), Just(BelowMinimum::Waits)],
        interrupted,
    );
    (supply, pricing, queue, rest).prop_map(
        move |((slots, minimum, level), (rule, payment, cap), (room, order), (fit, below_minimum, interrupted))| {
            // Without a waiting room nobody is rejected whose bid could set a price.
            let rule = if room.is_none() { PriceRule::LowestAccepted } else { rule };
            let posted = posted.then_some(level * STEP);
            let cap = cap.map(|(limit, mode)| (limit * STEP, mode));
            let minimum = minimum * STEP;
            Options { slots, posted, minimum, below_minimum, rule, payment, cap, fit, room, order, interrupted }
        },
    )
}

fn instants() -> impl Strategy<Value = Vec<Instant>> {
    prop_oneof![Just(2u32), Just(5), Just(10)].prop_flat_map(|sizes| {
        let patience = prop::option::of(0i64..4_000_000_000);
        let arrival = (1..sizes, 1i64..8, 1i64..9_000_000_000, patience)
            .prop_map(|(slots, bid, work, patience)| Arrival { slots, bid: bid * STEP, work, patience });
        let picks = |most| prop::collection::vec(0usize..100, 0..most);
        let minimum = prop::option::weighted(0.2, (0i64..5).prop_map(|level| level * STEP));
        let arrivals = prop::collection::vec(arrival, 0..3);
        let instant = (1i64..2_000_000_000, picks(3), minimum, picks(2), arrivals).prop_map(
            |(after, releases, minimum, abandons, arrivals)| Instant { after, releases, minimum, abandons, arrivals },
        );
        prop::collection::vec(instant, 1..40)
    })
}

fn rules(options: &Options) -> PoolRules {
    let slots = options.slots.map_or(Slots::Unlimited, Slots::Count);
    let cap = options.cap.map(|(limit, mode)| PriceCap { limit: price(limit), mode });
    let spot = SpotRules { cap, ..SpotRules::continuous(options.rule, options.payment) };
    PoolRules {
        pricing: options.posted.map_or(Pricing::Spot(spot), |posted| Pricing::Posted(price(posted))),
        minimum: price(options.minimum),
        below_minimum: options.below_minimum,
        waiting: options.room.map(|capacity| WaitingRoom { capacity, order: options.order }),
        fit: options.fit,
        interrupted: Some(options.interrupted),
        ..PoolRules::posted(PartyId(0), slots, price(0))
    }
}

/// The marketplace and the reference, side by side.
struct Pair {
    market: Marketplace,
    log: Recorder,
    reference: Reference,
    now: i64,
}

impl Pair {
    fn new(options: &Options) -> Self {
        let market = Marketplace::new(vec![rules(options)], 1, 2);
        Self { market, log: Recorder::default(), reference: Reference::new(options.clone()), now: 0 }
    }

    fn play(&mut self, instant: &Instant) -> Result<(), TestCaseError> {
        self.pass_to(self.now + instant.after)?;
        for pick in &instant.releases {
            if let Some(number) = picked(&self.reference.running(), *pick) {
                self.reference.release(number);
                self.apply(Command::Release(self.log.seen[&(number as u64)].place));
            }
        }
        if let Some(minimum) = instant.minimum {
            self.reference.set_minimum(minimum);
            self.apply(Command::SetMinimum(PoolId(0), price(minimum)));
        }
        self.reference.clear();
        self.clear();
        self.compare()?;
        self.end_patience()?;
        for pick in &instant.abandons {
            if let Some(number) = picked(&self.reference.waiting(), *pick) {
                self.abandon(number)?;
            }
        }
        for arrival in &instant.arrivals {
            self.arrive(arrival);
            self.compare()?;
        }
        Ok(())
    }

    /// Lets time pass up to `time`; whoever's patience ends before gives up.
    fn pass_to(&mut self, time: i64) -> Result<(), TestCaseError> {
        while let Some(deadline) = self.reference.next_deadline().filter(|deadline| *deadline < time) {
            self.now = deadline.max(self.now);
            self.reference.advance(self.now);
            self.end_patience()?;
        }
        self.now = time;
        self.reference.advance(time);
        Ok(())
    }

    fn end_patience(&mut self) -> Result<(), TestCaseError> {
        while let Some(number) = self.reference.out_of_patience() {
            self.abandon(number)?;
        }
        Ok(())
    }

    fn abandon(&mut self, number: usize) -> Result<(), TestCaseError> {
        self.reference.abandon(number);
        self.apply(Command::Abandon(self.log.seen[&(number as u64)].place));
        self.clear();
        self.compare()
    }

    fn arrive(&mut self, arrival: &Arrival) {
        let Arrival { slots, bid, work, patience } = *arrival;
        self.reference.arrive(slots, bid, work, patience);
        self.apply(Command::Submit(Submission {
            pool: PoolId(0),
            choices: None,
            payer: PartyId(1),
            slots,
            bid: price(bid),
            work: ticks(work),
            patience: patience.map(ticks),
            max_price: None,
            tag: [0; 2],
        }));
        self.clear();
    }

    fn apply(&mut self, command: Command) {
        let now = SimTime::from_ticks(self.now);
        self.log.now = now;
        self.market.apply(now, command, &mut self.log);
    }

    fn clear(&mut self) {
        if self.market.needs_clearing() {
            self.apply(Command::Clear);
        }
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.market.price(PoolId(0)).units(), self.reference.price(), "price at {}", self.now);
        for (number, (request, seen)) in self.reference.requests.iter().zip(self.log.seen.values()).enumerate() {
            prop_assert_eq!(seen.doing, expected(request), "request {} at {}", number, self.now);
            if !seen.is_running() {
                prop_assert_eq!(seen.charge, request.charge, "charge of request {}", number);
            }
        }
        if let Some(level) = self.log.levels.get(&PoolId(0)) {
            prop_assert_eq!(level.occupied, self.reference.occupied());
            prop_assert_eq!(level.waiting as usize, self.reference.waiting().len());
            prop_assert_eq!(level.price, self.market.price(PoolId(0)));
        }
        self.market.ledger().check().map_err(TestCaseError::fail)
    }

    /// Closes the books and compares what everybody owes in the end.
    fn close(&mut self) -> Result<(), TestCaseError> {
        self.now += 7;
        self.reference.advance(self.now);
        self.apply(Command::Close);
        let mut total = 0;
        for (request, seen) in self.reference.requests.iter().zip(self.log.seen.values()) {
            prop_assert_eq!(seen.charge, request.charge);
            prop_assert_eq!(
                seen.fate(),
                Some(if let reference::Doing::Gone(fate) = request.doing { fate } else { Fate::Open })
            );
            total += request.charge;
        }
        prop_assert_eq!(self.market.ledger().accrued(CurrencyId(0)).units(), total);
        self.market.ledger().check().map_err(TestCaseError::fail)
    }
}

fn picked(numbers: &[usize], pick: usize) -> Option<usize> {
    (!numbers.is_empty()).then(|| numbers[pick % numbers.len()])
}

fn expected(request: &reference::Request) -> recorder::Doing {
    let later = |since: i64, span: i64| SimTime::from_ticks(since).saturating_add(SimDuration::from_ticks(span));
    match request.doing {
        reference::Doing::Pending => recorder::Doing::Pending,
        reference::Doing::Waiting { since } => {
            recorder::Doing::Waiting { deadline: request.patience.map_or(SimTime::NEVER, |left| later(since, left)) }
        }
        reference::Doing::Running { since } => {
            recorder::Doing::Running { pool: PoolId(0), tier: None, due: later(since, request.work) }
        }
        reference::Doing::Gone(fate) => recorder::Doing::Gone(fate),
    }
}

fn agree(options: &Options, instants: &[Instant]) -> Result<(), TestCaseError> {
    let mut pair = Pair::new(options);
    for instant in instants {
        pair.play(instant)?;
    }
    pair.close()
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn a_spot_pool_clears_as_the_rule_is_written(options in options(false), instants in instants()) {
        agree(&options, &instants)?;
    }

    #[test]
    fn a_posted_pool_serves_as_the_rule_is_written(options in options(true), instants in instants()) {
        agree(&options, &instants)?;
    }
}

/// Its place in the order of eviction was once taken for an empty seat: the price stayed at the minimum.
#[test]
fn the_very_first_request_may_bid_the_highest_price_there_is() {
    let mut driver = Driver::new(vec![spot(CUSTOMER, 1)]);
    driver.submit(ask(0, i64::MAX));
    assert_eq!(driver.level(0).price, Price::MAX);
}

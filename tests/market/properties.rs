//! What holds whatever the owner decided and whatever happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use overspill::market::{
    AuctionMethod, AuctionRules, BelowMinimum, BurstRules, BurstTerms, CapMode, Checkpoint, Clearing, ClockPayment,
    CreditRules, CurrencyId, DutchClock, EnglishClock, EvictionOrder, FairOrder, FairnessRules, Fate, Fit,
    FormulaRules, Interrupted, InterruptionRules, LateBidders, Losers, MaxPrice, PartyId, Payment, Per, PoolId,
    PoolRules, PriceCap, PriceRule, Pricing, Revision, Slots, Smoothing, SpotRules, Submission, SupplyLine, Term,
    WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share, TICKS_PER_HOUR};
use proptest::prelude::*;
use proptest::sample::select;

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, ticks};
use crate::formula::Rule;
use crate::recorder::{Doing, Seen};

/// A bid of one step costs a unit of money for each tick.
const STEP: i64 = TICKS_PER_HOUR;

const HOME: PoolId = PoolId(0);

/// What an owner decides. Money in steps.
#[derive(Clone, Debug)]
struct World {
    slots: u32,
    method: Method,
    rules: AuctionRules,
    minimum: i64,
    cap: Option<i64>,
    below: BelowMinimum,
    fit: Fit,
    order: WaitingOrder,
    notice: i64,
    guaranteed: i64,
    eviction: EvictionOrder,
    interrupted: Interrupted,
    fairness: Option<FairnessRules>,
    /// Grant, refill, limit.
    credits: Option<(i64, i64, i64)>,
    /// Are the slots held in a market upstream, and may they be lost there?
    is_supplied: bool,
    /// May whoever is refused burst?
    bursts: bool,
    /// Has the pool another currency than those it takes slots from?
    is_abroad: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Posted(i64),
    Spot(PriceRule, Payment),
    Cycle(PriceRule),
    Smoothed,
    Proportional,
    Formula,
    Auction,
}

/// What happens at one instant.
#[derive(Clone, Debug)]
struct Instant {
    after: i64,
    /// Slots, bid, work, patience, party.
    arrivals: Vec<(u32, i64, i64, Option<i64>, u32)>,
    minimum: Option<i64>,
    /// Which of the requests so far, what it bids.
    revision: Option<(u64, i64)>,
    withdrawal: Option<u64>,
    /// A stranger in the market upstream: bid and work.
    upstream: Option<(i64, i64)>,
}

impl World {
    fn pools(&self, scale: i64) -> Vec<PoolRules> {
        let home = self.pool(scale);
        let lost = Some(Interrupted::Lost);
        let upstream = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
        let upstream = PoolRules {
            pricing: Pricing::Spot(upstream),
            interrupted: lost,
            ..PoolRules::posted(PROVIDER, Slots::Count(self.slots), price(0))
        };
        let tier = PoolRules::posted(PROVIDER, Slots::Count(1), price(3 * STEP * scale));
        let line = SupplyLine { from: PoolId(1), slots: self.slots, bid: price(4 * STEP * scale), purchase: None };
        let burst = BurstRules {
            tiers: vec![PoolId(2)],
            // What is bid in another currency is no price of a tier.
            max_price: if self.is_abroad { MaxPrice::Constant(price(4 * STEP * scale)) } else { MaxPrice::Bid },
            fee: Share::ZERO,
            flat_fee: Money::ZERO,
            budget: None,
            terms: BurstTerms::default(),
        };
        let home = PoolRules {
            owner: CUSTOMER,
            currency: CurrencyId(u32::from(self.is_abroad)),
            slots: Slots::Count(if self.is_supplied { 0 } else { self.slots }),
            supply: if self.is_supplied { vec![line] } else { Vec::new() },
            burst: self.bursts.then_some(burst),
            ..home
        };
        vec![home, upstream, PoolRules { interrupted: lost, ..tier }]
    }

    fn pool(&self, scale: i64) -> PoolRules {
        let money = |steps: i64| price(steps * STEP * scale);
        let spot = |rule, payment| SpotRules {
            cap: self.cap.map(|cap| PriceCap { limit: money(cap), mode: CapMode::Price }),
            ..SpotRules::continuous(rule, payment)
        };
        let pricing = match self.method {
            Method::Posted(unit) => Pricing::Posted(money(unit)),
            Method::Spot(rule, payment) => Pricing::Spot(spot(rule, payment)),
            Method::Cycle(rule) => {
                let clearing = Clearing::PerCycle(ticks(7));
                Pricing::Spot(SpotRules { clearing, ..spot(rule, Payment::UniformPrice) })
            }
            Method::Smoothed => {
                let smoothing = Some(Smoothing { step: ticks(5), weight: Share::from_parts(400_000) });
                Pricing::Spot(SpotRules { smoothing, ..spot(PriceRule::LowestAccepted, Payment::UniformPrice) })
            }
            Method::Proportional => Pricing::Proportional,
            Method::Formula => Pricing::Formula(FormulaRules {
                price: Arc::new(Rule(|variables| Ok(variables.occupied * STEP + variables.queue_length * STEP / 2))),
                rank: Some(Arc::new(Rule(|variables| Ok(variables.slots % 2)))),
                every: ticks(6),
                cap: self.cap.map(money),
            }),
            Method::Auction => Pricing::Auction(AuctionRules {
                cap: self.cap.map(money),
                method: scaled(self.rules.method, scale),
                ..self.rules
            }),
        };
        let fairness = self.fairness.clone().map(|fairness| FairnessRules {
            credits: self.credits.map(|(grant, refill, limit)| CreditRules {
                grant: Money::from_units((grant * scale).into()),
                refill: Money::from_units((refill * scale).into()),
                every: Some(ticks(20)),
                limit: Some(Money::from_units((limit * scale).into())),
            }),
            ..fairness
        });
        PoolRules {
            pricing,
            minimum: money(self.minimum),
            below_minimum: self.below,
            waiting: Some(WaitingRoom { capacity: None, order: self.order }),
            fit: self.fit,
            interruption: InterruptionRules {
                notice: ticks(self.notice),
                guaranteed: ticks(self.guaranteed),
                order: self.eviction.clone(),
                last_unit_is_free: false,
            },
            interrupted: Some(self.interrupted),
            fairness,
            revision: Revision::Always,
            ..PoolRules::posted(PROVIDER, Slots::Count(self.slots), price(0))
        }
    }
}

fn scaled(method: AuctionMethod, scale: i64) -> AuctionMethod {
    let money = |price: overspill::units::Price| crate::driver::price(price.units() * scale);
    match method {
        AuctionMethod::English(clock) => AuctionMethod::English(EnglishClock {
            opening: money(clock.opening),
            increment: money(clock.increment),
            ..clock
        }),
        AuctionMethod::Dutch(clock) => {
            AuctionMethod::Dutch(DutchClock { start: money(clock.start), decrement: money(clock.decrement), ..clock })
        }
        sealed => sealed,
    }
}

fn auctions() -> impl Strategy<Value = AuctionRules> {
    let late = || select(vec![LateBidders::Join, LateBidders::NextRound]);
    let payment = select(vec![ClockPayment::Uniform, ClockPayment::OwnLastBid]);
    let english =
        (0..3_i64, 1..3_i64, 0..3_i64, payment, late()).prop_map(|(opening, increment, tick, payment, late)| {
            let (opening, increment, tick) = (price(opening * STEP), price(increment * STEP), ticks(tick));
            AuctionMethod::English(EnglishClock { opening, increment, tick, payment, late })
        });
    let dutch = (3..9_i64, 1..3_i64, 0..3_i64, late()).prop_map(|(start, decrement, tick, late)| {
        let (start, decrement, tick) = (price(start * STEP), price(decrement * STEP), ticks(tick));
        AuctionMethod::Dutch(DutchClock { start, decrement, tick, late })
    });
    let sealed = select(vec![
        AuctionMethod::FirstPrice,
        AuctionMethod::SecondPrice,
        AuctionMethod::Uniform,
        AuctionMethod::Discriminatory,
        AuctionMethod::Vcg,
    ]);
    let method = prop_oneof![2 => sealed, 1 => english, 1 => dutch];
    let term = prop_oneof![Just(Term::UntilReleased), (1..12_i64).prop_map(|term| Term::Fixed(ticks(term)))];
    (method, 4..9_i64, 0..4_i64, term, select(vec![Losers::Stay, Losers::Stay, Losers::Leave])).prop_map(
        |(method, every, bidding, term, losers)| {
            let (every, bidding) = (ticks(every), ticks(bidding));
            AuctionRules { method, every, bidding, term, losers, cap: None }
        },
    )
}

fn methods() -> impl Strategy<Value = Method> {
    let rule = || select(vec![PriceRule::LowestAccepted, PriceRule::HighestRejected]);
    let payment = select(vec![Payment::UniformPrice, Payment::OwnBid]);
    prop_oneof![
        2 => (0..5_i64).prop_map(Method::Posted),
        4 => (rule(), payment).prop_map(|(rule, payment)| Method::Spot(rule, payment)),
        3 => rule().prop_map(Method::Cycle),
        2 => Just(Method::Smoothed),
        3 => Just(Method::Proportional),
        2 => Just(Method::Formula),
        8 => Just(Method::Auction),
    ]
}

fn fairness() -> impl Strategy<Value = FairnessRules> {
    let cap = || proptest::option::of(1..4_u32);
    let per = || select(vec![Per::Member, Per::Department]);
    let order = prop_oneof![
        Just(FairOrder::Arrival),
        per().prop_map(FairOrder::MaxMin),
        (per(), 1..30_i64).prop_map(|(per, life)| FairOrder::UsageDecay { per, half_life: ticks(life) }),
    ];
    (cap(), cap(), order, proptest::collection::vec(1..4_u32, 4)).prop_map(
        |(member_cap, department_cap, order, weights)| FairnessRules {
            member_cap,
            department_cap,
            order,
            credits: None,
            departments: [0, 0, 1, 1].into(),
            weights: Arc::new(weights.into_iter().collect()),
        },
    )
}

fn evictions() -> impl Strategy<Value = EvictionOrder> {
    let formula = EvictionOrder::Formula(Arc::new(Rule(|variables| Ok(variables.bid * variables.slots))));
    select(vec![
        EvictionOrder::ByMethod,
        EvictionOrder::LowestBid,
        EvictionOrder::Youngest,
        EvictionOrder::LeastLostWork,
        formula,
    ])
}

fn worlds() -> impl Strategy<Value = World> {
    use Interrupted::{Checkpoint as Saved, Lost, Restart, Resume};
    let below = select(vec![BelowMinimum::Refused, BelowMinimum::Waits]);
    let order = select(vec![WaitingOrder::ByMethod, WaitingOrder::ByMethod, WaitingOrder::Fifo]);
    let saved = Saved(Checkpoint { every: ticks(3), cost: ticks(1) });
    let interrupted = select(vec![Lost, Resume, Resume, saved, Restart]);
    let seldom = |range: std::ops::Range<i64>| prop_oneof![2 => Just(0), 1 => range];
    let credits = proptest::option::of((0..60_i64, 0..20_i64, 20..80_i64));
    (
        (0..5_u32, methods(), auctions(), 0..4_i64, proptest::option::weighted(0.2, 4..8_i64)),
        (below, select(vec![Fit::Fill, Fit::Fill, Fit::Strict]), order),
        (seldom(1..6), seldom(1..9), interrupted),
        (proptest::option::of(fairness()), credits),
        (any::<bool>(), any::<bool>(), any::<bool>(), evictions()),
    )
        .prop_map(
            |(
                (slots, method, rules, minimum, cap),
                (below, fit, order),
                (notice, guaranteed, interrupted),
                (fairness, credits),
                (is_supplied, bursts, is_abroad, eviction),
            )| World {
                slots,
                method,
                rules,
                minimum,
                cap,
                below,
                fit,
                order,
                notice,
                guaranteed,
                eviction,
                interrupted,
                fairness,
                credits,
                is_supplied,
                bursts,
                is_abroad,
            },
        )
}

fn instants() -> impl Strategy<Value = Vec<Instant>> {
    let arrival = (1..4_u32, 0..9_i64, 1..14_i64, proptest::option::of(0..12_i64), 0..4_u32);
    let instant = (
        0..6_i64,
        proptest::collection::vec(arrival, 0..3),
        proptest::option::weighted(0.12, 0..4_i64),
        proptest::option::weighted(0.2, (0..40_u64, 0..9_i64)),
        proptest::option::weighted(0.1, 0..40_u64),
        proptest::option::weighted(0.1, (0..9_i64, 1..9_i64)),
    );
    let instant = instant.prop_map(|(after, arrivals, minimum, revision, withdrawal, upstream)| Instant {
        after,
        arrivals,
        minimum,
        revision,
        withdrawal,
        upstream,
    });
    proptest::collection::vec(instant, 1..25)
}

/// Runs the world, with a look at it whenever an instant is settled.
fn run(world: &World, instants: &[Instant], scale: i64, mut look: impl FnMut(&Driver, i64)) -> Driver {
    let mut driver = Driver::new(world.pools(scale));
    let mut minimum = world.minimum;
    let mut now = 0;
    for instant in instants {
        now += instant.after;
        driver.run_to(now);
        if let Some(next) = instant.minimum {
            minimum = next;
            driver.set_minimum(0, minimum * STEP * scale);
        }
        driver.settle();
        look(&driver, minimum);
        let mine: Vec<u64> = driver.log.seen.iter().filter(|(_, seen)| seen.is_member()).map(|(n, _)| *n).collect();
        let count = mine.len() as u64;
        if let Some((number, bid)) = instant.revision.filter(|_| count > 0) {
            driver.revise(mine[(number % count) as usize], bid * STEP * scale);
        }
        if let Some(number) = instant.withdrawal.filter(|_| count > 0) {
            driver.withdraw(mine[(number % count) as usize]);
        }
        look(&driver, minimum);
        if let Some((bid, work)) = instant.upstream {
            let (bid, work, payer) = (price(bid * STEP * scale), ticks(work), STRANGER);
            driver.submit(Submission { bid, work, payer, ..ask(1, 0) });
            look(&driver, minimum);
        }
        for (slots, bid, work, patience, party) in &instant.arrivals {
            driver.submit(Submission {
                slots: *slots,
                bid: price(bid * STEP * scale),
                work: ticks(*work),
                patience: patience.map(ticks),
                payer: PartyId(*party),
                ..ask(0, 0)
            });
            look(&driver, minimum);
        }
    }
    driver.run_to(now + 3);
    look(&driver, minimum);
    driver.close();
    driver
}

fn holds_at_home(seen: &Seen) -> bool {
    seen.is_member() && matches!(seen.doing, Doing::Running { pool: HOME, .. })
}

/// Slots held now, by party.
fn held_by(driver: &Driver) -> BTreeMap<u32, u32> {
    let mut held = BTreeMap::new();
    for seen in driver.log.seen.values().filter(|seen| holds_at_home(seen)) {
        *held.entry(driver.market.request(seen.place).payer.0).or_default() += seen.slots;
    }
    held
}

fn without_changes(instants: &[Instant]) -> Vec<Instant> {
    let plain = |instant: &Instant| Instant { minimum: None, revision: None, ..instant.clone() };
    instants.iter().map(plain).collect()
}

fn history(driver: &Driver) -> String {
    format!("{:?} {:?} {:?}", driver.log.held, driver.log.prices, driver.log.rounds)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_slot_is_held_twice_and_every_request_has_one_fate(world in worlds(), instants in instants()) {
        let driver = run(&world, &instants, 1, |driver, _| {
            let (level, held) = (driver.level(0), held_by(driver));
            let slots: u32 = held.values().sum();
            if world.method == Method::Proportional {
                assert_eq!(level.occupied, slots.min(level.capacity.expect("a number")));
            } else {
                assert_eq!(level.occupied, slots);
                assert!(slots <= level.capacity.expect("a number"));
            }
            let waiting = driver.log.seen.values().filter(|seen| seen.is_waiting() && seen.home == HOME && seen.is_member());
            assert_eq!(level.waiting as usize, waiting.count());
            let Some(fairness) = &world.fairness else { return };
            let mut by_department = BTreeMap::<u32, u32>::new();
            for (party, slots) in held {
                assert!(fairness.member_cap.is_none_or(|cap| slots <= cap), "a member passes its cap");
                *by_department.entry(fairness.departments[party as usize]).or_default() += slots;
            }
            let passed = |cap: u32| by_department.values().any(|slots| *slots > cap);
            assert!(!fairness.department_cap.is_some_and(passed), "a department passes its cap");
        });
        let mut ended = BTreeMap::<u64, u32>::new();
        for held in &driver.log.held {
            *ended.entry(held.lease).or_default() += 1;
        }
        let leases: u32 = driver.log.seen.values().map(|seen| seen.leases).sum();
        assert_eq!(leases as usize, ended.len(), "every lease is settled");
        assert!(driver.log.seen.values().all(|seen| seen.fate().is_some()));
        // The same again gives the same.
        assert_eq!(history(&driver), history(&run(&world, &instants, 1, |_, _| ())));
    }

    #[test]
    fn who_holds_a_slot_pays_at_least_the_minimum_and_at_most_its_bid(world in worlds(), instants in instants()) {
        let driver = run(&world, &without_changes(&instants), 1, |_, _| ());
        for held in driver.log.held.iter().filter(|held| held.pool == HOME) {
            let time = i128::from((held.to - held.from).ticks()) * i128::from(held.slots);
            let bid = i128::from(driver.seen(held.request).bid.units());
            let least = i128::from(world.minimum * STEP) * held.slot_ticks;
            let (paid, slack) = (held.charge.units(), i128::from(held.slots) * time + i128::from(STEP));
            let slack = if world.method == Method::Proportional { slack } else { 0 };
            assert!(paid <= bid * time, "{held:?} paid more than {bid} each");
            assert!(paid + slack >= least, "{held:?} paid less than the minimum");
        }
    }

    #[test]
    fn no_price_lies_below_the_minimum(world in worlds(), instants in instants()) {
        run(&world, &instants, 1, |driver, minimum| {
            assert!(driver.price(0) >= minimum * STEP, "{} below {minimum}", driver.price(0));
        });
    }

    #[test]
    fn what_is_paid_scales_with_all_money(world in worlds(), instants in instants()) {
        // A rule of the owner, and rounding in steps, have a scale of their own.
        let has_own_scale = matches!(world.method, Method::Formula | Method::Smoothed);
        let method = if has_own_scale { Method::Auction } else { world.method };
        let world = World { method, credits: None, ..world };
        let (one, three) = (run(&world, &instants, 1, |_, _| ()), run(&world, &instants, 3, |_, _| ()));
        assert_eq!(one.log.held.len(), three.log.held.len());
        for (a, b) in one.log.held.iter().zip(&three.log.held) {
            assert_eq!((a.request, a.from, a.to, a.slots), (b.request, b.from, b.to, b.slots));
            let slack = match world.method {
                Method::Proportional => 3 * i128::from(a.slots) * i128::from((a.to - a.from).ticks()),
                _ => 0,
            };
            assert!((b.charge.units() - 3 * a.charge.units()).abs() <= slack, "{a:?} {b:?}");
        }
        for (a, b) in one.log.bills.iter().zip(&three.log.bills) {
            assert!((b.1.amount.units() - 3 * a.1.amount.units()).abs() <= 3, "{a:?} {b:?}");
        }
        let fates = |driver: &Driver| driver.log.seen.values().map(|seen| seen.fate()).collect::<Vec<Option<Fate>>>();
        assert_eq!(fates(&one), fates(&three));
    }

    #[test]
    fn nobody_holds_slots_below_a_price_that_stands(
        world in worlds(),
        instants in instants(),
        method in select(vec![Method::Smoothed, Method::Formula]),
    ) {
        let world = World { method, notice: 0, guaranteed: 0, ..world };
        run(&world, &instants, 1, |driver, _| {
            for seen in driver.log.seen.values().filter(|seen| holds_at_home(seen)) {
                let (bid, price) = (driver.market.request(seen.place).bid, driver.price(0));
                assert!(bid.units() >= price, "{bid:?} holds slots at a price of {price}");
            }
        });
    }

    #[test]
    fn no_higher_bid_waits_while_a_lower_one_holds_a_slot(
        world in worlds(),
        instants in instants(),
        own in any::<bool>(),
        slots in 0..5_u32,
    ) {
        let payment = if own { Payment::OwnBid } else { Payment::UniformPrice };
        let method = Method::Spot(PriceRule::LowestAccepted, payment);
        let (order, eviction) = (WaitingOrder::ByMethod, EvictionOrder::ByMethod);
        let orders_only = world.fairness.clone().map(|fairness| FairnessRules {
            member_cap: None,
            department_cap: None,
            ..fairness
        });
        let world = World {
            slots, method, order, eviction, notice: 0, guaranteed: 0, fairness: orders_only, credits: None, ..world
        };
        let mut instants = instants;
        instants.iter_mut().flat_map(|instant| &mut instant.arrivals).for_each(|arrival| arrival.0 = 1);
        run(&world, &instants, 1, |driver, _| {
            let waits = |seen: &Seen| seen.is_member() && seen.is_waiting();
            let bids = |is_wanted: &dyn Fn(&Seen) -> bool| {
                driver.log.seen.values().filter(|seen| is_wanted(seen)).map(|seen| seen.bid).collect::<Vec<_>>()
            };
            let (lowest, highest) = (bids(&holds_at_home).into_iter().min(), bids(&waits).into_iter().max());
            assert!(lowest.is_none() || highest <= lowest, "{highest:?} waits while {lowest:?} runs");
        });
    }

    #[test]
    fn no_account_is_overspent_while_the_minimum_stands(
        world in worlds(),
        instants in instants(),
        fairness in fairness(),
        credits in (0..60_i64, 0..20_i64, 20..80_i64),
    ) {
        // What a divided slot costs in the end is not known when a lease starts.
        let method = if world.method == Method::Proportional { Method::Auction } else { world.method };
        let world = World { method, fairness: Some(fairness), credits: Some(credits), ..world };
        let mut instants = instants;
        instants.iter_mut().for_each(|instant| instant.minimum = None);
        run(&world, &instants, 1, |driver, _| {
            let refills = driver.now() / 20;
            let most = i128::from(credits.0 + credits.1 * refills);
            let mut spent = BTreeMap::<u32, i128>::new();
            for (_, bill) in driver.log.bills.iter().filter(|(_, bill)| bill.pool == HOME) {
                *spent.entry(bill.payer.0).or_default() += bill.amount.units();
            }
            let open = driver.open_leases(overspill::units::SimTime::from_ticks(driver.now()));
            for held in open.iter().filter(|held| held.pool == HOME) {
                *spent.entry(held.payer.0).or_default() += held.charge.bill().0.units();
            }
            assert!(spent.values().all(|spent| *spent <= most), "{spent:?} of {most}");
        });
    }
}

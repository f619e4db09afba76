//! The short ways lead to the same as the long ones, told in the same words.

use overspill::market::{
    BelowMinimum, BurstRules, BurstTerms, CapMode, Fit, Interrupted, MaxPrice, PartyId, Payment, PoolId, PoolRules,
    PriceCap, PriceRule, Pricing, Slots, SpotRules, Submission, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share, Speed};
use proptest::prelude::*;
use proptest::sample::select;

use crate::driver::{CUSTOMER, Driver, PROVIDER, ask, price, ticks};

/// A customer's pool, and a tier that it may burst into.
#[derive(Clone, Debug)]
struct World {
    home: PoolRules,
    tier: PoolRules,
}

/// A request, or another minimum.
#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, slots: u32, bid: i64, work: i64, patience: Option<i64>, party: u32 },
    Minimum { pool: u32, minimum: i64 },
}

fn pricing() -> impl Strategy<Value = Pricing> {
    let rule = select(vec![PriceRule::LowestAccepted, PriceRule::HighestRejected]);
    let payment = select(vec![Payment::UniformPrice, Payment::OwnBid]);
    let cap = proptest::option::weighted(0.3, (3..8_i64, select(vec![CapMode::Price, CapMode::Bids])));
    let spot = (rule, payment, cap).prop_map(|(rule, payment, cap)| {
        let cap = cap.map(|(limit, mode)| PriceCap { limit: price(limit), mode });
        Pricing::Spot(SpotRules { cap, ..SpotRules::continuous(rule, payment) })
    });
    prop_oneof![1 => (0..5_i64).prop_map(|units| Pricing::Posted(price(units))), 2 => spot]
}

/// Pools that most of the time go the short way, with one or the other rule that leads away from it.
fn pools(owner: PartyId) -> impl Strategy<Value = PoolRules> {
    let slots = prop_oneof![4 => (0..5_u32).prop_map(Slots::Count), 1 => Just(Slots::Unlimited)];
    let room = (proptest::option::of(0..3_u32), select(vec![WaitingOrder::ByMethod, WaitingOrder::Fifo]))
        .prop_map(|(capacity, order)| WaitingRoom { capacity, order });
    let interrupted = select(vec![Interrupted::Lost, Interrupted::Lost, Interrupted::Resume, Interrupted::Burst]);
    let speed = select(vec![1_000_000_u32, 1_000_000, 2_000_000, 700_000]);
    let mostly_not = || proptest::bool::weighted(0.2);
    (
        pricing(),
        slots,
        0..3_i64,
        proptest::option::weighted(0.3, room),
        interrupted,
        speed,
        mostly_not(),
        mostly_not(),
        mostly_not(),
    )
        .prop_map(move |(pricing, slots, minimum, waiting, interrupted, speed, strict, waits_below, in_part)| {
            PoolRules {
                pricing,
                minimum: price(minimum),
                below_minimum: if waits_below { BelowMinimum::Waits } else { BelowMinimum::Refused },
                waiting,
                fit: if strict { Fit::Strict } else { Fit::Fill },
                interrupted: Some(interrupted),
                speed: Speed::from_parts(speed).expect("a speed"),
                serves_in_part: in_part,
                ..PoolRules::posted(owner, slots, price(0))
            }
        })
}

fn worlds() -> impl Strategy<Value = World> {
    let (fee, flat_fee) = (prop_oneof![3 => Just(0_u32), 1 => Just(50_000)], prop_oneof![3 => Just(0), 1 => Just(7)]);
    let max_price =
        prop_oneof![2 => (2..9_i64).prop_map(|most| MaxPrice::Constant(price(most))), 1 => Just(MaxPrice::Bid)];
    let burst = (max_price, fee, flat_fee).prop_map(|(max_price, fee, flat_fee)| BurstRules {
        tiers: vec![PoolId(1)],
        max_price,
        fee: Share::from_parts(fee),
        flat_fee: Money::from_units(flat_fee),
        budget: None,
        terms: BurstTerms::default(),
    });
    (pools(CUSTOMER), pools(PROVIDER), proptest::option::of(burst)).prop_map(|(home, tier, burst)| World {
        home: PoolRules { burst, ..home },
        // What a tier has no room for goes home.
        tier: PoolRules { interrupted: Some(Interrupted::Lost), ..tier },
    })
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let slots = prop_oneof![6 => Just(1_u32), 1 => 2..4_u32];
    let patience = proptest::option::of(0..12_i64);
    let asks = (0..2_u32, slots, 0..9_i64, 0..14_i64, patience, 2..4_u32)
        .prop_map(|(pool, slots, bid, work, patience, party)| Step::Ask { pool, slots, bid, work, patience, party });
    let minimum = (0..2_u32, 0..4_i64).prop_map(|(pool, minimum)| Step::Minimum { pool, minimum });
    proptest::collection::vec((0..4_i64, prop_oneof![9 => asks, 1 => minimum]), 1..60)
}

/// All that was told, and what the books say.
fn history(driver: &Driver) -> String {
    let log = &driver.log;
    format!("{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}", log.seen, log.held, log.bills, log.levels, log.prices, log.asked)
}

fn run(mut driver: Driver, steps: &[(i64, Step)]) -> Driver {
    let mut now = 0;
    for (after, step) in steps {
        now += after;
        driver.run_to(now);
        match *step {
            Step::Minimum { pool, minimum } => driver.set_minimum(pool, minimum),
            Step::Ask { pool, slots, bid, work, patience, party } => {
                driver.submit(Submission {
                    slots,
                    bid: price(bid),
                    work: ticks(work),
                    patience: patience.map(ticks),
                    payer: PartyId(party),
                    ..ask(pool, 0)
                });
            }
        }
    }
    driver.run_to(now + 5);
    driver.close();
    driver
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_ways_lead_where_the_long_ones_lead(world in worlds(), steps in steps()) {
        let driver = || Driver::new(vec![world.home.clone(), world.tier.clone()]);
        let (short, long) = (run(driver(), &steps), run(driver().by_the_long_way(), &steps));
        prop_assert_eq!(history(&short), history(&long));
        prop_assert_eq!(short.market.ledger().postings(), long.market.ledger().postings());
    }
}

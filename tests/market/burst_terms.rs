//! The finer terms of a burst policy, by hand. A price of one step costs a unit of money for each tick.

use std::sync::Arc;

use overspill::market::{
    BelowMinimum, BillingKind, BudgetRules, BurstRules, BurstTerms, Cause, Change, Charging, FairOrder, FairnessRules,
    Fate, GiveBack, Interrupted, MaxPrice, Pays, PoolId, PoolRules, Refusal, Slots, Submission, SupplyLine, TierTerms,
    Triggers, WaitingOrder, WaitingRoom, WhenRevoked,
};
use overspill::units::{Money, Share, Speed, TICKS_PER_HOUR};

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::recorder::Doing;

const STEP: i64 = TICKS_PER_HOUR;

/// A policy of tiers 1, 2, ... at 9 steps and no fee.
fn ladder(tiers: u32, terms: BurstTerms) -> BurstRules {
    BurstRules {
        tiers: (1..=tiers).map(PoolId).collect(),
        max_price: MaxPrice::Constant(price(9 * STEP)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms,
    }
}

fn with_budget(burst: BurstRules, charging: Charging, amount: i128) -> BurstRules {
    let budget = BudgetRules { amount: Money::from_units(amount), period: None, charging };
    BurstRules { budget: Some(budget), ..burst }
}

/// The customer's pool at `unit` steps, with a waiting room of `room`.
fn home(slots: u32, unit: i64, room: Option<u32>, burst: BurstRules) -> PoolRules {
    PoolRules {
        interrupted: Some(Interrupted::Resume),
        waiting: room.map(|room| WaitingRoom { capacity: Some(room), order: WaitingOrder::ByMethod }),
        burst: Some(burst),
        ..PoolRules::posted(CUSTOMER, Slots::Count(slots), price(unit * STEP))
    }
}

fn shop(slots: u32, unit: i64) -> PoolRules {
    PoolRules::posted(PROVIDER, Slots::Count(slots), price(unit * STEP))
}

fn request(bid: i64, work: i64) -> Submission {
    Submission { work: ticks(work), ..ask(0, bid * STEP) }
}

fn tier_of(driver: &Driver, number: u64) -> Option<u8> {
    if let Doing::Running { tier, .. } = driver.doing(number) { tier } else { None }
}

fn due(driver: &Driver, number: u64) -> i64 {
    if let Doing::Running { due, .. } = driver.doing(number) { due.ticks() } else { panic!("{number} does not run") }
}

/// Where each of these requests is: a tier, at home (`h`), waiting (`w`) or gone (`-`).
fn places(driver: &Driver, numbers: std::ops::Range<u64>) -> String {
    let place = |number| match driver.doing(number) {
        Doing::Running { tier: Some(tier), .. } => char::from(b'0' + tier),
        Doing::Running { tier: None, .. } => 'h',
        Doing::Waiting { .. } => 'w',
        _ => '-',
    };
    numbers.map(place).collect()
}

/// From, to and charge of each settled stretch of a request.
fn stretches(driver: &Driver, number: u64) -> Vec<(Option<u8>, i64, i64, i128)> {
    let mine = driver.log.held.iter().filter(|held| held.request == number);
    mine.map(|held| (held.tier, held.from.ticks(), held.to.ticks(), held.charge.bill().0.units())).collect()
}

#[test]
fn a_tier_has_its_own_price_and_its_own_number_of_slots() {
    let limit = |steps| Some(MaxPrice::Constant(price(steps * STEP)));
    #[rustfmt::skip]
    let cases = [
        // of the first tier (2 slots, 3 steps), of the second (9 slots, 5 steps)
        (TierTerms::default(), TierTerms::default(), "001111"),
        (TierTerms { max_slots: Some(1), ..TierTerms::default() }, TierTerms::default(), "011111"),
        (TierTerms { max_slots: Some(3), ..TierTerms::default() },
            TierTerms { max_slots: Some(2), ..TierTerms::default() }, "0011--"),
        (TierTerms { max_price: limit(2), ..TierTerms::default() }, TierTerms::default(), "111111"),
        (TierTerms::default(), TierTerms { max_price: limit(4), ..TierTerms::default() }, "00----"),
    ];
    for (first, second, found) in cases {
        let terms = BurstTerms { tiers: vec![first, second], ..BurstTerms::default() };
        let mut driver = Driver::new(vec![home(0, 0, None, ladder(2, terms.clone())), shop(2, 3), shop(9, 5)]);
        (0..6).for_each(|_| _ = driver.submit(request(0, 100)));
        assert_eq!(places(&driver, 0..6), found, "{terms:?}");
    }
}

/// Whoever gives its slots back makes room under the tier's cap, and a request of two slots takes two.
#[test]
fn a_tier_counts_slots_and_not_requests() {
    let terms =
        BurstTerms { tiers: vec![TierTerms { max_slots: Some(3), ..TierTerms::default() }], ..BurstTerms::default() };
    let mut driver = Driver::new(vec![home(0, 0, None, ladder(1, terms)), shop(9, 3)]);
    let two = |work| Submission { slots: 2, ..request(0, work) };
    driver.submit(two(10));
    driver.submit(two(10));
    driver.submit(request(0, 5));
    assert_eq!(places(&driver, 0..3), "0-0");
    driver.run_to(5);
    driver.submit(two(10));
    driver.submit(request(0, 10));
    assert_eq!(places(&driver, 3..5), "-0");
}

#[test]
fn a_request_may_bring_its_own_maximum_price() {
    let burst = BurstRules { max_price: MaxPrice::Drawn, ..ladder(1, BurstTerms::default()) };
    let mut driver = Driver::new(vec![home(0, 0, None, burst), shop(9, 5)]);
    for limit in [Some(4), Some(5), None] {
        driver.submit(Submission { max_price: limit.map(|steps| price(steps * STEP)), ..request(0, 10) });
    }
    assert_eq!(places(&driver, 0..3), "-00");
}

#[test]
fn a_tier_may_have_an_amount_of_its_own_beside_the_one_for_all() {
    // Ten ticks at 3 steps in the first tier, at 5 in the second.
    #[rustfmt::skip]
    let cases = [
        // of all   of the first   found
        (1_000,     60,            "0011"),
        (1_000,     59,            "0111"),
        (110,       60,            "001-"),
        (109,       60,            "00--"), // 60 + 50
        (1_000,     0,             "1111"),
    ];
    for (all, first, found) in cases {
        let tier = TierTerms { budget: Some(Money::from_units(first)), ..TierTerms::default() };
        let terms = BurstTerms { tiers: vec![tier, TierTerms::default()], ..BurstTerms::default() };
        let burst = with_budget(ladder(2, terms), Charging::Prepaid, all);
        let mut driver = Driver::new(vec![home(0, 0, None, burst), shop(9, 3), shop(9, 5)]);
        (0..4).for_each(|_| _ = driver.submit(request(0, 10)));
        assert_eq!(places(&driver, 0..4), found, "{all}, {first}");
    }
}

/// The first tier's amount is used up at tick 20; what is left of all of them lasts for the second until tick 28.
#[test]
fn the_leases_of_a_tier_end_when_its_own_amount_is_used_up() {
    let tier = TierTerms { budget: Some(Money::from_units(60)), ..TierTerms::default() };
    let terms = BurstTerms {
        tiers: vec![tier, TierTerms::default()],
        when_revoked: WhenRevoked::AsInterrupted,
        ..BurstTerms::default()
    };
    let burst = with_budget(ladder(2, terms), Charging::Metered, 60 + 5 * 28 + 4);
    let lost = PoolRules { interrupted: Some(Interrupted::Lost), ..home(0, 0, None, burst) };
    let mut driver = Driver::new(vec![lost, shop(1, 3), shop(1, 5)]);
    driver.submit(request(0, 100));
    driver.submit(request(0, 100));
    driver.run_to(200);
    assert_eq!(stretches(&driver, 0), [(Some(0), 0, 20, 60)]);
    assert_eq!(stretches(&driver, 1), [(Some(1), 0, 28, 140)]);
    assert!((0..2).all(|number| driver.seen(number).interruptions == [Cause::Budget]));
}

fn triggered(triggers: Triggers) -> BurstTerms {
    BurstTerms { triggers, ..BurstTerms::default() }
}

#[test]
fn whoever_has_waited_so_long_tries_the_tiers_once() {
    let terms = triggered(Triggers { waited: Some(ticks(10)), ..Triggers::default() });
    let mut driver = Driver::new(vec![home(1, 1, Some(9), ladder(1, terms)), shop(1, 3)]);
    driver.submit(request(9, 100));
    driver.run_to(3);
    driver.submit(request(9, 15));
    driver.run_to(5);
    driver.submit(request(9, 15));
    driver.run_to(12);
    driver.settle();
    assert_eq!(places(&driver, 0..3), "hww");
    driver.run_to(13);
    driver.settle();
    assert_eq!(places(&driver, 0..3), "h0w");
    assert_eq!(driver.seen(1).waited, ticks(10));
    // The tier is taken at tick 15; nobody tries it again when it is free at tick 28.
    driver.run_to(99);
    driver.settle();
    assert_eq!(places(&driver, 0..3), "h-w");
    driver.run_to(101);
    driver.settle();
    assert_eq!(places(&driver, 0..3), "--h");
}

/// Four ticks before it runs, and six after it has lost its slot to a higher bid.
#[test]
fn a_wait_is_counted_in_all() {
    let terms = triggered(Triggers { waited: Some(ticks(10)), ..Triggers::default() });
    let plain = home(1, 0, Some(9), ladder(1, terms));
    let pool = PoolRules { pricing: spot(CUSTOMER, 1).pricing, ..plain };
    let mut driver = Driver::new(vec![pool, shop(1, 3)]);
    driver.submit(request(5, 4));
    driver.submit(request(3, 100));
    driver.run_to(6);
    driver.settle();
    assert_eq!(places(&driver, 0..2), "-h");
    driver.submit(request(5, 100));
    driver.run_to(11);
    driver.settle();
    assert_eq!(places(&driver, 1..3), "wh");
    driver.run_to(12);
    driver.settle();
    assert_eq!(places(&driver, 1..3), "0h");
}

#[test]
fn patience_that_ends_when_the_wait_is_long_enough_ends_too_late() {
    for (patience, place) in [(9, "h-"), (10, "h0"), (11, "h0")] {
        let terms = triggered(Triggers { waited: Some(ticks(10)), ..Triggers::default() });
        let mut driver = Driver::new(vec![home(1, 1, Some(9), ladder(1, terms)), shop(1, 3)]);
        driver.submit(request(9, 100));
        driver.submit(Submission { patience: Some(ticks(patience)), ..request(9, 100) });
        driver.run_to(10);
        driver.settle();
        assert_eq!(places(&driver, 0..2), place, "{patience}");
    }
}

/// Four slots, of which a request of three finds two: it waits until more than 60 % are held.
#[test]
fn whoever_waits_when_more_is_held_tries_the_tiers_at_once() {
    let terms = triggered(Triggers { utilisation: Some(Share::from_parts(600_000)), ..Triggers::default() });
    let mut driver = Driver::new(vec![home(4, 1, Some(9), ladder(1, terms)), shop(5, 3)]);
    let of = |slots| Submission { slots, ..request(9, 100) };
    driver.submit(of(2));
    driver.submit(of(3));
    assert_eq!(places(&driver, 0..2), "hw");
    driver.submit(of(1));
    driver.settle();
    assert_eq!(places(&driver, 0..3), "h0h");
    // Whoever comes to wait while so many are held does not wait at all; what no tier takes does.
    driver.submit(of(2));
    driver.submit(of(3));
    driver.settle();
    assert_eq!(places(&driver, 3..5), "0w");
}

/// Ten ticks at 3 steps are the budget of a period.
#[test]
fn those_who_wait_try_the_tiers_when_a_budget_period_begins() {
    let terms = triggered(Triggers { budget_reset: true, ..Triggers::default() });
    let burst = with_budget(ladder(1, terms), Charging::Prepaid, 70);
    let mut driver = Driver::new(vec![home(0, 1, Some(9), burst), shop(9, 3)]);
    // More slots than the pool ever has are refused, and burst; of no slots, that is everybody.
    driver.submit(request(9, 20));
    driver.submit(request(9, 5));
    assert_eq!(driver.seen(1).fate(), Some(Fate::Refused(Refusal::Budget)));
    let terms = triggered(Triggers { budget_reset: true, ..Triggers::default() });
    let burst = with_budget(ladder(1, terms), Charging::Prepaid, 70);
    let mut driver = Driver::new(vec![home(1, 1, Some(9), burst), shop(9, 3)]);
    for work in [100, 30, 20, 5, 3] {
        driver.submit(request(9, work));
    }
    assert_eq!(places(&driver, 0..5), "hwwww");
    driver.run_to(7);
    driver.reset_budget(0);
    driver.settle();
    // 90 is too much, 60 is not, 15 more are, 9 more are.
    assert_eq!(places(&driver, 0..5), "hw0w0");
    driver.run_to(8);
    driver.reset_budget(0);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "hw000");
}

#[test]
fn those_who_wait_take_the_slots_of_a_tier_that_become_free_in_their_order() {
    let terms = triggered(Triggers { tier_freed: true, ..Triggers::default() });
    let mut driver = Driver::new(vec![home(1, 1, Some(2), ladder(1, terms)), shop(3, 3)]);
    driver.submit(request(9, 100));
    driver.submit(Submission { slots: 2, ..request(9, 200) }); // larger than the pool: it bursts
    for work in [50, 60, 70] {
        driver.submit(request(9, work));
    }
    assert_eq!(places(&driver, 0..5), "h0ww0", "the room is full for the last");
    driver.run_to(70);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "h00w-");
    // Somebody else's slot counts as well.
    let stranger = |work| Submission { payer: STRANGER, ..Submission { work: ticks(work), ..ask(1, 9 * STEP) } };
    driver.run_to(120);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "-0-h-");
    driver.submit(stranger(10));
    driver.submit(request(9, 500));
    assert_eq!(places(&driver, 6..7), "w");
    driver.run_to(130);
    driver.settle();
    assert_eq!(places(&driver, 6..7), "0");
}

/// Two slots of the tier are asked for, and one is free: nobody passes by.
#[test]
fn whoever_no_tier_takes_stops_those_behind_it() {
    let terms = triggered(Triggers { tier_freed: true, ..Triggers::default() });
    let mut driver = Driver::new(vec![home(2, 1, Some(2), ladder(1, terms)), shop(2, 3)]);
    let of = |slots, work| Submission { slots, ..request(9, work) };
    driver.submit(of(2, 100));
    driver.submit(of(2, 50));
    driver.submit(of(1, 50));
    driver.submit(of(1, 10)); // the room is full: it bursts
    driver.submit(of(1, 20));
    assert_eq!(places(&driver, 0..5), "hww00");
    driver.run_to(10);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "hww-0");
    driver.run_to(20);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "h0w--");
}

/// The first tier is a market, in which somebody bids more after 4 ticks.
#[test]
fn a_burst_that_is_revoked_goes_on_in_the_next_tier_or_as_its_pool_says() {
    let market = PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 1) };
    for (when_revoked, second, place) in
        [(WhenRevoked::NextTier, 5, "1"), (WhenRevoked::NextTier, 10, "w"), (WhenRevoked::AsInterrupted, 5, "w")]
    {
        let burst = ladder(2, BurstTerms { when_revoked, ..BurstTerms::default() });
        let mut driver = Driver::new(vec![home(1, 1, Some(1), burst), market.clone(), shop(9, second)]);
        let (at_home, waiting) = (driver.submit(request(9, 4)), driver.submit(request(9, 2)));
        driver.submit(request(9, 20));
        assert_eq!((places(&driver, 0..3).as_str(), at_home, waiting), ("hw0", 0, 1));
        driver.run_to(4);
        driver.submit(Submission { payer: STRANGER, ..ask(1, 10 * STEP) });
        assert_eq!(places(&driver, 2..3), place);
        driver.run_to(100);
        let ran = if place == "1" { (Some(1), 4, 20, 80) } else { (None, 6, 22, 16) };
        assert_eq!(stretches(&driver, 2)[1..], [ran], "what was left went on");
    }
}

/// A slot of the first tier is free again when the second is lost: the next tier is not that one.
#[test]
fn the_next_tier_stands_after_the_one_that_was_lost() {
    let market = PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 1) };
    for (when_revoked, interrupted, place) in [
        (WhenRevoked::NextTier, Interrupted::Lost, "-"),
        (WhenRevoked::AsInterrupted, Interrupted::Burst, "0"),
        (WhenRevoked::NextTier, Interrupted::Burst, "0"),
    ] {
        let burst = ladder(2, BurstTerms { when_revoked, ..BurstTerms::default() });
        let pool = PoolRules { interrupted: Some(interrupted), ..home(0, 1, None, burst) };
        let mut driver = Driver::new(vec![pool, shop(1, 3), market.clone()]);
        driver.submit(request(9, 3));
        driver.submit(request(9, 20));
        assert_eq!(places(&driver, 0..2), "01");
        driver.run_to(4);
        driver.submit(Submission { payer: STRANGER, ..ask(2, 10 * STEP) });
        assert_eq!(places(&driver, 1..2), place);
    }
}

fn giving_back() -> BurstTerms {
    BurstTerms { give_back: GiveBack::WhenFree, ..BurstTerms::default() }
}

#[test]
fn a_burst_moves_home_when_a_slot_is_free_that_nobody_waits_for() {
    let mut driver = Driver::new(vec![home(1, 1, Some(1), ladder(1, giving_back())), shop(9, 3)]);
    driver.submit(request(9, 10));
    driver.submit(request(9, 10)); // waits
    driver.submit(request(2, 100));
    driver.submit(request(5, 100));
    driver.submit(request(5, 100));
    assert_eq!(places(&driver, 0..5), "hw000");
    driver.run_to(10);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "-h000", "first who waits");
    driver.run_to(20);
    driver.settle();
    assert_eq!(places(&driver, 0..5), "--0h0", "then the highest bid, and the earlier of two");
    assert_eq!(due(&driver, 3), 100);
    driver.run_to(300);
    // To the instant in the tier, at 3, and the rest at home, at 1; then the next one moves for the rest.
    assert_eq!(stretches(&driver, 3), [(Some(0), 0, 20, 60), (None, 20, 100, 80)]);
    assert_eq!(stretches(&driver, 4), [(Some(0), 0, 100, 300)]);
    assert!((2..5).all(|number| driver.seen(number).interruptions.is_empty()));
}

/// A pool bids less for its supply than its members for their bursts, in one market of two slots. As soon as the higher bid
/// moves home, the lower takes both slots, and home is gone; then the higher bursts again, which leaves a slot to the supply.
/// (Somebody has to wait all the time for the tiers to be tried again: whoever bids below the minimum.)
#[test]
fn nobody_moves_home_twice_at_one_instant() {
    let triggers = Triggers { tier_freed: true, ..Triggers::default() };
    let burst = BurstRules { max_price: MaxPrice::Bid, ..ladder(1, BurstTerms { triggers, ..giving_back() }) };
    let line = SupplyLine { from: PoolId(1), slots: 1, bid: price(STEP), purchase: None };
    let room = || Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
    let market =
        |owner, slots| PoolRules { waiting: room(), interrupted: Some(Interrupted::Resume), ..spot(owner, slots) };
    let tenant = PoolRules { supply: vec![line], burst: Some(burst), ..market(CUSTOMER, 0) };
    let tenant = PoolRules { minimum: price(2 * STEP), below_minimum: BelowMinimum::Waits, ..tenant };
    let mut driver = Driver::new(vec![tenant, market(PROVIDER, 2)]);
    driver.submit(request(0, 10));
    let low = driver.submit(Submission { slots: 2, ..request(2, 10) });
    driver.submit(Submission { pool: PoolId(1), ..request(9, 5) });
    let high = driver.submit(request(3, 10));
    assert_eq!((places(&driver, low..high + 1).as_str(), driver.level(0).capacity), ("whh", Some(1)));
    driver.run_to(5);
    driver.finish_instant();
    assert_eq!((places(&driver, low..high + 1).as_str(), driver.level(0).capacity), ("w-0", Some(1)));
    let tiers = |number| stretches(&driver, number).iter().map(|(tier, ..)| *tier).collect::<Vec<_>>();
    assert_eq!(tiers(high), [None, Some(0), None], "home, there and back; and now it stays where it is");
    assert_eq!(tiers(low), [Some(0); 3]);
    driver.run_to(40);
    assert_eq!(places(&driver, low..high + 1), "---");
}

#[test]
fn work_left_goes_on_at_the_speed_of_the_pool() {
    let speed = Speed::from_parts(2_000_000).expect("above zero");
    let fast = PoolRules { speed, ..shop(9, 3) };
    let mut driver = Driver::new(vec![home(1, 1, None, ladder(1, giving_back())), fast]);
    driver.submit(request(9, 10));
    driver.submit(request(9, 100));
    assert_eq!(due(&driver, 1), 50);
    driver.run_to(10);
    driver.settle();
    // Twenty ticks of work are done in ten.
    assert_eq!((places(&driver, 1..2).as_str(), due(&driver, 1)), ("h", 90));
}

#[test]
fn nobody_moves_home_who_would_not_be_served_there() {
    let cap = FairnessRules {
        member_cap: Some(1),
        department_cap: None,
        order: FairOrder::Arrival,
        credits: None,
        departments: Vec::new().into(),
        weights: Arc::default(),
    };
    let pool = PoolRules { fairness: Some(cap), ..home(2, 1, None, ladder(1, giving_back())) };
    let mut driver = Driver::new(vec![pool, shop(9, 3)]);
    driver.submit(request(9, 100));
    let other = |work| Submission { payer: STRANGER, ..request(9, work) };
    driver.submit(other(10));
    driver.submit(request(9, 100)); // over its cap for now: it bursts
    assert_eq!(places(&driver, 0..3), "hh0");
    driver.run_to(10);
    driver.settle();
    assert_eq!(places(&driver, 0..3), "h-0", "a free slot, and its member holds one already");
    driver.run_to(11);
    driver.release(0);
    driver.settle();
    assert_eq!(places(&driver, 0..3), "--h");
}

#[test]
fn a_bid_below_the_minimum_stays_away_and_comes_when_it_falls() {
    let pool = PoolRules { minimum: price(2 * STEP), ..home(1, 1, None, ladder(1, giving_back())) };
    let mut driver = Driver::new(vec![pool, shop(9, 3)]);
    driver.submit(request(9, 10));
    driver.submit(request(3, 100));
    driver.run_to(5);
    driver.set_minimum(0, 4 * STEP);
    driver.run_to(20);
    driver.settle();
    assert_eq!(places(&driver, 0..2), "-0");
    driver.run_to(30);
    driver.set_minimum(0, 3 * STEP);
    driver.settle();
    assert_eq!(places(&driver, 0..2), "-h");
}

#[test]
fn what_was_prepaid_is_not_paid_back() {
    let burst = with_budget(ladder(1, giving_back()), Charging::Prepaid, 1_000);
    let mut driver = Driver::new(vec![home(1, 1, None, burst), shop(9, 3)]);
    driver.submit(request(9, 10));
    driver.submit(request(9, 100));
    driver.run_to(200);
    assert_eq!(stretches(&driver, 1), [(Some(0), 0, 10, 0), (None, 10, 100, 90)]);
    assert_eq!(driver.balance(PROVIDER).units(), 300);
    assert_eq!(driver.balance(MEMBER).units(), -100);
}

/// A burst of ten ticks at 3 with a fee of half of it and a flat fee of 7: 30 + 15 + 7.
#[test]
fn a_member_pays_what_the_policy_says() {
    #[rustfmt::skip]
    let cases = [
        // who pays                                   member, owner, provider
        (Pays::Owner,                                 [0, -52, 52]),
        (Pays::Member(Share::from_parts(1_000_000)),  [-52, 0, 52]),
        (Pays::Member(Share::from_parts(400_000)),    [-(12 + 6 + 3), -52 + 21, 52]), // 2.8 of the flat fee
        (Pays::Member(Share::ZERO),                   [0, -52, 52]),
        (Pays::MemberPoolPrice,                       [-20, -32, 52]),
    ];
    for charging in [None, Some(Charging::Metered), Some(Charging::Prepaid)] {
        for (pays, [member, owner, provider]) in cases {
            let burst = ladder(1, BurstTerms { pays, ..BurstTerms::default() });
            let burst = BurstRules { fee: Share::from_parts(500_000), flat_fee: Money::from_units(7), ..burst };
            let burst = match charging {
                Some(charging) => with_budget(burst, charging, 1_000),
                None => burst,
            };
            let mut driver = Driver::new(vec![home(0, 2, None, burst), shop(9, 3)]);
            driver.submit(request(9, 10));
            driver.run_to(20);
            let found = [MEMBER, CUSTOMER, PROVIDER].map(|party| driver.balance(party).units());
            assert_eq!(found, [member, owner, provider], "{pays:?}, {charging:?}");
            let posted: i128 = driver
                .log
                .bills
                .iter()
                .filter(|(_, bill)| bill.kind == BillingKind::Recharge)
                .map(|(_, bill)| bill.amount.units())
                .sum();
            assert_eq!(posted, -member);
        }
    }
}

/// The price of the pool rises from 1 to 2 at tick 4: 4 + 12 for ten ticks of two slots are twice that.
#[test]
fn the_price_of_the_pool_is_paid_as_it_was_all_the_time() {
    let pays = BurstTerms { pays: Pays::MemberPoolPrice, ..BurstTerms::default() };
    for reset in [false, true] {
        let burst = with_budget(ladder(1, pays.clone()), Charging::Metered, 1_000);
        let mut driver = Driver::new(vec![home(1, 1, None, burst), shop(9, 3)]);
        driver.submit(Submission { slots: 2, ..request(9, 10) });
        driver.run_to(4);
        driver.set_minimum(0, 2 * STEP);
        driver.run_to(6);
        if reset {
            driver.reset_budget(0);
        }
        driver.run_to(20);
        assert_eq!(driver.balance(MEMBER).units(), -2 * (4 + 2 * 6));
        assert_eq!(driver.balance(PROVIDER).units(), 60);
    }
}

/// Units of ten ticks at 3 steps: 30 each, and a fifth of that as a fee.
#[test]
fn a_metered_budget_takes_units_of_time_whole_or_not_at_all() {
    #[rustfmt::skip]
    let cases = [
        // budget   units that are paid
        (35,        0),
        (36,        1),
        (71,        1),
        (72,        2),
        (107,       2),
        (108,       3),
        (1_000,     3), // 25 ticks of work
    ];
    for (amount, units) in cases {
        let burst = BurstRules { fee: Share::from_parts(200_000), ..ladder(1, BurstTerms::default()) };
        let burst = with_budget(burst, Charging::Metered, amount);
        let tier = PoolRules { billing_unit: Some(ticks(10)), ..shop(9, 3) };
        let lost = PoolRules { interrupted: Some(Interrupted::Lost), ..home(0, 1, None, burst) };
        let mut driver = Driver::new(vec![lost, tier]);
        driver.submit(request(9, 25));
        driver.run_to(100);
        let found: Vec<_> = stretches(&driver, 0);
        let expected: &[_] = &[(Some(0), 0, (10 * units).min(25), i128::from(30 * units))];
        assert_eq!(found, if units == 0 { &[] } else { expected }, "{amount}");
        assert_eq!(driver.balance(PROVIDER).units(), i128::from(36 * units));
        if units == 0 {
            assert_eq!(driver.seen(0).fate(), Some(Fate::Refused(Refusal::Budget)));
        } else if units < 3 {
            assert_eq!(driver.seen(0).interruptions, [Cause::Budget]);
        }
    }
}

/// What was paid for is used although the next tick of the other tier would pass the budget.
#[test]
fn a_lease_that_has_paid_for_a_unit_uses_it_up() {
    // 30 for the unit of ten ticks; 24 are left, which last for 8 ticks at 3.
    let burst = with_budget(ladder(2, BurstTerms::default()), Charging::Metered, 54);
    let tier = PoolRules { billing_unit: Some(ticks(10)), ..shop(1, 3) };
    let lost = PoolRules { interrupted: Some(Interrupted::Lost), ..home(0, 1, None, burst) };
    let mut driver = Driver::new(vec![lost, tier, shop(1, 3)]);
    driver.submit(request(9, 100));
    driver.submit(request(9, 100));
    driver.run_to(100);
    assert_eq!(stretches(&driver, 0), [(Some(0), 0, 10, 30)]);
    assert_eq!(stretches(&driver, 1), [(Some(1), 0, 8, 24)]);
}

#[test]
fn a_prepaid_burst_pays_for_whole_units() {
    for (amount, place) in [(89, "-"), (90, "0")] {
        let burst = with_budget(ladder(1, BurstTerms::default()), Charging::Prepaid, amount);
        let tier = PoolRules { billing_unit: Some(ticks(10)), ..shop(9, 3) };
        let mut driver = Driver::new(vec![home(0, 1, None, burst), tier]);
        driver.submit(request(9, 25));
        assert_eq!(places(&driver, 0..1), place);
        driver.run_to(100);
        assert_eq!(driver.balance(PROVIDER).units(), if place == "0" { 90 } else { 0 });
    }
}

/// A unit belongs to the period in which it begins.
#[test]
fn a_period_that_ends_within_a_unit_has_paid_for_all_of_it() {
    let burst = with_budget(ladder(1, BurstTerms::default()), Charging::Metered, 30);
    let tier = PoolRules { billing_unit: Some(ticks(10)), ..shop(9, 3) };
    let lost = PoolRules { interrupted: Some(Interrupted::Lost), ..home(0, 1, None, burst) };
    let mut driver = Driver::new(vec![lost, tier]);
    driver.submit(request(9, 100));
    driver.run_to(5);
    driver.reset_budget(0);
    driver.run_to(100);
    assert_eq!(stretches(&driver, 0), [(Some(0), 0, 5, 30), (Some(0), 5, 20, 30)]);
    assert_eq!(tier_of(&driver, 0), None);
}

#[test]
fn a_burst_outlasts_its_own_minimum_and_a_higher_posted_price_unless_its_policy_says_otherwise() {
    let ends = BurstTerms { end_below_minimum: true, ..BurstTerms::default() };
    let judged = BurstTerms { judged_throughout: true, ..BurstTerms::default() };
    #[rustfmt::skip]
    let cases = [
        // terms                  minimum  posted  where bids of 5 and 7 are then
        (BurstTerms::default(),   6,       9,      "00"),
        (ends.clone(),            5,       9,      "00"),
        (ends,                    6,       9,      "-0"),
        (judged.clone(),          6,       8,      "00"),
        (judged,                  6,       9,      "--"),
    ];
    for (terms, minimum, posted, expected) in cases {
        for interrupted in [Interrupted::Resume, Interrupted::Burst] {
            let burst = BurstRules {
                tiers: vec![PoolId(1)],
                max_price: MaxPrice::Constant(price(8 * STEP)),
                fee: Share::ZERO,
                flat_fee: Money::ZERO,
                budget: None,
                terms: terms.clone(),
            };
            let home = PoolRules { interrupted: Some(interrupted), ..home(0, 1, None, burst) };
            let mut driver = Driver::new(vec![home, shop(5, 3)]);
            driver.submit(request(5, 100));
            driver.submit(request(7, 100));
            assert_eq!(places(&driver, 0..2), "00");
            driver.run_to(10);
            driver.set_minimum(0, minimum * STEP);
            driver.operate(0, 1, Change::PostedPrice(price(posted * STEP))).expect("anybody may");
            assert_eq!(places(&driver, 0..2), expected, "{terms:?} {minimum} {posted} {interrupted:?}");
            // What went has paid for 10 ticks at 3, the rest as the price was.
            driver.run_to(20);
            driver.close();
        }
    }
}

//! The burst ladder and the budget.

use std::sync::Arc;

use overspill::market::{
    BillingKind, BudgetRules, BurstRules, BurstTerms, Cause, Charging, Fate, FormulaRules, GivenRules, Held,
    Interrupted, InterruptionRules, MaxPrice, PoolId, PoolRules, Pricing, Refusal, Slots, Submission, Variables,
    WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, Speed, TICKS_PER_HOUR};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::formula::Rule;
use crate::recorder::Doing;

const HOUR: i128 = TICKS_PER_HOUR as i128;
const WHOLE: i128 = 1_000_000;
const HOME: PoolId = PoolId(0);

fn money(units: i128) -> Money {
    Money::from_units(units)
}

fn ladder(tiers: &[u32], max_price: i64, fee: u32) -> BurstRules {
    BurstRules {
        tiers: tiers.iter().copied().map(PoolId).collect(),
        max_price: MaxPrice::Constant(price(max_price)),
        fee: Share::from_parts(fee),
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    }
}

fn with_budget(burst: BurstRules, charging: Charging, amount: i128) -> BurstRules {
    let budget = BudgetRules { amount: money(amount), period: None, charging };
    BurstRules { budget: Some(budget), ..burst }
}

/// The customer's pool: so many slots for nothing, whoever is interrupted is lost.
fn home(slots: u32, burst: BurstRules) -> PoolRules {
    let pool = PoolRules::posted(CUSTOMER, Slots::Count(slots), price(0));
    PoolRules { interrupted: Some(Interrupted::Lost), burst: Some(burst), ..pool }
}

fn on_demand(slots: u32, unit: i64) -> PoolRules {
    PoolRules { interrupted: Some(Interrupted::Lost), ..PoolRules::posted(PROVIDER, Slots::Count(slots), price(unit)) }
}

fn spot_tier(slots: u32, minimum: i64) -> PoolRules {
    PoolRules { minimum: price(minimum), interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, slots) }
}

fn given_tier(start: i64) -> PoolRules {
    let rules = GivenRules { start: price(start), highest: Price::MAX };
    PoolRules { slots: Slots::Unlimited, pricing: Pricing::Given(rules), ..on_demand(0, 0) }
}

fn hours(hours: i64) -> SimDuration {
    SimDuration::from_hours(hours)
}

fn tier_of(driver: &Driver, number: u64) -> Option<u8> {
    if let Doing::Running { tier, .. } = driver.doing(number) { tier } else { None }
}

/// The nearest integer to `exact / unit`, ties to the even one.
fn rounded(exact: i128, unit: i128) -> i128 {
    let below = exact.div_euclid(unit);
    let rest = exact - below * unit;
    match (2 * rest).cmp(&unit) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => below + 1,
        std::cmp::Ordering::Equal => below + below.rem_euclid(2),
    }
}

/// Charge and fee of so many accrual units, each rounded by itself.
fn billed(charge: i128, fee: u32) -> i128 {
    rounded(charge, HOUR) + rounded(charge * i128::from(fee), HOUR * WHOLE)
}

/// What open leases would be billed if they ended where they were cut.
fn billed_if_ended(open: &[Held]) -> i128 {
    open.iter().map(|held| rounded(held.charge.units(), HOUR) + rounded(held.fee, HOUR * WHOLE)).sum()
}

/// What the home pool's bursts were billed in the records from the one to the other.
fn billed_between(driver: &Driver, from: usize, to: usize) -> i128 {
    let bills = driver.log.bills[from..to].iter().map(|(_, bill)| bill);
    bills.filter(|bill| bill.home == HOME && bill.tier.is_some()).map(|bill| bill.amount.units()).sum()
}

fn spent(driver: &Driver) -> i128 {
    billed_between(driver, 0, driver.log.bills.len())
}

#[test]
fn the_pool_decides_first_and_the_tiers_follow_in_their_order() {
    let own = PoolRules::posted(CUSTOMER, Slots::Count(1), price(0));
    let pools = vec![home(1, ladder(&[3, 1, 2], 100, 0)), own, spot_tier(1, 10), on_demand(1, 50)];
    let mut driver = Driver::new(pools);
    let numbers: Vec<u64> = (0..5).map(|_| driver.submit(ask(0, 0))).collect();
    let tiers: Vec<Option<u8>> = numbers.iter().map(|number| tier_of(&driver, *number)).collect();
    assert_eq!(tiers, [None, Some(0), Some(1), Some(2), None]);
    assert_eq!(driver.seen(4).fate(), Some(Fate::Refused(Refusal::Capacity)));
    // Who started in a tier stays there when a slot of the pool frees; the next arrival takes that one.
    driver.run_to(1);
    driver.release(0);
    let next = driver.submit(ask(0, 0));
    assert_eq!(tier_of(&driver, 1), Some(0));
    assert!(driver.seen(next).is_running() && tier_of(&driver, next).is_none());
}

#[test]
fn a_tier_is_allowed_up_to_the_maximum_price_with_the_fee_on_top() {
    #[rustfmt::skip]
    let cases = [
        // unit price   fee parts   maximum   owner      allowed
        (100,           50_000,     105,      PROVIDER,  true),
        (100,           50_000,     104,      PROVIDER,  false),
        (101,           50_000,     106,      PROVIDER,  false), // 106.05
        (101,           50_000,     107,      PROVIDER,  true),
        (100,           0,          100,      PROVIDER,  true),
        (101,           0,          100,      PROVIDER,  false),
        (105,           50_000,     105,      CUSTOMER,  true),  // no fee on slots of one's own
        (106,           50_000,     105,      CUSTOMER,  false),
        (0,             50_000,     0,        PROVIDER,  true),
    ];
    for (unit, fee, maximum, owner, allowed) in cases {
        let tier = PoolRules { owner, ..on_demand(1, unit) };
        let mut driver = Driver::new(vec![home(0, ladder(&[1], maximum, fee)), tier]);
        let number = driver.submit(ask(0, 0));
        assert_eq!(driver.seen(number).is_running(), allowed, "{unit} + {fee} parts within {maximum}");
        if !allowed {
            assert_eq!(driver.seen(number).fate(), Some(Fate::Refused(Refusal::Capacity)));
        }
    }
}

#[test]
fn a_burst_bids_the_maximum_price_before_the_fee() {
    #[rustfmt::skip]
    let cases = [
        // maximum   fee parts   owner      bid
        (107,        50_000,     PROVIDER,  101), // 101.9
        (105,        50_000,     PROVIDER,  100),
        (104,        50_000,     PROVIDER,  99),  // 99.05
        (104,        0,          PROVIDER,  104),
        (107,        50_000,     CUSTOMER,  107),
    ];
    for (maximum, fee, owner, bid) in cases {
        let tier = PoolRules { owner, ..spot_tier(1, 10) };
        let mut driver = Driver::new(vec![home(0, ladder(&[1], maximum, fee)), tier]);
        let number = driver.submit(ask(0, 0));
        // The only slot is taken: the lowest accepted bid is the price, to whoever asks next and is outbid.
        assert_eq!((tier_of(&driver, number), driver.price(1)), (Some(0), bid));
        let tied = driver.submit(Submission { payer: STRANGER, ..ask(1, bid) });
        assert_eq!(driver.seen(tied).fate(), Some(Fate::Refused(Refusal::Outbid)));
        let higher = driver.submit(Submission { payer: STRANGER, ..ask(1, bid + 1) });
        assert!(driver.seen(higher).is_running());
        assert_eq!(driver.seen(number).interruptions, [Cause::Outbid]);
    }
}

#[test]
fn a_bid_below_the_minimum_of_a_spot_tier_is_not_allowed() {
    for (minimum, allowed) in [(100, true), (101, false)] {
        let mut driver = Driver::new(vec![home(0, ladder(&[1], 105, 50_000)), spot_tier(1, minimum)]);
        let number = driver.submit(ask(0, 0));
        assert_eq!(driver.seen(number).is_running(), allowed);
    }
}

/// The price stands at 40 and rises by 30 with every slot held, every 10 ticks.
#[test]
fn a_burst_into_a_tier_with_a_formula_pays_its_price_until_that_passes_the_bid() {
    let rise: fn(&Variables) -> _ = |variables| Ok(40 + 30 * variables.occupied);
    let rules = FormulaRules { price: Arc::new(Rule(rise)), rank: None, every: ticks(10), cap: None };
    let tier = PoolRules { pricing: Pricing::Formula(rules), ..on_demand(9, 0) };
    // 105 with a fee of 5 %: a bid of 100.
    let mut driver = Driver::new(vec![home(0, ladder(&[1], 105, 50_000)), tier]);
    let numbers = [0, 15, 25].map(|time| {
        driver.run_to(time);
        driver.submit(ask(0, 0))
    });
    driver.run_to(29);
    assert_eq!(driver.running(), numbers);
    driver.run_to(31);
    driver.settle();
    // Of equals the latest arrival goes first.
    let found: Vec<_> = driver.log.held.iter().map(|held| (held.tier, held.charge.units())).collect();
    assert_eq!(found, [(Some(0), 100 * 5), (Some(0), 70 * 5 + 100 * 10), (Some(0), 40 * 10 + 70 * 10 + 100 * 10)]);
    for number in numbers {
        assert_eq!(
            (&driver.seen(number).interruptions[..], driver.seen(number).fate()),
            (&[Cause::Price][..], Some(Fate::Lost))
        );
    }
    let late = driver.submit(ask(0, 0));
    assert_eq!(driver.seen(late).fate(), Some(Fate::Refused(Refusal::Capacity)));
}

#[test]
fn the_speed_of_a_tier_divides_the_duration() {
    #[rustfmt::skip]
    let cases = [
        // speed parts   work       time
        (2_000_000,      7_200,     3_600),
        (500_000,        7_200,     14_400),
        (3_000_000,      10,        3),      // 3.33
        (1_000_000,      7_200,     7_200),
    ];
    for (parts, work, time) in cases {
        let speed = Speed::from_parts(parts).expect("above zero");
        let tier = PoolRules { speed, ..on_demand(1, 50) };
        let mut driver = Driver::new(vec![home(0, ladder(&[1], 100, 0)), tier]);
        let number = driver.submit(Submission { work: ticks(work), ..ask(0, 0) });
        let Doing::Running { due, .. } = driver.doing(number) else { panic!("it bursts") };
        assert_eq!(due, SimTime::from_ticks(time));
        driver.run_to(time + 1);
        assert_eq!(driver.seen(number).charge, i128::from(50 * time));
    }
}

#[test]
fn work_left_after_a_fast_tier_is_what_the_tier_did_not_do() {
    let speed = Speed::from_parts(2_000_000).expect("above zero");
    let resuming = PoolRules { interrupted: Some(Interrupted::Burst), ..home(0, ladder(&[1, 2], 100, 0)) };
    let pools = vec![resuming, PoolRules { speed, ..spot_tier(1, 10) }, on_demand(1, 50)];
    let mut driver = Driver::new(pools);
    let number = driver.submit(Submission { work: ticks(1_000), ..ask(0, 0) });
    driver.run_to(300);
    driver.submit(Submission { payer: STRANGER, ..ask(1, 101) });
    assert_eq!(driver.doing(number), Doing::Running { pool: PoolId(2), tier: Some(1), due: SimTime::from_ticks(700) });
}

#[test]
fn the_flat_fee_falls_due_per_burst_and_counts_against_the_budget_only() {
    let own = PoolRules::posted(CUSTOMER, Slots::Count(1), price(0));
    // One unit less than what a third burst into the provider's pool would take.
    for (charging, amount) in [(Charging::Prepaid, 3 * (70 + 50) - 1), (Charging::Metered, 3 * 70 - 1)] {
        let burst = BurstRules { flat_fee: money(70), ..ladder(&[1, 2], 50, 0) };
        let mut driver =
            Driver::new(vec![home(0, with_budget(burst, charging, amount)), own.clone(), on_demand(9, 50)]);
        let numbers: Vec<u64> = (0..4).map(|_| driver.submit(Submission { work: hours(1), ..ask(0, 0) })).collect();
        let tiers: Vec<Option<u8>> = numbers.iter().map(|number| tier_of(&driver, *number)).collect();
        assert_eq!(tiers, [Some(0), Some(1), Some(1), None]);
        assert_eq!(driver.seen(3).fate(), Some(Fate::Refused(Refusal::Budget)));
        let flat = driver.log.bills.iter().filter(|(_, bill)| bill.kind == BillingKind::FlatFee);
        assert_eq!(flat.map(|(_, bill)| bill.amount.units()).collect::<Vec<_>>(), [70, 70]);
    }
}

#[test]
fn a_prepaid_burst_may_reach_the_budget_and_not_pass_it() {
    // Ten hours at 100 and 5 % on top: 1050.
    #[rustfmt::skip]
    let cases = [
        // budget   bursts that start
        (1_049,     0),
        (1_050,     1),
        (2_099,     1),
        (2_100,     2),
        (0,         0),
    ];
    for (amount, started) in cases {
        let burst = with_budget(ladder(&[1], 105, 50_000), Charging::Prepaid, amount);
        let mut driver = Driver::new(vec![home(0, burst), on_demand(9, 100)]);
        let burst = Submission { work: hours(10), ..ask(0, 0) };
        for number in 0..3 {
            driver.submit(burst.clone());
            let refused = Some(Fate::Refused(Refusal::Budget));
            assert_eq!(driver.seen(number).fate(), if number < started { None } else { refused });
        }
        assert_eq!(spent(&driver), 1_050 * i128::from(started));
        // There is no refund for who ends early.
        driver.run_to(5);
        for number in 0..started {
            driver.release(number);
        }
        let late = driver.submit(burst.clone());
        assert_eq!(driver.seen(late).fate(), Some(Fate::Refused(Refusal::Budget)));
    }
}

#[test]
fn a_prepaid_burst_belongs_to_the_period_of_its_start() {
    let burst = with_budget(ladder(&[1], 105, 50_000), Charging::Prepaid, 1_050);
    let mut driver = Driver::new(vec![home(0, burst), on_demand(9, 100)]);
    let burst = Submission { work: hours(10), ..ask(0, 0) };
    for period in 0..3 {
        driver.run_to(period * TICKS_PER_HOUR);
        driver.reset_budget(0);
        let (taken, refused) = (driver.submit(burst.clone()), driver.submit(burst.clone()));
        assert!(driver.seen(taken).is_running());
        assert_eq!(driver.seen(refused).fate(), Some(Fate::Refused(Refusal::Budget)));
    }
    driver.run_to(100 * TICKS_PER_HOUR);
    assert_eq!((spent(&driver), driver.balance(CUSTOMER).units()), (3 * 1_050, -3 * 1_050));
    assert!(driver.log.held.iter().all(|held| held.charge.units() == 0), "what was prepaid owes nothing more");
}

/// The only slot of a spot tier is sold at the bid of who takes it: that is the price in force when the lease starts.
#[test]
fn a_prepaid_burst_into_a_spot_tier_pays_the_price_that_it_makes() {
    for (amount, taken) in [(999, false), (1_000, true)] {
        let burst = with_budget(ladder(&[1], 100, 0), Charging::Prepaid, amount);
        let mut driver = Driver::new(vec![home(0, burst), spot_tier(1, 0)]);
        let request = driver.submit(Submission { work: hours(10), ..ask(0, 0) });
        assert_eq!(driver.seen(request).is_running(), taken);
        assert_eq!(spent(&driver), if taken { 1_000 } else { 0 });
    }
}

#[test]
fn a_metered_budget_of_nothing_starts_no_burst_that_costs_something() {
    let burst = with_budget(ladder(&[1], 100, 0), Charging::Metered, 0);
    let mut driver = Driver::new(vec![home(0, burst), on_demand(9, 1)]);
    let request = driver.submit(Submission { work: hours(10), ..ask(0, 0) });
    assert_eq!(driver.seen(request).fate(), Some(Fate::Refused(Refusal::Budget)));
}

/// Own slots at a price of 0 are no matter of the budget: they are there before, and after it is used up.
#[test]
fn a_tier_that_never_charges_is_open_whatever_the_budget() {
    let burst = with_budget(ladder(&[1, 2], 100, 0), Charging::Metered, 1);
    let own = PoolRules::posted(CUSTOMER, Slots::Count(2), price(0));
    let mut driver = Driver::new(vec![home(0, burst), own, on_demand(9, 1)]);
    let ask_for = |time| Submission { work: hours(time), ..ask(0, 0) };
    let (free, also_free, paid) = (driver.submit(ask_for(100)), driver.submit(ask_for(1)), driver.submit(ask_for(100)));
    driver.run_to(20 * TICKS_PER_HOUR);
    assert!(driver.seen(free).is_running() && !driver.seen(paid).is_running(), "the budget ended one of them");
    assert_eq!(driver.seen(also_free).fate(), Some(Fate::Completed));
    let late = driver.submit(ask_for(1));
    assert_eq!(tier_of(&driver, late), Some(0));
}

/// The owner sets a minimum in its own slots while a burst is there: from then on it is a matter of the budget.
#[test]
fn a_tier_that_begins_to_charge_spends_the_budget_like_any_other() {
    let burst = with_budget(ladder(&[1], 100, 0), Charging::Metered, 10);
    let own = PoolRules::posted(CUSTOMER, Slots::Count(1), price(0));
    let own = PoolRules { interrupted: Some(Interrupted::Lost), ..own };
    let mut driver = Driver::new(vec![home(0, burst), own]);
    let request = driver.submit(Submission { work: hours(1_000), ..ask(0, 100) });
    driver.run_to(100 * TICKS_PER_HOUR);
    driver.set_minimum(1, 1);
    driver.run_to(105 * TICKS_PER_HOUR);
    assert!(driver.seen(request).is_running());
    driver.run_to(200 * TICKS_PER_HOUR);
    assert!(!driver.seen(request).is_running(), "ten hours at 1 are the budget");
    assert_eq!(spent(&driver), 10);
}

/// A metered burst lease, priced by hand: the unit price from each instant on.
struct Metered<'a> {
    slots: i64,
    fee: u32,
    start: i64,
    units: &'a [(i64, i64)],
}

impl Metered<'_> {
    fn billed_at(&self, tick: i64) -> i128 {
        let ends = self.units.iter().skip(1).map(|(from, _)| *from).chain([i64::MAX]);
        let charge: i128 = self
            .units
            .iter()
            .zip(ends)
            .map(|((from, unit), end)| {
                let ticks = (tick.min(end) - self.start.max(*from)).max(0);
                i128::from(ticks) * i128::from(*unit) * i128::from(self.slots)
            })
            .sum();
        billed(charge, self.fee)
    }
}

/// The one instant at which bursts of the home pool were ended for the budget.
fn budget_end(driver: &Driver) -> i64 {
    let watch = driver.watches.iter().find(|watch| watch.has_ended_all()).expect("the budget ends");
    assert!(driver.log.held.iter().all(|held| held.tier.is_none() || held.to <= watch.at));
    watch.at.ticks()
}

/// Tick by tick: within the budget up to `end`, beyond it after.
fn assert_last_tick(end: i64, amount: i128, leases: &[Metered<'_>]) {
    for tick in end - 1_000..=end + 1_000 {
        let owed: i128 = leases.iter().map(|lease| lease.billed_at(tick)).sum();
        assert_eq!(owed <= amount, tick <= end, "tick {tick}, end {end}: {owed} of {amount}");
    }
}

/// Budget, fee, unit price; start and slots of each burst.
type MeteredCase = (i128, u32, i64, &'static [(i64, u32)]);

#[test]
fn metered_bursts_end_together_at_the_last_tick_within_the_budget() {
    #[rustfmt::skip]
    let cases: [MeteredCase; 7] = [
        // budget       fee       unit price       (start, slots) of each burst
        (1,             0,        1,               &[(0, 1)]),
        (1_000,         0,        3_600_000_000,   &[(0, 1)]),
        (1_000_003,     37_519,   1_234_567_891,   &[(0, 1), (17, 3), (500, 2)]),
        (7,             50_000,   999_999_937,     &[(0, 1), (1, 1), (2, 1), (3, 1)]),
        (1_000_000_007, 999_999,  7,               &[(0, 4), (3_600_000_001, 1)]),
        (12_345,        1,        86_028_121,      &[(0, 2), (5, 2), (9, 2), (11, 1), (40_000, 4)]),
        (2_147_483_647, 250_000,  49_979_687,      &[(3, 1), (3, 1), (3, 1), (3, 1), (3, 1)]),
    ];
    for (amount, fee, unit, bursts) in cases {
        let burst = with_budget(ladder(&[1], i64::MAX / 4, fee), Charging::Metered, amount);
        let mut driver = Driver::new(vec![home(0, burst), on_demand(99, unit)]);
        for (start, slots) in bursts {
            driver.run_to(*start);
            let number = driver.submit(Submission { slots: *slots, work: SimDuration::ENDLESS, ..ask(0, 0) });
            assert!(driver.seen(number).is_running());
        }
        driver.run_to(i64::MAX / 2);
        let units = [(0, unit)];
        let lease = |&(start, slots): &(i64, u32)| Metered { slots: slots.into(), fee, start, units: &units };
        let leases: Vec<Metered<'_>> = bursts.iter().map(lease).collect();
        let end = budget_end(&driver);
        assert_last_tick(end, amount, &leases);
        assert_eq!(spent(&driver), leases.iter().map(|lease| lease.billed_at(end)).sum::<i128>());
        assert!(driver.log.seen.values().all(|seen| seen.interruptions == [Cause::Budget]));
        assert!(driver.log.seen.values().all(|seen| seen.fate() == Some(Fate::Lost)));
    }
}

#[test]
fn a_metered_budget_follows_the_price_of_a_spot_tier() {
    let (amount, fee) = (900_000, 30_001);
    let pools = |amount| {
        let burst = with_budget(ladder(&[1, 2], 900_000_007, fee), Charging::Metered, amount);
        vec![home(0, burst), spot_tier(3, 100_000_007), on_demand(9, 700_000_001)]
    };
    let stranger = |bid| Submission { payer: STRANGER, ..ask(1, bid) };
    let mut driver = Driver::new(pools(amount));
    let work = SimDuration::ENDLESS;
    driver.submit(Submission { work, slots: 2, ..ask(0, 0) }); // tier 0, at the minimum
    driver.run_to(1_000);
    driver.submit(stranger(300_000_011)); // the spot tier is full: its bid is the price
    driver.run_to(2_000);
    driver.submit(Submission { work, ..ask(0, 0) }); // tier 0: displaces the stranger at its bid before the fee
    let bid = 873_785_566; // 900,000,007 / 1.030001
    assert_eq!(driver.price(1), bid);
    driver.submit(Submission { work, slots: 3, ..ask(0, 0) }); // tier 1
    driver.run_to(500_000);
    driver.release(2); // two slots left to the first: the minimum again
    driver.settle();
    assert_eq!(driver.price(1), 100_000_007);
    driver.run_to(600_000);
    driver.set_minimum(1, 200_000_003);
    driver.run_to(i64::MAX / 2);
    let first = [(0, 100_000_007), (1_000, 300_000_011), (2_000, bid), (500_000, 100_000_007), (600_000, 200_000_003)];
    let second = [(2_000, bid), (500_000, 0)];
    let leases = [
        Metered { slots: 2, fee, start: 0, units: &first },
        Metered { slots: 1, fee, start: 2_000, units: &second },
        Metered { slots: 3, fee, start: 2_000, units: &[(2_000, 700_000_001)] },
    ];
    assert_last_tick(budget_end(&driver), amount, &leases);
}

#[test]
fn a_budget_period_that_ends_at_the_last_tick_ends_no_burst() {
    // Whatever is metered is billed to the period that ends, the jobs stay, and the next period starts from nothing.
    let burst = with_budget(ladder(&[1], 100, 0), Charging::Metered, 100);
    let mut driver = Driver::new(vec![home(0, burst), on_demand(1, 100)]);
    driver.submit(Submission { work: SimDuration::ENDLESS, ..ask(0, 0) });
    // Half a unit beyond the hour is the last that rounds down to the budget.
    let last = TICKS_PER_HOUR + TICKS_PER_HOUR / 200;
    driver.run_to(last);
    driver.reset_budget(0);
    driver.settle();
    assert!(driver.seen(0).is_running());
    assert_eq!(spent(&driver), 100);
    driver.run_to(10 * TICKS_PER_HOUR);
    assert_eq!(budget_end(&driver), 2 * last);
    assert_eq!(spent(&driver), 200);
}

#[test]
fn a_metered_budget_that_has_ended_its_bursts_takes_no_more_until_the_next_period() {
    let burst = with_budget(ladder(&[1], 100, 0), Charging::Metered, 100);
    let mut driver = Driver::new(vec![home(0, burst), on_demand(9, 100)]);
    for period in 0..3 {
        let (taken, other) = (driver.submit(ask(0, 0)), driver.submit(ask(0, 0)));
        assert!(driver.seen(taken).is_running() && driver.seen(other).is_running());
        driver.run_to((2 * period + 1) * TICKS_PER_HOUR);
        assert_eq!(driver.seen(taken).interruptions, [Cause::Budget]);
        let late = driver.submit(ask(0, 0));
        assert_eq!((driver.seen(late).fate(), driver.seen(late).leases), (Some(Fate::Refused(Refusal::Budget)), 0));
        driver.run_to((2 * period + 2) * TICKS_PER_HOUR);
        driver.reset_budget(0);
    }
}

#[test]
fn whoever_is_ended_for_the_budget_does_not_burst_again_at_that_instant() {
    for interrupted in [Interrupted::Burst, Interrupted::Resume] {
        let room = WaitingRoom { capacity: Some(1), order: WaitingOrder::ByMethod };
        let burst = with_budget(ladder(&[1], 100, 0), Charging::Metered, 100);
        let pool = PoolRules { interrupted: Some(interrupted), waiting: Some(room), ..home(1, burst) };
        let mut driver = Driver::new(vec![pool, on_demand(9, 100)]);
        driver.submit(Submission { work: SimDuration::ENDLESS, ..ask(0, 0) });
        driver.submit(ask(0, 0));
        let numbers: Vec<u64> = (0..3).map(|_| driver.submit(ask(0, 0))).collect();
        assert_eq!(numbers.iter().filter(|number| tier_of(&driver, **number) == Some(0)).count(), 3);
        driver.run_to(10 * TICKS_PER_HOUR);
        assert_eq!(driver.watches.iter().filter(|watch| watch.has_ended_all()).count(), 1);
        assert_eq!(driver.waiting(), [1], "the room was full before");
        assert!(numbers.iter().all(|number| driver.seen(*number).leases == 1));
        assert!(numbers.iter().all(|number| driver.seen(*number).fate() == Some(Fate::Lost)));
    }
}

/// A world for the budget at random: the home pool, slots of its own, an on-demand, a spot and a given-price tier.
#[derive(Clone, Debug)]
struct World {
    charging: Charging,
    amount: i128,
    fee: u32,
    flat: i128,
    own_price: i64,
    tiers: Vec<u32>,
    interrupted: Interrupted,
    room: Option<u32>,
    speed: u32,
    /// Notice and guaranteed run in the markets, in seconds.
    holds_on: (i64, i64),
}

#[derive(Clone, Debug)]
enum Step {
    Ask { slots: u32, seconds: i64 },
    Stranger { slots: u32, bid: i64 },
    Release(usize),
    Minimum(i64),
    Price(i64),
    Reset,
}

/// One level of prices: an hour of a slot is about a thousand units.
const STEP: i64 = 1_000_000_007;

fn world() -> impl Strategy<Value = World> {
    let tiers =
        Just(vec![1, 2, 3, 4]).prop_shuffle().prop_flat_map(|all| (1..=4usize).prop_map(move |n| all[..n].to_vec()));
    let charging = prop_oneof![1 => Just(Charging::Prepaid), 3 => Just(Charging::Metered)];
    let interrupted = prop_oneof![
        Just(Interrupted::Lost),
        Just(Interrupted::Resume),
        Just(Interrupted::Restart),
        Just(Interrupted::Burst)
    ];
    let flat = prop_oneof![Just(0i128), 1i128..50_000_000];
    let own_price = prop_oneof![Just(0), Just(STEP)];
    let speed = prop_oneof![Just(1_000_000u32), Just(1_500_000)];
    let money = (0i128..1_000_000_000, prop_oneof![Just(0u32), 1u32..400_000], flat, own_price);
    let seldom = || prop_oneof![2 => Just(0), 1 => 1i64..600];
    let rest = (tiers, interrupted, prop::option::of(0u32..3), speed, (seldom(), seldom()));
    (charging, money, rest).prop_map(
        |(charging, (amount, fee, flat, own_price), (tiers, interrupted, room, speed, holds_on))| World {
            charging,
            amount,
            fee,
            flat,
            own_price,
            tiers,
            interrupted,
            room,
            speed,
            holds_on,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        6 => (1u32..3, 1i64..2_000).prop_map(|(slots, seconds)| Step::Ask { slots, seconds }),
        4 => (1u32..3, 1i64..9).prop_map(|(slots, level)| Step::Stranger { slots, bid: level * STEP }),
        3 => (0usize..100).prop_map(Step::Release),
        1 => (0i64..5).prop_map(|level| Step::Minimum(level * STEP)),
        3 => (0i64..9).prop_map(|level| Step::Price(level * STEP)),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec((prop_oneof![Just(0i64), 0i64..600_000_000], step), 1..40)
}

fn pools(world: &World) -> Vec<PoolRules> {
    let burst = BurstRules { flat_fee: money(world.flat), ..ladder(&world.tiers, 6 * STEP, world.fee) };
    let room = world.room.map(|room| WaitingRoom { capacity: Some(room), order: WaitingOrder::ByMethod });
    let home = home(1, with_budget(burst, world.charging, world.amount));
    let (notice, guaranteed) = world.holds_on;
    let market = |pool| PoolRules {
        interruption: InterruptionRules {
            notice: SimDuration::from_seconds(notice),
            guaranteed: SimDuration::from_seconds(guaranteed),
            ..InterruptionRules::IMMEDIATE
        },
        waiting: (notice > 0).then_some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod }),
        ..pool
    };
    vec![
        PoolRules { interrupted: Some(world.interrupted), waiting: room, ..home },
        PoolRules::posted(CUSTOMER, Slots::Count(2), price(world.own_price)),
        PoolRules { speed: Speed::from_parts(world.speed).expect("above zero"), ..on_demand(3, 3 * STEP) },
        market(spot_tier(3, STEP / 2)),
        market(given_tier(STEP)),
    ]
}

/// Keeps an eye on the spending of each period.
struct Audit {
    amount: i128,
    /// First billing record of the period.
    period: usize,
    /// Watches that were looked into.
    watches: usize,
}

impl Audit {
    fn check(&mut self, driver: &Driver) -> Result<(), TestCaseError> {
        let now = SimTime::from_ticks(driver.now());
        let billed = billed_between(driver, self.period, driver.log.bills.len());
        let open = driver.open_bursts(HOME, now);
        prop_assert!(billed + billed_if_ended(&open) <= self.amount, "the budget is passed at {now}");
        for watch in &driver.watches[self.watches..] {
            self.check_watch(driver, watch)?;
        }
        self.watches = driver.watches.len();
        Ok(())
    }

    fn check_watch(&self, driver: &Driver, watch: &crate::driver::Watch) -> Result<(), TestCaseError> {
        let spent = billed_between(driver, self.period, watch.bills);
        prop_assert!(spent + billed_if_ended(&watch.open) <= self.amount);
        let leases = |open: &[Held]| open.iter().map(|held| held.lease).collect::<Vec<_>>();
        let is_too_much = spent + billed_if_ended(&watch.a_tick_later) > self.amount;
        prop_assert_eq!(watch.has_ended_all(), is_too_much, "all end when, and only when, the next tick is too much");
        prop_assert!(watch.left.is_empty() || leases(&watch.left) == leases(&watch.open), "all or none");
        Ok(())
    }
}

fn play(driver: &mut Driver, audit: &mut Audit, step: &Step) {
    match *step {
        Step::Ask { slots, seconds } => {
            driver.submit(Submission { slots, work: SimDuration::from_seconds(seconds), ..ask(0, 0) });
        }
        Step::Stranger { slots, bid } => {
            let work = SimDuration::from_seconds(1_000);
            driver.submit(Submission { payer: STRANGER, slots, work, ..ask(3, bid) });
        }
        Step::Release(pick) => {
            let running = driver.running();
            if !running.is_empty() {
                driver.release(running[pick % running.len()]);
            }
        }
        Step::Minimum(minimum) => driver.set_minimum(3, minimum),
        Step::Price(price) => driver.set_price(4, price),
        Step::Reset => {
            driver.reset_budget(0);
            audit.period = driver.log.bills.len();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spending_never_passes_the_budget_and_no_burst_ends_early(world in world(), steps in steps()) {
        let mut driver = Driver::new(pools(&world));
        let mut audit = Audit { amount: world.amount, period: 0, watches: 0 };
        for (after, step) in &steps {
            driver.run_to(driver.now() + after);
            audit.check(&driver)?;
            play(&mut driver, &mut audit, step);
            audit.check(&driver)?;
        }
        driver.run_to(driver.now() + TICKS_PER_HOUR);
        driver.close();
        audit.check(&driver)?;
        prop_assert!(driver.log.seen.values().all(|seen| seen.fate().is_some()));
        let interrupted = driver.log.seen.values().flat_map(|seen| &seen.interruptions);
        let ended: usize = driver.watches.iter().filter(|w| w.has_ended_all()).map(|w| w.open.len()).sum();
        prop_assert_eq!(interrupted.filter(|cause| **cause == Cause::Budget).count(), ended);
    }
}

//! Who bursts into a market has its notice and its guaranteed run, like any other tenant there; so has a pool that it supplies.

use overspill::market::{
    BudgetRules, BurstRules, BurstTerms, Cause, Change, Charging, GiveBack, GivenRules, Interrupted, InterruptionRules,
    MaxPrice, PoolId, PoolRules, Pricing, Resale, Slots, Submission, SupplyLine, TakesBack, WhenRevoked,
};
use overspill::units::{Money, Price, Share, TICKS_PER_HOUR};

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::script::{ROOM, outcome};

/// A price of one step costs a unit of money for each tick.
const STEP: i64 = TICKS_PER_HOUR;

const TIER: u32 = 1;

fn steps(steps: i64) -> Price {
    price(steps * STEP)
}

/// The customer's pool without slots, whose bursts bid 9 steps; whoever is interrupted is lost.
fn home(tiers: u32, terms: BurstTerms, budget: Option<i128>) -> PoolRules {
    let metered = |amount| BudgetRules { amount: Money::from_units(amount), period: None, charging: Charging::Metered };
    let burst = BurstRules {
        tiers: (1..=tiers).map(PoolId).collect(),
        max_price: MaxPrice::Constant(steps(9)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: budget.map(metered),
        terms,
    };
    let pool = PoolRules::posted(CUSTOMER, Slots::Count(0), steps(1));
    PoolRules { interrupted: Some(Interrupted::Lost), burst: Some(burst), ..pool }
}

fn plain() -> PoolRules {
    home(1, BurstTerms::default(), None)
}

/// The same pool with a notice of 5 ticks, where anybody may wait, and a guaranteed run.
fn holding_on(pool: PoolRules, guaranteed: i64) -> PoolRules {
    let interruption =
        InterruptionRules { notice: ticks(5), guaranteed: ticks(guaranteed), ..InterruptionRules::IMMEDIATE };
    PoolRules { interruption, waiting: Some(ROOM), interrupted: Some(Interrupted::Lost), ..pool }
}

fn market(slots: u32) -> PoolRules {
    holding_on(PoolRules { minimum: steps(2), ..spot(PROVIDER, slots) }, 0)
}

fn shop(slots: u32, unit: i64) -> PoolRules {
    holding_on(PoolRules::posted(PROVIDER, Slots::Count(slots), steps(unit)), 0)
}

fn given(start: i64) -> PoolRules {
    let rules = GivenRules { start: steps(start), highest: Price::MAX };
    PoolRules { slots: Slots::Unlimited, pricing: Pricing::Given(rules), ..shop(0, 0) }
}

fn burst() -> Submission {
    ask(0, 9 * STEP)
}

fn tenant(bid: i64) -> Submission {
    Submission { payer: STRANGER, ..ask(TIER, bid * STEP) }
}

/// What came of all requests by `time`, with what they owe in units.
fn came_of(mut driver: Driver, time: i64) -> String {
    driver.run_to(time);
    driver.close();
    let found = outcome(&driver);
    let mut parts = found.split(':');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |found, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let charge: i128 = part[..part.len() - rest.len()].parse().expect("a charge");
        assert_eq!(charge % i128::from(STEP), 0, "whole units: {part}");
        format!("{found}:{}{rest}", charge / i128::from(STEP))
    })
}

#[test]
fn a_burst_that_is_outbid_holds_on_until_its_notice_ends() {
    let mut driver = Driver::new(vec![plain(), market(1)]);
    let mine = driver.submit(burst());
    driver.run_to(3);
    driver.submit(tenant(12));
    assert!(driver.seen(mine).is_running());
    // A tenant of the market itself, of the same bid, fares alike.
    let mut other = Driver::new(vec![plain(), market(1)]);
    other.submit(tenant(9));
    other.run_to(3);
    other.submit(tenant(12));
    let expected = "a0-8:72L b8-20:144O";
    assert_eq!((came_of(driver, 20).as_str(), came_of(other, 20).as_str()), (expected, expected));
}

#[test]
fn a_burst_under_notice_pays_at_most_its_bid() {
    // The minimum rises above it, at a price of 2 until then; so does a given price, of 4.
    let mut driver = Driver::new(vec![plain(), market(2)]);
    driver.submit(burst());
    driver.run_to(3);
    driver.set_minimum(TIER, 10 * STEP);
    driver.run_to(6);
    driver.set_minimum(TIER, 0);
    assert_eq!(came_of(driver, 20), "a0-8:16L");

    let mut driver = Driver::new(vec![plain(), given(4)]);
    driver.submit(burst());
    driver.run_to(3);
    driver.set_price(TIER, 11 * STEP);
    driver.run_to(6);
    driver.set_price(TIER, STEP);
    assert_eq!(came_of(driver, 20), "a0-8:57L"); // 3 x 4 + 5 x 9
}

#[test]
fn a_burst_whose_slot_leaves_the_tier_has_notice() {
    for somebody_goes in [false, true] {
        let mut driver = Driver::new(vec![plain(), shop(2, 3)]);
        let (first, _) = (driver.submit(burst()), driver.submit(burst()));
        driver.run_to(3);
        driver.operate(0, TIER, Change::Resize(1)).expect("anybody may");
        driver.run_to(5);
        if somebody_goes {
            driver.release(first);
        }
        let expected = if somebody_goes { "a0-5:15C b0-20:60O" } else { "a0-20:60O b0-8:24L" };
        assert_eq!(came_of(driver, 20), expected);
    }
}

#[test]
fn a_burst_on_loan_has_the_notice_of_the_spot_pool() {
    let account = PoolRules {
        resale: Some(Resale { to: PoolId(TIER), takes_back: TakesBack::Wait }),
        waiting: Some(ROOM),
        ..PoolRules::posted(CUSTOMER, Slots::Count(1), price(0))
    };
    let owner = home(0, BurstTerms::default(), None);
    let owners = BurstRules { tiers: vec![PoolId(2)], ..owner.burst.clone().expect("it bursts") };
    let owner = PoolRules { burst: Some(owners), ..owner };
    let mut driver = Driver::new(vec![plain(), market(0), account, owner]);
    driver.submit(burst());
    driver.run_to(3);
    let owners = driver.submit(ask(3, 9 * STEP));
    assert!(driver.seen(owners).is_waiting());
    assert_eq!(came_of(driver, 20), "a0-8:72L b8-20:0O");
}

/// What its own pool decides is not the market's to announce; nor is there anything to hold on to without money.
#[test]
fn its_own_pool_and_its_budget_end_a_burst_at_once() {
    let ends = BurstTerms { end_below_minimum: true, ..BurstTerms::default() };
    let mut driver = Driver::new(vec![home(1, ends, None), market(1)]);
    let mine = driver.submit(burst());
    driver.run_to(3);
    driver.set_minimum(0, 10 * STEP);
    assert_eq!(driver.seen(mine).interruptions, [Cause::Minimum]);
    assert_eq!(came_of(driver, 20), "a0-3:27L");
    // Three ticks at 9, three under notice at 9: 54, and the next tick would be too much.
    let mut driver = Driver::new(vec![home(1, BurstTerms::default(), Some(54)), market(1)]);
    let mine = driver.submit(burst());
    driver.run_to(3);
    driver.submit(tenant(12));
    driver.run_to(7);
    assert_eq!(driver.seen(mine).interruptions, [Cause::Budget]);
    assert_eq!(came_of(driver, 20), "a0-6:54L b6-20:168O");
}

#[test]
fn a_burst_goes_on_in_the_next_tier_when_its_notice_ends() {
    let next = BurstTerms { when_revoked: WhenRevoked::NextTier, ..BurstTerms::default() };
    let mut driver = Driver::new(vec![home(2, next, None), market(1), shop(1, 5)]);
    driver.submit(burst());
    driver.run_to(3);
    driver.submit(tenant(12));
    assert_eq!(came_of(driver, 20), "a0-8:72,8-20:60O b8-20:144O");
}

#[test]
fn a_burst_under_notice_moves_home_when_a_slot_is_free_there() {
    let back = BurstTerms { give_back: GiveBack::WhenFree, ..BurstTerms::default() };
    let own = PoolRules { slots: Slots::Count(1), ..home(1, back, None) };
    let mut driver = Driver::new(vec![own, market(1)]);
    let at_home = driver.submit(burst());
    driver.submit(burst());
    driver.run_to(3);
    driver.submit(tenant(12));
    driver.run_to(5);
    driver.release(at_home);
    driver.settle();
    assert_eq!(came_of(driver, 20), "a0-5:5C b0-5:45,5-20:15O c5-20:180O");
}

/// The minimum is above it from tick 3 to tick 6, and its run is guaranteed until tick 10: it goes on, at the price that
/// everybody pays again. The budget follows: 20 by then, and 4 a tick after that.
#[test]
fn a_guaranteed_burst_goes_on_and_its_budget_follows() {
    for (budget, expected) in [(None, "a0-20:60O"), (Some(40), "a0-15:40L")] {
        let tier = holding_on(market(2), 10);
        let mut driver = Driver::new(vec![home(1, BurstTerms::default(), budget), tier]);
        driver.submit(burst());
        driver.run_to(3);
        driver.set_minimum(TIER, 10 * STEP);
        driver.run_to(6);
        driver.set_minimum(TIER, 4 * STEP);
        assert_eq!(came_of(driver, 20), expected);
    }
}

#[test]
fn a_guaranteed_burst_is_not_outbid_before_its_run_ends() {
    let mut driver = Driver::new(vec![plain(), holding_on(market(1), 10)]);
    driver.submit(burst());
    driver.run_to(3);
    driver.submit(tenant(12));
    // Ten ticks are guaranteed, five are notice.
    assert_eq!(came_of(driver, 20), "a0-15:135L b15-20:60O");
}

/// A pool that holds a slot of the market keeps it as long, and so does whoever works on it there.
#[test]
fn a_supply_line_has_the_notice_of_its_market() {
    let line = |bid| SupplyLine { from: PoolId(TIER), slots: 1, bid: steps(bid), purchase: None };
    let supplied = PoolRules { supply: vec![line(9)], burst: None, ..plain() };
    for guaranteed in [0, 10] {
        let mut driver = Driver::new(vec![supplied.clone(), holding_on(market(1), guaranteed)]);
        driver.submit(burst());
        driver.run_to(3);
        driver.submit(tenant(12));
        // The supply line is the first request.
        let expected = if guaranteed == 0 { "b0-8:8L c8-20:144O" } else { "b0-15:15L c15-20:60O" };
        assert_eq!(came_of(driver, 20), expected);
    }
}

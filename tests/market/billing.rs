//! Time that is billed by started units.

use overspill::market::{
    AuctionMethod, AuctionRules, BudgetRules, BurstRules, BurstTerms, Charging, Fate, Interrupted, InterruptionRules,
    Losers, MaxPrice, PoolId, PoolRules, Pricing, Slots, Submission, Term,
};
use overspill::units::{Money, Share, TICKS_PER_HOUR};

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::script::{Cases, outcome, play, waiting_pool};

/// A price of one unit of money per tick and slot.
const STEP: i64 = TICKS_PER_HOUR;

#[test]
fn each_unit_is_owed_whole_at_the_price_in_force_when_it_begins() {
    let mut table = Cases::default();
    let unit = Some(ticks(4));
    let posted = PoolRules {
        billing_unit: unit,
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(PROVIDER, Slots::Count(2), price(3))
    };
    let spot = PoolRules { billing_unit: unit, interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 1) };
    let notice = InterruptionRules { notice: ticks(6), ..InterruptionRules::IMMEDIATE };
    let patient = PoolRules { interruption: notice, waiting: waiting_pool(1).waiting, ..spot.clone() };
    let rules = AuctionRules {
        method: AuctionMethod::SecondPrice,
        every: ticks(10),
        bidding: ticks(0),
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap: None,
    };
    let free = InterruptionRules { last_unit_is_free: true, ..InterruptionRules::IMMEDIATE };
    let forgiving = PoolRules { interruption: free, ..spot.clone() };
    let auction = PoolRules { pricing: Pricing::Auction(rules), billing_unit: unit, ..waiting_pool(1) };
    #[rustfmt::skip]
    let cases = [
        // pool      script                       outcome
        (&posted,  "a9/3 9:",                   "a0-3:12C"),
        (&posted,  "a9/4 9:",                   "a0-4:12C"),
        (&posted,  "a9/5 9:",                   "a0-5:24C"),
        (&posted,  "1: a9x2/5 9:",              "a1-6:48C"),
        (&posted,  "a9 9:",                     "a0-9:36O"),
        // A minimum above the price: at once for units that begin then, and for none that has begun.
        (&posted,  "a9/8 2: min5 9:",           "a0-8:32C"),
        (&posted,  "a9/8 4: min5 9:",           "a0-8:32C"),
        (&posted,  "a4/8 2: min5 9:",           "a0-2:12L"),
        // The price of a bid market as it stands after the very start, and then at each unit; whoever gives way has paid.
        (&spot,    "a5/3 9:",                   "a0-3:20C"),
        (&spot,    "a5 5: b7/3 9:",             "a0-5:40L b5-8:28C"),
        // The unit in which somebody is interrupted is free where the pool says so; one that has just ended is not, and
        // neither is one in which the work is done.
        (&forgiving, "a5 5: b7/3 9:",           "a0-5:20L b5-8:28C"),
        (&forgiving, "a5 4: b7/3 9:",           "a0-4:20L b4-7:28C"),
        // Under notice it pays what was in force, at most its bid.
        (&patient, "a5 3: b7/1 20:",            "a0-9:60L b9-10:28C"),
        // An agreed price, or the minimum where that is higher when a unit begins.
        (&auction, "a9/9 b7/3 12:",             "a0-9:84C b10-12:0O"),
        (&auction, "a9/9 b7/3 14:",             "a0-9:84C b10-13:0C"),
        (&auction, "a9/9 b7/3 3: min8 14:",     "a0-9:92C bR(price)"),
    ];
    for (pool, script, expected) in cases {
        table.expect(script, &outcome(&play(vec![pool.clone()], script)), expected);
    }
}

/// A burst into a spot market loses its slot in the unit of time that has just begun, which is free by that: the metered
/// budget has it again, and bears another unit.
#[test]
fn a_unit_that_is_free_is_no_matter_of_a_budget() {
    let interruption = InterruptionRules { last_unit_is_free: true, ..InterruptionRules::IMMEDIATE };
    let tier = PoolRules { billing_unit: Some(ticks(4)), interruption, minimum: price(STEP), ..spot(PROVIDER, 1) };
    let tier = PoolRules { interrupted: Some(Interrupted::Lost), ..tier };
    let burst = BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Bid,
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: Some(BudgetRules { amount: Money::from_units(8), period: None, charging: Charging::Metered }),
        terms: BurstTerms::default(),
    };
    let home = PoolRules {
        burst: Some(burst),
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(0), price(0))
    };
    let mut driver = Driver::new(vec![home, tier]);
    let first = driver.submit(ask(0, 2 * STEP));
    assert!(driver.seen(first).is_running());
    driver.run_to(1);
    let stranger = driver.submit(Submission { payer: STRANGER, work: ticks(3), ..ask(1, 3 * STEP) });
    assert!(!driver.seen(first).is_running() && driver.seen(stranger).is_running());
    driver.run_to(6);
    driver.settle();
    let second = driver.submit(Submission { work: ticks(4), ..ask(0, 2 * STEP) });
    assert!(driver.seen(second).is_running());
    driver.run_to(20);
    driver.settle();
    assert_eq!(driver.seen(second).fate(), Some(Fate::Completed));
}

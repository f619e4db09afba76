//! Slots bought for a term, in random worlds: whatever happens, all money is accounted for, twice.

use std::collections::BTreeMap;

use overspill::market::{
    AtExpiry, BillingKind, BudgetRules, BurstRules, Charging, Due, Interrupted, MaxPrice, PartyId, PoolId, PoolRules,
    Purchase, Slots, Submission, SupplyLine, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share, SimTime, TICKS_PER_HOUR};
use proptest::prelude::*;
use proptest::sample::select;

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};

/// Upstream of all; the account, which buys; the pool above it; on demand.
const RESERVED: u32 = 0;
const ACCOUNT: u32 = 1;
const ABOVE: u32 = 2;
const ON_DEMAND: u32 = 3;
/// Where the provider has some of its reserved slots from: it loses them one by one.
const BELOW: u32 = 4;

/// So that charges of a few ticks are worth something.
const SCALE: i64 = TICKS_PER_HOUR / 4;

#[derive(Clone, Debug)]
struct World {
    stock: u32,
    own: [u32; 2],
    lines: Vec<(u32, Purchase)>,
    passed_on: u32,
    interrupted: Interrupted,
    budget: Option<(i64, bool)>,
    is_ranked: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Ask { pool: u32, slots: u32, bid: i64, work: i64 },
    Release(usize),
    Minimum { pool: u32, minimum: i64 },
    Reset,
}

fn purchases() -> impl Strategy<Value = Purchase> {
    let due = select(vec![Due::WholeTerm, Due::Use]);
    let at_expiry = select(vec![AtExpiry::TakeBack, AtExpiry::RunOut, AtExpiry::Renew]);
    (0..50_i64, 0..9_i64, due, 5..80_i64, select(vec![0, 0, 0, 7, 31]), at_expiry).prop_map(
        |(upfront, hourly, due, term, start, at_expiry)| Purchase {
            upfront: Money::from_units(upfront.into()),
            hourly: price(hourly * SCALE + 1),
            due,
            term: ticks(term),
            start: SimTime::from_ticks(start),
            at_expiry,
        },
    )
}

fn worlds() -> impl Strategy<Value = World> {
    use Interrupted::{Burst, Lost, Restart, Resume};
    let lines = prop::collection::vec((0..3_u32, purchases()), 1..4);
    let budget = prop::option::of((0..400_i64, any::<bool>()));
    (0..5_u32, [0..3_u32, 0..3], lines, 0..3_u32, select(vec![Lost, Resume, Restart, Burst]), budget, any::<bool>())
        .prop_map(|(stock, own, lines, passed_on, interrupted, budget, is_ranked)| World {
            stock,
            own,
            lines,
            passed_on,
            interrupted,
            budget,
            is_ranked,
        })
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        8 => (select(vec![RESERVED, ACCOUNT, ABOVE, ABOVE, BELOW]), 1..4_u32, 1..9_i64, 1..60_i64)
            .prop_map(|(pool, slots, bid, work)| Step::Ask { pool, slots, bid, work }),
        3 => (0..100_usize).prop_map(Step::Release),
        1 => (select(vec![RESERVED, ABOVE]), 0..9_i64).prop_map(|(pool, minimum)| Step::Minimum { pool, minimum }),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec((0..20_i64, step), 1..50)
}

fn pools(world: &World) -> Vec<PoolRules> {
    let line = |(slots, purchase): &(u32, Purchase)| SupplyLine {
        from: PoolId(RESERVED),
        slots: *slots,
        bid: price(5 * SCALE),
        purchase: Some(*purchase),
    };
    let waiting = Some(WaitingRoom { capacity: Some(2), order: WaitingOrder::ByMethod });
    let lost = Some(Interrupted::Lost);
    let burst = BurstRules {
        tiers: vec![PoolId(ACCOUNT), PoolId(ON_DEMAND)],
        max_price: MaxPrice::Constant(price(5 * SCALE)),
        fee: Share::from_parts(50_000),
        flat_fee: Money::from_units(1),
        budget: world.budget.map(|(amount, is_metered)| BudgetRules {
            amount: Money::from_units(amount.into()),
            period: None,
            charging: if is_metered { Charging::Metered } else { Charging::Prepaid },
        }),
        terms: overspill::market::BurstTerms::default(),
    };
    let supply = vec![SupplyLine { from: PoolId(BELOW), slots: 3, bid: price(4 * SCALE), purchase: None }];
    let source =
        PoolRules { interrupted: lost, supply, ..PoolRules::posted(PROVIDER, Slots::Count(world.stock), price(SCALE)) };
    let account = PoolRules {
        supply: world.lines.iter().map(line).collect(),
        waiting: waiting.clone(),
        interrupted: lost,
        ..PoolRules::posted(CUSTOMER, Slots::Count(world.own[0]), price(0))
    };
    let method = if world.is_ranked { spot(CUSTOMER, 0).pricing } else { account.pricing.clone() };
    let above = PoolRules {
        pricing: method,
        supply: vec![SupplyLine { from: PoolId(ACCOUNT), slots: world.passed_on, bid: price(9), purchase: None }],
        waiting,
        interrupted: Some(world.interrupted),
        burst: Some(burst),
        ..PoolRules::posted(CUSTOMER, Slots::Count(world.own[1]), price(0))
    };
    let below = PoolRules { interrupted: lost, ..spot(PROVIDER, 3) };
    vec![source, account, above, PoolRules::posted(PROVIDER, Slots::Count(2), price(4 * SCALE)), below]
}

/// What the supply lines came to, from what is told of them alone.
#[derive(Debug, Default)]
struct Lines {
    now: i64,
    levels: BTreeMap<usize, (u32, u32)>,
    owed: i128,
}

impl Lines {
    /// Time goes on to `now` at the levels that were told last.
    fn advance(&mut self, world: &World, driver: &Driver, now: i64) {
        for (line, (slots, used)) in &self.levels {
            let purchase = world.lines[*line].1;
            let due = if purchase.due == Due::Use { used } else { slots };
            self.owed += i128::from(purchase.hourly.units()) * i128::from(*due) * i128::from(now - self.now);
        }
        self.now = now;
        let told = driver.log.supplied.iter().filter(|((pool, _), _)| *pool == PoolId(ACCOUNT));
        self.levels = told.map(|((_, line), levels)| (*line, *levels)).collect();
    }
}

/// Slots of the account that are used, line by line.
fn check_use(driver: &Driver, world: &World) -> Result<(), TestCaseError> {
    let level = driver.level(ACCOUNT);
    let lines: Vec<(u32, u32)> = (0..world.lines.len())
        .map(|line| driver.log.supplied.get(&(PoolId(ACCOUNT), line)).copied().unwrap_or_default())
        .collect();
    let there: u32 = lines.iter().map(|(slots, _)| slots).sum();
    prop_assert_eq!(level.capacity, Some(world.own[0] + there));
    let mut held = level.occupied.saturating_sub(world.own[0]);
    for (slots, used) in lines {
        prop_assert_eq!(used, held.min(slots));
        held -= used;
    }
    Ok(())
}

fn check_books(driver: &Driver) -> Result<(), TestCaseError> {
    for party in [PROVIDER, CUSTOMER, MEMBER, STRANGER] {
        let sum = |who: fn(&overspill::market::BillingRecord) -> PartyId| -> i128 {
            let rows = driver.log.bills.iter().filter(|(_, bill)| who(bill) == party);
            rows.map(|(_, bill)| bill.amount.units()).sum()
        };
        prop_assert_eq!(driver.balance(party).units(), sum(|bill| bill.payee) - sum(|bill| bill.payer), "{:?}", party);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_upfront_and_every_hour_is_accounted_for(world in worlds(), steps in steps()) {
        let mut driver = Driver::new(pools(&world));
        let (mut lines, mut now) = (Lines::default(), 0);
        lines.advance(&world, &driver, 0);
        let wait = |driver: &mut Driver, lines: &mut Lines, from: i64, to: i64| {
            // Tick by tick: what is told holds from then on.
            for tick in from..=to {
                driver.run_to(tick);
                // Twice: a slot may come back at the very end of its term, and goes again.
                driver.settle();
                driver.settle();
                lines.advance(&world, driver, tick);
            }
        };
        for (after, step) in steps {
            wait(&mut driver, &mut lines, now, now + after);
            now += after;
            match step {
                Step::Ask { pool, slots, bid, work } => {
                    driver.submit(Submission { slots, bid: price(bid * SCALE), work: ticks(work), ..ask(pool, 0) });
                }
                Step::Release(index) => {
                    let running = driver.running();
                    if !running.is_empty() {
                        driver.release(running[index % running.len()]);
                    }
                }
                Step::Minimum { pool, minimum } => driver.set_minimum(pool, minimum * SCALE),
                Step::Reset => driver.reset_budget(ABOVE),
            }
            driver.settle();
            driver.settle();
            lines.advance(&world, &driver, now);
            check_use(&driver, &world)?;
            check_books(&driver)?;
        }
        wait(&mut driver, &mut lines, now, now + 100);
        check_use(&driver, &world)?;
        driver.close();
        check_books(&driver)?;
        // What the provider's books say of the reservations is what the lines came to, up to the rounding of each lease.
        let reserved = driver.log.held.iter().filter(|held| held.pool == PoolId(RESERVED) && held.payer == CUSTOMER);
        let charged: i128 = reserved.filter(|held| held.tier.is_none()).map(|held| held.charge.units()).sum();
        prop_assert_eq!(charged, lines.owed);
        let upfronts = driver.log.bills.iter().filter(|(_, bill)| bill.kind == BillingKind::Upfront);
        for (_, bill) in upfronts {
            prop_assert_eq!((bill.payer, bill.payee, bill.pool), (CUSTOMER, PROVIDER, PoolId(RESERVED)));
        }
    }
}

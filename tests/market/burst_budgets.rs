//! Whatever a burst policy says: spending never passes a budget, not by one unit; no cap on slots is passed; no burst
//! stays away from a free slot of its own pool that it may have; members pay what they should.

use overspill::market::{
    BillingKind, BudgetRules, BurstRules, BurstTerms, Charging, CurrencyId, FormulaRules, GiveBack, Held, Interrupted,
    MaxPrice, Pays, PoolId, PoolRules, Pricing, Slots, Submission, TierTerms, Triggers, WaitingOrder, WaitingRoom,
    WhenRevoked,
};
use overspill::units::{Money, Share, SimDuration, SimTime, Speed, TICKS_PER_HOUR};
use proptest::prelude::*;

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot};
use crate::formula::Rule;
use crate::recorder::Doing;

const HOUR: i128 = TICKS_PER_HOUR as i128;
const WHOLE: i128 = 1_000_000;
const HOME: PoolId = PoolId(0);

/// One level of prices: an hour of a slot is about a thousand units, and nothing is round.
const STEP: i64 = 1_000_000_007;

/// Tiers: own slots, on-demand, a spot market, a price by formula.
const TIERS: usize = 4;

#[derive(Clone, Debug)]
struct World {
    charging: Charging,
    amount: Option<i128>,
    fee: u32,
    flat: i128,
    tiers: Vec<u32>,
    terms: BurstTerms,
    drawn: bool,
    interrupted: Interrupted,
    room: Option<u32>,
    speed: u32,
    slots: u32,
    /// By tier pool: the length of a unit of time, in seconds.
    units: [Option<i64>; TIERS],
    home_is_spot: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Ask { slots: u32, seconds: i64, bid: i64 },
    Stranger { pool: u32, slots: u32, bid: i64 },
    Release(usize),
    Minimum(u32, i64),
    Reset,
}

fn tier_terms() -> impl Strategy<Value = TierTerms> {
    let limit = prop::option::of((1i64..9).prop_map(|level| MaxPrice::Constant(price(level * STEP))));
    let budget = prop::option::of((0i128..600_000_000).prop_map(Money::from_units));
    (limit, prop::option::of(1u32..4), budget).prop_map(|(max_price, max_slots, budget)| TierTerms {
        max_price,
        max_slots,
        budget,
    })
}

fn triggers() -> impl Strategy<Value = Triggers> {
    let waited = prop::option::of((0i64..900).prop_map(SimDuration::from_seconds));
    let utilisation = prop::option::of((0u32..1_000_000).prop_map(Share::from_parts));
    (waited, utilisation, any::<bool>(), any::<bool>()).prop_map(|(waited, utilisation, budget_reset, tier_freed)| {
        Triggers { waited, utilisation, budget_reset, tier_freed }
    })
}

fn terms() -> impl Strategy<Value = BurstTerms> {
    let revoked = prop_oneof![Just(WhenRevoked::NextTier), Just(WhenRevoked::AsInterrupted)];
    let back = prop_oneof![2 => Just(GiveBack::WhenFree), 1 => Just(GiveBack::AtTheEnd)];
    let pays = prop_oneof![
        Just(Pays::Owner),
        Just(Pays::MemberPoolPrice),
        Just(Pays::Member(Share::from_parts(1_000_000))),
        (0u32..1_000_000).prop_map(|parts| Pays::Member(Share::from_parts(parts))),
    ];
    let tiers = prop_oneof![1 => Just(Vec::new()), 3 => prop::collection::vec(tier_terms(), TIERS)];
    let ends = (any::<bool>(), any::<bool>());
    (tiers, triggers(), revoked, back, pays, ends).prop_map(|(tiers, triggers, when_revoked, give_back, pays, ends)| {
        BurstTerms {
            judged_throughout: ends.0,
            end_below_minimum: ends.1,
            tiers,
            triggers,
            when_revoked,
            give_back,
            pays,
        }
    })
}

fn worlds() -> impl Strategy<Value = World> {
    let tiers = Just(vec![1, 2, 3, 4]).prop_shuffle();
    let tiers = tiers.prop_flat_map(|all| (1..=TIERS).prop_map(move |n| all[..n].to_vec()));
    let charging = prop_oneof![1 => Just(Charging::Prepaid), 3 => Just(Charging::Metered)];
    let interrupted = prop_oneof![
        Just(Interrupted::Lost),
        Just(Interrupted::Resume),
        Just(Interrupted::Restart),
        Just(Interrupted::Burst)
    ];
    let flat = prop_oneof![Just(0i128), 1i128..50_000_000];
    let amount = prop_oneof![5 => (0i128..1_000_000_000).prop_map(Some), 1 => Just(None)];
    let unit = || prop::option::weighted(0.3, 1i64..1_000);
    let money = (amount, prop_oneof![Just(0u32), 1u32..400_000], flat, any::<bool>());
    let speed = prop_oneof![Just(1_000_000u32), Just(1_500_000)];
    let rest = (tiers, interrupted, prop::option::of(1u32..4), speed, 0u32..3, any::<bool>());
    let units = [unit(), unit(), unit(), unit()];
    (charging, money, terms(), rest, units).prop_map(
        |(
            charging,
            (amount, fee, flat, drawn),
            terms,
            (tiers, interrupted, room, speed, slots, home_is_spot),
            units,
        )| {
            let mut terms = terms;
            terms.tiers.truncate(tiers.len());
            World {
                charging,
                amount,
                fee,
                flat,
                tiers,
                terms,
                drawn,
                interrupted,
                room,
                speed,
                slots,
                units,
                home_is_spot,
            }
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        7 => (1u32..3, 1i64..2_000, 0i64..9).prop_map(|(slots, seconds, bid)| Step::Ask { slots, seconds, bid: bid * STEP }),
        4 => (1u32..5, 1u32..3, 1i64..9).prop_map(|(pool, slots, level)| Step::Stranger { pool, slots, bid: level * STEP }),
        3 => (0usize..100).prop_map(Step::Release),
        2 => (0u32..5, 0i64..5).prop_map(|(pool, level)| Step::Minimum(pool, level * STEP)),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec((prop_oneof![Just(0i64), 0i64..600_000_000], step), 1..40)
}

fn pools(world: &World) -> Vec<PoolRules> {
    let amount = world.amount.map_or(BudgetRules::UNLIMITED, Money::from_units);
    let burst = BurstRules {
        tiers: world.tiers.iter().copied().map(PoolId).collect(),
        max_price: if world.drawn { MaxPrice::Drawn } else { MaxPrice::Constant(price(6 * STEP)) },
        fee: Share::from_parts(world.fee),
        flat_fee: Money::from_units(world.flat),
        budget: Some(BudgetRules { amount, period: None, charging: world.charging }),
        terms: world.terms.clone(),
    };
    let lost = Some(Interrupted::Lost);
    let unit = |pool: usize| world.units[pool - 1].map(SimDuration::from_seconds);
    let posted = |owner, slots, unit| PoolRules {
        interrupted: lost,
        ..PoolRules::posted(owner, Slots::Count(slots), price(unit))
    };
    let formula = FormulaRules {
        price: std::sync::Arc::new(Rule(|variables| Ok(STEP + variables.occupied * STEP))),
        rank: None,
        every: SimDuration::from_seconds(100),
        cap: None,
    };
    let home = if world.home_is_spot { spot(CUSTOMER, world.slots) } else { posted(CUSTOMER, world.slots, STEP) };
    vec![
        PoolRules {
            interrupted: Some(world.interrupted),
            waiting: world.room.map(|room| WaitingRoom { capacity: Some(room), order: WaitingOrder::ByMethod }),
            burst: Some(burst),
            ..home
        },
        PoolRules { billing_unit: unit(1), ..posted(CUSTOMER, 2, 0) },
        PoolRules {
            billing_unit: unit(2),
            speed: Speed::from_parts(world.speed).expect("above zero"),
            ..posted(PROVIDER, 3, 3 * STEP)
        },
        PoolRules { billing_unit: unit(3), minimum: price(STEP / 2), interrupted: lost, ..spot(PROVIDER, 3) },
        PoolRules { pricing: Pricing::Formula(formula), billing_unit: unit(4), ..posted(PROVIDER, 2, 0) },
    ]
}

/// The nearest integer to `exact / unit`, ties to the even one.
fn rounded(exact: i128, unit: i128) -> i128 {
    let below = exact.div_euclid(unit);
    let rest = 2 * (exact - below * unit);
    below + i128::from(rest > unit || (rest == unit && below % 2 != 0))
}

fn if_ended(open: &[Held], tier: Option<u8>) -> i128 {
    let mine =
        open.iter().filter(|held| held.home == HOME && held.tier.is_some() && (tier.is_none() || held.tier == tier));
    mine.map(|held| rounded(held.charge.units(), HOUR) + rounded(held.fee, HOUR * WHOLE)).sum()
}

/// What bursts were billed in the records from `from` on.
fn billed(driver: &Driver, from: usize, tier: Option<u8>) -> i128 {
    let bills = driver.log.bills[from..].iter().map(|(_, bill)| bill).filter(|bill| bill.home == HOME);
    let mine = bills.filter(|bill| bill.tier.is_some() && (tier.is_none() || bill.tier == tier));
    mine.filter(|bill| bill.kind != BillingKind::Recharge).map(|bill| bill.amount.units()).sum()
}

struct Audit<'a> {
    world: &'a World,
    /// First billing record of the period.
    period: usize,
}

impl Audit<'_> {
    fn check(&self, driver: &Driver) {
        let open = driver.open_leases(SimTime::from_ticks(driver.now()));
        let spent = |tier| billed(driver, self.period, tier) + if_ended(&open, tier);
        let all = self.world.amount;
        assert!(all.is_none_or(|amount| spent(None) <= amount), "the budget is passed at {}", driver.now());
        for (tier, terms) in (0..).zip(&self.world.terms.tiers) {
            let amount = terms.budget.map(Money::units);
            assert!(amount.is_none_or(|amount| spent(Some(tier)) <= amount), "that of tier {tier} at {}", driver.now());
            let mine = open.iter().filter(|held| held.home == HOME && held.tier == Some(tier));
            let held: u32 = mine.map(|held| held.slots).sum();
            assert!(terms.max_slots.is_none_or(|most| held <= most), "tier {tier} holds {held}");
        }
    }

    /// Once an instant is settled.
    fn check_settled(&self, driver: &Driver) {
        self.check(driver);
        if self.world.terms.give_back != GiveBack::WhenFree {
            return;
        }
        let level = driver.level(0);
        let free = level.capacity.expect("a number") - level.occupied;
        for seen in driver.log.seen.values() {
            if let Doing::Running { tier: Some(_), .. } = seen.doing {
                let lowest = if self.world.home_is_spot { level.minimum } else { level.price };
                let is_away = seen.slots <= free && seen.bid >= lowest;
                assert!(!is_away, "{seen:?} is away, and {free} slots are free");
            }
        }
    }

    fn play(&mut self, driver: &mut Driver, step: &Step) {
        match *step {
            Step::Ask { slots, seconds, bid } => {
                let (work, max_price) = (SimDuration::from_seconds(seconds), Some(price(bid)));
                driver.submit(Submission { slots, work, max_price, ..ask(0, 8 * STEP - bid / 2) });
            }
            Step::Stranger { pool, slots, bid } => {
                let work = SimDuration::from_seconds(1_000);
                driver.submit(Submission { payer: STRANGER, slots, work, ..ask(pool, bid) });
            }
            Step::Release(pick) => {
                let running = driver.running();
                if !running.is_empty() {
                    driver.release(running[pick % running.len()]);
                }
            }
            Step::Minimum(pool, minimum) => driver.set_minimum(pool, minimum),
            Step::Reset => {
                driver.reset_budget(0);
                self.period = driver.log.bills.len();
            }
        }
    }
}

/// Runs a world of these pools to its end, audited at every step.
fn run(world: &World, pools: Vec<PoolRules>, steps: &[(i64, Step)]) -> Driver {
    let mut driver = Driver::new(pools);
    let mut audit = Audit { world, period: 0 };
    for (after, step) in steps {
        driver.run_to(driver.now() + after);
        audit.check(&driver);
        audit.play(&mut driver, step);
        audit.check(&driver);
        driver.settle();
        audit.check_settled(&driver);
    }
    driver.run_to(driver.now() + TICKS_PER_HOUR);
    audit.check(&driver);
    driver.close();
    audit.check(&driver);
    driver
}

/// Numbers being the same, it is the same world if the pool itself has another currency than its tiers, but for what is paid
/// in which: members never pay anything in that of the tiers.
fn check_abroad(world: &World, steps: &[(i64, Step)], driver: &Driver) {
    if matches!(world.terms.pays, Pays::Member(share) if share > Share::ZERO) {
        return; // there is no rate of exchange
    }
    let mut pools = pools(world);
    pools[HOME.index()].currency = CurrencyId(1);
    let abroad = run(world, pools, steps);
    let held = |driver: &Driver| -> Vec<Held> {
        driver.log.held.iter().map(|held| Held { currency: CurrencyId(0), ..*held }).collect()
    };
    assert_eq!(format!("{:?}", held(driver)), format!("{:?}", held(&abroad)));
    let [dollars, credits] = abroad.balances(MEMBER);
    assert_eq!((dollars, credits), (0, driver.balance(MEMBER).units()));
    for party in [PROVIDER, CUSTOMER, STRANGER] {
        let sum: i128 = abroad.balances::<2>(party).iter().sum();
        assert_eq!(sum, driver.balance(party).units(), "{party:?}");
    }
}

/// Sums of what bursts cost, with fees, and of what members paid for them.
fn recharged(driver: &Driver) -> (i128, i128) {
    let bills = driver.log.bills.iter().map(|(_, bill)| bill);
    let recharged = bills.filter(|bill| bill.kind == BillingKind::Recharge).map(|bill| bill.amount.units()).sum();
    (billed(driver, 0, None), recharged)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spending_never_passes_a_budget_under_any_terms(world in worlds(), steps in steps()) {
        let driver = run(&world, pools(&world), &steps);
        prop_assert!(driver.log.seen.values().all(|seen| seen.fate().is_some()));
        let (cost, recharged) = recharged(&driver);
        check_abroad(&world, &steps, &driver);
        match world.terms.pays {
            Pays::Owner => prop_assert_eq!(recharged, 0),
            Pays::Member(share) if share.parts() == 1_000_000 => prop_assert_eq!(recharged, cost),
            Pays::Member(share) => {
                let postings = driver.log.bills.len() as i128;
                let off = recharged * WHOLE - cost * i128::from(share.parts());
                prop_assert!(off.abs() <= postings * WHOLE, "{} of {}", recharged, cost);
            }
            Pays::MemberPoolPrice => {}
        }
    }
}

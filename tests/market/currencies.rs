//! A pool in credits on slots that are paid in dollars: members pay credits to the owner, the owner pays dollars to whoever
//! sells, and never is one taken for the other.

use overspill::market::{
    AccountId, AtExpiry, BudgetRules, BurstRules, BurstTerms, Change, Charging, CurrencyId, Denial, Due, EvictionOrder,
    GiveBack, Interrupted, InterruptionRules, JointRules, MaxPrice, Mixed, PartyId, Pays, PoolId, PoolRules, Purchase,
    Resale, Sharing, Slots, Submission, SupplyCost, SupplyLine, TakesBack, TierTerms, WaitingOrder, WaitingRoom,
    WhenRevoked,
};
use overspill::units::{Money, Price, Share, SimTime, TICKS_PER_HOUR};

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::formula::Rule;
use crate::recorder::Doing;

/// A price of one step costs a unit of money for each tick.
const STEP: i64 = TICKS_PER_HOUR;

const DOLLARS: CurrencyId = CurrencyId(0);
const CREDITS: CurrencyId = CurrencyId(1);

fn in_credits(rules: PoolRules) -> PoolRules {
    PoolRules { currency: CREDITS, ..rules }
}

/// The provider's, at so many dollars.
fn shop(slots: u32, unit: i64) -> PoolRules {
    PoolRules::posted(PROVIDER, Slots::Count(slots), price(unit * STEP))
}

/// The customer's, at 2 credits.
fn pool(slots: u32) -> PoolRules {
    in_credits(PoolRules {
        interrupted: Some(Interrupted::Resume),
        waiting: Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod }),
        ..PoolRules::posted(CUSTOMER, Slots::Count(slots), price(2 * STEP))
    })
}

fn request(bid: i64, work: i64) -> Submission {
    Submission { work: ticks(work), ..ask(0, bid * STEP) }
}

fn line(from: u32, slots: u32, bid: Price) -> SupplyLine {
    SupplyLine { from: PoolId(from), slots, bid, purchase: None }
}

fn ladder(tiers: &[u32], max_price: MaxPrice) -> BurstRules {
    BurstRules {
        tiers: tiers.iter().copied().map(PoolId).collect(),
        max_price,
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    }
}

fn limit(steps: i64) -> MaxPrice {
    MaxPrice::Constant(price(steps * STEP))
}

/// What each has received less what it has paid, in dollars and in credits: provider, customer, member.
fn books(driver: &Driver) -> [[i128; 2]; 3] {
    [PROVIDER, CUSTOMER, MEMBER].map(|party| driver.balances(party))
}

#[test]
fn the_owner_pays_for_supply_in_the_currency_of_its_source() {
    let term = |upfront, hourly, due| Purchase {
        upfront: Money::from_units(upfront),
        hourly: price(hourly * STEP),
        due,
        term: ticks(1_000),
        start: SimTime::ZERO,
        at_expiry: AtExpiry::TakeBack,
    };
    let bought = |purchase| SupplyLine { purchase: Some(purchase), ..line(1, 2, Price::MAX) };
    #[rustfmt::skip]
    let cases = [
        // the source                line                              the provider has, after 20 ticks
        (shop(9, 3),                 line(1, 2, Price::MAX),           2 * 3 * 20),
        (spot(PROVIDER, 2),          line(1, 2, price(4 * STEP)),      2 * 4 * 20),
        (shop(9, 3),                 bought(term(50, 1, Due::WholeTerm)), 2 * 50 + 2 * 20),
        (shop(9, 3),                 bought(term(50, 1, Due::Use)),    2 * 50 + 10),
    ];
    for (case, (source, line, dollars)) in cases.into_iter().enumerate() {
        let mut driver = Driver::new(vec![PoolRules { supply: vec![line], ..pool(0) }, source]);
        driver.submit(request(2, 10));
        driver.run_to(20);
        driver.close();
        // The member has paid 2 credits for each of ten ticks.
        assert_eq!(books(&driver), [[dollars, 0], [-dollars, 20], [0, -20]], "case {case}");
    }
}

#[test]
fn bursts_and_their_budget_are_in_the_currency_of_the_tiers() {
    use Charging::{Metered, Prepaid};
    use Pays::{MemberPoolPrice, Owner};
    #[rustfmt::skip]
    let cases = [
        // 3 dollars a tick for 10 ticks; fee in percent, flat fee
        // charging   amount  fee  flat  pays               ticks  dollars  credits
        (Prepaid,     30,     0,   0,    Owner,             10,    30,      0),
        (Prepaid,     29,     0,   0,    Owner,             0,     0,       0),
        (Prepaid,     30,     0,   0,    MemberPoolPrice,   10,    30,      20),
        (Prepaid,     35,     10,  2,    MemberPoolPrice,   10,    35,      20),
        (Prepaid,     34,     10,  2,    MemberPoolPrice,   0,     0,       0),
        (Metered,     30,     0,   0,    Owner,             10,    30,      0),
        (Metered,     20,     0,   0,    Owner,             6,     18,      0),
        (Metered,     20,     0,   0,    MemberPoolPrice,   6,     18,      12),
        (Metered,     20,     0,   5,    MemberPoolPrice,   5,     20,      10),
        (Metered,     2,      0,   0,    MemberPoolPrice,   0,     0,       0),
    ];
    for (case, (charging, amount, fee, flat, pays, held, dollars, credits)) in cases.into_iter().enumerate() {
        let burst = BurstRules {
            fee: Share::from_parts(fee * 10_000),
            flat_fee: Money::from_units(flat),
            budget: Some(BudgetRules { amount: Money::from_units(amount), period: None, charging }),
            terms: BurstTerms { pays, ..BurstTerms::default() },
            ..ladder(&[1], limit(4))
        };
        let home = PoolRules { burst: Some(burst), waiting: None, interrupted: Some(Interrupted::Lost), ..pool(0) };
        let mut driver = Driver::new(vec![home, shop(1, 3)]);
        driver.submit(request(2, 10));
        driver.run_to(40);
        driver.close();
        let time: i64 = driver.log.held.iter().map(|held| (held.to - held.from).ticks()).sum();
        assert_eq!(time, held, "case {case}");
        assert_eq!(books(&driver), [[dollars, 0], [-dollars, credits], [0, -credits]], "case {case}");
    }
}

#[test]
fn highest_prices_are_in_the_currency_of_the_tier() {
    let drawn = Some(price(3 * STEP));
    #[rustfmt::skip]
    let cases = [
        // of the policy       drawn   does a bid of 2 credits take a slot at 3 dollars?
        (limit(3),             None,   true),
        (limit(2),             None,   false),
        (MaxPrice::Drawn,      drawn,  true),
        (MaxPrice::Drawn,      Some(price(3 * STEP - 1)), false),
    ];
    for (max_price, drawn, bursts) in cases {
        let home = PoolRules { burst: Some(ladder(&[1], max_price)), waiting: None, ..pool(0) };
        let mut driver = Driver::new(vec![home, shop(1, 3)]);
        let number = driver.submit(Submission { max_price: drawn, ..request(2, 10) });
        assert_eq!(driver.seen(number).is_running(), bursts, "{max_price:?} {drawn:?}");
    }
}

/// From credits to dollars when the first tier is full, to other dollars when the slot is lost, and home when one is free.
#[test]
fn a_burst_goes_on_from_currency_to_currency() {
    let of_tier = |steps| TierTerms { max_price: Some(limit(steps)), ..TierTerms::default() };
    let terms = BurstTerms {
        tiers: vec![of_tier(1), of_tier(5), of_tier(9)],
        when_revoked: WhenRevoked::NextTier,
        give_back: GiveBack::WhenFree,
        pays: Pays::MemberPoolPrice,
        ..BurstTerms::default()
    };
    let burst = BurstRules { terms, ..ladder(&[1, 2, 3], limit(0)) };
    let spare = in_credits(PoolRules::posted(CUSTOMER, Slots::Count(1), price(STEP)));
    let market = PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 1) };
    let mut driver =
        Driver::new(vec![PoolRules { burst: Some(burst), waiting: None, ..pool(1) }, spare, market, shop(1, 9)]);
    let [first, second, third] = [30, 90, 90].map(|work| driver.submit(request(2, work)));
    let tier = |driver: &Driver, number| match driver.doing(number) {
        Doing::Running { pool, tier, .. } => (pool.0, tier),
        other => panic!("{other:?}"),
    };
    assert_eq!([first, second, third].map(|n| tier(&driver, n)), [(0, None), (1, Some(0)), (2, Some(1))]);
    driver.run_to(10);
    driver.submit(Submission { payer: STRANGER, ..ask(2, 6 * STEP) });
    assert_eq!(tier(&driver, third), (3, Some(2)));
    driver.run_to(31);
    // The earliest arrival moves home.
    assert_eq!([second, third].map(|n| tier(&driver, n)), [(0, None), (3, Some(2))]);
    driver.run_to(40);
    driver.close();
    // At home 40 ticks, in the customer's own tier 30, in others 40: all at the price of home, 2 credits. Of what the
    // customer owes itself there is nothing left.
    let credits = 2 * (40 + 30 + 40);
    // Alone in the market the third pays 5 dollars for ten ticks, then 9 for thirty; the stranger 6 for thirty.
    let dollars = 5 * 10 + 9 * 30;
    assert_eq!(books(&driver), [[dollars + 6 * 30, 0], [-dollars, credits], [0, -credits]]);
}

/// Two occupants of a shrinking pool, of which the lowest bid goes: what a burst has bid there, not what was bid at home.
#[test]
fn a_formula_of_a_tier_sees_what_was_bid_there() {
    let order = EvictionOrder::Formula(std::sync::Arc::new(Rule(|variables| Ok(variables.bid))));
    let tier = PoolRules {
        interruption: InterruptionRules { order, ..InterruptionRules::IMMEDIATE },
        interrupted: Some(Interrupted::Lost),
        ..shop(2, 1)
    };
    let home = PoolRules { burst: Some(ladder(&[1], limit(5))), waiting: None, ..pool(0) };
    let mut driver = Driver::new(vec![home, tier]);
    let guest = driver.submit(request(900, 50));
    let stranger = driver.submit(Submission { payer: STRANGER, ..ask(1, 7 * STEP) });
    driver.operate(0, 1, Change::Resize(1)).expect("the pool has two slots");
    assert!(!driver.seen(guest).is_running() && driver.seen(stranger).is_running());
}

#[test]
fn slots_in_credits_are_lent_to_a_market_in_dollars_and_taken_back() {
    let market = PoolRules { interrupted: Some(Interrupted::Lost), minimum: price(STEP), ..spot(PROVIDER, 0) };
    let resale = Some(Resale { to: PoolId(2), takes_back: TakesBack::NextTier });
    let account = in_credits(PoolRules { resale, ..PoolRules::posted(CUSTOMER, Slots::Count(1), price(0)) });
    let home = PoolRules { burst: Some(ladder(&[1], limit(0))), ..pool(0) };
    let mut driver = Driver::new(vec![PoolRules { waiting: None, ..home }, account, market]);
    let tenant = driver.submit(Submission { payer: STRANGER, ..ask(2, 3 * STEP) });
    assert!(driver.seen(tenant).is_running());
    driver.run_to(10);
    let burst = driver.submit(request(2, 10));
    assert!(driver.seen(burst).is_running() && !driver.seen(tenant).is_running());
    driver.run_to(30);
    driver.close();
    assert_eq!(driver.balances(STRANGER), [-30, 0]);
    assert_eq!(books(&driver), [[30, 0], [0, 0], [0, 0]]);
}

#[test]
fn operations_mix_no_currencies() {
    let of_tier = |steps| TierTerms { max_price: Some(limit(steps)), ..TierTerms::default() };
    let terms = BurstTerms { tiers: vec![of_tier(3), TierTerms::default()], ..BurstTerms::default() };
    let spare = in_credits(PoolRules::posted(CUSTOMER, Slots::Count(0), price(0)));
    let burst = BurstRules { terms, ..ladder(&[1, 2], limit(4)) };
    let mut driver = Driver::new(vec![PoolRules { burst: Some(burst), ..pool(0) }, spare, shop(5, 3)]);
    #[rustfmt::skip]
    let cases = [
        (Change::AddSlots(line(2, 2, price(3 * STEP))), Ok(())),
        // A bid in credits is no price of the shop.
        (Change::BurstPrice(MaxPrice::Bid),             Err(Denial::Currency)),
        (Change::BurstPrice(limit(5)),                  Ok(())),
    ];
    for (change, answer) in cases {
        assert_eq!(driver.operate(0, 0, change.clone()), answer, "{change:?}");
    }
    driver.run_to(10);
    driver.close();
    assert_eq!(books(&driver), [[60, 0], [-60, 0], [0, 0]]);
}

/// What a joint pool spends is shared, in its own currency: nothing on its account may be paid in another.
#[test]
fn pools_merge_that_are_supplied_in_another_currency_where_each_pays_for_its_own() {
    let alliance = PartyId(3);
    for (supply_cost, expected) in [(SupplyCost::Joint, Err(Denial::NotMergeable)), (SupplyCost::Own, Ok(()))] {
        let partner = |owner, supply| PoolRules { owner, supply, ..pool(1) };
        let merges = vec![PoolId(0), PoolId(1)];
        let terms = JointRules { merges, sharing: Sharing::Contribution, every: None, own_first: false, supply_cost };
        let joint = PoolRules { owner: alliance, joint: Some(terms), ..pool(0) };
        let partners = [partner(CUSTOMER, vec![line(3, 1, Price::MAX)]), partner(MEMBER, Vec::new())];
        let [a, b] = partners;
        let mut driver = Driver::new(vec![a, b, joint, shop(1, 3)]);
        let merged = driver.operate(0, 2, Change::Merge { agreed_by: vec![AccountId(0)] });
        assert_eq!(merged, expected, "{supply_cost:?}");
        driver.run_to(10);
        driver.close();
        assert_eq!(driver.balances(CUSTOMER), [-30, 0], "{supply_cost:?}");
        assert_eq!(driver.balances(alliance), [0, 0], "{supply_cost:?}");
    }
}

#[test]
fn amounts_of_a_policy_that_would_be_in_two_currencies_are_found() {
    use Mixed::{Bid, Budget, FlatFee, MaxPrice as Limit, Share as Part};
    let euros = CurrencyId(2);
    let own = |limits: &[Option<MaxPrice>]| {
        limits.iter().map(|max_price| TierTerms { max_price: *max_price, ..TierTerms::default() }).collect()
    };
    let budget = Some(BudgetRules { amount: Money::ZERO, period: None, charging: Charging::Prepaid });
    let plain = || ladder(&[0, 1, 2], limit(1));
    let with = |terms: BurstTerms| BurstRules { terms, ..plain() };
    let tiers = |limits: &[Option<MaxPrice>]| BurstTerms { tiers: own(limits), ..BurstTerms::default() };
    let fixed = Some(limit(1));
    let part = Pays::Member(Share::from_parts(1));
    let (d, c, e) = (DOLLARS, CREDITS, euros);
    #[rustfmt::skip]
    let cases = [
        // currencies of the tiers, policy of a pool in credits,                        what mixes them, from which tier on
        ([d, d, d], plain(),                                                            vec![]),
        ([d, d, e], plain(),                                                            vec![(Limit, 2)]),
        ([e, d, d], with(tiers(&[fixed])),                                              vec![]),
        ([d, e, c], with(tiers(&[fixed, fixed, fixed])),                                vec![]),
        ([d, e, e], with(tiers(&[None, fixed, None])),                                  vec![(Limit, 2)]),
        ([d, e, e], with(tiers(&[Some(MaxPrice::Drawn), Some(MaxPrice::Drawn), None])), vec![(Limit, 0)]),
        ([c, c, d], BurstRules { max_price: MaxPrice::Bid, ..plain() },                 vec![(Bid, 2)]),
        ([c, d, d], with(tiers(&[Some(MaxPrice::Bid)])),                                vec![]),
        ([d, d, d], with(tiers(&[None, Some(MaxPrice::Bid)])),                          vec![(Bid, 1)]),
        ([d, e, d], BurstRules { max_price: MaxPrice::Drawn, ..plain() },               vec![(Limit, 1)]),
        ([d, d, d], BurstRules { budget: budget.clone(), flat_fee: Money::from_units(1), ..plain() }, vec![]),
        ([d, e, d], BurstRules { budget, ..with(tiers(&[fixed, fixed, fixed])) },       vec![(Budget, 1)]),
        ([d, d, e], BurstRules { flat_fee: Money::from_units(1), ..with(tiers(&[fixed, fixed, fixed])) }, vec![(FlatFee, 2)]),
        ([c, d, d], with(BurstTerms { pays: part, ..tiers(&[fixed, None]) }),           vec![(Part, 1)]),
        ([c, c, c], with(BurstTerms { pays: part, ..BurstTerms::default() }),           vec![]),
    ];
    for (case, (currencies, burst, mixed)) in cases.into_iter().enumerate() {
        assert_eq!(burst.mixed(CREDITS, |pool| currencies[pool.index()]), mixed, "case {case}");
    }
}

#[test]
#[should_panic(expected = "currencies must not be mixed")]
fn a_marketplace_takes_no_policy_that_mixes_currencies() {
    let home = PoolRules { burst: Some(ladder(&[1], MaxPrice::Bid)), ..pool(0) };
    Driver::new(vec![home, shop(1, 3)]);
}

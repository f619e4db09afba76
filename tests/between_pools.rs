//! What passes between pools, by hand: requests that ask the tiers of a ladder, and slots on loan.

use std::sync::Arc;

use overspill::demand::{Arrivals, Bidding, Group, Job, Law, Sequence};
use overspill::market::{
    BudgetRules, BurstRules, BurstTerms, Charging, Interrupted, MaxPrice, PartyId, Payment, PoolId, PoolRules,
    PriceRule, Pricing, Resale, Slots, SpotRules, TakesBack, TierTerms, Triggers, WaitingOrder, WaitingRoom,
};
use overspill::simulation::{Economics, GroupModel, Member, Model, Party, PoolModel, catalogue, replicate};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, Speed, TICKS_PER_HOUR};

const PROVIDER: PartyId = PartyId(0);
const LAB: PartyId = PartyId(1);

fn hours(hours: f64) -> SimDuration {
    SimDuration::from_ticks((hours * TICKS_PER_HOUR as f64) as i64)
}

fn at(time: f64) -> SimTime {
    SimTime::ZERO.saturating_add(hours(time))
}

fn pool(name: &str, rules: PoolRules) -> PoolModel {
    PoolModel { name: name.to_owned(), rules, minimum_schedule: None, unit: None, given: None }
}

fn shop(slots: u32, price: f64) -> PoolRules {
    let shop = PoolRules::posted(PROVIDER, Slots::Count(slots), Price::nearest(price));
    PoolRules { interrupted: Some(Interrupted::Lost), ..shop }
}

/// The laboratory's pool, which bursts into all pools behind it for at most 4 an hour.
fn home(slots: u32, tiers: u32, budget: Option<BudgetRules>, terms: BurstTerms) -> PoolRules {
    let burst = BurstRules {
        tiers: (1..=tiers).map(PoolId).collect(),
        max_price: MaxPrice::Constant(Price::nearest(4.0)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget,
        terms,
    };
    PoolRules { owner: LAB, burst: Some(burst), ..shop(slots, 0.0) }
}

/// Each of these asks a pool: at some hour, for so many hours, slots, at a value.
fn model(pools: Vec<PoolModel>, requests: &[(u32, f64, f64, u32, f64)], (warm_up, horizon): (f64, f64)) -> Model {
    let asks = |(number, (pool, hour, work, slots, value)): (usize, &(u32, f64, f64, u32, f64))| {
        let job = Job { submit: at(*hour), work: hours(*work), slots: *slots, member: 0 };
        let group = Group {
            name: format!("group-{number}"),
            arrivals: Arrivals::Replay(Arc::new(Sequence::new(vec![job]))),
            value: Law::Constant(*value),
            bidding: Bidding::Truthful,
            patience: None,
            revision: None,
            withdrawal: None,
            max_price: None,
        };
        GroupModel { group, pool: PoolId(*pool), first_member: number, alternatives: Vec::new() }
    };
    Model {
        currencies: vec!["USD".to_owned()],
        parties: ["provider", "lab", "office"].map(|name| Party { name: name.to_owned() }).into(),
        pools,
        groups: requests.iter().enumerate().map(asks).collect(),
        members: (0..requests.len())
            .map(|group| Member { name: format!("user-{group}"), group, department: 0 })
            .collect(),
        departments: vec!["physics".to_owned()],
        owner_steps: Vec::new(),
        conversion: None,
        warm_up: at(warm_up),
        horizon: at(horizon),
        series_step: SimDuration::from_hours(1),
        reports_members: false,
        economics: Economics::default(),
        accounts: Vec::new(),
        hardware: None,
    }
}

#[track_caller]
fn assert_measures(model: &Model, scope: &str, expected: &[(&str, f64)]) {
    let outcome = replicate(model, 1, 0).expect("books that balance");
    let ids = catalogue(model);
    for (metric, expected) in expected {
        let index = ids.iter().position(|id| id.metric == *metric && id.scope.to_string() == scope);
        let value = outcome.measures[index.unwrap_or_else(|| panic!("no {metric} of {scope}"))].value();
        assert!(value.is_some_and(|value| (value - expected).abs() < 1e-9), "{scope} {metric}: {value:?}, {expected}");
    }
}

/// A cheap tier of two slots of twice the speed, with 5 of its own in each period of four hours; one that is too dear; and
/// one of one slot.
fn ladder(warm_up: f64) -> Model {
    let cheap = TierTerms { budget: Some(Money::from_units(5_000_000_000)), ..TierTerms::default() };
    let terms = BurstTerms { tiers: vec![cheap, TierTerms::default(), TierTerms::default()], ..BurstTerms::default() };
    let period = Some(SimDuration::from_hours(4));
    let budget = BudgetRules { amount: BudgetRules::UNLIMITED, period, charging: Charging::Prepaid };
    let fast = PoolRules { speed: Speed::from_parts(2_000_000).expect("above zero"), ..shop(2, 1.0) };
    let pools = vec![
        pool("home", home(0, 3, Some(budget), terms)),
        pool("cheap", fast),
        pool("dear", shop(9, 5.0)),
        pool("last", shop(1, 3.0)),
    ];
    #[rustfmt::skip]
    let requests = [
        // pool, hour, work, slots, value
        (0, 0.0, 4.0, 1, 0.0), // cheap, for 2 of its hours and 2
        (0, 1.0, 8.0, 1, 0.0), // would cost 4, and 3 are left; too dear; the last
        (0, 1.5, 2.0, 2, 0.0), // one slot is free; too dear; none is
        (0, 5.0, 2.0, 1, 0.0), // cheap, for an hour and 1, in the second period
    ];
    model(pools, &requests, (warm_up, 8.0))
}

#[test]
fn a_tier_tells_what_it_was_asked_and_why_it_refused() {
    let model = ladder(0.0);
    let cheap = [
        ("offered", 4.0),
        ("refused", 2.0),
        ("refused_budget", 1.0),
        ("refused_capacity", 1.0),
        ("refused_price", 0.0),
        ("blocking_probability", 0.25),
        ("offered_load", (2.0 + 4.0 + 2.0 * 1.0 + 1.0) / 8.0),
        ("burst_occupancy_mean", (2.0 + 1.0) / 8.0),
    ];
    assert_measures(&model, "tier:cheap", &cheap);
    let dear = [("offered", 2.0), ("refused", 2.0), ("refused_price", 2.0), ("offered_load", (8.0 + 2.0 * 2.0) / 8.0)];
    assert_measures(&model, "tier:dear", &dear);
    let last = [
        ("offered", 2.0),
        ("refused", 1.0),
        ("refused_capacity", 1.0),
        ("blocking_probability", 0.5),
        ("offered_load", (8.0 + 2.0 * 2.0) / 8.0),
        ("burst_occupancy_mean", 7.0 / 8.0),
    ];
    assert_measures(&model, "tier:last", &last);
}

#[test]
fn the_amount_of_a_tier_has_periods_of_its_own() {
    let expected = [
        ("budget_periods", 2.0),
        ("budget_spend_mean", 1.5),
        ("budget_spend_max", 2.0),
        ("budget_left_mean", (3.0 + 4.0) / 2.0),
        ("budget_exhausted", 0.5),
        ("budget_exhausted_after_mean", 1.0),
    ];
    assert_measures(&ladder(0.0), "tier:cheap", &expected);
    // The first period began before the window.
    let expected =
        [("budget_periods", 1.0), ("budget_spend_mean", 1.0), ("budget_left_mean", 4.0), ("budget_exhausted", 0.0)];
    assert_measures(&ladder(1.0), "tier:cheap", &expected);
    let model = ladder(0.0);
    let has_amount = |scope: &str| {
        catalogue(&model).iter().any(|id| id.metric == "budget_left_mean" && id.scope.to_string() == scope)
    };
    assert!(has_amount("tier:cheap") && !has_amount("tier:dear") && !has_amount("pool:home"));
}

/// Home is held all the time. The second waits for an hour and takes the only slot of the tier from 1.5 to 3.5; the third
/// asks for it at 2, and again when it is free.
#[test]
fn who_asks_a_tier_again_is_load_once() {
    let triggers = Triggers { waited: Some(hours(1.0)), tier_freed: true, ..Triggers::default() };
    let home = PoolRules {
        waiting: Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod }),
        ..home(1, 1, None, BurstTerms { triggers, ..BurstTerms::default() })
    };
    let requests = [(0, 0.0, 20.0, 1, 0.0), (0, 0.5, 2.0, 1, 0.0), (0, 1.0, 3.0, 1, 0.0)];
    let model = model(vec![pool("home", home), pool("tier", shop(1, 3.0))], &requests, (0.0, 10.0));
    let expected = [
        ("offered", 3.0),
        ("refused_capacity", 1.0),
        ("bursts", 2.0),
        ("offered_load", 5.0 / 10.0),
        ("burst_occupancy_mean", 5.0 / 10.0),
    ];
    assert_measures(&model, "tier:tier", &expected);
}

/// The laboratory lends three slots and the office one, to a market at 2 an hour without slots of its own. Two tenants work
/// there from hour 1 to 5. From hour 3 on two of the laboratory's slots are used: then each of them lends one.
#[test]
fn lenders_are_told_what_their_slots_bring_in_proportion() {
    let lender = |owner, slots| PoolRules {
        resale: Some(Resale { to: PoolId(2), takes_back: TakesBack::NextTier }),
        ..PoolRules::posted(owner, Slots::Count(slots), Price::ZERO)
    };
    let market = PoolRules {
        pricing: Pricing::Spot(SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice)),
        minimum: Price::nearest(2.0),
        ..shop(0, 0.0)
    };
    let pools = vec![
        pool("home", home(0, 1, None, BurstTerms::default())),
        pool("spare", lender(LAB, 3)),
        pool("market", market),
        pool("desk", lender(PartyId(2), 1)),
    ];
    let requests = [(2, 1.0, 4.0, 1, 2.0), (2, 1.0, 4.0, 1, 2.0), (0, 3.0, 5.0, 2, 0.0)];
    for (warm_up, lab, office) in [(0.0, 6.0 + 4.0, 2.0 + 4.0), (2.0, 3.0 + 4.0, 1.0 + 4.0)] {
        let model = model(pools.clone(), &requests, (warm_up, 10.0));
        let window = 10.0 - warm_up;
        for (scope, revenue) in
            [("pool:spare", lab), ("customer:lab", lab), ("pool:desk", office), ("customer:office", office)]
        {
            assert_measures(&model, scope, &[("resale_revenue_rate", revenue / window)]);
        }
        assert_measures(&model, "pool:market", &[("on_loan_revenue", lab + office)]);
        assert_measures(&model, "provider", &[("revenue_rate", (lab + office) / window)]);
        assert_measures(&model, "customer:lab", &[("revenue_rate", 0.0)]);
    }
}

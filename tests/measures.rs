//! Measures of small markets that can be worked out by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use overspill::demand::{Arrivals, Bidding, Group, Job, Law, Sequence};
use overspill::market::{
    AtExpiry, AuctionMethod, AuctionRules, BudgetRules, BurstRules, BurstTerms, Charging, ClockPayment, CurrencyId,
    Due, DutchClock, EnglishClock, Formula, Interrupted, InterruptionRules, LateBidders, Losers, MaxPrice,
    MinimumFormula, PartyId, Payment, Pays, PoolId, PoolRules, PriceRule, Pricing, Purchase, Slots, SpotRules,
    SupplyLine, Term, Variables, WaitingOrder, WaitingRoom,
};
use overspill::simulation::{
    Conversion, Economics, GroupModel, Member, MinimumSchedule, Model, OwnerStep, Party, PoolModel, ResourceUnit,
    Scope, catalogue, replicate, series_catalogue,
};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, TICKS_PER_HOUR, UNITS_PER_CURRENCY};

fn ticks(hours: f64) -> i64 {
    (hours * TICKS_PER_HOUR as f64) as i64
}

fn at(hours: f64) -> SimTime {
    SimTime::from_ticks(ticks(hours))
}

/// A pool of one slot at a minimum of 0.1; each request (hour of arrival, hours, value) is of a member of its own, who
/// bids what a slot-hour is worth to it.
fn model(pricing: Pricing, requests: &[(f64, f64, f64)], (warm_up, horizon): (f64, f64)) -> Model {
    let minimum = Price::nearest(0.1);
    let rules = PoolRules { pricing, minimum, ..PoolRules::posted(PartyId(0), Slots::Count(1), Price::from_units(0)) };
    let name = |number: usize| format!("member-{number}");
    let group = |(number, (arrival, duration, value)): (usize, &(f64, f64, f64))| {
        let job = Job { submit: at(*arrival), work: SimDuration::from_ticks(ticks(*duration)), slots: 1, member: 0 };
        let group = Group {
            name: name(number),
            arrivals: Arrivals::Replay(Arc::new(Sequence::new(vec![job]))),
            value: Law::Constant(*value),
            bidding: Bidding::Truthful,
            patience: None,
            max_price: None,
            revision: None,
            withdrawal: None,
        };
        GroupModel { group, pool: PoolId(0), alternatives: Vec::new(), first_member: number }
    };
    Model {
        currencies: vec!["USD".to_owned()],
        parties: vec![Party { name: "provider".to_owned() }],
        pools: vec![PoolModel { name: "lab".to_owned(), rules, minimum_schedule: None, given: None, unit: None }],
        groups: requests.iter().enumerate().map(group).collect(),
        departments: vec!["physics".to_owned()],
        members: (0..requests.len())
            .map(|number| Member { name: name(number), group: number, department: 0 })
            .collect(),
        owner_steps: Vec::new(),
        accounts: Vec::new(),
        hardware: None,
        warm_up: at(warm_up),
        horizon: at(horizon),
        series_step: SimDuration::from_hours(1),
        reports_members: true,
        conversion: None,
        economics: Economics { envy: true, regret: true, offline_optimum: true },
    }
}

fn spot() -> Pricing {
    Pricing::Spot(SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice))
}

/// At 0.5 for an hour, at 0.2 for half an hour, at the minimum of 0.1 for another half.
const TWO_REQUESTS: [(f64, f64, f64); 2] = [(0.0, 1.0, 0.5), (1.0, 0.5, 0.2)];

fn assert_measures(model: &Model, expected: &[(&str, f64)]) {
    assert_measures_of("pool:lab", model, expected);
}

#[track_caller]
fn assert_measures_of(scope: &str, model: &Model, expected: &[(&str, f64)]) {
    let outcome = replicate(model, 1, 0).expect("books that balance");
    for (metric, expected) in expected {
        let ids = catalogue(model);
        let index = ids.iter().position(|id| id.metric == *metric && id.scope.to_string() == scope);
        let value = outcome.measures[index.expect("a metric")].value();
        assert!(value.is_some_and(|value| (value - expected).abs() < 1e-12), "{metric}: {value:?} is not {expected}");
    }
}

#[test]
fn a_price_is_as_volatile_as_the_time_at_each_level_makes_it() {
    let price_sd = (0.25 * 0.5 + 0.04 * 0.25 + 0.01 * 0.25 - 0.325 * 0.325_f64).sqrt();
    assert_measures(&model(spot(), &TWO_REQUESTS, (0.0, 2.0)), &[("price_mean", 0.325), ("price_sd", price_sd)]);
    assert_measures(&model(spot(), &TWO_REQUESTS, (1.0, 2.0)), &[("price_mean", 0.15), ("price_sd", 0.05)]);
}

#[derive(Debug)]
struct ATenth;

impl Formula for ATenth {
    fn evaluate(&self, _: &Variables) -> Result<i64, String> {
        Ok(Price::nearest(0.1).units())
    }
}

/// From the first hour to the second: then the formula sets the minimum again.
#[test]
fn what_an_owner_does_by_hand_holds_over_its_formula_at_the_same_instant() {
    let mut model = model(spot(), &[], (0.0, 4.0));
    let formula = MinimumFormula { formula: Arc::new(ATenth), every: SimDuration::from_hours(1) };
    model.pools[0].rules.minimum_formula = Some(formula);
    model.owner_steps = vec![OwnerStep::minimum(at(1.0), PoolId(0), Price::nearest(0.3))];
    assert_measures(&model, &[("price_mean", (0.1 + 0.3 + 0.1 + 0.1) / 4.0)]);
}

#[test]
fn two_slot_hours_to_one_are_shared_as_every_index_says() {
    let expected = [
        ("hhi", 5.0 / 9.0),
        ("payment_hhi", 0.26 / 0.36),
        ("jain_members", 0.9),
        ("gini_members", 1.0 / 6.0),
        ("jain_departments", 1.0),
        ("gini_departments", 0.0),
    ];
    assert_measures(&model(spot(), &TWO_REQUESTS, (0.0, 2.0)), &expected);
}

/// The first would rather have had the half hour for 0.1 that it values at 0.25; the second envies nobody.
#[test]
fn envy_is_what_the_best_bundle_of_another_would_be_worth_beyond_ones_own() {
    assert_measures(&model(spot(), &TWO_REQUESTS, (0.0, 2.0)), &[("envy_mean", 0.15 / 2.0 / 2.0)]);
}

/// One and a half slot-hours of a pool whose slots give 2.5 units an hour.
#[test]
fn use_is_stated_in_the_units_of_the_pool() {
    let mut model = model(spot(), &TWO_REQUESTS, (0.0, 2.0));
    let has_usage = |model: &Model| catalogue(model).iter().any(|id| id.metric == "usage");
    assert!(!has_usage(&model));
    model.pools[0].unit = Some(ResourceUnit { name: "GHz-h".to_owned(), per_slot_hour: 2.5 });
    for (scope, used) in
        [("pool:lab", 3.75), ("department:physics", 3.75), ("group:member-0", 2.5), ("member:member-1", 1.25)]
    {
        assert_measures_of(scope, &model, &[("usage", used)]);
        let ids = catalogue(&model);
        let id = ids.iter().find(|id| id.metric == "usage" && id.scope.to_string() == scope).expect("a metric");
        assert_eq!(id.unit.to_string(), "GHz-h");
    }
}

/// An hour at 0.5 and half an hour at 0.2 make 0.6 in 2 hours.
#[test]
fn currencies_are_summed_where_it_is_said_what_they_are_worth() {
    let mut model = model(spot(), &TWO_REQUESTS, (0.0, 2.0));
    let is_converted = |model: &Model| catalogue(model).iter().any(|id| id.metric.ends_with("_converted"));
    assert!(!is_converted(&model));
    // Another pool, in which nothing happens, is priced in credits.
    model.currencies.push("credits".to_owned());
    let currency = CurrencyId(1);
    let rules = PoolRules { currency, ..PoolRules::posted(PartyId(0), Slots::Count(1), Price::from_units(0)) };
    model.pools.push(PoolModel { name: "desk".to_owned(), rules, ..model.pools[0].clone() });
    model.conversion = Some(Conversion { currency: "EUR".to_owned(), rates: vec![0.9, 0.01] });
    let expected = [
        ("revenue_rate", 0.3),
        ("revenue_rate_converted", 0.27),
        ("cost_rate_converted", 0.0),
        ("net_cost_rate_converted", -0.27),
    ];
    assert_measures_of("provider", &model, &expected);
    let units: Vec<_> = catalogue(&model)
        .iter()
        .filter(|id| id.metric.starts_with("revenue_rate") && id.scope == Scope::Provider)
        .map(|id| id.unit.to_string())
        .collect();
    assert_eq!(units, ["USD/h", "credits/h", "EUR/h"]);
}

#[track_caller]
fn assert_in(unit: &str, scope: &str, model: &Model, expected: &[(&str, f64)]) {
    let outcome = replicate(model, 1, 0).expect("books that balance");
    let ids = catalogue(model);
    for (metric, expected) in expected {
        let is_meant = |id: &overspill::simulation::MeasureId<'_>| {
            id.metric == *metric && id.scope.to_string() == scope && id.unit.to_string() == unit
        };
        let value = ids.iter().position(is_meant).and_then(|index| outcome.measures[index].value());
        assert!(value.is_some_and(|value| (value - expected).abs() < 1e-12), "{metric}: {value:?} is not {expected}");
    }
}

/// A school sells at 2 credits what it buys for dollars: a slot of which half the term of 8 hours lies in the run, at 6
/// dollars upfront and 0.1 an hour, and for an hour another one on demand at 0.5.
#[test]
fn a_pool_in_credits_earns_credits_and_costs_dollars() {
    let mut model = model(Pricing::Posted(Price::nearest(2.0)), &[(0.0, 1.0, 5.0), (0.0, 1.0, 5.0)], (0.0, 4.0));
    model.economics = Economics::default();
    model.currencies.push("credits".to_owned());
    model.parties.push(Party { name: "school".to_owned() });
    let shop = PoolRules::posted(PartyId(0), Slots::Unlimited, Price::nearest(0.5));
    model.pools.push(PoolModel { name: "shop".to_owned(), rules: shop, ..model.pools[0].clone() });
    let purchase = Purchase {
        upfront: Money::from_units(6 * i128::from(UNITS_PER_CURRENCY)),
        hourly: Price::nearest(0.1),
        due: Due::WholeTerm,
        term: SimDuration::from_hours(8),
        start: SimTime::ZERO,
        at_expiry: AtExpiry::TakeBack,
    };
    let rules = &mut model.pools[0].rules;
    (rules.owner, rules.currency, rules.slots) = (PartyId(1), CurrencyId(1), Slots::Count(0));
    rules.supply = vec![SupplyLine { from: PoolId(1), slots: 1, bid: Price::MAX, purchase: Some(purchase) }];
    rules.burst = Some(BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Constant(Price::nearest(0.5)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: Some(BudgetRules { amount: BudgetRules::UNLIMITED, period: None, charging: Charging::Metered }),
        terms: BurstTerms { pays: Pays::MemberPoolPrice, ..BurstTerms::default() },
    });
    model.conversion = Some(Conversion { currency: "EUR".to_owned(), rates: vec![0.9, 0.01] });
    let (cost, revenue) = (6.0 / 2.0 + 0.1 * 4.0 + 0.5, 2.0 * 2.0);
    let school = "customer:school";
    assert_in("USD/h", school, &model, &[("cost_rate", cost / 4.0), ("revenue_rate", 0.0)]);
    assert_in("credits/h", school, &model, &[("cost_rate", 0.0), ("revenue_rate", revenue / 4.0)]);
    assert_in("USD", school, &model, &[("upfront_paid", 6.0), ("cash_cost", 6.9), ("cash_revenue", 0.0)]);
    assert_in("credits", school, &model, &[("upfront_paid", 0.0), ("cash_cost", 0.0), ("cash_revenue", revenue)]);
    let converted = [("net_cost_rate_converted", (0.9 * cost - 0.01 * revenue) / 4.0)];
    assert_in("EUR/h", school, &model, &converted);
    assert_in("USD/h", "provider", &model, &[("revenue_rate", cost / 4.0)]);
    assert_in("USD/h", "pool:lab", &model, &[("cost_rate", cost / 4.0), ("burst_cost_rate", 0.5 / 4.0)]);
    assert_in("USD", "pool:lab", &model, &[("burst_cost", 0.5), ("budget_spend_mean", 0.5), ("upfront_paid", 6.0)]);
    assert_in("credits/h", "pool:lab", &model, &[("revenue_rate", 1.0), ("burst_recharge_rate", 0.5)]);
    assert_in("USD/h", "tier:shop", &model, &[("burst_cost_rate", 0.5 / 4.0)]);
    assert_in("credits/h", "tier:shop", &model, &[("burst_recharge_rate", 0.5)]);
    assert_in("credits/h", "group:member-1", &model, &[("payment_rate", 0.5), ("welfare_rate", 5.0 / 4.0)]);
    let is_mixed =
        |id: &overspill::simulation::MeasureId<'_>| id.metric == "payment_rate" && id.unit.to_string() != "credits/h";
    assert!(!catalogue(&model).iter().any(is_mixed), "members pay credits alone");
}

fn auction(method: AuctionMethod, cap: Option<Price>) -> Pricing {
    let (every, bidding) = (SimDuration::from_hours(1), SimDuration::ZERO);
    Pricing::Auction(AuctionRules { method, every, bidding, term: Term::UntilReleased, losers: Losers::Stay, cap })
}

/// The minimum rises to 1 after an hour, over a bid of 0.5 that has two hours guaranteed: two hours at 0.5 make 1 in 4
/// hours.
#[test]
fn who_is_kept_over_a_minimum_above_its_bid_pays_its_bid() {
    let mut model = model(auction(AuctionMethod::FirstPrice, None), &[(0.0, 3.0, 0.5)], (0.0, 4.0));
    model.owner_steps = vec![OwnerStep::minimum(at(1.0), PoolId(0), Price::nearest(1.0))];
    let rules = &mut model.pools[0].rules;
    rules.waiting = Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
    rules.interrupted = Some(Interrupted::Lost);
    for (guaranteed, notice) in [(2.0, 0.0), (0.0, 1.0), (1.5, 0.5)] {
        let [guaranteed, notice] = [guaranteed, notice].map(|hours| SimDuration::from_ticks(ticks(hours)));
        model.pools[0].rules.interruption = InterruptionRules { notice, guaranteed, ..InterruptionRules::IMMEDIATE };
        assert_measures(&model, &[("lost", 1.0), ("carried_load", 0.5), ("revenue_rate", 0.25)]);
    }
}

/// The clock calls 0.1, 0.2 and so on, a call a minute; no call lies above the cap of 0.35, at which two still bid. After
/// the third minute the slot is sold at 0.3, to whoever bids more.
#[test]
fn an_ascending_clock_stops_at_the_cap() {
    let clock = EnglishClock {
        opening: Price::nearest(0.1),
        increment: Price::nearest(0.1),
        tick: SimDuration::from_seconds(60),
        payment: ClockPayment::Uniform,
        late: LateBidders::NextRound,
    };
    let pricing = auction(AuctionMethod::English(clock), Some(Price::nearest(0.35)));
    let mut model = model(pricing, &[(0.0, 1.0, 7.0), (0.0, 1.0, 8.0)], (0.0, 1.0));
    model.pools[0].rules.waiting = Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
    let held = 57.0 / 60.0;
    let expected = [("round_price_mean", 0.3), ("carried_load", held), ("welfare_rate", 8.0 * held)];
    assert_measures(&model, &expected);
}

/// A descending clock sells the first slot at once, for ten minutes, and falls on for the second until half an hour has
/// passed. Meanwhile somebody else has come to the place of the first buyer.
#[test]
fn who_bought_early_in_a_round_counts_at_its_end() {
    let (start, decrement, late) = (Price::nearest(1.0), Price::nearest(0.03), LateBidders::NextRound);
    let clock = DutchClock { start, decrement, tick: SimDuration::from_seconds(60), late };
    let sixth = 1.0 / 6.0;
    let requests = [(0.0, sixth, 1.0), (0.3, 1.0, 0.2), (0.0, sixth, 0.1)];
    let mut model = model(auction(AuctionMethod::Dutch(clock), None), &requests, (0.0, 0.75));
    model.pools[0].rules.slots = Slots::Count(2);
    model.pools[0].rules.waiting = Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
    let expected =
        [("rounds", 1.0), ("round_bidders_mean", 2.0), ("round_welfare_mean", 1.1), ("round_efficiency", 1.0)];
    assert_measures(&model, &expected);
}

#[test]
fn requests_are_handed_out_with_what_became_of_them() {
    // The third arrives while the slot is taken at a higher bid.
    let requests = [(0.0, 1.0, 0.5), (1.5, 1.0, 0.2), (0.5, 1.0, 0.3)];
    let outcome = replicate(&model(spot(), &requests, (0.0, 2.0)), 1, 0).expect("books that balance");
    let records = outcome.requests.expect("records, as the model asks for them");
    let seen: Vec<_> = records.iter().map(|record| (record.arrived, record.until, record.held.as_hours())).collect();
    assert_eq!(seen, [(at(0.0), at(1.0), 1.0), (at(0.5), at(1.5), 0.0), (at(1.5), at(2.0), 0.5)]);
    assert!((records[2].realised().as_currency() - 0.1).abs() < 1e-12);

    let mut plain = model(spot(), &requests, (0.0, 2.0));
    plain.economics = Economics::default();
    let plain = replicate(&plain, 1, 0).expect("books that balance");
    assert_eq!((plain.requests, plain.digest), (None, outcome.digest));
}

/// Ann is a member of two groups.
#[test]
fn a_user_is_one_whatever_the_groups() {
    let mut model = model(spot(), &TWO_REQUESTS, (0.0, 2.0));
    model.members.iter_mut().for_each(|member| member.name = "ann".to_owned());
    assert_measures_of("member:ann", &model, &[("arrivals", 2.0), ("carried_load", 0.75)]);
    let users =
        catalogue(&model).iter().filter(|id| id.scope == Scope::Member("ann") && id.metric == "arrivals").count();
    assert_eq!(users, 1);
}

/// A bid of 0.2 has the slot for an hour, guaranteed; the minimum rises to 0.3 above it after half of that. From 0.75 h on
/// a bid of 0.5 waits for the slot.
fn rising_minimum(guaranteed_hours: f64) -> Model {
    let mut model = model(spot(), &[(0.0, 2.0, 0.2), (0.75, 5.0, 0.5)], (0.0, 2.0));
    let pool = &mut model.pools[0];
    pool.rules.waiting = Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
    pool.rules.interrupted = Some(Interrupted::Lost);
    pool.rules.interruption.guaranteed = SimDuration::from_ticks(ticks(guaranteed_hours));
    let steps = vec![(SimDuration::from_ticks(ticks(0.5)), Price::nearest(0.3))];
    pool.minimum_schedule = Some(MinimumSchedule { steps, period: None });
    model.series_step = SimDuration::from_ticks(ticks(0.25));
    model
}

#[test]
fn a_guaranteed_run_below_the_minimum_takes_no_price_below_it() {
    // 0.2 until the minimum rises, the minimum until the first has to go, then what the second bids; the first pays
    // what it bids, however long it stays.
    let expected = [("price_mean", (0.5 * 0.2 + 0.5 * 0.3 + 0.5) / 2.0), ("revenue_rate", (0.2 + 0.5) / 2.0)];
    assert_measures(&rising_minimum(1.0), &expected);
    let expected = [("price_mean", (0.5 * 0.2 + 0.25 * 0.3 + 1.25 * 0.5) / 2.0), ("interruptions", 1.0)];
    assert_measures(&rising_minimum(0.0), &expected);
}

fn series(model: &Model, metric: &str) -> Option<Vec<f64>> {
    let outcome = replicate(model, 1, 0).expect("books that balance");
    let ids = series_catalogue(model);
    let index = ids.iter().position(|id| id.metric == metric)?;
    Some(outcome.series.chunks(ids.len()).map(|instant| instant[index]).collect())
}

#[test]
fn the_minimum_and_the_interruptions_are_told_over_time() {
    let model = rising_minimum(1.0);
    assert_eq!(series(&model, "minimum_price"), Some(vec![0.1, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]));
    assert_eq!(series(&model, "interruptions"), Some(vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
    // What happened before the window is told as well, and once.
    let late = Model { warm_up: at(1.5), ..rising_minimum(1.0) };
    assert_eq!(series(&late, "interruptions").map(|counts| counts.iter().sum()), Some(1.0));
}

#[test]
fn a_pool_without_a_minimum_has_no_series_of_it() {
    let mut model = model(spot(), &TWO_REQUESTS, (0.0, 2.0));
    model.pools[0].rules.minimum = Price::ZERO;
    assert_eq!(series(&model, "minimum_price"), None);
    model.owner_steps = vec![OwnerStep::minimum(at(1.0), PoolId(0), Price::nearest(0.1))];
    model.pools[0].rules.interrupted = Some(Interrupted::Lost);
    assert_eq!(series(&model, "minimum_price"), Some(vec![0.0, 0.1]));
}

#[test]
fn no_two_measures_have_one_name() {
    let auction = auction(AuctionMethod::Uniform, None);
    for pricing in [Pricing::Posted(Price::from_units(UNITS_PER_CURRENCY)), spot(), auction] {
        let model = model(pricing, &TWO_REQUESTS, (0.0, 2.0));
        let ids: Vec<_> = catalogue(&model).iter().map(|id| (id.scope.to_string(), id.metric)).collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}

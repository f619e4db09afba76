//! One replication gives one digest, wherever it is run: in every build, with and without the program, on every
//! processor. The model is made here, from the light library alone.
//!
//! A change of the digest is value-breaking: it belongs into the changelog, and the new digest into the same commit.

mod bursts;
mod large;
mod methods;
mod records;

use overspill::demand::{Arrivals, Bidding, Group, Law, Members};
use overspill::market::{
    BelowMinimum, BudgetRules, BurstRules, BurstTerms, CapMode, Charging, CurrencyId, Fit, Interrupted, MaxPrice,
    PartyId, Payment, PoolId, PoolRules, PriceCap, PriceRule, Pricing, Slots, SpotRules, SupplyLine, WaitingOrder,
    WaitingRoom,
};
use overspill::simulation::{
    Economics, GroupModel, Member, Model, Outcome, Party, PoolModel, catalogue, replicate, replicate_by_the_long_way,
};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, Speed, TICKS_PER_HOUR, UNITS_PER_CURRENCY};

/// Of replication 3 under seed 7.
const DIGEST: &str = "a58da96d155c9fbaf32244fcce46369f950474b56745be7ae64cd585e42263ce";

const PROVIDER: PartyId = PartyId(0);
const LAB: PartyId = PartyId(1);
const ON_DEMAND: PoolId = PoolId(0);
const SPOT: PoolId = PoolId(1);
const METERED: PoolId = PoolId(2);
const PREPAID: PoolId = PoolId(3);
const FARM: PoolId = PoolId(4);
const DESK: PoolId = PoolId(5);

fn cents(cents: i64) -> Price {
    Price::from_units(cents * UNITS_PER_CURRENCY / 100)
}

fn hours(hours: f64) -> f64 {
    hours * TICKS_PER_HOUR as f64
}

fn spot(rule: PriceRule, payment: Payment, cap: Option<PriceCap>) -> Pricing {
    Pricing::Spot(SpotRules { cap, ..SpotRules::continuous(rule, payment) })
}

fn burst(tiers: Vec<PoolId>, charging: Charging) -> Option<BurstRules> {
    Some(BurstRules {
        tiers,
        max_price: MaxPrice::Constant(cents(40)),
        fee: Share::from_parts(53_700),
        flat_fee: Money::from_units(1_234_567),
        budget: Some(BudgetRules {
            amount: Money::from_units(3 * i128::from(UNITS_PER_CURRENCY)),
            period: Some(SimDuration::from_hours(11)),
            charging,
        }),
        terms: BurstTerms::default(),
    })
}

/// Unlimited on-demand slots; a spot market of the provider that supplies both of the laboratory's pools; one pool that
/// bursts on a meter, one that prepays; a farm that only waits, and a desk where whoever is outbid resumes later. The
/// tiers are an ordinary one and a spot market.
fn pools() -> Vec<PoolModel> {
    let waiting = |capacity, order| Some(WaitingRoom { capacity, order });
    let on_demand = PoolRules {
        speed: Speed::from_parts(1_500_000).expect("a speed"),
        ..PoolRules::posted(PROVIDER, Slots::Unlimited, cents(30))
    };
    let provider_spot = PoolRules {
        pricing: spot(PriceRule::HighestRejected, Payment::UniformPrice, None),
        minimum: cents(2),
        waiting: waiting(Some(20), WaitingOrder::ByMethod),
        interrupted: Some(Interrupted::Restart),
        ..PoolRules::posted(PROVIDER, Slots::Count(12), Price::ZERO)
    };
    let metered = PoolRules {
        supply: vec![SupplyLine { from: SPOT, slots: 3, bid: cents(25), purchase: None }],
        pricing: spot(
            PriceRule::LowestAccepted,
            Payment::UniformPrice,
            Some(PriceCap { limit: cents(60), mode: CapMode::Bids }),
        ),
        minimum: cents(3),
        interrupted: Some(Interrupted::Burst),
        burst: burst(vec![SPOT, ON_DEMAND], Charging::Metered),
        ..PoolRules::posted(LAB, Slots::Count(4), Price::ZERO)
    };
    let prepaid = PoolRules {
        supply: vec![SupplyLine { from: SPOT, slots: 2, bid: cents(15), purchase: None }],
        pricing: spot(
            PriceRule::LowestAccepted,
            Payment::OwnBid,
            Some(PriceCap { limit: cents(50), mode: CapMode::Price }),
        ),
        waiting: waiting(Some(3), WaitingOrder::Fifo),
        fit: Fit::Strict,
        interrupted: Some(Interrupted::Redraw),
        burst: burst(vec![ON_DEMAND], Charging::Prepaid),
        ..PoolRules::posted(LAB, Slots::Count(5), Price::ZERO)
    };
    let desk = PoolRules {
        pricing: spot(PriceRule::HighestRejected, Payment::UniformPrice, None),
        minimum: cents(4),
        below_minimum: BelowMinimum::Waits,
        waiting: waiting(Some(8), WaitingOrder::ByMethod),
        interrupted: Some(Interrupted::Resume),
        speed: Speed::from_parts(700_000).expect("a speed"),
        ..PoolRules::posted(LAB, Slots::Count(3), Price::ZERO)
    };
    let farm =
        PoolRules { waiting: waiting(None, WaitingOrder::Fifo), ..PoolRules::posted(LAB, Slots::Count(6), cents(1)) };
    let all = [
        ("on-demand", on_demand),
        ("spot", provider_spot),
        ("metered", metered),
        ("prepaid", prepaid),
        ("farm", farm),
        ("desk", desk),
    ];
    all.into_iter()
        .map(|(name, rules)| PoolModel {
            name: name.to_owned(),
            rules,
            minimum_schedule: None,
            given: None,
            unit: None,
        })
        .collect()
}

/// Asks so often per hour, by truthful bids.
fn group(name: &str, rate: f64, size: Law, duration: Law, count: u32, value: Law, patience: Option<Law>) -> Group {
    Group {
        name: name.to_owned(),
        arrivals: Arrivals::Poisson { mean_gap: hours(1.0 / rate), size, duration, members: Members { count } },
        value,
        bidding: Bidding::Truthful,
        patience,
        max_price: None,
        revision: None,
        withdrawal: None,
    }
}

/// Every law, for durations, sizes, values and patience.
fn groups() -> Vec<(PoolId, u32, Group)> {
    let exponential = Law::Exponential { mean: hours(2.0) };
    let lognormal = Law::lognormal_with_mean(hours(1.5), 2.0);
    let uniform = Law::Uniform { low: hours(0.5), high: hours(3.0) };
    let constant = Law::Constant(hours(1.0));
    let sizes = Law::Uniform { low: 0.5, high: 3.5 };
    let fixed = Group {
        bidding: Bidding::Fixed(cents(5)),
        ..group(
            "outside",
            3.0,
            Law::Constant(1.0),
            exponential,
            1,
            Law::Constant(0.05),
            Some(Law::Constant(hours(4.0))),
        )
    };
    vec![
        (SPOT, 1, fixed),
        (SPOT, 2, group("bidders", 4.0, sizes, lognormal, 2, Law::lognormal_with_mean(0.08, 0.7), Some(uniform))),
        (METERED, 3, group("students", 6.0, sizes, exponential, 3, Law::Uniform { low: 0.0, high: 0.8 }, None)),
        (PREPAID, 2, group("staff", 5.0, sizes, uniform, 2, Law::Exponential { mean: 0.2 }, Some(exponential))),
        (FARM, 4, group("batch", 4.0, Law::Constant(1.0), constant, 4, Law::Exponential { mean: 0.1 }, None)),
        (DESK, 1, group("visitors", 2.0, sizes, lognormal, 1, Law::Uniform { low: 0.0, high: 0.4 }, Some(exponential))),
    ]
}

fn model() -> Model {
    let mut model = Model {
        currencies: vec!["USD".to_owned()],
        parties: ["provider", "lab"].iter().map(|name| Party { name: (*name).to_owned() }).collect(),
        pools: pools(),
        groups: Vec::new(),
        departments: Vec::new(),
        members: Vec::new(),
        owner_steps: Vec::new(),
        accounts: Vec::new(),
        hardware: None,
        conversion: None,
        warm_up: SimTime::ZERO + SimDuration::from_hours(20),
        horizon: SimTime::ZERO + SimDuration::from_hours(500),
        series_step: SimDuration::from_hours(10),
        reports_members: false,
        economics: Economics::default(),
    };
    for (number, (pool, count, group)) in groups().into_iter().enumerate() {
        let first_member = model.members.len();
        model.departments.push(group.name.clone());
        let member = |n: u32| Member { name: format!("{}-{n}", group.name), group: number, department: number };
        model.members.extend((1..=count).map(member));
        model.groups.push(GroupModel { group, pool, alternatives: Vec::new(), first_member });
    }
    // Rules name one currency each, and it is this one.
    assert!(model.pools.iter().all(|pool| pool.rules.currency == CurrencyId(0)));
    model
}

fn outcome(replication: u64) -> Outcome {
    replicate(&model(), 7, replication).expect("books that balance")
}

/// The marketplace has short ways for what happens most of the time, and the simulator takes those in one go.
#[test]
fn the_short_ways_lead_to_the_same_outcome() {
    for replication in 0..3 {
        let long = replicate_by_the_long_way(&model(), 7, replication).expect("books that balance");
        assert_eq!(outcome(replication), long);
    }
}

fn hex(digest: [u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_replication_has_its_digest_in_every_build() {
    assert_eq!(hex(outcome(3).digest), DIGEST);
}

/// A digest says little about a model in which nothing happens.
#[test]
fn everything_that_can_happen_does() {
    let model = model();
    let outcome = outcome(3);
    for (scope, metrics) in [
        (
            "pool:spot",
            &["refused_price", "refused_capacity", "interruptions", "abandoned", "queue_mean", "revenue_rate"][..],
        ),
        ("pool:metered", &["refused_budget", "lost", "interruptions", "bursts", "burst_interruptions", "burst_cost"]),
        ("pool:prepaid", &["refused_budget", "interruptions", "abandoned", "bursts", "burst_cost", "wait_mean"]),
        ("pool:farm", &["wait_mean", "completed", "open_at_horizon"]),
        ("pool:desk", &["wait_mean", "interruptions", "abandoned", "refused_outbid", "price_mean"]),
        ("tier:spot", &["bursts", "burst_interruptions"]),
        ("tier:on-demand", &["bursts", "burst_cost"]),
    ] {
        metrics.iter().for_each(|metric| assert_happens(&model, &outcome, scope, metric));
    }
}

fn assert_happens(model: &Model, outcome: &Outcome, scope: &str, metric: &str) {
    let ids = catalogue(model);
    let index = ids.iter().position(|id| id.metric == metric && id.scope.to_string() == scope);
    let value = outcome.measures[index.expect("a metric")].value();
    assert!(value.is_some_and(|value| value > 0.0), "no {metric} of {scope}");
}

#[test]
fn seeds_and_replications_differ() {
    let digests = [outcome(3).digest, outcome(4).digest, replicate(&model(), 8, 3).expect("books").digest];
    assert!(digests[0] != digests[1] && digests[0] != digests[2] && digests[1] != digests[2]);
    assert_eq!(digests[0], outcome(3).digest);
}

//! The digest of a model of all methods that `main` does not know: rounds and clocks, formulas, shares, cycles; with
//! fairness, credits, notices, revisions, withdrawals, schedules and owners who act.

use std::sync::Arc;

use overspill::demand::{Arrivals, Bidders, Bidding, Equilibrium, Group, Law, Members, Revisions, Withdrawal};
use overspill::market::{
    AuctionMethod, AuctionRules, Checkpoint, Clearing, ClockPayment, CreditRules, DutchClock, EnglishClock,
    EvictionOrder, FairOrder, FairnessRules, Formula, FormulaRules, Interrupted, InterruptionRules, LateBidders,
    Losers, MinimumFormula, PartyId, Payment, Per, PoolId, PoolRules, PriceRule, Pricing, Revision, Slots, Smoothing,
    SpotRules, Term, Variables, WaitingOrder, WaitingRoom,
};
use overspill::simulation::{
    Economics, GroupModel, Member, MinimumSchedule, Model, Outcome, OwnerStep, Party, PoolModel, replicate,
};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, UNITS_PER_CURRENCY};

use super::{assert_happens, cents, hex, hours};

/// Of replication 3 under seed 7.
const DIGEST: &str = "ffbda7c392468a79c03723724ce24b2cc0e304dbdb90be453ec287b17da9a668";

const MEMBERS: u32 = 3;
const SEALED: PoolId = PoolId(0);
const RISING: PoolId = PoolId(2);

/// A formula without a language.
#[derive(Debug)]
struct Rule(fn(&Variables) -> i64);

impl Formula for Rule {
    fn evaluate(&self, variables: &Variables) -> Result<i64, String> {
        Ok((self.0)(variables))
    }
}

fn minutes(minutes: i64) -> SimDuration {
    SimDuration::from_seconds(60 * minutes)
}

fn auction(method: AuctionMethod) -> AuctionRules {
    let (term, losers) = (Term::UntilReleased, Losers::Leave);
    AuctionRules { method, every: SimDuration::from_hours(1), bidding: SimDuration::ZERO, term, losers, cap: None }
}

fn english() -> AuctionMethod {
    AuctionMethod::English(EnglishClock {
        opening: cents(1),
        increment: cents(1),
        tick: minutes(1),
        payment: ClockPayment::OwnLastBid,
        late: LateBidders::Join,
    })
}

fn dutch() -> AuctionMethod {
    let (start, decrement, late) = (cents(30), cents(1), LateBidders::NextRound);
    AuctionMethod::Dutch(DutchClock { start, decrement, tick: minutes(1), late })
}

/// Two departments, and weights of 1 and 2.
fn fairness(order: FairOrder, credits: Option<CreditRules>) -> FairnessRules {
    let parties = 1 + POOLS as u32 * MEMBERS;
    FairnessRules {
        member_cap: Some(2),
        department_cap: Some(3),
        order,
        credits,
        departments: (0..parties).map(|party| party % 2).collect(),
        weights: Arc::new((0..parties).map(|party| 1 + party % 2).collect()),
    }
}

fn credits() -> CreditRules {
    let money = |units: i128| Money::from_units(units * i128::from(UNITS_PER_CURRENCY) / 100);
    let every = Some(SimDuration::from_hours(2));
    CreditRules { grant: money(30), refill: money(5), every, limit: Some(money(40)) }
}

const POOLS: usize = 9;

/// A group asks each of them.
fn pools() -> [(&'static str, PoolRules); POOLS] {
    let spot = SpotRules::continuous(PriceRule::HighestRejected, Payment::UniformPrice);
    let room = |capacity| Some(WaitingRoom { capacity, order: WaitingOrder::ByMethod });
    let pool = |pricing| PoolRules {
        pricing,
        minimum: cents(2),
        waiting: room(None),
        ..PoolRules::posted(PartyId(0), Slots::Count(4), Price::ZERO)
    };
    let in_rounds = |rules| pool(Pricing::Auction(rules));
    let on_notice = |order| InterruptionRules {
        notice: minutes(5),
        guaranteed: minutes(20),
        order,
        ..InterruptionRules::IMMEDIATE
    };
    let checkpoint = Checkpoint { every: minutes(30), cost: minutes(2) };
    let price = Arc::new(Rule(|pool| 20_000_000 + 5_000_000 * pool.queue_length));
    let rank = Arc::new(Rule(|request| request.bid - 1_000 * request.member_usage));
    let formula = FormulaRules { price, rank: Some(rank), every: minutes(1), cap: Some(cents(15)) };
    let smoothing = Some(Smoothing { step: minutes(30), weight: Share::from_parts(500_000) });
    let usage = FairOrder::UsageDecay { per: Per::Department, half_life: SimDuration::from_hours(6) };
    [
        (
            "vcg",
            PoolRules {
                interrupted: Some(Interrupted::Resume),
                ..in_rounds(AuctionRules {
                    bidding: minutes(10),
                    term: Term::Fixed(SimDuration::from_hours(2)),
                    cap: Some(cents(25)),
                    ..auction(AuctionMethod::Vcg)
                })
            },
        ),
        ("discriminatory", in_rounds(auction(AuctionMethod::Discriminatory))),
        (
            "english",
            PoolRules {
                revision: Revision::Waiting,
                interruption: on_notice(EvictionOrder::ByMethod),
                interrupted: Some(Interrupted::Lost),
                ..in_rounds(AuctionRules { losers: Losers::Stay, ..auction(english()) })
            },
        ),
        ("dutch", in_rounds(auction(dutch()))),
        (
            "second-price",
            PoolRules {
                fairness: Some(fairness(FairOrder::Arrival, None)),
                ..in_rounds(auction(AuctionMethod::SecondPrice))
            },
        ),
        (
            "formula",
            PoolRules {
                waiting: room(Some(6)),
                fairness: Some(fairness(FairOrder::Arrival, None)),
                interrupted: Some(Interrupted::Restart),
                ..pool(Pricing::Formula(formula))
            },
        ),
        ("shares", PoolRules { waiting: None, ..pool(Pricing::Proportional) }),
        (
            "cycle",
            PoolRules {
                minimum_formula: Some(MinimumFormula {
                    formula: Arc::new(Rule(|pool| pool.highest_waiting_bid / 4)),
                    every: minutes(15),
                }),
                fairness: Some(fairness(usage, None)),
                revision: Revision::Always,
                interruption: on_notice(EvictionOrder::LeastLostWork),
                interrupted: Some(Interrupted::Checkpoint(checkpoint)),
                ..pool(Pricing::Spot(SpotRules {
                    clearing: Clearing::PerCycle(minutes(30)),
                    smoothing,
                    ..spot.clone()
                }))
            },
        ),
        (
            "credits",
            PoolRules {
                fairness: Some(fairness(FairOrder::MaxMin(Per::Member), Some(credits()))),
                interrupted: Some(Interrupted::Resume),
                ..pool(Pricing::Spot(spot))
            },
        ),
    ]
}

/// Bidders in rounds for the auctions, single requests for the others.
fn group(number: usize, name: &str, pool: &PoolRules) -> Group {
    let members = Members { count: MEMBERS };
    let duration = Law::Exponential { mean: hours(1.5) };
    let value = Law::Uniform { low: 0.0, high: 0.3 };
    let is_auction = matches!(pool.pricing, Pricing::Auction(_));
    let one = Law::Constant(1.0);
    let size = if number.is_multiple_of(2) { Law::Uniform { low: 0.5, high: 2.5 } } else { one };
    let (every, bidders) = (SimDuration::from_hours(1), Bidders::Poisson(5.0));
    let arrivals = match is_auction {
        true => Arrivals::Rounds { first: minutes(number as i64), every, bidders, size, duration, members },
        false => Arrivals::Poisson { mean_gap: hours(1.0 / 4.0), size, duration, members },
    };
    let equilibrium = || Arc::new(Equilibrium::of_rounds(value, 4, cents(2), bidders));
    let pays_bid = matches!(&pool.pricing, Pricing::Auction(rules) if rules.method == AuctionMethod::Discriminatory);
    Group {
        name: name.to_owned(),
        arrivals,
        value,
        bidding: if pays_bid {
            Bidding::Equilibrium(equilibrium())
        } else {
            Bidding::Shaded(Share::from_parts(800_000))
        },
        patience: (number % 3 == 2).then_some(Law::Constant(hours(6.0))),
        max_price: None,
        revision: Some(Revisions { every: minutes(7), raise: Share::from_parts(50_000) }),
        withdrawal: Some(Withdrawal { probability: 0.2, after: Law::Exponential { mean: hours(2.0) } }),
    }
}

pub(super) fn model() -> Model {
    let step = |hour, pool, cent| OwnerStep::minimum(SimTime::ZERO + SimDuration::from_hours(hour), pool, cents(cent));
    let mut model = Model {
        currencies: vec!["USD".to_owned()],
        parties: vec![Party { name: "provider".to_owned() }],
        pools: Vec::new(),
        groups: Vec::new(),
        departments: Vec::new(),
        members: Vec::new(),
        accounts: Vec::new(),
        owner_steps: vec![step(100, RISING, 26), step(150, RISING, 2)],
        hardware: None,
        conversion: None,
        warm_up: SimTime::ZERO + SimDuration::from_hours(20),
        horizon: SimTime::ZERO + SimDuration::from_hours(300),
        series_step: SimDuration::from_hours(10),
        reports_members: false,
        economics: Economics::default(),
    };
    for (number, (name, rules)) in pools().into_iter().enumerate() {
        let first_member = model.members.len();
        let group = group(number, name, &rules);
        let member = |n: u32| Member { name: format!("{name}-{n}"), group: number, department: number };
        model.members.extend((1..=MEMBERS).map(member));
        model.departments.push(name.to_owned());
        model.groups.push(GroupModel { group, pool: PoolId(number as u32), alternatives: Vec::new(), first_member });
        model.pools.push(PoolModel { name: name.to_owned(), rules, minimum_schedule: None, given: None, unit: None });
    }
    model.pools[SEALED.index()].minimum_schedule = Some(MinimumSchedule {
        steps: vec![(SimDuration::from_hours(6), cents(8)), (SimDuration::from_hours(18), cents(2))],
        period: Some(SimDuration::from_hours(24)),
    });
    model
}

fn outcome(replication: u64) -> Outcome {
    replicate(&model(), 7, replication).expect("books that balance")
}

#[test]
fn a_replication_of_all_methods_has_its_digest_in_every_build() {
    assert_eq!(hex(outcome(3).digest), DIGEST);
    assert_ne!(outcome(3).digest, outcome(4).digest);
}

#[test]
fn all_methods_do_what_they_can() {
    let (model, outcome) = (model(), outcome(3));
    for (pool, metrics) in [
        ("vcg", &["round_sold_mean", "interruptions", "refused_price", "refused_outbid", "withdrawn"][..]),
        ("discriminatory", &["round_sold_mean", "refused_outbid", "welfare_rate"]),
        ("english", &["round_sold_mean", "lost", "abandoned", "withdrawn"]),
        ("dutch", &["round_sold_mean", "refused_outbid"]),
        ("second-price", &["round_sold_mean", "withdrawn", "wait_mean"]),
        ("formula", &["interruptions", "refused_cap", "price_sd"]),
        ("shares", &["completed", "payment_rate", "open_at_horizon"]),
        ("cycle", &["interruptions", "wait_mean", "price_sd", "withdrawn"]),
        ("credits", &["interruptions", "wait_mean", "completed"]),
    ] {
        metrics.iter().for_each(|metric| assert_happens(&model, &outcome, &format!("pool:{pool}"), metric));
    }
}

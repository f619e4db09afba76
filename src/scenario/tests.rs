//! Sound files, and the rules that they mean.

use std::fs;

use super::diagnostic::{Diagnostic, Severity};
use super::load::{Load, load};
use crate::demand::{Arrivals, Bidding, Law};
use crate::market::{
    AccountId, AuctionMethod, AuctionRules, CapMode, Checkpoint, Clearing, ClockPayment, CreditRules, DutchClock,
    EnglishClock, EvictionOrder, FairOrder, FairnessRules, Interrupted, InterruptionRules, LateBidders, Losers,
    Payment, Per, PoolId, PriceCap, PriceRule, Pricing, Revision, Smoothing, SpotRules, Term, WaitingOrder,
    WaitingRoom,
};
use crate::simulation::{Conversion, Economics, MinimumSchedule, Model, OwnerStep, ResourceUnit, catalogue, replicate};
use crate::units::{Money, Price, Share, SimDuration, SimTime, TICKS_PER_HOUR};

const HEAD: &str = "[experiment]\nhorizon = \"100h\"\n";

/// The models of all arms of a sound scenario.
#[track_caller]
fn models(text: &str) -> Vec<Model> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("sound.toml");
    fs::write(&path, format!("{HEAD}{text}")).expect("the folder is writable");
    let (plan, faults, _) = load(&Load { path: &path, overrides: &[] }).expect("the file is readable");
    let is_fault = |fault: &Diagnostic| fault.severity == Severity::Error;
    assert!(!faults.iter().any(is_fault), "{text}: {faults:?}");
    plan.expect("a scenario without faults is a plan").arms.iter().map(|arm| (*arm.model).clone()).collect()
}

/// The model of a pool with these keys, and a group that bids there.
#[track_caller]
fn with_pool(keys: &str) -> Model {
    let group = "[group.users]\npool = \"lab\"\narrivals = { rate = \"1 /h\" }\nduration = \"1h\"\nbid = \"1 USD/h\"\n";
    models(&format!("[pool.lab]\nslots = 4\n{keys}\n{group}")).remove(0)
}

fn cents(cents: i64) -> Price {
    Price::from_units(cents * 10_000_000)
}

fn hours(hours: i64) -> SimDuration {
    SimDuration::from_hours(hours)
}

/// Formulas have no equality, so that rules are compared as they print.
#[track_caller]
fn assert_same<T: std::fmt::Debug>(found: &T, expected: &T, text: &str) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{text}");
}

#[test]
fn methods_of_pricing() {
    let spot = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
    let smoothing = Some(Smoothing { step: SimDuration::from_seconds(300), weight: Share::from_parts(100_000) });
    let cap = Some(PriceCap { limit: cents(50), mode: CapMode::Bids });
    for (text, expected) in [
        (r#"{ method = "posted", price = "0.05 USD/h" }"#, Pricing::Posted(cents(5))),
        (r#"{ method = "fcfs" }"#, Pricing::Posted(Price::ZERO)),
        (r#"{ method = "proportional" }"#, Pricing::Proportional),
        (r#"{ method = "spot", clearing = "continuous" }"#, Pricing::Spot(spot.clone())),
        (
            r#"{ method = "spot", cycle = "1h", price_cap = "0.5 USD/h", cap_on = "bids" }"#,
            Pricing::Spot(SpotRules { clearing: Clearing::PerCycle(hours(1)), cap, ..spot.clone() }),
        ),
        (
            r#"{ method = "spot", smoothing = { step = "5m", weight = "10 %" } }"#,
            Pricing::Spot(SpotRules { smoothing, ..spot }),
        ),
    ] {
        let model = with_pool(&format!("pricing = {text}\non_interruption = \"lost\""));
        assert_same(&model.pools[0].rules.pricing, &expected, text);
    }
}

#[test]
fn auctions() {
    let rules = |method| AuctionRules {
        method,
        every: hours(1),
        bidding: SimDuration::ZERO,
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap: None,
    };
    let english = EnglishClock {
        opening: Price::ZERO,
        increment: cents(1),
        tick: SimDuration::ZERO,
        payment: ClockPayment::Uniform,
        late: LateBidders::NextRound,
    };
    let all_keys = EnglishClock {
        opening: cents(2),
        increment: cents(1),
        tick: SimDuration::from_seconds(10),
        payment: ClockPayment::OwnLastBid,
        late: LateBidders::Join,
    };
    let dutch =
        DutchClock { start: cents(90), decrement: cents(5), tick: SimDuration::ZERO, late: LateBidders::NextRound };
    for (text, expected) in [
        (r#"method = "first-price""#, rules(AuctionMethod::FirstPrice)),
        (r#"method = "second-price""#, rules(AuctionMethod::SecondPrice)),
        (r#"method = "uniform""#, rules(AuctionMethod::Uniform)),
        (r#"method = "discriminatory""#, rules(AuctionMethod::Discriminatory)),
        (r#"method = "vcg""#, rules(AuctionMethod::Vcg)),
        (r#"method = "english", increment = "0.01 USD/h""#, rules(AuctionMethod::English(english))),
        (
            r#"method = "english", opening = "0.02 USD/h", increment = "0.01 USD/h", tick = "10s",
               payment = "own-last-bid", late = "join""#,
            rules(AuctionMethod::English(all_keys)),
        ),
        (r#"method = "dutch", start = "0.9 USD/h", decrement = "0.05 USD/h""#, rules(AuctionMethod::Dutch(dutch))),
        (
            r#"method = "uniform", bidding = "30m", term = "2h", losers = "leave", price_cap = "3 USD/h""#,
            AuctionRules {
                bidding: SimDuration::from_seconds(1_800),
                term: Term::Fixed(hours(2)),
                losers: Losers::Leave,
                cap: Some(cents(300)),
                ..rules(AuctionMethod::Uniform)
            },
        ),
    ] {
        let text = text.replace("\n", " ");
        let model = with_pool(&format!("pricing = {{ every = \"1h\", {text} }}\non_interruption = \"lost\""));
        assert_same(&model.pools[0].rules.pricing, &Pricing::Auction(expected), &text);
        let room = model.pools[0].rules.waiting.as_ref().expect("bidders wait");
        assert_eq!((room.capacity, room.order), (None, WaitingOrder::ByMethod));
    }
    let room = "pricing = { method = \"vcg\", every = \"1h\" }\nwaiting = { capacity = 5 }";
    assert!(matches!(with_pool(room).pools[0].rules.waiting, Some(WaitingRoom { capacity: Some(5), .. })));
}

#[test]
fn interruption() {
    let keys = r#"
pricing = { method = "spot" }
waiting = { capacity = "unlimited" }
interruption = { notice = "2m", guaranteed_run = "10m", order = "least-lost-work" }
on_interruption = { checkpoint_every = "30m", checkpoint_cost = "2m" }
revision = "always""#;
    let rules = &with_pool(keys).pools[0].rules;
    let (notice, guaranteed) = (SimDuration::from_seconds(120), SimDuration::from_seconds(600));
    assert_same(
        &rules.interruption,
        &InterruptionRules { notice, guaranteed, order: EvictionOrder::LeastLostWork, last_unit_is_free: false },
        "",
    );
    let checkpoint = Checkpoint { every: SimDuration::from_seconds(1_800), cost: SimDuration::from_seconds(120) };
    assert_eq!(rules.interrupted, Some(Interrupted::Checkpoint(checkpoint)));
    assert_eq!(rules.revision, Revision::Always);
    for (word, order) in [
        ("by-method", EvictionOrder::ByMethod),
        ("lowest-bid", EvictionOrder::LowestBid),
        ("youngest", EvictionOrder::Youngest),
    ] {
        let keys = format!("pricing = {{ method = \"fcfs\" }}\ninterruption = {{ order = \"{word}\" }}");
        assert_same(&with_pool(&keys).pools[0].rules.interruption.order, &order, word);
    }
}

#[test]
fn minimum_prices() {
    let minimum = |keys: &str| {
        let keys = format!("pricing = {{ method = \"spot\" }}\non_interruption = \"lost\"\nminimum_price = {keys}");
        let pool = with_pool(&keys).pools.remove(0);
        (pool.rules.minimum, pool.minimum_schedule)
    };
    let (price, schedule) = minimum("\"0.02 USD/h\"");
    assert!(price == cents(2) && schedule.is_none());
    let day = r#"[{ at = "0h", price = "0.01 USD/h" }, { at = "8h", price = "0.05 USD/h" }]"#;
    let steps = vec![(hours(0), cents(1)), (hours(8), cents(5))];
    let (price, schedule) = minimum(&format!("{{ schedule = {day}, period = \"24h\" }}"));
    assert_eq!(price, cents(1));
    let expected = MinimumSchedule { steps: steps.clone(), period: Some(hours(24)) };
    assert_same(&schedule, &Some(expected), "a day");
    let (price, schedule) = minimum(&format!("{{ schedule = {day} }}"));
    assert_eq!(price, cents(1));
    assert_same(&schedule, &Some(MinimumSchedule { steps, period: None }), "once");
    // Before its first step a period goes on from its last; without a period nothing was in force before.
    let night = r#"[{ at = "8h", price = "0.05 USD/h" }, { at = "20h", price = "0.02 USD/h" }]"#;
    assert_eq!(minimum(&format!("{{ schedule = {night}, period = \"24h\" }}")).0, cents(2));
    assert_eq!(minimum(&format!("{{ schedule = {night} }}")).0, Price::ZERO);
}

const EVENTS: &str = r#"
[pool.lab]
slots = 4
pricing = { method = "spot" }
on_interruption = "lost"
minimum_price = { schedule = [{ at = "8h", price = "0.05 USD/h" }] }

[pool.desk]
slots = 4
pricing = { method = "spot" }
on_interruption = "lost"

[[event]]
at = "8h"
pool = "lab"
minimum_price = "0.08 USD/h"

[[event]]
at = "2h"
pool = "desk"
minimum_price = "0.03 USD/h"

[[event]]
at = "8h"
pool = "desk"
minimum_price = "0.01 USD/h"

[group.users]
pool = "lab"
arrivals = { rate = "1 /h" }
duration = "1h"
bid = "1 USD/h"

[arm.as-it-is]

[arm.other]
event = [{ at = "1h", pool = "lab", minimum_price = "0.2 USD/h" }]
pool.lab.minimum_price = "0.1 USD/h"
"#;

#[test]
fn owners_act_in_order_of_time_and_arms_replace_what_they_do() {
    let models = models(EVENTS);
    let step = |at, pool, cent| OwnerStep::minimum(SimTime::ZERO + hours(at), PoolId(pool), cents(cent));
    assert_eq!(models[0].owner_steps, [step(2, 1, 3), step(8, 0, 8), step(8, 1, 1)]);
    assert_eq!(models[1].owner_steps, [step(1, 0, 20)]);
    assert!(models[0].pools[0].minimum_schedule.is_some() && models[1].pools[0].minimum_schedule.is_none());
    assert_eq!(models[1].pools[0].rules.minimum, cents(10));
}

const FAIR: &str = r#"
[customer.school]

[pool.lab]
owner = "school"
currency = "credits"
slots = 4
pricing = { method = "posted", price = "1 credits/h" }
fairness = { member_cap = 4, department_cap = 20, order = "max-min", weights = { ann = 3, maths = 2 } }

[pool.office]
currency = "credits"
slots = 4
pricing = { method = "fcfs" }

[pool.office.fairness]
order = "usage-decay"
per = "department"
half_life = "24h"
weights = { physics = 2 }
credits = { grant = "100 credits", refill = "10 credits", every = "24h", limit = "200 credits" }

[group.maths]
pool = "lab"
members = ["ann", "bob"]
arrivals = { rate = "1 /h" }
duration = "1h"

[group.mechanics]
pool = "office"
department = "physics"
members = ["cyd"]
arrivals = { rate = "1 /h" }
duration = "1h"
"#;

#[test]
fn fairness_knows_departments_and_weights() {
    let model = models(FAIR).remove(0);
    let rules: Vec<&FairnessRules> =
        model.pools.iter().map(|pool| pool.rules.fairness.as_ref().expect("a fair pool")).collect();
    // The provider, the school, ann, bob, cyd; who is no member has a department of its own behind the others.
    assert_eq!(*rules[0].departments, [2, 3, 0, 0, 1]);
    assert_eq!(*rules[1].departments, *rules[0].departments);
    // Whoever is not stated has 1.
    let weights =
        |rules: &FairnessRules| (0..5).map(|who| rules.weights.get(who).map_or(1, |weight| *weight)).collect();
    let (of_members, of_departments): (Vec<u32>, Vec<u32>) = (weights(rules[0]), weights(rules[1]));
    assert_eq!((of_members, of_departments), (vec![1, 1, 3, 2, 1], vec![1, 2, 1, 1, 1]));
    assert_eq!((rules[0].member_cap, rules[0].department_cap), (Some(4), Some(20)));
    assert_eq!(rules[0].order, FairOrder::MaxMin(Per::Member));
    assert_eq!(rules[1].order, FairOrder::UsageDecay { per: Per::Department, half_life: hours(24) });
    let credits = |amount: i128| Money::from_units(amount * 1_000_000_000);
    let (grant, refill, limit) = (credits(100), credits(10), Some(credits(200)));
    assert_eq!(rules[1].credits, Some(CreditRules { grant, refill, every: Some(hours(24)), limit }));
}

const FAIR_SHARE: &str = r#"
[pool.lab]
slots = 2
pricing = { method = "formula", template = "fair-share" }
waiting = { capacity = "unlimited" }
on_interruption = "resume"

[group.physics]
pool = "lab"
arrivals = { rate = "12 /h" }
duration = "15m"
bid = "1 USD/h"

[group.maths]
pool = "lab"
arrivals = { rate = "5 /h" }
duration = "15m"
bid = "1 USD/h"
"#;

const BURSTS: &str = r#"
[customer.school]

[pool.lab]
owner = "school"
slots = 1
pricing = { method = "fcfs" }
on_interruption = "lost"
burst = { tiers = ["formula", "smoothed"], max_price = "0.05 USD/h" }

[pool.formula]
slots = 2
pricing = { method = "formula", price = "occupied == capacity ? 6 * unit / 100 : 5 * unit / 100" }
on_interruption = "lost"

[pool.smoothed]
slots = 2
pricing = { method = "spot", smoothing = { step = "1m", weight = "50 %" } }
on_interruption = "lost"

[group.users]
pool = "lab"
arrivals = { rate = "6 /h" }
duration = "1h"
"#;

/// A burst starts where the price in force allows it, and ends where the price rises above its bid.
#[test]
fn pools_with_a_standing_price_are_tiers() {
    let model = models(BURSTS).remove(0);
    let outcome = replicate(&model, 1, 0).expect("books that balance");
    let value = |scope: &str, metric: &str| {
        let ids = catalogue(&model);
        let index = ids.iter().position(|id| id.metric == metric && id.scope.to_string() == scope);
        outcome.measures[index.expect("a metric")].value().expect("a value")
    };
    for tier in ["tier:formula", "tier:smoothed"] {
        assert!(value(tier, "bursts") > 10.0);
    }
    assert!(value("tier:formula", "burst_interruptions") > 0.0);
    assert!(value("customer:school", "cost_rate") <= 0.05 * value("pool:lab", "carried_load"));
}

/// A formula may read what departments have used, without any other rule of fairness.
#[test]
fn a_rank_by_use_shares_the_slots() {
    let model = models(FAIR_SHARE).remove(0);
    let outcome = replicate(&model, 1, 0).expect("books that balance");
    let held = |group: &str| {
        let ids = catalogue(&model);
        let index =
            ids.iter().position(|id| id.metric == "carried_load" && id.scope.to_string() == format!("group:{group}"));
        outcome.measures[index.expect("a metric")].value().expect("a mean over time")
    };
    let (physics, maths) = (held("physics"), held("maths"));
    assert!((physics - 1.0).abs() < 0.02 && (maths - 1.0).abs() < 0.02, "{physics} and {maths}");
    // Where no formula looks at it, nobody counts it.
    assert!(with_pool("pricing = { method = \"fcfs\" }").pools[0].rules.fairness.is_none());
    let order = "interruption = { order = { formula = \"member_usage\" } }";
    assert!(with_pool(&format!("pricing = {{ method = \"fcfs\" }}\n{order}")).pools[0].rules.fairness.is_some());
}

const UNITS: &str = r#"
[report]
currency = "USD"
rates = { credits = "0.01 USD" }

[pool.lab]
slots = 4
unit = { name = "GHz-h", per_slot_hour = 2.5 }
pricing = { method = "spot", price_cap = "0.2 USD/GHz-h" }
minimum_price = "0.02 USD/GHz-h"
on_interruption = "lost"

[pool.office]
currency = "credits"
slots = 4
pricing = { method = "fcfs" }

[group.users]
pool = "lab"
arrivals = { rate = "1 /h" }
size = 2
quantity = { law = "exponential", mean = "40 GHz-h" }
bid = "0.1 USD/GHz-h"

[arm.by-quantity]

[arm.by-time]
group.users.duration = "3h"

[arm.faster]
pool.lab.speed = 2
"#;

fn duration(model: &Model) -> &Law {
    match &model.groups[0].group.arrivals {
        Arrivals::Poisson { duration, .. } => duration,
        Arrivals::Rounds { .. } | Arrivals::Replay(_) => unreachable!("requests come one by one"),
    }
}

#[test]
fn a_pool_may_count_in_its_own_unit() {
    let models = models(UNITS);
    let pool = &models[0].pools[0];
    assert_eq!(pool.unit, Some(ResourceUnit { name: "GHz-h".to_owned(), per_slot_hour: 2.5 }));
    assert_eq!(models[0].pools[1].unit, None);
    assert_eq!(pool.rules.minimum, cents(5));
    assert!(matches!(&pool.rules.pricing, Pricing::Spot(spot) if spot.cap.is_some_and(|cap| cap.limit == cents(50))));
    assert!(matches!(models[0].groups[0].group.bidding, Bidding::Fixed(bid) if bid == cents(25)));
    // 40 GHz-h on two slots that give 2.5 each.
    assert_same(duration(&models[0]), &Law::Exponential { mean: 8.0 * TICKS_PER_HOUR as f64 }, "quantity");
    assert_same(duration(&models[1]), &Law::Constant(3.0 * TICKS_PER_HOUR as f64), "duration");
    // Slots that work twice as fast as durations are stated give 2.5 in an hour as well.
    assert_same(
        duration(&models[2]),
        &Law::Exponential { mean: 16.0 * TICKS_PER_HOUR as f64 },
        "quantity at double speed",
    );
}

/// A customer's own hosts are busy, and the provider's two zones idle alike.
#[test]
fn customers_own_hosts_are_no_zone_that_the_provider_balances() {
    let zone = |name: &str| format!("[zone.{name}]\nhosts = 2\nslots = 1\n");
    let pool = |name: &str, owner: &str, zones: &str| {
        let price = "pricing = { method = \"posted\", price = \"1 USD/h\" }";
        format!("[pool.{name}]\nowner = \"{owner}\"\nplaced = {{ zones = [{zones}] }}\n{price}\n")
    };
    let own = [zone("cellar"), "[customer.school]\n".to_owned(), pool("own", "school", "\"cellar\"")].concat();
    let group = "[group.users]\npool = \"own\"\narrivals = { offered_load = 2 }\nduration = \"1h\"\n";
    let imbalance = |zones: String| {
        let model = models(&[zones, own.clone(), group.to_owned()].concat()).remove(0);
        let number = catalogue(&model).iter().position(|id| id.metric == "zone_imbalance")?;
        replicate(&model, 1, 0).expect("books that balance").measures[number].value()
    };
    let both = [zone("a"), zone("b"), pool("spot", "provider", "\"a\", \"b\"")].concat();
    assert_eq!(imbalance(both), Some(0.0));
    assert_eq!(imbalance([zone("a"), pool("spot", "provider", "\"a\"")].concat()), None);
}

#[test]
fn slots_are_as_fast_as_their_type_unless_their_pool_says_otherwise() {
    let text = UNITS.replace("[pool.lab]", "[type.fast]\nspeed = 2\n\n[pool.lab]\ntype = \"fast\"");
    let models = models(&text.replace("lab.speed = 2", "lab.speed = 0.5"));
    for (model, parts) in models.iter().zip([2_000_000, 2_000_000, 500_000]) {
        let speeds = [0, 1].map(|pool: usize| model.pools[pool].rules.speed.parts());
        assert_eq!(speeds, [parts, 1_000_000]);
        assert_eq!(model.pools[0].rules.instance.as_ref().map(|kind| kind.name.as_str()), Some("fast"));
    }
    let hours = |hours: f64| Law::Exponential { mean: hours * TICKS_PER_HOUR as f64 };
    assert_same(duration(&models[0]), &hours(16.0), "quantity at the type's speed");
    assert_same(duration(&models[2]), &hours(4.0), "quantity at the pool's speed");
}

#[test]
fn a_report_may_ask_for_economics_alone() {
    let economics = |keys: &str| with_pool(&format!("pricing = {{ method = \"fcfs\" }}\n[report]\n{keys}\n")).economics;
    let none = Economics::default();
    assert_eq!(economics("economics = []"), none);
    assert_eq!(economics("economics = \"none\""), none);
    assert_eq!(economics("currency = \"USD\""), none);
    assert_eq!(economics("economics = [\"regret\"]"), Economics { regret: true, ..none });
    let all = Economics { envy: true, regret: true, offline_optimum: true };
    assert_eq!(economics("economics = [\"envy\", \"regret\", \"offline-optimum\"]"), all);
}

#[test]
fn a_report_may_have_one_currency() {
    let expected = Conversion { currency: "USD".to_owned(), rates: vec![1.0, 0.01] };
    assert_eq!(models(UNITS)[0].conversion, Some(expected));
    assert_eq!(models(FAIR)[0].conversion, None);
}

#[test]
fn pools_that_join_others_and_when_they_do() {
    use crate::market::{AccountId, Change, Operation, PartyId, Sharing, Slots, SupplyCost};
    let pool =
        |keys: &str| format!("{keys}\nslots = 2\npricing = {{ method = \"fcfs\" }}\non_interruption = \"lost\"\n");
    let base = format!(
        "[customer.a]\n[customer.b]\n[customer.both]\n[pool.a]\nowner = \"a\"{}[pool.b]\nowner = \"b\"\n\
         changed_by = [\"b\", \"provider\"]{}[pool.joint]\nowner = \"both\"\nmerges = [\"b\", \"a\"]\n\
         changed_by = [\"a\"]\npricing = {{ method = \"fcfs\" }}\non_interruption = \"lost\"\n\
         [group.users]\npool = \"a\"\narrivals = {{ rate = \"1 /h\" }}\nduration = \"1h\"\n\
         [[event]]\nat = \"4h\"\npool = \"joint\"\nsplit = true\nby = \"a\"\n\
         [[event]]\nat = \"2h\"\npool = \"joint\"\nmerge = true\nby = \"a\"\nagreed_by = [\"provider\"]\n",
        pool(""),
        pool(""),
    );
    for (terms, sharing, every, own_first, supply_cost) in [
        (r#"{ sharing = "usage" }"#, Sharing::Usage, None, false, SupplyCost::Joint),
        (
            r#"{ sharing = "shapley", every = "3h", own_first = true, supply_cost = "own" }"#,
            Sharing::Shapley,
            Some(hours(3)),
            true,
            SupplyCost::Own,
        ),
        (r#"{ sharing = { a = 1, b = 0 } }"#, Sharing::Fixed(vec![0, 1]), None, false, SupplyCost::Joint),
    ] {
        let model = models(&format!("{base}[arm.only]\npool.joint.terms = {terms}\n")).remove(0);
        let rules = &model.pools[2].rules;
        let joint = rules.joint.as_ref().expect("it joins others");
        assert_eq!(joint.merges, [PoolId(1), PoolId(0)]);
        assert_eq!((&joint.sharing, joint.every), (&sharing, every), "{terms}");
        assert_eq!((joint.own_first, joint.supply_cost), (own_first, supply_cost), "{terms}");
        assert_eq!((rules.owner, rules.slots), (PartyId(3), Slots::Count(0)));
        let accounts = |pool: usize| model.pools[pool].rules.controllers.clone();
        assert_eq!(accounts(0), [AccountId(1)], "its owner's");
        assert_eq!((accounts(1), accounts(2)), (vec![AccountId(2), AccountId(0)], vec![AccountId(1)]));
        let step = |at, change| OwnerStep {
            at: SimTime::ZERO + hours(at),
            operation: Operation { by: AccountId(1), pool: PoolId(2), change },
        };
        let merge = Change::Merge { agreed_by: vec![AccountId(0)] };
        assert_same(&model.owner_steps, &vec![step(2, merge), step(4, Change::Split)], terms);
    }
}

const LIVES: &str = r#"
[customer.university]
accounts = ["research", "teaching"]
authorised = "teaching"

[customer.college]
accounts = ["research"]

[pool.on-demand]
slots = 4
pricing = { method = "posted", price = "0.1 USD/h" }

[pool.lab]
owner = "university"
account = "research"
slots = 1
members = ["users"]
pricing = { method = "posted", price = "0 USD/h" }
on_interruption = "lost"
life = { begins = "planned", fee = "30 USD", hourly_fee = "0.5 USD/h", term = "50h" }
supply = [{ from = "on-demand", slots = 2 }]

[pool.desk]
changed_by = ["college/research", "university"]
slots = 1
pricing = { method = "fcfs" }

[[event]]
at = "10h"
pool = "lab"
by = "college"
do = "delete"

[[event]]
at = "10h"
pool = "lab"
do = ["create", "online"]
remove_members = ["users"]
set = { slots = 3, price = "0.02 USD/h", burst = true }
add_slots = { from = "on-demand", slots = 1 }

[[event]]
at = "20h"
pool = "desk"
do = "offline"

[group.users]
pool = "lab"
arrivals = { rate = "1 /h" }
duration = "1h"
"#;

#[test]
fn accounts_act_in_the_order_of_the_text() {
    let model = models(&LIVES.replace(", burst = true", "")).remove(0);
    let owners: Vec<(&str, u32)> = model.accounts.iter().map(|a| (a.name.as_str(), a.party.0)).collect();
    assert_eq!(owners, [("provider", 0), ("research", 1), ("teaching", 1), ("research", 2)]);
    let lab = &model.pools[1].rules;
    assert_eq!((lab.controllers.as_slice(), lab.account), ([AccountId(2)].as_slice(), Some(AccountId(1))));
    assert_eq!(model.pools[2].rules.controllers, [AccountId(3), AccountId(2)]);
    let steps: Vec<(i64, u32, &str)> = model
        .owner_steps
        .iter()
        .map(|step| {
            let hours = step.at.ticks() / TICKS_PER_HOUR;
            (hours, step.operation.by.0, step.operation.change.name())
        })
        .collect();
    let by_teaching = ["create", "online", "remove_members", "slots", "price", "add_slots"].map(|word| (10, 2, word));
    assert_eq!(steps, [&[(10, 3, "delete")], &by_teaching[..], &[(20, 3, "offline")]].concat());
}

/// The fee of 30 USD at 10 h, and 0.5 USD for each of the 50 hours after it; three slots at 0.1 USD for as long.
#[test]
fn a_pool_costs_its_owner_what_it_says() {
    let text = LIVES.replace(", burst = true", "");
    let value = |model: &Model, scope: &str, metric: &str| {
        let outcome = replicate(model, 1, 0).expect("the books balance");
        let index = catalogue(model).iter().position(|id| id.scope.to_string() == scope && id.metric == metric);
        outcome.measures[index.expect("there is such a metric")].value().expect("it has a value")
    };
    let model = models(&text).remove(0);
    let same = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    same(value(&model, "pool:lab", "pool_fee_rate"), (30.0 + 25.0) / 100.0);
    same(value(&model, "customer:university", "cost_rate"), (30.0 + 25.0 + 15.0) / 100.0);
    same(value(&model, "provider", "revenue_rate"), (30.0 + 25.0 + 15.0) / 100.0);
    same(value(&model, "pool:lab", "operations_done"), 6.0);
    same(value(&model, "pool:lab", "operations_refused"), 1.0);
    same(value(&model, "customer:university", "operations_done"), 6.0);
    same(value(&model, "customer:college", "operations_refused"), 0.0 + 1.0);
    same(value(&model, "pool:lab", "started"), 0.0);
    // The window cuts what accrues: 40 of the 50 hours lie inside, and the fee before it.
    let mut late = model;
    late.warm_up = SimTime::ZERO + hours(20);
    same(value(&late, "pool:lab", "pool_fee_rate"), 20.0 / 80.0);
    same(value(&late, "customer:university", "cost_rate"), (20.0 + 12.0) / 80.0);
    // A pool that is there from the start pays its fee at time 0, inside a window that begins there.
    let from_start =
        models(&text.replace("begins = \"planned\", ", "").replace("\"create\", \"online\"", "\"online\"")).remove(0);
    same(value(&from_start, "pool:lab", "pool_fee_rate"), (30.0 + 25.0) / 100.0);
}

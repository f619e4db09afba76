//! What interruptions make vain, by hand, for everything that an interrupted request may do.

use std::sync::Arc;

use overspill::demand::{Arrivals, Bidding, Group, Job, Law, Sequence};
use overspill::market::{
    Checkpoint, Interrupted, PartyId, Payment, PoolId, PoolRules, PriceRule, Pricing, Slots, SpotRules, SupplyLine,
    WaitingOrder, WaitingRoom,
};
use overspill::simulation::{Economics, GroupModel, Member, Model, Outcome, Party, PoolModel, catalogue, replicate};
use overspill::units::{Price, SimDuration, SimTime, TICKS_PER_HOUR};

fn ticks(hours: f64) -> i64 {
    (hours * TICKS_PER_HOUR as f64) as i64
}

fn hours(hours: f64) -> SimDuration {
    SimDuration::from_ticks(ticks(hours))
}

fn at(hours: f64) -> SimTime {
    SimTime::from_ticks(ticks(hours))
}

fn spot() -> Pricing {
    Pricing::Spot(SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice))
}

fn waiting(capacity: u32) -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity: Some(capacity), order: WaitingOrder::ByMethod })
}

fn pool(name: &str, rules: PoolRules) -> PoolModel {
    PoolModel { name: name.to_owned(), rules, minimum_schedule: None, unit: None, given: None }
}

/// Somebody who asks `pool` once, at some hour, for so many hours, and bids what it is worth.
fn asks(pool: u32, name: &str, (hour, work, slots, value): (f64, f64, u32, f64), patience: Option<Law>) -> GroupModel {
    let job = Job { submit: at(hour), work: hours(work), slots, member: 0 };
    let group = Group {
        name: name.to_owned(),
        arrivals: Arrivals::Replay(Arc::new(Sequence::new(vec![job]))),
        value: Law::Constant(value),
        bidding: Bidding::Truthful,
        patience,
        revision: None,
        withdrawal: None,
        max_price: None,
    };
    GroupModel { group, pool: PoolId(pool), first_member: 0, alternatives: Vec::new() }
}

fn model(pools: Vec<PoolModel>, mut groups: Vec<GroupModel>, (warm_up, horizon): (f64, f64)) -> Model {
    (0..).zip(&mut groups).for_each(|(number, group)| group.first_member = number);
    let members = (0..groups.len()).map(|group| Member { name: format!("user-{group}"), group, department: 0 });
    Model {
        currencies: vec!["USD".to_owned()],
        parties: ["provider", "lab"].map(|name| Party { name: name.to_owned() }).into(),
        pools,
        members: members.collect(),
        groups,
        departments: vec!["physics".to_owned()],
        owner_steps: Vec::new(),
        conversion: None,
        warm_up: at(warm_up),
        horizon: at(horizon),
        series_step: SimDuration::from_hours(1),
        reports_members: true,
        economics: Economics::default(),
        accounts: Vec::new(),
        hardware: None,
    }
}

fn value(model: &Model, outcome: &Outcome, scope: &str, metric: &str) -> Option<f64> {
    let index = catalogue(model).iter().position(|id| id.scope.to_string() == scope && id.metric == metric);
    index.and_then(|index| outcome.measures[index].value())
}

/// Two slots. From hour 0 somebody works with both, for 4 hours, and does 1.5 of them before somebody who bids more wants
/// both for an hour.
fn interrupted(rule: Interrupted, room: Option<WaitingRoom>, patience: Option<f64>, window: (f64, f64)) -> Model {
    let rules = PoolRules {
        pricing: spot(),
        interrupted: Some(rule),
        waiting: room,
        ..PoolRules::posted(PartyId(1), Slots::Count(2), Price::ZERO)
    };
    let patience = patience.map(|patience| Law::Constant(hours(patience).ticks() as f64));
    let groups = vec![asks(0, "first", (0.0, 4.0, 2, 0.2), patience), asks(0, "second", (1.5, 1.0, 2, 0.5), None)];
    model(vec![pool("lab", rules)], groups, window)
}

#[track_caller]
fn assert_lost(model: &Model, slot_hours: f64, held: f64) {
    let outcome = replicate(model, 1, 0).expect("books that balance");
    for scope in ["pool:lab", "customer:lab", "department:physics"] {
        assert_eq!(value(model, &outcome, scope, "work_lost"), Some(slot_hours), "{scope}");
        let rate = value(model, &outcome, scope, "interruptions_per_1000_slot_hours").expect("a rate");
        let by_cause = value(model, &outcome, scope, "interruptions_per_1000_slot_hours_outbid").expect("a rate");
        assert!((rate - 1000.0 / held).abs() < 1e-9 && rate.to_bits() == by_cause.to_bits(), "{scope}: {rate}");
    }
    assert_eq!(value(model, &outcome, "member:user-0", "work_lost"), Some(slot_hours));
    assert_eq!(value(model, &outcome, "member:user-1", "work_lost"), Some(0.0));
}

#[test]
fn each_rule_loses_what_it_says() {
    let checkpoint = Checkpoint { every: hours(1.0), cost: hours(0.25) };
    for (rule, lost, held) in [
        (Interrupted::Lost, 3.0, 5.0),
        (Interrupted::Resume, 0.0, 10.0),
        (Interrupted::Restart, 3.0, 13.0),
        (Interrupted::Redraw, 3.0, 13.0),
        // Half an hour since the last checkpoint is lost; going on from it costs a quarter.
        (Interrupted::Checkpoint(checkpoint), 1.0, 11.5),
        // No tier: it waits and goes on.
        (Interrupted::Burst, 0.0, 10.0),
    ] {
        assert_lost(&interrupted(rule, waiting(5), None, (0.0, 20.0)), lost, held);
    }
}

#[test]
fn what_was_kept_is_lost_by_whoever_leaves() {
    // Nowhere to wait.
    assert_lost(&interrupted(Interrupted::Resume, None, None, (0.0, 20.0)), 3.0, 5.0);
    // Patience ends half an hour before the slots are free.
    assert_lost(&interrupted(Interrupted::Resume, waiting(5), Some(0.5), (0.0, 20.0)), 3.0, 5.0);
    // Half an hour went at once, the hour before the checkpoint when it left.
    let checkpoint = Checkpoint { every: hours(1.0), cost: hours(0.25) };
    let gives_up = interrupted(Interrupted::Checkpoint(checkpoint), waiting(5), Some(0.5), (0.0, 20.0));
    assert_lost(&gives_up, 3.0, 5.0);
    // It may still go on after the horizon.
    assert_lost(&interrupted(Interrupted::Resume, waiting(5), None, (0.0, 2.0)), 0.0, 4.0);
}

#[test]
fn work_counts_when_it_is_lost_whenever_it_was_done() {
    assert_lost(&interrupted(Interrupted::Lost, None, None, (1.0, 20.0)), 3.0, 3.0);
    let late = interrupted(Interrupted::Lost, None, None, (2.0, 20.0));
    let outcome = replicate(&late, 1, 0).expect("books that balance");
    assert_eq!(value(&late, &outcome, "pool:lab", "work_lost"), Some(0.0));
}

#[test]
fn where_nobody_can_be_interrupted_there_is_no_rate() {
    let rules = PoolRules::posted(PartyId(1), Slots::Count(2), Price::ZERO);
    let model = model(vec![pool("lab", rules)], vec![asks(0, "first", (0.0, 4.0, 2, 0.2), None)], (0.0, 20.0));
    let has_any =
        catalogue(&model).iter().any(|id| id.metric.starts_with("interruptions_per") || id.metric == "work_lost");
    assert!(!has_any);
}

/// Ten slots for ten hours. Four of them supply a pool that has four of its own, and uses two of its eight; somebody asks for
/// one slot directly, all the time.
#[test]
fn slots_are_used_or_idle_where_they_are_sold_to() {
    let shop = PoolRules::posted(PartyId(0), Slots::Count(10), Price::ZERO);
    let lab = PoolRules {
        supply: vec![SupplyLine { from: PoolId(0), slots: 4, bid: Price::ZERO, purchase: None }],
        ..PoolRules::posted(PartyId(1), Slots::Count(4), Price::ZERO)
    };
    let groups = vec![asks(1, "lab", (0.0, 10.0, 2, 1.0), None), asks(0, "direct", (0.0, 10.0, 1, 1.0), None)];
    let shop = PoolRules { waiting: Some(WaitingRoom { capacity: None, order: WaitingOrder::Fifo }), ..shop };
    let model = model(vec![pool("shop", shop), pool("lab", lab)], groups, (0.0, 10.0));
    let outcome = replicate(&model, 1, 0).expect("books that balance");
    for (metric, expected) in
        [("utilisation", 0.5), ("utilisation_used", 0.2), ("sold_idle_share", 0.3), ("unsold_share", 0.5)]
    {
        assert_eq!(value(&model, &outcome, "pool:shop", metric), Some(expected), "{metric}");
    }
    assert_eq!(value(&model, &outcome, "pool:lab", "utilisation_used"), None);
}

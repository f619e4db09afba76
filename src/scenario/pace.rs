//! How often things may happen: no event storm.

use super::diagnostic::Diagnostics;
use super::node::{Node, Value};
use super::quantity;
use super::source::At;
use crate::demand::{Arrivals, Group};
use crate::market::{AtExpiry, Clearing, PoolRules, Pricing, Purchase};
use crate::simulation::{Model, PoolModel};
use crate::units::{SimDuration, SimTime, TICKS_PER_SECOND};

/// Expected arrivals of a group in one replication; more would run for hours and are a mistake in a unit.
const MOST_ARRIVALS: f64 = 1e9;
/// Mean gap in ticks: gaps are rounded to whole ones, which changes the rate by 1 / (24 gap²), here 0.04 %.
const SHORTEST_GAP: f64 = 10.0;
/// Budget periods in one replication.
const MOST_PERIODS: i64 = 1_000_000;
/// Rounds of an auction, clearings of a cycle and the like in one replication.
const MOST_STEPS: f64 = 1e7;

/// Checks a model that is sound otherwise; `root` is what it was read from.
pub(super) fn check(model: &Model, root: &Node, d: &mut Diagnostics) {
    for group in &model.groups {
        arrivals(&group.group, model, root, d);
    }
    for pool in &model.pools {
        periods(&pool.name, &pool.rules, model, root, d);
        steps(pool, model, root, d);
        terms(pool, model, root, d);
    }
    late_events(model, root, d);
}

fn arrivals(group: &Group, model: &Model, root: &Node, d: &mut Diagnostics) {
    if matches!(group.arrivals, Arrivals::Replay(_)) {
        return; // a log is as long as it is
    }
    let expected = expected_arrivals(&group.arrivals, model);
    // Rounds without bidders take their time as well.
    let rounds = rounds(&group.arrivals, model);
    if expected.max(rounds) > MOST_ARRIVALS {
        let (number, what) = if expected >= rounds { (expected, "requests") } else { (rounds, "rounds") };
        let message = format!("group `{}` would make {number:.1e} {what} in a replication", group.name);
        let rate = if rounds > 0.0 { "let rounds come less often" } else { "lower the rate" };
        d.error(at_rate(group, root), message, "too many")
            .help(format!("at most {MOST_ARRIVALS:.0e}: {rate}, or shorten the horizon"));
        return;
    }
    if let Arrivals::Poisson { mean_gap, .. } = &group.arrivals
        && *mean_gap < SHORTEST_GAP
    {
        let message = format!("the requests of group `{}` come too fast for a clock of 1 us", group.name);
        let most = TICKS_PER_SECOND as f64 / SHORTEST_GAP;
        d.error(at_rate(group, root), message, "too many at a time")
            .help(format!("at most {most} /s, or split the group"));
    }
}

/// The place of the key that says how often requests come.
fn at_rate<'a>(group: &Group, root: &'a Node) -> &'a At {
    let arrivals = root.place(&["group", &group.name, "arrivals"]);
    let keys = ["rate", "offered_load", "every"].map(|key| root.place(&["group", &group.name, "arrivals", key]));
    keys.into_iter().find(|at| *at != arrivals).unwrap_or(arrivals)
}

/// Requests in a replication.
pub(super) fn expected_arrivals(arrivals: &Arrivals, model: &Model) -> f64 {
    match arrivals {
        Arrivals::Poisson { mean_gap, .. } => model.horizon.ticks() as f64 / mean_gap,
        Arrivals::Rounds { bidders, .. } => bidders.mean() * rounds(arrivals, model),
        Arrivals::Replay(sequence) => sequence.jobs().len() as f64,
    }
}

/// Rounds in a replication; zero where requests do not come in rounds.
fn rounds(arrivals: &Arrivals, model: &Model) -> f64 {
    let Arrivals::Rounds { first, every, .. } = arrivals else { return 0.0 };
    let left = model.horizon.ticks() - first.ticks();
    if left <= 0 { 0.0 } else { (left as f64 / every.ticks() as f64).ceil() }
}

fn periods(name: &str, rules: &PoolRules, model: &Model, root: &Node, d: &mut Diagnostics) {
    let period = rules.burst.as_ref().and_then(|burst| burst.budget.as_ref()?.period);
    if period.is_some_and(|period| model.horizon.ticks() / period.ticks().max(1) > MOST_PERIODS) {
        let message = format!("the budget of pool `{name}` has too many periods");
        d.error(root.place(&["pool", name, "burst", "budget", "period"]), message, "too short for this horizon")
            .help(format!("at most {MOST_PERIODS} periods make a replication"));
    }
}

/// What a pool does by the clock, each kind by itself.
fn steps(pool: &PoolModel, model: &Model, root: &Node, d: &mut Diagnostics) {
    let pricing = match &pool.rules.pricing {
        Pricing::Posted(_) | Pricing::Given(_) | Pricing::Proportional => vec![],
        Pricing::Formula(formula) => vec![(&["pricing", "every"][..], Some(formula.every))],
        Pricing::Auction(auction) => vec![(&["pricing", "every"][..], Some(auction.every))],
        Pricing::Spot(spot) => {
            let cycle = if let Clearing::PerCycle(cycle) = spot.clearing { Some(cycle) } else { None };
            let step = spot.smoothing.map(|smoothing| smoothing.step);
            vec![(&["pricing", "cycle"][..], cycle), (&["pricing", "smoothing", "step"][..], step)]
        }
    };
    let formula = pool.rules.minimum_formula.as_ref().map(|formula| formula.every);
    let credits = pool.rules.fairness.as_ref().and_then(|fairness| fairness.credits?.every);
    let life = pool.rules.life.as_ref().and_then(|life| life.by_rule.as_ref()).map(|by_rule| by_rule.every);
    let scaling = pool.rules.scaling.iter().map(|rule| rule.every).min();
    let regular = pricing.into_iter().chain([
        (&["life", "every"][..], life),
        (&["scaling"][..], scaling),
        (&["minimum_price", "every"][..], formula),
        (&["fairness", "credits", "every"][..], credits),
        (&["minimum_price", "period"][..], scheduled(pool)),
    ]);
    given(pool, model, root, d);
    for (keys, every) in regular {
        let times = every.map_or(0.0, |every| model.horizon.ticks() as f64 / every.ticks().max(1) as f64);
        if times > MOST_STEPS {
            let path = [&["pool", &pool.name][..], keys].concat();
            let message = format!("this would happen {times:.1e} times in a replication");
            d.error(root.place(&path), message, "too short for this horizon")
                .help(format!("at most {MOST_STEPS:.0e} times: make it longer, or shorten the horizon"));
        }
    }
}

/// The changes of a price that others make.
fn given(pool: &PoolModel, model: &Model, root: &Node, d: &mut Diagnostics) {
    let changes = pool.given.as_ref().map_or(0.0, |series| series.pace() * model.horizon.ticks() as f64);
    if changes > MOST_STEPS {
        d.error(
            root.place(&["pool", &pool.name, "pricing", "step"]),
            format!("the price would change {changes:.1e} times in a replication"),
            "too short for this horizon",
        )
        .help(format!("at most {MOST_STEPS:.0e} times: make `step` longer, or shorten the horizon"));
    }
}

/// Terms of reserved slots that are renewed again and again.
fn terms(pool: &PoolModel, model: &Model, root: &Node, d: &mut Diagnostics) {
    let renewed = pool.rules.supply.iter().filter_map(|line| Some((line.slots, line.purchase?)));
    let renewed = renewed.filter(|(_, purchase)| purchase.at_expiry == AtExpiry::Renew);
    let count = |(slots, purchase): (u32, Purchase)| {
        f64::from(slots) * model.horizon.ticks() as f64 / purchase.term.ticks().max(1) as f64
    };
    let times: f64 = renewed.map(count).sum();
    if times > MOST_STEPS {
        let message = format!("slots would be bought {times:.1e} times in a replication");
        d.error(root.place(&["pool", &pool.name, "supply"]), message, "`term` too short for this horizon")
            .help(format!("at most {MOST_STEPS:.0e} times: make it longer, or shorten the horizon"));
    }
}

/// Mean time between two steps of a minimum that comes again.
fn scheduled(pool: &PoolModel) -> Option<SimDuration> {
    let schedule = pool.minimum_schedule.as_ref()?;
    let steps = schedule.steps.len().max(1) as i64;
    schedule.period.map(|period| SimDuration::from_ticks(period.ticks() / steps))
}

/// An event that never comes is a mistake in a unit, or left from a longer horizon.
fn late_events(model: &Model, root: &Node, d: &mut Diagnostics) {
    let listed = ["event", "fault"].into_iter().filter_map(|key| match &root.get(key)?.node.value {
        Value::List(events) => Some(events),
        _ => None,
    });
    for at in listed.flatten().filter_map(|event| Some(&event.get("at")?.node)) {
        let Value::Text(text) = &at.value else { continue };
        let is_late = quantity::duration(text).is_ok_and(|time| SimTime::ZERO + time >= model.horizon);
        if is_late {
            d.warning(&at.at, "this event never comes", "not before the horizon")
                .help("its time counts from the start of the replication, warm-up included");
        }
    }
}

//! The `[group.NAME]` tables: who asks which pool, when, for how much.

use std::sync::Arc;

use super::arrivals;
use super::bidding::{self, Bidder};
use super::choice;
use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::hardware;
use super::laws::{self, Dimension};
use super::logs::Logs;
use super::names::Names;
use super::node::{Node, Value};
use super::pools::{MOST_SLOTS, ReadPool};
use super::swf::SwfLog;
use super::tariff::Tariff;
use super::work::{self, Home};
use crate::demand::{Arrivals, Group, Job, Law, Members, Sequence};
use crate::market::{PoolId, PoolRules};
use crate::units::{PARTS_PER_WHOLE, SimDuration, SimTime};

/// A group as read.
pub(super) struct ReadGroup {
    pub(super) group: Group,
    pub(super) pool: PoolId,
    /// Pools that serve it as well, in order of preference.
    pub(super) alternatives: Vec<PoolId>,
    /// Name and department of each member.
    pub(super) members: Vec<(String, String)>,
}

pub(super) fn group(
    name: &str,
    node: &Node,
    names: &Names<'_>,
    pools: &[Option<ReadPool<'_>>],
    logs: &mut Logs<'_>,
    d: &mut Diagnostics,
) -> Option<ReadGroup> {
    let mut table = Fields::new(node, format!("group.{name}"), d);
    table.optional("description");
    hardware::GROUP_KEYS.iter().for_each(|key| _ = table.optional(key));
    let (pool, alternatives) = choice::pools(&mut table, names, d).unzip();
    let tariff = pool.map_or(Tariff::from(""), |pool: PoolId| names.tariff(pool.index()));
    let max_price = pool.and_then(|pool| pools[pool.index()].as_ref()?.max_price);
    let rules = pool.and_then(|pool| pools[pool.index()].as_ref()).map(|pool| &pool.rules);
    if rules.is_some_and(|rules| rules.joint.is_some()) {
        d.error(
            table.place_of("pool"),
            "nobody asks a joint pool: its members ask the pools that it joins",
            "a joint pool",
        )
        .help("name one of the pools in its `merges`");
    }
    let department = table.text("department", d).unwrap_or(name).to_owned();
    let value = pool.and_then(|_| {
        let value = table.stated("value", |node| laws::law(node, "value", Dimension::Price(tariff), d));
        value.ok()
    });
    let source = match table.has("replay") {
        true => replay(&mut table, logs, d),
        false => {
            let home = pool.map(|_| Home { tariff, speed: rules.map_or(1.0, speed) });
            drawn(&mut table, name, &department, home, d)
        }
    };
    let demand = pool.and_then(|_| {
        let arrivals = source.as_ref().map(|(arrivals, _)| arrivals);
        let bidder = Bidder { tariff, pool: rules, has_value: table.has("value"), value: value.flatten(), arrivals };
        bidding::bidding(&mut table, &bidder, d)
    });
    let patience = table.stated("patience", |node| laws::law(node, "patience", Dimension::Time, d));
    let revision = bidding::revision(&mut table, rules, demand.as_ref().map(|(_, bidding)| bidding), d);
    let withdrawal = bidding::withdrawal(&mut table, d);
    if pool.is_none() {
        // The currency is unknown, so that nothing can be said about these; they are known all the same.
        table.optional("value");
        table.optional("bid");
    }
    table.finish(d);
    let (arrivals, members) = source?;
    let ((value, bidding), _) = demand.zip(value)?;
    let group = Group {
        name: name.to_owned(),
        arrivals,
        value,
        bidding,
        patience: patience.ok()?,
        max_price,
        revision: revision.ok()?,
        withdrawal: withdrawal.ok()?,
    };
    Some(ReadGroup { group, pool: pool?, alternatives: alternatives?, members })
}

/// How fast the slots of a pool work.
fn speed(pool: &PoolRules) -> f64 {
    f64::from(pool.speed.parts()) / f64::from(PARTS_PER_WHOLE)
}

type Source = (Arrivals, Vec<(String, String)>);

fn drawn(
    table: &mut Fields<'_>,
    name: &str,
    department: &str,
    home: Option<Home<'_>>,
    d: &mut Diagnostics,
) -> Option<Source> {
    let size = match table.optional("size") {
        None => Some(Law::Constant(1.0)),
        Some(node) => size(node, d),
    };
    let duration = work::duration(table, home, size.as_ref(), d);
    let members = members(table, name, department, d);
    let arrivals = table.required("arrivals", "{ rate = \"10 /h\" }", d);
    let process = arrivals.and_then(|node| arrivals::process(node, d));
    let (node, size, duration, process, members) = (arrivals?, size?, duration?, process?, members?);
    let count = Members { count: members.len() as u32 };
    Some((process.arrivals(node, size, duration, count, d)?, members))
}

fn size(node: &Node, d: &mut Diagnostics) -> Option<Law> {
    let law = laws::law(node, "size", Dimension::Slots, d)?;
    let is_wrong = match law {
        Law::Constant(slots) => slots < 1.0 || slots.fract() != 0.0 || slots > f64::from(MOST_SLOTS),
        Law::Uniform { low, high } => low < 0.5 || (low + 0.5).fract() != 0.0 || high > f64::from(MOST_SLOTS) + 0.5,
        _ => false,
    };
    if is_wrong {
        d.error(&node.at, "a size is a whole number of slots, at least 1", "not such a size")
            .help(format!("write size = 2, or a law; the largest size is {MOST_SLOTS}"));
        return None;
    }
    Some(law)
}

/// Members by name, by number, or the group as one.
fn members(table: &mut Fields<'_>, name: &str, department: &str, d: &mut Diagnostics) -> Option<Vec<(String, String)>> {
    let of = |member: String| (member, department.to_owned());
    let Some(node) = table.optional("members") else { return Some(vec![of(name.to_owned())]) };
    match &node.value {
        Value::List(items) if !items.is_empty() => {
            let read = items.iter().map(|item| fields::text(item, "members", d).map(|member| of(member.to_owned())));
            read.collect()
        }
        Value::Number(text) if text.parse::<u32>().is_ok_and(|n| (1..=MOST_MEMBERS).contains(&n)) => {
            let count: u32 = text.parse().unwrap_or(1);
            Some((1..=count).map(|number| of(format!("{name}-{number}"))).collect())
        }
        _ => {
            let rule = format!("`members` must be a list of users, or a number of them up to {MOST_MEMBERS}");
            d.error(&node.at, rule, "neither").help("write members = [\"ann\", \"bob\"] or members = 12");
            None
        }
    }
}

/// Each has a meter and accounts of its own, in every replication that is under way.
const MOST_MEMBERS: u32 = 1_000_000;

/// A log: group -> department, user -> member, processors -> slots.
fn replay(table: &mut Fields<'_>, logs: &mut Logs<'_>, d: &mut Diagnostics) -> Option<Source> {
    let path = format!("{}.replay", table.path());
    let node = table.optional("replay")?;
    let table_path = path.clone();
    let mut table = Fields::new(node, path, d);
    let file = table.required("log", "\"FILE.swf.gz\"", d);
    let name = table.text("log", d);
    let requested = [("allocated", false), ("requested", true)];
    let prefer_requested = table.choice("processors", &requested, d).unwrap_or(false);
    table.finish(d);
    let (file, name) = (file?, name?);
    let log = logs.load(file, (name, table_path.as_str()), prefer_requested, d)?;
    let (sequence, members) = sequence(&log);
    Some((Arrivals::Replay(Arc::new(sequence)), members))
}

/// The jobs, and a member for each pair of group and user that occurs.
fn sequence(log: &SwfLog) -> (Sequence, Vec<(String, String)>) {
    let mut pairs: Vec<(i64, i64)> = log.jobs.iter().map(|job| (job.group, job.user)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let jobs = log.jobs.iter().map(|job| Job {
        submit: SimTime::ZERO + SimDuration::from_seconds(job.submit),
        work: SimDuration::from_seconds(job.run_time),
        slots: job.processors,
        member: pairs.binary_search(&(job.group, job.user)).map_or(0, |index| index as u32),
    });
    let jobs = jobs.collect();
    let members = pairs.iter().map(|(group, user)| (format!("user-{user}@group-{group}"), format!("group-{group}")));
    (Sequence::new(jobs), members.collect())
}

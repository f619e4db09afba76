//! When a pool begins and ends, what it costs to have it, and by which rules it grows and shrinks.

use super::MOST_SLOTS;
use super::supply::{MOST_SUPPLIED, pool_name};
use crate::market::{AccountId, LifeFormulas, LifeRules, PartyId, PoolFees, PoolId, ScalingRule, ScalingStep, Stage};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::events::pool_named;
use crate::scenario::fields::{Fields, Reported, Stated};
use crate::scenario::formula::reading::{self, Constants};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};
use crate::units::{Money, Price, SimDuration, SimTime};

const BEGINNINGS: [(&str, Stage); 3] =
    [("online", Stage::Online), ("offline", Stage::Offline), ("planned", Stage::Planned)];

/// `changed_by`: the accounts that may change the pool; the authorised account of its owner, unless stated.
pub(super) fn controllers(
    table: &mut Fields<'_>,
    owner: PartyId,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Vec<AccountId> {
    match table.optional("changed_by") {
        None => vec![names.accounts.authorised(owner)],
        Some(Node { value: Value::List(items), .. }) if !items.is_empty() => {
            items.iter().filter_map(|item| names.accounts.find(item, owner, &names.customers, d)).collect()
        }
        Some(node) => {
            d.error(&node.at, "`changed_by` must be a list of accounts", "no such list")
                .help("write changed_by = [\"research\"], or leave it to the authorised account of the owner");
            Vec::new()
        }
    }
}

/// `life`: where the pool begins, when it ends, and what it costs.
pub(super) fn life(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Stated<LifeRules> {
    let tariff = names.tariff(index);
    table.rule("life", d, |table, d| {
        let begins = table.choice("begins", &BEGINNINGS, d);
        let term = table.or("term", None, |table, key| table.positive(key, d).map(Some));
        let expires_at = table.or("expires_at", None, |table, key| table.positive(key, d).map(Some));
        let fee = table.or("fee", Money::ZERO, |table, key| table.money(key, tariff.currency, d));
        let hourly = table.or("hourly_fee", Price::ZERO, |table, key| table.price(key, tariff.currency, d));
        let by_rule = by_rule(table, index, names, d);
        let (once, hourly) = (fee?, hourly?);
        let is_free = once == Money::ZERO && hourly == Price::ZERO;
        let fees = (!is_free).then_some(PoolFees { once, hourly, payee: PartyId(0) });
        let by_rule = by_rule.ok()?;
        let first = if by_rule.as_ref().is_some_and(|by_rule| by_rule.create.is_some()) {
            Stage::Planned
        } else {
            Stage::Online
        };
        let expires_at = expires_at?.map(|after| SimTime::ZERO + after);
        Some(LifeRules { begins: begins.unwrap_or(first), term: term?, expires_at, fees, by_rule })
    })
}

/// By which conditions on which pool this one is created and deleted.
fn by_rule(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Stated<LifeFormulas> {
    let watch = table.optional("watch").and_then(|node| pool_named(node, names, &mut Diagnostics::default()));
    // They are held against the prices of the pool that is watched.
    let tariff = names.tariff(watch.map_or(index, PoolId::index));
    let mut constants = Constants::read(table, tariff, d);
    let mut condition = |key| table.stated(key, |node| reading::condition(node, key, &mut constants, d));
    let (create, delete) = (condition("create_when"), condition("delete_when"));
    constants.finish(d);
    if !table.has("create_when") && !table.has("delete_when") {
        for key in ["watch", "every"].into_iter().filter(|key| table.has(key)) {
            d.error(table.place_of(key), format!("`{key}` belongs to `create_when` and `delete_when`"), "neither here")
                .help("state a condition, or leave it out");
        }
        _ = (table.optional("watch"), table.optional("every"));
        return Ok(None);
    }
    let watch = table.required("watch", "\"POOL\"", d).and_then(|node| pool_named(node, names, d));
    let every = table.or("every", EVERY, |table, key| table.positive(key, d));
    let (create, delete) = (create?, delete?);
    let (watch, every) = (watch.ok_or(Reported)?, every.ok_or(Reported)?);
    Ok(Some(LifeFormulas { watch, create, delete, every }))
}

/// How often rules are looked at unless it is stated.
const EVERY: SimDuration = SimDuration::from_seconds(300);

/// `scaling`: rules by which slots come and go.
pub(super) fn scaling(
    table: &mut Fields<'_>,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<Vec<ScalingRule>> {
    let path = format!("{}.scaling", table.path());
    let Some(node) = table.optional("scaling").filter(|node| !node.is_word("none")) else { return Some(Vec::new()) };
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`{path}` is {}", node.kind()), "expected a list of rules")
            .help("write [[pool.NAME.scaling]] and its keys below, once for each rule");
        return None;
    };
    let rules: Vec<ScalingRule> = items.iter().filter_map(|item| rule(item, &path, index, names, d)).collect();
    (rules.len() == items.len()).then_some(rules)
}

fn rule(node: &Node, path: &str, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<ScalingRule> {
    let mut table = Fields::new(node, path, d);
    let mut constants = Constants::read(&mut table, names.tariff(index), d);
    let when = table.required("when", "\"utilisation > 9 * whole / 10\"", d);
    let condition = when.and_then(|node| reading::condition(node, "when", &mut constants, d));
    constants.finish(d);
    table.required("step", "2 (or -2)", d);
    let most = i64::from(MOST_SUPPLIED);
    let step = table.whole("step", -most..=most, d);
    if step == Some(0) {
        d.error(table.place_of("step"), "a step of 0 does nothing", "no step")
            .help("write 2 to take two slots, -2 to return two");
    }
    let every = table.or("every", EVERY, |table, key| table.positive(key, d));
    let cool_down = table.or("cool_down", SimDuration::ZERO, |table, key| table.duration(key, d));
    let step = match step? {
        0 => return None,
        slots if slots > 0 => take(&mut table, slots.unsigned_abs() as u32, index, names, d),
        slots => give_back(&mut table, slots.unsigned_abs() as u32, d),
    };
    table.finish(d);
    Some(ScalingRule { condition: condition?, step: step?, every: every?, cool_down: cool_down? })
}

fn take(
    table: &mut Fields<'_>,
    slots: u32,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<ScalingStep> {
    let from = table.required("from", "\"POOL\" (or a list of pools)", d).and_then(|node| match &node.value {
        Value::List(items) => items.iter().map(|item| pool_name(item, index, names, d)).collect(),
        _ => pool_name(node, index, names, d).map(|pool| vec![pool]),
    });
    let from: Option<Vec<PoolId>> = from;
    let bid = bid(table, from.as_deref(), index, names, d);
    table.required("at_most", "40", d);
    let at_most = table.whole("at_most", 1..=MOST_SLOTS, d);
    Some(ScalingStep::Take { slots, from: from?, bid: bid?, at_most: at_most? })
}

/// What a rule bids for each slot, in the one currency of the pools that it takes them from.
fn bid(
    table: &mut Fields<'_>,
    from: Option<&[PoolId]>,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<Price> {
    if table.optional("bid").is_none() {
        return Some(Price::MAX);
    }
    let (first, others) = from?.split_first()?;
    let tariff = names.tariff_of(*first, index);
    let currency = |pool: &PoolId| names.pool_currencies[pool.index()];
    if let Some(other) = others.iter().find(|other| currency(other) != tariff.currency) {
        let (first, other, theirs) = (names.pools[first.index()], names.pools[other.index()], currency(other));
        let message = format!("pool `{first}` is paid in {}, and pool `{other}` in {theirs}", tariff.currency);
        d.error(table.place_of("bid"), message, "one bid, two currencies")
            .help("write a rule for each of them, or leave `bid` out to take any posted price");
        return None;
    }
    table.price("bid", tariff, d)
}

fn give_back(table: &mut Fields<'_>, slots: u32, d: &mut Diagnostics) -> Option<ScalingStep> {
    let at_least = table.or("at_least", 0, |table, key| table.whole(key, 0..=MOST_SLOTS, d));
    let busy = table.or("busy", false, |table, key| table.boolean(key, d));
    Some(ScalingStep::Return { slots, at_least: at_least?, busy: busy? })
}

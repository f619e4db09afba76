//! The `[[event]]` tables: what is done to pools by hand at stated times.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::names::Names;
use super::node::{Entry, Node, Value};
use super::pools::{self, Users};
use super::suggestion::Unknown;
use super::tariff::Tariff;
use crate::market::{AccountId, Change, MaxPrice, Operation, PartyId, PoolId};
use crate::simulation::OwnerStep;
use crate::units::SimTime;

/// A step, with what it was read from.
pub(super) struct ReadStep<'a> {
    pub(super) step: OwnerStep,
    /// The table of the event.
    pub(super) node: &'a Node,
    /// Users whom it names: who they are is known once the groups are.
    users: Vec<(&'a str, &'a Node)>,
}

impl ReadStep<'_> {
    /// The step, with the parties behind the users.
    pub(super) fn resolved(self, users: &Users<'_>, d: &mut Diagnostics) -> OwnerStep {
        let mut step = self.step;
        if let Change::AddMembers(admitted) | Change::RemoveMembers(admitted) = &mut step.operation.change {
            *admitted = pools::admitted(users, &self.users, d);
        }
        step
    }
}

/// Keys that say what is done, and an example.
const CHANGES: [&str; 9] =
    ["do", "minimum_price", "add_members", "remove_members", "add_slots", "remove_slots", "set", "merge", "split"];

/// What events have to know of a pool.
pub(super) struct Owned {
    pub(super) owner: PartyId,
    /// The account that may change it.
    pub(super) account: AccountId,
    /// The tier in whose currency the amounts of its burst policy are.
    pub(super) leading_tier: Option<PoolId>,
}

/// The steps in order of time; those of one instant stay in the order of the text, tables as well as keys.
///
/// `pools` are those that could be read.
pub(super) fn owner_steps<'a>(
    root: &'a Node,
    pools: &[Option<Owned>],
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Vec<ReadStep<'a>> {
    let Some(entry) = root.get("event") else { return Vec::new() };
    let Value::List(items) = &entry.node.value else {
        d.error(&entry.node.at, format!("`event` is {}", entry.node.kind()), "expected a list of tables")
            .help("write [[event]] and its keys below, once for each event");
        return Vec::new();
    };
    let mut steps: Vec<_> = items.iter().flat_map(|node| event(node, pools, names, d)).collect();
    steps.sort_by_key(|read| read.step.at);
    steps
}

fn event<'a>(node: &'a Node, pools: &[Option<Owned>], names: &Names<'_>, d: &mut Diagnostics) -> Vec<ReadStep<'a>> {
    let mut table = Fields::new(node, "event", d);
    table.optional("description");
    table.required("at", "\"4h\"", d);
    let at = table.duration("at", d);
    let pool = table.required("pool", &format!("\"{}\"", names.pools.first().unwrap_or(&"POOL")), d);
    let pool = pool.and_then(|node| pool_named(node, names, d));
    let owned = pool.and_then(|pool| pools.get(pool.index())?.as_ref());
    let by = table.optional("by").map(|node| {
        let party = owned.map(|owned| owned.owner).unwrap_or_default();
        names.accounts.find(node, party, &names.customers, d)
    });
    let agreed_by = table.optional("agreed_by").map_or_else(Vec::new, |node| agreed_by(node, names, d));
    if table.has("agreed_by") && !table.has("merge") {
        d.error(table.place_of("agreed_by"), "`agreed_by` says who agrees to a merge", "no `merge` beside it")
            .help("add merge = true, or leave `agreed_by` out");
    }
    for key in CHANGES {
        table.optional(key);
    }
    let is_known = |entry: &&Entry| CHANGES.contains(&entry.key.as_str());
    let entries: Vec<&Entry> = node.entries().iter().filter(is_known).collect();
    if entries.is_empty() && table.is_table() {
        d.error(&node.at, "`event` says nothing to do", format!("none of `{}` here", CHANGES.join("`, `")))
            .help("add minimum_price = \"0.08 USD/h\", do = \"online\", add_members = [\"ann\"] or the like");
    }
    table.finish(d);
    let Some(pool) = pool else { return Vec::new() };
    let tariffs = Tariffs { own: names.tariff(pool.index()), bursts: owned.map(|owned| owned.tariff(pool, names)) };
    let mut changes = Vec::new();
    for entry in entries {
        match entry.key.as_str() {
            "merge" if is_true(entry, d) => changes.push((Change::Merge { agreed_by: agreed_by.clone() }, Vec::new())),
            "split" if is_true(entry, d) => changes.push((Change::Split, Vec::new())),
            "merge" | "split" => {}
            _ => changes.extend(changes_of(entry, pool, tariffs, names, d)),
        }
    }
    // Whose pool could not be read has been told of already.
    let by = by.unwrap_or(Some(owned.map(|owned| owned.account).unwrap_or_default()));
    let Some((at, by)) = at.zip(by) else { return Vec::new() };
    let step = |(change, users)| ReadStep {
        step: OwnerStep { at: SimTime::ZERO + at, operation: Operation { by, pool, change } },
        node,
        users,
    };
    changes.into_iter().map(step).collect()
}

/// The accounts that agree to a merge.
fn agreed_by(node: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Vec<AccountId> {
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`agreed_by` is {}", node.kind()), "expected a list of accounts")
            .help("write agreed_by = [\"lab-a\", \"lab-b\"]");
        return Vec::new();
    };
    let account = |item| names.accounts.find(item, PartyId::default(), &names.customers, d);
    items.iter().filter_map(account).collect()
}

/// `merge` and `split` can only be true.
fn is_true(entry: &Entry, d: &mut Diagnostics) -> bool {
    let is_true = matches!(entry.node.value, Value::Boolean(true));
    if !is_true {
        d.error(&entry.node.at, format!("`{}` can only be true", entry.key), "not true")
            .help(format!("write {} = true, or leave it out", entry.key));
    }
    is_true
}

type ReadChange<'a> = (Change, Vec<(&'a str, &'a Node)>);

/// In what the amounts of an event are.
#[derive(Clone, Copy)]
struct Tariffs<'a> {
    /// Those of the pool.
    own: Tariff<'a>,
    /// Those of its burst policy; unknown where the pool could not be read.
    bursts: Option<Tariff<'a>>,
}

impl Owned {
    fn tariff<'a>(&self, pool: PoolId, names: &Names<'a>) -> Tariff<'a> {
        self.leading_tier.map_or(names.tariff(pool.index()), |tier| names.tariff_of(tier, pool.index()))
    }
}

/// What one key of an event says is done.
fn changes_of<'a>(
    entry: &'a Entry,
    pool: PoolId,
    tariffs: Tariffs<'_>,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Vec<ReadChange<'a>> {
    let node = &entry.node;
    let plain = |change: Option<Change>| change.map(|change| (change, Vec::new())).into_iter().collect();
    match entry.key.as_str() {
        "do" => lives(node, d),
        "minimum_price" => plain(price(node, "minimum_price", tariffs.own, d).map(Change::Minimum)),
        "add_members" => {
            users(node, "add_members", d).map(|users| (Change::AddMembers(Vec::new()), users)).into_iter().collect()
        }
        "remove_members" => users(node, "remove_members", d)
            .map(|users| (Change::RemoveMembers(Vec::new()), users))
            .into_iter()
            .collect(),
        "add_slots" => plain(more(node, pool, names, d)),
        "remove_slots" => plain(fewer(node, pool, names, d)),
        "set" => settings(node, tariffs, d).into_iter().map(|change| (change, Vec::new())).collect(),
        _ => Vec::new(),
    }
}

/// `do`: a word, or a list of them.
fn lives<'a>(node: &'a Node, d: &mut Diagnostics) -> Vec<ReadChange<'a>> {
    let words = [
        ("create", Change::Create),
        ("online", Change::BringOnline),
        ("offline", Change::TakeOffline),
        ("delete", Change::Delete),
    ];
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(|item| fields::choose(item, "do", &words, d)).map(|change| (change, Vec::new())).collect()
}

fn users<'a>(node: &'a Node, key: &str, d: &mut Diagnostics) -> Option<Vec<(&'a str, &'a Node)>> {
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`event.{key}` is {}", node.kind()), "expected a list of users")
            .help(format!("write {key} = [\"ann\", \"bob\"]; names of groups stand for all of their users"));
        return None;
    };
    Some(items.iter().filter_map(|item| fields::text(item, key, d).map(|name| (name, item))).collect())
}

/// `add_slots`: a supply line, but none that is bought for a term.
fn more(node: &Node, pool: PoolId, names: &Names<'_>, d: &mut Diagnostics) -> Option<Change> {
    let line = pools::supply_line(node, "event.add_slots", pool.index(), names, d)?;
    if line.purchase.is_some() {
        let message = "no event buys slots for a term: the supply lines of a pool do";
        d.error(node.place(&["purchase"]), message, "bought by an event").help(format!(
            "write this line in the `supply` of pool `{}`, with the time of the event as `start` of its `purchase`",
            names.pools[pool.index()]
        ));
        return None;
    }
    Some(Change::AddSlots(line))
}

fn fewer(node: &Node, pool: PoolId, names: &Names<'_>, d: &mut Diagnostics) -> Option<Change> {
    let mut table = Fields::new(node, "event.remove_slots", d);
    let from = table.required("from", "\"POOL\"", d);
    let from = from.and_then(|node| pools::pool_name(node, pool.index(), names, d));
    table.required("slots", "4", d);
    let slots = table.whole("slots", 1..=u32::MAX, d);
    table.finish(d);
    Some(Change::RemoveSlots { from: from?, slots: slots? })
}

/// What `set` sets, in the order of the text. What is not among its keys makes a pool what it is, and cannot be set.
fn settings(node: &Node, tariffs: Tariffs<'_>, d: &mut Diagnostics) -> Vec<Change> {
    const KEYS: [&str; 9] = [
        "slots",
        "price",
        "minimum_price",
        "burst",
        "burst_max_price",
        "budget",
        "member_cap",
        "department_cap",
        "maximum_users",
    ];
    let mut table = Fields::new(node, "event.set", d);
    for key in KEYS {
        table.optional(key);
    }
    table.finish(d);
    let known = node.entries().iter().filter(|entry| KEYS.contains(&entry.key.as_str()));
    known.filter_map(|entry| setting(entry, tariffs, d)).collect()
}

fn setting(entry: &Entry, tariffs: Tariffs<'_>, d: &mut Diagnostics) -> Option<Change> {
    let (key, node) = (entry.key.as_str(), &entry.node);
    // "none" takes a limit away.
    let limit = |d: &mut Diagnostics| match node.is_word("none") {
        true => Some(None),
        false => fields::whole(node, key, &(1..=u32::MAX), d).map(Some),
    };
    Some(match key {
        "slots" => Change::Resize(fields::whole(node, key, &(0..=pools::MOST_SLOTS), d)?),
        "price" => Change::PostedPrice(price(node, key, tariffs.own, d)?),
        "minimum_price" => Change::Minimum(price(node, key, tariffs.own, d)?),
        "burst" => Change::Bursts(boolean(node, key, d)?),
        "burst_max_price" if node.is_word("bid") => Change::BurstPrice(MaxPrice::Bid),
        "burst_max_price" => Change::BurstPrice(MaxPrice::Constant(price(node, key, tariffs.bursts?, d)?)),
        "budget" => {
            let tariff = tariffs.bursts?;
            let money = |text: &str| super::quantity::money(text, tariff);
            Change::Budget(fields::quantity(node, key, d, money)?)
        }
        "member_cap" => Change::MemberCap(limit(d)?),
        "department_cap" => Change::DepartmentCap(limit(d)?),
        _ => Change::MaximumUsers(limit(d)?),
    })
}

fn boolean(node: &Node, key: &str, d: &mut Diagnostics) -> Option<bool> {
    if let Value::Boolean(value) = node.value {
        return Some(value);
    }
    d.error(&node.at, format!("`{key}` is {}", node.kind()), "expected true or false")
        .help("write true or false without quotes");
    None
}

fn price(node: &Node, key: &str, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<crate::units::Price> {
    fields::quantity(node, key, d, |text| super::quantity::price(text, tariff))
}

/// The pool that a node names.
pub(super) fn pool_named(node: &Node, names: &Names<'_>, d: &mut Diagnostics) -> Option<PoolId> {
    let name = fields::text(node, "pool", d)?;
    let found = names.pools.find(name);
    if found.is_none() && !names.pools.is_empty() {
        let unknown = Unknown { word: name, known: &names.pools, listed: "pools are" };
        d.unknown(&node.at, format!("there is no pool `{name}`"), "unknown pool", &unknown);
    }
    found.map(|index| PoolId(index as u32))
}

//! Whom a pool admits.

use super::users::Users;
use crate::market::{PartyId, PoolRules};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};
use crate::scenario::suggestion::Unknown;

pub(super) fn members<'a>(table: &mut Fields<'a>, d: &mut Diagnostics) -> Option<Vec<(&'a str, &'a Node)>> {
    let path = format!("{}.members", table.path());
    let node = table.optional("members")?;
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`{path}` is {}", node.kind()), "expected a list of users")
            .help("write members = [\"ann\", \"bob\"]; names of groups admit all of their users");
        return None;
    };
    Some(items.iter().filter_map(|item| fields::text(item, &path, d).map(|name| (name, item))).collect())
}

/// The customers whose pools may take slots of this one, although it has `members`.
pub(super) fn open_to(table: &mut Fields<'_>, names: &Names<'_>, d: &mut Diagnostics) -> Vec<PartyId> {
    let path = format!("{}.open_to", table.path());
    let Some(node) = table.optional("open_to") else { return Vec::new() };
    if !table.has("members") {
        d.error(&node.at, "the pool is open to everybody: nobody is named", "no `members` here")
            .help("add members = [\"ann\"], or leave `open_to` out");
    }
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`{path}` is {}", node.kind()), "expected a list of customers")
            .help("write open_to = [\"CUSTOMER\"]: the owners whose pools may take slots here");
        return Vec::new();
    };
    items.iter().filter_map(|item| customer(item, &path, names, d)).collect()
}

fn customer(node: &Node, path: &str, names: &Names<'_>, d: &mut Diagnostics) -> Option<PartyId> {
    let name = fields::text(node, path, d)?;
    let party = names.party(name);
    if party.is_none() {
        let unknown = Unknown { word: name, known: &names.customers, listed: "customers are" };
        d.unknown(&node.at, format!("there is no customer `{name}`"), "unknown customer", &unknown);
    }
    party
}

/// No more members are named than there may be.
pub(in crate::scenario) fn check_maximum(rules: &PoolRules, pool: &Node, d: &mut Diagnostics) {
    let Some((most, members)) = rules.maximum_users.zip(rules.members.as_ref()) else { return };
    if members.len() > most as usize {
        let message = format!("{} members are named, and there may be {most}", members.len());
        d.error(pool.place(&["maximum_users"]), message, "too few").help("raise `maximum_users`, or name fewer");
    }
}

/// The parties behind the users whom a pool names: users by name, or everybody of a group.
pub(in crate::scenario) fn admitted(users: &Users<'_>, named: &[(&str, &Node)], d: &mut Diagnostics) -> Vec<PartyId> {
    let mut parties = Vec::new();
    for (user, node) in named {
        let before = parties.len();
        let found = users.of_group(user).chain(users.named(user));
        parties.extend(found.map(|number| users.model.member_party(number)));
        if parties.len() == before {
            d.error(&node.at, format!("there is no user or group `{user}`"), "unknown user")
                .help("users are the `members` of groups");
        }
    }
    parties.sort_unstable();
    parties.dedup();
    parties
}

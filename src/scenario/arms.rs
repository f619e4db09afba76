//! Arms: named changes to the base scenario.

use super::diagnostic::Diagnostics;
use super::node::{Entry, Node, Value, merge};
use super::suggestion::Unknown;

/// The scenario of one arm, with its name.
pub(super) struct ArmTree {
    pub(super) name: String,
    pub(super) root: Node,
}

/// The tables that a scenario may have at its top.
const SECTIONS: [&str; 10] =
    ["experiment", "customer", "zone", "type", "pool", "group", "fault", "event", "report", "arm"];
/// Those that an arm may change.
const CHANGEABLE: [&str; 7] = ["customer", "zone", "type", "pool", "group", "fault", "event"];
/// Name of the only arm of a scenario without arms.
pub(super) const BASE: &str = "base";

/// Splits a scenario into its arms, each a whole scenario of its own.
pub(super) fn split(root: &Node, d: &mut Diagnostics) -> Vec<ArmTree> {
    check_sections(root.entries(), &SECTIONS, "at the top of a scenario", d);
    check_tables(root.entries(), d);
    let Value::Table(entries) = &root.value else { return Vec::new() };
    let base: Vec<Entry> = entries.iter().filter(|entry| entry.key != "arm").cloned().collect();
    let base = Node { at: root.at.clone(), value: Value::Table(base) };
    let arms = root.get("arm").map(|entry| entry.node.entries()).unwrap_or_default();
    if arms.is_empty() {
        return vec![ArmTree { name: BASE.to_owned(), root: base }];
    }
    arms.iter().map(|arm| changed(&base, arm, d)).collect()
}

fn changed(base: &Node, arm: &Entry, d: &mut Diagnostics) -> ArmTree {
    let mut changes = arm.node.clone();
    if let Value::Table(entries) = &mut changes.value {
        entries.retain(|entry| entry.key != "description");
        check_sections(entries, &CHANGEABLE, "in an arm", d);
        entries.retain(|entry| CHANGEABLE.contains(&entry.key.as_str()));
    } else {
        d.error(&arm.node.at, format!("arm `{}` is {}", arm.key, arm.node.kind()), "expected a table")
            .help("write [arm.NAME] and below it what the arm changes, such as pool.lab.slots = 30");
    }
    let mut root = base.clone();
    if matches!(changes.value, Value::Table(_)) {
        merge(&mut root, &changes);
    }
    ArmTree { name: arm.key.clone(), root }
}

fn check_sections(entries: &[Entry], known: &[&'static str], place: &str, d: &mut Diagnostics) {
    for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
        let message = format!("unknown key `{}` {place}", entry.key);
        d.unknown(&entry.at, message, "unknown key", &Unknown { word: &entry.key, known, listed: "keys here" });
    }
}

/// A section is a table of named tables.
fn check_tables(entries: &[Entry], d: &mut Diagnostics) {
    let sections = entries
        .iter()
        .filter(|entry| ["customer", "zone", "type", "pool", "group", "arm"].contains(&entry.key.as_str()));
    for Entry { key, node, .. } in sections.filter(|entry| !matches!(entry.node.value, Value::Table(_))) {
        d.error(&node.at, format!("`{key}` is {}, and a table is needed", node.kind()), "expected a table")
            .help(format!("write [{key}.NAME] and its keys below"));
    }
}

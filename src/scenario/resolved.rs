//! The scenario as resolved: one canonical JSON per arm, and its digest.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::node::{Node, Value};

/// The tree as JSON, keys in alphabetical order; numbers as they were written.
pub(super) fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) | Value::Date(text) => Json::String(text.clone()),
        Value::Number(text) => {
            text.parse::<serde_json::Number>().map_or_else(|_| Json::String(text.clone()), Json::Number)
        }
        Value::Boolean(value) => Json::Bool(*value),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Table(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), to_json(&entry.node))).collect::<Map<_, _>>())
        }
    }
}

/// SHA-256, in hexadecimal, of what decides the results: the resolved arms, without what names, describes or extends the
/// experiment (its name, seed and number of replications stand beside the digest), without the records that are wanted of
/// it, and the content of the input files.
pub(super) fn digest<'a>(arms: impl Iterator<Item = (&'a str, &'a Json)>, files: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"overspill scenario 1\n");
    for (name, json) in arms {
        hash.update(format!("arm {name} {}\n", deciding(json)));
    }
    for (_, content) in files {
        hash.update(format!("file {content}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The scenario without what decides nothing. Its large tables are not copied for that.
fn deciding(scenario: &Json) -> String {
    let Some(tables) = scenario.as_object() else { return scenario.to_string() };
    let experiment =
        tables.get("experiment").map(|table| without(table, &["name", "description", "seed", "replications", "epoch"]));
    // Records change no result. A scenario that says nothing else of its report is as good as one that says nothing.
    let report = tables.get("report").map(|table| without(table, &["records", "record_replications"]));
    let mut deciding: BTreeMap<&str, &Json> = tables.iter().map(|(key, table)| (key.as_str(), table)).collect();
    if let Some(experiment) = &experiment {
        deciding.insert("experiment", experiment);
    }
    if let Some(report) = &report {
        let says_nothing = report.as_object().is_some_and(Map::is_empty) && *report != tables["report"];
        if says_nothing {
            deciding.remove("report")
        } else {
            deciding.insert("report", report)
        };
    }
    serde_json::to_string(&deciding).unwrap_or_default()
}

fn without(table: &Json, keys: &[&str]) -> Json {
    let mut table = table.clone();
    if let Some(entries) = table.as_object_mut() {
        entries.retain(|key, _| !keys.contains(&key.as_str()));
    }
    table
}

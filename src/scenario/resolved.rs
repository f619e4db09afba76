//! The scenario as resolved: one canonical JSON per arm, and its digest.

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
pub(super) fn digest(arms: &[(String, Json)], files: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"overspill scenario 1\n");
    for (name, json) in arms {
        let mut json = json.clone();
        if let Some(experiment) = json.get_mut("experiment").and_then(Json::as_object_mut) {
            for key in ["name", "description", "seed", "replications", "epoch"] {
                experiment.remove(key);
            }
        }
        forget_records(&mut json);
        hash.update(format!("arm {name} {json}\n"));
    }
    for (_, content) in files {
        hash.update(format!("file {content}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Records change no result. A scenario that says nothing else of its report is as good as one that says nothing.
fn forget_records(json: &mut Json) {
    let Some(report) = json.get_mut("report").and_then(Json::as_object_mut) else { return };
    let had_any = ["records", "record_replications"].iter().filter(|key| report.remove(**key).is_some()).count() > 0;
    if had_any
        && report.is_empty()
        && let Some(scenario) = json.as_object_mut()
    {
        scenario.remove("report");
    }
}

//! What is near: for a pool, and for the requests of a group.

use crate::market::{LEVELS, Near, PlacementRules, Weights, ZoneChoice};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::node::{Node, Value};

/// What a pool says about the places of its requests.
pub(super) fn of_pool(node: &Node, rules: &mut PlacementRules, d: &mut Diagnostics) {
    if let Some(entry) = node.get("placement") {
        rules.weights = weights(&entry.node, d).unwrap_or(rules.weights);
    }
    if let Some(entry) = node.get("near") {
        let choices = [("request", Near::Request), ("member", Near::Member)];
        rules.near = fields::choose(&entry.node, "near", &choices, d).unwrap_or(rules.near);
    }
    if let Some(entry) = node.get("zone_choice") {
        let choices = [
            ("first", ZoneChoice::First),
            ("least-loaded", ZoneChoice::LeastLoaded),
            ("by-distance", ZoneChoice::ByDistance),
        ];
        rules.zone = fields::choose(&entry.node, "zone_choice", &choices, d).unwrap_or(rules.zone);
    }
}

/// A word, or a table of weights by level: those that are left out count nothing.
pub(super) fn weights(node: &Node, d: &mut Diagnostics) -> Option<Weights> {
    if !matches!(node.value, Value::Table(_)) {
        let choices = [("cluster", Weights::CLUSTER), ("spread", Weights::SPREAD)];
        return fields::choose(node, "placement", &choices, d);
    }
    let mut table = Fields::new(node, "placement", d);
    let keys: [&'static str; LEVELS] = ["region", "zone", "isolation_zone", "router", "power_supply", "host"];
    let weights = keys.map(|key| table.or(key, 0, |table, key| table.whole(key, -1_000_000..=1_000_000, d)));
    table.finish(d);
    let mut all = [0; LEVELS];
    for (weight, read) in all.iter_mut().zip(weights) {
        *weight = read?;
    }
    Weights::new(all)
}

//! How slots are taken back, and what becomes of whoever held them.

use crate::market::{Checkpoint, EvictionOrder, Interrupted, InterruptionRules};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::formula::Of;
use crate::scenario::formula::reading::{self, Constants};
use crate::scenario::node::{Node, Value};
use crate::scenario::tariff::Tariff;
use crate::units::SimDuration;

/// `interruption = { notice, guaranteed_run, order, last_unit }`.
pub(super) fn interruption(
    table: &mut Fields<'_>,
    tariff: Tariff<'_>,
    d: &mut Diagnostics,
) -> Option<InterruptionRules> {
    let path = format!("{}.interruption", table.path());
    let Some(node) = table.optional("interruption").filter(|node| !node.is_word("none")) else {
        return Some(InterruptionRules::IMMEDIATE);
    };
    let mut table = Fields::new(node, path, d);
    let notice = table.or("notice", SimDuration::ZERO, |table, key| table.duration(key, d));
    let guaranteed = table.or("guaranteed_run", SimDuration::ZERO, |table, key| table.duration(key, d));
    let order = table.or("order", EvictionOrder::ByMethod, |table, key| order(table, key, tariff, d));
    let last_unit_is_free = table.choice("last_unit", &[("billed", false), ("free", true)], d).unwrap_or(false);
    table.finish(d);
    Some(InterruptionRules { notice: notice?, guaranteed: guaranteed?, order: order?, last_unit_is_free })
}

/// The lowest value goes first.
fn order_by_formula(node: &Node, path: String, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<EvictionOrder> {
    let mut table = Fields::new(node, path, d);
    let mut constants = Constants::read(&mut table, tariff, d);
    let formula = table.required("formula", "\"running_time * slots\"", d);
    let formula = formula.and_then(|node| reading::expression(node, "formula", Of::Request, &mut constants, d));
    constants.finish(d);
    table.finish(d);
    Some(EvictionOrder::Formula(formula?))
}

fn order(table: &mut Fields<'_>, key: &'static str, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<EvictionOrder> {
    if let Some(node) = table.optional(key).filter(|node| matches!(node.value, Value::Table(_))) {
        return order_by_formula(node, format!("{}.order", table.path()), tariff, d);
    }
    let orders = [
        ("by-method", EvictionOrder::ByMethod),
        ("lowest-bid", EvictionOrder::LowestBid),
        ("youngest", EvictionOrder::Youngest),
        ("least-lost-work", EvictionOrder::LeastLostWork),
    ];
    table.choice(key, &orders, d)
}

const INTERRUPTED: [(&str, Interrupted); 5] = [
    ("lost", Interrupted::Lost),
    ("resume", Interrupted::Resume),
    ("restart", Interrupted::Restart),
    ("redraw", Interrupted::Redraw),
    ("burst", Interrupted::Burst),
];

/// `on_interruption`: a word, or a table for work that is saved at intervals.
pub(super) fn interrupted(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Interrupted> {
    let path = format!("{}.on_interruption", table.path());
    let node = table.optional("on_interruption")?;
    match &node.value {
        Value::Table(_) => checkpoint(node, path, d).map(Interrupted::Checkpoint),
        _ => fields::choose(node, "on_interruption", &INTERRUPTED, d),
    }
}

fn checkpoint(node: &Node, path: String, d: &mut Diagnostics) -> Option<Checkpoint> {
    let mut table = Fields::new(node, path, d);
    table.required("checkpoint_every", "\"30m\"", d);
    let every = table.positive("checkpoint_every", d);
    let cost = table.or("checkpoint_cost", SimDuration::ZERO, |table, key| table.duration(key, d));
    table.finish(d);
    Some(Checkpoint { every: every?, cost: cost? })
}

//! The minimum price of a pool, and how it moves by the clock.

use crate::market::MinimumFormula;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::formula::Of;
use crate::scenario::formula::reading::{self, Constants};
use crate::scenario::node::{Node, Value};
use crate::scenario::tariff::Tariff;
use crate::simulation::MinimumSchedule;
use crate::units::{Price, SimDuration};

/// A minimum price as read.
pub(super) struct ReadMinimum {
    /// In force from time 0 on.
    pub(super) price: Price,
    pub(super) schedule: Option<MinimumSchedule>,
    pub(super) formula: Option<MinimumFormula>,
}

/// `minimum_price`: a price, a schedule, or a formula.
pub(super) fn minimum(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<ReadMinimum> {
    let path = format!("{}.minimum_price", table.path());
    let constant = |price| ReadMinimum { price, schedule: None, formula: None };
    match table.optional("minimum_price") {
        Some(node) if node.get("formula").is_some() => by_formula(node, path, tariff, d),
        Some(node) if matches!(node.value, Value::Table(_)) => scheduled(node, path, tariff, d),
        Some(_) => table.price("minimum_price", tariff, d).map(constant),
        None => Some(constant(Price::ZERO)),
    }
}

/// The owner's rule, evaluated from time 0 on.
fn by_formula(node: &Node, path: String, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<ReadMinimum> {
    let mut table = Fields::new(node, path, d);
    let mut constants = Constants::read(&mut table, tariff, d);
    let formula = table.optional("formula");
    let formula = formula.and_then(|node| reading::expression(node, "formula", Of::Pool, &mut constants, d));
    constants.finish(d);
    table.required("every", "\"5m\"", d);
    let every = table.positive("every", d);
    table.finish(d);
    let formula = MinimumFormula { formula: formula?, every: every? };
    Some(ReadMinimum { price: Price::ZERO, schedule: None, formula: Some(formula) })
}

fn scheduled(node: &Node, path: String, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<ReadMinimum> {
    let mut table = Fields::new(node, path, d);
    let example = format!("[{{ at = \"8h\", price = {} }}]", tariff.example());
    let list = table.required("schedule", &example, d);
    let steps = list.and_then(|node| steps(node, tariff, d));
    let period = table.or("period", None, |table, key| table.positive(key, d).map(Some));
    table.finish(d);
    let (list, steps, period) = (list?, steps?, period?);
    check_order(list, &steps, period, d);
    let (first, last) = (steps.first()?, steps.last()?);
    let price = match period {
        _ if first.0 == SimDuration::ZERO => first.1,
        // Time 0 is the end of a period as well: what the last step has set is in force.
        Some(_) => last.1,
        None => Price::ZERO,
    };
    Some(ReadMinimum { price, schedule: Some(MinimumSchedule { steps, period }), formula: None })
}

fn steps(node: &Node, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<Vec<(SimDuration, Price)>> {
    let items = match &node.value {
        Value::List(items) if !items.is_empty() => items,
        _ => {
            d.error(&node.at, "`schedule` must be a list of steps", "no such list")
                .help(format!("write schedule = [{{ at = \"8h\", price = {} }}]", tariff.example()));
            return None;
        }
    };
    let steps: Vec<_> = items.iter().filter_map(|item| step(item, tariff, d)).collect();
    (steps.len() == items.len()).then_some(steps)
}

fn step(node: &Node, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<(SimDuration, Price)> {
    let mut table = Fields::new(node, "schedule", d);
    table.required("at", "\"8h\"", d);
    let at = table.duration("at", d);
    table.required("price", &tariff.example(), d);
    let price = table.price("price", tariff, d);
    table.finish(d);
    Some((at?, price?))
}

fn check_order(list: &Node, steps: &[(SimDuration, Price)], period: Option<SimDuration>, d: &mut Diagnostics) {
    let Value::List(items) = &list.value else { return };
    for (item, pair) in items[1..].iter().zip(steps.windows(2)) {
        if pair[1].0 <= pair[0].0 {
            d.error(&item.at, "steps of a schedule come one after the other", "not later than the step before")
                .help("write the steps in the order of their times, each time once");
        }
    }
    for (item, (at, _)) in items.iter().zip(steps) {
        if period.is_some_and(|period| *at >= period) {
            d.error(&item.at, "this step lies beyond the period", "`at` is not below `period`")
                .help("`at` counts from the start of the period");
        }
    }
}

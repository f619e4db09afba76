//! The `pricing` table of a formula pool, and formulas elsewhere in a scenario.

use std::sync::Arc;

use super::check::Kind;
use super::expression::Expression;
use super::{FormulaError, Of, scope};
use crate::market::{Formula, FormulaRules};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::node::{Entry, Node, Value};
use crate::scenario::quantity::{self, QuantityError};
use crate::scenario::source::At;
use crate::scenario::suggestion::nearest;
use crate::scenario::tariff::Tariff;
use crate::units::{SimDuration, TICKS_PER_SECOND};

/// Reads the owner's own rule; [`Policies`](super::Policies) has put the policy's keys into the table.
pub(in crate::scenario) fn rules(
    table: &mut Fields<'_>,
    tariff: Tariff<'_>,
    d: &mut Diagnostics,
) -> Option<FormulaRules> {
    // That there is no such policy has been said, and what else is amiss mostly follows from it.
    let is_unresolved = table.has("policy") || table.has("template");
    _ = (table.text("policy", d), table.text("template", d));
    if is_unresolved {
        for key in ["price", "rank", "constants", "every", "price_cap"] {
            table.optional(key);
        }
        return None;
    }
    let mut constants = Constants::read(table, tariff, d);
    let price = table.required("price", "\"minimum\" (or `template` or `policy`)", d);
    let price = price.map(|node| expression(node, "price", Of::Pool, &mut constants, d));
    let rank = table.optional("rank").filter(|node| !is_none(node));
    let rank = rank.map(|node| expression(node, "rank", Of::Request, &mut constants, d));
    let every = table.or("every", EVERY, |table, key| table.positive(key, d));
    let cap = table.price("price_cap", tariff, d);
    if price.is_some() {
        constants.finish(d);
    }
    let rank = rank.map_or(Some(None), |rank| rank.map(Some));
    Some(FormulaRules { price: price??, rank: rank?, every: every?, cap })
}

/// How often a price is evaluated unless it is stated.
const EVERY: SimDuration = SimDuration::from_seconds(60);

/// An arm takes a rule away by writing "none".
fn is_none(node: &Node) -> bool {
    matches!(&node.value, Value::Text(word) if word == "none")
}

/// Compiles the formula at `node`, the value of `key`.
pub(in crate::scenario) fn expression(
    node: &Node,
    key: &str,
    of: Of,
    constants: &mut Constants<'_>,
    d: &mut Diagnostics,
) -> Option<Arc<dyn Formula>> {
    compiled(node, key, (of, Kind::Number), constants, d)
}

/// The same for a condition on a pool.
pub(in crate::scenario) fn condition(
    node: &Node,
    key: &str,
    constants: &mut Constants<'_>,
    d: &mut Diagnostics,
) -> Option<Arc<dyn Formula>> {
    compiled(node, key, (Of::Pool, Kind::Truth), constants, d)
}

fn compiled(
    node: &Node,
    key: &str,
    (of, kind): (Of, Kind),
    constants: &mut Constants<'_>,
    d: &mut Diagnostics,
) -> Option<Arc<dyn Formula>> {
    let (Value::Text(text) | Value::Number(text)) = &node.value else {
        let (what, example) = match kind {
            Kind::Number => ("expected a formula, in quotes", "such as \"minimum + unit / 100 * queue_length\""),
            Kind::Truth => ("expected a condition, in quotes", "such as \"utilisation > 9 * whole / 10\""),
        };
        d.error(&node.at, format!("`{key}` is {}", node.kind()), what).help(example);
        return None;
    };
    match Expression::compile(text, &constants.values(), of, kind) {
        Ok(expression) => {
            constants.mark(&expression);
            Some(Arc::new(expression))
        }
        Err(FormulaError { message, help, span }) => {
            constants.mark_all();
            d.error(&inside(&node.at, text, span), format!("`{key}`: {message}"), "here").help(help);
            None
        }
    }
}

/// The place of a stretch of a text. Where the text was written with escapes, the place of the whole.
fn inside(at: &At, text: &str, span: std::ops::Range<usize>) -> At {
    let quotes = match at.end - at.start - text.len().min(at.end - at.start) {
        0 => 0,
        2 => 1,
        6 => 3,
        // The line break after three quotes belongs to them.
        7 => 4,
        _ => return at.clone(),
    };
    if !text.is_ascii() {
        return at.clone();
    }
    let start = at.start + quotes;
    // At the end of the text the closing quote is pointed at.
    At::new(at.source, start + span.start..start + span.end.max(span.start + 1))
}

/// Names that stand for numbers in the formulas of one table.
pub(in crate::scenario) struct Constants<'a> {
    found: Vec<Constant<'a>>,
}

struct Constant<'a> {
    entry: &'a Entry,
    value: i64,
    is_used: bool,
}

impl<'a> Constants<'a> {
    /// Reads the key `constants` of a table.
    pub(in crate::scenario) fn read(table: &mut Fields<'a>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Self {
        let mut found = Vec::new();
        let Some(node) = table.optional("constants").filter(|node| !is_none(node)) else { return Self { found } };
        if !matches!(node.value, Value::Table(_)) {
            d.error(&node.at, format!("`constants` is {}, and a table is needed", node.kind()), "expected a table")
                .help(format!("write constants = {{ base = {}, limit = 40 }}", tariff.example()));
        }
        for entry in node.entries() {
            check_name(entry, d);
            // Under a name without value, formulas would be faulty because the constant is.
            let value = fields::quantity(&entry.node, &entry.key, d, |text| constant(text, tariff));
            found.push(Constant { entry, value: value.unwrap_or(0), is_used: false });
        }
        Self { found }
    }

    fn values(&self) -> Vec<(&str, i64)> {
        self.found.iter().map(|constant| (constant.entry.key.as_str(), constant.value)).collect()
    }

    fn mark(&mut self, expression: &Expression) {
        for constant in &mut self.found {
            constant.is_used |= expression.mentions(&constant.entry.key);
        }
    }

    /// What a faulty formula would have used is not known.
    fn mark_all(&mut self) {
        self.found.iter_mut().for_each(|constant| constant.is_used = true);
    }

    /// Warns of constants that no formula mentions: the name may be misspelled.
    pub(in crate::scenario) fn finish(self, d: &mut Diagnostics) {
        let used: Vec<&str> = self.found.iter().filter(|c| c.is_used).map(|c| c.entry.key.as_str()).collect();
        for Constant { entry, .. } in self.found.iter().filter(|constant| !constant.is_used) {
            let warning = d.warning(&entry.at, format!("no formula mentions the constant `{}`", entry.key), "unused");
            if let Some(near) = nearest(&entry.key, &used) {
                warning.help(format!("did you mean `{near}`?"));
            }
        }
    }
}

fn check_name(entry: &Entry, d: &mut Diagnostics) {
    let name = &entry.key;
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        d.error(&entry.at, format!("`{name}` cannot be the name of a constant"), "no such name")
            .help("a name is made of letters a to z, digits and _, and begins with a letter");
    } else if scope::is_taken(name) {
        d.error(&entry.at, format!("`{name}` cannot be the name of a constant"), "has a meaning already")
            .help("it is a variable, a function or a constant that is always there: choose another name");
    }
}

/// A price in units of price, a duration in seconds, a share in millionths, a whole number as it is.
fn constant(text: &str, tariff: Tariff<'_>) -> Result<i64, QuantityError> {
    let error = |message: String| {
        let help =
            format!("a constant is a price {}, a time \"2h\", a share \"50 %\" or a whole number", tariff.example());
        Err(QuantityError { message, help })
    };
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    if text.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
        return error(format!("`{text}` is neither a whole number nor has it a unit"));
    }
    if text.ends_with('%') {
        return quantity::share(text).map(|share| i64::from(share.parts()));
    }
    if text.contains('/') {
        return quantity::price(text, tariff).map(|price| price.units());
    }
    let ticks = quantity::duration(text)?.ticks();
    if ticks % TICKS_PER_SECOND != 0 {
        return error(format!("`{text}` is not a whole number of seconds"));
    }
    Ok(ticks / TICKS_PER_SECOND)
}

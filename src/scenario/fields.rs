//! Reading the keys of a table: what is asked for is known, the rest is unknown.

use std::ops::RangeInclusive;

use super::diagnostic::Diagnostics;
use super::node::{Entry, Node, Value};
use super::quantity::{self, QuantityError};
use super::source::At;
use super::suggestion::{Unknown, nearest};
use super::tariff::Tariff;
use crate::units::{Money, Price, Share, SimDuration};

/// A fault that stands among the diagnostics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported;

/// What was made of something that may be left out.
pub(super) type Stated<T> = Result<Option<T>, Reported>;

/// A table that is being read. Faults go to the [`Diagnostics`]; a key that could not be read counts as absent, so that
/// the reading goes on.
pub(super) struct Fields<'a> {
    node: &'a Node,
    /// Where the table stands in the scenario: `pool.lab.burst`.
    path: String,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(node: &'a Node, path: impl Into<String>, d: &mut Diagnostics) -> Self {
        let path = path.into();
        if !matches!(node.value, Value::Table(_)) {
            d.error(&node.at, format!("`{path}` is {}, and a table is needed", node.kind()), "expected a table")
                .help("a table is written { key = value, key = value }");
        }
        Self { node, path, asked: Vec::new() }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Is it a table at all? If not, that has been reported.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    pub(super) fn node(&self) -> &'a Node {
        self.node
    }

    pub(super) fn at(&self) -> &'a At {
        &self.node.at
    }

    /// The place of a key's value, or of the table.
    pub(super) fn place_of(&self, key: &str) -> &'a At {
        self.node.get(key).map_or(&self.node.at, |entry| &entry.node.at)
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'a Node> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.node.get(key).map(|entry| &entry.node)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some()
    }

    /// `example` is a value for the key as it would be written.
    pub(super) fn required(&mut self, key: &'static str, example: &str, d: &mut Diagnostics) -> Option<&'a Node> {
        let node = self.optional(key);
        if node.is_none() && self.is_table() {
            let missing = format!("`{}` needs the key `{key}`", self.path);
            d.error(&self.node.at, missing, format!("no `{key}` here")).help(format!("add {key} = {example}"));
        }
        node
    }

    /// Reports keys that nobody asked for, with the nearest that somebody did.
    pub(super) fn finish(self, d: &mut Diagnostics) {
        for entry in self.node.entries() {
            if !self.asked.contains(&entry.key.as_str()) {
                unknown_key(entry, &self.path, &self.asked, d);
            }
        }
    }

    /// What `read` makes of a key that may be left out.
    pub(super) fn stated<T>(&mut self, key: &'static str, read: impl FnOnce(&'a Node) -> Option<T>) -> Stated<T> {
        self.optional(key).map(|node| read(node).ok_or(Reported)).transpose()
    }

    /// What `read` makes of the table of a rule that may be left out, or taken away with `"none"`.
    pub(super) fn rule<T>(
        &mut self,
        key: &'static str,
        d: &mut Diagnostics,
        read: impl FnOnce(&mut Fields<'a>, &mut Diagnostics) -> Option<T>,
    ) -> Stated<T> {
        let Some(node) = self.optional(key).filter(|node| !node.is_word("none")) else { return Ok(None) };
        let mut table = Fields::new(node, format!("{}.{key}", self.path), d);
        let rule = read(&mut table, d);
        table.finish(d);
        rule.map(Some).ok_or(Reported)
    }

    /// What `read` makes of a key, or `default` where it is not stated.
    pub(super) fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&mut Self, &'static str) -> Option<T>,
    ) -> Option<T> {
        if self.optional(key).is_none() { Some(default) } else { read(self, key) }
    }

    pub(super) fn text(&mut self, key: &'static str, d: &mut Diagnostics) -> Option<&'a str> {
        let node = self.optional(key)?;
        text(node, &format!("{}.{key}", self.path), d)
    }

    /// One of the words listed.
    pub(super) fn choice<T: Clone>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        d: &mut Diagnostics,
    ) -> Option<T> {
        let node = self.optional(key)?;
        choose(node, key, choices, d)
    }

    pub(super) fn boolean(&mut self, key: &'static str, d: &mut Diagnostics) -> Option<bool> {
        let node = self.optional(key)?;
        if let Value::Boolean(value) = node.value {
            return Some(value);
        }
        d.error(&node.at, format!("`{key}` is {}", node.kind()), "expected true or false")
            .help("write true or false without quotes");
        None
    }

    /// A whole number in a range.
    pub(super) fn whole<N>(&mut self, key: &'static str, range: RangeInclusive<N>, d: &mut Diagnostics) -> Option<N>
    where
        N: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let node = self.optional(key)?;
        whole(node, key, &range, d)
    }

    /// A number with a fraction, from `least` up.
    pub(super) fn real(&mut self, key: &'static str, least: f64, d: &mut Diagnostics) -> Option<f64> {
        let node = self.optional(key)?;
        real(node, key, least, d)
    }

    pub(super) fn duration(&mut self, key: &'static str, d: &mut Diagnostics) -> Option<SimDuration> {
        let node = self.optional(key)?;
        quantity(node, key, d, quantity::duration)
    }

    /// A duration above zero.
    pub(super) fn positive(&mut self, key: &'static str, d: &mut Diagnostics) -> Option<SimDuration> {
        let duration = self.duration(key, d)?;
        if duration == SimDuration::ZERO {
            d.error(self.place_of(key), format!("`{key}` must be above 0"), "no time")
                .help("write a length of time, such as \"90m\"");
            return None;
        }
        Some(duration)
    }

    pub(super) fn price<'t>(
        &mut self,
        key: &'static str,
        tariff: impl Into<Tariff<'t>>,
        d: &mut Diagnostics,
    ) -> Option<Price> {
        let (node, tariff) = (self.optional(key)?, tariff.into());
        quantity(node, key, d, |text| quantity::price(text, tariff))
    }

    pub(super) fn money<'t>(
        &mut self,
        key: &'static str,
        tariff: impl Into<Tariff<'t>>,
        d: &mut Diagnostics,
    ) -> Option<Money> {
        let (node, tariff) = (self.optional(key)?, tariff.into());
        quantity(node, key, d, |text| quantity::money(text, tariff))
    }

    pub(super) fn share(&mut self, key: &'static str, d: &mut Diagnostics) -> Option<Share> {
        let node = self.optional(key)?;
        quantity(node, key, d, quantity::share)
    }
}

/// The text of a node.
pub(super) fn text<'a>(node: &'a Node, path: &str, d: &mut Diagnostics) -> Option<&'a str> {
    if let Value::Text(text) = &node.value {
        return Some(text);
    }
    d.error(&node.at, format!("`{path}` is {}, and a text is needed", node.kind()), "expected a text in quotes");
    None
}

/// A quantity: a text with a unit, or a plain number where the parser takes one.
pub(super) fn quantity<T>(
    node: &Node,
    key: &str,
    d: &mut Diagnostics,
    parse: impl Fn(&str) -> Result<T, QuantityError>,
) -> Option<T> {
    let (Value::Text(text) | Value::Number(text)) = &node.value else {
        d.error(&node.at, format!("`{key}` is {}", node.kind()), "expected a number with its unit, in quotes");
        return None;
    };
    match parse(text) {
        Ok(value) => Some(value),
        Err(QuantityError { message, help }) => {
            d.error(&node.at, format!("`{key}`: {message}"), "cannot be used").help(help);
            None
        }
    }
}

/// The meaning of one of the words listed.
pub(super) fn choose<T: Clone>(
    node: &Node,
    key: &str,
    choices: &[(&'static str, T)],
    d: &mut Diagnostics,
) -> Option<T> {
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let word = match &node.value {
        Value::Text(word) => word.as_str(),
        _ => "",
    };
    if let Some((_, meaning)) = choices.iter().find(|(choice, _)| *choice == word) {
        return Some(meaning.clone());
    }
    let listed = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let must = if words.len() == 1 { "must be" } else { "must be one of" };
    let diagnostic = d.error(&node.at, format!("`{key}` {must} {listed}"), "not known");
    if let Some(near) = nearest(word, &words) {
        diagnostic.help(format!("did you mean \"{near}\"?"));
    }
    None
}

pub(super) fn whole<N>(node: &Node, key: &str, range: &RangeInclusive<N>, d: &mut Diagnostics) -> Option<N>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let value = match &node.value {
        Value::Number(text) => text.parse::<N>().ok().filter(|value| range.contains(value)),
        _ => None,
    };
    if value.is_none() {
        let rule = format!("`{key}` must be a whole number from {} to {}", range.start(), range.end());
        no_number(node, rule, d);
    }
    value
}

/// Reports a value that is no number as the `rule` wants it.
pub(super) fn no_number(node: &Node, rule: String, d: &mut Diagnostics) {
    match node.value {
        Value::Number(_) => _ = d.error(&node.at, rule, "not such a number"),
        Value::Text(_) => d.error(&node.at, rule, "a text").help("write a number, without quotes"),
        _ => _ = d.error(&node.at, rule, node.kind()),
    }
}

pub(super) fn real(node: &Node, key: &str, least: f64, d: &mut Diagnostics) -> Option<f64> {
    let value = match &node.value {
        Value::Number(text) => text.parse::<f64>().ok().filter(|value| value.is_finite()),
        _ => None,
    };
    if value.is_none_or(|value| value < least) {
        let rule = format!("`{key}` must be a finite number of at least {least}");
        no_number(node, rule, d);
        return None;
    }
    value
}

fn unknown_key(entry: &Entry, path: &str, known: &[&'static str], d: &mut Diagnostics) {
    let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
    let message = format!("unknown key `{}`{place}", entry.key);
    d.unknown(&entry.at, message, "unknown key", &Unknown { word: &entry.key, known, listed: "keys here" });
}

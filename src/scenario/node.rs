//! A scenario as a tree in which every key and value knows its place.
//!
//! The tree keeps numbers as they were written: money must not pass through floating point.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostics;
use super::source::{At, Source};

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// A number as it was written, without underscores.
    Number(String),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// A date or time, as it was written.
    Date(String),
}

/// A key of a table with its value, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: At,
    pub(super) node: Node,
}

impl Node {
    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Number(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Date(_) => "a date",
        }
    }

    /// Is it this text?
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(&self.value, Value::Text(text) if text == word)
    }

    pub(super) fn is_empty_list(&self) -> bool {
        matches!(&self.value, Value::List(items) if items.is_empty())
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The place of a key, or of the innermost table on the way to it.
    pub(super) fn place(&self, path: &[&str]) -> &At {
        let mut node = self;
        for key in path {
            match node.get(key) {
                Some(entry) => node = &entry.node,
                None => break,
            }
        }
        &node.at
    }

    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The tables `[key.NAME]`.
    pub(super) fn section(&self, key: &str) -> &[Entry] {
        self.get(key).map(|entry| entry.node.entries()).unwrap_or_default()
    }
}

/// Parses a source. Every line with a syntax error is reported, once: what else is wrong in it mostly follows from that.
/// There is no tree then, for the same reason.
pub(super) fn parse(source: &Source, number: usize, diagnostics: &mut Diagnostics) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut last_line = None;
    for error in &errors {
        let span = error.span().unwrap_or(0..source.text.len());
        let line = source.text.as_bytes()[..span.start].iter().filter(|byte| **byte == b'\n').count();
        if last_line.replace(line) != Some(line) {
            diagnostics
                .error(&At::new(number, span), format!("not valid TOML: {}", error.message()), "here")
                .help("texts stand in quotes, names of tables in brackets, and every key once");
        }
    }
    let at = At::new(number, table.span());
    errors.is_empty().then(|| Node { at, value: convert_table(table.into_inner(), number) })
}

fn convert_table(table: DeTable<'_>, source: usize) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            at: At::new(source, key.span()),
            key: key.into_inner().into_owned(),
            node: convert(value, source),
        })
        .collect();
    // The parser sorts by name; pools and groups keep the order in which they were written.
    entries.sort_by_key(|entry| entry.at.start);
    Value::Table(entries)
}

fn convert(value: toml::Spanned<DeValue<'_>>, source: usize) -> Node {
    let at = At::new(source, value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Value::Number(number.as_str().replace('_', "")),
        DeValue::Integer(number) => Value::Number(from_radix(number.as_str(), number.radix())),
        DeValue::Float(number) => Value::Number(number.as_str().replace('_', "")),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| convert(item, source)).collect()),
        DeValue::Table(table) => convert_table(table, source),
    };
    Node { at, value }
}

fn from_radix(text: &str, radix: u32) -> String {
    i128::from_str_radix(&text.replace('_', ""), radix).map_or_else(|_| text.to_owned(), |value| value.to_string())
}

/// Lays `over` onto `base`: tables are merged key by key, everything else is replaced.
pub(super) fn merge(base: &mut Node, over: &Node) {
    let (Value::Table(entries), Value::Table(changes)) = (&mut base.value, &over.value) else {
        *base = over.clone();
        return;
    };
    for change in changes.iter().filter(|change| takes_others_away(&change.key)) {
        entries.retain(|entry| !is_replaced(&entry.key, change, over));
    }
    for (change, place) in changes.iter().zip(places(entries, changes)) {
        match place.map(|place| &mut entries[place]) {
            // A change from one law or method to another replaces the table: its old keys would be unknown to the new.
            Some(entry) if names_another_kind(&entry.node, &change.node) => *entry = change.clone(),
            Some(entry) => merge(&mut entry.node, &change.node),
            None => entries.push(change.clone()),
        }
    }
}

/// Where the keys of the changes stand among the entries.
fn places(entries: &[Entry], changes: &[Entry]) -> Vec<Option<usize>> {
    let places: BTreeMap<&str, usize> = entries.iter().map(|entry| entry.key.as_str()).zip(0..).collect();
    changes.iter().map(|change| places.get(change.key.as_str()).copied()).collect()
}

/// Keys of which a table has one or the other: a change to the one takes the other away.
const ALTERNATIVES: [(&str, &str); 6] = [
    ("rate", "offered_load"),
    ("mean", "median"),
    ("cv", "log_sd"),
    ("duration", "quantity"),
    ("clearing", "cycle"),
    ("shade", "equilibrium"),
];

/// What a formula policy is made of: another policy or template takes all of it away.
const OF_A_POLICY: [&str; 7] = ["policy", "template", "price", "rank", "constants", "every", "price_cap"];

/// Is it a key whose change takes other keys away?
fn takes_others_away(key: &str) -> bool {
    OF_A_POLICY[..2].contains(&key) || ALTERNATIVES.iter().any(|(a, b)| *a == key || *b == key)
}

fn is_replaced(key: &str, change: &Entry, over: &Node) -> bool {
    let is_another_policy = OF_A_POLICY[..2].contains(&change.key.as_str());
    if is_another_policy && OF_A_POLICY.contains(&key) && over.get(key).is_none() {
        return true;
    }
    let are = |(a, b): &(&str, &str)| (*a == key && *b == change.key) || (*b == key && *a == change.key);
    ALTERNATIVES.iter().any(are) && over.get(key).is_none()
}

/// Does the change name another law, method or process than the base (one without a process is a Poisson process), or a
/// schedule where the base has a formula?
fn names_another_kind(base: &Node, change: &Node) -> bool {
    let moves = |a, b| base.get(a).is_some() && change.get(b).is_some();
    let to_or_from = |a, b| moves(a, b) || moves(b, a);
    if to_or_from("schedule", "formula") || to_or_from("history", "process") {
        return true;
    }
    ["law", "method", "process"].iter().any(|key| match (base.get(key), change.get(key)) {
        (Some(before), Some(after)) => before.node.value != after.node.value,
        (None, Some(after)) => *key == "process" && matches!(&after.node.value, Value::Text(word) if word != "poisson"),
        _ => false,
    })
}

//! A policy as an XML document.
//!
//! ```xml
//! <policy>
//!   <constant name="base">0.02 USD/h</constant>
//!   <price>base * 2</price>
//!   <price-cap>1 USD/h</price-cap>
//! </policy>
//! ```
//!
//! It becomes the tree that the same policy in TOML has; what keys there are is checked there. Documents with a DTD are
//! refused, so that nothing is fetched or multiplied by entities.

use std::ops::Range;

use roxmltree::{Document, Node as Element, TextPos};

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::node::{Entry, Node, Value};
use crate::scenario::source::{At, Source};

/// Parses a source. There is no tree if the document is not well formed.
pub(super) fn parse(source: &Source, number: usize, d: &mut Diagnostics) -> Option<Node> {
    let document = match Document::parse(&source.text) {
        Ok(document) => document,
        Err(error) => {
            let at = At::new(number, place(&source.text, error.pos()));
            d.error(&at, format!("not valid XML: {error}"), "here").help(match error {
                roxmltree::Error::DtdDetected => "write the document without DOCTYPE and entities",
                _ => "every element is closed; in a text, < is written &lt; and & is written &amp;",
            });
            return None;
        }
    };
    Reader { source, number, d }.policy(document.root_element())
}

struct Reader<'r> {
    source: &'r Source,
    number: usize,
    d: &'r mut Diagnostics,
}

impl Reader<'_> {
    fn policy(&mut self, root: Element<'_, '_>) -> Option<Node> {
        if root.tag_name().name() != "policy" {
            let message = format!("the document is a `{}`, and a `policy` is needed", root.tag_name().name());
            self.error(name_span(root), message, "expected <policy>");
            return None;
        }
        self.refuse_attributes(root, &[]);
        self.refuse_text(root);
        let mut keys: Vec<Entry> = Vec::new();
        let mut constants: Vec<Entry> = Vec::new();
        for element in root.children().filter(Element::is_element) {
            let is_constant = element.tag_name().name() == "constant";
            let Some(entry) = self.entry(element, is_constant) else { continue };
            let entries = if is_constant { &mut constants } else { &mut keys };
            if entries.iter().any(|known| known.key == entry.key) {
                self.error(name_span(element), format!("`{}` is stated twice", entry.key), "the second time");
            }
            entries.push(entry);
        }
        if !constants.is_empty() {
            let at = constants[0].at.clone();
            let node = Node { at: at.clone(), value: Value::Table(constants) };
            keys.push(Entry { key: "constants".to_owned(), at, node });
        }
        Some(Node { at: self.at(root.range()), value: Value::Table(keys) })
    }

    /// A key and its value: the name of the element, or of the constant.
    fn entry(&mut self, element: Element<'_, '_>, is_constant: bool) -> Option<Entry> {
        self.refuse_attributes(element, if is_constant { &["name"] } else { &[] });
        if let Some(inner) = element.children().find(Element::is_element) {
            let message = format!("`{}` holds a text, no other elements", element.tag_name().name());
            self.error(name_span(inner), message, "an element");
            return None;
        }
        let (key, span) = if is_constant {
            let Some(name) = element.attribute_node("name") else {
                self.error(name_span(element), "a constant needs a name", "write <constant name=\"...\">");
                return None;
            };
            (name.value().to_owned(), name.range_value())
        } else {
            (element.tag_name().name().replace('-', "_"), name_span(element))
        };
        Some(Entry { key, at: self.at(span), node: self.value(element) })
    }

    fn value(&self, element: Element<'_, '_>) -> Node {
        let texts: Vec<Element<'_, '_>> = element.children().filter(Element::is_text).collect();
        let whole: String = texts.iter().filter_map(Element::text).collect();
        let text = whole.trim().to_owned();
        let span = match &texts[..] {
            [only] => trimmed(&self.source.text, only.range()),
            _ => element.range(),
        };
        // Where the text was written with entities, its parts have no place of their own.
        let span = if self.source.text[span.clone()] == text { span } else { element.range() };
        let value = if text.parse::<i64>().is_ok() { Value::Number(text) } else { Value::Text(text) };
        Node { at: self.at(span), value }
    }

    fn refuse_attributes(&mut self, element: Element<'_, '_>, known: &[&str]) {
        for attribute in element.attributes().filter(|attribute| !known.contains(&attribute.name())) {
            let message = format!("unknown attribute `{}` of `{}`", attribute.name(), element.tag_name().name());
            self.error(attribute.range(), message, "unknown attribute");
        }
    }

    fn refuse_text(&mut self, root: Element<'_, '_>) {
        let is_blank = |text: &Element<'_, '_>| text.text().is_none_or(|text| text.trim().is_empty());
        if let Some(stray) = root.children().filter(Element::is_text).find(|text| !is_blank(text)) {
            let span = trimmed(&self.source.text, stray.range());
            self.error(span, "a policy holds elements, no text of its own", "a text");
        }
    }

    fn error(&mut self, span: Range<usize>, message: impl Into<String>, label: &str) {
        let at = self.at(span);
        self.d
            .error(&at, message, label)
            .help("elements are constant (with a name), price, rank, every, price-cap and template, each with a text");
    }

    fn at(&self, span: Range<usize>) -> At {
        At::new(self.number, span)
    }
}

/// The name in the opening tag.
fn name_span(element: Element<'_, '_>) -> Range<usize> {
    let start = element.range().start + 1;
    start..start + element.tag_name().name().len()
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let inner = &text[span.clone()];
    let start = span.end - inner.trim_start().len();
    start..start.max(span.start + inner.trim_end().len())
}

/// The character at a line and column, both from 1.
fn place(text: &str, at: TextPos) -> Range<usize> {
    let line = text.split_inclusive('\n').take(at.row.saturating_sub(1) as usize).map(str::len).sum::<usize>();
    let mut characters = text[line..].char_indices().skip(at.col.saturating_sub(1) as usize);
    let (start, length) = characters.next().map_or((text.len(), 0), |(byte, c)| (line + byte, c.len_utf8()));
    start..start + length
}

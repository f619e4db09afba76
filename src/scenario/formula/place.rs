//! Where the parts of a formula stand in its text.

use std::ops::Range;

use cel::IdedExpr;
use cel::common::ast::{Expr, SourceInfo};

/// The stretch of the text that `part` was read from, with the parentheses that belong to it.
pub(super) fn of(part: &IdedExpr, info: &SourceInfo) -> Range<usize> {
    let mut parts = vec![part];
    let mut span = info.source.len()..0;
    while let Some(part) = parts.pop() {
        if let (Some(token), Some(word)) = (token(part, info), word(part, info)) {
            span = span.start.min(word.start)..span.end.max(token.end);
        }
        if let Expr::Call(call) = &part.expr {
            parts.extend(call.args.iter().chain(call.target.as_deref()));
        }
    }
    if span.is_empty() {
        return 0..info.source.len();
    }
    closed(&info.source, span)
}

/// The one word of a part that says what it is: a number, an operator, the name of a variable or a function.
pub(super) fn word(part: &IdedExpr, info: &SourceInfo) -> Option<Range<usize>> {
    let token = token(part, info)?;
    if info.source[token.clone()] != *"(" {
        return Some(token);
    }
    let name = info.source[..token.start].trim_end();
    let start = name.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).len();
    Some(start..name.len())
}

/// What CEL knows the place of: of a call, the parenthesis.
fn token(part: &IdedExpr, info: &SourceInfo) -> Option<Range<usize>> {
    let (start, last) = info.offset_for(part.id)?;
    let span = usize::try_from(start).ok()?..usize::try_from(last).ok()?.checked_add(1)?;
    info.source.get(span.clone()).map(|_| span)
}

/// Widens a stretch until every parenthesis in it has its counterpart.
fn closed(text: &str, span: Range<usize>) -> Range<usize> {
    let (mut open, mut unopened) = (0usize, 0usize);
    for byte in text[span.clone()].bytes() {
        match byte {
            b'(' => open += 1,
            b')' if open == 0 => unopened += 1,
            b')' => open -= 1,
            _ => {}
        }
    }
    let start = (0..unopened).try_fold(span.start, |start, _| text[..start].rfind('('));
    let end = (0..open).try_fold(span.end, |end, _| text[end..].find(')').map(|distance| end + distance + 1));
    start.unwrap_or(span.start)..end.unwrap_or(span.end)
}

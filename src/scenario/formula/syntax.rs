//! From the text of a formula to CEL's tree, and from CEL's faults to ours.

use std::io;
use std::ops::Range;
use std::thread;

use cel::IdedExpr;
use cel::common::ast::SourceInfo;
use cel::parser::{ParseError, ParseErrors};

use super::{FormulaError, language, text};

/// Stack for parsing: ten times what the worst text needs where CEL is not optimised. It is not touched unless used.
const STACK_BYTES: usize = 64 << 20;

/// Reads a text and does something with its tree, both where there is stack enough for it.
pub(super) fn with_tree<T: Send>(
    text: &str,
    then: impl FnOnce(IdedExpr, &SourceInfo) -> Result<T, FormulaError> + Send,
) -> Result<T, FormulaError> {
    text::check(text)?;
    let read =
        || language::parse(text).map_err(|faults| fault(text, &faults)).and_then(|(tree, info)| then(tree, &info));
    match with_stack(read) {
        Ok(result) => result,
        Err(reason) => {
            let message = format!("the formula cannot be read: {reason}");
            Err(FormulaError::new(0..text.len(), message, "a simpler formula may do"))
        }
    }
}

/// Does something on a thread of its own. A panic of the parser becomes an error, as any fault in a text does.
fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work)?;
        thread.join().map_err(|_| io::Error::other("the parser gave up"))
    })
}

/// The first of CEL's faults; what it finds when it walks a tree with gaps follows from those of syntax.
fn fault(text: &str, faults: &ParseErrors) -> FormulaError {
    let is_syntax = |fault: &&ParseError| fault.msg.starts_with("Syntax error");
    let first = faults.errors.iter().find(is_syntax).or(faults.errors.first());
    let word = first.and_then(|first| word_at(text, first.pos)).unwrap_or(0..text.len());
    let found = &text[word.clone()];
    match found {
        "" => FormulaError::new(word, "the formula ends too early", "a number, a name or a parenthesis is missing"),
        "=" | "&" | "|" => text::foreign(char::from(found.as_bytes()[0]), word.start),
        _ if first.is_some_and(|first| first.msg.starts_with("invalid int")) => {
            let help = format!("the largest number is {}", i64::MAX);
            FormulaError::new(word, format!("`{found}` is too large"), help)
        }
        _ => {
            let help =
                "operators join numbers and names; a choice is `a ? b : c`, and b in it no choice without parentheses";
            FormulaError::new(word, format!("`{found}` cannot stand here"), help)
        }
    }
}

/// The word at a line and a column, both counted from 1; empty at the end of the text.
fn word_at(text: &str, (line, column): (isize, isize)) -> Option<Range<usize>> {
    let (line, column) = (usize::try_from(line).ok()?.checked_sub(1)?, usize::try_from(column).ok()?.checked_sub(1)?);
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column;
    let rest = text.get(start..)?;
    let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    Some(start..start + letters.max(usize::from(!rest.is_empty())))
}

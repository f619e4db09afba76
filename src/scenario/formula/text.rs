//! What must be true of a text before CEL's parser sees it.
//!
//! The parser recurses into parentheses, and so does whatever walks its tree: how deep is known beforehand. That
//! everything is ASCII makes its places, which count characters, places in bytes.

use super::FormulaError;

/// Bytes of a formula.
const MOST_BYTES: usize = 4_000;
/// Parentheses and choices around a part of a formula, and also levels of its tree. Within these bounds CEL needs less than
/// 2 MB of stack to parse and 64 kB to evaluate, as it is optimised here; unoptimised, 6 MB and 2 MB.
pub(super) const MOST_LEVELS: usize = 32;

/// Refuses a text that is too long or too deep, or has letters that no formula has.
pub(super) fn check(text: &str) -> Result<(), FormulaError> {
    if text.len() > MOST_BYTES {
        let help = format!("a formula has at most {MOST_BYTES} bytes");
        return Err(FormulaError::new(0..text.len(), "the formula is too long", help));
    }
    if text.trim().is_empty() {
        return Err(FormulaError::new(0..0, "the formula is empty", "a number, a name or a parenthesis is expected"));
    }
    // In CEL this begins a comment, in other languages it divides: whoever writes it is misunderstood.
    if let Some(at) = text.find("//") {
        return Err(FormulaError::new(at..at + 2, "`//` is not part of a formula", "`/` divides, towards zero"));
    }
    match text.char_indices().find(|(_, character)| !is_known(*character)) {
        Some((at, character)) => Err(foreign(character, at)),
        None => check_levels(text),
    }
}

fn is_known(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_ \t\r\n+-*/%<>=!&|?:().,".contains(character)
}

/// A choice is not closed by anything, so it counts to the end.
fn check_levels(text: &str) -> Result<(), FormulaError> {
    let mut levels = 0usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '?' => levels += 1,
            ')' => levels = levels.saturating_sub(1),
            _ => {}
        }
        if levels > MOST_LEVELS {
            return Err(too_deep(at..at + 1));
        }
    }
    Ok(())
}

pub(super) fn too_deep(span: std::ops::Range<usize>) -> FormulaError {
    let help = format!("at most {MOST_LEVELS} levels of parentheses, choices, or operators in a row");
    FormulaError::new(span, "the formula is nested too deeply", help)
}

/// The fault of a letter that is in no formula, or stands alone where two are meant.
pub(super) fn foreign(character: char, at: usize) -> FormulaError {
    let help = match character {
        '\'' | '"' | '`' => "there are no texts in a formula, only whole numbers",
        '[' | ']' | '{' | '}' => "there are no lists or tables in a formula, only whole numbers",
        '=' => "to compare, write ==",
        '&' | '|' => "write && for \"and\", || for \"or\"",
        _ => "a formula is made of whole numbers, names, operators and parentheses",
    };
    let span = at..at + character.len_utf8();
    FormulaError::new(span, format!("`{}` is not part of a formula", character.escape_debug()), help)
}

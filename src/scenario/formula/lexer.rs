//! From the text of a formula to its tokens.

use std::ops::Range;

use super::FormulaError;

/// A piece of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A whole number without sign. The magnitude of the lowest integer is one above that of the highest.
    Number(u64),
    Name(&'t str),
    Symbol(&'static str),
    End,
}

/// Longer ones first: `<=` is not `<` and `=`.
const SYMBOLS: [&str; 19] =
    ["&&", "||", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "<", ">", "!", "?", ":", "(", ")", ","];

/// Splits a formula into tokens, the last of which is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, FormulaError> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at = text.len() - text[at..].trim_start_matches([' ', '\t', '\r', '\n']).len();
        let (token, length) = token(&text[at..], at)?;
        found.push((token, at..at + length));
        if token == Token::End {
            return Ok(found);
        }
        at += length;
    }
}

/// The token that `rest` begins with, and its length.
fn token(rest: &str, at: usize) -> Result<(Token<'_>, usize), FormulaError> {
    let Some(first) = rest.chars().next() else { return Ok((Token::End, 0)) };
    if first.is_ascii_digit() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_')).unwrap_or(rest.len());
        return number(&rest[..end], at).map(|number| (Token::Number(number), end));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Ok((Token::Name(&rest[..end]), end));
    }
    // In CEL this begins a comment, in other languages it divides: whoever writes it is misunderstood.
    if rest.starts_with("//") {
        return Err(FormulaError::new(at..at + 2, "`//` is not part of a formula", "`/` divides, towards zero"));
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => Err(foreign(first, at)),
    }
}

fn number(text: &str, at: usize) -> Result<u64, FormulaError> {
    let span = at..at + text.len();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let help = "formulas count in whole numbers: state a price, a share or a time as a constant with its unit";
        return Err(FormulaError::new(span, format!("`{text}` is not a whole number"), help));
    }
    text.parse().ok().filter(|number| *number <= i64::MIN.unsigned_abs()).ok_or_else(|| too_large(text, span))
}

pub(super) fn too_large(text: &str, span: Range<usize>) -> FormulaError {
    FormulaError::new(span, format!("`{text}` is too large"), format!("the largest number is {}", i64::MAX))
}

fn foreign(character: char, at: usize) -> FormulaError {
    let help = match character {
        '\'' | '"' | '`' => "there are no texts in a formula, only whole numbers",
        '[' | ']' | '{' | '}' => "there are no lists or tables in a formula, only whole numbers",
        '.' => "numbers are whole, and nothing has parts",
        '=' => "to compare, write ==",
        '&' | '|' => "write && for \"and\", || for \"or\"",
        _ => "a formula is made of whole numbers, names, operators and parentheses",
    };
    let span = at..at + character.len_utf8();
    FormulaError::new(span, format!("`{}` is not part of a formula", character.escape_debug()), help)
}

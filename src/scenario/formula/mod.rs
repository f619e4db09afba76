//! The owner's own formulas: a small language of whole numbers.
//!
//! ```text
//! text --bounds--> text --cel--> tree --names and types checked--> Expression, a market::Formula that cel evaluates
//! ```
//!
//! The language is the part of CEL (the Common Expression Language) that needs nothing but 64-bit integers and truth
//! values, and the crate `cel` reads and evaluates it. Around it are bounds that keep its recursion in hand, and a check
//! that finds faults when a file is read instead of amidst a run. A formula cannot loop, remember or reach anything outside
//! of itself, and is of bounded length and depth, so that one from a stranger can be evaluated.

mod check;
mod expression;
mod language;
mod place;
mod policy;
pub(super) mod reading;
mod scope;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod xml;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::market::Formula;
use expression::Expression;

pub(super) use policy::Policies;
pub(super) use reading::rules;

/// Which variables a formula may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those of the pool: a price, a minimum.
    Pool,
    /// Those of the pool and of one request: a rank, an order of eviction.
    Request,
}

/// Why a text is no formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaError {
    /// What is wrong, in lower case.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The bytes of the text that are meant.
    pub span: Range<usize>,
}

impl FormulaError {
    fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), span }
    }
}

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.help)
    }
}

impl std::error::Error for FormulaError {}

/// Compiles a formula. `constants` are names that stand for numbers, beside those that are always there.
///
/// # Errors
/// If the text is no formula, names something unknown, or gives no number.
///
/// ```
/// use overspill::market::Variables;
/// use overspill::scenario::formula::{Of, compile};
///
/// let formula = compile("base + 2 * queue_length", &[("base", 40)], Of::Pool)?;
/// assert_eq!(formula.evaluate(&Variables { queue_length: 3, ..Variables::default() }), Ok(46));
/// # Ok::<(), overspill::scenario::formula::FormulaError>(())
/// ```
pub fn compile(text: &str, constants: &[(&str, i64)], of: Of) -> Result<Arc<dyn Formula>, FormulaError> {
    Ok(Arc::new(Expression::compile(text, constants, of, check::Kind::Number)?))
}

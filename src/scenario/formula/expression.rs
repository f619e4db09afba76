//! A compiled formula.

use std::fmt::Write;

use super::parser::{self, Scope};
use super::tree::{NoValue, Tree};
use super::{FormulaError, Of};
use crate::market::{Formula, Variables};

/// A formula with its text, which its faults quote.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    text: String,
    tree: Tree,
    /// Variables and constants that occur, each once, in order.
    names: Vec<String>,
}

impl Expression {
    pub(super) fn compile(text: &str, constants: &[(&str, i64)], of: Of) -> Result<Self, FormulaError> {
        let (tree, names) = parser::parse(text, &Scope { of, constants })?;
        Ok(Self { text: text.to_owned(), tree, names })
    }

    pub(super) fn mentions(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    #[cold]
    fn sentence(&self, fault: NoValue, variables: &Variables) -> String {
        let Self { text, names, .. } = self;
        let mut sentence = format!("`{}` {}", &text[fault.place.range()], fault.reason);
        if fault.place.range().len() < text.trim().len() {
            _ = write!(sentence, " in the formula `{}`", text.trim());
        }
        let values = names.iter().filter_map(|name| Some(format!("{name} = {}", variables.get(name)?)));
        let values = values.collect::<Vec<_>>().join(", ");
        if !values.is_empty() {
            _ = write!(sentence, " ({values})");
        }
        sentence
    }
}

impl Formula for Expression {
    fn evaluate(&self, variables: &Variables) -> Result<i64, String> {
        self.tree.value(variables).map_err(|fault| self.sentence(fault, variables))
    }
}

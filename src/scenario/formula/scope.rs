//! The names in a formula: variables, and constants.

use std::ops::Range;

use cel::common::types::CelInt;
use cel::common::value::CowVal;
use cel::context::VariableResolver;

use super::language::{self, FUNCTIONS};
use super::{FormulaError, Of};
use crate::market::Variables;
use crate::scenario::suggestion::Unknown;
use crate::units::{PARTS_PER_WHOLE, UNITS_PER_CURRENCY};

/// Constants that are always there: a share of 100 %, and a price of one currency unit per slot-hour.
const BUILT_IN: [(&str, i64); 2] = [("whole", PARTS_PER_WHOLE as i64), ("unit", UNITS_PER_CURRENCY)];

/// Is the name one that a constant cannot have?
pub(super) fn is_taken(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| *known == name)
        || FUNCTIONS.iter().any(|(known, ..)| *known == name)
        || Variables::OF_POOL.iter().chain(&Variables::OF_REQUEST).any(|known| *known == name)
        || !language::is_name(name)
}

/// What names mean where a formula stands.
pub(super) struct Scope<'s> {
    pub(super) of: Of,
    pub(super) constants: &'s [(&'s str, i64)],
}

/// A name in a formula.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) name: String,
    meaning: Meaning,
}

#[derive(Clone, Debug)]
enum Meaning {
    Constant(CelInt),
    /// What reads it.
    Variable(fn(&Variables) -> i64),
}

impl Scope<'_> {
    /// Finds what a name means; `span` is where it stands.
    pub(super) fn find(&self, name: &str, span: Range<usize>) -> Result<Name, FormulaError> {
        let constant = self.constants().find(|(known, _)| *known == name);
        let constant = constant.map(|(_, value)| Meaning::Constant(value.into()));
        let variable = || self.variables().find(|known| *known == name).and_then(Variables::reader);
        match constant.or_else(|| variable().map(Meaning::Variable)) {
            Some(meaning) => Ok(Name { name: name.to_owned(), meaning }),
            None => Err(self.unknown(name, span)),
        }
    }

    fn constants(&self) -> impl Iterator<Item = (&str, i64)> {
        BUILT_IN.iter().chain(self.constants).copied()
    }

    fn variables(&self) -> impl Iterator<Item = &'static str> + use<> {
        let of_request: &[_] = if self.of == Of::Request { &Variables::OF_REQUEST } else { &[] };
        Variables::OF_POOL.into_iter().chain(of_request.iter().copied())
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> FormulaError {
        let message = format!("there is no variable or constant `{name}`");
        if Variables::OF_REQUEST.contains(&name) {
            let help = "it belongs to one request, and this formula is about the pool as a whole";
            return FormulaError::new(span, message, help);
        }
        if FUNCTIONS.iter().any(|(function, ..)| *function == name) {
            return FormulaError::new(span, message, format!("the function is written {name}(...)"));
        }
        let mut known: Vec<&str> = self.variables().collect();
        known.extend(self.constants().map(|(known, _)| known));
        FormulaError::new(span, message, Unknown { word: name, known: &known, listed: "names here" }.remedy())
    }
}

impl Name {
    /// The value, unless the name is a constant.
    pub(super) fn variable(&self, variables: &Variables) -> Option<i64> {
        match self.meaning {
            Meaning::Constant(_) => None,
            Meaning::Variable(read) => Some(read(variables)),
        }
    }
}

/// Names with the values that they have now.
pub(super) struct Values<'e> {
    pub(super) names: &'e [Name],
    pub(super) variables: &'e Variables,
}

impl VariableResolver for Values<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let name = self.names.iter().find(|known| known.name == variable)?;
        Some(match &name.meaning {
            Meaning::Constant(value) => CowVal::Borrowed(value),
            Meaning::Variable(read) => CowVal::owned(CelInt::from(read(self.variables))),
        })
    }
}

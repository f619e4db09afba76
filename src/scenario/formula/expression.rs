//! A compiled formula.

use std::fmt::Write;

use cel::{ExecutionError, IdedExpr, Value};

use super::check::{self, Kind};
use super::language::CONTEXT;
use super::scope::{Name, Scope, Values};
use super::{FormulaError, Of, syntax};
use crate::market::{Formula, Variables};

/// A formula with its text, which its faults quote.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    text: String,
    tree: IdedExpr,
    /// Variables and constants that occur, each once, in order.
    names: Vec<Name>,
}

impl Expression {
    /// A condition comes to 1 where it holds, else to 0.
    pub(super) fn compile(text: &str, constants: &[(&str, i64)], of: Of, kind: Kind) -> Result<Self, FormulaError> {
        let scope = Scope { of, constants };
        let (tree, names) =
            syntax::with_tree(text, |tree, info| check::check(&tree, info, &scope, kind).map(|names| (tree, names)))?;
        Ok(Self { text: text.to_owned(), tree, names })
    }

    pub(super) fn mentions(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.name == name)
    }

    #[cold]
    fn sentence(&self, reason: &str, variables: &Variables) -> String {
        let mut sentence = format!("{reason} in the formula `{}`", self.text.trim());
        let values = self.names.iter().filter_map(|name| Some((&name.name, name.variable(variables)?)));
        let values = values.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
        if !values.is_empty() {
            _ = write!(sentence, " ({values})");
        }
        sentence
    }
}

impl Formula for Expression {
    fn evaluate(&self, variables: &Variables) -> Result<i64, String> {
        let values = Values { names: &self.names, variables };
        let mut context = CONTEXT.new_inner_scope();
        context.set_variable_resolver(&values);
        match Value::resolve(&self.tree, &context) {
            Ok(Value::Int(value)) => Ok(value),
            Ok(Value::Bool(holds)) => Ok(i64::from(holds)),
            Ok(other) => Err(self.sentence(&format!("there is no number, but {other:?},"), variables)),
            Err(fault) => Err(self.sentence(&reason(&fault), variables)),
        }
    }
}

#[cold]
fn reason(fault: &ExecutionError) -> String {
    match fault {
        ExecutionError::DivisionByZero(Value::Int(a)) => format!("`{a} / 0` divides by zero"),
        ExecutionError::RemainderByZero(Value::Int(a)) => format!("`{a} % 0` divides by zero"),
        ExecutionError::Overflow(operator, Value::Int(a), b) => {
            format!("`{}` is too large for 64 bits", operation(operator, *a, b))
        }
        other => other.to_string(),
    }
}

/// An operation in CEL's words, as it is written.
fn operation(operator: &str, a: i64, b: &Value) -> String {
    let sign = match operator {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        "negate" => return format!("-({a})"),
        function => return format!("{function}({a})"),
    };
    match b {
        Value::Int(b) => format!("{a} {sign} {b}"),
        other => format!("{a} {sign} {other:?}"),
    }
}

//! Is the tree of a text a formula? CEL itself finds types and names out when it evaluates, which is too late.

use std::ops::Range;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo, operators};

use super::language::FUNCTIONS;
use super::scope::{Name, Scope};
use super::text::{MOST_LEVELS, too_deep};
use super::{FormulaError, place};
use crate::scenario::suggestion::Unknown;

/// Refuses a tree that is no number (or no condition) made of what a formula is made of. Gives the names in it, each once, in order.
pub(super) fn check(
    tree: &IdedExpr,
    info: &SourceInfo,
    scope: &Scope<'_>,
    kind: Kind,
) -> Result<Vec<Name>, FormulaError> {
    let mut checker = Checker { info, scope, names: Vec::new() };
    checker.expect(tree, kind, 1)?;
    Ok(checker.names)
}

/// What a formula, or a part of it, comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Truth,
}

struct Checker<'c> {
    info: &'c SourceInfo,
    scope: &'c Scope<'c>,
    names: Vec<Name>,
}

impl Checker<'_> {
    /// `level` is that of the part in the tree.
    fn kind(&mut self, part: &IdedExpr, level: usize) -> Result<Kind, FormulaError> {
        if level > MOST_LEVELS {
            return Err(too_deep(self.place(part)));
        }
        match &part.expr {
            Expr::Literal(LiteralValue::Int(_)) => Ok(Kind::Number),
            Expr::Ident(name) => self.name(name, part),
            Expr::Call(call) if call.target.is_none() => self.call(call, part, level + 1),
            _ => Err(self.foreign(part)),
        }
    }

    fn name(&mut self, name: &str, part: &IdedExpr) -> Result<Kind, FormulaError> {
        if !self.names.iter().any(|known| known.name == name) {
            let found = self.scope.find(name, self.place(part))?;
            self.names.push(found);
        }
        Ok(Kind::Number)
    }

    fn call(&mut self, call: &CallExpr, part: &IdedExpr, level: usize) -> Result<Kind, FormulaError> {
        let kinds = match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                self.expect(condition, Kind::Truth, level)?;
                return self.same(then, otherwise, part, level);
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                return self.same(left, right, part, level).map(|_| Kind::Truth);
            }
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, _) => (Kind::Truth, Kind::Truth),
            (operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS, _) => {
                (Kind::Number, Kind::Truth)
            }
            (
                operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO
                | operators::NEGATE,
                _,
            ) => (Kind::Number, Kind::Number),
            (operators::IN, _) => return Err(self.foreign(part)),
            (name, arguments) => {
                self.function(name, arguments.len(), part)?;
                (Kind::Number, Kind::Number)
            }
        };
        let (of_operands, of_whole) = kinds;
        call.args.iter().try_for_each(|operand| self.expect(operand, of_operands, level))?;
        Ok(of_whole)
    }

    /// Is there such a function of so many arguments?
    fn function(&self, name: &str, count: usize, part: &IdedExpr) -> Result<(), FormulaError> {
        match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
            Some((_, needed, _)) if count == *needed => Ok(()),
            Some((_, _, arguments)) => {
                let message = format!("`{name}` has {count} arguments here");
                Err(FormulaError::new(self.place(part), message, format!("write {name}{arguments}")))
            }
            None => {
                let known = FUNCTIONS.map(|(known, ..)| known);
                let help = Unknown { word: name, known: &known, listed: "functions are" }.remedy();
                let span = self.word(part);
                Err(FormulaError::new(span, format!("there is no function `{name}`"), help))
            }
        }
    }

    fn expect(&mut self, part: &IdedExpr, expected: Kind, level: usize) -> Result<(), FormulaError> {
        let (message, help) = match (self.kind(part, level)?, expected) {
            (Kind::Number, Kind::Truth) => ("is a number, and a condition is needed", "compare it: x > 0"),
            (Kind::Truth, Kind::Number) => ("is a condition, and a number is needed", "write condition ? 1 : 0"),
            _ => return Ok(()),
        };
        Err(self.error(self.place(part), message, help))
    }

    /// The kind of two parts, if it is one.
    fn same(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        whole: &IdedExpr,
        level: usize,
    ) -> Result<Kind, FormulaError> {
        let kind = self.kind(left, level)?;
        if kind == self.kind(right, level)? {
            return Ok(kind);
        }
        let help = "both sides are numbers, or both are conditions";
        Err(self.error(self.place(whole), "joins a number and a condition", help))
    }

    fn foreign(&self, part: &IdedExpr) -> FormulaError {
        let span = self.word(part);
        match &part.expr {
            Expr::Literal(LiteralValue::Double(_) | LiteralValue::UInt(_)) => {
                let help =
                    "formulas count in whole numbers: state a price, a share or a time as a constant with its unit";
                self.error(span, "is not a whole number", help)
            }
            Expr::Select(_) | Expr::Call(CallExpr { target: Some(_), .. }) => {
                self.error(span, "is not part of a formula", "numbers are whole, and nothing has parts")
            }
            _ => {
                let help = "a formula is made of whole numbers, names, operators and parentheses";
                self.error(span, "is not part of a formula", help)
            }
        }
    }

    fn error(&self, span: Range<usize>, message: &str, help: &str) -> FormulaError {
        FormulaError::new(span.clone(), format!("`{}` {message}", &self.info.source[span]), help)
    }

    fn word(&self, part: &IdedExpr) -> Range<usize> {
        place::word(part, self.info).unwrap_or_else(|| self.place(part))
    }

    fn place(&self, part: &IdedExpr) -> Range<usize> {
        place::of(part, self.info)
    }
}

//! A formula as a tree, and its value.
//!
//! Truth values are 0 and 1: the parser has made sure that they are not mistaken for numbers.

use std::ops::Range;

use crate::market::Variables;

/// A formula, checked.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Number(i64),
    /// What reads it.
    Variable(fn(&Variables) -> i64),
    Unary(Prefix, Box<Tree>, Place),
    Binary(Operator, Box<[Tree; 2]>, Place),
    /// Condition, value if it holds, value if it does not.
    Choice(Box<[Tree; 3]>),
}

/// What is done to one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    Not,
    Negate,
    Magnitude,
}

/// What two values are joined by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
    And,
    Or,
    Min,
    Max,
}

/// A stretch of the formula's text, which is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    start: u16,
    end: u16,
}

impl Place {
    pub(super) fn new(span: &Range<usize>) -> Self {
        let short = |byte: usize| u16::try_from(byte).unwrap_or(u16::MAX);
        Self { start: short(span.start), end: short(span.end) }
    }

    pub(super) fn range(self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoValue {
    pub(super) place: Place,
    pub(super) reason: &'static str,
}

const TOO_LARGE: &str = "is too large for 64 bits";

impl Tree {
    /// The value for these variables. Every operation is done at most once, and at most as many as the text has letters.
    pub(super) fn value(&self, variables: &Variables) -> Result<i64, NoValue> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Variable(read) => Ok(read(variables)),
            Self::Unary(prefix, operand, place) => {
                let value = prefix.apply(operand.value(variables)?);
                value.ok_or(NoValue { place: *place, reason: TOO_LARGE })
            }
            Self::Choice(trees) => {
                let [condition, then, otherwise] = &**trees;
                if condition.value(variables)? != 0 { then.value(variables) } else { otherwise.value(variables) }
            }
            Self::Binary(operator, operands, place) => {
                let [left, right] = &**operands;
                let left = left.value(variables)?;
                match (operator, left) {
                    (Operator::And, 0) | (Operator::Or, 1) => return Ok(left),
                    _ => {}
                }
                let right = right.value(variables)?;
                operator.apply(left, right).ok_or_else(|| NoValue { place: *place, reason: operator.fault(right) })
            }
        }
    }
}

impl Prefix {
    /// `None` for the lowest number, which has no opposite.
    fn apply(self, value: i64) -> Option<i64> {
        match self {
            Self::Not => Some(i64::from(value == 0)),
            Self::Negate => value.checked_neg(),
            Self::Magnitude => value.checked_abs(),
        }
    }
}

impl Operator {
    /// `None` if 64 bits cannot hold the value, or there is none.
    fn apply(self, left: i64, right: i64) -> Option<i64> {
        Some(match self {
            Self::Add => left.checked_add(right)?,
            Self::Subtract => left.checked_sub(right)?,
            Self::Multiply => left.checked_mul(right)?,
            Self::Divide => left.checked_div(right)?,
            Self::Remainder => left.checked_rem(right)?,
            Self::Less => i64::from(left < right),
            Self::LessOrEqual => i64::from(left <= right),
            Self::Greater => i64::from(left > right),
            Self::GreaterOrEqual => i64::from(left >= right),
            Self::Equal => i64::from(left == right),
            Self::Unequal => i64::from(left != right),
            // The left side did not decide.
            Self::And | Self::Or => right,
            Self::Min => left.min(right),
            Self::Max => left.max(right),
        })
    }

    fn fault(self, right: i64) -> &'static str {
        match (self, right) {
            (Self::Divide | Self::Remainder, 0) => "divides by zero",
            _ => TOO_LARGE,
        }
    }
}

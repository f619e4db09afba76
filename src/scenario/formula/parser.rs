//! From tokens to a tree, by precedence climbing; names and types are checked on the way.
//!
//! Nothing recurses deeper than [`MOST_LEVELS`], whatever the text is.

use std::ops::Range;

use super::lexer::{self, Token};
use super::tree::{Operator, Place, Prefix, Tree};
use super::{FormulaError, Of};
use crate::market::Variables;
use crate::scenario::fields::nearest;
use crate::units::{PARTS_PER_WHOLE, UNITS_PER_CURRENCY};

/// Bytes of a formula.
const MOST_BYTES: usize = 4_000;
/// Levels of its tree: parentheses in parentheses, or operators in a row.
const MOST_LEVELS: usize = 100;

/// Constants that are always there: a share of 100 %, and a price of one currency unit per slot-hour.
const BUILT_IN: [(&str, i64); 2] = [("whole", PARTS_PER_WHOLE as i64), ("unit", UNITS_PER_CURRENCY)];

const FUNCTIONS: [(&str, Function); 4] =
    [("min", Function::Min), ("max", Function::Max), ("clamp", Function::Clamp), ("abs", Function::Abs)];

#[derive(Clone, Copy)]
enum Function {
    Min,
    Max,
    Clamp,
    Abs,
}

/// Symbols between two operands with their precedence, as in CEL.
const OPERATORS: [(&str, u8, Operator); 13] = [
    ("||", 1, Operator::Or),
    ("&&", 2, Operator::And),
    ("<", 3, Operator::Less),
    ("<=", 3, Operator::LessOrEqual),
    (">", 3, Operator::Greater),
    (">=", 3, Operator::GreaterOrEqual),
    ("==", 3, Operator::Equal),
    ("!=", 3, Operator::Unequal),
    ("+", 4, Operator::Add),
    ("-", 4, Operator::Subtract),
    ("*", 5, Operator::Multiply),
    ("/", 5, Operator::Divide),
    ("%", 5, Operator::Remainder),
];

/// What names mean.
pub(super) struct Scope<'s> {
    pub(super) of: Of,
    pub(super) constants: &'s [(&'s str, i64)],
}

/// Is the name one that a constant cannot have?
pub(super) fn is_taken(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| *known == name)
        || FUNCTIONS.iter().any(|(known, _)| *known == name)
        || Variables::OF_POOL.iter().chain(&Variables::OF_REQUEST).any(|known| *known == name)
}

/// Compiles a text to a tree, with the names in it.
pub(super) fn parse(text: &str, scope: &Scope<'_>) -> Result<(Tree, Vec<String>), FormulaError> {
    if text.len() > MOST_BYTES {
        let help = format!("a formula has at most {MOST_BYTES} bytes");
        return Err(FormulaError::new(0..text.len(), "the formula is too long", help));
    }
    let mut parser = Parser { text, tokens: lexer::tokens(text)?, next: 0, scope, names: Vec::new() };
    let whole = parser.choice(0)?;
    parser.expect_end()?;
    let whole = parser.number(whole)?;
    Ok((whole.tree, parser.names))
}

struct Parser<'p> {
    text: &'p str,
    tokens: Vec<(Token<'p>, Range<usize>)>,
    next: usize,
    scope: &'p Scope<'p>,
    names: Vec<String>,
}

/// A part of the formula.
struct Part {
    tree: Tree,
    kind: Kind,
    span: Range<usize>,
    levels: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Truth,
}

type Parsed = Result<Part, FormulaError>;

impl<'p> Parser<'p> {
    fn peek(&self) -> Token<'p> {
        self.tokens[self.next].0
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.next].1.clone()
    }

    fn take(&mut self, symbol: &'static str) -> bool {
        let is_next = self.peek() == Token::Symbol(symbol);
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), FormulaError> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}` is expected here"))) }
    }

    fn expect_end(&self) -> Result<(), FormulaError> {
        if self.peek() == Token::End {
            Ok(())
        } else {
            Err(self.unexpected("an operator is expected here, or the end"))
        }
    }

    fn unexpected(&self, help: &str) -> FormulaError {
        let span = self.span();
        let message = match self.peek() {
            Token::End if self.text.trim().is_empty() => "the formula is empty".to_owned(),
            Token::End => "the formula ends too early".to_owned(),
            _ => format!("`{}` cannot stand here", &self.text[span.clone()]),
        };
        FormulaError::new(span, message, help)
    }

    /// `condition ? this : that`, or anything that binds closer. `depth` counts what is open around it.
    fn choice(&mut self, depth: usize) -> Parsed {
        let condition = self.binary(1, depth)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let condition = self.truth(condition)?;
        // As in CEL: another choice in between needs parentheses.
        let then = self.binary(1, depth + 1)?;
        self.expect(":")?;
        let otherwise = self.choice(depth + 1)?;
        self.same(&then, &otherwise)?;
        let (kind, span) = (then.kind, condition.span.start..otherwise.span.end);
        let levels = condition.levels.max(then.levels).max(otherwise.levels);
        part(Tree::Choice(Box::new([condition.tree, then.tree, otherwise.tree])), kind, span, levels)
    }

    /// Operands joined by operators of at least this precedence; equal ones from the left.
    fn binary(&mut self, least: u8, depth: usize) -> Parsed {
        let mut left = self.unary(depth)?;
        loop {
            let next = self.peek();
            let found = OPERATORS.iter().find(|(symbol, ..)| next == Token::Symbol(symbol));
            let Some((_, precedence, operator)) = found.filter(|(_, precedence, _)| *precedence >= least) else {
                return Ok(left);
            };
            self.next += 1;
            let right = self.binary(precedence + 1, depth)?;
            left = self.join(*operator, left, right)?;
        }
    }

    fn join(&self, operator: Operator, left: Part, right: Part) -> Parsed {
        let (left, right, kind) = match operator {
            Operator::And | Operator::Or => (self.truth(left)?, self.truth(right)?, Kind::Truth),
            Operator::Equal | Operator::Unequal => {
                self.same(&left, &right)?;
                (left, right, Kind::Truth)
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                (self.number(left)?, self.number(right)?, Kind::Truth)
            }
            _ => (self.number(left)?, self.number(right)?, Kind::Number),
        };
        let span = left.span.start..right.span.end;
        joined(operator, left, right, kind, span)
    }

    fn unary(&mut self, depth: usize) -> Parsed {
        let span = self.span();
        if depth > MOST_LEVELS {
            return Err(too_deep(span));
        }
        if self.take("!") {
            let operand = self.unary(depth + 1)?;
            let operand = self.truth(operand)?;
            return prefixed(Prefix::Not, operand, Kind::Truth, span.start);
        }
        if !self.take("-") {
            return self.primary(depth);
        }
        if let Token::Number(magnitude) = self.peek() {
            let span = span.start..self.span().end;
            self.next += 1;
            // The lexer has made sure that it is not below the lowest.
            return part(Tree::Number(0i64.wrapping_sub_unsigned(magnitude)), Kind::Number, span, 0);
        }
        let operand = self.unary(depth + 1)?;
        let operand = self.number(operand)?;
        prefixed(Prefix::Negate, operand, Kind::Number, span.start)
    }

    fn primary(&mut self, depth: usize) -> Parsed {
        let span = self.span();
        match self.peek() {
            Token::Number(magnitude) => {
                self.next += 1;
                let number =
                    i64::try_from(magnitude).map_err(|_| lexer::too_large(&self.text[span.clone()], span.clone()))?;
                part(Tree::Number(number), Kind::Number, span, 0)
            }
            Token::Name(name) => {
                self.next += 1;
                if self.take("(") { self.call(name, span, depth) } else { self.name(name, span) }
            }
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.choice(depth + 1)?;
                let end = self.span().end;
                self.expect(")")?;
                Ok(Part { span: span.start..end, ..inner })
            }
            _ => Err(self.unexpected("a number, a name or a parenthesis is expected here")),
        }
    }

    fn name(&mut self, name: &str, span: Range<usize>) -> Parsed {
        let constants = BUILT_IN.iter().chain(self.scope.constants);
        let constant = constants.clone().find(|(known, _)| *known == name).map(|(_, value)| Tree::Number(*value));
        let variable = self.variables().find(|known| *known == name).and_then(Variables::reader).map(Tree::Variable);
        let Some(tree) = constant.or(variable) else {
            let mut known: Vec<&str> = self.variables().collect();
            known.extend(constants.map(|(known, _)| *known));
            return Err(unknown_name(name, &known, span));
        };
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        part(tree, Kind::Number, span, 0)
    }

    fn variables(&self) -> impl Iterator<Item = &'static str> + use<> {
        let of_request: &[_] = if self.scope.of == Of::Request { &Variables::OF_REQUEST } else { &[] };
        Variables::OF_POOL.into_iter().chain(of_request.iter().copied())
    }

    /// A call; its name and parenthesis have been read.
    fn call(&mut self, name: &str, span: Range<usize>, depth: usize) -> Parsed {
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let known = FUNCTIONS.map(|(known, _)| known);
            let help = match nearest(name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("functions are: {}", known.join(", ")),
            };
            return Err(FormulaError::new(span, format!("there is no function `{name}`"), help));
        };
        let mut arguments = Vec::new();
        loop {
            let argument = self.choice(depth + 1)?;
            arguments.push(self.number(argument)?);
            if !self.take(",") {
                break;
            }
        }
        let span = span.start..self.span().end;
        self.expect(")")?;
        applied(*function, name, arguments, span)
    }

    fn truth(&self, part: Part) -> Parsed {
        match part.kind {
            Kind::Truth => Ok(part),
            Kind::Number => Err(self.mistaken(&part, "is a number, and a condition is needed", "compare it: x > 0")),
        }
    }

    fn number(&self, part: Part) -> Parsed {
        match part.kind {
            Kind::Number => Ok(part),
            Kind::Truth => {
                Err(self.mistaken(&part, "is a condition, and a number is needed", "write condition ? 1 : 0"))
            }
        }
    }

    fn same(&self, left: &Part, right: &Part) -> Result<(), FormulaError> {
        if left.kind == right.kind {
            return Ok(());
        }
        let span = left.span.start..right.span.end;
        let message = format!("`{}` joins a number and a condition", &self.text[span.clone()]);
        Err(FormulaError::new(span, message, "both sides are numbers, or both are conditions"))
    }

    fn mistaken(&self, part: &Part, message: &str, help: &str) -> FormulaError {
        FormulaError::new(part.span.clone(), format!("`{}` {message}", &self.text[part.span.clone()]), help)
    }
}

/// A part of one level more than its deepest operand.
fn part(tree: Tree, kind: Kind, span: Range<usize>, levels: usize) -> Parsed {
    if levels >= MOST_LEVELS {
        return Err(too_deep(span));
    }
    Ok(Part { tree, kind, span, levels: levels + 1 })
}

fn joined(operator: Operator, left: Part, right: Part, kind: Kind, span: Range<usize>) -> Parsed {
    let levels = left.levels.max(right.levels);
    part(Tree::Binary(operator, Box::new([left.tree, right.tree]), Place::new(&span)), kind, span, levels)
}

fn prefixed(prefix: Prefix, operand: Part, kind: Kind, start: usize) -> Parsed {
    let span = start..operand.span.end;
    part(Tree::Unary(prefix, Box::new(operand.tree), Place::new(&span)), kind, span, operand.levels)
}

fn applied(function: Function, name: &str, arguments: Vec<Part>, span: Range<usize>) -> Parsed {
    let count = arguments.len();
    let join = |operator, left, right| joined(operator, left, right, Kind::Number, span.clone());
    let mut arguments = arguments.into_iter();
    match (function, arguments.next(), arguments.next(), arguments.next(), arguments.next()) {
        (Function::Min, Some(a), Some(b), None, None) => join(Operator::Min, a, b),
        (Function::Max, Some(a), Some(b), None, None) => join(Operator::Max, a, b),
        // The lower end wins where the two are crossed.
        (Function::Clamp, Some(a), Some(low), Some(high), None) => {
            join(Operator::Max, join(Operator::Min, a, high)?, low)
        }
        (Function::Abs, Some(a), None, None, None) => {
            let tree = Tree::Unary(Prefix::Magnitude, Box::new(a.tree), Place::new(&span));
            part(tree, Kind::Number, span, a.levels)
        }
        (Function::Min | Function::Max, ..) => Err(wrong_count(name, "(a, b)", count, span)),
        (Function::Clamp, ..) => Err(wrong_count(name, "(x, low, high)", count, span)),
        (Function::Abs, ..) => Err(wrong_count(name, "(x)", count, span)),
    }
}

fn wrong_count(name: &str, arguments: &str, count: usize, span: Range<usize>) -> FormulaError {
    FormulaError::new(span, format!("`{name}` has {count} arguments here"), format!("write {name}{arguments}"))
}

fn too_deep(span: Range<usize>) -> FormulaError {
    let help = format!("at most {MOST_LEVELS} levels of parentheses, or operators in a row");
    FormulaError::new(span, "the formula is nested too deeply", help)
}

fn unknown_name(name: &str, known: &[&str], span: Range<usize>) -> FormulaError {
    let message = format!("there is no variable or constant `{name}`");
    if Variables::OF_REQUEST.contains(&name) {
        let help = "it belongs to one request, and this formula is about the pool as a whole";
        return FormulaError::new(span, message, help);
    }
    if FUNCTIONS.iter().any(|(function, _)| *function == name) {
        return FormulaError::new(span, message, format!("the function is written {name}(...)"));
    }
    match nearest(name, known) {
        Some(near) => FormulaError::new(span, message, format!("did you mean `{near}`?")),
        None => FormulaError::new(span, message, format!("names here: {}", known.join(", "))),
    }
}

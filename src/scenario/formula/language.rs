//! CEL, cut down to what a formula needs: no macros (which loop), no standard library, four functions on whole numbers.

use std::sync::{Arc, LazyLock};

use cel::common::ast::{Expr, SourceInfo};
use cel::common::types::CelInt;
use cel::parser::ParseErrors;
use cel::{Context, Env, ExecutionError, IdedExpr, Value};

/// The functions, with their arguments as they are written.
pub(super) const FUNCTIONS: [(&str, usize, &str); 4] =
    [("min", 2, "(a, b)"), ("max", 2, "(a, b)"), ("clamp", 3, "(x, low, high)"), ("abs", 1, "(x)")];

/// What formulas are evaluated in: the functions, without any variables.
pub(super) static CONTEXT: LazyLock<Context<'static, 'static>> = LazyLock::new(|| {
    let mut env = Env::default();
    let declared = [
        cel::add_overload!(env, fn min: (CelInt, CelInt) -> CelInt),
        cel::add_overload!(env, fn max: (CelInt, CelInt) -> CelInt),
        cel::add_overload!(env, fn clamp: (CelInt, CelInt, CelInt) -> CelInt),
        cel::add_overload!(env, fn abs: (CelInt) -> Result<CelInt>),
    ];
    assert!(declared.iter().all(Result::is_ok), "no name is declared twice");
    Context::with_env(Arc::new(env))
});

fn min(a: &CelInt, b: &CelInt) -> CelInt {
    *a.min(b)
}

fn max(a: &CelInt, b: &CelInt) -> CelInt {
    *a.max(b)
}

/// The lower end wins where the two are crossed.
fn clamp(x: &CelInt, low: &CelInt, high: &CelInt) -> CelInt {
    *x.min(high).max(low)
}

fn abs(x: &CelInt) -> Result<CelInt, ExecutionError> {
    let magnitude = x.inner().checked_abs().map(CelInt::from);
    magnitude.ok_or_else(|| ExecutionError::Overflow("abs", Value::Int(*x.inner()), Value::Null))
}

/// Reads a text into a tree and the places of its parts.
pub(super) fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), ParseErrors> {
    Env::default().with_optional_support(false).parser().parse_with_source_info(text)
}

/// Can a variable be called this, or is it one of CEL's own words?
pub(super) fn is_name(text: &str) -> bool {
    matches!(parse(text), Ok((IdedExpr { expr: Expr::Ident(name), .. }, _)) if name == text)
}

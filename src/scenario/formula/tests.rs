//! What formulas mean, and what is refused.

use proptest::prelude::*;

use super::scope::is_taken;
use super::{FormulaError, Of, compile};
use crate::market::Variables;

const VARIABLES: Variables = Variables {
    time: 7_200,
    hour_of_day: 2,
    utilisation: 750_000,
    queue_length: 3,
    capacity: i64::MAX,
    price: -7,
    bid: 50,
    slots: 4,
    minimum: i64::MIN,
    ..NOTHING
};

const NOTHING: Variables = Variables {
    time: 0,
    hour_of_day: 0,
    minute_of_day: 0,
    day_of_week: 0,
    capacity: 0,
    occupied: 0,
    utilisation: 0,
    queue_length: 0,
    price: 0,
    minimum: 0,
    highest_waiting_bid: 0,
    bid: 0,
    slots: 0,
    waiting_time: 0,
    running_time: 0,
    declared_duration: 0,
    member_slots: 0,
    department_slots: 0,
    member_usage: 0,
    department_usage: 0,
};

fn evaluate(text: &str) -> Result<i64, String> {
    compile(text, &[("base", 20), ("peak", 100)], Of::Request).expect(text).evaluate(&VARIABLES)
}

fn refused(text: &str) -> FormulaError {
    compile(text, &[("base", 20)], Of::Request).expect_err(text)
}

#[test]
fn values() {
    for (text, value) in [
        ("42", 42),
        ("-42", -42),
        ("007", 7),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("- 9223372036854775808", i64::MIN),
        ("--5", 5),
        ("--minimum", i64::MIN),
        ("0x10", 16),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("100 / 10 / 2", 5),
        ("2 * -3", -6),
        ("-2 - -3", 1),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / -2", -3),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("price % 4", -3),
        ("base + (peak - base) * utilisation / whole", 80),
        ("unit / whole", 1_000),
        ("queue_length > 2 ? base : peak", 20),
        ("queue_length > 3 ? base : peak", 100),
        ("1 < 2 ? (3 < 2 ? 1 : 2) : 3", 2),
        ("2 < 1 ? 1 : 2 < 1 ? 2 : 3", 3),
        ("1 == 1 && 2 != 3 || 1 > 2 ? 1 : 0", 1),
        ("(1 < 2) == (3 < 4) ? 1 : 0", 1),
        ("!(1 < 2) ? 1 : 0", 0),
        ("!!(1 <= 1 && 1 >= 1) ? 1 : 0", 1),
        ("1 < 2 || 1 / 0 > 0 ? 1 : 0", 1),
        ("2 < 1 && 1 / 0 > 0 ? 1 : 0", 0),
        ("1 / 0 > 0 || 1 < 2 ? 1 : 0", 1),
        ("1 / 0 > 0 && 2 < 1 ? 1 : 0", 0),
        ("1 < 2 ? 1 : 1 / 0", 1),
        ("min(3, -4)", -4),
        ("max(bid, slots)", 50),
        ("clamp(5, 1, 3)", 3),
        ("clamp(-5, 1, 3)", 1),
        ("clamp(2, 3, 1)", 3),
        ("abs(price)", 7),
        ("\n\tbid\r\n + slots ", 54),
    ] {
        assert_eq!(evaluate(text), Ok(value), "{text}");
    }
}

#[test]
fn what_has_no_value_says_why() {
    for (text, sentence) in [
        ("1 / 0", "`1 / 0` divides by zero in the formula `1 / 0`"),
        (
            " price % (slots - 4)",
            "`-7 % 0` divides by zero in the formula `price % (slots - 4)` (price = -7, slots = 4)",
        ),
        (
            "capacity + base",
            "`9223372036854775807 + 20` is too large for 64 bits in the formula `capacity + base` (capacity = 9223372036854775807)",
        ),
        (
            "minimum / -1",
            "`-9223372036854775808 / -1` is too large for 64 bits in the formula `minimum / -1` (minimum = -9223372036854775808)",
        ),
        (
            "minimum % -1",
            "`-9223372036854775808 % -1` is too large for 64 bits in the formula `minimum % -1` (minimum = -9223372036854775808)",
        ),
        (
            "minimum * 2",
            "`-9223372036854775808 * 2` is too large for 64 bits in the formula `minimum * 2` (minimum = -9223372036854775808)",
        ),
        (
            "minimum - 1",
            "`-9223372036854775808 - 1` is too large for 64 bits in the formula `minimum - 1` (minimum = -9223372036854775808)",
        ),
        (
            "1 - -minimum",
            "`-(-9223372036854775808)` is too large for 64 bits in the formula `1 - -minimum` (minimum = -9223372036854775808)",
        ),
        (
            "abs(minimum)",
            "`abs(-9223372036854775808)` is too large for 64 bits in the formula `abs(minimum)` (minimum = -9223372036854775808)",
        ),
    ] {
        assert_eq!(evaluate(text), Err(sentence.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_formula_is_refused_with_its_place() {
    for (text, place, message, help) in [
        ("", "", "the formula is empty", "a number, a name or"),
        ("  ", "", "the formula is empty", ""),
        ("1 +", "", "the formula ends too early", "a number, a name or"),
        ("(1", "", "the formula ends too early", "parenthesis is missing"),
        ("1 2", "2", "`2` cannot stand here", "operators join"),
        ("min(1,,2)", ",", "`,` cannot stand here", ""),
        ("min()", "min()", "`min` has 0 arguments here", ""),
        ("min(1)", "min(1)", "`min` has 1 arguments here", "write min(a, b)"),
        ("abs(1, 2)", "abs(1, 2)", "`abs` has 2 arguments here", ""),
        ("clamp(1, 2, 3, 4)", "clamp(1, 2, 3, 4)", "`clamp` has 4 arguments", ""),
        ("1 ? 2 : 3", "1", "`1` is a number, and a condition is needed", "compare it"),
        ("bid && 1 < 2", "bid", "`bid` is a number, and a condition is needed", ""),
        ("!bid", "bid", "`bid` is a number, and a condition is needed", ""),
        ("bid < 2", "bid < 2", "`bid < 2` is a condition, and a number is needed", "? 1 : 0"),
        ("1 + (bid < 2)", "bid < 2", "`bid < 2` is a condition, and a number is needed", ""),
        ("-(bid < 2)", "bid < 2", "`bid < 2` is a condition, and a number is needed", ""),
        ("1 < 2 < 3", "1 < 2", "`1 < 2` is a condition, and a number is needed", ""),
        ("1 < 2 ? 1 : 2 < 3", "1 < 2 ? 1 : 2 < 3", "joins a number and a condition", ""),
        ("1 < 2 ? 3 < 2 ? 1 : 2 : 3", "?", "`?` cannot stand here", "no choice without parentheses"),
        ("1 == (1 < 2) ? 1 : 0", "1 == (1 < 2)", "joins a number and a condition", ""),
        ("bidd", "bidd", "there is no variable or constant `bidd`", "did you mean `bid`?"),
        ("1 + bsae", "bsae", "there is no variable or constant `bsae`", "did you mean `base`?"),
        ("null", "null", "`null` is not part of a formula", "whole numbers"),
        ("nothing", "nothing", "there is no variable or constant `nothing`", "names here: time, "),
        (".bid", "bid", "there is no variable or constant `.bid`", "did you mean `bid`?"),
        ("if", "if", "`if` cannot stand here", ""),
        ("1 in 2", "in", "`in` is not part of a formula", ""),
        ("true ? 1 : 2", "true", "`true` is not part of a formula", ""),
        ("max", "max", "there is no variable or constant `max`", "is written max(...)"),
        ("mix(1, 2)", "mix", "there is no function `mix`", "did you mean `m"),
        ("open(1)", "open", "there is no function `open`", "functions are: min, max, clamp, abs"),
        ("price(1)", "price", "there is no function `price`", ""),
        ("0.5", "0.5", "`0.5` is not a whole number", "constant with its unit"),
        (".5", ".5", "`.5` is not a whole number", ""),
        ("1e9", "1e9", "`1e9` is not a whole number", ""),
        ("5u", "5u", "`5u` is not a whole number", ""),
        ("1_000", "_000", "`_000` cannot stand here", ""),
        ("9223372036854775808", "9223372036854775808", "is too large", "9223372036854775807"),
        ("99999999999999999999", "99999999999999999999", "is too large", ""),
        ("-9223372036854775809", "9223372036854775809", "is too large", ""),
        ("bid // 2", "//", "`//` is not part of a formula", "`/` divides"),
        ("bid = 2 ? 1 : 0", "=", "`=` is not part of a formula", "write =="),
        ("1 < 2 & 2 < 3 ? 1 : 0", "&", "`&` is not part of a formula", "write &&"),
        ("'a'", "'", "`\\'` is not part of a formula", "no texts"),
        ("[1, 2].map(x, x)", "[", "`[` is not part of a formula", "no lists"),
        ("{1: 2}", "{", "`{` is not part of a formula", "no lists or tables"),
        ("bid.exists(x, x)", "bid.exists", "`bid.exists` is not part of a formula", "nothing has parts"),
        ("bid.slots", ".", "`.` is not part of a formula", "nothing has parts"),
        ("has(bid)", "has", "there is no function `has`", ""),
        ("min ((bid + 1) < 2, 3)", "(bid + 1) < 2", "is a condition", ""),
        ("max (1)", "max (1)", "`max` has 1 arguments here", ""),
        ("2 × 3", "×", "`×` is not part of a formula", ""),
        ("prix_é", "é", "`é` is not part of a formula", ""),
        ("1\u{a0}+ 2", "\u{a0}", "`\\u{a0}` is not part of a formula", ""),
        ("1 \0", "\0", "`\\0` is not part of a formula", ""),
    ] {
        let error = refused(text);
        assert_eq!(&text[error.span.clone()], place, "{text:?}: {error:?}");
        assert!(error.message.contains(message), "{text:?}: {error:?}");
        assert!(error.help.contains(help), "{text:?}: {error:?}");
    }
}

#[test]
fn a_formula_of_the_pool_knows_no_request() {
    let error = compile("price + bid", &[], Of::Pool).expect_err("`bid` belongs to a request");
    assert_eq!(error.span, 8..11);
    assert!(error.help.contains("belongs to one request"), "{error}");
    assert!(compile("price + biddd", &[], Of::Pool).is_err());
    assert!(compile("price + bid", &[], Of::Request).is_ok());
}

#[test]
fn every_variable_has_its_name() {
    for name in Variables::OF_POOL.iter().chain(&Variables::OF_REQUEST) {
        let value = compile(name, &[], Of::Request).expect(name).evaluate(&VARIABLES);
        assert_eq!(value, Ok(VARIABLES.get(name).expect(name)), "{name}");
    }
}

/// Bounded before anything recurses: the stack of a test is small.
#[test]
fn deep_and_long_formulas_are_refused() {
    for text in [
        "(".repeat(100_000) + "1" + &")".repeat(100_000),
        "(".repeat(100_000),
        "-".repeat(100_000) + "1",
        "1 < 2 ? 1 : ".repeat(100_000) + "1",
        "1+".repeat(100_000) + "1",
    ] {
        assert_eq!(refused(&text).message, "the formula is too long");
    }
    for text in [
        "(".repeat(1_900) + "1" + &")".repeat(1_900),
        "(".repeat(3_999),
        "!(".repeat(1_300) + "1 < 2" + &")".repeat(1_300) + " ? 1 : 0",
        "abs(".repeat(700) + "1" + &")".repeat(700),
        "1<2?1:".repeat(600) + "1",
        "1<2?(".repeat(450) + "1" + &"):1".repeat(450),
        "1+".repeat(1_900) + "1",
        "1<".repeat(1_900) + "1",
        "min(1,".repeat(500) + "1" + &")".repeat(500),
        "(".repeat(32) + &"1+".repeat(1_900) + "1" + &")".repeat(32),
    ] {
        assert_eq!(refused(&text).message, "the formula is nested too deeply", "{}", &text[..20]);
    }
}

/// On a quarter of the stack that a test has, which is what a worker has as well.
#[test]
fn the_deepest_formulas_need_little_stack() {
    let nested = |levels| "(".repeat(levels) + "1" + &")".repeat(levels);
    let evaluated = move || {
        assert_eq!(evaluate(&nested(32)), Ok(1));
        assert_eq!(refused(&nested(33)).message, "the formula is nested too deeply");
        assert_eq!(evaluate(&("1+".repeat(31) + "1")), Ok(32));
        assert_eq!(refused(&("1+".repeat(32) + "1")).message, "the formula is nested too deeply");
        assert_eq!(evaluate(&("1<2?(".repeat(16) + "1" + &"):1".repeat(16))), Ok(1));
        assert_eq!(evaluate(&("abs(".repeat(31) + "1" + &")".repeat(31))), Ok(1));
        // CEL takes pairs of signs away, and balances what is joined by && and ||.
        assert_eq!(evaluate(&("-".repeat(3_998) + "1")), Ok(1));
        assert_eq!(evaluate(&("1<2&&".repeat(700) + "1<2 ? 1 : 0")), Ok(1));
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(evaluated).expect("a thread");
    thread.join().expect("the stack is enough");
}

#[test]
fn a_constant_has_a_name_that_can_be_read() {
    for name in ["if", "in", "true", "null", "var", "bid", "min", "whole", "1a", "a b", "a.b", ""] {
        assert!(is_taken(name), "{name}");
    }
    for name in ["base", "_base", "int", "has", "x1"] {
        assert!(!is_taken(name), "{name}");
        assert_eq!(compile(name, &[(name, 7)], Of::Pool).expect(name).evaluate(&NOTHING), Ok(7));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        check(&text);
    }

    #[test]
    fn nothing_like_a_formula_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..60)
    ) {
        check(&words.join(" "));
        check(&words.concat());
    }

    #[test]
    fn no_letters_of_formulas_make_it_panic(text in r"[-+*/%<>=!&|?:(),.\[\]{}'a-c0-9xu_ \n]{0,80}") {
        check(&text);
    }

    /// Whatever the numbers are, it has a value or a fault, and the same again.
    #[test]
    fn formulas_have_a_value_or_a_fault(text in formulas(), bid in numbers(), price in numbers()) {
        let variables = Variables { bid, price, ..VARIABLES };
        if let Ok(formula) = compile(&text, &[("base", 20)], Of::Request) {
            prop_assert_eq!(formula.evaluate(&variables), formula.evaluate(&variables));
        }
    }

    /// Written out with all parentheses, operations are done as they are in 128 bits, or fail.
    #[test]
    fn sums_and_products_are_exact(a: i64, b: i64, c in -1_000i64..1_000) {
        let fits = |value: i128| i64::try_from(value).ok();
        let (wide_a, wide_b, wide_c) = (i128::from(a), i128::from(b), i128::from(c));
        for (text, exact) in [
            ("x + y", fits(wide_a + wide_b)),
            ("x - y", fits(wide_a - wide_b)),
            ("x * z", fits(wide_a * wide_c)),
            ("x / z", if c == 0 { None } else { fits(wide_a / wide_c) }),
            ("-x", fits(-wide_a)),
            ("abs(x)", fits(wide_a.abs())),
            ("x < y ? x : y", Some(a.min(b))),
            ("max(x, y)", Some(a.max(b))),
        ] {
            let formula = compile(text, &[("x", a), ("y", b), ("z", c)], Of::Pool).expect(text);
            prop_assert_eq!(formula.evaluate(&NOTHING).ok(), exact, "{}", text);
        }
    }
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![prop::sample::select(&[i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX][..]), any::<i64>(), -9i64..9]
}

/// Texts of sound types, mostly: parentheses are put where they may matter, not where they must stand.
fn formulas() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&["0", "1", "-3", "bid", "price", "base", "minimum", "capacity"][..]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 3, |part| {
        let operator = prop::sample::select(&["+", "-", "*", "/", "%"][..]);
        let comparison = prop::sample::select(&["<", "<=", ">", ">=", "==", "!="][..]);
        let condition = (part.clone(), comparison, part.clone()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}"));
        let both = (condition.clone(), prop::sample::select(&["&&", "||", "=="][..]), condition.clone());
        let joined = both.prop_map(|(a, sign, b)| format!("({a}) {sign} ({b})"));
        let inverse = condition.clone().prop_map(|condition| format!("!({condition})"));
        prop_oneof![
            4 => (part.clone(), operator, part.clone()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
            1 => part.clone().prop_map(|a| format!("-({a})")),
            1 => (part.clone(), part.clone()).prop_map(|(a, b)| format!("min(abs({a}), {b})")),
            2 => (prop_oneof![condition, joined, inverse], part.clone(), part)
                .prop_map(|(condition, a, b)| format!("({condition} ? ({a}) : {b})")),
        ]
    })
}

const WORDS: [&str; 30] = [
    "1",
    "0",
    "9223372036854775808",
    "bid",
    "slots",
    "minimum",
    "base",
    "min",
    "max",
    "abs",
    "clamp",
    "(",
    ")",
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "<",
    ">=",
    "==",
    "!",
    "&&",
    "||",
    "?",
    ":",
    "é",
];

/// A place is one in the text, and what compiles has a value or says why not.
fn check(text: &str) {
    match compile(text, &[("base", 20)], Of::Request) {
        Ok(formula) => {
            for variables in [&VARIABLES, &NOTHING] {
                assert_eq!(formula.evaluate(variables), formula.evaluate(variables), "{text:?}");
            }
        }
        Err(error) => assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}"),
    }
}

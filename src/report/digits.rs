//! Numbers rounded to what is known of them.
//!
//! An estimate shows two significant digits of its half-width and the mean to the same place: more
//! would be noise, fewer would hide differences. A number without a half-width shows six significant
//! digits, and an integer is printed whole. Decimal exponents are read off Rust's own formatting, which
//! is exact, so no logarithm is needed.

/// Significant digits of a number whose precision is unknown.
const PLAIN_DIGITS: i32 = 6;
/// Beyond this many decimals a number is easier to read in scientific notation.
const DECIMALS_MAX: i32 = 7;
/// From here on integers no longer have exact neighbours worth printing (2^53 is about 9e15).
const INTEGER_MAX: f64 = 1e15;

/// `mean ± half-width`, both to the place of the half-width's second significant digit; `-` where the
/// mean is not a number.
pub(crate) fn estimate(mean: f64, half_width: Option<f64>) -> String {
    if !mean.is_finite() {
        return "-".to_owned();
    }
    match half_width.filter(|width| width.is_finite() && *width > 0.0) {
        None => plain(mean),
        Some(width) => {
            let place = exponent(width, 1) - 1;
            let (mean, width) = if needs_exponent(mean, place) {
                (scientific(mean, place), scientific(width, place))
            } else {
                (fixed(mean, place), fixed(width, place))
            };
            format!("{mean} ± {width}")
        }
    }
}

/// A number by itself: integers whole, others to six significant digits without trailing zeros.
pub(crate) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    if value.abs() < INTEGER_MAX && value.fract() == 0.0 {
        return without_negative_zero(format!("{value:.0}"));
    }
    let place = exponent(value, PLAIN_DIGITS - 1) + 1 - PLAIN_DIGITS;
    if needs_exponent(value, place.min(0)) || exponent(value, 0) < -4 {
        return short_scientific(value);
    }
    trim_zeros(&fixed(value, place.min(0)))
}

/// A number in scientific notation, to six significant digits without trailing zeros.
pub(crate) fn short_scientific(value: f64) -> String {
    let decimals = (PLAIN_DIGITS - 1).unsigned_abs() as usize;
    trim_zeros(&format!("{value:.decimals$e}"))
}

/// `value` rounded to the decimal place `10^place`.
pub(crate) fn fixed(value: f64, place: i32) -> String {
    if place <= 0 {
        return without_negative_zero(format!("{value:.*}", place.unsigned_abs() as usize));
    }
    let unit = power_of_ten(place);
    without_negative_zero(format!("{:.0}", (value / unit).round() * unit))
}

/// The decimal exponent of `value` after rounding to `decimals` decimals in scientific notation.
pub(crate) fn exponent(value: f64, decimals: i32) -> i32 {
    let text = format!("{value:.*e}", decimals.unsigned_abs() as usize);
    text.rsplit('e').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// `10^exponent`, correctly rounded.
pub(crate) fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

fn needs_exponent(value: f64, place: i32) -> bool {
    value.abs() >= INTEGER_MAX || place < -DECIMALS_MAX
}

fn scientific(value: f64, place: i32) -> String {
    let decimals = (exponent(value, 0) - place).max(0);
    format!("{value:.*e}", decimals.unsigned_abs() as usize)
}

/// Drops zeros that say nothing: `0.2500` is `0.25`, and `1.50e-9` is `1.5e-9`.
fn trim_zeros(text: &str) -> String {
    let (digits, exponent) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{exponent}")
}

fn without_negative_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_shows_two_digits_of_its_half_width() {
        let cases = [
            (0.123_456, Some(0.012_34), "0.123 ± 0.012"),
            (0.5, Some(0.000_996), "0.5000 ± 0.0010"),
            (1_234_567.0, Some(1_234.0), "1234600 ± 1200"),
            (1_234.5, Some(12.0), "1234 ± 12"),
            (99.96, Some(9.96), "100 ± 10"),
            (-0.001, Some(0.2), "0.00 ± 0.20"),
            (1.5e-9, Some(2.0e-10), "1.50e-9 ± 2.0e-10"),
            (1.5e18, Some(2.0e16), "1.500e18 ± 2.0e16"),
            (12.0, Some(0.0), "12"),
            (f64::NAN, Some(0.1), "-"),
            (0.25, None, "0.25"),
        ];
        for (mean, half_width, expected) in cases {
            assert_eq!(estimate(mean, half_width), expected, "{mean} {half_width:?}");
        }
    }

    #[test]
    fn a_plain_number_is_whole_or_short() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1_000_000.0, "1000000"),
            (1.0 / 3.0, "0.333333"),
            (1_234_567.8, "1234568"),
            (0.000_012_5, "1.25e-5"),
            (2.5e20, "2.5e20"),
            (0.999_999_9, "1"),
            (f64::INFINITY, "-"),
        ];
        for (value, expected) in cases {
            assert_eq!(plain(value), expected, "{value}");
        }
    }
}

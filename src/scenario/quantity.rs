//! Quantities as people write them: a number and a unit, parsed exactly from the text.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::tariff::{Tariff, Unit};
use crate::units::{
    Money, PARTS_PER_WHOLE, Price, Share, SimDuration, TICKS_PER_HOUR, TICKS_PER_SECOND, UNITS_PER_CURRENCY,
};

/// Why a text is not the quantity that was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QuantityError {
    /// What is wrong.
    pub(super) message: String,
    /// What would be right, by example.
    pub(super) help: String,
}

type Parsed<T> = Result<T, QuantityError>;

fn error<T>(message: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
    Err(QuantityError { message: message.into(), help: help.into() })
}

/// Parses a plain number.
pub(super) fn number(text: &str) -> Parsed<Decimal> {
    let parsed = match text.find(['e', 'E']) {
        Some(_) => Decimal::from_scientific(text),
        None => Decimal::from_str_exact(text),
    };
    match parsed {
        Ok(number) => Ok(number),
        Err(_) => error(
            format!("`{text}` is not a number that can be held exactly"),
            "write a plain decimal number, such as 0.05",
        ),
    }
}

/// Splits "0.05 USD/h" into its number and its unit.
fn split(text: &str) -> Parsed<(Decimal, &str)> {
    let text = text.trim();
    let (digits, unit) = text.split_at(number_end(text));
    let digits = digits.replace('_', "");
    if digits.is_empty() {
        return error(
            format!("`{text}` does not begin with a number"),
            "write the number first, then the unit: \"1.5 h\", \"0.05 USD/h\"",
        );
    }
    Ok((number(&digits)?, unit.trim()))
}

/// Where the number ends that `text` begins with. An exponent is part of it only if digits follow.
fn number_end(text: &str) -> usize {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_');
    let mantissa = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let Some(exponent) = text[mantissa..].strip_prefix(['e', 'E']) else { return mantissa };
    let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if mantissa == 0 || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return mantissa;
    }
    text.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

/// Ticks of a unit of time.
fn ticks_of(unit: &str) -> Option<i64> {
    Some(match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" | "sec" | "second" | "seconds" => TICKS_PER_SECOND,
        "m" | "min" | "minute" | "minutes" => 60 * TICKS_PER_SECOND,
        "h" | "hour" | "hours" => TICKS_PER_HOUR,
        "d" | "day" | "days" => 24 * TICKS_PER_HOUR,
        "w" | "week" | "weeks" => 7 * 24 * TICKS_PER_HOUR,
        "y" | "year" | "years" => 365 * 24 * TICKS_PER_HOUR,
        _ => return None,
    })
}

const TIME_UNITS: &str = "us, ms, s, min (or m), h, d, w, y";

/// A length of time: "90m", "1.5 h", "30d", "1h 30m".
pub(super) fn duration(text: &str) -> Parsed<SimDuration> {
    let mut total = Decimal::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return error("an empty text is no duration", "write a number and a unit, such as \"90m\" or \"1.5 h\"");
    }
    while !rest.is_empty() {
        let unit_start = number_end(rest);
        let unit = rest[unit_start..].trim_start().trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let unit_end = rest.len() - unit.len();
        let (amount, unit) = split(&rest[..unit_end])?;
        let Some(ticks) = ticks_of(unit) else {
            let found = if unit.is_empty() { "no unit".to_owned() } else { format!("the unit `{unit}`") };
            return error(
                format!("`{text}` has {found} where a unit of time is needed"),
                format!("units of time are {TIME_UNITS}: write \"90m\" or \"1.5 h\""),
            );
        };
        let span = amount.checked_mul(ticks.into()).unwrap_or(Decimal::MAX);
        total = total.checked_add(span).unwrap_or(Decimal::MAX);
        rest = rest[unit_end..].trim_start();
    }
    match total.round().to_i64() {
        Some(ticks) if (0..i64::MAX / 8).contains(&ticks) => Ok(SimDuration::from_ticks(ticks)),
        Some(ticks) if ticks < 0 => error(format!("`{text}` is negative"), "a length of time is at least 0"),
        _ => error(format!("`{text}` is too long"), "the longest simulation is about 36,000 years"),
    }
}

/// A price per slot-hour, "0.05 USD/h", or per unit of resource, "0.02 USD/GHz-h", which becomes one per slot-hour: what is
/// finer than a price can be is then rounded to the nearest, ties to the even one.
pub(super) fn price<'a>(text: &str, tariff: impl Into<Tariff<'a>>) -> Parsed<Price> {
    let tariff = tariff.into();
    let Tariff { currency, unit: resource, .. } = tariff;
    let example = format!("write a price as a number, the currency and the time: \"0.05 {currency}/h\"");
    let (amount, unit) = split(text)?;
    let Some((found, per)) = unit.split_once('/') else {
        return error(format!("`{text}` is no price: it has no `/h`"), example);
    };
    check_currency(text, found, tariff)?;
    let units = match (per.trim(), resource) {
        ("h" | "slot-h" | "hour", _) => scaled(amount, UNITS_PER_CURRENCY),
        ("min" | "m", _) => scaled(amount, 60 * UNITS_PER_CURRENCY),
        ("s", _) => scaled(amount, 3_600 * UNITS_PER_CURRENCY),
        (per, Some(resource)) if per == resource.name => {
            let per_slot_hour = amount.checked_mul(resource.per_slot_hour).unwrap_or(Decimal::MAX);
            let units = per_slot_hour.checked_mul(UNITS_PER_CURRENCY.into()).unwrap_or(Decimal::MAX);
            units.round().to_i128()
        }
        (other, None) => {
            return error(format!("`{text}` is per `{other}`, and a price is per h, min or s"), example);
        }
        (other, Some(resource)) => {
            let rule = format!("`{text}` is per `{other}`, and a price here is per h, min, s or {}", resource.name);
            return error(rule, format!("write \"0.05 {currency}/h\" or \"0.05 {currency}/{}\"", resource.name));
        }
    };
    match units {
        Some(units) if (0..=i128::from(i64::MAX / 4)).contains(&units) => Ok(Price::from_units(units as i64)),
        Some(units) if units < 0 => error(format!("`{text}` is negative"), "a price is at least 0"),
        Some(_) => {
            error(format!("`{text}` is too high"), "the highest price is about two thousand million per slot-hour")
        }
        None => error(format!("`{text}` is finer than a price can be"), "a price has at most 9 decimals per slot-hour"),
    }
}

/// An amount of a pool's unit of resource, "40 GHz-h", as the slot-hours that give it.
pub(super) fn slot_hours(text: &str, unit: Unit<'_>) -> Parsed<f64> {
    let name = unit.name;
    let (amount, found) = split(text)?;
    if found != name {
        let found = if found.is_empty() { "no unit".to_owned() } else { format!("the unit `{found}`") };
        return error(format!("`{text}` has {found}, and the pool's unit is {name}"), format!("write \"40 {name}\""));
    }
    match amount.checked_div(unit.per_slot_hour).and_then(|hours| hours.to_f64()) {
        Some(hours) if hours >= 0.0 => Ok(hours),
        _ => error(format!("`{text}` is negative"), "a quantity is at least 0"),
    }
}

/// An amount of money: "100 USD".
pub(super) fn money<'a>(text: &str, tariff: impl Into<Tariff<'a>>) -> Parsed<Money> {
    let tariff = tariff.into();
    let (amount, unit) = split(text)?;
    if unit.contains('/') {
        let help = format!("write \"100 {}\"", tariff.currency);
        return error(format!("`{text}` is a price, and an amount is needed"), help);
    }
    check_currency(text, unit, tariff)?;
    match scaled(amount, UNITS_PER_CURRENCY) {
        Some(units) if (0..=MOST_MONEY).contains(&units) => Ok(Money::from_units(units)),
        Some(units) if units < 0 => error(format!("`{text}` is negative"), "an amount is at least 0"),
        Some(_) => error(format!("`{text}` is too much"), "the largest amount is 10,000,000,000,000"),
        None => error(format!("`{text}` is finer than an amount can be"), "an amount has at most 9 decimals"),
    }
}

fn check_currency(text: &str, found: &str, tariff: Tariff<'_>) -> Parsed<()> {
    let (found, currency) = (found.trim(), tariff.currency);
    if found == currency {
        return Ok(());
    }
    let found = if found.is_empty() { "no currency".to_owned() } else { format!("`{found}`") };
    if let Some(seller) = tariff.seller {
        return error(
            format!("`{text}` is in {found}, and pool `{seller}` is paid in {currency}"),
            format!("state it in {currency}: what is taken from a pool is paid in its currency"),
        );
    }
    error(
        format!("`{text}` is in {found}, and the currency here is {currency}"),
        format!("currencies are never mixed: state it in {currency}, or give the pool another `currency`"),
    )
}

/// Ten million million of any currency: in millionths of an accrual unit it still fits into 128 bits.
const MOST_MONEY: i128 = 10_000_000_000_000 * UNITS_PER_CURRENCY as i128;

/// `amount × scale` if that is a whole number; what is too large to be multiplied saturates.
fn scaled(amount: Decimal, scale: i64) -> Option<i128> {
    let Some(product) = amount.checked_mul(scale.into()) else {
        return Some(if amount.is_sign_negative() { i128::MIN } else { i128::MAX });
    };
    product.is_integer().then(|| product.to_i128()).flatten()
}

/// A share: "5 %" or 0.05.
pub(super) fn share(text: &str) -> Parsed<Share> {
    let (amount, unit) = split(text)?;
    let whole = match unit {
        "%" => i64::from(PARTS_PER_WHOLE) / 100,
        "" => i64::from(PARTS_PER_WHOLE),
        other => {
            return error(format!("`{text}` has the unit `{other}` where a share is needed"), "write \"5 %\" or 0.05");
        }
    };
    match scaled(amount, whole).map(u32::try_from) {
        Some(Ok(parts)) => Ok(Share::from_parts(parts)),
        Some(Err(_)) => error(format!("`{text}` is not between 0 and 400,000 %"), "a fee is at least 0 %"),
        None => error(format!("`{text}` is finer than a share can be"), "a share has at most 4 decimals of a per cent"),
    }
}

/// A rate of events: "90 /h". In events per tick.
pub(super) fn rate(text: &str) -> Parsed<f64> {
    let help = "write a number of arrivals per time: \"90 /h\"";
    let (amount, unit) = split(text)?;
    let Some(ticks) = unit.strip_prefix('/').and_then(|unit| ticks_of(unit.trim())) else {
        return error(format!("`{text}` is no rate"), help);
    };
    match amount.to_f64() {
        Some(amount) if amount > 0.0 => Ok(amount / ticks as f64),
        _ => error(format!("`{text}` is not above 0"), help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_all_their_units() {
        for (text, seconds) in
            [("90m", 5_400), ("1.5 h", 5_400), ("1h 30m", 5_400), ("30d", 2_592_000), ("2 weeks", 1_209_600), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(SimDuration::from_seconds(seconds)), "{text}");
        }
        assert_eq!(duration("1e3 s 5e-1 s"), Ok(SimDuration::from_ticks(1_000_500_000)));
        let long = "7e28 y 7e28 y";
        for text in ["90", "h", "", "5 parsecs", "-1h", "1e9 y", "99999999999y", "1h30", "1 e", "1e400 h", long] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn prices_are_exact_and_name_their_currency() {
        assert_eq!(price("0.05 USD/h", "USD"), Ok(Price::from_units(50_000_000)));
        assert_eq!(price("0.000000001 USD/h", "USD"), Ok(Price::from_units(1)));
        assert_eq!(price("0.001 credits/s", "credits"), Ok(Price::from_units(3_600_000_000)));
        assert!(price("7e28 USD/h", "USD").unwrap_err().message.ends_with("is too high"));
        for text in ["0.05", "0.05 USD", "0.05 EUR/h", "-1 USD/h", "0.0000000001 USD/h", "0.05 USD/d", "9e9 USD/h"] {
            assert!(price(text, "USD").is_err(), "{text}");
        }
    }

    #[test]
    fn shares_rates_and_amounts() {
        assert_eq!(share("5 %"), Ok(Share::from_parts(50_000)));
        assert_eq!(share("0.05"), Ok(Share::from_parts(50_000)));
        assert!(share("-1 %").is_err() && share("5 h").is_err());
        assert_eq!(rate("36 /h"), Ok(0.01 / TICKS_PER_SECOND as f64));
        assert!(rate("36").is_err() && rate("0 /h").is_err() && rate("-3 /h").is_err());
        assert_eq!(money("100 USD", "USD"), Ok(Money::from_units(100 * i128::from(UNITS_PER_CURRENCY))));
        assert!(money("1e14 USD", "USD").is_err());
        assert!(money("100 USD/h", "USD").is_err() && money("100", "USD").is_err());
    }

    #[test]
    fn a_price_per_unit_of_resource_becomes_one_per_slot_hour() {
        let unit = |per_slot_hour: &str| Unit { name: "GHz-h", per_slot_hour: number(per_slot_hour).unwrap() };
        let read = |text, per| price(text, Tariff { unit: Some(unit(per)), ..Tariff::from("USD") });
        assert_eq!(read("0.02 USD/GHz-h", "2.5"), Ok(Price::from_units(50_000_000)));
        assert_eq!(read("0.05 USD/h", "2.5"), Ok(Price::from_units(50_000_000)));
        // 1e-9 × 2.5 and 3e-9 × 2.5 lie halfway between two prices.
        assert_eq!(read("1e-9 USD/GHz-h", "2.5"), Ok(Price::from_units(2)));
        assert_eq!(read("3e-9 USD/GHz-h", "2.5"), Ok(Price::from_units(8)));
        assert!(read("0.02 EUR/GHz-h", "2.5").is_err() && read("0.02 USD/GB", "2.5").is_err());
        assert!(read("-1 USD/GHz-h", "2.5").is_err() && read("1e9 USD/GHz-h", "1000").is_err());
        assert!(price("0.02 USD/GHz-h", "USD").is_err());
        assert_eq!(slot_hours("40 GHz-h", unit("2.5")), Ok(16.0));
        assert!(slot_hours("40", unit("2.5")).is_err() && slot_hours("-1 GHz-h", unit("1")).is_err());
    }
}

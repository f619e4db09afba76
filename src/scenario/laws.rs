//! Probability laws as they are written.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::node::{Node, Value};
use super::quantity;
use super::tariff::{Tariff, Unit};
use crate::demand::{Law, LawError};
use crate::units::TICKS_PER_HOUR;

/// In which unit a law's parameters are written, and in which it is sampled.
#[derive(Clone, Copy)]
pub(super) enum Dimension<'a> {
    /// Written with units of time, sampled in ticks.
    Time,
    /// Written as prices, sampled in the currency per slot-hour.
    Price(Tariff<'a>),
    /// Written in the unit of resource of a pool, sampled in the ticks that requests of so many slots declare for it: at the
    /// reference speed, while the unit says what slots of the pool's own speed give.
    Work { unit: Unit<'a>, slots: f64, speed: f64 },
    /// Written as plain numbers of slots.
    Slots,
}

impl Dimension<'_> {
    /// A value as it would be written.
    fn example(self) -> String {
        match self {
            Self::Time => "\"2h\"".to_owned(),
            Self::Price(tariff) => tariff.example(),
            Self::Work { unit, .. } => format!("\"40 {}\"", unit.name),
            Self::Slots => "2".to_owned(),
        }
    }

    fn read(self, node: &Node, key: &str, d: &mut Diagnostics) -> Option<f64> {
        match self {
            Self::Time => fields::quantity(node, key, d, quantity::duration).map(|span| span.ticks() as f64),
            Self::Price(tariff) => {
                let price = fields::quantity(node, key, d, |text| quantity::price(text, tariff))?;
                Some(price.as_currency())
            }
            Self::Work { unit, slots, speed } => {
                let slot_hours = fields::quantity(node, key, d, |text| quantity::slot_hours(text, unit))?;
                Some(slot_hours / slots * speed * TICKS_PER_HOUR as f64)
            }
            Self::Slots => fields::real(node, key, 0.0, d),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Constant,
    Exponential,
    LogNormal,
    Uniform,
}

/// Reads a law: a plain quantity is a constant, a table names its `law`.
pub(super) fn law(node: &Node, path: &str, dimension: Dimension<'_>, d: &mut Diagnostics) -> Option<Law> {
    if !matches!(node.value, Value::Table(_)) {
        return dimension.read(node, path, d).map(Law::Constant);
    }
    let mut table = Fields::new(node, path, d);
    table.required("law", "\"exponential\", \"lognormal\", \"uniform\" or \"constant\"", d)?;
    let kinds = [
        ("constant", Kind::Constant),
        ("exponential", Kind::Exponential),
        ("lognormal", Kind::LogNormal),
        ("uniform", Kind::Uniform),
    ];
    let kind = table.choice("law", &kinds, d)?;
    let law = match kind {
        Kind::Constant => parameter(&mut table, "value", dimension, d).map(Law::Constant),
        Kind::Exponential => parameter(&mut table, "mean", dimension, d)
            .and_then(|mean| positive(&table, "mean", mean, d))
            .map(|mean| Law::Exponential { mean }),
        Kind::LogNormal => lognormal(&mut table, dimension, d),
        Kind::Uniform => uniform(&mut table, dimension, d),
    };
    let law = law.filter(|law| match law.check() {
        Ok(()) => true,
        Err(error) => {
            let help = match error {
                LawError::Reversed => "write the smaller one as `low`, the larger one as `high`",
                LawError::Negative | LawError::NotFinite => "choose smaller parameters, none of them negative",
            };
            d.error(table.at(), format!("`{path}` is no law: {error}"), "impossible parameters").help(help);
            false
        }
    });
    table.finish(d);
    law
}

fn parameter(table: &mut Fields<'_>, key: &'static str, dimension: Dimension<'_>, d: &mut Diagnostics) -> Option<f64> {
    let node = table.required(key, &dimension.example(), d)?;
    dimension.read(node, key, d)
}

/// By mean and coefficient of variation, or by median (the exponential of the log mean) and log standard deviation.
fn lognormal(table: &mut Fields<'_>, dimension: Dimension<'_>, d: &mut Diagnostics) -> Option<Law> {
    if table.has("median") || table.has("log_sd") {
        let median = parameter(table, "median", dimension, d);
        let sigma = table.required("log_sd", "0.8", d).and_then(|node| fields::real(node, "log_sd", 0.0, d));
        let (median, sigma) = (median?, sigma?);
        return positive(table, "median", median, d).map(|median| Law::LogNormal { mu: libm::log(median), sigma });
    }
    let mean = parameter(table, "mean", dimension, d);
    let cv = table.required("cv", "1.5", d).and_then(|node| fields::real(node, "cv", 0.0, d));
    let (mean, cv) = (mean?, cv?);
    positive(table, "mean", mean, d).map(|mean| Law::lognormal_with_mean(mean, cv))
}

fn positive(table: &Fields<'_>, key: &str, value: f64, d: &mut Diagnostics) -> Option<f64> {
    if value > 0.0 {
        return Some(value);
    }
    d.error(table.place_of(key), format!("`{key}` of this law must be above 0"), "not above 0")
        .help("a constant may be 0: leave out the table and write the value alone");
    None
}

/// Sizes are whole numbers: each of low, low + 1, ..., high is as likely (drawn values are rounded to the nearest).
fn uniform(table: &mut Fields<'_>, dimension: Dimension<'_>, d: &mut Diagnostics) -> Option<Law> {
    let low = parameter(table, "low", dimension, d);
    let high = parameter(table, "high", dimension, d);
    let (low, high) = (low?, high?);
    let half = if matches!(dimension, Dimension::Slots) && low >= 0.5 { 0.5 } else { 0.0 };
    Some(Law::Uniform { low: low - half, high: high + half * 0.999_999_999 })
}

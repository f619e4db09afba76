//! Table `billing`.

use super::column::{Columns, ROW};
use super::names::{Names, count, money, slot_ids, time};
use super::words;
use crate::simulation::BillingRow;

pub(super) fn billing<'m>(names: &Names<'m>) -> Columns<'m, BillingRow> {
    Columns::<BillingRow>::begin(ROW, names)
        .whole("time_us", |row, _| time(row.at))
        .word("kind", |row, _| Some(words::kind(row.kind)))
        .named("payer", |row| row.payer, Names::party)
        .named("payee", |row| row.payee, Names::party)
        .number("amount", |row, _| money(row.amount))
        // Exact: the amount in 10⁻⁹ of the currency.
        .whole("amount_nano", |row, _| count(row.amount.units()))
        .named("currency", |row| row.currency, Names::currency)
        .whole("request", |row, _| row.request.and_then(count))
        .whole("lease", |row, _| row.lease.and_then(count))
        .asked(|row| row.home, |row| row.pool, |row| row.member)
        .whole("tier", |row, _| row.tier.and_then(count))
        .text("slot_ids", |row, _| slot_ids(row.places.as_deref()))
        .whole("start_us", |row, _| time(row.from))
        .whole("end_us", |row, _| time(row.to))
        .whole("slot_us", |row, _| row.slot_ticks.and_then(count))
        .places(|row| row.places.as_deref())
        .instance(|row| row.pool)
}

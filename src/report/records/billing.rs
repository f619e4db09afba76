//! Table `billing`.

use super::column::{Columns, ROW};
use super::names::{Names, count, money, slot_ids, time};
use super::words;
use crate::market::Level;
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
        .named("asked_pool", |row| row.home, Names::pool)
        .named("pool", |row| row.pool, Names::pool)
        .named("customer", |row| row.home, Names::owner)
        .named("account", |row| row.home, Names::account_of)
        .named("user", |row| row.member, Names::user)
        .named("department", |row| row.member, Names::department)
        .named("group", |row| row.member, Names::group)
        .whole("tier", |row, _| row.tier.and_then(count))
        .text("slot_ids", |row, _| slot_ids(row.places.as_deref()))
        .whole("start_us", |row, _| time(row.from))
        .whole("end_us", |row, _| time(row.to))
        .whole("slot_us", |row, _| row.slot_ticks.and_then(count))
        .text("region", |row, names| names.places(row.places.as_deref(), Level::Region))
        .text("zone", |row, names| names.places(row.places.as_deref(), Level::Zone))
        .named("instance_type", |row| row.pool, Names::instance_type)
        .whole("size", |row, names| names.size(row.pool))
        .named("platform", |row| row.pool, Names::platform)
        .named("tenancy", |row| row.pool, Names::tenancy)
}

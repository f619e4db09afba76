//! Tables `leases`, `interruptions` and `usage`.

use super::column::{Columns, ROW};
use super::names::{Names, charge, count, fee, hours, slot_ids, time};
use super::words;
use crate::simulation::{InterruptionRow, LeaseRow, UsageRow};

pub(super) fn leases<'m>(names: &Names<'m>) -> Columns<'m, LeaseRow> {
    Columns::<LeaseRow>::begin(ROW, names)
        .whole("lease", |row, _| count(row.lease))
        .whole("request", |row, _| count(row.request))
        .asked(|row| row.home, |row| row.pool, |row| row.member)
        .named("supplies", |row| row.supplies, Names::pool_if)
        .whole("tier", |row, _| row.tier.and_then(count))
        .named("payer", |row| row.payer, Names::party)
        .named("payee", |row| row.payee, Names::party)
        .whole("slots", |row, _| count(row.slots))
        .text("slot_ids", |row, _| slot_ids(row.places.as_deref()))
        .whole("start_us", |row, _| time(row.from))
        .whole("end_us", |row, _| time(row.to))
        .whole("slot_us", |row, _| count(row.slot_ticks))
        .number("slot_hours", |row, _| Some(hours(row.slot_ticks)))
        .number("charge", |row, _| charge(row.charge))
        .named("currency", |row| row.currency, Names::currency)
        .flag("prepaid", |row, _| Some(row.is_prepaid))
        .word("ending", |row, _| Some(words::ending(row.ending)))
        .word("cause", |row, _| words::cause_of(row.ending))
        .places(|row| row.places.as_deref())
        .instance(|row| row.pool)
}

pub(super) fn interruptions<'m>(names: &Names<'m>) -> Columns<'m, InterruptionRow> {
    Columns::<InterruptionRow>::begin(ROW, names)
        .whole("time_us", |row, _| time(row.at))
        .whole("request", |row, _| count(row.request))
        .whole("lease", |row, _| count(row.lease))
        .asked(|row| row.home, |row| row.pool, |row| row.member)
        .whole("tier", |row, _| row.tier.and_then(count))
        .whole("slots", |row, _| count(row.slots))
        .text("slot_ids", |row, _| slot_ids(row.places.as_deref()))
        .whole("start_us", |row, _| time(row.since))
        .word("cause", |row, _| Some(words::cause(row.cause)))
}

pub(super) fn usage<'m>(names: &Names<'m>) -> Columns<'m, UsageRow> {
    Columns::<UsageRow>::begin(ROW, names)
        .whole("lease", |row, _| count(row.lease))
        .whole("request", |row, _| count(row.request))
        .asked(|row| row.home, |row| row.pool, |row| row.member)
        .whole("tier", |row, _| row.tier.and_then(count))
        .named("payer", |row| row.payer, Names::party)
        .named("payee", |row| row.payee, Names::party)
        .whole("slots", |row, _| count(row.slots))
        .text("slot_ids", |row, _| slot_ids(row.places.as_deref()))
        .whole("start_us", |row, _| time(row.from))
        .whole("end_us", |row, _| time(row.to))
        .whole("slot_us", |row, _| count(row.slot_ticks))
        .number("slot_hours", |row, _| Some(hours(row.slot_ticks)))
        .number("charge", |row, _| charge(row.charge))
        .number("fee", |row, _| fee(row.fee))
        .named("currency", |row| row.currency, Names::currency)
        .places(|row| row.places.as_deref())
        .instance(|row| row.pool)
}

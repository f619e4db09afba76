//! Tables `leases`, `interruptions` and `usage`.

use std::borrow::Cow;

use super::column::{Column, flag, number, text, whole};
use super::names::{charge, count, fee, hours, slot_ids, time};
use super::words;
use crate::market::Level;
use crate::simulation::{InterruptionRow, LeaseRow, UsageRow};

pub(super) const LEASES: &[Column<LeaseRow>] = &[
    whole("lease", |row, _| count(row.lease)),
    whole("request", |row, _| count(row.request)),
    text("asked_pool", |row, names| names.pool(row.home)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.home)),
    text("account", |row, names| names.account_of(row.home)),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    text("supplies", |row, names| row.supplies.and_then(|pool| names.pool(pool))),
    whole("tier", |row, _| row.tier.and_then(count)),
    text("payer", |row, names| names.party(row.payer)),
    text("payee", |row, names| names.party(row.payee)),
    whole("slots", |row, _| count(row.slots)),
    text("slot_ids", |row, _| slot_ids(row.places.as_deref())),
    whole("start_us", |row, _| time(row.from)),
    whole("end_us", |row, _| time(row.to)),
    whole("slot_us", |row, _| count(row.slot_ticks)),
    number("slot_hours", |row, _| Some(hours(row.slot_ticks))),
    number("charge", |row, _| charge(row.charge)),
    text("currency", |row, names| names.currency(row.currency)),
    flag("prepaid", |row, _| Some(row.is_prepaid)),
    text("ending", |row, _| Some(Cow::Borrowed(words::ending(row.ending)))),
    text("cause", |row, _| words::cause_of(row.ending).map(Cow::Borrowed)),
    text("region", |row, names| names.places(row.places.as_deref(), Level::Region)),
    text("zone", |row, names| names.places(row.places.as_deref(), Level::Zone)),
    text("instance_type", |row, names| names.instance_type(row.pool)),
    whole("size", |row, names| names.size(row.pool)),
    text("platform", |row, names| names.platform(row.pool)),
    text("tenancy", |row, names| names.tenancy(row.pool)),
];

pub(super) const INTERRUPTIONS: &[Column<InterruptionRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    whole("request", |row, _| count(row.request)),
    whole("lease", |row, _| count(row.lease)),
    text("asked_pool", |row, names| names.pool(row.home)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.home)),
    text("account", |row, names| names.account_of(row.home)),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    whole("tier", |row, _| row.tier.and_then(count)),
    whole("slots", |row, _| count(row.slots)),
    text("slot_ids", |row, _| slot_ids(row.places.as_deref())),
    whole("start_us", |row, _| time(row.since)),
    text("cause", |row, _| Some(Cow::Borrowed(words::cause(row.cause)))),
];

pub(super) const USAGE: &[Column<UsageRow>] = &[
    whole("lease", |row, _| count(row.lease)),
    whole("request", |row, _| count(row.request)),
    text("asked_pool", |row, names| names.pool(row.home)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.home)),
    text("account", |row, names| names.account_of(row.home)),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    whole("tier", |row, _| row.tier.and_then(count)),
    text("payer", |row, names| names.party(row.payer)),
    text("payee", |row, names| names.party(row.payee)),
    whole("slots", |row, _| count(row.slots)),
    text("slot_ids", |row, _| slot_ids(row.places.as_deref())),
    whole("start_us", |row, _| time(row.from)),
    whole("end_us", |row, _| time(row.to)),
    whole("slot_us", |row, _| count(row.slot_ticks)),
    number("slot_hours", |row, _| Some(hours(row.slot_ticks))),
    number("charge", |row, _| charge(row.charge)),
    number("fee", |row, _| fee(row.fee)),
    text("currency", |row, names| names.currency(row.currency)),
    text("region", |row, names| names.places(row.places.as_deref(), Level::Region)),
    text("zone", |row, names| names.places(row.places.as_deref(), Level::Zone)),
    text("instance_type", |row, names| names.instance_type(row.pool)),
    whole("size", |row, names| names.size(row.pool)),
    text("platform", |row, names| names.platform(row.pool)),
    text("tenancy", |row, names| names.tenancy(row.pool)),
];

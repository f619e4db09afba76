//! Table `billing`.

use std::borrow::Cow;

use super::column::{Column, number, text, unsaid, whole};
use super::names::{count, money, time};
use super::words;
use crate::simulation::BillingRow;

pub(super) const BILLING: &[Column<BillingRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    text("kind", |row, _| Some(Cow::Borrowed(words::kind(row.kind)))),
    text("payer", |row, names| names.party(row.payer)),
    text("payee", |row, names| names.party(row.payee)),
    number("amount", |row, _| money(row.amount)),
    // Exact: the amount in 10⁻⁹ of the currency.
    whole("amount_nano", |row, _| count(row.amount.units())),
    text("currency", |row, names| names.currency(row.currency)),
    whole("request", |row, _| row.request.and_then(count)),
    whole("lease", |row, _| row.lease.and_then(count)),
    text("asked_pool", |row, names| names.pool(row.home)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.home)),
    unsaid("account"),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    whole("tier", |row, _| row.tier.and_then(count)),
    unsaid("slot_ids"),
    whole("start_us", |row, _| time(row.from)),
    whole("end_us", |row, _| time(row.to)),
    whole("slot_us", |row, _| row.slot_ticks.and_then(count)),
    unsaid("zone"),
    unsaid("instance_type"),
    unsaid("size"),
    unsaid("platform"),
    unsaid("tenancy"),
];

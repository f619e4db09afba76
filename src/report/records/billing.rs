//! Table `billing`.

use std::borrow::Cow;

use super::column::{Column, number, text, whole};
use super::names::{count, money, slot_ids, time};
use super::words;
use crate::market::Level;
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
    text("account", |row, names| names.account_of(row.home)),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    whole("tier", |row, _| row.tier.and_then(count)),
    text("slot_ids", |row, _| slot_ids(row.places.as_deref())),
    whole("start_us", |row, _| time(row.from)),
    whole("end_us", |row, _| time(row.to)),
    whole("slot_us", |row, _| row.slot_ticks.and_then(count)),
    text("region", |row, names| names.places(row.places.as_deref(), Level::Region)),
    text("zone", |row, names| names.places(row.places.as_deref(), Level::Zone)),
    text("instance_type", |row, names| names.instance_type(row.pool)),
    whole("size", |row, names| names.size(row.pool)),
    text("platform", |row, names| names.platform(row.pool)),
    text("tenancy", |row, names| names.tenancy(row.pool)),
];

//! Tables `requests` and `bids`.

use std::borrow::Cow;

use super::column::{Column, number, text, whole};
use super::names::{count, hours, time};
use super::words;
use crate::market::Level;
use crate::simulation::{BidEvent, BidRow, RequestRow, RoundRow};

pub(super) const REQUESTS: &[Column<RequestRow>] = &[
    whole("request", |row, _| count(row.request)),
    text("pool", |row, names| names.pool(row.home)),
    text("partner", |row, names| row.affiliation.and_then(|pool| names.pool(pool))),
    text("customer", |row, names| names.owner(row.home)),
    text("account", |row, names| names.account_of(row.home)),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    text("supplies", |row, names| row.supplies.and_then(|pool| names.pool(pool))),
    whole("arrived_us", |row, _| time(row.arrived)),
    whole("started_us", |row, _| row.started.and_then(time)),
    whole("ended_us", |row, _| time(row.ended)),
    whole("waited_us", |row, _| Some(row.waited.ticks())),
    whole("slots", |row, _| count(row.slots)),
    // A supply line asks for good.
    whole("declared_us", |row, _| row.supplies.is_none().then(|| row.declared.ticks())),
    number("bid", |row, _| Some(row.bid.as_currency())),
    number("value", |row, _| Some(row.value.as_currency())),
    text("currency", |row, names| names.currency_of(row.home)),
    whole("interruptions", |row, _| count(row.interruptions)),
    whole("bursts", |row, _| count(row.bursts)),
    number("work_lost", |row, _| Some(hours(row.work_lost))),
    text("fate", |row, _| Some(Cow::Borrowed(words::fate(row.fate)))),
    text("reason", |row, _| words::refusal(row.fate).map(Cow::Borrowed)),
    text("region", |row, names| names.demanded(row.member, Level::Region)),
    text("zone", |row, names| names.demanded(row.member, Level::Zone)),
    text("instance_type", |row, names| names.instance_type(row.home)),
    whole("size", |row, names| names.size(row.home)),
    text("platform", |row, names| names.platform(row.home)),
    text("tenancy", |row, names| names.tenancy(row.home)),
];

pub(super) const BIDS: &[Column<BidRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    text("event", |row, _| {
        Some(Cow::Borrowed(match row.event {
            BidEvent::Made => "made",
            BidEvent::Revised => "revised",
            BidEvent::Round(_) => "round",
        }))
    }),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.pool)),
    text("account", |row, names| names.account_of(row.pool)),
    whole("request", |row, _| count(row.request)),
    text("user", |row, names| names.user(row.member)),
    text("department", |row, names| names.department(row.member)),
    text("group", |row, names| names.group(row.member)),
    whole("slots", |row, _| count(row.slots)),
    number("bid", |row, _| Some(row.bid.as_currency())),
    text("currency", |row, names| names.currency_of(row.pool)),
    whole("round_opened_us", |row, _| round(row).and_then(|round| time(round.opened))),
    number("round_minimum", |row, _| round(row).map(|round| round.minimum.as_currency())),
    number("round_price", |row, _| round(row).map(|round| round.price.as_currency())),
    whole("slots_won", |row, _| round(row).and_then(|round| count(round.won))),
    number("rate", |row, _| round(row).map(|round| round.rate.as_currency())),
];

fn round(row: &BidRow) -> Option<RoundRow> {
    if let BidEvent::Round(round) = row.event { Some(round) } else { None }
}

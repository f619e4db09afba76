//! Tables `requests` and `bids`.

use super::column::{Columns, ROW};
use super::names::{Names, count, hours, time};
use super::words;
use crate::market::Level;
use crate::simulation::{BidEvent, BidRow, RequestRow, RoundRow};

pub(super) fn requests<'m>(names: &Names<'m>) -> Columns<'m, RequestRow> {
    Columns::<RequestRow>::begin(ROW, names)
        .whole("request", |row, _| count(row.request))
        .named("pool", |row| row.home, Names::pool)
        .named("partner", |row| row.affiliation, Names::pool_if)
        .customer(|row| row.home)
        .member(|row| row.member)
        .named("supplies", |row| row.supplies, Names::pool_if)
        .whole("arrived_us", |row, _| time(row.arrived))
        .whole("started_us", |row, _| row.started.and_then(time))
        .whole("ended_us", |row, _| time(row.ended))
        .whole("waited_us", |row, _| Some(row.waited.ticks()))
        .whole("slots", |row, _| count(row.slots))
        // A supply line asks for good.
        .whole("declared_us", |row, _| row.supplies.is_none().then(|| row.declared.ticks()))
        .number("bid", |row, _| Some(row.bid.as_currency()))
        .number("value", |row, _| Some(row.value.as_currency()))
        .named("currency", |row| row.home, Names::currency_of)
        .whole("interruptions", |row, _| count(row.interruptions))
        .whole("bursts", |row, _| count(row.bursts))
        .number("work_lost", |row, _| Some(hours(row.work_lost)))
        .word("fate", |row, _| Some(words::fate(row.fate)))
        .word("reason", |row, _| words::refusal(row.fate))
        .named("region", |row| row.member, |names, member| names.demanded(member, Level::Region))
        .named("zone", |row| row.member, |names, member| names.demanded(member, Level::Zone))
        .instance(|row| row.home)
}

pub(super) fn bids<'m>(names: &Names<'m>) -> Columns<'m, BidRow> {
    Columns::<BidRow>::begin(ROW, names)
        .whole("time_us", |row, _| time(row.at))
        .word("event", |row, _| Some(words::event(row.event)))
        .named("pool", |row| row.pool, Names::pool)
        .customer(|row| row.pool)
        .whole("request", |row, _| count(row.request))
        .member(|row| row.member)
        .whole("slots", |row, _| count(row.slots))
        .number("bid", |row, _| Some(row.bid.as_currency()))
        .named("currency", |row| row.pool, Names::currency_of)
        .whole("round_opened_us", |row, _| round(row).and_then(|round| time(round.opened)))
        .number("round_minimum", |row, _| round(row).map(|round| round.minimum.as_currency()))
        .number("round_price", |row, _| round(row).map(|round| round.price.as_currency()))
        .whole("slots_won", |row, _| round(row).and_then(|round| count(round.won)))
        .number("rate", |row, _| round(row).map(|round| round.rate.as_currency()))
}

fn round(row: &BidRow) -> Option<RoundRow> {
    if let BidEvent::Round(round) = row.event { Some(round) } else { None }
}

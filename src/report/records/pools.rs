//! Tables `pools`, `prices` and `operations`.

use std::borrow::Cow;

use super::column::{Columns, ROW};
use super::names::{Names, count, time};
use super::words;
use crate::market::Level;
use crate::simulation::{OperationRow, PoolRow, PriceRow};

pub(super) fn pools<'m>(names: &Names<'m>) -> Columns<'m, PoolRow> {
    Columns::<PoolRow>::begin(ROW, names)
        .whole("time_us", |row, _| time(row.at))
        .named("pool", |row| row.pool, Names::pool)
        .customer(|row| row.pool)
        .named("currency", |row| row.pool, Names::currency_of)
        .word("stage", |row, _| Some(words::stage(row.stage)))
        .word("method", |row, names| Some(words::method(&names.rules(row.pool).pricing)))
        .whole("slots", |row, names| names.slots(row.pool))
        .number("minimum", |row, names| Some(names.rules(row.pool).minimum.as_currency()))
        .text("region", |row, names| names.places(names.own_slots(row.pool), Level::Region))
        .text("zone", |row, names| names.places(names.own_slots(row.pool), Level::Zone))
        .instance(|row| row.pool)
}

pub(super) fn prices<'m>(names: &Names<'m>) -> Columns<'m, PriceRow> {
    Columns::<PriceRow>::begin(ROW, names)
        .whole("time_us", |row, _| time(row.at))
        .named("pool", |row| row.pool, Names::pool)
        .named("customer", |row| row.pool, Names::owner)
        .named("currency", |row| row.pool, Names::currency_of)
        .number("price", |row, _| Some(row.level.price.as_currency()))
        .number("minimum", |row, _| Some(row.level.minimum.as_currency()))
        .whole("slots", |row, _| row.level.capacity.and_then(count))
        .whole("slots_held", |row, _| count(row.level.occupied))
        .whole("waiting", |row, _| count(row.level.waiting))
}

pub(super) fn operations<'m>(names: &Names<'m>) -> Columns<'m, OperationRow> {
    Columns::<OperationRow>::begin(ROW, names)
        .whole("time_us", |row, _| time(row.at))
        .whole("operation", |row, _| count(row.operation))
        .word("change", |row, _| Some(row.change))
        .named("account", |row| row.by, Names::account)
        .named("party", |row| row.by, Names::party_of)
        .named("pool", |row| row.pool, Names::pool)
        .named("customer", |row| row.pool, Names::owner)
        .word("answer", |row, _| Some(if row.result.is_ok() { "done" } else { "denied" }))
        .text("reason", |row, _| row.result.err().map(|denial| Cow::Owned(words::denial(denial))))
}

//! Tables `pools`, `prices` and `operations`.

use std::borrow::Cow;

use super::column::{Column, number, text, unsaid, whole};
use super::names::{count, time};
use super::words;
use crate::market::Slots;
use crate::simulation::{OperationRow, PoolRow, PriceRow};

pub(super) const POOLS: &[Column<PoolRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.pool)),
    unsaid("account"),
    text("currency", |row, names| names.currency_of(row.pool)),
    text("method", |row, names| Some(Cow::Borrowed(words::method(&names.model.pools[row.pool.index()].rules.pricing)))),
    whole("slots", |row, names| match names.model.pools[row.pool.index()].rules.slots {
        Slots::Count(slots) => count(slots),
        Slots::Unlimited => None,
    }),
    number("minimum", |row, names| Some(names.model.pools[row.pool.index()].rules.minimum.as_currency())),
    unsaid("region"),
    unsaid("zone"),
    unsaid("instance_type"),
    unsaid("size"),
    unsaid("platform"),
    unsaid("tenancy"),
];

pub(super) const PRICES: &[Column<PriceRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.pool)),
    text("currency", |row, names| names.currency_of(row.pool)),
    number("price", |row, _| Some(row.level.price.as_currency())),
    number("minimum", |row, _| Some(row.level.minimum.as_currency())),
    whole("slots", |row, _| row.level.capacity.and_then(count)),
    whole("slots_held", |row, _| count(row.level.occupied)),
    whole("waiting", |row, _| count(row.level.waiting)),
];

pub(super) const OPERATIONS: &[Column<OperationRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    whole("operation", |row, _| count(row.operation)),
    whole("account", |row, _| count(row.by.0)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.pool)),
    text("answer", |row, _| Some(Cow::Borrowed(if row.result.is_ok() { "done" } else { "denied" }))),
    text("reason", |row, _| row.result.err().map(|denial| Cow::Owned(words::denial(denial)))),
];

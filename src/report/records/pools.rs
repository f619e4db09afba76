//! Tables `pools`, `prices` and `operations`.

use std::borrow::Cow;

use super::column::{Column, number, text, whole};
use super::names::{count, time};
use super::words;
use crate::market::{Level, Slots};
use crate::simulation::{OperationRow, PoolRow, PriceRow};

pub(super) const POOLS: &[Column<PoolRow>] = &[
    whole("time_us", |row, _| time(row.at)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.pool)),
    text("account", |row, names| names.account_of(row.pool)),
    text("currency", |row, names| names.currency_of(row.pool)),
    text("stage", |row, _| Some(Cow::Borrowed(words::stage(row.stage)))),
    text("method", |row, names| Some(Cow::Borrowed(words::method(&names.model.pools[row.pool.index()].rules.pricing)))),
    whole("slots", |row, names| match names.model.pools[row.pool.index()].rules.slots {
        Slots::Count(slots) => count(slots),
        Slots::Unlimited => None,
    }),
    number("minimum", |row, names| Some(names.model.pools[row.pool.index()].rules.minimum.as_currency())),
    text("region", |row, names| names.places(names.own_slots(row.pool), Level::Region)),
    text("zone", |row, names| names.places(names.own_slots(row.pool), Level::Zone)),
    text("instance_type", |row, names| names.instance_type(row.pool)),
    whole("size", |row, names| names.size(row.pool)),
    text("platform", |row, names| names.platform(row.pool)),
    text("tenancy", |row, names| names.tenancy(row.pool)),
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
    text("change", |row, _| Some(Cow::Borrowed(row.change))),
    text("account", |row, names| names.account(row.by)),
    text("party", |row, names| names.party_of(row.by)),
    text("pool", |row, names| names.pool(row.pool)),
    text("customer", |row, names| names.owner(row.pool)),
    text("answer", |row, _| Some(Cow::Borrowed(if row.result.is_ok() { "done" } else { "denied" }))),
    text("reason", |row, _| row.result.err().map(|denial| Cow::Owned(words::denial(denial)))),
];

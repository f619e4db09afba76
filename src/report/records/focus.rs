//! `focus.parquet`: the postings with the columns of FOCUS 1.2, the FinOps Open Cost and Usage Specification.
//!
//! All 57 columns of that version stand in alphabetical order; what does not apply is null. Whoever pays is the billing
//! account, the pool that was asked the sub-account, and whoever is paid provider, publisher and issuer of the invoice in
//! one. Nothing is negotiated, so that list, contracted and billed cost are one amount; and nothing is amortised: the
//! effective cost of what is paid in advance is what is billed, in the month in which it is. What is owed for a slot that
//! was bought for a term stands in two rows, if a part of it was used and a part was not. Columns of our own begin with
//! `x_`, as the specification has it.

use std::borrow::Cow;

use super::column::{Column, number, text, unsaid, whole};
use super::names::{Name, Names, count, hours, money};
use super::table::First;
use super::words;
use crate::market::{BillingKind, Due, Level, Pricing};
use crate::simulation::BillingRow;
use crate::units::Money;

/// What begins a row.
pub(super) const ROW: First = ["x_Arm", "x_Replication"];

pub(super) const FOCUS: &[Column<BillingRow>] = &[
    text("AvailabilityZone", |row, names| names.only_place(row.places.as_deref(), Level::Zone)),
    number("BilledCost", |row, _| money(row.amount)),
    text("BillingAccountId", |row, names| names.party(row.payer)),
    text("BillingAccountName", |row, names| Some(Cow::Borrowed(names.party_name(row.payer)))),
    text("BillingAccountType", |row, names| Some(Cow::Borrowed(names.party_kind(row.payer)))),
    text("BillingCurrency", |row, names| names.currency(row.currency)),
    text("BillingPeriodEnd", |row, names| Some(Cow::Owned(names.epoch.month(row.at).1))),
    text("BillingPeriodStart", |row, names| Some(Cow::Owned(names.epoch.month(row.at).0))),
    unsaid("CapacityReservationId"),
    unsaid("CapacityReservationStatus"),
    text("ChargeCategory", |row, _| Some(Cow::Borrowed(category(row.kind)))),
    // Nothing is corrected afterwards.
    unsaid("ChargeClass"),
    text("ChargeDescription", |row, names| Some(Cow::Owned(description(row, names)))),
    text("ChargeFrequency", |row, _| Some(Cow::Borrowed(frequency(row.kind)))),
    text("ChargePeriodEnd", |row, names| Some(Cow::Owned(names.epoch.instant(row.to)))),
    text("ChargePeriodStart", |row, names| Some(Cow::Owned(names.epoch.instant(row.from)))),
    // What is bought is slots for a time, not a sum to be spent.
    text("CommitmentDiscountCategory", |row, _| row.commitment.map(|_| Cow::Borrowed("Usage"))),
    text("CommitmentDiscountId", |row, _| row.commitment.and(row.request).map(|of| Cow::Owned(format!("term-{of}")))),
    text("CommitmentDiscountName", commitment),
    number("CommitmentDiscountQuantity", committed),
    text("CommitmentDiscountStatus", |row, _| status(row).map(Cow::Borrowed)),
    text("CommitmentDiscountType", |row, _| row.commitment.map(|_| Cow::Borrowed("Reservation"))),
    text("CommitmentDiscountUnit", |row, names| committed(row, names).map(|_| Cow::Borrowed(SLOT_HOURS))),
    number("ConsumedQuantity", |row, _| consumed(row)),
    text("ConsumedUnit", |row, _| consumed(row).map(|_| Cow::Borrowed(SLOT_HOURS))),
    number("ContractedCost", |row, _| money(row.amount)),
    number("ContractedUnitPrice", |row, _| unit_price(row)),
    number("EffectiveCost", |row, _| money(row.amount)),
    unsaid("InvoiceId"),
    text("InvoiceIssuerName", |row, names| Some(Cow::Borrowed(names.party_name(row.payee)))),
    number("ListCost", |row, _| money(row.amount)),
    number("ListUnitPrice", |row, _| unit_price(row)),
    text("PricingCategory", |row, names| Some(Cow::Borrowed(pricing(row, names)))),
    text("PricingCurrency", |row, names| names.currency(row.currency)),
    number("PricingCurrencyContractedUnitPrice", |row, _| unit_price(row)),
    number("PricingCurrencyEffectiveCost", |row, _| money(row.amount)),
    number("PricingCurrencyListUnitPrice", |row, _| unit_price(row)),
    number("PricingQuantity", |row, _| Some(quantity(row))),
    text("PricingUnit", |row, _| Some(Cow::Borrowed(unit(row)))),
    text("ProviderName", |row, names| Some(Cow::Borrowed(names.party_name(row.payee)))),
    text("PublisherName", |row, names| Some(Cow::Borrowed(names.party_name(row.payee)))),
    text("RegionId", |row, names| names.only_place(row.places.as_deref(), Level::Region)),
    text("RegionName", |row, names| names.only_place(row.places.as_deref(), Level::Region)),
    text("ResourceId", |row, _| row.lease.map(|lease| Cow::Owned(format!("lease-{lease}")))),
    text("ResourceName", |row, names| row.lease.and_then(|_| names.pool(row.pool))),
    text("ResourceType", |row, _| row.lease.map(|_| Cow::Borrowed("Lease"))),
    text("ServiceCategory", |_, _| Some(Cow::Borrowed("Compute"))),
    text("ServiceName", |row, names| names.pool(row.pool)),
    text("ServiceSubcategory", |_, _| Some(Cow::Borrowed("Other (Compute)"))),
    text("SkuId", |row, names| names.pool(row.pool)),
    text("SkuMeter", |row, _| Some(Cow::Borrowed(words::kind(row.kind)))),
    unsaid("SkuPriceDetails"),
    text("SkuPriceId", |row, names| {
        names.pool(row.pool).map(|pool| Cow::Owned(format!("{pool}/{}", words::kind(row.kind))))
    }),
    text("SubAccountId", |row, names| names.account_of(row.home).or_else(|| names.pool(row.home))),
    text("SubAccountName", |row, names| names.account_of(row.home).or_else(|| names.pool(row.home))),
    text("SubAccountType", |row, names| {
        Some(Cow::Borrowed(if names.account_of(row.home).is_some() { "account" } else { "pool" }))
    }),
    text("Tags", |row, names| Some(Cow::Owned(tags(row, names)))),
    text("x_Kind", |row, _| Some(Cow::Borrowed(words::kind(row.kind)))),
    whole("x_RequestNumber", |row, _| row.request.and_then(count)),
    whole("x_LeaseNumber", |row, _| row.lease.and_then(count)),
    whole("x_Tier", |row, _| row.tier.and_then(count)),
];

const SLOT_HOURS: &str = "Slot-Hours";

/// A posting as rows: what was used of a slot that was bought for a term stands before what was not. Its charge goes with
/// the time, or where it is due for use alone, with that.
pub(super) fn rows(row: BillingRow, names: &Names<'_>) -> impl Iterator<Item = BillingRow> {
    let purchase = row.commitment.and_then(|line| names.purchase(line));
    let (used, all) = (row.used.unwrap_or(0), row.slot_ticks.unwrap_or(0));
    if purchase.is_none() || used <= 0 || used >= all {
        return [Some(row), None].into_iter().flatten();
    }
    let is_by_use = purchase.is_some_and(|purchase| purchase.due == Due::Use);
    let paid = if is_by_use { row.amount } else { part(row.amount, used, all) };
    let (is, is_not) = (BillingRow { amount: paid, slot_ticks: Some(used), ..row.clone() }, row.amount - paid);
    let unused = BillingRow { amount: is_not, slot_ticks: Some(all - used), used: Some(0), ..row };
    [Some(is), Some(unused)].into_iter().flatten()
}

/// Of an amount for `all`, what `some` of it comes to, rounded down.
fn part(amount: Money, some: i128, all: i128) -> Money {
    let units = amount.units();
    Money::from_units(units.checked_mul(some).map_or_else(|| units / all * some, |product| product / all))
}

/// Was a slot that was bought for a term used?
fn status(row: &BillingRow) -> Option<&'static str> {
    let is_used = row.used? > 0 || row.slot_ticks == Some(0);
    Some(if is_used { USED } else { "Unused" })
}

const USED: &str = "Used";

/// What is owed for the use of slots is usage, and so is a share of that; what is bought for a time to come, used or not,
/// is a purchase; what parties to a merger settle among themselves is neither.
fn category(kind: BillingKind) -> &'static str {
    match kind {
        BillingKind::Use | BillingKind::Fee | BillingKind::Recharge => "Usage",
        BillingKind::FlatFee
        | BillingKind::Prepaid
        | BillingKind::Upfront
        | BillingKind::PoolFee
        | BillingKind::PoolHours => "Purchase",
        BillingKind::Sharing => "Adjustment",
    }
}

fn frequency(kind: BillingKind) -> &'static str {
    match kind {
        BillingKind::Use | BillingKind::Fee | BillingKind::Recharge => "Usage-Based",
        BillingKind::PoolHours => "Recurring",
        BillingKind::FlatFee
        | BillingKind::Prepaid
        | BillingKind::Upfront
        | BillingKind::PoolFee
        | BillingKind::Sharing => "One-Time",
    }
}

/// Slots have a price that moves wherever it is not posted; fees on top are no price of a slot.
fn pricing(row: &BillingRow, names: &Names<'_>) -> &'static str {
    if row.commitment.is_some() {
        return "Committed";
    }
    match (row.kind, &names.model.pools[row.pool.index()].rules.pricing) {
        (BillingKind::Use | BillingKind::Prepaid, Pricing::Posted(_)) => "Standard",
        (BillingKind::Use | BillingKind::Prepaid, _) => "Dynamic",
        (BillingKind::Upfront | BillingKind::PoolFee | BillingKind::PoolHours, _) => "Standard",
        (BillingKind::Fee | BillingKind::FlatFee | BillingKind::Recharge | BillingKind::Sharing, _) => "Other",
    }
}

/// From whom to whom.
fn commitment<'m>(row: &BillingRow, names: &Names<'m>) -> Name<'m> {
    let (to, _) = row.commitment?;
    Some(Cow::Owned(format!("{} for {}", names.pool(row.pool)?, names.pool(to)?)))
}

/// Slot-hours that are bought, or for which the hourly price falls due.
fn committed(row: &BillingRow, names: &Names<'_>) -> Option<f64> {
    let purchase = names.purchase(row.commitment?)?;
    match row.kind {
        BillingKind::Upfront => Some(hours(i128::from(purchase.term.ticks()))),
        _ => slot_hours(row),
    }
}

/// What was had, used or not; a fee on top is for no slots itself.
fn slot_hours(row: &BillingRow) -> Option<f64> {
    (row.kind == BillingKind::Use).then_some(row.slot_ticks).flatten().map(hours)
}

/// Only of usage, as the specification has it, and not of what lay idle.
fn consumed(row: &BillingRow) -> Option<f64> {
    slot_hours(row).filter(|_| status(row).is_none_or(|status| status == USED))
}

/// Slot-hours where it is for them that is paid, else one of a kind.
fn quantity(row: &BillingRow) -> f64 {
    slot_hours(row).unwrap_or(1.0)
}

fn unit(row: &BillingRow) -> &'static str {
    if slot_hours(row).is_some() { SLOT_HOURS } else { "Units" }
}

/// On average over what is billed; nothing can be said of no quantity.
fn unit_price(row: &BillingRow) -> Option<f64> {
    let quantity = quantity(row);
    (quantity > 0.0).then(|| row.amount.as_currency() / quantity)
}

fn description(row: &BillingRow, names: &Names<'_>) -> String {
    let pool = &names.model.pools[row.pool.index()].name;
    match row.kind {
        BillingKind::Use if status(row).is_some_and(|status| status != USED) => format!("unused slots of {pool}"),
        BillingKind::Use => format!("use of slots of {pool}"),
        BillingKind::Fee => format!("per-cent fee on slots of {pool}"),
        BillingKind::FlatFee => format!("flat fee for a burst into {pool}"),
        BillingKind::Prepaid => format!("slots of {pool}, paid in advance"),
        BillingKind::Upfront => format!("reservation of slots of {pool}"),
        BillingKind::PoolFee => format!("creation of {pool}"),
        BillingKind::PoolHours => format!("time for which there is {pool}"),
        BillingKind::Recharge => format!("member's part of a burst into {pool}"),
        BillingKind::Sharing => format!("part in what {pool} earned and spent"),
    }
}

/// A JSON object with keys in alphabetical order.
fn tags(row: &BillingRow, names: &Names<'_>) -> String {
    let mut tags = serde_json::Map::new();
    for (key, value) in [
        ("department", names.department(row.member)),
        ("group", names.group(row.member)),
        ("user", names.user(row.member)),
    ] {
        if let Some(value) = value {
            tags.insert(key.to_owned(), value.into_owned().into());
        }
    }
    serde_json::Value::Object(tags).to_string()
}

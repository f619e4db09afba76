//! `focus.parquet`: the postings with the columns of FOCUS 1.2, the FinOps Open Cost and Usage Specification.
//!
//! All 57 columns of that version stand in alphabetical order; what does not apply is null. Whoever pays is the billing
//! account, the pool that was asked the sub-account, and whoever is paid provider, publisher and issuer of the invoice in
//! one. Nothing is negotiated, so that list, contracted and billed cost are one amount; and nothing is amortised: the
//! effective cost of what is paid in advance is what is billed, in the month in which it is. What is owed for a slot that
//! was bought for a term stands in two rows, if a part of it was used and a part was not. Columns of our own begin with
//! `x_`, as the specification has it.

use std::borrow::Cow;

use super::column::{Columns, First};
use super::instants::instants;
use super::names::{Name, Names, count, day, hours, money, numbered};
use super::words;
use crate::market::{BillingKind, Due, Level, PoolId, Pricing};
use crate::simulation::BillingRow;
use crate::units::Money;

/// What begins a row.
pub(super) const ROW: First = ["x_Arm", "x_Replication"];

pub(super) fn focus<'m>(names: &Names<'m>) -> Columns<'m, BillingRow> {
    Columns::<BillingRow>::begin(ROW, names)
        .text("AvailabilityZone", |row, names| names.only_place(row.places.as_deref(), Level::Zone))
        .number("BilledCost", |row, _| money(row.amount))
        .named("BillingAccountId", |row| row.payer, Names::party)
        .named("BillingAccountName", |row| row.payer, Names::party_name)
        .word("BillingAccountType", |row, names| Some(names.party_kind(row.payer)))
        .named("BillingCurrency", |row| row.currency, Names::currency)
        .by_run("BillingPeriodEnd", |row| day(row.at), Names::end_of_month)
        .by_run("BillingPeriodStart", |row| day(row.at), Names::start_of_month)
        .unsaid("CapacityReservationId")
        .unsaid("CapacityReservationStatus")
        .word("ChargeCategory", |row, _| Some(category(row.kind)))
        // Nothing is corrected afterwards.
        .unsaid("ChargeClass")
        .named("ChargeDescription", |row| ((row.pool, is_unused(row)), row.kind), description)
        .word("ChargeFrequency", |row, _| Some(frequency(row.kind)))
        .written("ChargePeriodEnd", instants(names.epoch, |row: &BillingRow| row.to))
        .written("ChargePeriodStart", instants(names.epoch, |row: &BillingRow| row.from))
        // What is bought is slots for a time, not a sum to be spent.
        .word("CommitmentDiscountCategory", |row, _| row.commitment.map(|_| "Usage"))
        .text("CommitmentDiscountId", |row, _| {
            row.commitment.and(row.request).map(|of| Cow::Owned(format!("term-{of}")))
        })
        .text("CommitmentDiscountName", commitment)
        .number("CommitmentDiscountQuantity", committed)
        .word("CommitmentDiscountStatus", |row, _| status(row))
        .word("CommitmentDiscountType", |row, _| row.commitment.map(|_| "Reservation"))
        .word("CommitmentDiscountUnit", |row, names| committed(row, names).map(|_| SLOT_HOURS))
        .number("ConsumedQuantity", |row, _| consumed(row))
        .word("ConsumedUnit", |row, _| consumed(row).map(|_| SLOT_HOURS))
        .same("ContractedCost", "BilledCost")
        .number("ContractedUnitPrice", |row, _| unit_price(row))
        .same("EffectiveCost", "BilledCost")
        .unsaid("InvoiceId")
        .named("InvoiceIssuerName", |row| row.payee, Names::party_name)
        .same("ListCost", "BilledCost")
        .same("ListUnitPrice", "ContractedUnitPrice")
        .word("PricingCategory", |row, names| Some(pricing(row, names)))
        .same("PricingCurrency", "BillingCurrency")
        .same("PricingCurrencyContractedUnitPrice", "ContractedUnitPrice")
        .same("PricingCurrencyEffectiveCost", "BilledCost")
        .same("PricingCurrencyListUnitPrice", "ContractedUnitPrice")
        .number("PricingQuantity", |row, _| Some(quantity(row)))
        .word("PricingUnit", |row, _| Some(unit(row)))
        .same("ProviderName", "InvoiceIssuerName")
        .same("PublisherName", "InvoiceIssuerName")
        .text("RegionId", |row, names| names.only_place(row.places.as_deref(), Level::Region))
        .same("RegionName", "RegionId")
        .written("ResourceId", |row, _, text| numbered(text, "lease-", row.lease?))
        .named("ResourceName", |row| row.lease.map(|_| row.pool), Names::pool_if)
        .word("ResourceType", |row, _| row.lease.map(|_| "Lease"))
        .always("ServiceCategory", "Compute")
        .named("ServiceName", |row| row.pool, Names::pool)
        .always("ServiceSubcategory", "Other (Compute)")
        .same("SkuId", "ServiceName")
        .word("SkuMeter", |row, _| Some(words::kind(row.kind)))
        .unsaid("SkuPriceDetails")
        .named("SkuPriceId", |row| (row.pool, row.kind), sku)
        .named("SubAccountId", |row| row.home, Names::account_or_pool)
        .same("SubAccountName", "SubAccountId")
        .word("SubAccountType", |row, names| Some(sub_account(row, names)))
        .named("Tags", |row| row.member, tags)
        .same("x_Kind", "SkuMeter")
        .whole("x_RequestNumber", |row, _| row.request.and_then(count))
        .whole("x_LeaseNumber", |row, _| row.lease.and_then(count))
        .whole("x_Tier", |row, _| row.tier.and_then(count))
}

const SLOT_HOURS: &str = "Slot-Hours";

/// A posting as rows: what was used of a slot that was bought for a term stands before what was not. Its charge goes with
/// the time, or where it is due for use alone, with that.
pub(super) fn rows<'r>(row: &'r BillingRow, names: &Names<'_>) -> impl Iterator<Item = Cow<'r, BillingRow>> {
    let purchase = row.commitment.and_then(|line| names.purchase(line));
    let (used, all) = (row.used.unwrap_or(0), row.slot_ticks.unwrap_or(0));
    if purchase.is_none() || used <= 0 || used >= all {
        return [Some(Cow::Borrowed(row)), None].into_iter().flatten();
    }
    let is_by_use = purchase.is_some_and(|purchase| purchase.due == Due::Use);
    let paid = if is_by_use { row.amount } else { part(row.amount, used, all) };
    let (is, is_not) = (BillingRow { amount: paid, slot_ticks: Some(used), ..row.clone() }, row.amount - paid);
    let unused = BillingRow { amount: is_not, slot_ticks: Some(all - used), used: Some(0), ..row.clone() };
    [Some(Cow::Owned(is)), Some(Cow::Owned(unused))].into_iter().flatten()
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
    match (row.kind, &names.rules(row.pool).pricing) {
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

fn is_unused(row: &BillingRow) -> bool {
    status(row).is_some_and(|status| status != USED)
}

fn description<'m>(names: &Names<'m>, ((pool, is_unused), kind): ((PoolId, bool), BillingKind)) -> Name<'m> {
    let pool = names.pool(pool)?;
    Some(Cow::Owned(match kind {
        BillingKind::Use if is_unused => format!("unused slots of {pool}"),
        BillingKind::Use => format!("use of slots of {pool}"),
        BillingKind::Fee => format!("per-cent fee on slots of {pool}"),
        BillingKind::FlatFee => format!("flat fee for a burst into {pool}"),
        BillingKind::Prepaid => format!("slots of {pool}, paid in advance"),
        BillingKind::Upfront => format!("reservation of slots of {pool}"),
        BillingKind::PoolFee => format!("creation of {pool}"),
        BillingKind::PoolHours => format!("time for which there is {pool}"),
        BillingKind::Recharge => format!("member's part of a burst into {pool}"),
        BillingKind::Sharing => format!("part in what {pool} earned and spent"),
    }))
}

/// What has a price of its own.
fn sku<'m>(names: &Names<'m>, (pool, kind): (PoolId, BillingKind)) -> Name<'m> {
    Some(Cow::Owned(format!("{}/{}", names.pool(pool)?, words::kind(kind))))
}

fn sub_account(row: &BillingRow, names: &Names<'_>) -> &'static str {
    if names.rules(row.home).account.is_some() { "account" } else { "pool" }
}

/// A JSON object with keys in alphabetical order.
fn tags<'m>(names: &Names<'m>, member: Option<u32>) -> Name<'m> {
    let mut tags = serde_json::Map::new();
    for (key, value) in
        [("department", names.department(member)), ("group", names.group(member)), ("user", names.user(member))]
    {
        if let Some(value) = value {
            tags.insert(key.to_owned(), value.into_owned().into());
        }
    }
    Some(Cow::Owned(serde_json::Value::Object(tags).to_string()))
}

//! Where requests go that a pool has no room for.

use super::burst_terms;
use crate::demand::Law;
use crate::market::{BudgetRules, BurstRules, Charging, MaxPrice, PoolId, TierTerms, leading_tier};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::laws::{self, Dimension};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};
use crate::scenario::tariff::Tariff;
use crate::units::{Money, Price, Share};

/// A policy as read.
pub(super) struct ReadBurst {
    pub(super) rules: BurstRules,
    /// The law of the maximum price, where each request draws its own.
    pub(super) max_price: Option<Law>,
}

pub(super) fn burst(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<ReadBurst> {
    let path = format!("{}.burst", table.path());
    let node = table.optional("burst").filter(|node| !node.is_word("none"))?;
    let mut table = Fields::new(node, path, d);
    let tiers = burst_terms::tiers(&mut table, index, names, d);
    let leading = tiers.as_ref().and_then(|(tiers, terms)| leading_tier(tiers, terms));
    let tariff = leading.map_or(names.tariff(index), |tier| names.tariff_of(tier, index));
    let is_used = tiers.as_ref().is_none_or(|(tiers, terms)| !all_state_a_price(tiers, terms));
    let max_price = max_price(&mut table, tariff, is_used, d);
    let fee = table.share("fee", d).unwrap_or(Share::ZERO);
    let flat_fee = table.money("flat_fee", tariff, d).unwrap_or(Money::ZERO);
    let budget = budget(&mut table, tariff, d);
    let (tiers, terms) = tiers.unzip();
    let terms = burst_terms::terms(&mut table, terms.unwrap_or_default(), d);
    table.finish(d);
    let (max_price, law) = max_price?;
    let rules = BurstRules { tiers: tiers?, max_price, fee, flat_fee, budget, terms: terms? };
    Some(ReadBurst { rules, max_price: law })
}

/// Has every tier a highest price of its own?
fn all_state_a_price(tiers: &[PoolId], terms: &[TierTerms]) -> bool {
    terms.len() == tiers.len() && terms.iter().all(|terms| terms.max_price.is_some())
}

/// A price, the bid, or a law from which each request draws; it must be stated if any tier uses it.
fn max_price(
    table: &mut Fields<'_>,
    tariff: Tariff<'_>,
    is_used: bool,
    d: &mut Diagnostics,
) -> Option<(MaxPrice, Option<Law>)> {
    if !is_used && table.optional("max_price").is_none() {
        return Some((MaxPrice::Constant(Price::ZERO), None));
    }
    let node = table.required("max_price", &format!("\"0.12 {}/h\" (or \"bid\", or a law)", tariff.currency), d)?;
    if matches!(node.value, Value::Table(_)) {
        let law = laws::law(node, "max_price", Dimension::Price(tariff), d)?;
        return Some((MaxPrice::Drawn, Some(law)));
    }
    stated_price(table, "max_price", tariff, d).map(|price| (price, None))
}

/// A price, or the bid.
pub(super) fn stated_price(
    table: &mut Fields<'_>,
    key: &'static str,
    tariff: Tariff<'_>,
    d: &mut Diagnostics,
) -> Option<MaxPrice> {
    if table.optional(key)?.is_word("bid") {
        return Some(MaxPrice::Bid);
    }
    table.price(key, tariff, d).map(MaxPrice::Constant)
}

fn budget(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<BudgetRules> {
    let path = format!("{}.budget", table.path());
    let node = table.optional("budget").filter(|node| !node.is_word("none"))?;
    let mut table = Fields::new(node, path, d);
    let amount = match table.required("amount", &format!("\"12 {}\"", tariff.currency), d) {
        Some(node) if node.is_word("unlimited") => Some(BudgetRules::UNLIMITED),
        _ => table.money("amount", tariff, d),
    };
    let period = match table.optional("period") {
        Some(Node { value: Value::Text(word), .. }) if word == "run" => None,
        Some(_) => table.duration("period", d),
        None => None,
    };
    if period.is_some_and(|period| period.ticks() == 0) {
        d.error(table.place_of("period"), "`period` must be above 0", "no time")
            .help("leave it out for one budget over the whole run");
    }
    table.required("charging", "\"metered\" or \"prepaid\"", d);
    let charging = [("prepaid", Charging::Prepaid), ("metered", Charging::Metered)];
    let charging = table.choice("charging", &charging, d);
    table.finish(d);
    Some(BudgetRules { amount: amount?, period, charging: charging? })
}

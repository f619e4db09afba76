//! Where requests go that a pool has no room for.

use super::supply::pool_name;
use crate::market::{BudgetRules, BurstRules, Charging, MaxPrice, PoolId};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Value};
use crate::scenario::tariff::Tariff;
use crate::units::{Money, Share};

pub(super) fn burst(
    table: &mut Fields<'_>,
    index: usize,
    names: &Names<'_>,
    d: &mut Diagnostics,
) -> Option<BurstRules> {
    let path = format!("{}.burst", table.path());
    let tariff = names.tariff(index);
    let currency = tariff.currency;
    let node = table.optional("burst").filter(|node| !node.is_word("none"))?;
    let mut table = Fields::new(node, path, d);
    let tiers = tiers(&mut table, index, names, d);
    let max_price = max_price(&mut table, tariff, d);
    let fee = table.share("fee", d).unwrap_or(Share::ZERO);
    let flat_fee = table.money("flat_fee", currency, d).unwrap_or(Money::ZERO);
    let budget = budget(&mut table, currency, d);
    table.finish(d);
    Some(BurstRules { tiers: tiers?, max_price: max_price?, fee, flat_fee, budget })
}

fn max_price(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<MaxPrice> {
    match table
        .required("max_price", &format!("\"0.12 {}/h\" (or \"bid\")", tariff.currency), d)
        .map(|node| &node.value)
    {
        Some(Value::Text(word)) if word == "bid" => Some(MaxPrice::Bid),
        Some(_) => table.price("max_price", tariff, d).map(MaxPrice::Constant),
        None => None,
    }
}

fn tiers(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<Vec<PoolId>> {
    let node = table.required("tiers", "[\"POOL\"]", d)?;
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`tiers` is {}", node.kind()), "expected a list of pools")
            .help("write tiers = [\"own-spare\", \"on-demand\"]");
        return None;
    };
    if items.is_empty() || items.len() > 255 {
        d.error(&node.at, "a ladder has 1 to 255 tiers", "not such a number of tiers")
            .help("to take a burst policy away in an arm, write burst = \"none\"");
    }
    let found: Vec<PoolId> = items.iter().filter_map(|item| pool_name(item, index, names, d)).collect();
    (found.len() == items.len()).then_some(found)
}

fn budget(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> Option<BudgetRules> {
    let path = format!("{}.budget", table.path());
    let node = table.optional("budget").filter(|node| !node.is_word("none"))?;
    let mut table = Fields::new(node, path, d);
    table.required("amount", &format!("\"12 {currency}\""), d);
    let amount = table.money("amount", currency, d);
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

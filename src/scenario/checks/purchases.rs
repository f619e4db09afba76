//! Slots that are bought for a term.

use super::{Check, manner};
use crate::market::{AtExpiry, PoolRules, Pricing, SupplyLine};
use crate::scenario::diagnostic::Diagnostics;

impl Check<'_> {
    pub(super) fn purchases(&self, d: &mut Diagnostics) {
        for (number, line) in self.rules.supply.iter().enumerate().filter(|(_, line)| line.purchase.is_some()) {
            let (source, name) = (&self.all.pools[line.from.index()].rules, self.all.names.pools[line.from.index()]);
            let reason = match &source.pricing {
                Pricing::Posted(_) if source.billing_unit.is_none() => continue,
                Pricing::Posted(_) => "bills by started units".to_owned(),
                other => manner(other).to_owned(),
            };
            let message =
                format!("slots are bought for a term at a posted price, billed to the instant; pool `{name}` {reason}");
            d.error(self.supply_line(number, "purchase"), message, "not sold for a term")
                .help("buy them from a pool with posted pricing and without `billing_unit`, or leave out `purchase`");
        }
    }
}

/// Does a pool lose slots because their term is over?
pub(super) fn expires(rules: &PoolRules) -> bool {
    let ends = |line: &SupplyLine| line.purchase.map(|purchase| purchase.at_expiry);
    rules.supply.iter().any(|line| ends(line) == Some(AtExpiry::TakeBack))
}

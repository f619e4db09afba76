//! What pools sell to each other: supply, and tiers of bursts.

use super::{Check, manner};
use crate::market::{Clearing, Pricing, Slots, SupplyLine};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::source::At;
use crate::units::Price;

impl<'a> Check<'a> {
    pub(super) fn supply(&self, d: &mut Diagnostics) {
        for (number, line) in self.rules.supply.iter().enumerate() {
            self.line(number, line, d);
        }
        let asked: u64 = self.rules.supply.iter().map(|line| u64::from(line.slots)).sum();
        if let Slots::Count(own) = self.rules.slots
            && asked + u64::from(own) > u64::from(u32::MAX / 4)
        {
            d.error(self.at(&["supply"]), "a pool cannot have so many slots", "too many")
                .help("lower `slots` here or of the pool");
        }
    }

    fn line(&self, number: usize, line: &SupplyLine, d: &mut Diagnostics) {
        match &self.all.pools[line.from.index()].rules.pricing {
            Pricing::Posted(price) if line.bid < *price => {
                let (bid, price) = (line.bid.as_currency(), price.as_currency());
                let message = format!("the bid of {bid} is below the posted price of {price}");
                d.error(self.supply_line(number, "bid"), message, "never served")
                    .help("raise it, or leave `bid` out to take any price");
            }
            Pricing::Spot(_) | Pricing::Given(_) if line.bid == Price::MAX => {
                d.error(self.supply_line(number, "bid"), "a supply line from a spot pool needs a `bid`", "no `bid`")
                    .help("write what the owner bids for each slot: bid = \"0.03 USD/h\"");
            }
            Pricing::Posted(_) | Pricing::Spot(_) | Pricing::Given(_) => {}
            other => {
                let from = self.all.names.pools[line.from.index()];
                let message = format!(
                    "supply comes from pools with posted, spot or given prices, and pool `{from}` {}",
                    manner(other)
                );
                d.error(self.supply_line(number, "from"), message, "cannot supply")
                    .help("take the slots from a pool with posted, spot or given pricing");
            }
        }
    }

    /// The place of a key of a supply line, or of the line, or of all of them where one could not be read.
    pub(super) fn supply_line(&self, number: usize, key: &str) -> &'a At {
        let lines = self.node.get("supply").map(|entry| &entry.node);
        match self.items(lines, self.rules.supply.len()) {
            Some(lines) => lines[number].get(key).map_or(&lines[number].at, |entry| &entry.node.at),
            None => self.at(&["supply"]),
        }
    }

    /// A burst is answered at the instant at which it is asked for.
    pub(super) fn tiers(&self, d: &mut Diagnostics) {
        let Some(burst) = &self.rules.burst else { return };
        for (number, tier) in burst.tiers.iter().enumerate() {
            let manner = match &self.all.pools[tier.index()].rules.pricing {
                Pricing::Spot(spot) if spot.clearing != Clearing::Continuous => "is cleared once per cycle",
                Pricing::Posted(_) | Pricing::Spot(_) | Pricing::Formula(_) | Pricing::Given(_) => continue,
                other @ (Pricing::Auction(_) | Pricing::Proportional) => manner(other),
            };
            let at = self.tier(number);
            let message =
                format!("pool `{}` {manner}: it cannot serve a burst at once", self.all.names.pools[tier.index()]);
            d.error(at, message, "no tier")
                .help("burst into pools with posted, continuous spot, formula or given pricing");
        }
    }

    /// The place of a tier of the burst policy, or of all of them where one could not be read.
    pub(super) fn tier(&self, number: usize) -> &'a At {
        let list = self.node.get("burst").and_then(|burst| burst.node.get("tiers")).map(|entry| &entry.node);
        let count = self.rules.burst.as_ref().map_or(0, |burst| burst.tiers.len());
        self.items(list, count).map_or_else(|| self.at(&["burst", "tiers"]), |items| &items[number].at)
    }
}

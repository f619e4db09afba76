//! Rules that concern more than one key.

use super::diagnostic::Diagnostics;
use super::names::Names;
use super::node::{Node, Value};
use super::source::At;
use crate::market::{BelowMinimum, Charging, PoolRules, PriceRule, Pricing, Slots};
use crate::units::Price;

/// Checks all pools together. `places` are their tables, parallel to `pools`.
pub(super) fn pools(pools: &[PoolRules], places: &[&Node], names: &Names<'_>, d: &mut Diagnostics) {
    for (index, rules) in pools.iter().enumerate() {
        let check = Check { name: names.pools[index], node: places[index], rules, pools };
        check.waiting(d);
        check.interruption(index, d);
        check.prices(d);
        check.supply(d);
    }
}

struct Check<'a> {
    name: &'a str,
    node: &'a Node,
    rules: &'a PoolRules,
    pools: &'a [PoolRules],
}

impl Check<'_> {
    fn at(&self, keys: &[&str]) -> &At {
        let mut node = self.node;
        for key in keys {
            match node.get(key) {
                Some(entry) => node = &entry.node,
                None => break,
            }
        }
        &node.at
    }

    fn waiting(&self, d: &mut Diagnostics) {
        if self.rules.waiting.is_some() {
            return;
        }
        if matches!(&self.rules.pricing, Pricing::Spot(spot) if spot.rule == PriceRule::HighestRejected) {
            d.error(
                self.at(&["pricing", "rule"]),
                "`highest-rejected` needs requests that wait, and here they are lost at once",
                "no waiting bid can set the price",
            )
            .help(format!(
                "add `waiting = {{ capacity = \"unlimited\" }}` to pool `{}`, or use lowest-accepted",
                self.name
            ));
        }
        if self.rules.below_minimum == BelowMinimum::Waits {
            d.error(self.at(&["below_minimum"]), "requests cannot wait without a waiting room", "nowhere to wait")
                .help(format!("add `waiting = {{ capacity = \"unlimited\" }}` to pool `{}`", self.name));
        }
    }

    /// What an interrupted request does gives different systems: it is never assumed.
    fn interruption(&self, index: usize, d: &mut Diagnostics) {
        if self.rules.interrupted.is_none() && can_be_interrupted(self.pools, index) {
            d.error(
                &self.node.at,
                format!("pool `{}` must say what an interrupted request does", self.name),
                "no `on_interruption` here",
            )
            .help("add on_interruption = \"lost\", \"resume\", \"restart\", \"redraw\" or \"burst\"");
        }
        if self.rules.interrupted == Some(crate::market::Interrupted::Burst) && self.rules.burst.is_none() {
            d.error(self.at(&["on_interruption"]), "there is no burst policy to burst by", "needs `burst`")
                .help("add a `burst` table to the pool, or say what else the request does");
        }
    }

    fn prices(&self, d: &mut Diagnostics) {
        if let Pricing::Spot(spot) = &self.rules.pricing
            && let Some(cap) = spot.cap.filter(|cap| cap.limit < self.rules.minimum)
        {
            let (minimum, cap) = (self.rules.minimum.as_currency(), cap.limit.as_currency());
            d.error(
                self.at(&["minimum_price"]),
                format!("the minimum price {minimum} lies above the price cap {cap}"),
                "above `price_cap`",
            )
            .help("lower `minimum_price` or raise `price_cap`");
        }
    }

    fn supply(&self, d: &mut Diagnostics) {
        for (number, line) in self.rules.supply.iter().enumerate() {
            match &self.pools[line.from.index()].pricing {
                Pricing::Posted(price) if line.bid < *price => {
                    let (bid, price) = (line.bid.as_currency(), price.as_currency());
                    let message = format!("the bid of {bid} is below the posted price of {price}");
                    d.error(self.supply_line(number, "bid"), message, "never served")
                        .help("raise it, or leave `bid` out to take any price");
                }
                Pricing::Spot(_) if line.bid == Price::MAX => {
                    d.error(
                        self.supply_line(number, "bid"),
                        "a supply line from a spot pool needs a `bid`",
                        "no `bid`",
                    )
                    .help("write what the owner bids for each slot: bid = \"0.03 USD/h\"");
                }
                _ => {}
            }
        }
        let asked: u64 = self.rules.supply.iter().map(|line| u64::from(line.slots)).sum();
        if let Slots::Count(own) = self.rules.slots
            && asked + u64::from(own) > u64::from(u32::MAX / 4)
        {
            d.error(self.at(&["supply"]), "a pool cannot have so many slots", "too many")
                .help("lower `slots` here or of the pool");
        }
    }

    /// The place of a key of a supply line, or of the line, or of all of them where one could not be read.
    fn supply_line(&self, number: usize, key: &str) -> &At {
        match self.node.get("supply").map(|entry| &entry.node.value) {
            Some(Value::List(lines)) if lines.len() == self.rules.supply.len() => {
                lines[number].get(key).map_or(&lines[number].at, |entry| &entry.node.at)
            }
            _ => self.at(&["supply"]),
        }
    }
}

/// Can a request of this pool lose its slots before its work is done?
fn can_be_interrupted(pools: &[PoolRules], index: usize) -> bool {
    let rules = &pools[index];
    let burst = rules.burst.as_ref();
    let is_metered =
        burst.and_then(|burst| burst.budget.as_ref()).is_some_and(|budget| budget.charging == Charging::Metered);
    let tiers = burst.iter().flat_map(|burst| burst.tiers.iter());
    is_metered || can_evict(pools, index) || tiers.into_iter().any(|tier| can_evict(pools, tier.index()))
}

/// Can a pool take slots back from whoever holds them: is it, or does anything upstream of it sell by bids?
fn can_evict(pools: &[PoolRules], index: usize) -> bool {
    let (mut seen, mut open) = (vec![false; pools.len()], vec![index]);
    while let Some(index) = open.pop() {
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        if matches!(pools[index].pricing, Pricing::Spot(_)) {
            return true;
        }
        open.extend(pools[index].supply.iter().map(|line| line.from.index()));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{PartyId, PoolId, SupplyLine};

    /// Two paths from each layer to the next make 2^60 of them in all; each pool is looked at once.
    #[test]
    fn layers_of_supply_are_searched_once() {
        let line = |from| SupplyLine { from: PoolId(from), slots: 1, bid: Price::MAX };
        let mut pools = vec![PoolRules::posted(PartyId(0), Slots::Count(1), Price::ZERO); 122];
        for layer in 0..60 {
            for side in 0..2 {
                pools[2 * layer + side].supply = vec![line(2 * layer as u32 + 2), line(2 * layer as u32 + 3)];
            }
        }
        assert!(!can_evict(&pools, 0));
        // Supply in a circle comes to an end as well.
        pools[121].supply = vec![line(0)];
        assert!(!can_evict(&pools, 0));
    }
}

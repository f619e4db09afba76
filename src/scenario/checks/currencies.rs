//! Pools that take slots from pools of other currencies: no amount of a burst policy may be in two, and what is shared is in
//! one.

use super::Check;
use crate::market::{BurstRules, JointRules, MaxPrice, Mixed, PoolId, SupplyCost};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::source::At;

impl<'a> Check<'a> {
    pub(super) fn currencies(&self, d: &mut Diagnostics) {
        let Some(burst) = &self.rules.burst else { return };
        for (mixed, tier) in burst.mixed(self.currency(), |pool| self.currency_of(pool)) {
            self.mixed(burst, mixed, tier, d);
        }
    }

    fn currency(&self) -> &'a str {
        self.currency_of(PoolId(self.index as u32))
    }

    fn currency_of(&self, pool: PoolId) -> &'a str {
        self.all.names.pool_currencies[pool.index()]
    }

    fn mixed(&self, burst: &BurstRules, mixed: Mixed, number: usize, d: &mut Diagnostics) {
        let (name, own, tier) = (self.name, self.currency(), burst.tiers[number]);
        let (paid, currency) = (self.all.names.pools[tier.index()], self.currency_of(tier));
        let of_policy = burst.leading_tier().map_or(own, |tier| self.currency_of(tier));
        let (key, message, help) = match mixed {
            Mixed::MaxPrice => (
                "max_price",
                format!("one `max_price` for all tiers is in {of_policy}, and pool `{paid}` is paid in {currency}"),
                format!("give that tier its own: {{ pool = \"{paid}\", max_price = \"0.12 {currency}/h\" }}"),
            ),
            Mixed::Bid => (
                "max_price",
                format!("what is bid in pool `{name}` is in {own}, and pool `{paid}` is paid in {currency}"),
                format!("write the highest price in {currency}: max_price = \"0.12 {currency}/h\""),
            ),
            Mixed::FlatFee => (
                "flat_fee",
                format!("one flat fee for all tiers is in {of_policy}, and pool `{paid}` is paid in {currency}"),
                "burst into pools of one currency, or leave out `flat_fee`".to_owned(),
            ),
            Mixed::Budget => (
                "budget",
                format!("one budget for all tiers is in {of_policy}, and pool `{paid}` is paid in {currency}"),
                "burst into pools of one currency, or leave out `budget`".to_owned(),
            ),
            Mixed::Share => (
                "pays",
                format!("members of pool `{name}` pay in {own}, and pool `{paid}` is paid in {currency}"),
                "use pays = \"member-pool-price\", what the pool itself would have charged, or \"owner\"".to_owned(),
            ),
        };
        let of_tier = self.tier_at(number, key).filter(|_| mixed == Mixed::Bid);
        let at = of_tier.unwrap_or_else(|| self.at(&["burst", key]));
        d.error(at, message, "currencies would be mixed").help(help);
    }

    /// The place of a key that a tier has of its own.
    fn tier_at(&self, number: usize, key: &str) -> Option<&'a At> {
        let tiers = &self.node.get("burst")?.node.get("tiers")?.node;
        let count = self.rules.burst.as_ref()?.tiers.len();
        Some(&self.items(Some(tiers), count)?[number].get(key)?.node.at)
    }

    /// An event sets the highest price of bursts.
    pub(super) fn burst_price(&self, max_price: MaxPrice, at: &At, d: &mut Diagnostics) {
        let Some(burst) = &self.rules.burst else { return };
        let next = BurstRules { max_price, ..burst.clone() };
        let of = |pool| self.currency_of(pool);
        let before = burst.mixed(self.currency(), of);
        for (_, tier) in next.mixed(self.currency(), of).into_iter().filter(|mixed| !before.contains(mixed)) {
            let (tier, currency) = (burst.tiers[tier], self.currency_of(burst.tiers[tier]));
            let message =
                format!("pool `{}` is paid in {currency}, and this is not", self.all.names.pools[tier.index()]);
            d.error(at, message, "currencies would be mixed").help(format!("write a price in {currency}"));
        }
    }

    /// What the owner of a joint pool spends is shared, in the currency of that pool.
    pub(super) fn joint_currencies(&self, joint: &JointRules, d: &mut Diagnostics) {
        let tiers = self.rules.burst.iter().flat_map(|burst| &burst.tiers).map(|tier| (self.index, "burst", *tier));
        let partners = joint.merges.iter().filter(|_| joint.supply_cost == SupplyCost::Joint).map(|pool| pool.index());
        let supply = partners.flat_map(|partner| {
            let lines = &self.all.pools[partner].rules.supply;
            lines.iter().map(move |line| (partner, "supply", line.from))
        });
        let own = self.currency();
        for (buyer, key, from) in tiers.chain(supply).filter(|(_, _, from)| self.currency_of(*from) != own) {
            let (from, currency) = (self.all.names.pools[from.index()], self.currency_of(from));
            let message =
                format!("what is spent in common is shared in {own}, and pool `{from}` is paid in {currency}");
            let help = match key {
                "supply" => "use terms = { supply_cost = \"own\" }, or take the slots from a pool of that currency",
                _ => "burst into pools of that currency",
            };
            d.error(self.all.places[buyer].place(&[key]), message, "another currency").help(help);
        }
    }
}

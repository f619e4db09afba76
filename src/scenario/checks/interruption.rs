//! What an interrupted request does gives different systems: it is never assumed.

use std::collections::BTreeSet;

use super::purchases::expires;
use super::{Check, Subject};
use crate::market::{Change, Charging, Interrupted, Pricing, ScalingStep, Term};
use crate::scenario::diagnostic::Diagnostics;

impl Check<'_> {
    pub(super) fn interruption(&self, d: &mut Diagnostics) {
        if self.node.get("on_interruption").is_none() && can_be_interrupted(self.all, self.index) {
            d.error(
                &self.node.at,
                format!("pool `{}` must say what an interrupted request does", self.name),
                "no `on_interruption` here",
            )
            .help(
                "add on_interruption = \"lost\", \"resume\", \"restart\", \"redraw\", \"burst\" or { checkpoint_every = \"30m\" }",
            );
        }
        if self.rules.interruption.last_unit_is_free && self.rules.billing_unit.is_none() {
            d.error(
                self.at(&["interruption", "last_unit"]),
                "there are no units of time to be free",
                "needs `billing_unit`",
            )
            .help("add billing_unit = \"1h\" to the pool, or leave `last_unit` out");
        }
        if self.rules.interrupted == Some(Interrupted::Burst) && self.rules.burst.is_none() {
            d.error(self.at(&["on_interruption"]), "there is no burst policy to burst by", "needs `burst`")
                .help("add a `burst` table to the pool, or say what else the request does");
        }
    }
}

/// Can a request of this pool lose its slots before its work is done?
fn can_be_interrupted(all: &Subject<'_>, index: usize) -> bool {
    let burst = all.pools[index].rules.burst.as_ref();
    let is_metered =
        burst.and_then(|burst| burst.budget.as_ref()).is_some_and(|budget| budget.charging == Charging::Metered);
    let tiers = burst.iter().flat_map(|burst| burst.tiers.iter());
    is_metered
        || can_evict(all, index)
        || tiers.into_iter().any(|tier| can_evict(all, tier.index()) || ends(all, tier.index()))
}

/// Can a pool take slots back from whoever holds them: does it, or does anything upstream of it?
fn can_evict(all: &Subject<'_>, first: usize) -> bool {
    let index = first;
    let (mut seen, mut open) = (BTreeSet::new(), vec![index]);
    while let Some(index) = open.pop() {
        if !seen.insert(index) {
            continue;
        }
        if takes_back(all, index) || expires(&all.pools[index].rules) || (index != first && ends(all, index)) {
            return true;
        }
        // What a pool has taken, be it by a rule or an operation, may be taken from it.
        open.extend(all.pools[index].rules.suppliers().map(|from| from.index()));
        open.extend(operations(all, index).filter_map(|change| match change {
            Change::AddSlots(line) => Some(line.from.index()),
            _ => None,
        }));
    }
    false
}

/// Does the method take slots back, or the minimum, which may rise above what somebody bids?
fn takes_back(all: &Subject<'_>, index: usize) -> bool {
    let rules = &all.pools[index].rules;
    if all.names.has_faults && rules.placement.as_ref().is_some_and(|placement| !placement.slots.is_empty()) {
        return true;
    }
    match &rules.pricing {
        Pricing::Spot(_) | Pricing::Formula(_) | Pricing::Given(_) => true,
        Pricing::Auction(auction) if auction.term != Term::UntilReleased => true,
        Pricing::Auction(_) | Pricing::Posted(_) | Pricing::Proportional => has_moving_minimum(all, index),
    }
}

/// Does a pool end before the run does? Its own requests are lost then, whatever they would do otherwise.
fn ends(all: &Subject<'_>, index: usize) -> bool {
    let life = all.pools[index].rules.life.as_ref();
    let by_itself = life.is_some_and(|life| {
        life.term.is_some()
            || life.expires_at.is_some()
            || life.by_rule.as_ref().is_some_and(|rule| rule.delete.is_some())
    });
    by_itself || operations(all, index).any(|change| matches!(change, Change::Delete))
}

fn operations<'s>(all: &'s Subject<'_>, index: usize) -> impl Iterator<Item = &'s Change> {
    all.steps_of(index).map(|read| &read.step.operation.change)
}

/// May its owner, or a rule of its own, take slots out of the pool, or raise what it costs?
fn has_moving_minimum(all: &Subject<'_>, index: usize) -> bool {
    let read = &all.pools[index];
    let by_hand = operations(all, index).any(|change| {
        matches!(change, Change::Minimum(_) | Change::PostedPrice(_) | Change::RemoveSlots { .. } | Change::Resize(_))
    });
    let by_rule = read.rules.scaling.iter().any(|rule| match &rule.step {
        ScalingStep::Return { busy, .. } => *busy,
        ScalingStep::Take { .. } => false,
    });
    by_hand || by_rule || read.minimum_schedule.is_some() || read.rules.minimum_formula.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{PartyId, PoolId, PoolRules, Slots, SupplyLine};
    use crate::scenario::names::Names;
    use crate::scenario::pools::ReadPool;
    use crate::units::Price;

    /// Two paths from each layer to the next make 2^60 of them in all; each pool is looked at once.
    #[test]
    fn layers_of_supply_are_searched_once() {
        let line = |from| SupplyLine { from: PoolId(from), slots: 1, bid: Price::MAX, purchase: None };
        let pool = || ReadPool::plain(PoolRules::posted(PartyId(0), Slots::Count(1), Price::ZERO));
        let mut pools: Vec<_> = (0..122).map(|_| pool()).collect();
        for layer in 0..60 {
            for side in 0..2 {
                pools[2 * layer + side].rules.supply = vec![line(2 * layer as u32 + 2), line(2 * layer as u32 + 3)];
            }
        }
        let names = Names::default();
        let can = |pools: &[_]| can_evict(&Subject::new(pools, &[], &[], &names), 0);
        assert!(!can(&pools));
        // Supply in a circle comes to an end as well.
        pools[121].rules.supply = vec![line(0)];
        assert!(!can(&pools));
    }
}

//! Members, slots and rules of a pool over its life.

use std::collections::BTreeSet;

use super::{Check, manner};
use crate::market::{Change, Pricing, ScalingStep, Slots};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::pools;
use crate::scenario::source::At;
use crate::units::Price;

impl<'a> Check<'a> {
    pub(super) fn life(&self, d: &mut Diagnostics) {
        let names_users = self.all.pools[self.index].members.is_some();
        if self.rules.maximum_users.is_some() && !names_users {
            d.error(self.at(&["maximum_users"]), "the pool admits everybody: nobody is named", "no `members` here")
                .help("add members = [\"ann\"], or leave `maximum_users` out");
        }
        if self.rules.slots == Slots::Unlimited && !self.rules.scaling.is_empty() {
            d.error(self.at(&["scaling"]), "a pool with unlimited slots needs no `scaling`", "unlimited")
                .help("leave out one of the two");
        }
        for (number, rule) in self.rules.scaling.iter().enumerate() {
            if let ScalingStep::Take { from, bid, .. } = &rule.step {
                for from in from {
                    self.supplier(from.index(), *bid, self.scaling_rule(number), d);
                }
            }
        }
        for read in self.steps() {
            self.step(&read.step.operation.change, names_users, read.node, d);
        }
    }

    pub(super) fn scaling_rule(&self, number: usize) -> &'a At {
        let rules = self.node.get("scaling").map(|entry| &entry.node);
        self.items(rules, self.rules.scaling.len()).map_or(self.at(&["scaling"]), |rules| &rules[number].at)
    }

    /// Can that pool supply this one, at this bid?
    fn supplier(&self, from: usize, bid: Price, at: &At, d: &mut Diagnostics) {
        let name = self.all.names.pools[from];
        if self.supplies(from) {
            d.error(at, format!("pool `{name}` has slots from this one: they would go in a circle"), "a circle")
                .help("take slots from a pool that has its own");
            return;
        }
        match &self.all.pools[from].rules.pricing {
            Pricing::Spot(_) | Pricing::Given(_) if bid == Price::MAX => {
                d.error(at, format!("slots of the spot pool `{name}` need a `bid`"), "no `bid`")
                    .help("write what the owner bids for each slot: bid = \"0.03 USD/h\"");
            }
            Pricing::Posted(_) | Pricing::Spot(_) | Pricing::Given(_) => {}
            other => {
                let message = format!(
                    "supply comes from pools with posted, spot or given prices, and pool `{name}` {}",
                    manner(other)
                );
                d.error(at, message, "cannot supply")
                    .help("take the slots from a pool with posted, spot or given pricing");
            }
        }
    }

    fn has_posted_price(&self) -> bool {
        matches!(self.rules.pricing, Pricing::Posted(_)) && !pools::is_free(self.node)
    }

    /// Does that pool have slots from this one, or may it take some by its rules, be it through others?
    fn supplies(&self, from: usize) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            if next == self.index {
                return true;
            }
            if seen.insert(next) {
                let rules = &self.all.pools[next].rules;
                open.extend(rules.supply.iter().map(|line| line.from.index()));
                open.extend(rules.scaling.iter().flat_map(|rule| rule.suppliers()).map(|from| from.index()));
            }
        }
        false
    }

    /// Has the pool what an event changes?
    fn step(&self, change: &Change, names_users: bool, event: &crate::scenario::node::Node, d: &mut Diagnostics) {
        let is_capped = self.all.pools[self.index].fairness.is_some();
        let burst = self.rules.burst.as_ref();
        let (has_it, needs) = match change {
            Change::AddMembers(_) | Change::RemoveMembers(_) | Change::MaximumUsers(_) => (names_users, "`members`"),
            Change::BurstPrice(price) => {
                self.burst_price(*price, event.place(&["set", "burst_max_price"]), d);
                (burst.is_some(), "a `burst` policy")
            }
            Change::Bursts(_) => (burst.is_some(), "a `burst` policy"),
            Change::Budget(_) => {
                (burst.is_some_and(|burst| burst.budget.is_some()), "a `burst` policy with a `budget`")
            }
            Change::MemberCap(_) | Change::DepartmentCap(_) => (is_capped, "`fairness`"),
            Change::PostedPrice(_) => (self.has_posted_price(), "a posted price"),
            Change::Resize(_) => (self.rules.slots != Slots::Unlimited, "a number of `slots`"),
            Change::AddSlots(line) => {
                self.supplier(line.from.index(), line.bid, event.place(&["add_slots"]), d);
                (self.rules.slots != Slots::Unlimited, "a number of `slots`")
            }
            _ => return,
        };
        if !has_it {
            d.error(
                &event.at,
                format!("pool `{}` has not what this event changes", self.name),
                format!("needs {needs}"),
            )
            .help("change the pool, or leave the event out");
        }
    }
}

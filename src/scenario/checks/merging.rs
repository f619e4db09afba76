//! Pools that join others: whether they can, and who says so.

use super::{Check, Subject, manner};
use crate::market::{AccountId, Change, JointRules, Operation, PoolId, Pricing, Slots, Unfit};
use crate::scenario::diagnostic::Diagnostics;

impl Check<'_> {
    pub(super) fn merging(&self, d: &mut Diagnostics) {
        let Some(joint) = &self.rules.joint else { return };
        self.slots_of_its_own(d);
        self.owner(d);
        if self.node.get("changed_by").is_none() {
            d.error(
                &self.node.at,
                format!("who may change the joint pool `{}` must be stated", self.name),
                "no `changed_by`",
            )
            .help("add changed_by = [\"CUSTOMER\"]: the accounts that may merge, change and split it");
        }
        if self.all.pools[self.index].members.is_some() {
            d.error(self.at(&["members"]), "a joint pool has the members of the pools that it joins", "not its own")
                .help("leave out `members`");
        }
        self.fits(self.index, d);
        for partner in &joint.merges {
            self.fits(partner.index(), d);
            self.partner(partner.index(), d);
        }
        self.sells_nothing(joint, d);
        self.joint_currencies(joint, d);
    }

    fn slots_of_its_own(&self, d: &mut Diagnostics) {
        let stated = [("slots", self.rules.slots != Slots::Count(0)), ("supply", !self.rules.supply.is_empty())];
        for (key, _) in stated.into_iter().filter(|(_, is_so)| *is_so) {
            d.error(self.at(&[key]), "a joint pool has the slots of the pools that it joins", "slots of its own")
                .help(format!("leave out `{key}`, or give it to one of the pools"));
        }
    }

    /// What it earns and spends is shared, and nothing else.
    fn owner(&self, d: &mut Diagnostics) {
        let owns = self.all.pools.iter().filter(|pool| pool.rules.owner == self.rules.owner).count();
        if owns > 1 || self.rules.owner.index() == 0 {
            d.error(
                self.at(&["owner"]),
                format!("pool `{}` needs an owner that owns nothing else: what it has is shared out", self.name),
                "another pool is its as well",
            )
            .help("add a customer for what is held in common, such as [customer.alliance], as its owner");
        }
    }

    /// Can this pool be a part of the joint pool, or be the joint pool?
    fn fits(&self, index: usize, d: &mut Diagnostics) {
        let (rules, node) = (&self.all.pools[index].rules, self.all.places[index]);
        let Some(unfit) = Unfit::of(self.rules, rules) else { return };
        let name = self.all.names.pools[index];
        let (key, message, help) = match unfit {
            Unfit::Method => {
                let manner = match &rules.pricing {
                    Pricing::Spot(_) => "is cleared by the clock",
                    other => manner(other),
                };
                let message = format!("pools that merge answer at once, and pool `{name}` {manner}");
                ("pricing", message, "use posted, fcfs or continuous spot pricing")
            }
            Unfit::BillingUnit => (
                "billing_unit",
                format!("pool `{name}` bills by started units, which a merge would break off"),
                "leave it out",
            ),
            Unfit::Notice => {
                let message = format!("pool `{name}` gives notices or guaranteed runs, which a merge would break off");
                ("interruption", message, "leave out `notice` and `guaranteed_run`")
            }
            Unfit::Currency => {
                ("currency", format!("pool `{name}` has another currency"), "give both the same `currency`")
            }
            Unfit::Speed => {
                ("speed", format!("pool `{name}` has slots of another speed"), "give both the same `speed`")
            }
            Unfit::Unlimited => (
                "slots",
                format!("pool `{name}` has slots without limit, and cannot put them in"),
                "write a number of slots",
            ),
            Unfit::Interrupted => {
                let message =
                    format!("pool `{name}` must say what a request does that is interrupted by a merge or a split");
                ("on_interruption", message, "add on_interruption = \"lost\", \"resume\", \"restart\" or \"redraw\"")
            }
            Unfit::Life => {
                let message = format!("pool `{name}` comes, goes or grows by rule, and what is merged stays");
                (if rules.life.is_some() { "life" } else { "scaling" }, message, "leave it out")
            }
            Unfit::Purchase => {
                let message = format!("pool `{name}` has bought slots for a term, which stay with it");
                ("supply", message, "buy them in a pool of the customer's, and supply this one from there")
            }
            Unfit::Placed => {
                let message = format!("pool `{name}` has slots in places of their own");
                ("placed", message, "merge pools that count their slots")
            }
            Unfit::Credits => {
                let message = format!("members of pool `{name}` have credits, which belong to that pool");
                ("fairness", message, "leave out `credits`")
            }
            Unfit::Lends => {
                let message = format!("pool `{name}` lends its slots, and those of a user-defined pool never are lent");
                ("resale", message, "leave it out")
            }
        };
        d.error(node.place(&[key]), message, "cannot be merged").help(help);
    }

    fn partner(&self, index: usize, d: &mut Diagnostics) {
        let name = self.all.names.pools[index];
        let merges_too = |other: usize, joint: &JointRules| {
            other < self.index && joint.merges.iter().any(|partner| partner.index() == index)
        };
        let mut others = self.all.pools.iter().enumerate();
        let other =
            others.find(|(other, read)| read.rules.joint.as_ref().is_some_and(|joint| merges_too(*other, joint)));
        if let Some((other, _)) = other {
            let message = format!("pool `{name}` is merged into pool `{}` already", self.all.names.pools[other]);
            d.error(self.at(&["merges"]), message, "part of two pools").help("let one pool join it");
        }
        if self.all.pools[index].rules.joint.is_some() {
            let message = format!("pool `{name}` joins others itself");
            d.error(self.at(&["merges"]), message, "a joint pool").help("name all the pools here");
        }
    }

    /// Nobody else takes slots from a pool that is merged.
    fn sells_nothing(&self, joint: &JointRules, d: &mut Diagnostics) {
        let is_involved = |pool: &PoolId| pool.index() == self.index || joint.merges.contains(pool);
        for (buyer, read) in self.all.pools.iter().enumerate() {
            let tiers = read.rules.burst.iter().flat_map(|burst| burst.tiers.iter().map(|tier| (*tier, "burst")));
            let supply = read.rules.supply.iter().map(|line| (line.from, "supply"));
            let by_rule = read.rules.scaling.iter().flat_map(|rule| rule.suppliers()).map(|from| (*from, "scaling"));
            let takers = tiers.chain(supply).chain(by_rule);
            for (seller, key) in takers.filter(|(seller, _)| is_involved(seller)) {
                let (seller, name) = (self.all.names.pools[seller.index()], self.all.names.pools[buyer]);
                let message = format!(
                    "pool `{name}` takes slots from pool `{seller}`, which serves none but members while merged"
                );
                d.error(self.all.places[buyer].place(&[key]), message, "takes slots from a merged pool")
                    .help(format!("take them from the pools that supply `{seller}`"));
            }
            if let Some(resale) = read.rules.resale.filter(|resale| is_involved(&resale.to)) {
                let (to, name) = (self.all.names.pools[resale.to.index()], self.all.names.pools[buyer]);
                let message = format!("pool `{name}` lends slots to pool `{to}`, and what is merged is not given back");
                d.error(self.all.places[buyer].place(&["resale", "to"]), message, "lends to a merged pool")
                    .help("lend to a spot pool that is not merged");
            }
        }
    }
}

/// Follows the operations of the scenario: those that would be refused when it runs are worth a word before.
pub(super) fn operations(all: &Subject<'_>, d: &mut Diagnostics) {
    let mut is_merged = vec![false; all.pools.len()];
    for read in all.steps {
        let (step, node) = (&read.step, read.node);
        let (operation, index) = (&step.operation, step.pool().index());
        let is_about_merging = matches!(operation.change, Change::Merge { .. } | Change::Split);
        let joint = all.pools[index].rules.joint.as_ref();
        if is_about_merging && joint.is_none() {
            let message = format!("pool `{}` joins no others", all.names.pools[index]);
            d.error(node.place(&["pool"]), message, "no joint pool").help("name a pool that has `merges`");
            continue;
        }
        // Whoever names another account elsewhere means it.
        let refusal = joint.and_then(|_| refusal(all, operation, joint, is_merged[index]));
        if let Some((key, message)) = refusal {
            d.warning(node.place(&[key]), message, "will be refused").help("it is refused, and nothing changes");
            continue;
        }
        match operation.change {
            Change::Merge { .. } => is_merged[index] = true,
            Change::Split => is_merged[index] = false,
            _ => {}
        }
    }
}

/// Why an operation will be refused, and the key that says so.
fn refusal(
    all: &Subject<'_>,
    operation: &Operation,
    joint: Option<&JointRules>,
    is_merged: bool,
) -> Option<(&'static str, String)> {
    let controllers = |pool: usize| &all.pools[pool].rules.controllers;
    let may_change =
        |account: &AccountId, pool: usize| controllers(pool).is_empty() || controllers(pool).contains(account);
    let index = operation.pool.index();
    if !may_change(&operation.by, index) {
        return Some(("by", format!("this account may not change pool `{}`", all.names.pools[index])));
    }
    match &operation.change {
        Change::Merge { .. } if is_merged => Some(("merge", "the pools are merged already".to_owned())),
        Change::Merge { agreed_by } => {
            let has_agreed =
                |pool: usize| std::iter::once(&operation.by).chain(agreed_by).any(|account| may_change(account, pool));
            let missing = joint?.merges.iter().find(|partner| !has_agreed(partner.index()))?;
            Some(("agreed_by", format!("nobody has agreed who may change pool `{}`", all.names.pools[missing.index()])))
        }
        Change::Split if !is_merged => Some(("split", "the pools are not merged then".to_owned())),
        _ => None,
    }
}

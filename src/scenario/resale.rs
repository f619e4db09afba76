//! Slots that may be lent: those outside every user-defined pool.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostics;
use super::node::Node;
use crate::market::{PoolId, Pricing, Resale, ScalingStep, Slots, TakesBack};
use crate::simulation::{GroupModel, Model, PoolModel};
use crate::units::SimDuration;

/// Checks a model that is sound otherwise; `root` is what it was read from.
pub(super) fn check(model: &Model, root: &Node, d: &mut Diagnostics) {
    let lenders = lenders(model);
    if lenders.is_empty() {
        return;
    }
    let asked: BTreeSet<PoolId> = model.groups.iter().flat_map(GroupModel::pools).collect();
    for (index, lender) in model.pools.iter().enumerate() {
        if let Some(resale) = lender.rules.resale {
            check_lender(lender, asked.contains(&PoolId(index as u32)), root, d);
            check_borrower(lender, resale, &model.pools[resale.to.index()], root, d);
            check_circle(index, model, &lenders, root, d);
        }
        check_count(index, model, &lenders, root, d);
    }
}

/// By pool: those that lend to it.
type Lenders = BTreeMap<usize, Vec<usize>>;

fn lenders(model: &Model) -> Lenders {
    let mut lenders = Lenders::new();
    for (lender, pool) in model.pools.iter().enumerate() {
        if let Some(resale) = pool.rules.resale {
            lenders.entry(resale.to.index()).or_default().push(lender);
        }
    }
    lenders
}

/// Slots of a pool and of all that lend to it must be countable.
fn check_count(borrower: usize, model: &Model, lenders: &Lenders, root: &Node, d: &mut Diagnostics) {
    let slots = |pool: &PoolModel| {
        let own = if let Slots::Count(own) = pool.rules.slots { u64::from(own) } else { 0 };
        own + pool.rules.supply.iter().map(|line| u64::from(line.slots)).sum::<u64>()
    };
    let lent: u64 = lenders.get(&borrower).into_iter().flatten().map(|lender| slots(&model.pools[*lender])).sum();
    if lent > 0 && lent + slots(&model.pools[borrower]) > u64::from(u32::MAX / 4) {
        d.error(
            root.place(&["pool", &model.pools[borrower].name]),
            "a pool cannot have so many slots on loan",
            "too many",
        )
        .help("lower the `slots` of the pools that lend to it");
    }
}

/// A pool that has slots from the pool that it lends to, be it through others, would lend them again without end.
fn check_circle(lender: usize, model: &Model, lenders: &Lenders, root: &Node, d: &mut Diagnostics) {
    let (mut seen, mut open) = (BTreeSet::new(), sources(lender, model, lenders));
    while let Some(next) = open.pop() {
        if next == lender {
            let name = &model.pools[lender].name;
            let message = format!("pool `{name}` has slots from the pool that it lends to: they would go in a circle");
            d.error(root.place(&["pool", name, "resale", "to"]), message, "a circle")
                .help("lend to a pool that supplies none of the lender's, or take the slots from elsewhere");
            return;
        }
        if seen.insert(next) {
            open.extend(sources(next, model, lenders));
        }
    }
}

/// The pools from which a pool has slots, or may take some: by its lines, by its rules, on loan.
fn sources(pool: usize, model: &Model, lenders: &Lenders) -> Vec<usize> {
    let rules = &model.pools[pool].rules;
    let mut sources: Vec<usize> = rules.supply.iter().map(|line| line.from.index()).collect();
    for rule in &rules.scaling {
        if let ScalingStep::Take { from, .. } = &rule.step {
            sources.extend(from.iter().map(|from| from.index()));
        }
    }
    sources.extend(lenders.get(&pool).into_iter().flatten());
    sources
}

fn check_lender(lender: &PoolModel, is_asked: bool, root: &Node, d: &mut Diagnostics) {
    let name = &lender.name;
    if is_asked || lender.rules.members.is_some() {
        d.error(
            root.place(&["pool", name, "resale"]),
            format!("slots of a user-defined pool are never resold, even if idle, and users ask pool `{name}`"),
            if is_asked { "a group asks this pool" } else { "it has `members`" },
        )
        .help("lend from a pool that nobody asks: the customer's slots outside its pools");
    }
    let is_counted = matches!(lender.rules.slots, Slots::Count(_));
    if !is_counted || !matches!(lender.rules.pricing, Pricing::Posted(_)) {
        d.error(
            root.place(&["pool", name, "resale"]),
            format!("pool `{name}` cannot lend: it needs a number of slots and a posted price"),
            "cannot lend",
        )
        .help("write a number of `slots`, and pricing = { method = \"posted\", price = \"0 USD/h\" }");
    }
}

fn check_borrower(lender: &PoolModel, resale: Resale, borrower: &PoolModel, root: &Node, d: &mut Diagnostics) {
    let (name, to) = (&lender.name, &borrower.name);
    let is_spot = matches!(borrower.rules.pricing, Pricing::Spot(_)) && matches!(borrower.rules.slots, Slots::Count(_));
    if !is_spot {
        d.error(
            root.place(&["pool", name, "resale", "to"]),
            format!("slots are lent to a spot pool with a number of slots, and pool `{to}` is none"),
            "no such pool",
        )
        .help("lend to a pool with pricing = { method = \"spot\" }");
        return;
    }
    let interruption = &borrower.rules.interruption;
    if interruption.guaranteed > SimDuration::ZERO {
        d.error(
            root.place(&["pool", to, "interruption", "guaranteed_run"]),
            format!("pool `{name}` lends its slots to pool `{to}` and takes them back, which breaks a guaranteed run"),
            "guaranteed",
        )
        .help("leave out `guaranteed_run`, or `resale`");
    }
    let has_notice = interruption.notice > SimDuration::ZERO;
    let stated = || root.get("pool").and_then(|pools| pools.node.get(name)?.node.get("resale")?.node.get("takes_back"));
    if has_notice && stated().is_none() {
        d.error(
            root.place(&["pool", name, "resale"]),
            format!("tenants of pool `{to}` have notice: `resale` must say what a burst does meanwhile"),
            "no `takes_back` here",
        )
        .help("add takes_back = \"wait\" or \"next-tier\"");
    }
    if has_notice && resale.takes_back == TakesBack::Wait && lender.rules.waiting.is_none() {
        d.error(
            root.place(&["pool", name, "resale", "takes_back"]),
            format!("a burst waits for the end of a notice, and in pool `{name}` nobody can wait"),
            "nowhere to wait",
        )
        .help(format!("add `waiting = {{ capacity = \"unlimited\" }}` to pool `{name}`, or use \"next-tier\""));
    }
}

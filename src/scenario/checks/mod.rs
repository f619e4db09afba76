//! Rules that concern more than one key, or more than one pool.

mod access;
mod burst;
mod currencies;
mod interruption;
mod life;
mod merging;
mod prices;
mod proportional;
mod purchases;
mod trade;
mod waiting;

use super::diagnostic::Diagnostics;
use super::events::ReadStep;
use super::names::Names;
use super::node::{Node, Value};
use super::pools::ReadPool;
use super::source::At;
use crate::market::{PoolRules, Pricing};

/// All pools, with what their owners do by hand. `places` are their tables, parallel to `pools`.
pub(super) struct Subject<'a> {
    pub(super) pools: &'a [ReadPool<'a>],
    pub(super) steps: &'a [ReadStep<'a>],
    pub(super) places: &'a [&'a Node],
    pub(super) names: &'a Names<'a>,
}

/// Checks all pools together.
pub(super) fn pools(all: &Subject<'_>, d: &mut Diagnostics) {
    for (index, read) in all.pools.iter().enumerate() {
        let check = Check { index, name: all.names.pools[index], node: all.places[index], rules: &read.rules, all };
        check.waiting(d);
        check.life(d);
        check.interruption(d);
        check.prices(d);
        check.proportional(d);
        check.supply(d);
        check.purchases(d);
        check.tiers(d);
        check.access(d);
        check.burst_terms(d);
        check.currencies(d);
        check.service(d);
        check.merging(d);
    }
    merging::operations(all, d);
}

/// The check of one pool.
struct Check<'a> {
    index: usize,
    name: &'a str,
    node: &'a Node,
    rules: &'a PoolRules,
    all: &'a Subject<'a>,
}

impl<'a> Check<'a> {
    /// What is done to the pool by hand.
    fn steps(&self) -> impl Iterator<Item = &'a ReadStep<'a>> + use<'a> {
        let (all, index) = (self.all, self.index);
        all.steps.iter().filter(move |read| read.step.operation.pool.index() == index)
    }

    /// The place of a key of the pool.
    fn at(&self, keys: &[&str]) -> &'a At {
        self.node.place(keys)
    }

    /// The items of a list, if there are so many.
    fn items(&self, node: Option<&'a Node>, count: usize) -> Option<&'a [Node]> {
        match &node?.value {
            Value::List(items) if items.len() == count => Some(items),
            _ => None,
        }
    }
}

/// What a method does, for messages about pools that cannot be used like a shop.
fn manner(pricing: &Pricing) -> &'static str {
    match pricing {
        Pricing::Posted(_) => "sells at a posted price",
        Pricing::Spot(_) => "sells at a spot price",
        Pricing::Proportional => "shares its slots out",
        Pricing::Formula(_) => "makes its price by a formula",
        Pricing::Given(_) => "takes the price that others make",
        Pricing::Auction(_) => "sells in rounds",
    }
}

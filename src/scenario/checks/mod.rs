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

use std::collections::BTreeMap;

use super::diagnostic::Diagnostics;
use super::events::ReadStep;
use super::names::Names;
use super::node::{Node, Value};
use super::pools::ReadPool;
use super::source::At;
use crate::market::{PoolRules, Pricing};

/// All pools, with what their owners do by hand.
pub(super) struct Subject<'a> {
    pools: &'a [ReadPool<'a>],
    steps: &'a [ReadStep<'a>],
    /// Tables of the pools, parallel to `pools`.
    places: &'a [&'a Node],
    names: &'a Names<'a>,
    /// Numbers of the steps by the pool that they are done to.
    by_pool: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Subject<'a> {
    /// `places` are the tables of the pools.
    pub(super) fn new(
        pools: &'a [ReadPool<'a>],
        steps: &'a [ReadStep<'a>],
        places: &'a [&'a Node],
        names: &'a Names<'a>,
    ) -> Self {
        let mut by_pool: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, read) in steps.iter().enumerate() {
            by_pool.entry(read.step.pool().index()).or_default().push(number);
        }
        Self { pools, steps, places, names, by_pool }
    }

    /// What is done to a pool by hand.
    fn steps_of(&self, pool: usize) -> impl Iterator<Item = &'a ReadStep<'a>> + use<'a, '_> {
        let steps = self.steps;
        self.by_pool.get(&pool).into_iter().flatten().map(move |number| &steps[*number])
    }
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
        let all: &'a Subject<'a> = self.all;
        all.steps_of(self.index)
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

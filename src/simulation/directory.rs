//! The references of a model read backwards: who asks a pool, what a party owns, who bursts, buys or lends where.
//!
//! Made once for a replication: whoever has to know need not go through all pools and members again and again. Lists are in
//! the order of the model.

use std::collections::BTreeSet;

use super::commitments::has_purchases;
use super::model::{Model, OwnerStep, is_operated};
use crate::collections::Grouped;
use crate::market::{Change, CurrencyId, PoolId, PoolRules};

pub(super) struct Directory<'a> {
    pub(super) model: &'a Model,
    /// The members whose requests ask a pool, before any other.
    pub(super) members_of_pool: Grouped,
    pub(super) members_of_group: Grouped,
    pub(super) members_of_department: Grouped,
    /// The members whose requests ask any pool of a party, before any other.
    pub(super) members_of_owner: Grouped,
    /// The groups that ask a pool, before any other.
    pub(super) groups_of_pool: Grouped,
    pub(super) pools_of_owner: Grouped,
    /// The pools whose owners pay a party for having them.
    pub(super) pools_paying: Grouped,
    /// The pools that burst into a pool.
    pub(super) homes_of_tier: Grouped,
    /// The pools that buy slots of a pool for a term.
    pub(super) buyers_from: Grouped,
    /// The pools that lend to a pool.
    pub(super) lenders_to: Grouped,
    /// The pools that merge a pool, or may.
    pub(super) joint_pools_of: Grouped,
    steps_of_pool: Grouped,
    /// By pool: has any pool slots of it, or may it take some by its rules or an operation?
    pub(super) supplies_others: Vec<bool>,
    /// Can any pool be down?
    pub(super) has_lives: bool,
    /// Does any pool join others?
    pub(super) joins_pools: bool,
    /// Does any pool serve requests in part?
    pub(super) serves_in_part: bool,
    /// Are slots bought for a term anywhere?
    pub(super) has_terms: bool,
    /// Is anybody made to leave a pool?
    pub(super) removes_members: bool,
    /// Is any pool operated?
    pub(super) has_operations: bool,
}

impl<'a> Directory<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let (pools, parties) = (model.pools.len(), model.parties.len());
        let home_of_group = |group: usize| model.groups[group].pool.index();
        let owner = |pool: usize| model.pools[pool].rules.owner.index();
        let rules = || model.pools.iter().map(|pool| &pool.rules);
        let steps = &model.owner_steps;
        let mut directory = Self {
            model,
            members_of_pool: members_by(model, pools, |member| home_of_group(model.members[member].group)),
            members_of_group: members_by(model, model.groups.len(), |member| model.members[member].group),
            members_of_department: members_by(model, model.departments.len(), |member| {
                model.members[member].department
            }),
            members_of_owner: members_by(model, parties, |member| owner(home_of_group(model.members[member].group))),
            groups_of_pool: Grouped::new(pools, (0..model.groups.len()).map(|group| (home_of_group(group), group))),
            pools_of_owner: Grouped::new(parties, (0..pools).map(|pool| (owner(pool), pool))),
            pools_paying: Grouped::new(parties, (0..pools).filter_map(|pool| Some((paid_for(model, pool)?, pool)))),
            homes_of_tier: pools_by(model, tiers),
            supplies_others: supplies_others(model),
            buyers_from: pools_by(model, sellers),
            lenders_to: pools_by(model, |rules| rules.resale.iter().map(|resale| resale.to).collect()),
            joint_pools_of: pools_by(model, |rules| {
                rules.joint.iter().flat_map(|joint| joint.merges.clone()).collect()
            }),
            steps_of_pool: Grouped::new(pools, steps.iter().map(|step| step.pool().index()).zip(0..)),
            has_lives: model.has_lives(),
            joins_pools: model.joins_pools(),
            serves_in_part: rules().any(|rules| rules.serves_in_part),
            has_terms: rules().any(has_purchases),
            removes_members: steps.iter().any(|step| matches!(step.operation.change, Change::RemoveMembers(_))),
            has_operations: false,
        };
        directory.has_operations = (0..pools).any(|pool| directory.is_operated(pool));
        directory
    }

    /// What is done to this pool by hand.
    pub(super) fn steps_of(&self, pool: usize) -> impl Iterator<Item = &'a OwnerStep> {
        self.steps_of_pool.of(pool).map(|step| &self.model.owner_steps[step])
    }

    /// [`Model::is_operated`].
    pub(super) fn is_operated(&self, pool: usize) -> bool {
        is_operated(&self.model.pools[pool].rules, self.steps_of(pool))
    }

    /// In which currencies the owner of a pool may pay for slots that the pool takes from others: its supply and bursts.
    pub(super) fn pays_in(&self, pool: usize) -> BTreeSet<CurrencyId> {
        let rules = &self.model.pools[pool].rules;
        let tiers = rules.burst.iter().flat_map(|burst| burst.tiers.iter().copied());
        let by_hand = self.steps_of(pool).filter_map(OwnerStep::supplier);
        let from = rules.suppliers().chain(tiers).chain(by_hand);
        from.map(|pool| self.model.pools[pool.index()].rules.currency).collect()
    }
}

fn members_by(model: &Model, things: usize, thing: impl Fn(usize) -> usize) -> Grouped {
    Grouped::new(things, (0..model.members.len()).map(|member| (thing(member), member)))
}

/// Pools, by those that their rules name.
fn pools_by(model: &Model, named: impl Fn(&PoolRules) -> Vec<PoolId>) -> Grouped {
    let pools = model.pools.iter().enumerate();
    let pairs = pools.flat_map(|(pool, read)| named(&read.rules).into_iter().map(move |named| (named.index(), pool)));
    Grouped::new(model.pools.len(), pairs)
}

/// Each tier once.
fn tiers(rules: &PoolRules) -> Vec<PoolId> {
    let tiers = rules.burst.as_ref().map_or(&[][..], |burst| &burst.tiers);
    let is_first = |number: &usize| !tiers[..*number].contains(&tiers[*number]);
    (0..tiers.len()).filter(is_first).map(|number| tiers[number]).collect()
}

/// Each pool of which slots are bought for a term, once.
fn sellers(rules: &PoolRules) -> Vec<PoolId> {
    let mut sellers: Vec<PoolId> =
        rules.supply.iter().filter(|line| line.purchase.is_some()).map(|line| line.from).collect();
    sellers.sort_unstable();
    sellers.dedup();
    sellers
}

/// By pool.
fn supplies_others(model: &Model) -> Vec<bool> {
    let by_rule = model.pools.iter().flat_map(|pool| pool.rules.suppliers());
    let by_hand = model.owner_steps.iter().filter_map(OwnerStep::supplier);
    let mut supplies = vec![false; model.pools.len()];
    by_rule.chain(by_hand).for_each(|pool| supplies[pool.index()] = true);
    supplies
}

/// Who is paid for the existence of a pool.
fn paid_for(model: &Model, pool: usize) -> Option<usize> {
    Some(model.pools[pool].rules.life.as_ref()?.fees?.payee.index())
}

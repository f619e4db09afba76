//! What a joint pool knows of its partners: who put in how many slots, and whose members use how many.
//!
//! A request keeps the pool that it asked, its *affiliation*, for as long as a joint pool serves it.

use super::effects::Effects;
use super::ids::PoolId;
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::records::JointUse;
use super::rules::{JointRules, Sharing};
use crate::units::{SimTime, product};

/// The state of a pool that joins others.
#[derive(Clone, Debug)]
pub(super) struct Joint {
    pub(super) rules: JointRules,
    /// Are the partners merged now?
    pub(super) is_merged: bool,
    /// In the order of [`JointRules::merges`].
    pub(super) partners: Vec<Partner>,
    /// The slot-times are counted up to this instant.
    since: SimTime,
    /// By group of partners, as a set of bits: the integral of min(slots put in, slots used). Empty unless shared by it.
    values: Vec<i128>,
    /// The proportions by which it was shared last.
    pub(super) last_weights: Vec<u128>,
}

impl Pool {
    /// Is it a joint pool that has the slots of others now?
    pub(super) fn has_merged(&self) -> bool {
        self.joint.as_ref().is_some_and(|joint| joint.is_merged)
    }
}

/// A pool that is, or may become, a part of a joint pool.
#[derive(Clone, Debug)]
pub(super) struct Partner {
    pub(super) pool: PoolId,
    /// Slots that it put in, and that are still there.
    pub(super) contributed: u32,
    /// Slots of the joint pool that its members hold.
    pub(super) used: u32,
    /// Slots × ticks put in since they were shared last.
    contributed_time: i128,
    /// Slots × ticks used since.
    used_time: i128,
}

impl Joint {
    pub(super) fn new(rules: JointRules) -> Self {
        let partner =
            |pool: &PoolId| Partner { pool: *pool, contributed: 0, used: 0, contributed_time: 0, used_time: 0 };
        let partners: Vec<Partner> = rules.merges.iter().map(partner).collect();
        let groups = if rules.sharing == Sharing::Shapley { 1 << partners.len() } else { 0 };
        let (values, last_weights) = (vec![0; groups], Vec::new());
        Self { rules, is_merged: false, partners, since: SimTime::ZERO, values, last_weights }
    }

    /// Counts the slot-times up to `now`: before any of the levels changes.
    pub(super) fn advance(&mut self, now: SimTime) {
        let ticks = (now - self.since).ticks();
        self.since = now;
        if ticks == 0 {
            return;
        }
        for partner in &mut self.partners {
            partner.contributed_time += product(i64::from(partner.contributed), ticks);
            partner.used_time += product(i64::from(partner.used), ticks);
        }
        for (group, value) in self.values.iter_mut().enumerate() {
            let members = self.partners.iter().enumerate().filter(|(number, _)| group >> number & 1 == 1);
            let (contributed, used) = members.fold((0, 0), |(contributed, used), (_, partner)| {
                (contributed + i64::from(partner.contributed), used + i64::from(partner.used))
            });
            *value += product(contributed.min(used), ticks);
        }
    }

    pub(super) fn partner(&self, pool: PoolId) -> Option<&Partner> {
        self.partners.iter().find(|partner| partner.pool == pool)
    }

    fn partner_mut(&mut self, pool: PoolId) -> Option<&mut Partner> {
        self.partners.iter_mut().find(|partner| partner.pool == pool)
    }

    /// Members of `affiliation` hold so many more slots of the joint pool from `now` on, or fewer.
    pub(super) fn use_changed(&mut self, now: SimTime, affiliation: Option<PoolId>, change: i64) {
        self.advance(now);
        if let Some(partner) = affiliation.and_then(|pool| self.partner_mut(pool)) {
            let used = i64::from(partner.used) + change;
            partner.used = u32::try_from(used).expect("nobody gives back slots that it does not hold");
        }
    }

    /// A partner puts in so many more slots from `now` on, or fewer.
    pub(super) fn contribution_changed(&mut self, now: SimTime, pool: PoolId, change: i64) {
        self.advance(now);
        if let Some(partner) = self.partner_mut(pool) {
            let contributed = i64::from(partner.contributed) + change;
            partner.contributed = u32::try_from(contributed).expect("a partner takes out no more than it put in");
        }
    }

    /// The slot-times from which the proportions follow, counted up to `now`: put in, used, and worth by group.
    pub(super) fn times(&mut self, now: SimTime) -> (Vec<i128>, Vec<i128>, &[i128]) {
        self.advance(now);
        let contributed = self.partners.iter().map(|partner| partner.contributed_time).collect();
        let used = self.partners.iter().map(|partner| partner.used_time).collect();
        (contributed, used, &self.values)
    }

    /// What was counted so far has been shared: counting begins anew.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.advance(now);
        self.values.fill(0);
        for partner in &mut self.partners {
            (partner.contributed_time, partner.used_time) = (0, 0);
        }
    }
}

impl Marketplace {
    /// The pool that has the slots of `pool` now: itself, or the joint pool that it is merged into.
    pub(super) fn keeper(&self, pool: PoolId) -> PoolId {
        self.pools[pool.index()].merged_into.unwrap_or(pool)
    }

    /// `pool` has so many more slots from `now` on, or fewer: where it is merged, the joint pool has. Nobody is evicted yet.
    pub(super) fn change_capacity(&mut self, now: SimTime, pool: PoolId, change: i64) -> PoolId {
        let keeper = self.keeper(pool);
        let capacity = &mut self.pools[keeper.index()].capacity;
        *capacity = capacity.map(|capacity| {
            u32::try_from(i64::from(capacity) + change).expect("no more slots are taken away than there are")
        });
        if keeper != pool
            && let Some(joint) = &mut self.pools[keeper.index()].joint
        {
            joint.contribution_changed(now, pool, change);
        }
        keeper
    }

    /// Tells the levels of all partners of a joint pool.
    pub(super) fn tell_partners(&self, id: PoolId, fx: &mut impl Effects) {
        let Some(joint) = &self.pools[id.index()].joint else { return };
        for partner in &joint.partners {
            let (contributed, used) = (partner.contributed, partner.used);
            fx.joint_use(&JointUse { joint: id, partner: partner.pool, contributed, used });
        }
    }
}

//! How often members' work is interrupted, why, and what comes to nothing by it.

use super::tiers::Bursts;
use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{Cause, Change, Charging, PoolRules, Pricing, Revision};
use crate::simulation::directory::Directory;
use crate::simulation::meters::{MemberMeter, TierMeter};
use crate::simulation::model::HardwareModel;
use crate::units::TICKS_PER_HOUR;

macro_rules! by_cause {
    ($word:literal) => {
        [
            concat!("interruptions_per_1000_slot_hours_", $word),
            concat!("burst_interruptions_per_1000_slot_hours_", $word),
        ]
    };
}

/// Every cause, with the names of its metrics, of requests and of bursts.
const CAUSES: [(Cause, [&str; 2]); 11] = [
    (Cause::Outbid, by_cause!("outbid")),
    (Cause::Minimum, by_cause!("minimum")),
    (Cause::Price, by_cause!("price")),
    (Cause::Term, by_cause!("term")),
    (Cause::Supply, by_cause!("supply")),
    (Cause::Budget, by_cause!("budget")),
    (Cause::Fault, by_cause!("fault")),
    (Cause::Expiry, by_cause!("expiry")),
    (Cause::TakenBack, by_cause!("taken_back")),
    (Cause::Removed, by_cause!("removed")),
    (Cause::Closure, by_cause!("closure")),
];

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Of the requests of these members. Nothing where nobody can interrupt them.
    pub(super) fn interruptions(
        &mut self,
        scope: Scope<'a>,
        m: &MemberMeter,
        members: impl Iterator<Item = usize> + Clone,
    ) {
        let mut homes: Vec<usize> = members.map(|member| self.home_of(member)).collect();
        homes.sort_unstable();
        homes.dedup();
        let mut reaches: Vec<Reach<'_>> = homes.into_iter().map(|home| Reach::of(self.directory, home)).collect();
        reaches.retain(|reach| reach.any_home(|pool| pool.interrupted.is_some()));
        if reaches.is_empty() {
            return;
        }
        let thousands = m.held as f64 / TICKS_PER_HOUR as f64 / 1000.0;
        let rate = Unit::PerThousandSlotHours;
        self.put(scope, "interruptions_per_1000_slot_hours", rate, m.interruptions as f64, thousands);
        for (cause, [metric, _]) in CAUSES {
            if reaches.iter().any(|reach| reach.can_interrupt(cause)) {
                self.put(scope, metric, rate, m.causes[cause as usize] as f64, thousands);
            }
        }
        self.put(scope, "work_lost", Unit::SlotHours, m.work_lost as f64 / TICKS_PER_HOUR as f64, 1.0);
    }

    /// Of bursts into one pool, from these.
    pub(super) fn burst_interruptions(&mut self, scope: Scope<'a>, all: &[Bursts], homes: &[usize]) {
        let tiers: Vec<&TierMeter> = all.iter().map(|bursts| &bursts.meter).collect();
        let reaches: Vec<Reach<'_>> = homes.iter().map(|home| Reach::of(self.directory, *home)).collect();
        let thousands = tiers.iter().map(|tier| tier.held).sum::<i128>() as f64 / TICKS_PER_HOUR as f64 / 1000.0;
        for (cause, [_, metric]) in CAUSES {
            if reaches.iter().any(|reach| reach.can_interrupt(cause)) {
                let count: u64 = tiers.iter().map(|tier| tier.causes[cause as usize]).sum();
                self.put(scope, metric, Unit::PerThousandSlotHours, count as f64, thousands);
            }
        }
        let lost = tiers.iter().map(|tier| tier.work_lost).sum::<i128>() as f64;
        self.put(scope, "burst_work_lost", Unit::SlotHours, lost / TICKS_PER_HOUR as f64, 1.0);
    }

    /// The pool that a member asks.
    pub(super) fn home_of(&self, member: usize) -> usize {
        self.model.groups[self.model.members[member].group].pool.index()
    }
}

/// Where the requests of those who ask one pool can be.
struct Reach<'a> {
    directory: &'a Directory<'a>,
    /// The pools whose rules can hold for them: that pool, those that are asked instead, and those that these are merged
    /// into.
    homes: Vec<usize>,
    /// Where they can hold slots: there, and in the tiers of all these.
    places: Vec<usize>,
}

impl<'a> Reach<'a> {
    fn of(directory: &'a Directory<'a>, home: usize) -> Self {
        let model = directory.model;
        let groups = directory.groups_of_pool.of(home).map(|group| &model.groups[group]);
        let alternatives = groups.flat_map(|group| group.alternatives.iter().map(|pool| pool.index()));
        let mut homes: Vec<usize> = alternatives.chain([home]).collect();
        let joint: Vec<usize> = homes.iter().flat_map(|home| directory.joint_pools_of.of(*home)).collect();
        homes.extend(joint);
        homes.sort_unstable();
        homes.dedup();
        let bursts = homes.iter().flat_map(|pool| &model.pools[*pool].rules.burst);
        let tiers = bursts.flat_map(|burst| burst.tiers.iter().map(|tier| tier.index()));
        let places = homes.iter().copied().chain(tiers).collect();
        Self { directory, homes, places }
    }

    fn rules(&self, pool: usize) -> &'a PoolRules {
        &self.directory.model.pools[pool].rules
    }

    fn any_home(&self, is_meant: impl FnMut(&'a PoolRules) -> bool) -> bool {
        self.homes.iter().map(|pool| self.rules(*pool)).any(is_meant)
    }

    fn any_place(&self, is_meant: impl FnMut(&'a PoolRules) -> bool) -> bool {
        self.places.iter().map(|pool| self.rules(*pool)).any(is_meant)
    }

    /// Is any of this done, by hand, to a pool where they can hold slots?
    fn any_step(&self, is_meant: impl Fn(&Change) -> bool) -> bool {
        let mut steps = self.places.iter().flat_map(|pool| self.directory.steps_of(*pool));
        steps.any(|step| is_meant(&step.operation.change))
    }

    /// When pools are merged or split, holders come under another minimum and another price.
    fn has_merges(&self) -> bool {
        self.any_step(|change| matches!(change, Change::Merge { .. } | Change::Split))
    }

    /// Can any of them be interrupted for this cause?
    fn can_interrupt(&self, cause: Cause) -> bool {
        let (directory, model) = (self.directory, self.directory.model);
        match cause {
            Cause::Outbid => self.any_place(|pool| matches!(pool.pricing, Pricing::Spot(_) | Pricing::Formula(_))),
            Cause::Minimum => {
                self.any_home(|pool| pool.revision == Revision::Always)
                    || self.any_place(|pool| pool.minimum_formula.is_some())
                    || self.places.iter().any(|pool| model.pools[*pool].minimum_schedule.is_some())
                    || self.any_step(|change| matches!(change, Change::Minimum(_)))
                    || self.has_merges()
            }
            Cause::Price => {
                let moves = |pool: &PoolRules| match &pool.pricing {
                    Pricing::Spot(spot) => spot.smoothing.is_some(),
                    Pricing::Formula(_) | Pricing::Given(_) => true,
                    Pricing::Posted(_) | Pricing::Proportional | Pricing::Auction(_) => false,
                };
                self.any_place(moves)
                    || self.any_step(|change| matches!(change, Change::PostedPrice(_)))
                    || self.has_merges()
            }
            Cause::Term => self.any_home(|pool| matches!(pool.pricing, Pricing::Auction(_))),
            Cause::Supply => self.can_lose_slots(),
            Cause::Budget => self.any_home(|pool| {
                let burst = pool.burst.as_ref();
                let budget = burst.and_then(|burst| burst.budget.as_ref());
                budget.is_some_and(|budget| budget.charging == Charging::Metered)
            }),
            Cause::Expiry => directory.has_terms,
            Cause::Fault => model.hardware.as_ref().is_some_and(HardwareModel::has_faults),
            Cause::TakenBack => {
                self.any_home(|pool| pool.joint.as_ref().is_some_and(|joint| joint.own_first))
                    || self.any_step(|change| *change == Change::Split)
                    || self.places.iter().any(|pool| directory.lenders_to.has_any(*pool))
            }
            Cause::Removed => directory.removes_members,
            Cause::Closure => directory.has_lives,
        }
    }

    /// Can pools lose slots to their own suppliers, or give some back that are held? Those of partners are merged pools'.
    fn can_lose_slots(&self) -> bool {
        let joint = self.homes.iter().filter_map(|pool| self.rules(*pool).joint.as_ref());
        let partners: Vec<usize> = joint.flat_map(|joint| &joint.merges).map(|partner| partner.index()).collect();
        let mut pools = partners.iter().chain(&self.places);
        pools.any(|pool| {
            let rules = self.rules(*pool);
            let moves = |change: &Change| {
                matches!(change, Change::AddSlots(_) | Change::RemoveSlots { .. } | Change::Resize(_))
            };
            let is_there = !rules.supply.is_empty() || !rules.scaling.is_empty();
            is_there || self.directory.steps_of(*pool).any(|step| moves(&step.operation.change))
        })
    }
}

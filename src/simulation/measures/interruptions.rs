//! How often members' work is interrupted, why, and what comes to nothing by it.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::market::{Cause, Change, Charging, PoolId, PoolRules, Pricing, Revision};
use crate::simulation::meters::MemberMeter;
use crate::simulation::model::{HardwareModel, Model};
use crate::units::TICKS_PER_HOUR;

/// Every cause, with the name of its metric.
const CAUSES: [(Cause, &str); 11] = [
    (Cause::Outbid, "interruptions_per_1000_slot_hours_outbid"),
    (Cause::Minimum, "interruptions_per_1000_slot_hours_minimum"),
    (Cause::Price, "interruptions_per_1000_slot_hours_price"),
    (Cause::Term, "interruptions_per_1000_slot_hours_term"),
    (Cause::Supply, "interruptions_per_1000_slot_hours_supply"),
    (Cause::Budget, "interruptions_per_1000_slot_hours_budget"),
    (Cause::Fault, "interruptions_per_1000_slot_hours_fault"),
    (Cause::Expiry, "interruptions_per_1000_slot_hours_expiry"),
    (Cause::TakenBack, "interruptions_per_1000_slot_hours_taken_back"),
    (Cause::Removed, "interruptions_per_1000_slot_hours_removed"),
    (Cause::Closure, "interruptions_per_1000_slot_hours_closure"),
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
        homes.retain(|home| self.model.pools[*home].rules.interrupted.is_some());
        if homes.is_empty() {
            return;
        }
        let thousands = m.held as f64 / TICKS_PER_HOUR as f64 / 1000.0;
        let rate = Unit::PerThousandSlotHours;
        self.put(scope, "interruptions_per_1000_slot_hours", rate, m.interruptions as f64, thousands);
        for (cause, metric) in CAUSES {
            if homes.iter().any(|home| can_interrupt(self.model, *home, cause)) {
                self.put(scope, metric, rate, m.causes[cause as usize] as f64, thousands);
            }
        }
        self.put(scope, "work_lost", Unit::SlotHours, m.work_lost as f64 / TICKS_PER_HOUR as f64, 1.0);
    }

    /// The pool that a member asks.
    pub(super) fn home_of(&self, member: usize) -> usize {
        self.model.groups[self.model.members[member].group].pool.index()
    }
}

/// Can a request that asked `home` be interrupted for this cause, there or in a tier?
fn can_interrupt(model: &Model, home: usize, cause: Cause) -> bool {
    let asked = &model.pools[home].rules;
    let tiers = asked.burst.iter().flat_map(|burst| burst.tiers.iter().copied());
    let mut places = tiers.chain([PoolId(home as u32)]);
    let rules = |pool: PoolId| -> &PoolRules { &model.pools[pool.index()].rules };
    match cause {
        Cause::Outbid => places.any(|pool| matches!(rules(pool).pricing, Pricing::Spot(_) | Pricing::Formula(_))),
        Cause::Minimum => asked.revision == Revision::Always || places.any(|pool| has_moving_minimum(model, pool)),
        Cause::Price => places.any(|pool| match &rules(pool).pricing {
            Pricing::Spot(spot) => spot.smoothing.is_some(),
            Pricing::Formula(_) | Pricing::Given(_) => true,
            Pricing::Posted(_) | Pricing::Proportional | Pricing::Auction(_) => false,
        }),
        Cause::Term => matches!(asked.pricing, Pricing::Auction(_)),
        Cause::Supply => places.any(|pool| !rules(pool).supply.is_empty()),
        Cause::Budget => {
            let budget = asked.burst.as_ref().and_then(|burst| burst.budget.as_ref());
            budget.is_some_and(|budget| budget.charging == Charging::Metered)
        }
        Cause::Expiry => has_terms(model),
        Cause::Fault => model.hardware.as_ref().is_some_and(HardwareModel::has_faults),
        Cause::TakenBack => {
            model.pools.iter().any(|pool| pool.rules.joint.as_ref().is_some_and(|joint| joint.own_first))
        }
        Cause::Removed => {
            model.owner_steps.iter().any(|step| matches!(step.operation.change, Change::RemoveMembers(_)))
        }
        Cause::Closure => model.has_lives(),
    }
}

/// Are slots bought for a term anywhere?
fn has_terms(model: &Model) -> bool {
    model.pools.iter().flat_map(|pool| &pool.rules.supply).any(|line| line.purchase.is_some())
}

fn has_moving_minimum(model: &Model, pool: PoolId) -> bool {
    let moves = &model.pools[pool.index()];
    moves.minimum_schedule.is_some()
        || moves.rules.minimum_formula.is_some()
        || model.owner_steps.iter().any(|step| step.pool() == pool)
}

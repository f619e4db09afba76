//! The periods of a burst budget: they end, are told of, and begin again.

use super::effects::Effects;
use super::ids::PoolId;
use super::marketplace::Marketplace;
use super::purse::Purse;
use super::records::BudgetPeriod;
use super::request::State;
use super::rules::BudgetRules;
use crate::units::SimTime;

impl Marketplace {
    /// A period ends: what open leases owe is billed to it, the jobs stay, and spending starts from nothing.
    pub(super) fn reset_budget(&mut self, now: SimTime, home: PoolId, fx: &mut impl Effects) {
        let Some(budget) = &self.pools[home.index()].budget else { return };
        // All bursts come out of the first.
        let open = budget.purses.first().map_or_else(Vec::new, |whole| whole.open.clone());
        for &place in &open {
            self.settle_in_between(now, place, fx);
        }
        self.report_budget(now, home, fx);
        if let Some(budget) = &mut self.pools[home.index()].budget {
            budget.purses.iter_mut().for_each(Purse::reset);
            (budget.since, budget.bursts, budget.lost) = (now, 0, 0);
        }
        for place in open {
            let State::Holding(lease) = self.requests[place.0].state else { unreachable!("open bursts hold slots") };
            self.burst_started(now, place, lease.bid, fx);
        }
        self.budget_was_reset(home);
    }

    /// Tells what came of the budget since its period began.
    pub(super) fn report_budget(&self, now: SimTime, home: PoolId, fx: &mut impl Effects) {
        let Some(budget) = &self.pools[home.index()].budget else { return };
        let is_over = budget.rules.period.is_none_or(|period| now - budget.since >= period);
        let of = |purse: &Purse| BudgetPeriod {
            pool: home,
            from: budget.since,
            to: now,
            is_over,
            amount: Some(purse.amount).filter(|amount| *amount != BudgetRules::UNLIMITED),
            spent: purse.spent,
            bursts: budget.bursts,
            lost: budget.lost,
            exhausted: purse.bound,
        };
        for purse in &budget.purses {
            match purse.tier() {
                None => fx.budget_period(&of(purse)),
                Some(tier) => fx.tier_budget_period(tier, &of(purse)),
            }
        }
    }
}

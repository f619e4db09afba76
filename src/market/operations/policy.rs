//! Policies that may change while a pool runs. The others make a pool what it is, and another pool is created for them.

use super::{Change, Denial};
use crate::market::effects::Effects;
use crate::market::ids::{Place, PoolId};
use crate::market::marketplace::Marketplace;
use crate::market::records::{Cause, Refusal};
use crate::market::request::Origin;
use crate::market::rules::{BelowMinimum, BurstRules, MaxPrice, Pricing};
use crate::units::{Money, Price, SimTime};

impl Marketplace {
    /// The posted price is compared with the limits of those who hold slots, like a minimum. A burst has agreed to the
    /// price at which it began, and goes on, unless its policy says otherwise.
    pub(super) fn post_price(
        &mut self,
        now: SimTime,
        id: PoolId,
        price: Price,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let pool = &mut self.pools[id.index()];
        if !matches!(pool.rules.pricing, Pricing::Posted(_)) {
            return Err(Denial::NoSuchRule);
        }
        let lowest = price.max(pool.minimum);
        let below = self.holders_below(id, lowest);
        let below: Vec<Place> = below.into_iter().filter(|place| self.minds_the_price(*place)).collect();
        let evicted = self.evict_all(now, &below, Cause::Price, fx);
        let pool = &mut self.pools[id.index()];
        (pool.rules.pricing, pool.posted) = (Pricing::Posted(price), price);
        self.refresh(now, id, fx);
        self.after_all(now, &evicted, fx);
        if self.pools[id.index()].rules.below_minimum == BelowMinimum::Refused {
            self.refuse_waiting_below(now, id, lowest, fx);
        }
        self.mark_dirty(id);
        self.refresh(now, id, fx);
        Ok(())
    }

    /// Does the lease at `place` end when a posted price rises above its limit?
    fn minds_the_price(&self, place: Place) -> bool {
        let request = &self.requests[place.0];
        let terms = self.pools[request.home.index()].burst_terms();
        request.tier().is_none() || terms.is_some_and(|terms| terms.judged_throughout)
    }

    pub(super) fn switch_bursts(&mut self, id: PoolId, are_on: bool) -> Result<(), Denial> {
        let pool = &mut self.pools[id.index()];
        pool.rules.burst.as_ref().ok_or(Denial::NoSuchRule)?;
        pool.life.burst_is_off = !are_on;
        Ok(())
    }

    pub(super) fn set_burst_price(&mut self, id: PoolId, price: MaxPrice) -> Result<(), Denial> {
        let rules = &self.pools[id.index()].rules;
        let burst = BurstRules { max_price: price, ..rules.burst.clone().ok_or(Denial::NoSuchRule)? };
        if !burst.mixed(rules.currency, |pool| self.pools[pool.index()].rules.currency).is_empty() {
            return Err(Denial::Currency);
        }
        self.pools[id.index()].rules.burst = Some(burst);
        Ok(())
    }

    /// What is spent already cannot be taken back: a budget below it is refused.
    pub(super) fn set_budget(
        &mut self,
        now: SimTime,
        id: PoolId,
        amount: Money,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        if self.pools[id.index()].budget.is_none() {
            return Err(Denial::NoSuchRule);
        }
        if self.budget_spent(now, id) > amount {
            return Err(Denial::Spent);
        }
        self.amend_budget(now, id, amount, fx);
        Ok(())
    }

    /// Whoever waits for more slots than a cap lets it ever hold is refused.
    pub(super) fn set_cap(
        &mut self,
        now: SimTime,
        id: PoolId,
        change: &Change,
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let fairness = self.pools[id.index()].fairness.as_mut().ok_or(Denial::NoSuchRule)?;
        match change {
            Change::MemberCap(cap) => fairness.set_member_cap(*cap),
            Change::DepartmentCap(cap) => fairness.set_department_cap(*cap),
            _ => unreachable!("no other change is about caps"),
        }
        let places = self.requests_where(|request| {
            let is_meant = request.home == id && request.origin == Origin::Member && request.is_waiting();
            let fairness = self.pools[id.index()].fairness.as_ref();
            is_meant && fairness.is_some_and(|fairness| fairness.exceeds_caps(request.payer, request.slots))
        });
        for place in places {
            let promised = self.promised_in(place);
            self.leave_queue(now, place, fx);
            self.refuse(place, Refusal::Cap, fx);
            promised.into_iter().for_each(|tier| self.refresh(now, tier, fx));
        }
        self.mark_dirty(id);
        self.bids_changed(now, id, fx);
        self.refresh(now, id, fx);
        Ok(())
    }
}

//! The burst ladder: where a request goes that its pool has no room for.
//!
//! Is a policy stored? If not, the pool's own rule holds. If one is, its tiers are tried in order. A tier is allowed
//! if its unit price with the fee on top is at most the maximum price (judged once, when the lease starts), and if
//! the budget bears it. Who started in a tier stays there to the end, unless the policy says otherwise
//! ([`super::give_back`]); when those who wait try the tiers stands in [`super::overflow`].

use super::budget::Wanted;
use super::clearing::Admission;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pricing;
use super::records::{BillingKind, Refusal, TierAsked};
use super::request::{Request, State};
use super::rules::{Charging, MaxPrice, Pricing};
use crate::units::{Accrual, Money, Price, Share, SimTime, product};

/// What a burst would owe at once.
struct DueAtStart {
    /// Paid in advance for the declared duration, per-cent fee included; `None` if it is metered.
    prepaid: Option<Money>,
    /// The flat fee.
    flat: Money,
}

/// A ladder has no more tiers: each has a bit in what a request has asked.
pub(super) const MOST_TIERS: usize = u64::BITS as usize;

/// What came of asking a tier that did not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// It gives slots, or will when those on loan come home.
    Taken,
    /// The request has slots of its own pool in the meantime.
    Served,
}

fn tier_number(tier: usize) -> u8 {
    debug_assert!(tier < MOST_TIERS, "marketplaces are not made of longer ladders");
    tier as u8
}

impl Marketplace {
    /// Tries the tiers in order. The error is [`Refusal::Budget`] if a tier would have taken the request but for the
    /// budget, else [`Refusal::Capacity`].
    pub(super) fn burst(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> Result<(), Refusal> {
        let home = self.requests[place.0].home;
        let result = self.burst_from(now, place, 0, fx);
        if let (Err(Refusal::Budget), Some(budget)) = (result, &mut self.pools[home.index()].budget) {
            budget.count_lost();
        }
        result
    }

    /// The same, beginning with tier number `first`. A waiting request leaves its queue if a tier takes it.
    pub(super) fn burst_from(
        &mut self,
        now: SimTime,
        place: Place,
        first: usize,
        fx: &mut impl Effects,
    ) -> Result<(), Refusal> {
        let tiers = self.tiers_of(place);
        let mut refusal = Refusal::Capacity;
        for tier in first..tiers {
            match self.try_tier(now, place, tier, fx) {
                Ok(()) => return Ok(()),
                Err(Refusal::Budget) => refusal = Refusal::Budget,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    /// Number of tiers in the ladder of the pool that the request at `place` asked; none where its owner has switched them
    /// off.
    pub(super) fn tiers_of(&self, place: Place) -> usize {
        let home = &self.pools[self.requests[place.0].home.index()];
        home.rules.burst.as_ref().filter(|_| !home.life.burst_is_off).map_or(0, |burst| burst.tiers.len())
    }

    /// Does tier number `tier` take the request at `place`? If not, why.
    pub(super) fn try_tier(
        &mut self,
        now: SimTime,
        place: Place,
        tier: usize,
        fx: &mut impl Effects,
    ) -> Result<(), Refusal> {
        let request = &mut self.requests[place.0];
        let is_first = request.tiers_asked >> tier & 1 == 0;
        request.tiers_asked |= 1 << tier;
        // Whoever gets a slot may have lost it, and be gone, before this is told.
        let Request { home, slots, work, .. } = *request;
        let pool = self.pools[home.index()].rules.burst.as_ref().expect("a tier belongs to a policy").tiers[tier];
        let answer = self.ask_tier(now, place, tier, fx);
        if answer != Ok(Asked::Served) {
            let (tier, refusal) = (tier_number(tier), answer.err());
            fx.tier_asked(&TierAsked { home, pool, tier, slots, work, is_first, refusal });
        }
        answer.map(|_| ())
    }

    fn ask_tier(&mut self, now: SimTime, place: Place, tier: usize, fx: &mut impl Effects) -> Result<Asked, Refusal> {
        let home = self.requests[place.0].home;
        let burst = self.pools[home.index()].rules.burst.as_ref().expect("a tier belongs to a policy");
        let id = burst.tiers[tier];
        let own_limit = burst.terms.tiers.get(tier).and_then(|terms| terms.max_price);
        let limit = self.highest_price(place, own_limit.unwrap_or(burst.max_price));
        let (number, waits) = (self.requests[place.0].number, self.requests[place.0].is_waiting());
        let bid = self.tier_bid(home, id, limit).ok_or(Refusal::Price)?;
        if self.admission(now, place, id, bid, fx) == Admission::No {
            let lends = self.pools[id.index()].rules.resale.is_some();
            if lends && !waits && self.waits_for_loan(now, place, (id, tier), bid, fx) {
                return Ok(Asked::Taken);
            }
            if self.pools[id.index()].outbids(bid) {
                return Err(Refusal::Outbid);
            }
            fx.stock_out(id);
            return Err(if self.pools[id.index()].is_down { Refusal::Down } else { Refusal::Capacity });
        }
        if waits && !self.still_waits(place, number) {
            return Ok(Asked::Served); // slots that were due to somebody else came to it on the way
        }
        if !self.pools[home.index()].tier_has_room(tier, self.requests[place.0].slots) {
            return Err(Refusal::Cap);
        }
        let tier_number = tier_number(tier);
        // The budget must bear the highest price that the lease itself can make.
        let highest = pricing::highest_at_start(&self.pools[id.index()], bid);
        let due = self.due_at_start(place, home, id, highest);
        let fixed = due.prepaid.unwrap_or_default() + due.flat;
        let slots = self.requests[place.0].slots;
        if !self.budget_bears(now, &Wanted { home, tier: tier_number, pool: id, price: highest, slots, fixed }) {
            return Err(Refusal::Budget);
        }
        if waits {
            self.leave_queue(now, place, fx);
        }
        let evicted = self.offer(now, place, id, Some(tier_number), bid, fx).expect("what was admitted runs");
        self.refresh(now, id, fx);
        let price = pricing::unit_price(&self.pools[id.index()], bid);
        let due = self.due_at_start(place, home, id, price);
        self.keep_burst(now, place);
        self.bill_start(now, place, &due, fx);
        self.burst_started(now, place, bid, fx);
        if self.pools[home.index()].budget.is_some() && self.pools[id.index()].rules.billing_unit.is_some() {
            self.begin_unit(now, place, fx); // at the price that the budget was asked about
        }
        // Last: whoever gave way may outbid this very burst.
        self.after_all(now, &evicted, fx);
        self.refresh(now, id, fx);
        if waits {
            // Where one that does not fit blocks the queue, whoever is behind it may now be served.
            self.mark_dirty(home);
            self.bids_changed(now, home, fx);
            self.refresh(now, home, fx);
        }
        Ok(Asked::Taken)
    }

    fn highest_price(&self, place: Place, rule: MaxPrice) -> Price {
        let request = &self.requests[place.0];
        rule.of_request(request.bid, Some(request.max_price))
    }

    /// What the pool bids in a tier: its limit before the fee. `None` if the price is too high already.
    fn tier_bid(&self, home: PoolId, id: PoolId, limit: Price) -> Option<Price> {
        let tier = &self.pools[id.index()];
        let fee = self.fee_of(home, id);
        let bid = fee.price_before_fee(limit);
        let allowed = match tier.rules.pricing {
            // Not the price in force: while the minimum is being changed, that is still the one before.
            Pricing::Posted(_) => fee.price_within(tier.lowest_served(), limit),
            Pricing::Spot(_) | Pricing::Formula(_) | Pricing::Given(_) => bid >= tier.lowest_served(),
            _ => unreachable!("only pools that answer at once are tiers"),
        };
        allowed.then_some(bid)
    }

    /// The per-cent fee on `home`'s charges in `tier`: none on slots of one's own.
    pub(super) fn fee_of(&self, home: PoolId, tier: PoolId) -> Share {
        let rules = &self.pools[home.index()].rules;
        let own = rules.owner == self.pools[tier.index()].rules.owner;
        rules.burst.as_ref().filter(|_| !own).map_or(Share::ZERO, |burst| burst.fee)
    }

    /// What would be due at once at this unit price.
    fn due_at_start(&self, place: Place, home: PoolId, id: PoolId, price: Price) -> DueAtStart {
        let tier = &self.pools[id.index()];
        let rules = &self.pools[home.index()].rules;
        let burst = rules.burst.as_ref().expect("a tier belongs to a policy");
        let own = rules.owner == tier.rules.owner;
        let flat = if own { Money::ZERO } else { burst.flat_fee };
        let is_prepaid = burst.budget.as_ref().is_some_and(|budget| budget.charging == Charging::Prepaid);
        let prepaid = is_prepaid.then(|| {
            let request = &self.requests[place.0];
            let time = tier.billed_time(request.work);
            let charge = Accrual::from_units(product(price.units(), time.ticks())).times(request.slots);
            charge.bill().0 + charge.bill_share(self.fee_of(home, id)).0
        });
        DueAtStart { prepaid, flat }
    }

    fn bill_start(&mut self, now: SimTime, place: Place, due: &DueAtStart, fx: &mut impl Effects) {
        if let State::Holding(lease) = &mut self.requests[place.0].state {
            lease.is_prepaid = due.prepaid.is_some();
        }
        let held = self.stretch(now, place);
        let (home, tier) = (held.home, held.tier.unwrap_or_default());
        for (kind, amount) in
            [(BillingKind::Prepaid, due.prepaid), (BillingKind::FlatFee, Some(due.flat).filter(|f| *f != Money::ZERO))]
        {
            if let Some(amount) = amount {
                self.bill_fixed(&held, kind, amount, fx);
                self.recharge_fixed(&held, amount, fx);
                if let Some(budget) = &mut self.pools[home.index()].budget {
                    budget.spend(tier, amount);
                }
            }
        }
        if let Some(budget) = &mut self.pools[home.index()].budget {
            budget.count_burst();
        }
    }
}

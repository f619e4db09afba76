//! The burst ladder: where a request goes that its pool has no room for.
//!
//! Is a policy stored? If not, the pool's own rule holds. If one is, its tiers are tried in order. A tier is allowed
//! if its unit price with the fee on top is at most the maximum price (judged once, when the lease starts), and if
//! the budget bears it. Who started in a tier stays there to the end.

use super::clearing::Admission;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pricing;
use super::records::{BillingKind, Refusal};
use super::request::State;
use super::rules::{Charging, MaxPrice, Pricing};
use crate::units::{Accrual, Money, Price, Share, SimTime, product};

/// What a burst would owe at once.
struct DueAtStart {
    /// Paid in advance for the declared duration, per-cent fee included; `None` if it is metered.
    prepaid: Option<Money>,
    /// The flat fee.
    flat: Money,
}

impl Marketplace {
    /// Tries the tiers in order. The error is [`Refusal::Budget`] if a tier would have taken the request but for the
    /// budget, else [`Refusal::Capacity`].
    pub(super) fn burst(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) -> Result<(), Refusal> {
        let home = self.requests[place.0].home;
        let tiers = self.pools[home.index()].rules.burst.as_ref().map_or(0, |burst| burst.tiers.len());
        let mut refusal = Refusal::Capacity;
        for tier in 0..tiers {
            match self.try_tier(now, place, home, tier, fx) {
                Ok(()) => return Ok(()),
                Err(Refusal::Budget) => refusal = Refusal::Budget,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    fn try_tier(
        &mut self,
        now: SimTime,
        place: Place,
        home: PoolId,
        tier: usize,
        fx: &mut impl Effects,
    ) -> Result<(), Refusal> {
        let burst = self.pools[home.index()].rules.burst.as_ref().expect("a tier belongs to a policy");
        let id = burst.tiers[tier];
        let limit = match burst.max_price {
            MaxPrice::Constant(price) => price,
            MaxPrice::Bid => self.requests[place.0].bid,
        };
        let bid = self.tier_bid(home, id, limit).ok_or(Refusal::Price)?;
        if self.admission(now, place, id, bid, fx) == Admission::No {
            if !self.pools[id.index()].outbids(bid) {
                fx.stock_out(id);
            }
            return Err(Refusal::Capacity);
        }
        // The budget must bear the highest price that the lease itself can make.
        let highest = pricing::highest_at_start(&self.pools[id.index()], bid);
        let due = self.due_at_start(place, home, id, highest);
        let fixed = due.prepaid.unwrap_or_default() + due.flat;
        if !self.budget_bears(now, (home, id), highest, self.requests[place.0].slots, fixed) {
            return Err(Refusal::Budget);
        }
        let tier_number = u8::try_from(tier).expect("a ladder has at most 255 tiers");
        let evicted = self.offer(now, place, id, Some(tier_number), bid, fx).expect("what was admitted runs");
        self.refresh(now, id, fx);
        let price = pricing::unit_price(&self.pools[id.index()], bid);
        let due = self.due_at_start(place, home, id, price);
        self.bill_start(now, place, &due, fx);
        self.burst_started(now, place, bid, fx);
        // Last: whoever gave way may outbid this very burst.
        self.after_all(now, &evicted, fx);
        self.refresh(now, id, fx);
        Ok(())
    }

    /// What the pool bids in a tier: its limit before the fee. `None` if the price is too high already.
    fn tier_bid(&self, home: PoolId, id: PoolId, limit: Price) -> Option<Price> {
        let tier = &self.pools[id.index()];
        let fee = self.fee_of(home, id);
        let bid = fee.price_before_fee(limit);
        let allowed = match tier.rules.pricing {
            Pricing::Posted(_) => fee.price_within(tier.integral.price(), limit),
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
            let time = tier.rules.speed.time_for(request.work);
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
        let home = held.home;
        for (kind, amount) in
            [(BillingKind::Prepaid, due.prepaid), (BillingKind::FlatFee, Some(due.flat).filter(|f| *f != Money::ZERO))]
        {
            if let Some(amount) = amount {
                self.bill_fixed(&held, kind, amount, fx);
                if let Some(budget) = &mut self.pools[home.index()].budget {
                    budget.spend(amount);
                }
            }
        }
    }
}

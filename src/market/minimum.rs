//! The minimum price, settable at any moment.

use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::Cause;
use super::request::Origin;
use super::rules::BelowMinimum;
use crate::units::{Price, SimTime};

impl Marketplace {
    /// The owner sets the minimum. A holder keeps its slots while its bid is at or above the minimum: whoever is below
    /// it now is interrupted at this instant (after its notice or guaranteed run, where the pool states one). Whoever
    /// stays pays at least the minimum. Whoever waits below it is refused, unless the pool lets it wait.
    ///
    /// A burst lease is held in another pool, and does not end by this pool's minimum, unless its policy says so.
    pub(super) fn set_minimum(&mut self, now: SimTime, id: PoolId, minimum: Price, fx: &mut impl Effects) {
        let evicted = self.evict_all(now, &self.holders_below(id, minimum), Cause::Minimum, fx);
        self.pools[id.index()].minimum = minimum;
        self.raise_agreed_prices(now, id, minimum);
        self.after_all(now, &evicted, fx);
        self.end_bursts_below(now, id, minimum, fx);
        if self.pools[id.index()].rules.below_minimum == BelowMinimum::Refused {
            self.refuse_waiting_below(now, id, minimum, fx);
        }
        // A lower minimum lets somebody in; a higher one may take away who blocked the queue.
        self.mark_dirty(id);
        self.bids_changed(now, id, fx);
        self.refresh(now, id, fx);
    }

    /// Bursts whose bids lie below the minimum of their own pool end like leases there, where the policy says so.
    fn end_bursts_below(&mut self, now: SimTime, id: PoolId, minimum: Price, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        if !pool.burst_terms().is_some_and(|terms| terms.end_below_minimum) {
            return;
        }
        let open = pool.bursts.iter().flat_map(|bursts| bursts.marks.keys().copied());
        let below: Vec<Place> = open.filter(|place| self.requests[place.0].bid < minimum).collect();
        for place in below {
            let Some(tier) = self.requests[place.0].holds_in() else { continue };
            let evicted = self.evict(now, place, Cause::Minimum, fx);
            self.after_eviction(now, &evicted.without_bursting(), fx);
            self.refresh(now, tier, fx);
        }
    }

    /// Slots that were sold at an agreed price cost at least the minimum.
    fn raise_agreed_prices(&mut self, now: SimTime, id: PoolId, minimum: Price) {
        let pool = &mut self.pools[id.index()];
        if !pool.is_auction() {
            return;
        }
        for number in pool.accounts.alive().into_iter().filter(|number| *number > 0) {
            let account = &mut pool.accounts[number];
            let request = &self.requests[account.place.0];
            if request.has_notice() || request.lease().is_some_and(|lease| lease.bid < minimum) {
                continue; // it holds on under notice or in its guaranteed run, and pays at most its bid
            }
            account.set_rate(now, account.agreed.max(minimum.times(request.slots)));
        }
    }

    /// A pool that waits as another pool's supply goes on waiting: it wants the slot whenever it can have it.
    pub(super) fn refuse_waiting_below(&mut self, now: SimTime, id: PoolId, minimum: Price, fx: &mut impl Effects) {
        let below = self.pools[id.index()].book.waiting().filter(|entry| entry.bid < minimum);
        let members = below.filter(|entry| self.requests[entry.place.0].origin == Origin::Member);
        let places: Vec<Place> = members.map(|entry| entry.place).collect();
        for place in places {
            self.refuse_waiting(now, place, fx);
        }
    }
}

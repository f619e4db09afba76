//! The minimum price, settable at any moment.

use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::{Cause, Fate, Refusal};
use super::request::Origin;
use super::rules::BelowMinimum;
use crate::units::{Price, SimTime};

impl Marketplace {
    /// The owner sets the minimum. A holder keeps its slots while its bid is at or above the minimum: whoever is below
    /// it now is interrupted at this instant. Whoever waits below it is refused, unless the pool lets it wait.
    ///
    /// A burst lease is held in another pool, and does not end by this pool's minimum.
    pub(super) fn set_minimum(&mut self, now: SimTime, id: PoolId, minimum: Price, fx: &mut impl Effects) {
        self.pools[id.index()].minimum = minimum;
        let evicted = self.evict_all(now, &self.holders_below(id, minimum), Cause::Minimum, fx);
        self.after_all(now, &evicted, fx);
        if self.pools[id.index()].rules.below_minimum == BelowMinimum::Refused {
            self.refuse_waiting_below(now, id, minimum, fx);
        }
        // A lower minimum lets somebody in; a higher one may take away who blocked the queue.
        self.mark_dirty(id);
        self.refresh(now, id, fx);
    }

    /// Holders below the minimum, the lowest bid first, among equals the latest arrival.
    fn holders_below(&self, id: PoolId, minimum: Price) -> Vec<Place> {
        let rank = |place: &Place| {
            let request = &self.requests[place.0];
            (request.lease().map(|lease| lease.bid), std::cmp::Reverse(request.number))
        };
        let mut below: Vec<Place> = self.holders(id).into_iter().filter(|p| rank(p).0 < Some(minimum)).collect();
        below.sort_by_key(rank);
        below
    }

    /// A pool that waits as another pool's supply goes on waiting: it wants the slot whenever it can have it.
    fn refuse_waiting_below(&mut self, now: SimTime, id: PoolId, minimum: Price, fx: &mut impl Effects) {
        let below = self.pools[id.index()].book.waiting().filter(|entry| entry.bid < minimum);
        let members = below.filter(|entry| self.requests[entry.place.0].origin == Origin::Member);
        let places: Vec<Place> = members.map(|entry| entry.place).collect();
        for place in places {
            self.leave_queue(now, place, fx);
            let fate = if self.requests[place.0].has_started { Fate::Lost } else { Fate::Refused(Refusal::Price) };
            self.finish(place, fate, fx);
        }
    }
}

//! Burst leases that move home when their own pool has free slots: after those who wait there, displacing nobody, and once
//! at an instant.

use super::effects::Effects;
use super::fairness::Extra;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::Ending;
use super::request::Request;
use super::rules::Fit;
use super::settlement::Terms;
use crate::units::SimTime;

impl Marketplace {
    /// The highest bid goes first, then the earliest arrival. Whoever does not fit is passed over, or stops the others, as
    /// in any clearing of this pool.
    pub(super) fn move_home(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        let is_strict = pool.rules.fit == Fit::Strict;
        let Some(bursts) = pool.bursts.as_ref().filter(|bursts| !bursts.movers.is_empty()) else { return };
        if pool.room() == 0 || (is_strict && pool.book.is_anybody_eligible(pool.lowest_served())) {
            return;
        }
        let movers = bursts.movers.iter().map(|(_, number, place)| (*number, *place));
        let movers: Vec<(u64, Place)> = movers.filter(|(number, _)| !bursts.has_moved(now, *number)).collect();
        for (number, place) in movers {
            let room = self.pools[id.index()].room();
            let request = &self.requests[place.0];
            let is_still_away = request.number == number && request.tier().is_some();
            if room == 0 {
                break;
            }
            if !is_still_away || !self.is_served_at_home(place, id) {
                continue;
            }
            if self.requests[place.0].slots <= room {
                self.move_one(now, place, id, fx);
            } else if is_strict {
                break;
            }
        }
    }

    /// Would its pool serve the request at `place`, if it asked now and there was room?
    fn is_served_at_home(&self, place: Place, id: PoolId) -> bool {
        let (request, pool) = (&self.requests[place.0], &self.pools[id.index()]);
        let is_member = |members: &Vec<_>| members.binary_search(&request.payer).is_ok();
        request.bid >= pool.lowest_served()
            && pool.rules.members.as_ref().is_none_or(is_member)
            && pool.fairness.as_ref().is_none_or(|fairness| {
                let most = self.highest_cost(id, place, request.bid);
                fairness.is_within_caps(request.payer, request.slots, &Extra::default())
                    && fairness.bears(request.payer, most, &Extra::default())
            })
    }

    /// The tier is settled to the instant, and what is left of the work goes on at home.
    fn move_one(&mut self, now: SimTime, place: Place, home: PoolId, fx: &mut impl Effects) {
        let left = self.work_left(now, place);
        let tier = self.end_lease(now, place, Ending::MovedHome, fx);
        self.requests[place.0].work = left;
        let Request { bid, number, .. } = self.requests[place.0];
        if let Some(bursts) = &mut self.pools[home.index()].bursts {
            bursts.moves(now, number);
        }
        self.begin_lease(now, place, home, Terms::by_method(None, bid), fx);
        self.refresh(now, tier, fx);
        self.refresh(now, home, fx);
    }
}

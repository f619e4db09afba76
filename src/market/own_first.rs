//! Priority of an owner on its own slots, where a joint pool's terms say so.
//!
//! Of each partner's requests, in the order of the pool's method, as many are *at home* as fit into the slots that the
//! partner put in and that are still there; all others are guests. Who is at home is served before all guests. A guest
//! that has to go for somebody whose bid would not have displaced it is taken its slots back.

use super::book::Entry;
use super::clearing::Changes;
use super::clearing::ruled::Candidate;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::interruption::GaveWay;
use super::joint::Joint;
use super::marketplace::Marketplace;
use super::records::Cause;
use crate::units::{Price, SimTime};

impl Marketplace {
    fn joint_of_owners(&self, id: PoolId) -> Option<&Joint> {
        self.pools[id.index()].joint.as_deref().filter(|joint| joint.rules.own_first && joint.is_merged)
    }

    /// Is there somebody, waiting or a newcomer, whose partner has more slots in the pool than its members hold? Only where
    /// bids displace nobody: else every clearing looks at all who run.
    pub(super) fn may_take_back(&self, id: PoolId, newcomer: Option<&Entry>) -> bool {
        let Some(joint) = self.joint_of_owners(id) else { return false };
        let pool = &self.pools[id.index()];
        let is_due = |entry: &Entry| {
            let affiliation = self.requests[entry.place.0].affiliation;
            let partner = affiliation.and_then(|pool| joint.partner(pool));
            partner.is_some_and(|partner| partner.used + entry.slots <= partner.contributed)
        };
        !pool.book.is_ranked() && (newcomer.is_some_and(is_due) || pool.book.waiting().any(is_due))
    }

    /// Who runs in a pool of owners that keeps no order of those who run.
    pub(super) fn unranked_holders(&self, id: PoolId) -> Vec<Entry> {
        if self.pools[id.index()].book.is_ranked() || self.joint_of_owners(id).is_none() {
            return Vec::new();
        }
        let entry = |place: Place| {
            let request = &self.requests[place.0];
            Entry { place, number: request.number, bid: Price::ZERO, slots: request.slots }
        };
        self.holders(id).into_iter().map(entry).collect()
    }

    /// Moves those who are at home to the front of a clearing.
    pub(super) fn put_owners_first(&self, id: PoolId, candidates: &mut [Candidate]) {
        let Some(joint) = self.joint_of_owners(id) else { return };
        candidates.sort_by_key(|candidate| (candidate.standing(), candidate.number));
        for partner in &joint.partners {
            let mut left = partner.contributed;
            for candidate in candidates.iter_mut() {
                let is_of_partner = self.requests[candidate.place.0].affiliation == Some(partner.pool);
                if is_of_partner && candidate.slots <= left {
                    left -= candidate.slots;
                    candidate.group = 0;
                }
            }
        }
    }

    /// Those who stop in a clearing lose their slots: to higher bids, or to owners. `newcomer` is the bid of somebody who
    /// starts beside those of the clearing.
    pub(super) fn evict_displaced(
        &mut self,
        now: SimTime,
        id: PoolId,
        changes: &Changes,
        newcomer: Option<Price>,
        fx: &mut impl Effects,
    ) -> GaveWay {
        if self.joint_of_owners(id).is_none() {
            return self.evict_all(now, &changes.evict, Cause::Outbid, fx);
        }
        let starting = changes.start.iter().map(|place| self.requests[place.0].bid);
        let lowest = starting.chain(newcomer).min().unwrap_or(Price::ZERO);
        let is_ranked = self.pools[id.index()].book.is_ranked();
        let evicted = changes.evict.iter().map(|&victim| {
            let is_outbid = is_ranked && self.requests[victim.0].lease().is_some_and(|lease| lease.bid < lowest);
            let cause = if is_outbid { Cause::Outbid } else { Cause::TakenBack };
            self.evict(now, victim, cause, fx)
        });
        GaveWay::Many(evicted.collect())
    }
}

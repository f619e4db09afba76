//! The short way into a tier: a request that its pool has no room for, and the first tier has.
//!
//! Of a plain ladder, that is: nothing but a price is owed in the tier, and no budget, fee or finer term looks at it. Anything
//! else goes the long way ([`super::burst`]).

use super::book::Entry;
use super::clearing::{self, ShortAdmission};
use super::command::Submission;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::records::TierAsked;
use super::request::Lease;
use super::rules::BurstRules;
use crate::units::{Money, SimTime};

impl Pool {
    /// The policy by which a request bursts at once if the pool has no room for it, without more ado.
    #[inline(always)]
    fn bursts_at_once(&self) -> Option<&BurstRules> {
        let stays = self.rules.waiting.is_some() || self.rules.serves_in_part || self.life.burst_is_off;
        self.rules.burst.as_ref().filter(|burst| !stays && burst.flat_fee == Money::ZERO)
    }
}

impl Marketplace {
    /// A request that its pool has no room for takes free slots of the first tier. If it cannot, or it is not so simple,
    /// nothing has happened.
    #[inline(never)]
    pub(super) fn burst_shortly(&mut self, now: SimTime, asked: &Submission, fx: &mut impl Effects) -> bool {
        let home = &self.pools[asked.pool.index()];
        let Some(burst) = home.bursts_at_once() else { return false };
        let id = burst.tiers[0];
        let tier = &self.pools[id.index()];
        let is_plain = tier.goes_short() && !tier.dirty && home.payer_of_plain_burst(tier).is_some();
        let bid = burst.max_price.of_request(asked.bid, asked.max_price);
        if !is_plain || bid < tier.lowest_served() {
            return false;
        }
        let place = Place(self.requests.next_place());
        let newcomer = tier.entry(Entry { place, number: self.next_request, bid, slots: asked.slots });
        if clearing::admit_shortly(&tier.book, &tier.supply(), &newcomer) != ShortAdmission::Free {
            return false;
        }
        self.start_in_first_tier(now, asked, (id, &newcomer), fx);
        true
    }

    #[inline(always)]
    fn start_in_first_tier(
        &mut self,
        now: SimTime,
        asked: &Submission,
        (id, newcomer): (PoolId, &Entry),
        fx: &mut impl Effects,
    ) {
        let tier = &mut self.pools[id.index()];
        let lease = Lease { tier: Some(0), ..tier.take_free(now, id, newcomer, self.next_lease) };
        let due = now.saturating_add(tier.lease_time(asked.work));
        tier.follow_book(now);
        let levels = [tier.level(), self.pools[asked.pool.index()].level()];
        let request = self.enter_with(now, asked, newcomer, lease);
        request.tiers_asked = 1;
        let (home, slots, work) = (asked.pool, asked.slots, asked.work);
        let asked = TierAsked { home, pool: id, tier: 0, slots, work, is_first: true, refusal: None };
        fx.began_in_tier(newcomer.place, request, due, &asked, &levels);
        request.has_started = true;
    }
}

//! A request that may be served in several markets: which one it goes to.

use super::clearing::Admission;
use super::effects::Effects;
use super::ids::{ChoiceId, Place, PoolId};
use super::marketplace::Marketplace;
use super::rules::BelowMinimum;
use crate::units::SimTime;

impl Marketplace {
    /// The same marketplace, for requests that name one of these lists of pools, in order of preference, as their
    /// [`super::Submission::choices`].
    ///
    /// # Panics
    /// If a list is of pools that do not exist or that have different currencies, or has one that lends its slots: only those
    /// that nobody asks are lent. Scenario files are checked for this before.
    #[must_use]
    pub fn with_choices(mut self, choices: Vec<Vec<PoolId>>) -> Self {
        for list in &choices {
            let currency = |pool: &PoolId| self.pools[pool.index()].rules.currency;
            assert!(
                list.windows(2).all(|pair| currency(&pair[0]) == currency(&pair[1])),
                "currencies must not be mixed"
            );
            let lends = |pool: &PoolId| self.pools[pool.index()].rules.resale.is_some();
            assert!(!list.iter().any(lends), "slots of a pool that is asked are never lent");
        }
        self.choices = choices;
        self
    }

    /// Sends the request at `place`, which has not been decided upon, to the first of these pools that can start it now. If
    /// none can, it goes by the rules of the first that would let it in, or else by those of the first. The pool that decides.
    pub(super) fn choose_market(
        &mut self,
        now: SimTime,
        place: Place,
        choices: ChoiceId,
        fx: &mut impl Effects,
    ) -> PoolId {
        let mut chosen = None;
        for number in 0..self.choices[choices.index()].len() {
            let id = self.choices[choices.index()][number];
            if !self.would_let_in(place, id) {
                continue;
            }
            let keeper = self.keeper(id);
            // Owners may come first there: it matters whose member asks.
            self.requests[place.0].affiliation = (keeper != id).then_some(id);
            if self.can_start(now, place, keeper, fx) {
                chosen = Some(id);
                break;
            }
            chosen = chosen.or(Some(id));
        }
        let asked = chosen.or(self.choices[choices.index()].first().copied()).unwrap_or(self.requests[place.0].home);
        self.send_to_keeper(place, asked)
    }

    /// Would the pool do anything else than to refuse the request for its price, its member or a cap? Where it is merged, the
    /// joint pool decides, and the pool itself says whom it admits.
    fn would_let_in(&self, place: Place, asked: PoolId) -> bool {
        let (id, request) = (self.keeper(asked), &self.requests[place.0]);
        let pool = &self.pools[id.index()];
        let is_member = !pool.is_gated || self.lets_in(id, asked, request.payer).is_ok();
        let is_capped = pool.fairness.as_ref().is_some_and(|caps| caps.exceeds_caps(request.payer, request.slots));
        if !is_member || is_capped {
            return false;
        }
        let may_wait = pool.fits_at_all(request.slots) && pool.has_waiting_room();
        let is_accepted = request.bid >= pool.lowest_accepted() || pool.rules.below_minimum == BelowMinimum::Waits;
        request.bid >= pool.lowest_served() || (may_wait && is_accepted)
    }

    fn can_start(&mut self, now: SimTime, place: Place, id: PoolId, fx: &mut impl Effects) -> bool {
        let bid = self.requests[place.0].bid;
        bid >= self.pools[id.index()].lowest_served() && self.admission(now, place, id, bid, fx) != Admission::No
    }
}

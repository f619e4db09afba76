//! Who may ask a pool, while it runs.

use super::Denial;
use crate::market::effects::Effects;
use crate::market::ids::{PartyId, PoolId};
use crate::market::marketplace::Marketplace;
use crate::market::records::{Cause, Fate, Refusal};
use crate::market::request::Origin;
use crate::units::SimTime;

impl Marketplace {
    pub(super) fn add_members(&mut self, id: PoolId, users: &[PartyId]) -> Result<(), Denial> {
        let rules = &mut self.pools[id.index()].rules;
        let members = rules.members.as_mut().ok_or(Denial::NoMemberList)?;
        let mut all = members.clone();
        all.extend(users);
        all.sort_unstable();
        all.dedup();
        if rules.maximum_users.is_some_and(|most| all.len() > most as usize) {
            return Err(Denial::TooManyUsers);
        }
        *members = all;
        Ok(())
    }

    /// Whoever is removed is sent away at this instant, whatever it holds and wherever: nobody else runs for it.
    pub(super) fn remove_members(
        &mut self,
        now: SimTime,
        id: PoolId,
        users: &[PartyId],
        fx: &mut impl Effects,
    ) -> Result<(), Denial> {
        let members = self.pools[id.index()].rules.members.as_mut().ok_or(Denial::NoMemberList)?;
        members.retain(|member| !users.contains(member));
        let mut touched = vec![id];
        let is_theirs = |request: &crate::market::request::Request| {
            // It may burst as a member of a joint pool of which this was a part.
            let asked = request.affiliation.unwrap_or(request.home);
            asked == id && request.origin == Origin::Member && users.contains(&request.payer)
        };
        for place in self.requests_where(is_theirs) {
            touched.push(self.requests[place.0].home);
            if self.requests[place.0].is_waiting() {
                touched.extend(self.promised_in(place));
                self.leave_queue(now, place, fx);
                self.refuse(place, Refusal::Access, fx);
            } else {
                touched.extend(self.requests[place.0].holds_in());
                let evicted = self.evict(now, place, Cause::Removed, fx);
                self.finish(evicted.place(), Fate::Lost, fx);
            }
        }
        // Whoever stood behind them may now be served.
        self.bids_changed(now, id, fx);
        touched.sort_unstable();
        touched.dedup();
        for pool in touched {
            self.mark_dirty(pool);
            self.refresh(now, pool, fx);
        }
        Ok(())
    }

    pub(super) fn set_maximum_users(&mut self, id: PoolId, most: Option<u32>) -> Result<(), Denial> {
        let rules = &mut self.pools[id.index()].rules;
        let members = rules.members.as_ref().ok_or(Denial::NoMemberList)?;
        if most.is_some_and(|most| members.len() > most as usize) {
            return Err(Denial::TooManyUsers);
        }
        rules.maximum_users = most;
        Ok(())
    }
}

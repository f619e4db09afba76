//! What is known of the requests that are alive.

use std::mem;
use std::sync::Arc;

use crate::market::{Held, Place, PoolId, SlotId};
use crate::units::{Accrual, Price, SimDuration, SimTime};

/// Live requests by their place. A place may have had others before, which is why each request comes with its number.
pub(super) struct Lives {
    lives: Vec<Life>,
    /// Is anything wanted for which leases have to be followed?
    follows_leases: bool,
}

impl Lives {
    pub(super) fn new(follows_leases: bool) -> Self {
        Self { lives: Vec::new(), follows_leases }
    }

    #[inline(always)]
    pub(super) fn follows_leases(&self) -> bool {
        self.follows_leases
    }

    /// What is known of the request of this number at `place`, if it is alive.
    pub(super) fn get(&self, place: Place, request: u64) -> Option<&Life> {
        self.lives.get(place.0 as usize).filter(|life| life.request == Some(request))
    }

    /// What is known of it; of one that was never told of, nothing yet.
    pub(super) fn of(&mut self, place: Place, request: u64) -> &mut Life {
        if self.get(place, request).is_none() {
            self.begin(place, request, None, Price::ZERO);
        }
        &mut self.lives[place.0 as usize]
    }

    /// It begins to live: a request of this member, to whom a slot is worth so much.
    pub(super) fn begin(&mut self, place: Place, request: u64, member: Option<u32>, value: Price) {
        let place = place.0 as usize;
        if place >= self.lives.len() {
            self.lives.resize_with(place + 1, Life::default);
        }
        let life = &mut self.lives[place];
        life.begin(request, member, value);
        if self.follows_leases {
            life.lease.begin(SimTime::ZERO, SimTime::ZERO);
        }
    }

    /// Whoever is at `place` lives no more.
    pub(super) fn end(&mut self, place: Place) {
        if let Some(life) = self.lives.get_mut(place.0 as usize) {
            (life.request, life.lease.places) = (None, None);
        }
    }
}

/// What is known of a live request beside what the marketplace keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// Its number; nobody, if nobody is alive here.
    request: Option<u64>,
    pub(super) member: Option<u32>,
    pub(super) value: Price,
    pub(super) started: Option<SimTime>,
    pub(super) interruptions: u32,
    pub(super) bursts: u32,
    pub(super) work_lost: i128,
    /// The supply line that has bought it for a term.
    pub(super) commitment: Option<(PoolId, usize)>,
    /// Of the lease that it holds, or held last: its start, when it is due, slots × ticks and charge so far.
    pub(super) lease: Course,
}

impl Life {
    /// Another life where one has been, whose lease is not looked at: field by field, for most of what is left of it need not be
    /// touched.
    fn begin(&mut self, number: u64, of: Option<u32>, worth: Price) {
        let Self { request, member, value, started, interruptions, bursts, work_lost, commitment, lease: _ } = self;
        (*request, *member, *value) = (Some(number), of, worth);
        (*started, *commitment) = (None, None);
        (*interruptions, *bursts, *work_lost) = (0, 0, 0);
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub(super) from: SimTime,
    pub(super) due: SimTime,
    pub(super) slot_ticks: i128,
    pub(super) charge: Accrual,
    /// Its last stretch: a lease is settled before it ends.
    pub(super) settled: Option<Held>,
    /// Slots of the hardware, where it has any.
    pub(super) places: Option<Arc<[SlotId]>>,
    /// If it is a slot that was bought for a term: since when it is used, and for how long it was before, in its last stretch.
    pub(super) used_since: Option<SimTime>,
    pub(super) used: SimDuration,
}

impl Course {
    /// Another lease of the same request, or of another one.
    pub(super) fn begin(&mut self, now: SimTime, until: SimTime) {
        let Self { from, due, slot_ticks, charge, settled, places, used_since, used } = self;
        (*from, *due) = (now, until);
        (*slot_ticks, *charge, *used) = (0, Accrual::ZERO, SimDuration::ZERO);
        (*settled, *places, *used_since) = (None, None, None);
    }

    /// For how long it was used in the stretch that ends now.
    pub(super) fn take_used(&mut self, now: SimTime) -> SimDuration {
        let now_used = self.used_since.map_or(SimDuration::ZERO, |since| now - since);
        self.used_since = self.used_since.map(|_| now);
        mem::take(&mut self.used) + now_used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{CurrencyId, Origin, PartyId};

    /// A life of which everything is known.
    fn eventful() -> Life {
        let (now, some, owed) = (SimTime::from_ticks(7), SimDuration::from_ticks(5), Accrual::from_units(9));
        let held = Held {
            place: Place(1),
            request: 1,
            lease: 2,
            home: PoolId(3),
            pool: PoolId(4),
            tier: Some(5),
            origin: Origin::Member,
            asker: PartyId(6),
            tag: [7; 2],
            payer: PartyId(8),
            payee: PartyId(9),
            currency: CurrencyId(1),
            slots: 2,
            slot_ticks: 3,
            from: now,
            to: now,
            is_prepaid: true,
            charge: owed,
            fee: 4,
        };
        let lease = Course {
            from: now,
            due: now,
            slot_ticks: 1,
            charge: owed,
            settled: Some(held),
            places: Some(Arc::new([SlotId(1)])),
            used_since: Some(now),
            used: some,
        };
        Life {
            request: Some(1),
            member: Some(1),
            value: Price::MAX,
            started: Some(now),
            interruptions: 2,
            bursts: 3,
            work_lost: 4,
            commitment: Some((PoolId(5), 6)),
            lease,
        }
    }

    #[test]
    fn a_place_that_is_used_again_says_nothing_of_who_was_there() {
        let mut lives = Lives::new(true);
        let place = Place(2);
        *lives.of(place, 1) = eventful();
        assert!(lives.get(place, 1).is_some());
        lives.end(place);
        assert!(lives.get(place, 1).is_none());
        lives.begin(place, 2, Some(3), Price::MAX);
        assert!(lives.get(place, 1).is_none(), "that was another one");
        let life = lives.of(place, 2);
        let fresh = Life { request: Some(2), member: Some(3), value: Price::MAX, ..Life::default() };
        assert_eq!(format!("{life:?}"), format!("{fresh:?}"));
        *life = eventful();
        let (from, due) = (SimTime::from_ticks(1), SimTime::from_ticks(2));
        life.lease.begin(from, due);
        assert_eq!(format!("{:?}", life.lease), format!("{:?}", Course { from, due, ..Course::default() }));
        // Whoever is not told of has no past either.
        assert_eq!(lives.of(place, 4).bursts, 0);
    }
}

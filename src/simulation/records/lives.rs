//! What is known of the requests that are alive.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use crate::collections::Slab;
use crate::market::{Held, PoolId, SlotId};
use crate::units::{Accrual, Price, SimDuration, SimTime};

/// Live requests by their number.
#[derive(Default)]
pub(super) struct Lives {
    lives: Slab<Life>,
    places: Places,
}

impl Lives {
    /// What is known of it, if it is alive.
    pub(super) fn get(&self, request: u64) -> Option<&Life> {
        self.places.of(request).map(|place| &self.lives[place])
    }

    /// What is known of it; of one that was never told of, nothing yet.
    pub(super) fn of(&mut self, request: u64) -> &mut Life {
        match self.places.of(request) {
            Some(place) => &mut self.lives[place],
            None => self.begin(request, None, Price::ZERO),
        }
    }

    /// It begins to live: a request of this member, to whom a slot is worth so much.
    pub(super) fn begin(&mut self, request: u64, member: Option<u32>, value: Price) -> &mut Life {
        let place = self.lives.next_place();
        self.places.insert(request, place);
        let life = self.lives.claim(place, Life::default);
        life.begin(member, value);
        life
    }

    /// It lives no more.
    pub(super) fn end(&mut self, request: u64) {
        if let Some(place) = self.places.remove(request) {
            self.lives.free(place);
            self.lives[place].lease.places = None;
        }
    }
}

/// Where lives are kept. Numbers are given out one after the other, and most requests do not live long: each has a seat by
/// its last bits, and only those whose seat is taken by an older one have to be looked up elsewhere.
struct Places {
    seats: Vec<Option<(u64, u32)>>,
    elsewhere: BTreeMap<u64, u32>,
}

/// A power of two.
const SEATS: usize = 4096;

impl Default for Places {
    fn default() -> Self {
        Self { seats: vec![None; SEATS], elsewhere: BTreeMap::new() }
    }
}

impl Places {
    fn of(&self, request: u64) -> Option<u32> {
        match self.seats[seat(request)] {
            Some((seated, place)) if seated == request => Some(place),
            _ => self.elsewhere.get(&request).copied(),
        }
    }

    fn insert(&mut self, request: u64, place: u32) {
        match &mut self.seats[seat(request)] {
            free @ None => *free = Some((request, place)),
            Some(_) => _ = self.elsewhere.insert(request, place),
        }
    }

    fn remove(&mut self, request: u64) -> Option<u32> {
        match self.seats[seat(request)].take_if(|(seated, _)| *seated == request) {
            Some((_, place)) => Some(place),
            None => self.elsewhere.remove(&request),
        }
    }
}

fn seat(request: u64) -> usize {
    request as usize % SEATS
}

/// What is known of a live request beside what the marketplace keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
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
    /// Another life where one has been: field by field, for most of what is left of it need not be touched.
    fn begin(&mut self, of: Option<u32>, worth: Price) {
        let Self { member, value, started, interruptions, bursts, work_lost, commitment, lease } = self;
        (*member, *value) = (of, worth);
        (*started, *commitment) = (None, None);
        (*interruptions, *bursts, *work_lost) = (0, 0, 0);
        lease.begin(SimTime::ZERO, SimTime::ZERO);
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
    use crate::market::{CurrencyId, Origin, PartyId, Place};

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
        let mut lives = Lives::default();
        *lives.begin(1, None, Price::ZERO) = eventful();
        lives.end(1);
        let life = lives.begin(2, Some(3), Price::MAX);
        let fresh = Life { member: Some(3), value: Price::MAX, ..Life::default() };
        assert_eq!(format!("{life:?}"), format!("{fresh:?}"));
        *life = eventful();
        let (from, due) = (SimTime::from_ticks(1), SimTime::from_ticks(2));
        life.lease.begin(from, due);
        assert_eq!(format!("{:?}", life.lease), format!("{:?}", Course { from, due, ..Course::default() }));
    }

    /// However long some live, and whoever has their seat: each is found under its own number until it ends.
    #[test]
    fn a_life_is_found_under_its_number_until_it_ends() {
        let mut lives = Lives::default();
        let numbers: Vec<u64> = (0..3 * SEATS as u64).filter(|number| number % 7 < 3).collect();
        for number in &numbers {
            lives.begin(*number, None, Price::ZERO).bursts = *number as u32;
        }
        // Some end that have a seat, and some that have none; others begin on free seats.
        let (ended, alive): (Vec<u64>, Vec<u64>) = numbers.into_iter().partition(|number| number % 5 < 2);
        ended.iter().for_each(|number| lives.end(*number));
        let later: Vec<u64> = (3 * SEATS as u64..4 * SEATS as u64).step_by(3).collect();
        later.iter().for_each(|number| lives.of(*number).bursts = *number as u32);
        for number in ended {
            assert!(lives.get(number).is_none(), "{number}");
            lives.end(number);
        }
        for number in alive.into_iter().chain(later) {
            assert_eq!(lives.get(number).map(|life| life.bursts), Some(number as u32));
            assert_eq!(lives.of(number).bursts, number as u32);
        }
    }
}

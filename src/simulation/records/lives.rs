//! What is known of the requests that are alive.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use crate::collections::Slab;
use crate::market::{Held, PoolId, SlotId};
use crate::units::{Accrual, Price, SimDuration, SimTime};

/// Live requests by their number. What happens at one instant is mostly about one and the same.
#[derive(Default)]
pub(super) struct Lives {
    lives: Slab<Life>,
    places: BTreeMap<u64, u32>,
    /// The one that was asked for last.
    last: Option<(u64, u32)>,
}

impl Lives {
    fn place(&self, request: u64) -> Option<u32> {
        let is_last = |(last, place): (u64, u32)| (last == request).then_some(place);
        self.last.and_then(is_last).or_else(|| self.places.get(&request).copied())
    }

    /// What is known of it, if it is alive.
    pub(super) fn get(&self, request: u64) -> Option<&Life> {
        self.place(request).map(|place| &self.lives[place])
    }

    /// What is known of it; of one that was never told of, nothing yet.
    pub(super) fn of(&mut self, request: u64) -> &mut Life {
        let place = self.place(request).unwrap_or_else(|| self.begin(request, Life::default()));
        self.last = Some((request, place));
        &mut self.lives[place]
    }

    /// It begins to live.
    pub(super) fn begin(&mut self, request: u64, life: Life) -> u32 {
        let place = self.lives.insert(life);
        self.places.insert(request, place);
        self.last = Some((request, place));
        place
    }

    /// It lives no more.
    pub(super) fn end(&mut self, request: u64) -> Life {
        let Some(place) = self.place(request) else { return Life::default() };
        self.places.remove(&request);
        self.last = None;
        self.lives.free(place);
        mem::take(&mut self.lives[place])
    }
}

/// What is known of a live request beside what the marketplace keeps.
#[derive(Clone, Default)]
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

#[derive(Clone, Default)]
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
    /// For how long it was used in the stretch that ends now.
    pub(super) fn take_used(&mut self, now: SimTime) -> SimDuration {
        let now_used = self.used_since.map_or(SimDuration::ZERO, |since| now - since);
        self.used_since = self.used_since.map(|_| now);
        mem::take(&mut self.used) + now_used
    }
}

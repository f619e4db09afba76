//! The requests of a replication one by one, where somebody wants to solve for what could have been.

use crate::market::{Fate, Held, Place, PoolId};
use crate::units::{Accrual, Price, SimDuration, SimTime, product};

/// A request that arrived inside the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The pool that was asked.
    pub pool: PoolId,
    /// When.
    pub arrived: SimTime,
    /// When its work would have been done, had it started at once and gone on; the horizon at most.
    pub until: SimTime,
    /// Slots.
    pub slots: u32,
    /// Value per slot-hour.
    pub value: Price,
    /// For how long it held slots of the pool that was asked; zero if its work was not done there.
    pub held: SimDuration,
}

impl RequestRecord {
    /// What the time it held slots is worth, at most what its whole work is; exact.
    #[must_use]
    pub fn realised(&self) -> Accrual {
        let ticks = self.held.min(self.until - self.arrived).ticks();
        Accrual::from_units(product(self.value.units(), ticks)).times(self.slots)
    }
}

/// Collects the requests that arrive inside the window.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RequestLog {
    pub(super) records: Vec<RequestRecord>,
    /// Number of the record by place of the request.
    by_place: Vec<Option<u32>>,
}

impl RequestLog {
    pub(super) fn opened(&mut self, place: Place, record: RequestRecord) {
        if self.by_place.len() <= place.index() {
            self.by_place.resize(place.index() + 1, None);
        }
        self.by_place[place.index()] = Some(self.records.len() as u32);
        self.records.push(record);
    }

    pub(super) fn held(&mut self, held: &Held) {
        let Some(record) = self.record(held.place) else { return };
        if held.tier.is_none() {
            record.held += held.to - held.from;
        } else {
            self.forget(held.place);
        }
    }

    /// A request that left has done its work, or has been of no use; one that is still there counts as far as it came.
    pub(super) fn closed(&mut self, place: Place, fate: Fate) {
        if matches!(fate, Fate::Completed | Fate::Open) {
            self.by_place.get_mut(place.index()).and_then(Option::take);
        } else {
            self.forget(place);
        }
    }

    /// Whatever it held is of no use to the pool that was asked.
    fn forget(&mut self, place: Place) {
        if let Some(record) = self.record(place) {
            record.held = SimDuration::ZERO;
            self.by_place[place.index()] = None;
        }
    }

    /// The window begins.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    fn record(&mut self, place: Place) -> Option<&mut RequestRecord> {
        let number = (*self.by_place.get(place.index())?)?;
        self.records.get_mut(number as usize)
    }
}

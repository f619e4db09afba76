//! What the next events will look at, asked of the memory while this one is handled. Only speed depends on it.
//!
//! In a large market the processor would wait for the memory most of the time. The calendar knows which lease ends next and
//! which group asks next, and of a request that is drawn already, when its lease would end.

use super::order::{ARRIVAL, FEW_GROUPS, LEASE_END};
use super::records::Watch;
use super::replication::Replication;
use crate::collections::prefetch;
use crate::market::Place;
use crate::units::SimTime;

impl<W: Watch> Replication<'_, W> {
    /// A lease has been taken off the calendar: the request of the one that ends next.
    #[inline(always)]
    pub(super) fn expect_end(&self) {
        if self.market.is_large() {
            self.recorder.calendar.expect_take(LEASE_END);
            self.market.expect_request(self.next_to_end());
        }
    }

    /// The arrival of a request has been taken off the calendar: the group that is likely to ask next, and what stands
    /// elsewhere of the lease that ends next, whose request should be at hand by now.
    #[inline(always)]
    pub(super) fn expect_next(&self) {
        if self.recorder.draws.len() > FEW_GROUPS {
            let group = self.recorder.calendar.likely_first(ARRIVAL) as usize;
            prefetch(&self.recorder.draws[group]);
            prefetch(&self.model.groups[group].pool);
            prefetch(&self.model.groups[group].group);
        }
        if self.market.is_large() {
            self.market.expect_release(self.next_to_end());
        }
    }

    /// The next request of `group` arrives at `time`: where the end of its lease will stand in the calendar, if it has slots at
    /// once and works at speed 1.
    #[inline(always)]
    pub(super) fn expect_lease(&self, group: usize, time: SimTime) {
        if self.market.is_large()
            && let Some(work) = self.recorder.draws[group].next_work()
        {
            self.recorder.calendar.expect(LEASE_END, time.saturating_add(work));
        }
    }

    #[inline(always)]
    fn next_to_end(&self) -> Place {
        Place(self.recorder.calendar.likely_first(LEASE_END))
    }
}

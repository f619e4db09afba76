//! The order of events within one instant, which is also their class in the calendar.
//!
//! Ends of leases come before everything that could use the slots they free; budgets, minimum prices and prices change
//! next; clearing comes once all of that is in, and before the first arrival. Whoever's patience ends at the instant in
//! which a slot frees is served. Rounds are decided after the arrivals of their instant.

use crate::kernel::Calendar;
use crate::market::Alarm;

/// The window of measurement begins or ends. First, so that counts belong to [start, end).
pub(super) const WINDOW: usize = 0;
/// A lease ends because its work is done. Key: place of the request.
pub(super) const LEASE_END: usize = 1;
/// A notice or a guaranteed run ends. Key: place of the request.
pub(super) const LEASE_ALARM: usize = 2;
/// Something about a pool changes by the clock. Key: [`PoolEvent`] and pool.
pub(super) const POOL: usize = 3;
// Clearing of the pools in which slots became free stands here; it is no event of its own.
/// A unit of time begins, or a member does something about its request. Key: [`RequestEvent`] and place of the request.
pub(super) const REQUEST: usize = 4;
/// The patience of a waiting request ends. Key: place of the request.
pub(super) const PATIENCE: usize = 5;
/// A request arrives. Key: group.
pub(super) const ARRIVAL: usize = 6;
/// A round opens, ticks or closes. Key: pool.
pub(super) const ROUND: usize = 7;
/// The levels are read for the time series. Last, so that they are the levels after the instant.
pub(super) const SAMPLE: usize = 8;
/// Number of classes.
pub(super) const CLASSES: usize = 9;

/// The first class that needs cleared pools.
pub(super) const FIRST_AFTER_CLEARING: usize = REQUEST;

/// Up to so many groups, a tree of their arrivals is faster than a queue.
pub(super) const FEW_GROUPS: usize = 64;

/// An empty calendar of these classes: there may be many requests, and they come and go all the time.
pub(super) fn calendar(groups: usize) -> EventCalendar {
    let many = [LEASE_END, LEASE_ALARM, REQUEST, PATIENCE, ARRIVAL];
    Calendar::new(if groups > FEW_GROUPS { &many } else { &many[..4] })
}

/// Leases end and requests arrive all the time; nothing else does.
pub(super) type EventCalendar = Calendar<CLASSES, LEASE_END, ARRIVAL>;

/// What changes about a pool by the clock, in the order in which it does at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PoolEvent {
    /// A budget period ends.
    BudgetReset,
    /// A metered budget is to be looked at.
    BudgetWatch,
    /// Supply lines ask for their slots.
    Supply,
    /// Credits are refilled.
    Credits,
    /// Hardware is repaired; there is one such event for all of it, at pool 0.
    Repair,
    /// Hardware fails; likewise.
    Fault,
    /// A step of the minimum's schedule.
    ScheduledMinimum,
    /// The minimum follows its formula.
    FormulaMinimum,
    /// The owner's next step by hand; there is one such event for all pools, at pool 0.
    OwnerStep,
    /// What a joint pool has earned and spent is shared out.
    Sharing,
    /// The pool's rules of scaling are looked at: capacity in.
    Scale,
    /// The notice of slots that leave ends: capacity out.
    Slots,
    /// The pool's term ends.
    Term,
    /// The price is set anew.
    Quote,
    /// A price that others make changes.
    GivenPrice,
}

impl PoolEvent {
    const ALL: &[Self] = &[
        Self::BudgetReset,
        Self::BudgetWatch,
        Self::Supply,
        Self::Credits,
        Self::Repair,
        Self::Fault,
        Self::ScheduledMinimum,
        Self::FormulaMinimum,
        Self::OwnerStep,
        Self::Sharing,
        Self::Scale,
        Self::Slots,
        Self::Term,
        Self::Quote,
        Self::GivenPrice,
    ];

    /// The key of this event of a pool, one of `pools`.
    #[inline]
    pub(super) fn key(self, pool: u32, pools: usize) -> u32 {
        self as u32 * pools as u32 + pool
    }

    /// The event and the pool behind a key.
    pub(super) fn of_key(key: u32, pools: usize) -> (Self, u32) {
        (Self::ALL[key as usize / pools], key % pools as u32)
    }
}

/// What happens to a request beside leases and patience, in the order in which it does at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestEvent {
    /// Its lease begins another unit of time that is billed whole.
    Unit,
    /// Its member raises its bid.
    Revision,
    /// Its member takes it back.
    Withdrawal,
    /// It has waited so long that it tries the burst tiers.
    Overflow,
}

impl RequestEvent {
    const ALL: [Self; 4] = [Self::Unit, Self::Revision, Self::Withdrawal, Self::Overflow];

    pub(super) fn key(self, place: u32) -> u32 {
        Self::ALL.len() as u32 * place + self as u32
    }

    pub(super) fn of_key(key: u32) -> (Self, u32) {
        let count = Self::ALL.len() as u32;
        (Self::ALL[(key % count) as usize], key / count)
    }
}

/// Class and key of an alarm that the marketplace asked for.
pub(super) fn of_alarm(alarm: Alarm, pools: usize) -> (usize, u32) {
    match alarm {
        Alarm::Lease(place) => (LEASE_ALARM, place.0),
        Alarm::Unit(place) => (REQUEST, RequestEvent::Unit.key(place.0)),
        Alarm::Overflow(place) => (REQUEST, RequestEvent::Overflow.key(place.0)),
        Alarm::Quote(pool) => (POOL, PoolEvent::Quote.key(pool.0, pools)),
        Alarm::Minimum(pool) => (POOL, PoolEvent::FormulaMinimum.key(pool.0, pools)),
        Alarm::Supply(pool) => (POOL, PoolEvent::Supply.key(pool.0, pools)),
        Alarm::Credits(pool) => (POOL, PoolEvent::Credits.key(pool.0, pools)),
        Alarm::Sharing(pool) => (POOL, PoolEvent::Sharing.key(pool.0, pools)),
        Alarm::Round(pool) => (ROUND, pool.0),
        Alarm::Scale(pool) => (POOL, PoolEvent::Scale.key(pool.0, pools)),
        Alarm::Slots(pool) => (POOL, PoolEvent::Slots.key(pool.0, pools)),
        Alarm::Term(pool) => (POOL, PoolEvent::Term.key(pool.0, pools)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        for &event in PoolEvent::ALL {
            assert_eq!(PoolEvent::of_key(event.key(2, 5), 5), (event, 2));
        }
        for event in RequestEvent::ALL {
            assert_eq!(RequestEvent::of_key(event.key(7)), (event, 7));
        }
    }
}

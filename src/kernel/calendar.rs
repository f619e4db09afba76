//! The calendar of pending events, in a total order.

use crate::collections::Tournament;
use crate::units::SimTime;

/// Pending events and the clock.
///
/// An event is named by its *class* (`0..CLASSES`) and a *key* that its class understands: the place of a
/// lease, the number of a group. At most one event per class and key is pending, so that scheduling again
/// moves it and cancelling needs no search. Events come in the order **(time, class, key)**, which is total;
/// a class is therefore also the rank of its events within one instant.
///
/// ```
/// use overspill::kernel::Calendar;
/// use overspill::units::SimTime;
/// let mut calendar = Calendar::<2>::default();
/// let noon = SimTime::from_ticks(12);
/// calendar.schedule(1, 0, noon);
/// calendar.schedule(0, 7, noon);
/// calendar.schedule(0, 3, noon);
/// calendar.cancel(0, 3);
/// assert_eq!(calendar.next(), Some((noon, 0, 7)));
/// assert_eq!(calendar.next(), Some((noon, 1, 0)));
/// assert_eq!(calendar.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Calendar<const CLASSES: usize> {
    classes: [Tournament<SimTime>; CLASSES],
    /// Time of each class's first event: read for every event, so kept side by side.
    heads: [SimTime; CLASSES],
    /// The event taken last, while it still stands in its class: mostly it is scheduled again at once, and one move is
    /// cheaper than two.
    taken: Option<(usize, u32)>,
    now: SimTime,
}

impl<const CLASSES: usize> Default for Calendar<CLASSES> {
    fn default() -> Self {
        Self {
            classes: std::array::from_fn(|_| Tournament::default()),
            heads: [SimTime::NEVER; CLASSES],
            taken: None,
            now: SimTime::ZERO,
        }
    }
}

impl<const CLASSES: usize> Calendar<CLASSES> {
    /// The clock: the time of the event taken last.
    #[inline(always)]
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Schedules, or moves, the event `key` of `class` to `time`; at [`SimTime::NEVER`] it does not happen.
    ///
    /// # Panics
    /// If `time` lies before the clock, or there is no such class.
    #[inline(always)]
    pub fn schedule(&mut self, class: usize, key: u32, time: SimTime) {
        assert!(time >= self.now, "an event was scheduled in the past");
        if self.taken == Some((class, key)) {
            self.taken = None;
        }
        self.classes[class].set(key, time);
        self.heads[class] = self.classes[class].winner().1;
    }

    /// Cancels the event `key` of `class`, if it is pending.
    #[inline(always)]
    pub fn cancel(&mut self, class: usize, key: u32) {
        if self.taken == Some((class, key)) {
            self.taken = None;
        }
        self.remove(class, key);
    }

    #[inline(always)]
    fn remove(&mut self, class: usize, key: u32) {
        self.classes[class].clear(key);
        self.heads[class] = self.classes[class].winner().1;
    }

    /// When the event `key` of `class` is due, [`SimTime::NEVER`] if it is not pending.
    #[inline(always)]
    #[must_use]
    pub fn due(&self, class: usize, key: u32) -> SimTime {
        if self.taken == Some((class, key)) {
            return SimTime::NEVER;
        }
        self.classes[class].key(key)
    }

    /// Time and class of the next event, without taking it; the time is [`SimTime::NEVER`] if none is pending.
    #[inline(always)]
    pub fn peek(&mut self) -> (SimTime, usize) {
        if let Some((class, key)) = self.taken.take() {
            self.remove(class, key);
        }
        let mut first = (self.heads[0], 0);
        for class in 1..CLASSES {
            if self.heads[class] < first.0 {
                first = (self.heads[class], class);
            }
        }
        first
    }

    /// Takes the next event and moves the clock to it.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)] // not an iterator: events are scheduled between two calls
    pub fn next(&mut self) -> Option<(SimTime, usize, u32)> {
        let (time, class) = self.peek();
        if time == SimTime::NEVER {
            return None;
        }
        let (key, _) = self.classes[class].winner();
        self.taken = Some((class, key));
        self.now = time;
        Some((time, class, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// The oracle is a sorted set of (time, class, key).
        #[test]
        fn events_come_in_the_order_of_time_class_and_key(
            steps in prop::collection::vec((0usize..3, 0u32..9, prop::option::of(0i64..20)), 0..120)
        ) {
            let mut calendar = Calendar::<3>::default();
            let mut oracle = BTreeSet::new();
            for (class, key, delay) in steps {
                oracle.retain(|&(_, c, k)| (c, k) != (class, key));
                match delay {
                    Some(delay) => {
                        let time = SimTime::from_ticks(calendar.now().ticks() + delay);
                        calendar.schedule(class, key, time);
                        oracle.insert((time, class, key));
                    }
                    None => {
                        calendar.cancel(class, key);
                        prop_assert_eq!(calendar.next(), oracle.pop_first());
                    }
                }
            }
            while let Some(event) = calendar.next() {
                prop_assert_eq!(Some(event), oracle.pop_first());
            }
            prop_assert!(oracle.is_empty());
        }
    }

    #[test]
    #[should_panic(expected = "in the past")]
    fn the_past_cannot_be_scheduled() {
        let mut calendar = Calendar::<1>::default();
        calendar.schedule(0, 0, SimTime::from_ticks(5));
        calendar.next();
        calendar.schedule(0, 0, SimTime::from_ticks(4));
    }
}

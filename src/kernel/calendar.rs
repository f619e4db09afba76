//! The calendar of pending events, in a total order.

use crate::collections::{BucketQueue, Tournament};
use crate::units::SimTime;

/// Pending events and the clock.
///
/// An event is named by its *class* (`0..CLASSES`) and a *key* that its class understands: the place of a
/// lease, the number of a group. At most one event per class and key is pending, so that scheduling again
/// moves it and cancelling needs no search. Events come in the order **(time, class, key)**, which is total;
/// a class is therefore also the rank of its events within one instant.
///
/// The first events of the classes `ONE` and `OTHER` (in this order) may change all the time; those of the others are
/// compared anew whenever one of them has changed. That makes no difference but in speed.
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
pub struct Calendar<const CLASSES: usize, const ONE: usize = 0, const OTHER: usize = 0> {
    classes: [Pending; CLASSES],
    /// Time of each class's first event: read for every event, so kept side by side.
    heads: [SimTime; CLASSES],
    /// Time and class of the first event of all classes but the two busy ones; looked for when one of them has changed.
    first_of_rest: (SimTime, usize),
    /// Class and key of the event taken last, while it still stands in its class (no class at all, if it does not): of a few
    /// keys it is mostly scheduled again at once, and one move is cheaper than two.
    taken: (u32, u32),
    now: SimTime,
}

/// The pending events of a class, by key.
#[derive(Clone, Debug)]
enum Pending {
    /// A few keys: a tree of all of them.
    Few(Tournament<SimTime>),
    /// Many: a queue in which a step costs the same however many there are.
    Many(BucketQueue),
}

impl Pending {
    #[inline(always)]
    fn time(&self, key: u32) -> SimTime {
        match self {
            Self::Few(tree) => tree.key(key),
            Self::Many(queue) => queue.time(key),
        }
    }

    /// Returns the time of what comes first then.
    #[inline(always)]
    fn set(&mut self, key: u32, time: SimTime) -> SimTime {
        match self {
            Self::Few(tree) => {
                tree.set(key, time, |one, other| one < other);
                tree.winner().1
            }
            Self::Many(queue) => {
                queue.set(key, time);
                queue.first().1
            }
        }
    }
}

impl<const CLASSES: usize, const ONE: usize, const OTHER: usize> Default for Calendar<CLASSES, ONE, OTHER> {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl<const CLASSES: usize, const ONE: usize, const OTHER: usize> Calendar<CLASSES, ONE, OTHER> {
    const NO_CLASS: u32 = u32::MAX;

    /// A calendar in which the classes `many` have many events pending at once. That makes no difference but in speed.
    #[must_use]
    pub fn new(many: &[usize]) -> Self {
        const { assert!(ONE <= OTHER && OTHER < CLASSES, "busy classes come in order") };
        let pending = |class| {
            if many.contains(&class) {
                Pending::Many(BucketQueue::default())
            } else {
                Pending::Few(Tournament::default())
            }
        };
        Self {
            classes: std::array::from_fn(pending),
            heads: [SimTime::NEVER; CLASSES],
            first_of_rest: (SimTime::NEVER, CLASSES),
            taken: (Self::NO_CLASS, 0),
            now: SimTime::ZERO,
        }
    }

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
        self.settle_taken(class, key);
        self.set(class, key, time);
    }

    /// Cancels the event `key` of `class`, if it is pending.
    #[inline(always)]
    pub fn cancel(&mut self, class: usize, key: u32) {
        self.settle_taken(class, key);
        self.set(class, key, SimTime::NEVER);
    }

    /// What was taken last is put elsewhere now, if it is this.
    #[inline(always)]
    fn settle_taken(&mut self, class: usize, key: u32) {
        if self.taken == (class as u32, key) {
            self.taken.0 = Self::NO_CLASS;
        }
    }

    #[inline(always)]
    fn set(&mut self, class: usize, key: u32, time: SimTime) {
        self.heads[class] = self.classes[class].set(key, time);
        self.head_changed(class);
    }

    #[inline(always)]
    fn head_changed(&mut self, class: usize) {
        if class != ONE && class != OTHER {
            self.first_of_rest = self.find_first_of_rest();
        }
    }

    fn find_first_of_rest(&self) -> (SimTime, usize) {
        let rest = (0..CLASSES).filter(|class| *class != ONE && *class != OTHER);
        rest.map(|class| (self.heads[class], class)).min().unwrap_or((SimTime::NEVER, CLASSES))
    }

    /// When the event `key` of `class` is due, [`SimTime::NEVER`] if it is not pending.
    #[inline(always)]
    #[must_use]
    pub fn due(&self, class: usize, key: u32) -> SimTime {
        if self.taken == (class as u32, key) {
            return SimTime::NEVER;
        }
        self.classes[class].time(key)
    }

    /// Time and class of the next event, without taking it; the time is [`SimTime::NEVER`] if none is pending.
    #[inline(always)]
    pub fn peek(&mut self) -> (SimTime, usize) {
        if self.taken.0 != Self::NO_CLASS {
            let (class, key) = std::mem::replace(&mut self.taken, (Self::NO_CLASS, 0));
            self.set(class as usize, key, SimTime::NEVER);
        }
        let is_other = self.heads[OTHER] < self.heads[ONE];
        let busy = if is_other { (self.heads[OTHER], OTHER) } else { (self.heads[ONE], ONE) };
        if self.first_of_rest.0 <= busy.0 { self.first_of_rest.min(busy) } else { busy }
    }

    /// The key of the event of `class` that is likely to come first, for whoever gets ready for it: the one taken last may stand
    /// there still, and there need not be any.
    #[inline(always)]
    #[must_use]
    pub fn likely_first(&self, class: usize) -> u32 {
        match &self.classes[class] {
            Pending::Few(tree) => tree.winner().0,
            Pending::Many(queue) => queue.first().0,
        }
    }

    /// The first event of `class` is likely to be taken soon: asks the memory for what that will change.
    #[inline(always)]
    pub fn expect_take(&self, class: usize) {
        if let Pending::Many(queue) = &self.classes[class] {
            queue.expect_take();
        }
    }

    /// An event of `class` is likely to be scheduled at `time` soon: asks the memory for where it will stand.
    #[inline(always)]
    pub fn expect(&self, class: usize, time: SimTime) {
        if let Pending::Many(queue) = &self.classes[class] {
            queue.expect(time);
        }
    }

    /// Takes the next event and moves the clock to it.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)] // not an iterator: events are scheduled between two calls
    pub fn next(&mut self) -> Option<(SimTime, usize, u32)> {
        let (time, class) = self.peek();
        if time == SimTime::NEVER {
            return None;
        }
        Some((time, class, self.take(time, class)))
    }

    /// Takes the event that [`Calendar::peek`] has just told of, moves the clock to it and returns its key.
    #[inline(always)]
    pub fn take(&mut self, time: SimTime, class: usize) -> u32 {
        debug_assert_eq!(self.heads[class], time, "not the next event");
        self.now = time;
        match &mut self.classes[class] {
            Pending::Few(tree) => {
                let (key, _) = tree.winner();
                self.taken = (class as u32, key);
                key
            }
            Pending::Many(queue) => {
                let (key, _) = queue.take_first();
                self.heads[class] = queue.first().1;
                self.head_changed(class);
                key
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn events_come_in_the_order_of_time_class_and_key(
            steps in prop::collection::vec((0usize..3, 0u32..9, prop::option::of(0i64..20)), 0..120),
            many in prop::sample::subsequence(vec![0, 1, 2], 0..=3),
            busy in 0..3,
        ) {
            match busy {
                0 => agrees_with_a_sorted_set(Calendar::<3, 0, 2>::new(&many), steps)?,
                1 => agrees_with_a_sorted_set(Calendar::<3, 0, 1>::new(&many), steps)?,
                _ => agrees_with_a_sorted_set(Calendar::<3, 2, 2>::new(&many), steps)?,
            }
        }
    }

    /// The oracle is a sorted set of (time, class, key).
    fn agrees_with_a_sorted_set<const ONE: usize, const OTHER: usize>(
        mut calendar: Calendar<3, ONE, OTHER>,
        steps: Vec<(usize, u32, Option<i64>)>,
    ) -> Result<(), TestCaseError> {
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
        Ok(())
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

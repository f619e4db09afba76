//! A calendar queue: the earliest of many times, each at a fixed index.

use super::prefetch::prefetch;
use crate::units::SimTime;

/// Indices that compete by time: the earliest comes first, at equal times the smaller index.
///
/// Time is cut into slices of one length, dealt out to a ring of buckets like the days of a year to the leaves of a desk
/// calendar; there are a few times as many buckets as things that are alive, so that hardly two meet in one. A step costs the
/// same however many there are, as long as the slices are about as long as it takes for the next thing to happen: the queue
/// looks at what it holds from time to time, and chooses their length anew. What is in one bucket is a pairing heap, so that
/// many things at one instant, or slices that are much too long, cost no more than a logarithm. Nothing is deleted lazily.
///
/// R. Brown, "Calendar queues", Comm. ACM 31 (1988); M. Fredman et al., "The pairing heap", Algorithmica 1 (1986).
#[derive(Clone, Debug)]
pub struct BucketQueue {
    /// By bucket, where anything is in it.
    fronts: Vec<Front>,
    /// A bit per bucket: is anything in it? Asked before the fronts are: it is small enough to be at hand.
    occupied: Vec<u64>,
    /// By index.
    nodes: Vec<Node>,
    /// A slice is so many powers of two long.
    slice: u32,
    alive: usize,
    first: (u32, SimTime),
    /// Insertions until the slices are looked at again.
    until_tuned: usize,
}

/// The first in a bucket. All that has to be known of it stands here, so that mostly no node has to be fetched.
#[derive(Clone, Copy, Debug)]
struct Front {
    time: SimTime,
    index: u32,
    /// The first of those that it comes before.
    child: u32,
}

/// What is alive at an index, and where it stands in the heap of its bucket.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// [`SimTime::NEVER`] where nothing is alive.
    time: SimTime,
    /// The first of those that it comes before; not kept up for the first in a bucket.
    child: u32,
    /// The next of those that one and the same comes before.
    next: u32,
    /// The one before it among those, or for the first of them the one that they belong to.
    previous: u32,
}

const NOBODY: u32 = u32::MAX;
const FEWEST_BUCKETS: usize = 64;
/// Buckets for each thing alive after a tuning, or up to twice as many; never less than half of that.
const ROOM: usize = 8;
/// The ring is so many times as long as the median of the times to come, or up to twice as long: of exponential times one in
/// sixteen is further away than 2.8 means, and has to wait for its year.
const YEAR: i64 = 4;
/// Insertions between two tunings, for each thing alive.
const TUNING: usize = 32;

impl Default for BucketQueue {
    fn default() -> Self {
        let mut queue = Self {
            fronts: Vec::new(),
            occupied: Vec::new(),
            nodes: Vec::new(),
            slice: 0,
            alive: 0,
            first: (0, SimTime::NEVER),
            until_tuned: 0,
        };
        queue.set_buckets(0);
        queue
    }
}

impl Front {
    const NOTHING: Self = Self { time: SimTime::NEVER, index: NOBODY, child: NOBODY };
}

impl Node {
    const NOTHING: Self = Self { time: SimTime::NEVER, child: NOBODY, next: NOBODY, previous: NOBODY };
}

impl BucketQueue {
    /// The index that comes first, and its time: [`SimTime::NEVER`] where nothing is alive.
    #[inline(always)]
    #[must_use]
    pub fn first(&self) -> (u32, SimTime) {
        self.first
    }

    /// The time at `index`, [`SimTime::NEVER`] where there is none.
    #[inline(always)]
    #[must_use]
    pub fn time(&self, index: u32) -> SimTime {
        self.nodes.get(index as usize).map_or(SimTime::NEVER, |node| node.time)
    }

    /// Sets or replaces the time at `index`; by [`SimTime::NEVER`] nothing is alive there.
    #[inline(always)]
    pub fn set(&mut self, index: u32, time: SimTime) {
        if self.time(index) != SimTime::NEVER {
            self.clear(index);
        }
        if time != SimTime::NEVER {
            self.insert(index, time);
        }
    }

    /// Something is likely to be set to `time` soon: asks the memory for the bucket.
    #[inline(always)]
    pub fn expect(&self, time: SimTime) {
        let bucket = self.bucket(time);
        prefetch(&self.fronts[bucket]);
        prefetch(&self.occupied[bucket / 64]);
    }

    /// What comes first is likely to be taken out soon: asks the memory for it, and for one that it comes before.
    #[inline(always)]
    pub fn expect_take(&self) {
        let (index, time) = self.first;
        let child = self.fronts[self.bucket(time)].child;
        for index in [index, child] {
            if let Some(node) = self.nodes.get(index as usize) {
                prefetch(node);
            }
        }
    }

    /// Takes what is alive at `index` out, if anything is.
    #[inline(always)]
    pub fn clear(&mut self, index: u32) {
        let time = self.time(index);
        if time == SimTime::NEVER {
            return;
        }
        if self.first.0 == index {
            self.take_first();
            return;
        }
        self.alive -= 1;
        let bucket = self.bucket(time);
        if self.fronts[bucket].index == index {
            self.remove_front(bucket);
        } else {
            self.cut(bucket, index);
            let orphans = self.nodes[index as usize].child;
            if orphans != NOBODY {
                let orphan = self.merge_pairs(orphans);
                self.put_behind(bucket, orphan);
            }
        }
        self.nodes[index as usize].time = SimTime::NEVER;
    }

    /// Takes what comes first out and returns it; nothing is alive if its time is [`SimTime::NEVER`].
    #[inline(always)]
    pub fn take_first(&mut self) -> (u32, SimTime) {
        let (index, time) = self.first;
        if time == SimTime::NEVER {
            return self.first;
        }
        self.alive -= 1;
        self.remove_front(self.bucket(time));
        self.nodes[index as usize].time = SimTime::NEVER;
        self.first = match self.first_from(time) {
            Some(first) => first,
            None => self.first_of_all(),
        };
        (index, time)
    }

    #[inline(always)]
    fn insert(&mut self, index: u32, time: SimTime) {
        if index as usize >= self.nodes.len() {
            self.nodes.resize(index as usize + 1, Node::NOTHING);
        }
        self.put(index, time);
        self.alive += 1;
        if (time, index) < (self.first.1, self.first.0) {
            self.first = (index, time);
        }
        self.until_tuned -= 1;
        if self.until_tuned == 0 || ROOM / 2 * self.alive > self.fronts.len() {
            self.tune();
        }
    }

    /// Into its bucket, with nobody below.
    #[inline(always)]
    fn put(&mut self, index: u32, time: SimTime) {
        self.nodes[index as usize] = Node { time, ..Node::NOTHING };
        let bucket = self.bucket(time);
        let (word, bit) = (&mut self.occupied[bucket / 64], 1 << (bucket % 64));
        if *word & bit == 0 {
            *word |= bit;
            self.fronts[bucket] = Front { time, index, child: NOBODY };
        } else if (time, index) < (self.fronts[bucket].time, self.fronts[bucket].index) {
            let before = std::mem::replace(&mut self.fronts[bucket], Front { time, index, child: NOBODY });
            self.nodes[before.index as usize].child = before.child;
            self.put_behind(bucket, before.index);
        } else {
            self.put_behind(bucket, index);
        }
    }

    /// What comes after the first in a bucket, with all that it comes before, is put below that.
    #[inline(always)]
    fn put_behind(&mut self, bucket: usize, index: u32) {
        let front = &mut self.fronts[bucket];
        let sibling = std::mem::replace(&mut front.child, index);
        let node = &mut self.nodes[index as usize];
        (node.next, node.previous) = (sibling, front.index);
        if sibling != NOBODY {
            self.nodes[sibling as usize].previous = index;
        }
    }

    /// Takes the first in a bucket out of it.
    #[inline(always)]
    fn remove_front(&mut self, bucket: usize) {
        let children = self.fronts[bucket].child;
        if children == NOBODY {
            self.occupied[bucket / 64] &= !(1 << (bucket % 64));
        } else {
            let index = self.merge_pairs(children);
            let Node { time, child, .. } = self.nodes[index as usize];
            self.fronts[bucket] = Front { time, index, child };
        }
    }

    #[inline(always)]
    fn bucket(&self, time: SimTime) -> usize {
        self.slice_of(time) as usize & (self.fronts.len() - 1)
    }

    #[inline(always)]
    fn slice_of(&self, time: SimTime) -> u64 {
        time.ticks().cast_unsigned() >> self.slice
    }

    /// What comes first in this year, if nothing lies before the slice of `time`: bucket by bucket, and what belongs to a later
    /// year is passed over. (The last look may reach into the next year: what it finds there comes first as well.)
    #[inline(always)]
    fn first_from(&self, time: SimTime) -> Option<(u32, SimTime)> {
        if self.alive == 0 {
            return Some((0, SimTime::NEVER));
        }
        let slice = self.slice_of(time);
        let last = self.fronts.len() - 1;
        let mut ahead = 0;
        while ahead <= last {
            let bucket = (slice as usize + ahead) & last;
            let near = self.occupied_from(bucket);
            if near == 0 {
                ahead += 64;
                continue;
            }
            ahead += near.trailing_zeros() as usize;
            let front = &self.fronts[(slice as usize + ahead) & last];
            if self.slice_of(front.time) == slice + ahead as u64 {
                return Some((front.index, front.time));
            }
            ahead += 1;
        }
        None
    }

    /// A bit for each of the 64 buckets from this one on, around the ring: is anything in it? They stand in two words (in one and
    /// the same, if there is no other), and hardly ever nothing is in any of them.
    #[inline(always)]
    fn occupied_from(&self, bucket: usize) -> u64 {
        let (word, bit) = (bucket / 64, bucket % 64);
        let next = self.occupied[(word + 1) & (self.occupied.len() - 1)];
        self.occupied[word] >> bit | next << 1 << (63 - bit) // by 64 in two steps, where `bit` is 0
    }

    /// What comes first, where nothing is left in this year. To look at all of them takes as long as many insertions: if it
    /// happens again and again, the slices are too short.
    #[cold]
    fn first_of_all(&mut self) -> (u32, SimTime) {
        self.until_tuned = self.until_tuned.saturating_sub(self.alive).max(1);
        let is_occupied = |bucket: &usize| self.occupied[bucket / 64] >> (bucket % 64) & 1 == 1;
        let fronts = (0..self.fronts.len()).filter(is_occupied).map(|bucket| &self.fronts[bucket]);
        fronts.map(|front| (front.time, front.index)).min().map_or((0, SimTime::NEVER), |(time, index)| (index, time))
    }

    /// Makes one heap of two, neither of them the first of a bucket, and returns its root.
    #[inline]
    fn meld(&mut self, one: u32, other: u32) -> u32 {
        let is_before = (self.nodes[one as usize].time, one) < (self.nodes[other as usize].time, other);
        let (root, child) = if is_before { (one, other) } else { (other, one) };
        let sibling = std::mem::replace(&mut self.nodes[root as usize].child, child);
        let node = &mut self.nodes[child as usize];
        (node.next, node.previous) = (sibling, root);
        if sibling != NOBODY {
            self.nodes[sibling as usize].previous = child;
        }
        root
    }

    /// Takes what is not the first of its bucket, with all below it, out of its heap.
    #[inline]
    fn cut(&mut self, bucket: usize, index: u32) {
        let Node { next, previous, .. } = self.nodes[index as usize];
        let front = &mut self.fronts[bucket];
        if previous == front.index {
            front.child = next;
        } else if self.nodes[previous as usize].child == index {
            self.nodes[previous as usize].child = next;
        } else {
            self.nodes[previous as usize].next = next;
        }
        if next != NOBODY {
            self.nodes[next as usize].previous = previous;
        }
    }

    /// Makes one heap of siblings: of two each from the first to the last, and then of all from the last to the first.
    #[inline]
    fn merge_pairs(&mut self, first: u32) -> u32 {
        if self.nodes[first as usize].next == NOBODY {
            return first;
        }
        let (mut rest, mut pairs) = (first, NOBODY);
        while rest != NOBODY {
            let second = self.nodes[rest as usize].next;
            let pair = if second == NOBODY {
                std::mem::replace(&mut rest, NOBODY)
            } else {
                let third = self.nodes[second as usize].next;
                self.meld(std::mem::replace(&mut rest, third), second)
            };
            self.nodes[pair as usize].next = std::mem::replace(&mut pairs, pair);
        }
        let mut root = NOBODY;
        while pairs != NOBODY {
            let pair = pairs;
            pairs = self.nodes[pair as usize].next;
            self.nodes[pair as usize].next = NOBODY;
            root = if root == NOBODY { pair } else { self.meld(root, pair) };
        }
        root
    }

    /// As many buckets as there should be, and slices as long.
    #[cold]
    fn tune(&mut self) {
        let nodes = (0..).zip(&self.nodes);
        let alive: Vec<u32> = nodes.filter(|(_, node)| node.time != SimTime::NEVER).map(|(index, _)| index).collect();
        self.set_buckets(alive.len());
        self.slice = self.best_slice(&alive);
        for index in alive {
            self.put(index, self.nodes[index as usize].time);
        }
    }

    /// An empty ring for so many things alive.
    fn set_buckets(&mut self, alive: usize) {
        let buckets = (ROOM * alive).next_power_of_two().max(FEWEST_BUCKETS);
        self.fronts.clear();
        self.fronts.resize(buckets, Front::NOTHING);
        self.occupied.clear();
        self.occupied.resize(buckets / 64, 0);
        self.until_tuned = TUNING * alive.max(FEWEST_BUCKETS);
    }

    /// Slices of such a length that the ring holds what is to come, and hardly more.
    fn best_slice(&self, alive: &[u32]) -> u32 {
        let mut ahead: Vec<i64> =
            alive.iter().map(|index| (self.nodes[*index as usize].time - self.first.1).ticks()).collect();
        if ahead.is_empty() {
            return self.slice;
        }
        let middle = ahead.len() / 2;
        let (_, median, _) = ahead.select_nth_unstable(middle);
        let length = (*median).saturating_mul(YEAR) / self.fronts.len() as i64;
        length.clamp(1, 1 << 62).cast_unsigned().next_power_of_two().trailing_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_empty_queue_has_no_first() {
        let queue = BucketQueue::default();
        queue.expect_take();
        assert_eq!(queue.first().1, SimTime::NEVER);
    }

    /// More at one instant than there are buckets: the ring is of no help, and the heap has to be.
    #[test]
    fn many_at_one_instant_come_by_index() {
        let mut queue = BucketQueue::default();
        let scattered = (0..10_000u32).map(|k| k * 7_919 % 10_000);
        scattered.for_each(|index| queue.set(index, SimTime::from_ticks(5)));
        for index in 0..10_000 {
            assert_eq!(queue.first(), (index, SimTime::from_ticks(5)));
            queue.clear(index);
        }
        assert_eq!(queue.first().1, SimTime::NEVER);
    }

    /// Steps of a queue and of a sorted set: set an index to a time so far ahead of the first, clear one, or take the first.
    fn holds_what_a_sorted_set_holds(steps: Vec<(u32, Option<i64>)>) -> Result<(), TestCaseError> {
        let (mut queue, mut oracle) = (BucketQueue::default(), BTreeSet::new());
        let mut now = 0;
        for (index, step) in steps {
            // To get ready for what never comes changes nothing.
            queue.expect(SimTime::from_ticks(now + i64::from(index)));
            queue.expect_take();
            oracle.retain(|(_, other)| *other != index);
            match step {
                Some(ahead) => {
                    let time = SimTime::from_ticks(now + ahead);
                    queue.set(index, time);
                    oracle.insert((time, index));
                }
                None => {
                    queue.clear(index);
                    let (first, time) = queue.take_first();
                    let taken = oracle.pop_first();
                    prop_assert_eq!((time != SimTime::NEVER).then_some((time, first)), taken);
                    now = taken.map_or(now, |(time, _)| time.ticks());
                }
            }
            let first = oracle.first().map_or(SimTime::NEVER, |(time, _)| *time);
            prop_assert_eq!(queue.first().1, first);
        }
        while let Some((time, index)) = oracle.pop_first() {
            prop_assert_eq!(queue.first(), (index, time));
            queue.clear(index);
        }
        prop_assert_eq!(queue.first().1, SimTime::NEVER);
        Ok(())
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_a_sorted_set(
            steps in prop::collection::vec((0u32..300, prop::option::weighted(0.8, 0i64..5_000)), 0..1_500)
        ) {
            holds_what_a_sorted_set_holds(steps)?;
        }

        /// Some times are a million times as far away as others, and many are equal.
        #[test]
        fn no_scale_of_time_is_out_of_order(
            steps in prop::collection::vec(
                (0u32..60, prop::option::weighted(0.7, (0i64..4, 0u32..40).prop_map(|(ahead, power)| ahead << power))),
                0..600,
            )
        ) {
            holds_what_a_sorted_set_holds(steps)?;
        }
    }
}

//! A calendar queue: the earliest of many times, each at a fixed index.

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
    /// By index.
    nodes: Vec<Node>,
    /// By bucket: the earliest in it, or [`NOBODY`].
    roots: Vec<u32>,
    /// A bit per bucket: is anything in it?
    occupied: Vec<u64>,
    /// A slice of time is so many powers of two of ticks.
    slice: u32,
    alive: usize,
    first: (u32, SimTime),
    /// Insertions until the slices are looked at again.
    until_tuned: usize,
}

/// What is alive at an index, and where it stands in the heap of its bucket.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// [`SimTime::NEVER`] where nothing is alive.
    time: SimTime,
    /// The first of those that it comes before.
    child: u32,
    /// The next of those that one and the same comes before.
    next: u32,
    /// The one before it among those, or for the first of them the one that they belong to.
    previous: u32,
}

const NOBODY: u32 = u32::MAX;
const FEWEST_BUCKETS: usize = 64;
/// Buckets for each thing alive after a tuning; half of that, or four times, before the next.
const ROOM: usize = 8;
/// The ring is so many times as long as the median of the times to come, or up to twice as long: of exponential times one in
/// sixteen is further away than 2.8 means, and has to wait for its year.
const YEAR: i64 = 4;
/// Insertions between two tunings, for each bucket.
const TUNING: usize = 64;

impl Default for BucketQueue {
    fn default() -> Self {
        let mut queue = Self {
            nodes: Vec::new(),
            roots: Vec::new(),
            occupied: Vec::new(),
            slice: 0,
            alive: 0,
            first: (0, SimTime::NEVER),
            until_tuned: 0,
        };
        queue.set_buckets(FEWEST_BUCKETS);
        queue
    }
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

    /// Sets or replaces the time at `index`; at [`SimTime::NEVER`] nothing is alive there.
    #[inline(always)]
    pub fn set(&mut self, index: u32, time: SimTime) {
        if self.time(index) != SimTime::NEVER {
            self.clear(index);
        }
        if time != SimTime::NEVER {
            self.insert(index, time);
        }
    }

    /// Takes what is alive at `index` out, if anything is.
    #[inline(always)]
    pub fn clear(&mut self, index: u32) {
        let time = self.time(index);
        if time == SimTime::NEVER {
            return;
        }
        self.alive -= 1;
        let children = self.nodes[index as usize].child;
        let orphans = if children == NOBODY { NOBODY } else { self.merge_pairs(children) };
        let bucket = self.bucket(time);
        if self.roots[bucket] == index {
            self.roots[bucket] = orphans;
            if orphans == NOBODY {
                self.occupied[bucket / 64] &= !(1 << (bucket % 64));
            }
        } else {
            self.cut(index);
            if orphans != NOBODY {
                self.roots[bucket] = self.meld(self.roots[bucket], orphans);
            }
        }
        self.nodes[index as usize] = Node::NOTHING;
        if self.first.0 == index {
            self.first = self.first_from(time);
        }
    }

    /// Takes what comes first out and returns it; nothing is alive if its time is [`SimTime::NEVER`].
    #[inline(always)]
    pub fn take_first(&mut self) -> (u32, SimTime) {
        let (index, time) = self.first;
        if time == SimTime::NEVER {
            return self.first;
        }
        self.alive -= 1;
        let bucket = self.bucket(time);
        let children = std::mem::replace(&mut self.nodes[index as usize], Node::NOTHING).child;
        if children == NOBODY {
            self.roots[bucket] = NOBODY;
            self.occupied[bucket / 64] &= !(1 << (bucket % 64));
        } else {
            self.roots[bucket] = self.merge_pairs(children);
        }
        self.first = self.first_from(time);
        (index, time)
    }

    #[inline(always)]
    fn insert(&mut self, index: u32, time: SimTime) {
        if index as usize >= self.nodes.len() {
            self.nodes.resize(index as usize + 1, Node::NOTHING);
        }
        self.nodes[index as usize].time = time;
        self.put(index, time);
        self.alive += 1;
        if (time, index) < (self.first.1, self.first.0) {
            self.first = (index, time);
        }
        self.until_tuned -= 1;
        if self.until_tuned == 0 || ROOM / 2 * self.alive > self.roots.len() {
            self.tune();
        }
    }

    /// Into its bucket.
    #[inline(always)]
    fn put(&mut self, index: u32, time: SimTime) {
        let bucket = self.bucket(time);
        let root = self.roots[bucket];
        if root == NOBODY {
            self.roots[bucket] = index;
            self.occupied[bucket / 64] |= 1 << (bucket % 64);
        } else {
            self.roots[bucket] = self.meld(root, index);
        }
    }

    #[inline(always)]
    fn bucket(&self, time: SimTime) -> usize {
        self.slice_of(time) as usize & (self.roots.len() - 1)
    }

    #[inline(always)]
    fn slice_of(&self, time: SimTime) -> u64 {
        time.ticks().cast_unsigned() >> self.slice
    }

    /// What comes first, if nothing is earlier than the slice of `time`: bucket by bucket, and what belongs to a later year is
    /// passed over.
    #[inline(always)]
    fn first_from(&self, time: SimTime) -> (u32, SimTime) {
        if self.alive == 0 {
            return (0, SimTime::NEVER);
        }
        let slice = self.slice_of(time);
        let last = self.roots.len() - 1;
        let mut ahead = 0;
        while ahead <= last {
            let bucket = (slice as usize + ahead) & last;
            let left = self.occupied[bucket / 64] >> (bucket % 64);
            if left == 0 {
                ahead += 64 - bucket % 64;
                continue;
            }
            let empty = left.trailing_zeros() as usize;
            let root = self.roots[(bucket + empty) & last];
            let time = self.nodes[root as usize].time;
            ahead += empty;
            if self.slice_of(time) == slice + ahead as u64 {
                return (root, time);
            }
            ahead += 1;
        }
        self.first_of_all()
    }

    /// Nothing is left in this year.
    #[cold]
    fn first_of_all(&self) -> (u32, SimTime) {
        let roots = self.roots.iter().filter(|root| **root != NOBODY);
        let first = roots.map(|root| (self.nodes[*root as usize].time, *root)).min();
        first.map_or((0, SimTime::NEVER), |(time, index)| (index, time))
    }

    /// Does `one` come before `other`?
    #[inline(always)]
    fn is_before(&self, one: u32, other: u32) -> bool {
        (self.nodes[one as usize].time, one) < (self.nodes[other as usize].time, other)
    }

    /// Makes one heap of two, and returns its root.
    #[inline]
    fn meld(&mut self, one: u32, other: u32) -> u32 {
        let (root, child) = if self.is_before(one, other) { (one, other) } else { (other, one) };
        let sibling = std::mem::replace(&mut self.nodes[root as usize].child, child);
        let node = &mut self.nodes[child as usize];
        (node.next, node.previous) = (sibling, root);
        if sibling != NOBODY {
            self.nodes[sibling as usize].previous = child;
        }
        root
    }

    /// Takes a node that is no root, with all below it, out of its heap.
    #[inline]
    fn cut(&mut self, index: u32) {
        let Node { next, previous, .. } = self.nodes[index as usize];
        let before = &mut self.nodes[previous as usize];
        if before.child == index {
            before.child = next;
        } else {
            before.next = next;
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
        let alive: Vec<u32> =
            (0..).zip(&self.nodes).filter(|(_, node)| node.time != SimTime::NEVER).map(|(i, _)| i).collect();
        self.set_buckets((ROOM * alive.len()).next_power_of_two().max(FEWEST_BUCKETS));
        self.slice = self.best_slice(&alive);
        for index in alive {
            let time = self.nodes[index as usize].time;
            self.nodes[index as usize] = Node { time, ..Node::NOTHING };
            self.put(index, time);
        }
    }

    fn set_buckets(&mut self, buckets: usize) {
        self.roots.clear();
        self.roots.resize(buckets, NOBODY);
        self.occupied.clear();
        self.occupied.resize(buckets / 64, 0);
        self.until_tuned = TUNING * buckets;
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
        let length = (*median).saturating_mul(YEAR) / self.roots.len() as i64;
        length.max(1).cast_unsigned().next_power_of_two().trailing_zeros().min(62)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_empty_queue_has_no_first() {
        assert_eq!(BucketQueue::default().first().1, SimTime::NEVER);
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

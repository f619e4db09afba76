//! The standard library's binary heap as a set of pending departures, with lazy deletion.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{NEVER, PendingSet, SLOT_BITS, slot_of};

/// A heap of keys, some of them stale: a key counts only while it is the current one of its slot.
pub(super) struct LazyHeap {
    heap: BinaryHeap<Reverse<u64>>,
    current: [u64; 1 << SLOT_BITS],
}

impl PendingSet for LazyHeap {
    fn empty() -> Self {
        Self { heap: BinaryHeap::new(), current: [NEVER; 1 << SLOT_BITS] }
    }

    #[inline]
    fn earliest(&self) -> u64 {
        self.heap.peek().map_or(NEVER, |&Reverse(key)| key)
    }

    #[inline]
    fn set(&mut self, slot: usize, key: u64) {
        self.current[slot] = key;
        if key != NEVER {
            self.heap.push(Reverse(key));
        }
        // What is on top must be current, or the clock would stop at an eviction.
        while let Some(&Reverse(top)) = self.heap.peek()
            && self.current[slot_of(top)] != top
        {
            self.heap.pop();
        }
    }
}

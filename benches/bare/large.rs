//! The loss system with any number of slots.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::BareResult;
use super::workload::Workload;

/// `slots` slots offered nine tenths as many erlangs. Nobody is evicted, so that nothing in the heap is ever stale.
pub(super) fn run(slots: u32, arrivals: u64, seed: u64) -> BareResult {
    let mut workload = Workload::<false>::new(arrivals, 0.9 * f64::from(slots), seed);
    let mut pending: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let mut free: Vec<u32> = (0..slots).collect();
    let (mut events, mut blocked) = (0, 0_u64);
    loop {
        let block = workload.next_block();
        if block.is_empty() {
            return BareResult { events, headline: blocked as f64 / arrivals as f64, second: 0.0 };
        }
        for request in block {
            while let Some(Reverse((_, slot))) = pending.peek().filter(|Reverse((time, _))| *time <= request.at) {
                free.push(*slot);
                pending.pop();
                events += 1;
            }
            match free.pop() {
                Some(slot) => pending.push(Reverse((request.ends, slot))),
                None => blocked += 1,
            }
            events += 1;
        }
    }
}

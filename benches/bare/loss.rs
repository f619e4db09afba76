//! The loss system.

use std::hint::select_unpredictable;

use super::workload::Workload;
use super::{BareResult, NEVER, PendingSet, slot_of};

const SLOTS: usize = 100;
/// Arrivals per mean holding time.
const RATE: f64 = 90.0;
/// Where a blocked request goes: a slot that never has a departure.
const NOWHERE: usize = SLOTS;

pub(super) fn run<P: PendingSet>(arrivals: u64, seed: u64) -> BareResult {
    let mut workload = Workload::<false>::new(arrivals, RATE, seed);
    let mut pending = P::empty();
    // A stack of free slots on top of `NOWHERE`, which is what an arrival finds under the last of them.
    let mut stack: [u8; 128] =
        std::array::from_fn(|depth| if depth == 0 { NOWHERE } else { SLOTS - depth.min(SLOTS) } as u8);
    let mut free = SLOTS;
    let (mut events, mut blocked) = (0, 0);
    loop {
        let block = workload.next_block();
        if block.is_empty() {
            break;
        }
        let mut next = 0;
        while let Some(request) = block.get(next) {
            let departure = pending.earliest();
            let arrives = request.at < departure;
            let accepted = arrives & (free > 0);
            let slot = select_unpredictable(arrives, usize::from(stack[free % 128]), slot_of(departure));
            // Above the top this is out of the way, and after a departure it is the new top.
            stack[(free + 1) % 128] = slot as u8;
            free = free + usize::from(!arrives) - usize::from(accepted);
            pending.set(slot, select_unpredictable(accepted, request.ends | slot as u64, NEVER));
            blocked += u64::from(arrives & !accepted);
            next += usize::from(arrives);
            events += 1;
        }
    }
    BareResult { events, headline: blocked as f64 / arrivals as f64, second: 0.0 }
}

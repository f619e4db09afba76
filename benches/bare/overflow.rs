//! A first tier of limited size that overflows to a dearer one without limit.

use std::hint::select_unpredictable;

use super::workload::Workload;
use super::{BareResult, NEVER, PendingSet, SLOT_BITS, slot_of};

/// Slots of the first tier.
const SLOTS: usize = 100;
/// Slots that there is room for in both tiers. With 110 erlangs the number in use is Poisson, and the
/// chance that it reaches this is under 1e-29: enough to call the second tier unlimited.
const ROOM: usize = 1 << SLOT_BITS;
/// Arrivals per mean holding time.
const RATE: f64 = 110.0;
/// Price of the second tier, where that of the first is 1.
const OVERFLOW_PRICE: i64 = 3;

pub(super) fn run<P: PendingSet>(arrivals: u64, seed: u64) -> BareResult {
    let mut workload = Workload::<false>::new(arrivals, RATE, seed);
    let mut pending = P::empty();
    // Stacks of the free slots of each tier, the lowest slot on top.
    let mut first: [u8; ROOM] = std::array::from_fn(|depth| SLOTS.saturating_sub(depth + 1) as u8);
    let mut second: [u8; ROOM] = std::array::from_fn(|depth| (ROOM - 1).saturating_sub(depth) as u8);
    let (mut first_free, mut second_free) = (SLOTS, ROOM - SLOTS);
    let (mut clock, mut overflow_integral, mut cost_integral) = (0.0, 0.0, 0.0);
    let mut events = 0;
    loop {
        let block = workload.next_block();
        if block.is_empty() {
            break;
        }
        let mut next = 0;
        while let Some(request) = block.get(next) {
            let departure = pending.earliest();
            let arrives = request.at < departure;

            let now = f64::from_bits(select_unpredictable(arrives, request.at, departure));
            let (in_first, in_second) = ((SLOTS - first_free) as i64, (ROOM - SLOTS - second_free) as i64);
            overflow_integral += in_second as f64 * (now - clock);
            cost_integral += (in_first + OVERFLOW_PRICE * in_second) as f64 * (now - clock);
            clock = now;

            assert!(second_free > 0, "the second tier has run out of room");
            let top = [first[first_free.wrapping_sub(1) % ROOM], second[(second_free - 1) % ROOM]];
            let target = usize::from(select_unpredictable(first_free > 0, top[0], top[1]));
            let slot = select_unpredictable(arrives, target, slot_of(departure));
            // Above the top these are out of the way, and after a departure one of them is the new top.
            first[first_free % ROOM] = slot as u8;
            second[second_free % ROOM] = slot as u8;
            let in_first = slot < SLOTS;
            first_free = first_free + usize::from(!arrives & in_first) - usize::from(arrives & in_first);
            second_free = second_free + usize::from(!arrives & !in_first) - usize::from(arrives & !in_first);
            pending.set(slot, select_unpredictable(arrives, request.ends | slot as u64, NEVER));
            next += usize::from(arrives);
            events += 1;
        }
    }
    BareResult { events, headline: overflow_integral / clock, second: cost_integral / clock }
}

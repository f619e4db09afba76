//! The spot market: the lowest running bid goes when a higher one finds every slot taken.

use std::hint::select_unpredictable;

use super::winner_tree::WinnerTree;
use super::workload::Workload;
use super::{BareResult, NEVER, PendingSet, SLOT_MASK, slot_of};

const SLOTS: usize = 100;
/// Arrivals per mean holding time.
const RATE: f64 = 150.0;
/// Where a refused request goes: a slot that never has a departure.
const NOWHERE: usize = SLOTS;
/// Bid of a slot that is not on the market, [`NOWHERE`] above all: no bid beats it.
const UNBEATABLE: u64 = u64::MAX;

pub(super) fn run<P: PendingSet>(arrivals: u64, seed: u64) -> BareResult {
    let mut workload = Workload::<true>::new(arrivals, RATE, seed);
    let mut pending = P::empty();
    // A free slot bids 0, so the least bid is a free slot as long as there is one; what a request has to
    // beat, and where it then goes, is the root in either case, and so is the price.
    let mut bids = WinnerTree::<256>::filled(UNBEATABLE);
    (0..SLOTS).for_each(|slot| bids.replace(slot, slot as u64));
    let mut taken = 0_i64;
    let (mut clock, mut price_integral, mut occupancy_integral) = (0.0, 0.0, 0.0);
    let mut events = 0;
    loop {
        let block = workload.next_block();
        if block.is_empty() {
            break;
        }
        let mut next = 0;
        while let Some(request) = block.get(next) {
            let departure = pending.earliest();
            let least = bids.least();
            let arrives = request.at < departure;
            let accepted = arrives & (request.bid > least);

            let now = f64::from_bits(select_unpredictable(arrives, request.at, departure));
            price_integral += f64::from_bits(least & !SLOT_MASK) * (now - clock);
            occupancy_integral += taken as f64 * (now - clock);
            clock = now;

            let target = select_unpredictable(accepted, slot_of(least), NOWHERE);
            let slot = select_unpredictable(arrives, target, slot_of(departure));
            let bid = select_unpredictable(accepted, request.bid | slot as u64, UNBEATABLE);
            pending.set(slot, select_unpredictable(accepted, request.ends | slot as u64, NEVER));
            bids.replace(slot, select_unpredictable(arrives, bid, slot as u64));
            taken += i64::from(accepted & (least <= SLOT_MASK)) - i64::from(!arrives);
            next += usize::from(arrives);
            events += 1;
        }
    }
    BareResult { events, headline: price_integral / clock, second: occupancy_integral / clock }
}

//! Who runs: the clearing rule.
//!
//! Running and waiting requests are taken in the order of their bids (equal bids: the incumbent, then the earlier
//! arrival). Each is served whole if it fits into what is left; else it is skipped ([`Fit::Fill`]) or the clearing
//! stops there ([`Fit::Strict`]). A running request that is not reached is interrupted. Under a posted price all bids
//! count as equal, so that nobody is displaced.
//!
//! Between two clearings little changes, and mostly one request moves: [`admit`] and [`refill`] answer those cases
//! without walking through the book, and hand the others to [`walk`], which is the rule as it is written. Pools with more
//! rules than these are cleared in `ruled.rs`.

pub(super) mod ruled;

use super::book::{Book, Entry};
use super::ids::Place;
use super::rules::{Fit, WaitingOrder};
use crate::units::Price;

/// The supply that a clearing hands out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Supply {
    /// Slots in all; `None` without limit.
    pub(super) capacity: Option<u32>,
    /// Slots held.
    pub(super) occupied: u32,
    /// Lowest bid that is served.
    pub(super) minimum: Price,
    /// What happens at a request that does not fit.
    pub(super) fit: Fit,
}

/// Slots of a pool without limit: so many that nobody asks for them, so few that their square fits into 64 bits.
pub(super) const UNLIMITED: u32 = u32::MAX / 2;

impl Supply {
    /// Slots that are free; none where more are held than there are.
    #[inline(always)]
    pub(super) fn free(&self) -> u32 {
        self.capacity.unwrap_or(UNLIMITED).saturating_sub(self.occupied)
    }
}

/// Whether a newcomer runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It does not.
    No,
    /// It takes free slots.
    Free,
    /// It takes the slot of one running request.
    Displaces(Place),
    /// It runs, and others change with it.
    Rearranges(Changes),
}

/// Who stops and who starts in a clearing, in this order, each best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) evict: Vec<Place>,
    pub(super) start: Vec<Place>,
}

/// Whether a newcomer runs, where one request moves at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShortAdmission {
    /// It does not.
    No,
    /// It takes free slots.
    Free,
    /// It takes the slot of one running request.
    Displaces(Place),
    /// Only a walk through the book can tell.
    Unclear,
}

/// Does `newcomer` run? Nobody else waits for slots that are free, or they do not fit: the book has been cleared.
#[inline(always)]
pub(super) fn admit(book: &Book, supply: &Supply, newcomer: &Entry) -> Admission {
    match admit_shortly(book, supply, newcomer) {
        ShortAdmission::No => return Admission::No,
        ShortAdmission::Free => return Admission::Free,
        ShortAdmission::Displaces(place) => return Admission::Displaces(place),
        ShortAdmission::Unclear => {}
    }
    let mut changes = walk(book, supply, Some(newcomer));
    let runs = changes.start.iter().position(|place| *place == newcomer.place);
    match runs {
        None => Admission::No,
        Some(index) => {
            changes.start.remove(index);
            Admission::Rearranges(changes)
        }
    }
}

/// The same, without a walk.
#[inline(always)]
pub(super) fn admit_shortly(book: &Book, supply: &Supply, newcomer: &Entry) -> ShortAdmission {
    let behind = supply.fit == Fit::Strict && book.is_anybody_eligible(supply.minimum);
    if newcomer.slots <= supply.free() && !behind {
        return ShortAdmission::Free;
    }
    if !book.is_ranked() {
        return ShortAdmission::No;
    }
    if newcomer.slots > 1 || !book.all_single() || behind {
        return ShortAdmission::Unclear;
    }
    match book.lowest_running() {
        Some(lowest) if lowest.bid < newcomer.bid => ShortAdmission::Displaces(lowest.place),
        _ => ShortAdmission::No,
    }
}

/// Who starts (and who stops for it) after slots became free?
pub(super) fn refill(book: &Book, supply: &Supply) -> Changes {
    if !book.is_anybody_waiting() {
        return Changes::default();
    }
    let may_displace = book.is_ranked() && book.order() == WaitingOrder::ByMethod;
    if !may_displace || (book.all_single() && !book.is_outbid(supply.minimum)) {
        return refill_in_turn(book, supply);
    }
    walk(book, supply, None)
}

/// Waiting requests take free slots one after the other; no running request can be displaced by one of them.
fn refill_in_turn(book: &Book, supply: &Supply) -> Changes {
    let mut left = supply.free();
    let mut changes = Changes::default();
    for entry in book.waiting().filter(|entry| entry.bid >= supply.minimum) {
        if left == 0 {
            break;
        }
        if entry.slots <= left {
            left -= entry.slots;
            changes.start.push(entry.place);
        } else if supply.fit == Fit::Strict {
            break;
        }
    }
    changes
}

/// The rule itself, over the whole book and, if there is one, a newcomer.
fn walk(book: &Book, supply: &Supply, newcomer: Option<&Entry>) -> Changes {
    let mut left = supply.capacity.unwrap_or(UNLIMITED);
    let mut stopped = false;
    let mut changes = Changes::default();
    for (entry, runs) in in_order(book, supply.minimum, newcomer) {
        let served = !stopped && entry.slots <= left;
        if served {
            left -= entry.slots;
        } else {
            stopped |= supply.fit == Fit::Strict;
        }
        match (runs, served) {
            (true, false) => changes.evict.push(entry.place),
            (false, true) => changes.start.push(entry.place),
            _ => {}
        }
    }
    changes
}

/// Everybody in the order of the clearing, and whether it runs. Waiting requests follow the running ones where they are
/// served first come, first served; else all are merged by bid, incumbents before others of the same bid.
fn in_order(book: &Book, minimum: Price, newcomer: Option<&Entry>) -> Vec<(Entry, bool)> {
    let mut entries: Vec<(Entry, bool)> = book.running().into_iter().map(|entry| (entry, true)).collect();
    entries.extend(newcomer.map(|entry| (*entry, false)));
    let waiting = book.waiting().filter(|entry| entry.bid >= minimum).map(|entry| (*entry, false));
    let by_bid = |(entry, runs): &(Entry, bool)| (std::cmp::Reverse(entry.bid), !runs, entry.number);
    match book.order() {
        WaitingOrder::ByMethod => {
            entries.extend(waiting);
            entries.sort_by_key(by_bid);
        }
        WaitingOrder::Fifo => {
            entries.sort_by_key(by_bid);
            entries.extend(waiting);
        }
    }
    entries
}

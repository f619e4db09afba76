//! The free slot with the least sum of weighted distances to the related slots.
//!
//! The sum of distances of a slot is a constant less what it shares: over the components on which it stands, weight times
//! number of related slots there. Slots that stand on the same components with related slots therefore score the same,
//! and of these the lowest number is wanted: a question about a range of the index of free slots. So only components with
//! related slots are walked through, and of these only those that can still win.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Component, Hardware, LEVELS, Level, Related, SlotId, Weights};

/// A search under way.
pub(in crate::market) struct Search<'a> {
    pub(in crate::market) hardware: &'a Hardware,
    pub(in crate::market) weights: Weights,
    pub(in crate::market) related: &'a Related,
    pub(in crate::market) free: &'a BTreeSet<SlotId>,
    /// What the best slot so far shares, and its number.
    best: Option<(i64, SlotId)>,
    /// Ranges of free slots that were looked into.
    pub(super) lookups: u32,
}

/// The lowest free slot in a range.
pub(in crate::market) fn first_in(free: &BTreeSet<SlotId>, range: Range<u32>) -> Option<SlotId> {
    free.range(SlotId(range.start)..SlotId(range.end)).next().copied()
}

impl<'a> Search<'a> {
    pub(in crate::market) fn new(
        hardware: &'a Hardware,
        weights: Weights,
        related: &'a Related,
        free: &'a BTreeSet<SlotId>,
    ) -> Self {
        Self { hardware, weights, related, free, best: None, lookups: 0 }
    }

    /// The best free slot on `area`, or of all; the lowest number among equals.
    pub(in crate::market) fn nearest(&mut self, area: Option<Component>) -> Option<SlotId> {
        self.best = None;
        match area {
            None => {
                let all = 0..self.hardware.count(Level::Region);
                self.look_among(0, all, 0..self.hardware.slot_count(), 0);
            }
            Some(Component { level, number }) => self.look_on(level as usize, number, 0),
        }
        self.best.map(|(_, slot)| slot)
    }

    /// Looks at a component on which `shared` is what every slot shares so far.
    fn look_on(&mut self, depth: usize, number: u32, shared: i64) {
        let slots = range(&self.hardware.slots[depth], number);
        match self.hardware.children.get(depth) {
            Some(children) if self.related.count(depth, number) > 0 => {
                self.look_among(depth + 1, range(children, number), slots, shared);
            }
            _ => _ = self.offer(shared, slots),
        }
    }

    /// The same for components of one level side by side, on these slots.
    fn look_among(&mut self, depth: usize, components: Range<u32>, slots: Range<u32>, shared: i64) {
        let (related, hardware) = (self.related, self.hardware);
        // Between the components with related slots all slots score the same: the first one will do.
        let mut from = slots.start;
        let mut is_offered = false;
        for (number, _) in related.touched(depth, components.clone()) {
            let touched = range(&hardware.slots[depth], number);
            is_offered = is_offered || self.offer(shared, from..touched.start);
            from = touched.end;
        }
        if !is_offered {
            self.offer(shared, from..slots.end);
        }
        for (number, count) in related.touched(depth, components) {
            let here = shared + self.weights.of(depth) * i64::from(count);
            let slots = range(&hardware.slots[depth], number);
            if self.can_win(depth, here, count, slots.start) && self.has_free(slots) {
                self.look_on(depth, number, here);
            }
        }
    }

    /// Takes up the lowest free slot of a range if it is better than the best so far. Is there any?
    fn offer(&mut self, shared: i64, slots: Range<u32>) -> bool {
        if slots.is_empty() {
            return false;
        }
        self.lookups += 1;
        let Some(slot) = first_in(self.free, slots) else { return false };
        let is_better = self.best.is_none_or(|(best, lowest)| shared > best || (shared == best && slot < lowest));
        if is_better {
            self.best = Some((shared, slot));
        }
        true
    }

    fn has_free(&mut self, slots: Range<u32>) -> bool {
        self.lookups += 1;
        first_in(self.free, slots).is_some()
    }

    /// Could a slot on this component be better than the best so far?
    fn can_win(&self, depth: usize, shared: i64, count: u32, first: u32) -> bool {
        let Some((best, lowest)) = self.best else { return true };
        let further = (depth + 1..LEVELS).map(|level| self.weights.of(level).max(0)).sum::<i64>() * i64::from(count);
        let most = shared + further;
        most > best || (most == best && SlotId(first) < lowest)
    }
}

fn range(starts: &[u32], number: u32) -> Range<u32> {
    starts[number as usize]..starts[number as usize + 1]
}

//! The slots that a request is placed near to, or far from.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Hardware, SlotId};

/// How many related slots stand on each component that has any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::market) struct Related {
    /// By level, then by number of the component.
    counts: BTreeMap<(usize, u32), u32>,
}

impl Related {
    pub(in crate::market) fn add(&mut self, hardware: &Hardware, slot: SlotId) {
        for key in hardware.path(slot).into_iter().enumerate() {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// Takes away a slot that was added before.
    pub(in crate::market) fn remove(&mut self, hardware: &Hardware, slot: SlotId) {
        for key in hardware.path(slot).into_iter().enumerate() {
            let left = self.counts.get_mut(&key).map(|count| {
                *count -= 1;
                *count
            });
            if left == Some(0) {
                self.counts.remove(&key);
            }
        }
    }

    pub(in crate::market) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The components of a level in a range that have related slots, and how many.
    pub(super) fn touched(&self, level: usize, among: Range<u32>) -> impl Iterator<Item = (u32, u32)> {
        self.counts.range((level, among.start)..(level, among.end)).map(|((_, number), count)| (*number, *count))
    }

    pub(super) fn count(&self, level: usize, number: u32) -> u32 {
        self.counts.get(&(level, number)).copied().unwrap_or(0)
    }
}

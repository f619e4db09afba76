//! How far apart two slots are.

use super::{Hardware, LEVELS, SlotId};

/// What each level counts in a distance. The distance of two slots is the sum of the weights of the levels at which they
/// stand on different components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights([i32; LEVELS]);

/// Beyond this, sums over all slots could not be counted.
const LARGEST: i32 = 1_000_000;

impl Weights {
    /// Near is better: slots share as much as can be.
    pub const CLUSTER: Self = Self([1; LEVELS]);
    /// Far is better: slots share as little as can be.
    pub const SPREAD: Self = Self([-1; LEVELS]);

    /// By level, from the region to the host; `None` beyond a million either way.
    #[must_use]
    pub fn new(weights: [i32; LEVELS]) -> Option<Self> {
        weights.iter().all(|weight| (-LARGEST..=LARGEST).contains(weight)).then_some(Self(weights))
    }

    /// What a level counts, by its number from the outermost in.
    pub(super) fn of(&self, depth: usize) -> i64 {
        i64::from(self.0[depth])
    }

    /// The distance of two slots.
    ///
    /// # Panics
    /// If there is no such slot.
    #[must_use]
    pub fn distance(&self, hardware: &Hardware, one: SlotId, other: SlotId) -> i64 {
        let (one, other) = (hardware.path(one), hardware.path(other));
        (0..LEVELS).filter(|level| one[*level] != other[*level]).map(|level| self.of(level)).sum()
    }
}

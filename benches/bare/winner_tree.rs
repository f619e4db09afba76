//! A winner tree: the least of one key per slot is at the root, and a change replays one path to it.

use std::hint::select_unpredictable;

use super::{NEVER, PendingSet, SLOT_BITS};

/// Winner tree over `NODES / 2` slots; `NODES` is a power of two. The root is node 1, the children of
/// node k are 2 k and 2 k + 1, and the slots are the leaves.
pub(super) struct WinnerTree<const NODES: usize> {
    nodes: [u64; NODES],
}

impl<const NODES: usize> WinnerTree<NODES> {
    const LEAVES: usize = {
        assert!(NODES.is_power_of_two() && NODES >= 4 && NODES / 2 <= 1 << SLOT_BITS);
        NODES / 2
    };

    /// A tree with the same key everywhere.
    pub(super) fn filled(key: u64) -> Self {
        Self { nodes: [key; NODES] }
    }

    /// The least key.
    #[inline]
    pub(super) fn least(&self) -> u64 {
        self.nodes[1]
    }

    /// Sets the key of a slot. The path is known from the slot, so its loads all start at once; only the
    /// comparisons wait for one another.
    #[inline]
    pub(super) fn replace(&mut self, slot: usize, key: u64) {
        let mut node = Self::LEAVES + slot % Self::LEAVES;
        let mut winner = key;
        self.nodes[node] = key;
        for _ in 0..Self::LEAVES.trailing_zeros() {
            let rival = self.nodes[(node ^ 1) % NODES];
            winner = select_unpredictable(rival < winner, rival, winner);
            node /= 2;
            self.nodes[node] = winner;
        }
    }
}

impl<const NODES: usize> PendingSet for WinnerTree<NODES> {
    fn empty() -> Self {
        Self::filled(NEVER)
    }

    #[inline]
    fn earliest(&self) -> u64 {
        self.least()
    }

    #[inline]
    fn set(&mut self, slot: usize, key: u64) {
        self.replace(slot, key);
    }
}

//! A winner tree: the smallest of many keys, each at a fixed index.

use std::hint::select_unpredictable;

use crate::units::SimTime;

/// A key of a [`Tournament`]; [`Key::LAST`] marks an empty index and comes after every real key.
pub trait Key: Copy + Ord {
    /// The key of an index that takes no part.
    const LAST: Self;
}

impl Key for SimTime {
    const LAST: Self = Self::NEVER;
}

impl Key for u128 {
    const LAST: Self = Self::MAX;
}

/// Indices that compete by key: the smallest key wins, among equal keys the smaller index.
///
/// Setting, replacing and clearing the key at an index all repeat the matches on the way from its leaf to
/// the root, log₂ n of them, without branching; the winner is read in O(1). Nothing is deleted lazily, so
/// the tree never holds more than what is alive. It grows by doubling.
#[derive(Clone, Debug)]
pub struct Tournament<K> {
    /// Key per index; the length is a power of two.
    keys: Vec<K>,
    /// Winner of each match: node 1 is the final, node n is fed by 2n and 2n + 1, leaves start at `keys.len()`.
    winners: Vec<u32>,
}

impl<K: Key> Default for Tournament<K> {
    fn default() -> Self {
        let mut tree = Self { keys: vec![K::LAST], winners: Vec::new() };
        tree.rebuild();
        tree
    }
}

impl<K: Key> Tournament<K> {
    /// The winning index and its key; the key is [`Key::LAST`] where nothing takes part.
    #[inline]
    #[must_use]
    pub fn winner(&self) -> (u32, K) {
        let index = self.winners[1];
        (index, self.keys[index as usize])
    }

    /// The key at `index`, [`Key::LAST`] where there is none.
    #[inline]
    #[must_use]
    pub fn key(&self, index: u32) -> K {
        self.keys.get(index as usize).copied().unwrap_or(K::LAST)
    }

    /// Sets or replaces the key at `index`.
    #[inline]
    pub fn set(&mut self, index: u32, key: K) {
        let leaf = index as usize;
        if leaf >= self.keys.len() {
            self.grow(leaf + 1);
        }
        self.keys[leaf] = key;
        self.replay(index, key);
    }

    /// Takes `index` out of the competition.
    #[inline]
    pub fn clear(&mut self, index: u32) {
        if (index as usize) < self.keys.len() {
            self.keys[index as usize] = K::LAST;
            self.replay(index, K::LAST);
        }
    }

    /// The indices that take part, in ascending order. Takes time in proportion to all indices.
    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.keys).filter(|(_, key)| **key != K::LAST).map(|(index, _)| index)
    }

    #[inline]
    fn replay(&mut self, index: u32, key: K) {
        // The rivals on the way up depend on `index` alone, so they are fetched ahead of the comparisons.
        let mut node = index as usize + self.keys.len();
        let (mut best, mut best_key) = (index, key);
        while node > 1 {
            let rival = self.winners[node ^ 1];
            let rival_key = self.keys[rival as usize];
            // At equal keys the smaller index wins, so that the order is total.
            let keeps = (best_key, best) < (rival_key, rival);
            best = select_unpredictable(keeps, best, rival);
            best_key = select_unpredictable(keeps, best_key, rival_key);
            node >>= 1;
            self.winners[node] = best;
        }
    }

    #[cold]
    fn grow(&mut self, at_least: usize) {
        self.keys.resize(at_least.next_power_of_two(), K::LAST);
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let leaves = self.keys.len();
        // A single leaf is its own final; node 1 must exist all the same.
        self.winners = vec![0; (2 * leaves).max(2)];
        for (node, index) in (leaves..2 * leaves).zip(0..) {
            self.winners[node] = index;
        }
        for node in (1..leaves).rev() {
            let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
            let left_wins = self.keys[left as usize] <= self.keys[right as usize];
            self.winners[node] = if left_wins { left } else { right };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_tree_has_no_winner() {
        assert_eq!(Tournament::<SimTime>::default().winner().1, SimTime::NEVER);
    }

    #[test]
    fn the_smaller_index_wins_a_tie() {
        let mut tree = Tournament::default();
        for index in [5, 2, 7] {
            tree.set(index, SimTime::from_ticks(3));
        }
        assert_eq!(tree.winner(), (2, SimTime::from_ticks(3)));
        tree.clear(2);
        assert_eq!(tree.winner(), (5, SimTime::from_ticks(3)));
    }

    proptest! {
        #[test]
        fn the_winner_is_the_minimum_of_what_is_there(steps in prop::collection::vec((0u32..40, prop::option::of(0i64..9)), 0..200)) {
            let mut tree = Tournament::default();
            let mut plain = [SimTime::NEVER; 40];
            for (index, key) in steps {
                let key = key.map_or(SimTime::NEVER, SimTime::from_ticks);
                plain[index as usize] = key;
                if key == SimTime::NEVER { tree.clear(index) } else { tree.set(index, key) }
                let best = (0u32..).zip(plain).map(|(i, k)| (k, i)).min().unwrap();
                let (winner, winner_key) = tree.winner();
                prop_assert_eq!(winner_key, best.0);
                prop_assert!(winner_key == SimTime::NEVER || winner == best.1);
            }
        }
    }
}

//! A winner tree: the smallest of many keys, each at a fixed index.

use std::hint::select_unpredictable;

use crate::units::SimTime;

/// A key of a [`Tournament`]; [`Key::LAST`] marks an empty index and comes after every real key.
pub trait Key: Copy + Ord {
    /// The key of an index that takes no part.
    const LAST: Self;

    /// Does this key win against `rival`, as the left of the two or as the right? At equal keys the left one wins.
    fn wins(self, rival: Self, is_left: bool) -> bool;
}

impl Key for SimTime {
    const LAST: Self = Self::NEVER;

    #[inline]
    fn wins(self, rival: Self, is_left: bool) -> bool {
        // Times are not negative, so that one more than the latest still fits.
        self.ticks().cast_unsigned() < rival.ticks().cast_unsigned() + u64::from(is_left)
    }
}

/// Only the lower 127 bits may be used.
impl Key for u128 {
    const LAST: Self = Self::MAX >> 1;

    #[inline]
    fn wins(self, rival: Self, is_left: bool) -> bool {
        self < rival + Self::from(is_left)
    }
}

/// Indices that compete by key: the smallest key wins, among equal keys the smaller index.
///
/// Setting, replacing and clearing the key at an index all repeat the matches on the way from its leaf towards
/// the root, at most log₂ n of them, until one comes out as before; the winner is read in O(1). Nothing is deleted lazily, so
/// the tree never holds more than what is alive. It grows by doubling.
#[derive(Clone, Debug)]
pub struct Tournament<K> {
    /// Winner of each match: node 1 is the final, node n is fed by 2n and 2n + 1; the upper half are the leaves. The
    /// key stands beside the index, so that a match reads one place.
    nodes: Vec<Node<K>>,
}

#[derive(Clone, Copy, Debug)]
struct Node<K> {
    key: K,
    index: u32,
}

impl<K: Key> Default for Tournament<K> {
    fn default() -> Self {
        Self { nodes: vec![Node { key: K::LAST, index: 0 }; 2] }
    }
}

impl<K: Key> Tournament<K> {
    /// The winning index and its key; the key is [`Key::LAST`] where nothing takes part.
    #[inline]
    #[must_use]
    pub fn winner(&self) -> (u32, K) {
        let node = &self.nodes[1];
        (node.index, node.key)
    }

    /// The key at `index`, [`Key::LAST`] where there is none.
    #[inline]
    #[must_use]
    pub fn key(&self, index: u32) -> K {
        self.nodes.get(self.leaves() + index as usize).map_or(K::LAST, |node| node.key)
    }

    /// Sets or replaces the key at `index`.
    #[inline]
    pub fn set(&mut self, index: u32, key: K) {
        if index as usize >= self.leaves() {
            self.grow(index as usize + 1);
        }
        self.replay(index, key);
    }

    /// Takes `index` out of the competition.
    #[inline]
    pub fn clear(&mut self, index: u32) {
        if (index as usize) < self.leaves() {
            self.replay(index, K::LAST);
        }
    }

    /// The indices that take part, in ascending order. Takes time in proportion to all indices.
    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        let leaves = self.nodes[self.leaves()..].iter();
        leaves.filter(|leaf| leaf.key != K::LAST).map(|leaf| leaf.index)
    }

    #[inline]
    fn leaves(&self) -> usize {
        self.nodes.len() / 2
    }

    #[inline]
    fn replay(&mut self, index: u32, key: K) {
        // Whom it meets on the way up depends on `index` alone, so that rivals are fetched ahead of the comparisons.
        let mut place = index as usize + self.leaves();
        let mut best = Node { key, index };
        let nodes = self.nodes.as_mut_slice();
        nodes[place] = best;
        while place > 1 {
            let rival = nodes[place ^ 1];
            let keeps = best.key.wins(rival.key, place % 2 == 0);
            best = Node {
                key: select_unpredictable(keeps, best.key, rival.key),
                index: select_unpredictable(keeps, best.index, rival.index),
            };
            place /= 2;
            // Where the same one wins as before, nothing changes further up either.
            let before = &mut nodes[place];
            if before.index == best.index && before.key == best.key {
                return;
            }
            *before = best;
        }
    }

    #[cold]
    fn grow(&mut self, at_least: usize) {
        let leaves = at_least.next_power_of_two();
        let before = self.nodes.split_off(self.leaves());
        let empty = (0..leaves as u32).map(|index| Node { key: K::LAST, index });
        self.nodes = vec![Node { key: K::LAST, index: 0 }; leaves];
        self.nodes.extend(empty);
        self.nodes[leaves..leaves + before.len()].copy_from_slice(&before);
        for place in (1..leaves).rev() {
            let (left, right) = (self.nodes[2 * place], self.nodes[2 * place + 1]);
            self.nodes[place] = if left.key.wins(right.key, true) { left } else { right };
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

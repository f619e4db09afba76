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

    #[inline(always)]
    fn wins(self, rival: Self, is_left: bool) -> bool {
        // Times are not negative, so that one more than the latest still fits.
        self.ticks().cast_unsigned() < rival.ticks().cast_unsigned() + u64::from(is_left)
    }
}

/// No two may be equal: then it does not matter who stands on the left.
impl Key for u128 {
    const LAST: Self = Self::MAX;

    #[inline(always)]
    fn wins(self, rival: Self, _: bool) -> bool {
        self < rival
    }
}

/// Indices that compete by key: the smallest key wins, among equal keys the smaller index.
///
/// Setting, replacing and clearing the key at an index all repeat the matches on the way from its leaf towards
/// the root, at most log₂ n of them, until one comes out as before; the winner is read in O(1). Nothing is deleted lazily, so
/// the tree never holds more than what is alive. It grows by doubling.
#[derive(Clone, Debug)]
pub struct Tournament<K> {
    /// Winner of each match, beside its rival in the next: node n is fed by 2n and 2n + 1 and stands at `[n / 2][n % 2]`.
    /// Node 1 is the final; the upper half are the leaves. The key stands beside the index, so that a match reads one
    /// place.
    pairs: Vec<[Node<K>; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Node<K> {
    key: K,
    index: u32,
}

impl<K: Key> Default for Tournament<K> {
    fn default() -> Self {
        Self { pairs: vec![[Node { key: K::LAST, index: 0 }; 2]] }
    }
}

impl<K: Key> Tournament<K> {
    /// The winning index and its key; the key is [`Key::LAST`] where nothing takes part.
    #[inline(always)]
    #[must_use]
    pub fn winner(&self) -> (u32, K) {
        let [_, node] = &self.pairs[0];
        (node.index, node.key)
    }

    /// The key at `index`, [`Key::LAST`] where there is none.
    #[inline(always)]
    #[must_use]
    pub fn key(&self, index: u32) -> K {
        let place = self.leaves() + index as usize;
        self.pairs.get(place / 2).map_or(K::LAST, |pair| pair[place % 2].key)
    }

    /// Sets or replaces the key at `index`.
    #[inline(always)]
    pub fn set(&mut self, index: u32, key: K) {
        if index as usize >= self.leaves() {
            self.grow(index as usize + 1);
        }
        self.replay(index, key);
    }

    /// Takes `index` out of the competition.
    #[inline(always)]
    pub fn clear(&mut self, index: u32) {
        if (index as usize) < self.leaves() {
            self.replay(index, K::LAST);
        }
    }

    /// The indices that take part, in ascending order. Takes time in proportion to all indices.
    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        let leaves = self.pairs.as_flattened()[self.leaves()..].iter();
        leaves.filter(|leaf| leaf.key != K::LAST).map(|leaf| leaf.index)
    }

    /// The indices whose keys are below `bound`, in no particular order. Takes time in proportion to their number, times
    /// log₂ n.
    #[must_use]
    pub fn below(&self, bound: K) -> Vec<u32> {
        let nodes = self.pairs.as_flattened();
        let (mut open, mut found) = (vec![1], Vec::new());
        while let Some(place) = open.pop() {
            // Whoever stands further down has lost to this key.
            if nodes[place].key < bound {
                match place < self.leaves() {
                    true => open.extend([2 * place, 2 * place + 1]),
                    false => found.push(nodes[place].index),
                }
            }
        }
        found
    }

    #[inline(always)]
    fn leaves(&self) -> usize {
        self.pairs.len()
    }

    #[inline(always)]
    fn replay(&mut self, index: u32, key: K) {
        let mut place = index as usize + self.leaves();
        let mut best = Node { key, index };
        loop {
            let side = place % 2;
            let pair = &mut self.pairs[place / 2];
            // Where the same one wins as before, nothing changes further up either.
            if pair[side].index == best.index && pair[side].key == best.key {
                return;
            }
            pair[side] = best;
            if place == 1 {
                return;
            }
            let rival = pair[side ^ 1];
            let keeps = best.key.wins(rival.key, side == 0);
            best = Node {
                key: select_unpredictable(keeps, best.key, rival.key),
                index: select_unpredictable(keeps, best.index, rival.index),
            };
            place /= 2;
        }
    }

    #[cold]
    fn grow(&mut self, at_least: usize) {
        let leaves = at_least.next_power_of_two();
        let before = self.leaves();
        let mut nodes = vec![Node { key: K::LAST, index: 0 }; 2 * leaves];
        for (index, node) in (0..).zip(&mut nodes[leaves..]) {
            node.index = index;
        }
        nodes[leaves..leaves + before].copy_from_slice(&self.pairs.as_flattened()[before..]);
        for place in (1..leaves).rev() {
            let (left, right) = (nodes[2 * place], nodes[2 * place + 1]);
            nodes[place] = if left.key.wins(right.key, true) { left } else { right };
        }
        self.pairs = nodes.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
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

//! A winner tree: the smallest of many keys, each at a fixed index.

use std::hint::select_unpredictable;

use super::prefetch::prefetch;
use crate::units::SimTime;

/// A key of a [`Tournament`]; [`Key::LAST`] marks an empty index and comes after every real key.
pub trait Key: Copy + Ord {
    /// The key of an index that takes no part.
    const LAST: Self;
}

impl Key for SimTime {
    const LAST: Self = Self::NEVER;
}

impl Key for u64 {
    const LAST: Self = Self::MAX;
}

/// Indices that compete by key: the smallest key wins. Where two are equal, whoever sets one says which of the two
/// indices comes first, and says the same as long as both keep their keys.
///
/// Setting, replacing and clearing the key at an index all repeat the matches on the way from its leaf towards
/// the root, at most log₂ n of them, until one comes out as before; the winner is read in O(1). Nothing is deleted lazily, so
/// the tree never holds more than what is alive. It grows by doubling.
#[derive(Clone, Debug)]
pub struct Tournament<K> {
    /// Winner of each match: node n is fed by 2n and 2n + 1, and its rival in the next stands beside it. Node 1 is the final;
    /// the upper half are the leaves. The key stands beside the index, so that a match reads one place.
    nodes: Vec<Node<K>>,
}

#[derive(Clone, Copy, Debug)]
struct Node<K> {
    key: K,
    index: u32,
}

impl<K: Key> Node<K> {
    /// The winner of a match. Who it is cannot be foreseen, so that nothing branches on it; a draw is rare, and settled
    /// afterwards: asked first, it would lead the compiler back to a branch.
    #[inline(always)]
    fn against(self, rival: Self, is_first: &impl Fn(u32, u32) -> bool) -> Self {
        let loses = rival.key < self.key;
        let winner = Self {
            key: select_unpredictable(loses, rival.key, self.key),
            index: select_unpredictable(loses, rival.index, self.index),
        };
        if self.key == rival.key { self.draws_with(rival, is_first) } else { winner }
    }

    /// The winner of a match of equal keys.
    #[cold]
    fn draws_with(self, rival: Self, is_first: &impl Fn(u32, u32) -> bool) -> Self {
        if self.key == K::LAST || is_first(self.index, rival.index) { self } else { rival }
    }
}

impl<K: Key> Default for Tournament<K> {
    fn default() -> Self {
        Self { nodes: vec![Node { key: K::LAST, index: 0 }; 2] }
    }
}

impl<K: Key> Tournament<K> {
    /// The winning index and its key; the key is [`Key::LAST`] where nothing takes part.
    #[inline(always)]
    #[must_use]
    pub fn winner(&self) -> (u32, K) {
        let node = &self.nodes[1];
        (node.index, node.key)
    }

    /// The key at `index`, [`Key::LAST`] where there is none.
    #[inline(always)]
    #[must_use]
    pub fn key(&self, index: u32) -> K {
        self.nodes.get(self.leaves() + index as usize).map_or(K::LAST, |node| node.key)
    }

    /// Sets or replaces the key at `index`; by [`Key::LAST`] it takes no part any more. Of two indices with equal keys,
    /// `is_first` says whether the one comes before the other.
    #[inline(always)]
    pub fn set(&mut self, index: u32, key: K, is_first: impl Fn(u32, u32) -> bool) {
        if index as usize >= self.leaves() {
            self.grow(index as usize + 1, &is_first);
        }
        self.replay(index, key, &is_first);
    }

    /// The key at `index` is likely to change soon: asks the memory for the matches that will be played then. Those nearest to
    /// the final are played all the time, and at hand.
    #[inline(always)]
    pub fn expect(&self, index: u32) {
        const AT_HAND: usize = 2048;
        let mut place = self.leaves() + index as usize;
        while place >= AT_HAND
            && let Some(node) = self.nodes.get(place)
        {
            prefetch(node);
            place /= 2;
        }
    }

    /// The indices that take part, in ascending order. Takes time in proportion to all indices.
    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        self.nodes[self.leaves()..].iter().filter(|leaf| leaf.key != K::LAST).map(|leaf| leaf.index)
    }

    /// The indices whose keys are below `bound`, in no particular order. Takes time in proportion to their number, times
    /// log₂ n.
    #[must_use]
    pub fn below(&self, bound: K) -> Vec<u32> {
        let (mut open, mut found) = (vec![1], Vec::new());
        while let Some(place) = open.pop() {
            // Whoever stands further down has lost to this key.
            if self.nodes[place].key < bound {
                match place < self.leaves() {
                    true => open.extend([2 * place, 2 * place + 1]),
                    false => found.push(self.nodes[place].index),
                }
            }
        }
        found
    }

    #[inline(always)]
    fn leaves(&self) -> usize {
        self.nodes.len() / 2
    }

    #[inline(always)]
    fn replay(&mut self, index: u32, key: K, is_first: &impl Fn(u32, u32) -> bool) {
        let nodes = &mut self.nodes[..];
        let mut place = index as usize + nodes.len() / 2;
        let mut best = Node { key, index };
        loop {
            let node = &mut nodes[place];
            // Where the same one wins as before, nothing changes further up either.
            if node.key == best.key && node.index == best.index {
                return;
            }
            *node = best;
            if place == 1 {
                return;
            }
            best = best.against(nodes[place ^ 1], is_first);
            place /= 2;
        }
    }

    #[cold]
    fn grow(&mut self, at_least: usize, is_first: &impl Fn(u32, u32) -> bool) {
        let leaves = at_least.next_power_of_two();
        let before = self.leaves();
        let mut nodes = vec![Node { key: K::LAST, index: 0 }; 2 * leaves];
        for (index, node) in (0..).zip(&mut nodes[leaves..]) {
            node.index = index;
        }
        nodes[leaves..leaves + before].copy_from_slice(&self.nodes[before..]);
        for place in (1..leaves).rev() {
            nodes[place] = nodes[2 * place].against(nodes[2 * place + 1], is_first);
        }
        self.nodes = nodes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_tree_has_no_winner() {
        let tree = Tournament::<SimTime>::default();
        tree.expect(5_000);
        assert_eq!(tree.winner().1, SimTime::NEVER);
    }

    #[test]
    fn a_tie_goes_to_whom_it_is_said_to() {
        let (mut smaller, mut larger) = (Tournament::default(), Tournament::default());
        for index in [5, 2, 7] {
            smaller.set(index, 3_u64, |one, other| one < other);
            larger.set(index, 3_u64, |one, other| one > other);
        }
        assert_eq!((smaller.winner(), larger.winner()), ((2, 3), (7, 3)));
        smaller.set(2, u64::LAST, |one, other| one < other);
        larger.set(7, u64::LAST, |one, other| one > other);
        assert_eq!((smaller.winner(), larger.winner()), ((5, 3), (5, 3)));
    }

    proptest! {
        /// Ties by rank, which is neither the order of indices nor its reverse, and changes with every step.
        #[test]
        fn the_winner_is_the_minimum_of_what_is_there(steps in prop::collection::vec((0u32..40, prop::option::of(0u64..9)), 0..200)) {
            let mut tree = Tournament::default();
            let mut plain = [None; 40];
            let mut ranks = [0; 40];
            for (rank, (index, key)) in steps.into_iter().enumerate() {
                // Whoever keeps its key keeps its rank.
                if std::mem::replace(&mut plain[index as usize], key) != key {
                    ranks[index as usize] = rank;
                }
                tree.set(index, key.unwrap_or(u64::LAST), |one, other| ranks[one as usize] > ranks[other as usize]);
                let there = (0..).zip(plain).filter_map(|(index, key)| Some((key?, index)));
                let best = there.min_by_key(|(key, index): &(u64, u32)| (*key, std::cmp::Reverse(ranks[*index as usize])));
                let (winner, key) = tree.winner();
                prop_assert_eq!(best, (key != u64::LAST).then_some((key, winner)));
                let mut below = tree.below(5);
                below.sort_unstable();
                let is_below = |index: &u32| plain[*index as usize].is_some_and(|key| key < 5);
                prop_assert_eq!(below, tree.indices().filter(is_below).collect::<Vec<_>>());
            }
        }
    }
}

//! A winner tree: the earliest of many times, each at a fixed index.

use std::hint::select_unpredictable;

use crate::units::SimTime;

/// Indices that compete by time: the earliest wins, at equal times the smaller index.
///
/// Setting, replacing and clearing the time at an index all repeat the matches on the way from its leaf towards
/// the root, at most log₂ n of them, until one comes out as before; the winner is read in O(1). Nothing is deleted lazily, so
/// the tree never holds more than what is alive. It grows by doubling.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// Winner of each match, beside its rival in the next: node n is fed by 2n and 2n + 1 and stands at `[n / 2][n % 2]`.
    /// Node 1 is the final; the upper half are the leaves. The time stands beside the index, so that a match reads one
    /// place.
    pairs: Vec<[Node; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// [`SimTime::NEVER`] where an index takes no part.
    time: SimTime,
    index: u32,
}

impl Node {
    const NOTHING: Self = Self { time: SimTime::NEVER, index: 0 };

    /// Does it win against `rival`, as the left of the two or as the right? At equal times the left one does.
    #[inline(always)]
    fn wins(self, rival: Self, is_left: bool) -> bool {
        // Times are not negative, so that one more than the latest still fits.
        self.time.ticks().cast_unsigned() < rival.time.ticks().cast_unsigned() + u64::from(is_left)
    }
}

impl Default for Tournament {
    fn default() -> Self {
        Self { pairs: vec![[Node::NOTHING; 2]] }
    }
}

impl Tournament {
    /// The winning index and its time, [`SimTime::NEVER`] where nothing takes part.
    #[inline(always)]
    #[must_use]
    pub fn winner(&self) -> (u32, SimTime) {
        let [_, node] = &self.pairs[0];
        (node.index, node.time)
    }

    /// The time at `index`, [`SimTime::NEVER`] where there is none.
    #[inline(always)]
    #[must_use]
    pub fn time(&self, index: u32) -> SimTime {
        let place = self.leaves() + index as usize;
        self.pairs.get(place / 2).map_or(SimTime::NEVER, |pair| pair[place % 2].time)
    }

    /// Sets or replaces the time at `index`; by [`SimTime::NEVER`] it takes no part any more.
    #[inline(always)]
    pub fn set(&mut self, index: u32, time: SimTime) {
        if index as usize >= self.leaves() {
            self.grow(index as usize + 1);
        }
        self.replay(index, time);
    }

    #[inline(always)]
    fn leaves(&self) -> usize {
        self.pairs.len()
    }

    #[inline(always)]
    fn replay(&mut self, index: u32, time: SimTime) {
        let mut place = index as usize + self.leaves();
        let mut best = Node { time, index };
        loop {
            let side = place % 2;
            let pair = &mut self.pairs[place / 2];
            // Where the same one wins as before, nothing changes further up either.
            if pair[side].index == best.index && pair[side].time == best.time {
                return;
            }
            pair[side] = best;
            if place == 1 {
                return;
            }
            let rival = pair[side ^ 1];
            let keeps = best.wins(rival, side == 0);
            best = Node {
                time: select_unpredictable(keeps, best.time, rival.time),
                index: select_unpredictable(keeps, best.index, rival.index),
            };
            place /= 2;
        }
    }

    #[cold]
    fn grow(&mut self, at_least: usize) {
        let leaves = at_least.next_power_of_two();
        let before = self.leaves();
        let mut nodes = vec![Node::NOTHING; 2 * leaves];
        for (index, node) in (0..).zip(&mut nodes[leaves..]) {
            node.index = index;
        }
        nodes[leaves..leaves + before].copy_from_slice(&self.pairs.as_flattened()[before..]);
        for place in (1..leaves).rev() {
            let (left, right) = (nodes[2 * place], nodes[2 * place + 1]);
            nodes[place] = if left.wins(right, true) { left } else { right };
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
        assert_eq!(Tournament::default().winner().1, SimTime::NEVER);
    }

    #[test]
    fn the_smaller_index_wins_a_tie() {
        let mut tree = Tournament::default();
        for index in [5, 2, 7] {
            tree.set(index, SimTime::from_ticks(3));
        }
        assert_eq!(tree.winner(), (2, SimTime::from_ticks(3)));
        tree.set(2, SimTime::NEVER);
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
                tree.set(index, key);
                let best = (0u32..).zip(plain).map(|(i, k)| (k, i)).min().unwrap();
                let (winner, winner_key) = tree.winner();
                prop_assert_eq!(winner_key, best.0);
                prop_assert!(winner_key == SimTime::NEVER || winner == best.1);
            }
        }
    }
}

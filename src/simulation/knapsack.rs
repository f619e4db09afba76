//! The most that slots can be worth to those who want them: the 0/1 knapsack, exact.

/// Somebody who wants so many slots, all or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) slots: u32,
    /// Per slot; not negative.
    pub(super) value: i64,
}

impl Want {
    fn worth(self) -> i128 {
        i128::from(self.value) * i128::from(self.slots)
    }
}

/// The greatest Σ value × slots over sets of wants that fit into `slots`, all of them whole.
///
/// Best value per slot first. Where the first of them fill the slots exactly (always, if all sizes are one) or all fit,
/// that is the optimum. Otherwise by dynamic programming over the sets that no other set beats in both slots and worth,
/// without those that even a fraction of the next want could not bring up to the best set known. So the work depends on
/// how many such sets there are, and is bounded by wants × slots.
///
/// Source: G. L. Nemhauser, Z. Ullmann, "Discrete Dynamic Programming and Capital Allocation", *Management Science* 15
/// (1969); the bound: G. B. Dantzig, "Discrete-Variable Extremum Problems", *Operations Research* 5 (1957).
pub(super) fn optimum(slots: u32, wants: &mut Vec<Want>) -> i128 {
    wants.retain(|want| (1..=slots).contains(&want.slots));
    wants.sort_unstable_by_key(|want| std::cmp::Reverse((want.value, want.slots)));
    let (mut free, mut worth, mut is_exact) = (slots, 0, true);
    for want in &*wants {
        if want.slots <= free {
            free -= want.slots;
            worth += want.worth();
        } else {
            is_exact &= free == 0;
        }
    }
    if is_exact { worth } else { by_sets(slots, wants, worth) }
}

/// Slots taken, and what they are worth.
type Set = (u32, i128);

/// The optimum, given one set's worth; wants come best value first.
fn by_sets(slots: u32, wants: &[Want], known: i128) -> i128 {
    let mut best = known;
    let mut sets: Vec<Set> = vec![(0, 0)];
    for (number, want) in wants.iter().enumerate() {
        for index in 0..sets.len() {
            let (taken, worth) = sets[index];
            if taken <= slots - want.slots {
                sets.push((taken + want.slots, worth + want.worth()));
                best = best.max(worth + want.worth());
            }
        }
        // Two runs in order: a stable sort merges them.
        sets.sort_by_key(|(taken, worth)| (*taken, -worth));
        let next = wants.get(number + 1).map_or(0, |next| i128::from(next.value));
        let mut most = -1;
        sets.retain(|(taken, worth)| {
            let is_unbeaten = *worth > most;
            most = most.max(*worth);
            is_unbeaten && worth + next * i128::from(slots - taken) > best
        });
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wants(all: &[(u32, i64)]) -> Vec<Want> {
        all.iter().map(|(slots, value)| Want { slots: *slots, value: *value }).collect()
    }

    fn by_trial(slots: u32, wants: &[Want]) -> i128 {
        let sets = (0u32..1 << wants.len()).map(|set| {
            let chosen =
                wants.iter().enumerate().filter(move |(index, _)| set >> index & 1 == 1).map(|(_, want)| *want);
            chosen.fold((0, 0), |sum, want| (sum.0 + want.slots, sum.1 + want.worth()))
        });
        sets.filter(|set| set.0 <= slots).map(|set| set.1).max().unwrap_or(0)
    }

    #[test]
    fn the_best_value_per_slot_need_not_win() {
        assert_eq!(optimum(4, &mut wants(&[(3, 10), (2, 9), (2, 9)])), 36);
        assert_eq!(optimum(4, &mut wants(&[(3, 10), (1, 1), (2, 7), (2, 7)])), 31);
    }

    #[test]
    fn extremes() {
        assert_eq!(optimum(0, &mut wants(&[(1, 5)])), 0);
        assert_eq!(optimum(5, &mut wants(&[(0, 9), (6, 9)])), 0);
        assert_eq!(optimum(5, &mut Vec::new()), 0);
        let huge = [(u32::MAX - 1, i64::MAX), (2, i64::MAX - 1), (u32::MAX, i64::MAX - 1)];
        let expected = i128::from(i64::MAX - 1) * i128::from(u32::MAX);
        assert_eq!(optimum(u32::MAX, &mut wants(&huge)), expected);
    }

    #[test]
    fn a_large_round_is_quick() {
        let many: Vec<(u32, i64)> = (0..5_000).map(|n| (1 + n % 13 * 3, i64::from(n * 7_919 % 1_000_003))).collect();
        assert!(optimum(4_000, &mut wants(&many)) > 0);
    }

    proptest! {
        #[test]
        fn no_set_is_worth_more(slots in 0..30u32, all in prop::collection::vec((0..12u32, 0..20i64), 0..10)) {
            let expected = by_trial(slots, &wants(&all));
            prop_assert_eq!(optimum(slots, &mut wants(&all)), expected);
        }
    }
}

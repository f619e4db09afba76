//! Values at neighbouring indices.

/// A vector that begins at any index: of many thousands of members, those of one pool mostly stand side by side, and only they
/// take memory.
///
/// ```
/// use overspill::collections::Span;
/// let mut used = Span::default();
/// *used.reach(70_001, &0) += 5;
/// *used.reach(70_000, &0) += 3;
/// assert_eq!((used.get(70_001), used.get(70_000), used.get(0)), (Some(&5), Some(&3), None));
/// ```
#[derive(Clone, Debug)]
pub struct Span<T> {
    first: usize,
    values: Vec<T>,
}

impl<T> Default for Span<T> {
    fn default() -> Self {
        Self { first: 0, values: Vec::new() }
    }
}

/// The values at the indices from 0 on.
impl<T> FromIterator<T> for Span<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self { first: 0, values: values.into_iter().collect() }
    }
}

impl<T: Clone> Span<T> {
    /// The value at `index`, if it has been reached.
    #[inline]
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&T> {
        self.values.get((index as usize).checked_sub(self.first)?)
    }

    /// The value at `index`. Where there is none yet, `filler` is put there, and at all indices between it and those that have been
    /// reached; and below a new first index as many more as there are already, so that whoever comes down step by step does
    /// not move everything each time.
    pub fn reach(&mut self, index: u32, filler: &T) -> &mut T {
        let index = index as usize;
        if self.values.is_empty() {
            self.first = index;
        }
        if index < self.first {
            let more = (self.first - index).max(self.values.len()).min(self.first);
            self.values.splice(0..0, std::iter::repeat_n(filler.clone(), more));
            self.first -= more;
        }
        let place = index - self.first;
        if place >= self.values.len() {
            self.values.resize(place + 1, filler.clone());
        }
        &mut self.values[place]
    }

    /// All that have been reached, and those between them, in ascending order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(steps in prop::collection::vec((0u32..200, 1u32..9), 0..60)) {
            let (mut span, mut oracle) = (Span::default(), BTreeMap::new());
            for (index, more) in steps {
                *span.reach(index, &0) += more;
                *oracle.entry(index).or_insert(0) += more;
                for index in 0..200 {
                    prop_assert_eq!(span.get(index).copied().unwrap_or(0), oracle.get(&index).copied().unwrap_or(0));
                }
            }
        }
    }

    #[test]
    fn what_lies_far_from_the_first_index_takes_no_memory_below_it() {
        let mut span = Span::default();
        (900_000..900_100).rev().for_each(|index| *span.reach(index, &0_u8) = 1);
        assert!(span.values.len() < 400, "{}", span.values.len());
        assert_eq!(span.values_mut().filter(|value| **value == 1).count(), 100);
    }
}

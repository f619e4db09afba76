//! Reusable places for things that come and go.

/// A vector whose freed places are used again, last freed first. After warm-up it allocates nothing.
///
/// A place is a `u32`; it says nothing about *which* thing is there, so whoever keeps one past the removal
/// needs a number of its own (requests and leases carry one).
#[derive(Clone, Debug)]
pub struct Slab<T> {
    places: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts `value` into a free place and returns the place.
    ///
    /// # Panics
    /// If more than 2³² - 1 things are alive at once.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = value;
            return place;
        }
        let place = u32::try_from(self.places.len()).expect("at most 2^32 - 1 things alive at once");
        self.places.push(value);
        place
    }

    /// The place that [`Slab::insert`] would return next.
    #[inline]
    #[must_use]
    pub fn next_place(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.places.len() as u32)
    }

    /// Takes `place`, which must be the next free one. Something from before may stand there still, to be written over; at a
    /// new place, `filler`.
    #[inline(always)]
    pub fn claim(&mut self, place: u32, filler: impl FnOnce() -> T) -> &mut T {
        debug_assert_eq!(place, self.next_place(), "not the next free place");
        self.free.pop();
        if place as usize == self.places.len() {
            self.places.push(filler());
        }
        &mut self.places[place as usize]
    }

    /// What is at `place`, or was there last; nothing, if nothing ever was.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, place: u32) -> Option<&T> {
        self.places.get(place as usize)
    }

    /// What is at two different places.
    ///
    /// # Panics
    /// If they are one, or not there.
    #[inline]
    pub fn pair(&mut self, one: u32, other: u32) -> [&mut T; 2] {
        self.places.get_disjoint_mut([one as usize, other as usize]).expect("two different places")
    }

    /// Frees `place`. What was there stays readable until the place is used again.
    #[inline]
    pub fn free(&mut self, place: u32) {
        debug_assert!(self.free.len() < self.places.len(), "more places freed than there are");
        self.free.push(place);
    }

    /// Number of places, free ones as well: the most things that were ever alive at once.
    #[inline(always)]
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// Number of things alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Is nothing alive?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places in use, in ascending order. Takes time in proportion to all places: for rare walks.
    #[must_use]
    pub fn alive(&self) -> Vec<u32> {
        let mut used = vec![true; self.places.len()];
        for &place in &self.free {
            used[place as usize] = false;
        }
        (0..).zip(used).filter_map(|(place, used)| used.then_some(place)).collect()
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;
    #[inline]
    fn index(&self, place: u32) -> &T {
        &self.places[place as usize]
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut T {
        &mut self.places[place as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_freed_is_used_first() {
        let mut slab = Slab::default();
        let (a, b, c) = (slab.insert('a'), slab.insert('b'), slab.insert('c'));
        slab.free(a);
        slab.free(b);
        assert_eq!(slab.alive(), vec![c]);
        assert_eq!((slab.insert('d'), slab.insert('e')), (b, a));
        assert_eq!(slab.len(), 3);
    }
}

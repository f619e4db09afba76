//! Numbers, by what they belong to.

/// Which numbers belong to each of the things `0..`: one list after the other in one piece of memory.
///
/// ```
/// use overspill::collections::Grouped;
/// let members = Grouped::new(3, [(2, 10), (0, 11), (2, 12)]);
/// assert!(members.of(2).eq([10, 12]));
/// assert!(members.has_any(0) && !members.has_any(1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouped {
    /// Where the list of each begins; and where the last ends.
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Grouped {
    /// Of `things` things, from pairs of a thing and a number that belongs to it; each list is in the order of the pairs.
    ///
    /// # Panics
    /// If a thing is not below `things`, or a number not below 2³².
    pub fn new(things: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let pairs: Vec<(usize, usize)> = pairs.into_iter().collect();
        let mut starts = vec![0; things + 1];
        for (thing, _) in &pairs {
            starts[thing + 1] += 1;
        }
        for thing in 0..things {
            starts[thing + 1] += starts[thing];
        }
        let mut numbers = vec![0; starts[things] as usize];
        let mut ends = starts.clone();
        for (thing, number) in pairs {
            numbers[ends[thing] as usize] = u32::try_from(number).expect("a number below 2^32");
            ends[thing] += 1;
        }
        Self { starts, numbers }
    }

    /// What belongs to `thing`.
    ///
    /// # Panics
    /// If there is no such thing.
    pub fn of(&self, thing: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        let (start, end) = (self.starts[thing] as usize, self.starts[thing + 1] as usize);
        self.numbers[start..end].iter().map(|number| *number as usize)
    }

    /// Does anything belong to it?
    ///
    /// # Panics
    /// If there is no such thing.
    #[must_use]
    pub fn has_any(&self, thing: usize) -> bool {
        self.starts[thing] < self.starts[thing + 1]
    }
}

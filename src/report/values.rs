//! Values of a column as they come, with gaps.

use std::borrow::Cow;

use polars_arrow::bitmap::{Bitmap, MutableBitmap};

use super::cells::{Cells, Content, Only};

/// Values, and the rows that have one, once there is a row that has none.
#[derive(Default)]
pub(crate) struct Values<T> {
    values: Vec<T>,
    is_there: Option<MutableBitmap>,
}

/// A value by its bits: the two zeros are not the same.
pub(crate) trait Bits: Copy + Default + 'static {
    fn bits(self) -> u64;
}

/// A value of a column of its own.
pub(crate) trait Value: Bits {
    fn content(values: Cow<'_, [Self]>) -> Content<'_>;
}

macro_rules! value {
    ($type:ty, $content:ident, $bits:path) => {
        impl Bits for $type {
            fn bits(self) -> u64 {
                $bits(self)
            }
        }

        impl Value for $type {
            fn content(values: Cow<'_, [Self]>) -> Content<'_> {
                Content::$content(values)
            }
        }
    };
}

value!(i64, Wholes, i64::cast_unsigned);
value!(u64, Naturals, u64::from);
value!(f64, Numbers, f64::to_bits);

/// Numbers of texts.
impl Bits for u32 {
    fn bits(self) -> u64 {
        self.into()
    }
}

impl<T: Bits> Values<T> {
    /// A value for each of so many rows, or none; they are told again if some are missing.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = Option<T>> + Clone) {
        let (before, rows) = (self.values.len(), values.len());
        let mut missing = 0;
        self.values.extend(values.clone().map(|value| {
            missing += usize::from(value.is_none());
            value.unwrap_or_default()
        }));
        if missing > 0 {
            self.values.truncate(before);
            self.values.extend(values.clone().flatten());
        }
        if missing == 0 || missing == rows {
            self.mark(before, rows, missing == 0);
        } else {
            let is_there = self.is_there.get_or_insert_with(|| MutableBitmap::from_len_set(before));
            values.for_each(|value| is_there.push(value.is_some()));
        }
    }

    /// The same value, or none, in so many rows.
    pub(crate) fn repeat(&mut self, value: Option<T>, rows: usize) {
        let before = self.values.len();
        if let Some(value) = value {
            self.values.resize(before + rows, value);
        }
        self.mark(before, rows, value.is_some());
    }

    /// Rows behind others, `before` of which have a value, all have one, or have none.
    fn mark(&mut self, before: usize, rows: usize, is_there: bool) {
        match &mut self.is_there {
            Some(all) => all.extend_constant(rows, is_there),
            None if is_there => {}
            None => self.is_there.insert(MutableBitmap::from_len_set(before)).extend_constant(rows, false),
        }
    }

    /// What all of them are, if they are one and the same.
    fn only(&self) -> Option<Only> {
        match &self.is_there {
            Some(is_there) => (is_there.unset_bits() == is_there.len()).then_some(Only::Nothing),
            None => {
                let first = self.values.first()?.bits();
                self.values.iter().all(|value| value.bits() == first).then_some(Only::Bits(first))
            }
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.is_there.as_ref().map_or(self.values.len(), |is_there| is_there.len())
    }

    /// Those that there are.
    pub(super) fn values(&self) -> &[T] {
        &self.values
    }

    pub(super) fn into_values(self) -> Vec<T> {
        self.values
    }

    /// Which are there, if some are not.
    pub(super) fn gaps(&self) -> Option<Bitmap> {
        self.is_there.clone().map(MutableBitmap::freeze)
    }

    /// There are none from then on; their room is kept.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.is_there = None;
    }
}

impl<T: Value> Values<T> {
    pub(crate) fn cells(&self) -> Cells<'_> {
        let values = T::content(Cow::Borrowed(&self.values));
        Cells { content: values, rows: self.rows(), is_there: self.gaps(), only: self.only() }
    }

    pub(crate) fn into_cells<'c>(self) -> Cells<'c> {
        let (rows, is_there, only) = (self.rows(), self.gaps(), self.only());
        Cells { content: T::content(Cow::Owned(self.values)), rows, is_there, only }
    }
}

impl<T: Bits> FromIterator<Option<T>> for Values<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Self {
        let mut all = Self { values: Vec::new(), is_there: None };
        values.into_iter().for_each(|value| all.repeat(value, 1));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only<T: Value>(values: &[Option<T>]) -> Option<Only> {
        values.iter().copied().collect::<Values<T>>().cells().only
    }

    #[test]
    fn values_are_one_and_the_same_by_their_bits() {
        assert_eq!(only(&[Some(3_i64); 5]), Some(Only::Bits(3)));
        assert_eq!(only(&[Some(3_i64), Some(3), Some(4)]), None);
        assert_eq!(only::<i64>(&[None; 5]), Some(Only::Nothing));
        // Where there is none, something has to stand, and it may be the same.
        assert_eq!(only(&[Some(0_i64), None]), None);
        assert_eq!(only(&[Some(0.0), Some(-0.0)]), None);
        assert_ne!(only(&[Some(0.0)]), only(&[Some(-0.0)]));
        assert_eq!(only::<u64>(&[]), None);
    }

    #[test]
    fn gaps_are_where_they_were_told() {
        let batches: [&[Option<i64>]; 6] =
            [&[Some(1), Some(2)], &[None, None], &[], &[Some(3), None, Some(4)], &[Some(5)], &[None]];
        let mut values = Values::default();
        for _ in 0..2 {
            batches.iter().for_each(|batch| values.extend(batch.iter().copied()));
            values.repeat(Some(6), 2);
            values.repeat(None, 3);
            let gaps = values.gaps().expect("there are some");
            let mut there = values.values().iter();
            let told: Vec<Option<i64>> =
                gaps.iter().map(|is_there| is_there.then(|| there.next().copied()).flatten()).collect();
            let (same, missing) = ([Some(6); 2], [None; 3]);
            assert!(told.iter().eq(batches.concat().iter().chain(&same).chain(&missing)), "{told:?}");
            values.clear();
        }
    }
}

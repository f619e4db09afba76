//! Values of a column as they come, with gaps.

use std::mem;

use polars_arrow::array::PrimitiveArray;
use polars_arrow::bitmap::MutableBitmap;
use polars_arrow::types::NativeType;
use polars_parquet::write::Encoding;

use super::cells::{Cells, Only};

/// Values, anything where there are none, and which are there, once one is not.
#[derive(Default)]
pub(crate) struct Values<T> {
    values: Vec<T>,
    is_there: Option<MutableBitmap>,
}

/// A value by its bits: the two zeros are not the same.
pub(crate) trait Bits: NativeType {
    fn bits(self) -> u64;
}

/// A value of a column of its own.
pub(crate) trait Value: Bits {
    const ENCODING: Encoding;
}

macro_rules! value {
    ($type:ty, $encoding:ident, $bits:path) => {
        impl Bits for $type {
            fn bits(self) -> u64 {
                $bits(self)
            }
        }

        impl Value for $type {
            const ENCODING: Encoding = Encoding::$encoding;
        }
    };
}

// Whole numbers are kept as differences from the row above.
value!(i64, DeltaBinaryPacked, i64::cast_unsigned);
value!(u64, DeltaBinaryPacked, u64::from);
value!(f64, Plain, f64::to_bits);

/// Numbers of texts.
impl Bits for u32 {
    fn bits(self) -> u64 {
        self.into()
    }
}

impl<T: Bits> Values<T> {
    /// Values for so many rows, which are told again if some are missing and some are not.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = Option<T>> + Clone) {
        let (before, rows) = (self.values.len(), values.len());
        let mut missing = 0;
        self.values.extend(values.clone().map(|value| {
            missing += usize::from(value.is_none());
            value.unwrap_or_default()
        }));
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
        self.values.resize(before + rows, value.unwrap_or_default());
        self.mark(before, rows, value.is_some());
    }

    /// Rows behind so many others all have a value, or all have none.
    fn mark(&mut self, before: usize, rows: usize, is_there: bool) {
        match &mut self.is_there {
            Some(all) => all.extend_constant(rows, is_there),
            None if is_there => {}
            None => self.is_there.insert(MutableBitmap::from_len_set(before)).extend_constant(rows, false),
        }
    }

    /// Is there a value in each row?
    pub(super) fn are_all_there(&self) -> bool {
        self.is_there.is_none()
    }

    /// What all of them are, if they are one and the same.
    pub(super) fn only(&self) -> Option<Only> {
        match &self.is_there {
            Some(is_there) => (is_there.unset_bits() == is_there.len()).then_some(Only::Nothing),
            None => {
                let first = self.values.first()?.bits();
                self.values.iter().all(|value| value.bits() == first).then_some(Only::Bits(first))
            }
        }
    }

    /// All of them; there are none from then on.
    pub(crate) fn take(&mut self) -> PrimitiveArray<T> {
        let room = Vec::with_capacity(self.values.capacity());
        let values = mem::replace(&mut self.values, room);
        let is_there = self.is_there.take().map(MutableBitmap::freeze);
        PrimitiveArray::new(T::PRIMITIVE.into(), values.into(), is_there)
    }
}

impl<T: Value> Values<T> {
    /// All of them as cells; there are none from then on.
    pub(crate) fn take_cells(&mut self) -> Cells {
        let only = self.only();
        Cells { array: Box::new(self.take()), encoding: T::ENCODING, only }
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
        values.iter().copied().collect::<Values<T>>().take_cells().only
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
            let told: Vec<Option<i64>> = values.take().iter().map(|value| value.copied()).collect();
            let (same, missing) = ([Some(6); 2], [None; 3]);
            assert!(told.iter().eq(batches.concat().iter().chain(&same).chain(&missing)), "{told:?}");
        }
    }
}

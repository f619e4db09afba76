//! The cells of one column in one row group, as Parquet wants them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::{Bitmap, MutableBitmap};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};
use polars_parquet::write::Encoding;

use super::values::Values;

/// Of so many texts, the first of a column, it is looked at whether they repeat.
const SAMPLE: usize = 1024;

/// Cells of a column, one to a row.
pub(crate) struct Cells {
    pub(super) array: Box<dyn Array>,
    pub(super) encoding: Encoding,
    /// What all of them are, if they are known to be one and the same.
    pub(super) only: Option<Only>,
}

/// The one thing that all cells of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    Nothing,
    /// A number or a flag, by its bits.
    Bits(u64),
    Text(String),
}

impl Cells {
    /// Texts: each of them once and then by its number, or, where they hardly repeat, one after the other.
    pub(crate) fn texts<'t, T: Into<Cow<'t, str>>>(cells: impl IntoIterator<Item = Option<T>>) -> Self {
        let cells: Vec<Option<Cow<'t, str>>> = cells.into_iter().map(|cell| cell.map(T::into)).collect();
        let mut texts = Texts::default();
        let mut keys = Values::default();
        for (row, cell) in cells.iter().enumerate() {
            keys.repeat(cell.as_ref().map(|text| texts.key(text)), 1);
            if row == SAMPLE && texts.different.len() > SAMPLE / 2 {
                return Self::of_different(Utf8ViewArray::from_slice(&cells));
            }
        }
        Self::of_numbered(&mut keys, &texts.different)
    }

    /// Texts by their numbers, each of which is there.
    pub(crate) fn of_numbered(numbers: &mut Values<u32>, texts: &[&str]) -> Self {
        let only = match texts {
            [] => Some(Only::Nothing),
            [text] => numbers.are_all_there().then(|| Only::Text((*text).to_owned())),
            _ => None,
        };
        Self { array: Box::new(dictionary(numbers.take(), texts)), encoding: Encoding::RleDictionary, only }
    }

    /// The same text, or nothing, in so many rows.
    pub(crate) fn always(text: Option<&str>, rows: usize) -> Self {
        let is_there = text.is_none().then(|| Bitmap::new_zeroed(rows));
        let numbers = PrimitiveArray::new(ArrowDataType::UInt32, vec![0; rows].into(), is_there);
        let only = text.map_or(Only::Nothing, |text| Only::Text(text.to_owned()));
        let array = Box::new(dictionary(numbers, text.as_slice()));
        Self { array, encoding: Encoding::RleDictionary, only: Some(only) }
    }

    /// Texts that hardly repeat, one after the other.
    pub(crate) fn of_different(texts: Utf8ViewArray) -> Self {
        Self { array: Box::new(texts), encoding: Encoding::Plain, only: None }
    }

    /// Whole numbers that are never negative.
    pub(crate) fn naturals(cells: impl IntoIterator<Item = u64>) -> Self {
        Values::from_iter(cells.into_iter().map(Some)).take_cells()
    }

    /// Numbers.
    pub(crate) fn numbers(cells: impl IntoIterator<Item = Option<f64>>) -> Self {
        Values::from_iter(cells).take_cells()
    }

    /// Yes and no.
    pub(crate) fn flags(cells: impl IntoIterator<Item = Option<bool>>) -> Self {
        let (mut values, mut is_there) = (MutableBitmap::new(), MutableBitmap::new());
        for cell in cells {
            values.push(cell.unwrap_or_default());
            is_there.push(cell.is_some());
        }
        let is_there = (is_there.unset_bits() > 0).then(|| is_there.freeze());
        let array = BooleanArray::new(ArrowDataType::Boolean, values.freeze(), is_there);
        Self { array: Box::new(array), encoding: Encoding::Plain, only: None }
    }
}

fn dictionary(numbers: PrimitiveArray<u32>, texts: &[&str]) -> DictionaryArray<u32> {
    let texts = Utf8ViewArray::from_slice_values(texts);
    let kind = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(ArrowDataType::Utf8View), false);
    DictionaryArray::try_new(kind, numbers, Box::new(texts)).expect("numbers of these texts")
}

/// Different texts, numbered in the order in which they first came.
#[derive(Default)]
struct Texts<'t> {
    different: Vec<&'t str>,
    known: BTreeMap<&'t str, u32>,
    last: u32,
}

impl<'t> Texts<'t> {
    fn key(&mut self, text: &'t str) -> u32 {
        // Mostly it is the one of the row above.
        if self.different.get(self.last as usize) != Some(&text) {
            let next = self.different.len() as u32;
            self.last = *self.known.entry(text).or_insert(next);
            if self.last == next {
                self.different.push(text);
            }
        }
        self.last
    }
}

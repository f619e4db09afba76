//! The cells of one column in one row group, as Parquet wants them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, IntegerType};
use polars_arrow::types::NativeType;
use polars_parquet::write::Encoding;

/// Of so many texts, the first of a column, it is looked at whether they repeat.
const SAMPLE: usize = 1024;

/// Cells of a column, one to a row.
pub(crate) struct Cells {
    pub(super) array: Box<dyn Array>,
    pub(super) encoding: Encoding,
}

impl Cells {
    /// Texts: each of them once and then by its number, or, where they hardly repeat, one after the other.
    pub(crate) fn texts<'t, T: Into<Cow<'t, str>>>(cells: impl IntoIterator<Item = Option<T>>) -> Self {
        let cells: Vec<Option<Cow<'t, str>>> = cells.into_iter().map(|cell| cell.map(T::into)).collect();
        let mut texts = Texts::default();
        let mut keys = Vec::with_capacity(cells.len());
        for cell in &cells {
            keys.push(cell.as_ref().map(|text| texts.key(text)));
            if keys.len() == SAMPLE && texts.different.len() > SAMPLE / 2 {
                let array = Utf8ViewArray::from_slice(&cells);
                return Self { array: Box::new(array), encoding: Encoding::Plain };
            }
        }
        Self { array: Box::new(texts.numbered(keys)), encoding: Encoding::RleDictionary }
    }

    /// Whole numbers, kept as differences from the row above.
    pub(crate) fn wholes(cells: impl IntoIterator<Item = Option<i64>>) -> Self {
        Self { array: primitive(cells), encoding: Encoding::DeltaBinaryPacked }
    }

    /// Whole numbers that are never negative, kept as differences from the row above.
    pub(crate) fn naturals(cells: impl IntoIterator<Item = u64>) -> Self {
        Self { array: primitive(cells.into_iter().map(Some)), encoding: Encoding::DeltaBinaryPacked }
    }

    /// Numbers.
    pub(crate) fn numbers(cells: impl IntoIterator<Item = Option<f64>>) -> Self {
        Self { array: primitive(cells), encoding: Encoding::Plain }
    }

    /// Yes and no.
    pub(crate) fn flags(cells: impl IntoIterator<Item = Option<bool>>) -> Self {
        let (values, is_there) = split(cells);
        let values: Bitmap = values.into_iter().collect();
        let array = BooleanArray::new(ArrowDataType::Boolean, values, is_there);
        Self { array: Box::new(array), encoding: Encoding::Plain }
    }
}

fn primitive<T: NativeType>(cells: impl IntoIterator<Item = Option<T>>) -> Box<dyn Array> {
    let (values, is_there) = split(cells);
    Box::new(PrimitiveArray::new(T::PRIMITIVE.into(), values.into(), is_there))
}

/// Values, anything where there are none, and which are there, if not all.
fn split<T: Default>(cells: impl IntoIterator<Item = Option<T>>) -> (Vec<T>, Option<Bitmap>) {
    let cells = cells.into_iter();
    let mut values = Vec::with_capacity(cells.size_hint().0);
    let mut missing = Vec::new();
    for cell in cells {
        if cell.is_none() {
            missing.push(values.len());
        }
        values.push(cell.unwrap_or_default());
    }
    let mut gaps = missing.iter().copied().peekable();
    let is_there = (0..values.len()).map(|row| gaps.next_if_eq(&row).is_none());
    let is_there = (!missing.is_empty()).then(|| is_there.collect());
    (values, is_there)
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

    fn numbered(&self, keys: Vec<Option<u32>>) -> DictionaryArray<u32> {
        let (keys, is_there) = split(keys);
        let keys = PrimitiveArray::new(ArrowDataType::UInt32, keys.into(), is_there);
        let different = Utf8ViewArray::from_slice_values(&self.different);
        let kind = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(ArrowDataType::Utf8View), false);
        DictionaryArray::try_new(kind, keys, Box::new(different)).expect("keys number the texts")
    }
}

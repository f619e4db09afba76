//! The cells of one column in one row group.

use std::borrow::Cow;
use std::collections::BTreeMap;

use polars_arrow::bitmap::{Bitmap, MutableBitmap};

use super::texts::Texts;
use super::values::Values;

/// Of so many texts, the first of a column, it is looked at whether they repeat.
const SAMPLE: usize = 1024;

/// Cells of a column, one to a row.
pub(crate) struct Cells<'c> {
    pub(super) content: Content<'c>,
    pub(super) rows: usize,
    /// Which are there, if some are not.
    pub(super) is_there: Option<Bitmap>,
    /// What all of them are, if they are known to be one and the same.
    pub(super) only: Option<Only>,
}

/// What stands in those cells in which anything does.
pub(super) enum Content<'c> {
    Wholes(Cow<'c, [i64]>),
    Naturals(Cow<'c, [u64]>),
    Numbers(Cow<'c, [f64]>),
    Flags(Vec<bool>),
    /// Texts by their numbers.
    Numbered(Cow<'c, [u32]>, Texts),
    Texts(Cow<'c, Texts>),
}

/// The one thing that all cells of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    Nothing,
    /// A number or a flag, by its bits.
    Bits(u64),
    Text(String),
}

impl Cells<'_> {
    /// Texts: each of them once and then by its number, or, where they hardly repeat, one after the other.
    pub(crate) fn texts<'t, T: Into<Cow<'t, str>>>(cells: impl IntoIterator<Item = Option<T>>) -> Self {
        let cells: Vec<Option<Cow<'t, str>>> = cells.into_iter().map(|cell| cell.map(T::into)).collect();
        let mut texts = Numbers::default();
        let mut keys = Values::default();
        for (row, cell) in cells.iter().enumerate() {
            keys.repeat(cell.as_ref().map(|text| texts.of(text)), 1);
            if row == SAMPLE && texts.different.len() > SAMPLE / 2 {
                let is_there = MutableBitmap::from_iter(cells.iter().map(Option::is_some));
                let texts = cells.iter().flatten().map(|text| &**text).collect();
                return Self::of_different(Cow::Owned(texts), cells.len(), gaps(is_there));
            }
        }
        let is_there = keys.gaps();
        Self::numbered(Cow::Owned(keys.into_values()), cells.len(), is_there, &texts.different)
    }

    /// Whole numbers that are never negative.
    pub(crate) fn naturals(cells: impl IntoIterator<Item = u64>) -> Self {
        Values::from_iter(cells.into_iter().map(Some)).into_cells()
    }

    /// Numbers.
    pub(crate) fn numbers(cells: impl IntoIterator<Item = Option<f64>>) -> Self {
        Values::from_iter(cells).into_cells()
    }

    /// Yes and no.
    pub(crate) fn flags(cells: impl IntoIterator<Item = Option<bool>>) -> Self {
        let (mut flags, mut is_there) = (Vec::new(), MutableBitmap::new());
        for cell in cells {
            flags.extend(cell);
            is_there.push(cell.is_some());
        }
        Self { rows: is_there.len(), content: Content::Flags(flags), is_there: gaps(is_there), only: None }
    }

    /// The same text, or nothing, in so many rows.
    pub(crate) fn always(text: Option<&str>, rows: usize) -> Self {
        let is_there = text.is_none().then(|| Bitmap::new_zeroed(rows));
        let numbers = if text.is_some() { vec![0; rows] } else { Vec::new() };
        let content = Content::Numbered(numbers.into(), Texts::from_iter(text));
        let only = text.map_or(Only::Nothing, |text| Only::Text(text.to_owned()));
        Self { content, rows, is_there, only: Some(only) }
    }
}

impl<'c> Cells<'c> {
    /// Texts by their numbers, each of which is there.
    pub(crate) fn of_numbered(numbers: &'c Values<u32>, texts: &[&str]) -> Self {
        Self::numbered(Cow::Borrowed(numbers.values()), numbers.rows(), numbers.gaps(), texts)
    }

    fn numbered(numbers: Cow<'c, [u32]>, rows: usize, is_there: Option<Bitmap>, texts: &[&str]) -> Self {
        let only = match texts {
            [] => Some(Only::Nothing),
            [text] => is_there.is_none().then(|| Only::Text((*text).to_owned())),
            _ => None,
        };
        Self { content: Content::Numbered(numbers, texts.iter().copied().collect()), rows, is_there, only }
    }

    /// Texts that hardly repeat, one after the other, for those of so many rows in which there are any.
    pub(crate) fn of_different(texts: Cow<'c, Texts>, rows: usize, is_there: Option<Bitmap>) -> Self {
        Self { content: Content::Texts(texts), rows, is_there, only: None }
    }
}

/// Which are there, if some are not.
pub(crate) fn gaps(is_there: MutableBitmap) -> Option<Bitmap> {
    (is_there.unset_bits() > 0).then(|| is_there.freeze())
}

/// Different texts, numbered in the order in which they first came.
#[derive(Default)]
struct Numbers<'t> {
    different: Vec<&'t str>,
    known: BTreeMap<&'t str, u32>,
    last: u32,
}

impl<'t> Numbers<'t> {
    fn of(&mut self, text: &'t str) -> u32 {
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

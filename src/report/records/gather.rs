//! Cells of a column, gathered from rows as they come.

use std::iter;
use std::mem;

use polars_arrow::array::MutableBinaryViewArray;

use super::names::{Name, Names};
use crate::report::cells::Cells;
use crate::report::values::{self, Value};

/// Gathers the cells of a column. Rows come in batches, so that a column is asked once for many of them.
pub(super) trait Gather<'m, R> {
    /// A cell for each of these rows.
    fn add(&mut self, rows: &[&R], names: &Names<'m>);

    /// The cells of all rows so far; there are none from then on.
    fn take(&mut self) -> Cells;
}

/// Numbers of any kind.
pub(super) struct Values<T, F> {
    read: F,
    values: values::Values<T>,
}

impl<T: Value, F> Values<T, F> {
    pub(super) fn new(read: F) -> Self {
        Self { read, values: values::Values::default() }
    }
}

impl<'m, R, T: Value, F: Fn(&R, &Names<'m>) -> Option<T>> Gather<'m, R> for Values<T, F> {
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        self.values.extend(rows.iter().map(|row| (self.read)(row, names)));
    }

    fn take(&mut self) -> Cells {
        self.values.take_cells()
    }
}

/// Yes and no.
pub(super) struct Flags<F> {
    read: F,
    flags: Vec<Option<bool>>,
}

impl<F> Flags<F> {
    pub(super) fn new(read: F) -> Self {
        Self { read, flags: Vec::new() }
    }
}

impl<'m, R, F: Fn(&R, &Names<'m>) -> Option<bool>> Gather<'m, R> for Flags<F> {
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        self.flags.extend(rows.iter().map(|row| (self.read)(row, names)));
    }

    fn take(&mut self) -> Cells {
        Cells::flags(self.flags.drain(..))
    }
}

/// Any texts.
pub(super) struct Texts<'m, F> {
    read: F,
    /// Rows before the first that has a text.
    before: usize,
    texts: Vec<Name<'m>>,
}

impl<F> Texts<'_, F> {
    pub(super) fn new(read: F) -> Self {
        Self { read, before: 0, texts: Vec::new() }
    }
}

impl<'m, R, F: Fn(&R, &Names<'m>) -> Name<'m>> Gather<'m, R> for Texts<'m, F> {
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        for row in rows {
            match (self.read)(row, names) {
                // Many a column says nothing in a whole row group.
                None if self.texts.is_empty() => self.before += 1,
                text => self.texts.push(text),
            }
        }
    }

    fn take(&mut self) -> Cells {
        match (mem::take(&mut self.before), self.texts.is_empty()) {
            (rows, true) => Cells::always(None, rows),
            (before, false) => Cells::texts(iter::repeat_n(None, before).chain(self.texts.drain(..))),
        }
    }
}

/// Texts of which hardly any is there twice.
pub(super) struct Written<F> {
    write: F,
    texts: MutableBinaryViewArray<str>,
    text: String,
}

impl<F> Written<F> {
    pub(super) fn new(write: F) -> Self {
        Self { write, texts: MutableBinaryViewArray::new(), text: String::new() }
    }
}

impl<'m, R, F: FnMut(&R, &Names<'m>, &mut String) -> Option<()>> Gather<'m, R> for Written<F> {
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        for row in rows {
            self.text.clear();
            match (self.write)(row, names, &mut self.text) {
                Some(()) => self.texts.push_value(&self.text),
                None => self.texts.push_null(),
            }
        }
    }

    fn take(&mut self) -> Cells {
        Cells::of_different(mem::take(&mut self.texts).freeze())
    }
}

/// The same text, or none, in all rows.
pub(super) struct Always<'m> {
    text: Option<&'m str>,
    rows: usize,
}

impl<'m> Always<'m> {
    pub(super) fn new(text: Option<&'m str>) -> Self {
        Self { text, rows: 0 }
    }
}

impl<'m, R> Gather<'m, R> for Always<'m> {
    fn add(&mut self, rows: &[&R], _: &Names<'m>) {
        self.rows += rows.len();
    }

    fn take(&mut self) -> Cells {
        Cells::always(self.text, mem::take(&mut self.rows))
    }
}

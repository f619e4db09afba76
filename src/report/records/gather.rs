//! Cells of a column, gathered from rows as they come.

use std::borrow::Cow;
use std::iter;

use polars_arrow::bitmap::MutableBitmap;

use super::names::{Name, Names};
use crate::report::cells::{Cells, gaps};
use crate::report::texts;
use crate::report::values::{self, Value};

/// Gathers the cells of a column. Rows come in batches, so that a column is asked once for many of them.
pub(super) trait Gather<'m, R> {
    /// A cell for each of these rows.
    fn add(&mut self, rows: &[&R], names: &Names<'m>);

    /// The cells of all rows so far.
    fn cells(&self) -> Cells<'_>;

    /// There are none from then on; their room is kept.
    fn clear(&mut self);
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

    fn cells(&self) -> Cells<'_> {
        self.values.cells()
    }

    fn clear(&mut self) {
        self.values.clear();
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

    fn cells(&self) -> Cells<'_> {
        Cells::flags(self.flags.iter().copied())
    }

    fn clear(&mut self) {
        self.flags.clear();
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

    fn cells(&self) -> Cells<'_> {
        if self.texts.is_empty() {
            return Cells::always(None, self.before);
        }
        Cells::texts(iter::repeat_n(None, self.before).chain(self.texts.iter().map(Option::as_deref)))
    }

    fn clear(&mut self) {
        self.before = 0;
        self.texts.clear();
    }
}

/// Texts of which hardly any is there twice.
pub(super) struct Written<F> {
    write: F,
    texts: texts::Texts,
    is_there: MutableBitmap,
    text: String,
}

impl<F> Written<F> {
    pub(super) fn new(write: F) -> Self {
        Self { write, texts: texts::Texts::default(), is_there: MutableBitmap::new(), text: String::new() }
    }
}

impl<'m, R, F: FnMut(&R, &Names<'m>, &mut String) -> Option<()>> Gather<'m, R> for Written<F> {
    fn add(&mut self, rows: &[&R], names: &Names<'m>) {
        for row in rows {
            self.text.clear();
            let is_there = (self.write)(row, names, &mut self.text).is_some();
            self.is_there.push(is_there);
            if is_there {
                self.texts.push(&self.text);
            }
        }
    }

    fn cells(&self) -> Cells<'_> {
        Cells::of_different(Cow::Borrowed(&self.texts), self.is_there.len(), gaps(self.is_there.clone()))
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.is_there.clear();
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

    fn cells(&self) -> Cells<'_> {
        Cells::always(self.text, self.rows)
    }

    fn clear(&mut self) {
        self.rows = 0;
    }
}

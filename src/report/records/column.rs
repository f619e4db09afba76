//! Columns of a table, and how each is read off a row.

use std::borrow::Cow;

use super::names::Names;
use crate::report::cells::Cells;
use crate::report::parquet::Kind;

/// How a cell is read off a row: text, a whole number, a number, or yes and no; or nothing.
pub(super) enum Read<R> {
    Text(for<'m> fn(&R, &Names<'m>) -> Option<Cow<'m, str>>),
    Whole(fn(&R, &Names<'_>) -> Option<i64>),
    Number(fn(&R, &Names<'_>) -> Option<f64>),
    Flag(fn(&R, &Names<'_>) -> Option<bool>),
}

/// A column of rows `R`.
pub(super) struct Column<R> {
    pub(super) name: &'static str,
    read: Read<R>,
}

pub(super) const fn text<R>(name: &'static str, read: for<'m> fn(&R, &Names<'m>) -> Option<Cow<'m, str>>) -> Column<R> {
    Column { name, read: Read::Text(read) }
}

pub(super) const fn whole<R>(name: &'static str, read: fn(&R, &Names<'_>) -> Option<i64>) -> Column<R> {
    Column { name, read: Read::Whole(read) }
}

pub(super) const fn number<R>(name: &'static str, read: fn(&R, &Names<'_>) -> Option<f64>) -> Column<R> {
    Column { name, read: Read::Number(read) }
}

pub(super) const fn flag<R>(name: &'static str, read: fn(&R, &Names<'_>) -> Option<bool>) -> Column<R> {
    Column { name, read: Read::Flag(read) }
}

/// A column for what the model does not say (yet): always null.
pub(super) const fn unsaid<R>(name: &'static str) -> Column<R> {
    text(name, |_, _| None)
}

impl<R> Column<R> {
    pub(super) fn kind(&self) -> Kind {
        match self.read {
            Read::Text(_) => Kind::Text,
            Read::Whole(_) => Kind::Whole,
            Read::Number(_) => Kind::Number,
            Read::Flag(_) => Kind::Flag,
        }
    }

    /// The cells of these rows.
    pub(super) fn cells(&self, rows: &[R], names: &Names<'_>) -> Cells {
        match self.read {
            Read::Text(read) => Cells::texts(rows.iter().map(|row| read(row, names))),
            Read::Whole(read) => Cells::wholes(rows.iter().map(|row| read(row, names))),
            Read::Number(read) => Cells::numbers(rows.iter().map(|row| read(row, names))),
            Read::Flag(read) => Cells::flags(rows.iter().map(|row| read(row, names))),
        }
    }
}

//! Columns of a table, and how each is read off a row.

use std::borrow::Cow;

use polars::prelude::{Column as Series, DataType};

use super::names::Names;

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
    pub(super) fn kind(&self) -> DataType {
        match self.read {
            Read::Text(_) => DataType::String,
            Read::Whole(_) => DataType::Int64,
            Read::Number(_) => DataType::Float64,
            Read::Flag(_) => DataType::Boolean,
        }
    }

    /// The cells of these rows.
    pub(super) fn series(&self, rows: &[R], names: &Names<'_>) -> Series {
        let name = self.name.into();
        match self.read {
            Read::Text(read) => Series::new(name, rows.iter().map(|row| read(row, names)).collect::<Vec<_>>()),
            Read::Whole(read) => Series::new(name, rows.iter().map(|row| read(row, names)).collect::<Vec<_>>()),
            Read::Number(read) => Series::new(name, rows.iter().map(|row| read(row, names)).collect::<Vec<_>>()),
            Read::Flag(read) => Series::new(name, rows.iter().map(|row| read(row, names)).collect::<Vec<_>>()),
        }
    }
}

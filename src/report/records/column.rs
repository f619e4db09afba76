//! Columns of a table, and how the cells of each are read off rows.

use super::gather::{Always, Flags, Gather, Texts, Values, Written};
use super::named::{Named, Numbered, Runs, Words};
use super::names::{Name, Names};
use crate::report::parquet::{Chunk, Kind};

/// A column of rows `R`.
pub(super) struct Column<'m, R> {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) source: Source<'m, R>,
}

/// Where the cells of a column come from.
pub(super) enum Source<'m, R> {
    /// From rows.
    Rows(Box<dyn Gather<'m, R> + Send + 'm>),
    /// They are those of the column with this number.
    Column(usize),
}

/// The columns of a table, in their order.
pub(super) struct Columns<'m, R>(pub(super) Vec<Column<'m, R>>);

/// What the arm and the replication of a row are called.
pub(super) type First = [&'static str; 2];

/// What begins a row.
pub(super) const ROW: First = ["arm", "replication"];

impl<'m, R: 'm> Columns<'m, R> {
    /// Every row begins with its arm and replication.
    pub(super) fn begin([arm, replication]: First, names: &Names<'m>) -> Self {
        let number = names.replication;
        let replications = Values::new(move |_: &R, _: &Names<'m>| Some(number));
        Self(Vec::new()).always(arm, names.arm).and(replication, Kind::Natural, replications)
    }

    fn and(mut self, name: &'static str, kind: Kind, cells: impl Gather<'m, R> + Send + 'm) -> Self {
        self.0.push(Column { name, kind, source: Source::Rows(Box::new(cells)) });
        self
    }

    /// Gathers the cells of these rows.
    pub(super) fn gather(&mut self, rows: &[&R], names: &Names<'m>) {
        for column in &mut self.0 {
            if let Source::Rows(cells) = &mut column.source {
                cells.add(rows, names);
            }
        }
    }

    /// All cells so far, column by column.
    pub(super) fn cells(&self) -> impl Iterator<Item = Chunk<'_>> {
        self.0.iter().map(|column| match &column.source {
            Source::Rows(cells) => Chunk::Cells(cells.cells()),
            Source::Column(other) => Chunk::As(*other),
        })
    }

    /// There are no cells from then on.
    pub(super) fn clear(&mut self) {
        for column in &mut self.0 {
            if let Source::Rows(cells) = &mut column.source {
                cells.clear();
            }
        }
    }

    /// A whole number, or nothing.
    pub(super) fn whole<F>(self, name: &'static str, read: F) -> Self
    where
        F: Fn(&R, &Names<'m>) -> Option<i64> + Send + 'm,
    {
        self.and(name, Kind::Whole, Values::new(read))
    }

    /// A number, or nothing.
    pub(super) fn number<F>(self, name: &'static str, read: F) -> Self
    where
        F: Fn(&R, &Names<'m>) -> Option<f64> + Send + 'm,
    {
        self.and(name, Kind::Number, Values::new(read))
    }

    /// Yes or no, or nothing.
    pub(super) fn flag<F>(self, name: &'static str, read: F) -> Self
    where
        F: Fn(&R, &Names<'m>) -> Option<bool> + Send + 'm,
    {
        self.and(name, Kind::Flag, Flags::new(read))
    }

    /// One of a few words that stand in the code, or nothing.
    pub(super) fn word<F>(self, name: &'static str, read: F) -> Self
    where
        F: Fn(&R, &Names<'m>) -> Option<&'static str> + Send + 'm,
    {
        self.and(name, Kind::Text, Words::new(read))
    }

    /// What something with a number is called, if it is called anything.
    pub(super) fn named<K, F, G>(self, name: &'static str, key: F, text: G) -> Self
    where
        K: Numbered + Send + 'm,
        F: Fn(&R) -> K + Send + 'm,
        G: Fn(&Names<'m>, K) -> Name<'m> + Send + 'm,
    {
        self.and(name, Kind::Text, Named::new(key, text))
    }

    /// Any text, or nothing.
    pub(super) fn text<F>(self, name: &'static str, read: F) -> Self
    where
        F: Fn(&R, &Names<'m>) -> Name<'m> + Send + 'm,
    {
        self.and(name, Kind::Text, Texts::new(read))
    }

    /// A text for something that mostly is what it was in the row before.
    pub(super) fn by_run<K, F, G>(self, name: &'static str, key: F, text: G) -> Self
    where
        K: Copy + PartialEq + Send + 'm,
        F: Fn(&R) -> K + Send + 'm,
        G: Fn(&Names<'m>, K) -> Name<'m> + Send + 'm,
    {
        self.and(name, Kind::Text, Runs::new(key, text))
    }

    /// A text that is hardly ever the same in two rows, or nothing.
    pub(super) fn written<F>(self, name: &'static str, write: F) -> Self
    where
        F: FnMut(&R, &Names<'m>, &mut String) -> Option<()> + Send + 'm,
    {
        self.and(name, Kind::Text, Written::new(write))
    }

    /// The same text in all rows.
    pub(super) fn always(self, name: &'static str, text: &'m str) -> Self {
        self.and(name, Kind::Text, Always::new(Some(text)))
    }

    /// The same cells as a column further up has.
    ///
    /// # Panics
    /// If there is none of that name, or its cells are another's.
    pub(super) fn same(mut self, name: &'static str, other: &'static str) -> Self {
        let other = self.0.iter().position(|column| column.name == other && matches!(column.source, Source::Rows(_)));
        let other = other.expect("a column that has its own cells");
        self.0.push(Column { name, kind: self.0[other].kind, source: Source::Column(other) });
        self
    }

    /// A column for what the model does not say (yet): always null.
    pub(super) fn unsaid(self, name: &'static str) -> Self {
        self.and(name, Kind::Text, Always::new(None))
    }
}

//! A table that grows row by row.

use std::path::Path;

use super::column::Column;
use super::names::Names;
use crate::report::ReportError;
use crate::report::cells::Cells;
use crate::report::parquet::{Kind, ParquetFile};

/// Rows per row group: less than elsewhere, for as many tables grow at a time as there are.
pub(super) const ROW_GROUP: usize = 16_384;

/// What the arm and the replication of a row are called.
pub(super) type First = [&'static str; 2];

/// A file of rows `R`, each beginning with its arm and replication.
pub(super) struct TableFile<R: 'static> {
    columns: &'static [Column<R>],
    rows: Vec<R>,
    file: ParquetFile,
}

impl<R> TableFile<R> {
    pub(super) fn create(path: &Path, first: First, columns: &'static [Column<R>]) -> Result<Self, ReportError> {
        let [arm, replication] = first;
        let named = [(arm, Kind::Text), (replication, Kind::Natural)];
        let others = columns.iter().map(|column| (column.name, column.kind()));
        let file = ParquetFile::create(path, &named.into_iter().chain(others).collect::<Vec<_>>())?;
        Ok(Self { columns, rows: Vec::new(), file })
    }

    pub(super) fn push(&mut self, row: R, names: &Names<'_>) -> Result<(), ReportError> {
        self.rows.push(row);
        if self.rows.len() < ROW_GROUP { Ok(()) } else { self.flush(names) }
    }

    pub(super) fn finish(mut self, names: &Names<'_>) -> Result<(), ReportError> {
        self.flush(names)?;
        self.file.finish()
    }

    fn flush(&mut self, names: &Names<'_>) -> Result<(), ReportError> {
        let arms = Cells::texts(self.rows.iter().map(|_| Some(names.arm)));
        let replications = Cells::naturals(self.rows.iter().map(|_| names.replication));
        let others = self.columns.iter().map(|column| column.cells(&self.rows, names));
        self.file.write(&[arms, replications].into_iter().chain(others).collect::<Vec<_>>())?;
        self.rows.clear();
        Ok(())
    }
}

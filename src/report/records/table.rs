//! A table that grows row by row.

use std::path::Path;

use super::column::Columns;
use super::names::Names;
use crate::report::ReportError;
use crate::report::parquet::ParquetFile;

/// Rows per row group: less than elsewhere, for as many tables grow at a time as there are.
pub(super) const ROW_GROUP: usize = 16_384;

/// A file of rows `R`.
pub(super) struct TableFile<'m, R> {
    columns: Columns<'m, R>,
    /// Rows of the row group that grows.
    gathered: usize,
    file: ParquetFile,
}

impl<'m, R: 'm> TableFile<'m, R> {
    pub(super) fn create(path: &Path, columns: Columns<'m, R>) -> Result<Self, ReportError> {
        let named: Vec<_> = columns.0.iter().map(|column| (column.name, column.kind)).collect();
        let file = ParquetFile::create(path, &named)?;
        Ok(Self { columns, gathered: 0, file })
    }

    pub(super) fn write(&mut self, mut rows: &[&R], names: &Names<'m>) -> Result<(), ReportError> {
        while !rows.is_empty() {
            let (now, later) = rows.split_at(rows.len().min(ROW_GROUP - self.gathered));
            self.columns.gather(now, names);
            self.gathered += now.len();
            if self.gathered == ROW_GROUP {
                self.flush()?;
            }
            rows = later;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), ReportError> {
        self.flush()?;
        self.file.finish()
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        self.gathered = 0;
        let written = self.file.write(self.columns.cells());
        self.columns.clear();
        written
    }
}

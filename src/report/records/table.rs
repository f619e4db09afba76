//! A file of a table that grows row by row.

use std::mem;
use std::path::Path;

use super::column::Columns;
use super::names::Names;
use crate::report::ReportError;
use crate::report::parquet::ParquetFile;

/// Rows of the first row group: few, so that many short replications hardly need memory.
const SHORTEST: usize = 16_384;

/// Rows of the longest. What Parquet says of each row group has to be kept until the file ends.
const LONGEST: usize = 65_536;

/// So many rows are looked at by all columns before the next are, as a processor has at hand.
const AT_HAND: usize = 128;

/// How long a row group is behind so many rows: as long as all before it.
fn row_group_behind(written: usize) -> usize {
    written.clamp(SHORTEST, LONGEST)
}

/// A file of rows `R`.
pub(super) struct TableFile<'m, R> {
    columns: Columns<'m, R>,
    /// Rows of the row group that grows.
    gathered: usize,
    /// Rows of those before it.
    written: usize,
    file: ParquetFile,
}

impl<'m, R: 'm> TableFile<'m, R> {
    pub(super) fn create(path: &Path, columns: Columns<'m, R>) -> Result<Self, ReportError> {
        let named: Vec<_> = columns.0.iter().map(|column| (column.name, column.kind)).collect();
        let file = ParquetFile::create(path, &named)?;
        Ok(Self { columns, gathered: 0, written: 0, file })
    }

    pub(super) fn write_rows(&mut self, mut rows: &[&R], names: &Names<'m>) -> Result<(), ReportError> {
        while !rows.is_empty() {
            let row_group = row_group_behind(self.written);
            let (now, later) = rows.split_at(rows.len().min(row_group - self.gathered));
            now.chunks(AT_HAND).for_each(|rows| self.columns.gather(rows, names));
            self.gathered += now.len();
            if self.gathered == row_group {
                self.end_row_group()?;
            }
            rows = later;
        }
        Ok(())
    }

    /// Ends the row group that grows.
    pub(super) fn end_row_group(&mut self) -> Result<(), ReportError> {
        self.written += mem::take(&mut self.gathered);
        self.file.write(self.columns.cells())?;
        self.columns.clear();
        Ok(())
    }

    /// Ends the file, whose last row group has been.
    pub(super) fn end(self) -> Result<(), ReportError> {
        self.file.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_groups_grow_with_the_file() {
        let mut written = 0;
        let row_groups = std::iter::from_fn(|| {
            let next = row_group_behind(written);
            written += next;
            Some(next / 1024)
        });
        assert!(row_groups.take(6).eq([16, 16, 32, 64, 64, 64]));
    }
}

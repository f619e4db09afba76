//! The pages of a column: its cells, encoded and compressed.

use std::slice;

use polars_error::{PolarsError, PolarsResult};
use polars_parquet::write::{
    CompressedPage, DynStreamingIterator, FallibleStreamingIterator, ParquetType, WriteOptions, array_to_columns,
    compress,
};

use super::cells::{Cells, Only};

/// The pages of a column in one row group.
#[derive(Default)]
pub(super) struct Pages {
    pages: Vec<CompressedPage>,
    rows: usize,
    /// What all cells are, if they are one and the same.
    only: Option<Only>,
}

impl Pages {
    /// Makes the pages of these cells. Cells that are all the same often are in the next row group, too: such pages serve
    /// again.
    pub(super) fn make(&mut self, cells: &Cells, kind: ParquetType, options: WriteOptions) -> PolarsResult<()> {
        let rows = cells.array.len();
        if cells.only.is_none() || cells.only != self.only || rows != self.rows {
            self.pages = encoded(cells, kind, options)?;
            (self.rows, self.only) = (rows, cells.only.clone());
        }
        Ok(())
    }

    /// One after the other.
    pub(super) fn stream(&self) -> DynStreamingIterator<'_, CompressedPage, PolarsError> {
        DynStreamingIterator::new(Stream { pages: self.pages.iter(), page: None })
    }

    /// Lets go of pages that will not serve again.
    pub(super) fn forget(&mut self) {
        if self.only.is_none() {
            self.pages.clear();
        }
    }
}

fn encoded(cells: &Cells, kind: ParquetType, options: WriteOptions) -> PolarsResult<Vec<CompressedPage>> {
    // A column without columns of its own is one leaf.
    let pages = array_to_columns(&cells.array, kind, options, &[cells.encoding])?.into_iter().flatten();
    pages.map(|page| Ok(compress(page?, Vec::new(), options.compression)?)).collect()
}

struct Stream<'p> {
    pages: slice::Iter<'p, CompressedPage>,
    page: Option<&'p CompressedPage>,
}

impl FallibleStreamingIterator for Stream<'_> {
    type Item = CompressedPage;
    type Error = PolarsError;

    fn advance(&mut self) -> PolarsResult<()> {
        self.page = self.pages.next();
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.page
    }
}

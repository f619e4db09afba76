//! The one way in which this crate writes Parquet.
//!
//! The bytes of a Parquet file depend on how its rows are cut into row groups, and on nothing else that
//! varies here: encodings, compression, statistics and row-group size are fixed, and columns are encoded one after
//! the other on the calling thread.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_error::{PolarsError, PolarsResult};
use polars_parquet::read::ParquetError;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Compressor, DynIter, DynStreamingIterator, FallibleStreamingIterator,
    FileWriter, ParquetType, StatisticsOptions, Version, WriteOptions, array_to_columns,
};

use super::cells::Cells;
use super::{AtomicFile, ReportError};

/// Rows per row group: the encoder's memory stays in the megabytes, and readers can still skip groups.
pub(crate) const ROW_GROUP: usize = 65_536;

/// What the cells of a column are. Any of them may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// A whole number that is never negative.
    Natural,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
}

impl Kind {
    fn field(self, name: &str) -> Field {
        let kind = match self {
            Self::Text => ArrowDataType::Utf8View,
            Self::Whole => ArrowDataType::Int64,
            Self::Natural => ArrowDataType::UInt64,
            Self::Number => ArrowDataType::Float64,
            Self::Flag => ArrowDataType::Boolean,
        };
        Field::new(name.into(), kind, true)
    }
}

/// A Parquet file that grows by one row group at a time.
pub(crate) struct ParquetFile {
    file: AtomicFile,
    options: WriteOptions,
    writer: FileWriter<BufWriter<File>>,
}

impl ParquetFile {
    /// Creates the file under its temporary name, with these columns.
    pub(crate) fn create(path: &Path, columns: &[(&str, Kind)]) -> Result<Self, ReportError> {
        let file = AtomicFile::new(path);
        let sink = BufWriter::new(File::create(file.partial()).map_err(ReportError::io(path))?);
        let schema: ArrowSchema = columns.iter().map(|(name, kind)| kind.field(name)).collect();
        let options = options();
        let writer = FileWriter::try_new(sink, schema, options).map_err(ReportError::parquet(path))?;
        Ok(Self { file, options, writer })
    }

    /// Writes one row group. Nothing is written for no rows.
    ///
    /// # Panics
    /// If the cells are not of the kinds of the columns, in their order.
    pub(crate) fn write(&mut self, columns: &[Cells]) -> Result<(), ReportError> {
        let rows = columns.first().map_or(0, |cells| cells.array.len());
        if rows == 0 {
            return Ok(());
        }
        let kinds = self.writer.parquet_schema().fields().to_vec();
        let pages = columns.iter().zip(kinds).map(|(cells, kind)| pages(cells, kind, self.options));
        let group = DynIter::new(pages.collect::<Vec<_>>().into_iter());
        self.writer.write(rows as u64, group).map_err(ReportError::parquet(self.file.target()))
    }

    /// Writes the footer and gives the file its name.
    pub(crate) fn finish(self) -> Result<(), ReportError> {
        let Self { file, mut writer, .. } = self;
        writer.end(None).map_err(ReportError::parquet(file.target()))?;
        drop(writer);
        file.commit()
    }
}

fn options() -> WriteOptions {
    WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(None),
        data_page_size: None,
    }
}

/// The pages of a column, compressed as they are asked for.
fn pages(cells: &Cells, kind: ParquetType, options: WriteOptions) -> PolarsResult<Pages> {
    // A column without columns of its own is one leaf.
    let leaves = array_to_columns(&cells.array, kind, options, &[cells.encoding])?;
    let pages = leaves.into_iter().flatten().map(|page| page.map_err(|error| as_parquet(&error)));
    let pages = Compressor::new_from_vec(pages, options.compression, Vec::new());
    Ok(DynStreamingIterator::new(pages.map_err(PolarsError::from)))
}

type Pages = DynStreamingIterator<'static, CompressedPage, PolarsError>;

/// What the encoder says in the words of the compressor.
fn as_parquet(error: &PolarsError) -> ParquetError {
    ParquetError::InvalidParameter(error.to_string())
}

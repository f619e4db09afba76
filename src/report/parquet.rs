//! The one way in which this crate writes Parquet.
//!
//! The bytes of a Parquet file depend on how its rows are cut into row groups, and on nothing else that
//! varies here: compression, statistics and row-group size are fixed, and columns are encoded one after
//! the other on the calling thread.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use polars::prelude::{
    BatchedWriter, Column, DataFrame, DataType, Field, ParquetCompression, ParquetWriter, Schema, StatisticsOptions,
};

use super::{AtomicFile, ReportError};

/// Rows per row group: the encoder's memory stays in the megabytes, and readers can still skip groups.
pub(crate) const ROW_GROUP: usize = 65_536;

/// A Parquet file that grows by one row group at a time.
pub(crate) struct ParquetFile {
    file: AtomicFile,
    writer: BatchedWriter<BufWriter<File>>,
}

impl ParquetFile {
    /// Creates the file under its temporary name, with these columns.
    pub(crate) fn create(path: &Path, columns: &[(&str, DataType)]) -> Result<Self, ReportError> {
        let file = AtomicFile::new(path);
        let sink = BufWriter::new(File::create(file.partial()).map_err(ReportError::io(path))?);
        let schema: Schema = columns.iter().map(|(name, kind)| Field::new((*name).into(), kind.clone())).collect();
        let writer = ParquetWriter::new(sink)
            .with_compression(ParquetCompression::Zstd(None))
            .with_statistics(StatisticsOptions::default())
            .set_parallel(false)
            .batched(&schema)
            .map_err(ReportError::parquet(path))?;
        Ok(Self { file, writer })
    }

    /// Writes one row group. Nothing is written for no rows.
    pub(crate) fn write(&mut self, columns: Vec<Column>) -> Result<(), ReportError> {
        let frame = DataFrame::new_infer_height(columns).map_err(self.encoding())?;
        self.writer.write_batch(&frame).map_err(self.encoding())
    }

    /// Writes the footer and gives the file its name.
    pub(crate) fn finish(self) -> Result<(), ReportError> {
        self.writer.finish().map_err(self.encoding())?;
        let Self { file, writer } = self;
        drop(writer);
        file.commit()
    }

    fn encoding(&self) -> impl FnOnce(polars::error::PolarsError) -> ReportError + use<> {
        let path = self.file.target().to_owned();
        move |source| ReportError::Parquet { path, source }
    }
}

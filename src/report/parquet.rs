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
    writer: FileWriter<BufWriter<File>>,
}

impl ParquetFile {
    /// Creates the file under its temporary name, with these columns.
    pub(crate) fn create(path: &Path, columns: &[(&str, Kind)]) -> Result<Self, ReportError> {
        let file = AtomicFile::new(path);
        let sink = BufWriter::new(File::create(file.partial()).map_err(ReportError::io(path))?);
        let schema: ArrowSchema = columns.iter().map(|(name, kind)| kind.field(name)).collect();
        let writer = FileWriter::try_new(sink, schema, options()).map_err(ReportError::parquet(path))?;
        Ok(Self { file, writer })
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
        let (kinds, options) = (self.writer.parquet_schema().fields().to_vec(), self.writer.options());
        let pages = columns.iter().zip(kinds).map(|(cells, kind)| pages(cells, kind, options));
        let group = DynIter::new(pages.collect::<Vec<_>>().into_iter());
        self.writer.write(rows as u64, group).map_err(ReportError::parquet(self.file.target()))
    }

    /// Writes the footer and gives the file its name.
    pub(crate) fn finish(self) -> Result<(), ReportError> {
        let Self { file, mut writer } = self;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::read_back::ReadBack;

    const COLUMNS: [(&str, Kind); 5] = [
        ("text", Kind::Text),
        ("whole", Kind::Whole),
        ("natural", Kind::Natural),
        ("number", Kind::Number),
        ("flag", Kind::Flag),
    ];

    /// How the file names them.
    const KINDS: [(&str, &str); 5] = [
        ("text", "optional UTF8"),
        ("whole", "optional INT64"),
        ("natural", "optional UINT_64"),
        ("number", "optional DOUBLE"),
        ("flag", "optional BOOLEAN"),
    ];

    fn written(groups: &[[Cells; 5]]) -> ReadBack {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("cells.parquet");
        let mut file = ParquetFile::create(&path, &COLUMNS).expect("folder is writable");
        groups.iter().for_each(|cells| file.write(cells).expect("folder is writable"));
        file.finish().expect("folder is writable");
        ReadBack::of(&path)
    }

    fn cells(texts: &[Option<String>], wholes: &[Option<i64>]) -> [Cells; 5] {
        [
            Cells::texts(texts.iter().map(Option::as_deref)),
            Cells::wholes(wholes.iter().copied()),
            Cells::naturals(wholes.iter().map(|whole| whole.map_or(u64::MAX, i64::cast_unsigned))),
            Cells::numbers(wholes.iter().map(|whole| whole.map(|whole| whole as f64))),
            Cells::flags(wholes.iter().map(|whole| whole.map(|whole| whole > 0))),
        ]
    }

    /// Whatever is written is read back by another library: texts that repeat, that hardly do and that do not at all, the
    /// largest numbers there are next to the smallest, and gaps anywhere.
    #[test]
    fn every_cell_reads_back_as_it_was_written() {
        let rows = 5_000_usize;
        let kinds: [fn(usize) -> Option<String>; 5] = [
            |row| Some(format!("lease-{row}")),
            |row| (row % 7 != 0).then(|| format!("pool {}", row % 3)),
            |row| (row > 2_000).then(|| format!("ü{}", row * row)),
            |row| (row % 1_000 == 999).then(String::new),
            |_| None,
        ];
        let extremes = [Some(i64::MIN), Some(i64::MAX), None, Some(0), Some(-1), Some(i64::MAX), Some(i64::MIN)];
        for kind in kinds {
            let texts: Vec<Option<String>> = (0..rows).map(kind).collect();
            let wholes: Vec<Option<i64>> = (0..rows).map(|row| extremes[row * row % extremes.len()]).collect();
            // A short row group and a long one.
            let (first, second) = (cells(&texts[..10], &wholes[..10]), cells(&texts[10..], &wholes[10..]));
            let found = written(&[first, second]);
            assert!(found.schema().eq(KINDS), "{:?}", found.schema().collect::<Vec<_>>());
            assert_eq!(found.first(10), written(&[cells(&texts[..10], &wholes[..10])]));
            assert_eq!(found.texts("text"), texts);
            assert_eq!(found.wholes("whole"), wholes);
            let naturals = wholes.iter().map(|whole| Some(whole.map_or(u64::MAX, i64::cast_unsigned)));
            assert_eq!(found.naturals("natural"), naturals.collect::<Vec<_>>());
            assert_eq!(found.numbers("number"), wholes.iter().map(|whole| Some((*whole)? as f64)).collect::<Vec<_>>());
            assert_eq!(found.flags("flag"), wholes.iter().map(|whole| Some((*whole)? > 0)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_rows_make_an_empty_file() {
        let found = written(&[cells(&[], &[])]);
        assert_eq!((found.height(), found.names().len()), (0, COLUMNS.len()));
    }
}

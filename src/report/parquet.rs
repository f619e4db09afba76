//! The one way in which this crate writes Parquet.
//!
//! The bytes of a Parquet file depend on its rows and how they are cut into row groups, and on nothing else: columns are
//! encoded one after the other on the calling thread. The library writes the file with its headers and footer; what stands
//! in pages is made here ([`pages`]), as it is most of the work.
//!
//! [`pages`]: super::pages

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_error::PolarsResult;
use polars_parquet::parquet::schema::types::ParquetType;
use polars_parquet::write::{CompressionOptions, DynIter, FileWriter, StatisticsOptions, Version, WriteOptions};

use super::cells::Cells;
use super::pages::Pages;
use super::press::Press;
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

/// A column in one row group.
pub(crate) enum Chunk<'c> {
    /// These cells.
    Cells(Cells<'c>),
    /// The cells of that column of the same kind, which has its own.
    As(usize),
}

impl<'c> From<Cells<'c>> for Chunk<'c> {
    fn from(cells: Cells<'c>) -> Self {
        Self::Cells(cells)
    }
}

/// A Parquet file that grows by one row group at a time.
pub(crate) struct ParquetFile {
    file: AtomicFile,
    writer: FileWriter<BufWriter<File>>,
    /// By column.
    pages: Vec<Pages>,
    press: Press,
}

impl ParquetFile {
    /// Creates the file under its temporary name, with these columns.
    pub(crate) fn create(path: &Path, columns: &[(&str, Kind)]) -> Result<Self, ReportError> {
        let file = AtomicFile::new(path);
        let sink = BufWriter::new(File::create(file.partial()).map_err(ReportError::io(path))?);
        let schema: ArrowSchema = columns.iter().map(|(name, kind)| kind.field(name)).collect();
        let writer = FileWriter::try_new(sink, schema, options()).map_err(ReportError::parquet(path))?;
        let pages = columns.iter().map(|_| Pages::default()).collect();
        let press = Press::new().map_err(ReportError::io(path))?;
        Ok(Self { file, writer, pages, press })
    }

    /// Writes one row group. Nothing is written for no rows.
    ///
    /// # Panics
    /// If the cells are not of the kinds of the columns, in their order.
    pub(crate) fn write<'c, C: Into<Chunk<'c>>>(
        &mut self,
        columns: impl IntoIterator<Item = C>,
    ) -> Result<(), ReportError> {
        self.try_write(columns.into_iter().map(C::into)).map_err(ReportError::parquet(self.file.target()))
    }

    fn try_write<'c>(&mut self, chunks: impl Iterator<Item = Chunk<'c>>) -> PolarsResult<()> {
        let Self { writer, pages, press, .. } = self;
        let mut rows = 0;
        // By column: the one whose pages it has.
        let mut sources = Vec::with_capacity(pages.len());
        for ((chunk, kind), column) in chunks.zip(writer.parquet_schema().fields()).zip(0..) {
            let ParquetType::PrimitiveType(kind) = kind else { unreachable!("no column has columns of its own") };
            sources.push(match chunk {
                Chunk::As(other) => other,
                Chunk::Cells(cells) => {
                    rows = cells.rows;
                    pages[column].make(&cells, kind, press)?;
                    column
                }
            });
        }
        if rows > 0 {
            writer.write(rows as u64, DynIter::new(sources.iter().map(|source| Ok(pages[*source].stream()))))?;
        }
        Ok(())
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
        // Pages come as they are to stand there.
        compression: CompressionOptions::Uncompressed,
        data_page_size: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::read_back::ReadBack;
    use crate::report::values::Values;

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

    fn written(groups: impl IntoIterator<Item = [Cells<'static>; 5]>) -> ReadBack {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("cells.parquet");
        let mut file = ParquetFile::create(&path, &COLUMNS).expect("folder is writable");
        groups.into_iter().for_each(|cells| file.write(cells).expect("folder is writable"));
        file.finish().expect("folder is writable");
        ReadBack::of(&path)
    }

    fn cells(texts: &[Option<String>], wholes: &[Option<i64>]) -> [Cells<'static>; 5] {
        [
            Cells::texts(texts.iter().map(Option::as_deref)),
            Values::from_iter(wholes.iter().copied()).into_cells(),
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
        let kinds: [fn(usize) -> Option<String>; 6] = [
            |row| Some(format!("lease-{row}")),
            |row| (row % 11 > 0).then(|| format!("member {}", row * row % 301)),
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
            let found = written([first, second]);
            assert!(found.schema().eq(KINDS), "{:?}", found.schema().collect::<Vec<_>>());
            assert_eq!(found.first(10), written([cells(&texts[..10], &wholes[..10])]));
            assert_eq!(found.texts("text"), texts);
            assert_eq!(found.wholes("whole"), wholes);
            let naturals = wholes.iter().map(|whole| Some(whole.map_or(u64::MAX, i64::cast_unsigned)));
            assert_eq!(found.naturals("natural"), naturals.collect::<Vec<_>>());
            assert_eq!(found.numbers("number"), wholes.iter().map(|whole| Some((*whole)? as f64)).collect::<Vec<_>>());
            assert_eq!(found.flags("flag"), wholes.iter().map(|whole| Some((*whole)? > 0)).collect::<Vec<_>>());
        }
    }

    /// Pages serve again for the next row group where all cells are the same in both, and for a column that has the same
    /// cells as another.
    #[test]
    fn pages_serve_again_for_the_same_cells_alone() {
        let zeros = [vec![0.0; 3], vec![0.0; 3], vec![-0.0; 3], vec![-0.0; 4], vec![-0.0, 0.0, -0.0], vec![0.0; 3]];
        let texts = ["a", "a", "b", "b", "a", "a"];
        let columns = [("text", Kind::Text), ("number", Kind::Number), ("same", Kind::Number)];
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("again.parquet");
        let mut file = ParquetFile::create(&path, &columns).expect("folder is writable");
        for (text, numbers) in texts.into_iter().zip(&zeros) {
            let text = Cells::texts(numbers.iter().map(|_| Some(text)));
            let numbers = Cells::numbers(numbers.iter().map(|number| Some(*number)));
            file.write([Chunk::Cells(text), Chunk::Cells(numbers), Chunk::As(1)]).expect("folder is writable");
        }
        file.finish().expect("folder is writable");
        let found = ReadBack::of(&path);
        let bits = |numbers: Vec<f64>| numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        for column in ["number", "same"] {
            assert_eq!(bits(found.numbers(column).into_iter().flatten().collect()), bits(zeros.concat()));
        }
        let expected = texts.into_iter().zip(&zeros).flat_map(|(text, rows)| rows.iter().map(move |_| text));
        assert!(found.texts("text").iter().flatten().eq(expected));
    }

    #[test]
    fn no_rows_make_an_empty_file() {
        let found = written([cells(&[], &[])]);
        assert_eq!((found.height(), found.names().len()), (0, COLUMNS.len()));
    }
}

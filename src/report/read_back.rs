//! Reads a Parquet file whole, for tests.

use std::fs::File;
use std::path::Path;

use parquet::basic::ConvertedType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// The cells of a file by column, in the order of its rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadBack {
    columns: Vec<(String, Vec<Field>)>,
    kinds: Vec<String>,
}

impl ReadBack {
    pub(crate) fn of(path: &Path) -> Self {
        let reader = SerializedFileReader::new(File::open(path).expect("the file exists")).expect("it is Parquet");
        let schema = reader.metadata().file_metadata().schema();
        let kinds = schema.get_fields().iter().map(|field| {
            let kind = match field.get_basic_info().converted_type() {
                ConvertedType::NONE => field.get_physical_type().to_string(),
                converted => converted.to_string(),
            };
            format!("{} {kind}", field.get_basic_info().repetition().to_string().to_lowercase())
        });
        let kinds = kinds.collect();
        let mut columns: Vec<(String, Vec<Field>)> =
            schema.get_fields().iter().map(|field| (field.name().to_owned(), Vec::new())).collect();
        for row in reader.get_row_iter(None).expect("it has rows") {
            for ((_, cells), (_, cell)) in columns.iter_mut().zip(row.expect("the row is readable").into_columns()) {
                cells.push(cell);
            }
        }
        Self { columns, kinds }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Names and kinds of the columns.
    pub(crate) fn schema(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names().into_iter().zip(self.kinds.iter().map(String::as_str))
    }

    /// The first rows.
    pub(crate) fn first(&self, rows: usize) -> Self {
        let mut first = self.clone();
        first.columns.iter_mut().for_each(|(_, cells)| cells.truncate(rows));
        first
    }

    pub(crate) fn height(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }

    pub(crate) fn texts(&self, column: &str) -> Vec<Option<String>> {
        self.read(column, |cell| if let Field::Str(text) = cell { Some(text.clone()) } else { None })
    }

    pub(crate) fn wholes(&self, column: &str) -> Vec<Option<i64>> {
        self.read(column, |cell| if let Field::Long(whole) = cell { Some(*whole) } else { None })
    }

    pub(crate) fn naturals(&self, column: &str) -> Vec<Option<u64>> {
        self.read(column, |cell| if let Field::ULong(natural) = cell { Some(*natural) } else { None })
    }

    pub(crate) fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        self.read(column, |cell| if let Field::Double(number) = cell { Some(*number) } else { None })
    }

    pub(crate) fn flags(&self, column: &str) -> Vec<Option<bool>> {
        self.read(column, |cell| if let Field::Bool(flag) = cell { Some(*flag) } else { None })
    }

    /// The cells of a column, `None` where they are null; all others must be of the kind that is read.
    fn read<T>(&self, column: &str, read: impl Fn(&Field) -> Option<T>) -> Vec<Option<T>> {
        let found = self.columns.iter().find(|(name, _)| name == column);
        let (_, cells) = found.unwrap_or_else(|| panic!("there is no column {column}"));
        let cell = |cell: &Field| match (cell, read(cell)) {
            (Field::Null, _) => None,
            (_, Some(value)) => Some(value),
            (other, None) => panic!("{other:?} in column {column}"),
        };
        cells.iter().map(cell).collect()
    }
}

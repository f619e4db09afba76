//! Recorded results made readable: tables, files of data and figures.
//!
//! Nothing here simulates or estimates. Everything is drawn from the plain data of
//! [`crate::experiment::results`], in the order in which it was recorded, so that equal results give
//! equal bytes. A value that does not exist (a ratio without a denominator) is a `-` in a table, an
//! empty field in CSV, `null` in JSON and Parquet, and a gap in a figure.
//!
//! Files appear under their name only when they are complete (see [`atomic`]).

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub mod atomic;
mod bounds;
mod cells;
mod digits;
mod encoding;
mod grid;
pub mod json;
pub mod markdown;
mod pages;
mod parquet;
pub mod plot;
mod press;
#[cfg(test)]
mod read_back;
mod records;
pub mod replications;
pub mod summary_csv;
pub mod table;
mod texts;
pub mod timeseries;
mod values;

#[cfg(test)]
mod fixture;

pub use atomic::{AtomicFile, remove_partial, write_atomically};
pub use grid::{headlines, is_headline};
pub use records::RecordFolder;
pub use replications::ReplicationWriter;

/// Why a report could not be written. The run itself is sound: its results can be reported again.
#[derive(Debug)]
pub enum ReportError {
    /// The operating system refused to write a file.
    Io {
        /// The file in question.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Rows could not be written as Parquet.
    Parquet {
        /// The file in question.
        path: PathBuf,
        /// What the encoder said.
        source: polars_error::PolarsError,
    },
    /// A figure could not be drawn.
    Plot {
        /// The file in question.
        path: PathBuf,
        /// What the drawing library said.
        message: String,
    },
}

impl ReportError {
    /// Attaches the name of the file to an error of the operating system.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Attaches the name of the file to an error of the Parquet encoder.
    pub(crate) fn parquet(path: &Path) -> impl FnOnce(polars_error::PolarsError) -> Self + '_ {
        move |source| Self::Parquet { path: path.to_owned(), source }
    }

    /// Attaches the name of the file to an error of the drawing library.
    pub(crate) fn plot(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::Plot { path: path.to_owned(), message: error.to_string() }
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "cannot write `{}`: {source}", path.display()),
            Self::Parquet { path, source } => write!(f, "cannot write `{}` as parquet: {source}", path.display()),
            Self::Plot { path, message } => write!(f, "cannot draw `{}`: {message}", path.display()),
        }
    }
}

impl Error for ReportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Parquet { source, .. } => Some(source),
            Self::Plot { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_file_in_lower_case() {
        let error = ReportError::io(Path::new("out/summary.csv"))(io::Error::other("disk is full"));
        assert_eq!(error.to_string(), "cannot write `out/summary.csv`: disk is full");
        let error = ReportError::plot(Path::new("out/arms.svg"), &"no font");
        assert_eq!(error.to_string(), "cannot draw `out/arms.svg`: no font");
    }
}

//! `replications.parquet`: every value of every replication, one to a row.
//!
//! The file is tidy: arm, replication, scope, metric, unit, value. Rows stand in the order in which they
//! are pushed and are cut into row groups of a fixed size, so equal sequences give equal bytes, however
//! many threads produced them. Memory does not grow with the number of replications.

use std::path::Path;

use polars::prelude::{Column, DataType};

use super::ReportError;
use super::parquet::{ParquetFile, ROW_GROUP};
use crate::experiment::results::{MetricId, ReplicationValues};

/// A row whose names are still indices.
#[derive(Clone, Copy)]
struct Row {
    arm: usize,
    metric: usize,
    replication: u64,
    value: Option<f64>,
}

/// Writes replications to a Parquet file as they come.
///
/// The file appears when [`finish`](Self::finish) has returned; dropped before, the writer leaves none.
pub struct ReplicationWriter {
    arms: Vec<(String, Vec<MetricId>)>,
    buffer: Vec<Row>,
    file: ParquetFile,
}

impl ReplicationWriter {
    /// Creates a writer to `path` for these arms, each with the metrics that its values are parallel to.
    ///
    /// # Errors
    /// [`ReportError::Io`] if the file cannot be created, [`ReportError::Parquet`] if its header cannot be
    /// written.
    pub fn new(path: &Path, arms: Vec<(String, Vec<MetricId>)>) -> Result<Self, ReportError> {
        let columns = [
            ("arm", DataType::String),
            ("replication", DataType::UInt64),
            ("scope", DataType::String),
            ("metric", DataType::String),
            ("unit", DataType::String),
            ("value", DataType::Float64),
        ];
        let file = ParquetFile::create(path, &columns)?;
        Ok(Self { arms, buffer: Vec::with_capacity(ROW_GROUP), file })
    }

    /// Appends the values of one replication of one arm.
    ///
    /// # Errors
    /// [`ReportError::Parquet`] if a full row group cannot be written.
    ///
    /// # Panics
    /// If the arm is unknown or the number of values is not that of the arm's metrics.
    pub fn push(&mut self, values: &ReplicationValues) -> Result<(), ReportError> {
        let metrics = self.arms[values.arm].1.len();
        assert_eq!(values.values.len(), metrics, "every metric of the arm has one value");
        for (metric, value) in values.values.iter().enumerate() {
            // A reader must not have to tell NaN from null.
            let value = value.filter(|value| value.is_finite());
            self.buffer.push(Row { arm: values.arm, metric, replication: values.replication, value });
            if self.buffer.len() == ROW_GROUP {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// [`ReportError::Parquet`] or [`ReportError::Io`] if the file cannot be completed.
    pub fn finish(mut self) -> Result<(), ReportError> {
        self.flush()?;
        self.file.finish()
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        let names = |pick: fn(&MetricId) -> &str| -> Vec<&str> {
            self.buffer.iter().map(|row| pick(&self.arms[row.arm].1[row.metric])).collect()
        };
        let arms: Vec<&str> = self.buffer.iter().map(|row| self.arms[row.arm].0.as_str()).collect();
        let replications: Vec<u64> = self.buffer.iter().map(|row| row.replication).collect();
        let values: Vec<Option<f64>> = self.buffer.iter().map(|row| row.value).collect();
        let columns = vec![
            Column::new("arm".into(), arms),
            Column::new("replication".into(), replications),
            Column::new("scope".into(), names(|id| &id.scope)),
            Column::new("metric".into(), names(|id| &id.metric)),
            Column::new("unit".into(), names(|id| &id.unit)),
            Column::new("value".into(), values),
        ];
        self.file.write(columns)?;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;
    use std::process::Command;

    use polars::prelude::{DataFrame, ParquetReader, SerReader};

    use super::*;
    use crate::report::fixture::id;

    fn arms() -> Vec<(String, Vec<MetricId>)> {
        let metrics = vec![id("provider", "arrivals", "requests"), id("pool:gpu", "price_mean", "USD/h")];
        vec![("base".to_owned(), metrics.clone()), ("low".to_owned(), metrics[1..].to_vec())]
    }

    fn values(arm: usize, replication: u64, values: &[Option<f64>]) -> ReplicationValues {
        ReplicationValues { arm, replication, values: values.to_vec() }
    }

    /// Enough replications for more than two row groups.
    fn write_many(path: &Path) {
        let mut writer = ReplicationWriter::new(path, arms()).expect("folder is writable");
        for replication in 0..70_000_u32 {
            let price = (replication % 7 != 0).then(|| f64::from(replication % 1000) / 16.0);
            let record = values(0, u64::from(replication), &[Some(f64::from(replication)), price]);
            writer.push(&record).expect("folder is writable");
        }
        writer.finish().expect("folder is writable");
    }

    fn read(path: &Path) -> DataFrame {
        ParquetReader::new(File::open(path).expect("file exists")).finish().expect("file is parquet")
    }

    fn strings(frame: &DataFrame, column: &str) -> Vec<String> {
        let column = frame.column(column).expect("column exists").str().expect("column of text");
        column.iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn rows_read_back_in_the_order_pushed() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("replications.parquet");
        let mut writer = ReplicationWriter::new(&path, arms()).expect("folder is writable");
        writer.push(&values(1, 4, &[Some(0.25)])).expect("folder is writable");
        writer.push(&values(0, 3, &[None, Some(f64::NAN)])).expect("folder is writable");
        assert!(!path.exists(), "half a file has no name");
        writer.finish().expect("folder is writable");
        let frame = read(&path);
        assert_eq!(frame.get_column_names(), ["arm", "replication", "scope", "metric", "unit", "value"]);
        assert_eq!(strings(&frame, "arm"), ["low", "base", "base"]);
        assert_eq!(strings(&frame, "scope"), ["pool:gpu", "provider", "pool:gpu"]);
        assert_eq!(strings(&frame, "metric"), ["price_mean", "arrivals", "price_mean"]);
        assert_eq!(strings(&frame, "unit"), ["USD/h", "requests", "USD/h"]);
        let replications = frame.column("replication").expect("column exists").u64().expect("column of integers");
        assert_eq!(replications.iter().collect::<Vec<_>>(), [Some(4), Some(3), Some(3)]);
        let values = frame.column("value").expect("column exists").f64().expect("column of numbers");
        assert_eq!(values.iter().collect::<Vec<_>>(), [Some(0.25), None, None]);
    }

    #[test]
    fn no_replications_make_an_empty_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("replications.parquet");
        ReplicationWriter::new(&path, arms()).and_then(ReplicationWriter::finish).expect("folder is writable");
        assert_eq!((read(&path).height(), read(&path).width()), (0, 6));
    }

    #[test]
    fn bytes_do_not_depend_on_the_threads_of_the_caller() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let bytes = |threads: usize| {
            let path = folder.path().join(format!("{threads}.parquet"));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
            pool.install(|| write_many(&path));
            fs::read(path).expect("file exists")
        };
        let one = bytes(1);
        assert!(one == bytes(2) && one == bytes(1));
        assert_eq!(read(&folder.path().join("1.parquet")).height(), 140_000);
    }

    /// The encoder has threads of its own, whose number is fixed when a process starts.
    #[test]
    fn bytes_do_not_depend_on_the_threads_of_the_encoder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let bytes = |threads: &str| {
            let path = folder.path().join(format!("{threads}.parquet"));
            let status = Command::new(std::env::current_exe().expect("the test has a path"))
                .args(["--exact", "report::replications::tests::write_for_another_process", "--ignored"])
                .env("POLARS_MAX_THREADS", threads)
                .env("REPLICATIONS_TEST_FILE", &path)
                .output()
                .expect("the test can start itself")
                .status;
            assert!(status.success());
            fs::read(path).expect("file exists")
        };
        assert!(bytes("1") == bytes("2"));
    }

    #[test]
    #[ignore = "started by the test above in a process of its own"]
    fn write_for_another_process() {
        if let Some(path) = std::env::var_os("REPLICATIONS_TEST_FILE") {
            write_many(&PathBuf::from(path));
        }
    }
}

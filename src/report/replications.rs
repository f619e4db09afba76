//! `replications.parquet`: every value of every replication, one to a row.
//!
//! The file is tidy: arm, replication, scope, metric, unit, value. Rows stand in the order in which they
//! are pushed and are cut into row groups of a fixed size, so equal sequences give equal bytes, however
//! many threads produced them. A thread of its own writes them, so that nobody waits for that who could simulate. Memory
//! does not grow with the number of replications.

use std::mem;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::ReportError;
use super::cells::Cells;
use super::parquet::{Kind, ParquetFile, ROW_GROUP};
use crate::experiment::results::{MetricId, Name, ReplicationValues};

/// A row whose names are still indices.
#[derive(Clone, Copy)]
struct Row {
    arm: usize,
    metric: usize,
    replication: u64,
    value: Option<f64>,
}

/// Names of the arms, and the metrics of each.
type Arms = Vec<(Name, Arc<[MetricId]>)>;

/// Writes replications to a Parquet file as they come.
///
/// The file appears when [`finish`](Self::finish) has returned; dropped before, the writer leaves none.
pub struct ReplicationWriter {
    arms: Arc<Arms>,
    buffer: Vec<Row>,
    /// Until it has failed or finished.
    thread: Option<WriterThread>,
}

/// Makes row groups of rows and writes them.
struct WriterThread {
    groups: SyncSender<Vec<Row>>,
    handle: JoinHandle<Result<ParquetFile, ReportError>>,
}

impl ReplicationWriter {
    /// Creates a writer to `path` for these arms, each with the metrics that its values are parallel to.
    ///
    /// # Errors
    /// [`ReportError::Io`] if the file cannot be created, [`ReportError::Parquet`] if its header cannot be
    /// written.
    pub fn new(path: &Path, arms: Arms) -> Result<Self, ReportError> {
        let columns = [
            ("arm", Kind::Text),
            ("replication", Kind::Natural),
            ("scope", Kind::Text),
            ("metric", Kind::Text),
            ("unit", Kind::Text),
            ("value", Kind::Number),
        ];
        let (arms, file) = (Arc::new(arms), ParquetFile::create(path, &columns)?);
        let thread = WriterThread::start(Arc::clone(&arms), file);
        Ok(Self { arms, buffer: Vec::with_capacity(ROW_GROUP), thread: Some(thread) })
    }

    /// Appends the values of one replication of one arm.
    ///
    /// # Errors
    /// [`ReportError::Parquet`] if an earlier row group could not be written.
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
                self.hand_on()?;
            }
        }
        Ok(())
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// [`ReportError::Parquet`] or [`ReportError::Io`] if the file cannot be completed.
    pub fn finish(mut self) -> Result<(), ReportError> {
        self.hand_on()?;
        self.thread.take().map_or(Ok(()), |thread| thread.end()?.finish())
    }

    fn hand_on(&mut self) -> Result<(), ReportError> {
        let group = mem::replace(&mut self.buffer, Vec::with_capacity(ROW_GROUP));
        let has_failed = self.thread.as_ref().is_some_and(|thread| thread.groups.send(group).is_err());
        match self.thread.take_if(|_| has_failed) {
            Some(thread) => thread.end().map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for ReplicationWriter {
    /// What the thread has begun is gone when this one is.
    fn drop(&mut self) {
        if let Some(WriterThread { groups, handle }) = self.thread.take() {
            drop(groups);
            // Nobody asks any more whether it was written.
            _ = handle.join();
        }
    }
}

impl WriterThread {
    fn start(arms: Arc<Arms>, file: ParquetFile) -> Self {
        // One group is filled, one waits and one is written.
        let (groups, received) = sync_channel(1);
        let handle = thread::spawn(move || write(file, &arms, &received));
        Self { groups, handle }
    }

    /// The file, once all that was handed on is in it.
    fn end(self) -> Result<ParquetFile, ReportError> {
        drop(self.groups);
        self.handle.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn write(mut file: ParquetFile, arms: &Arms, groups: &Receiver<Vec<Row>>) -> Result<ParquetFile, ReportError> {
    for rows in groups {
        file.write(columns(&rows, arms))?;
    }
    Ok(file)
}

fn columns(rows: &[Row], arms: &Arms) -> [Cells<'static>; 6] {
    let names =
        |pick: fn(&MetricId) -> &str| Cells::texts(rows.iter().map(|row| Some(pick(&arms[row.arm].1[row.metric]))));
    [
        Cells::texts(rows.iter().map(|row| Some(arms[row.arm].0.as_str()))),
        Cells::naturals(rows.iter().map(|row| row.replication)),
        names(|id| &id.scope),
        names(|id| &id.metric),
        names(|id| &id.unit),
        Cells::numbers(rows.iter().map(|row| row.value)),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::report::AtomicFile;
    use crate::report::fixture::id;
    use crate::report::read_back::ReadBack;

    fn arms() -> Arms {
        let metrics = vec![id("provider", "arrivals", "requests"), id("pool:gpu", "price_mean", "USD/h")];
        vec![("base".into(), metrics.as_slice().into()), ("low".into(), metrics[1..].into())]
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

    fn strings(file: &ReadBack, column: &str) -> Vec<String> {
        file.texts(column).into_iter().flatten().collect()
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
        let file = ReadBack::of(&path);
        assert_eq!(file.names(), ["arm", "replication", "scope", "metric", "unit", "value"]);
        assert_eq!(strings(&file, "arm"), ["low", "base", "base"]);
        assert_eq!(strings(&file, "scope"), ["pool:gpu", "provider", "pool:gpu"]);
        assert_eq!(strings(&file, "metric"), ["price_mean", "arrivals", "price_mean"]);
        assert_eq!(strings(&file, "unit"), ["USD/h", "requests", "USD/h"]);
        assert_eq!(file.naturals("replication"), [Some(4), Some(3), Some(3)]);
        assert_eq!(file.numbers("value"), [Some(0.25), None, None]);
    }

    /// The thread that writes meets a disk that is full: whoever pushes or finishes is told, and there is no file.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_disk_that_is_full_is_told_of() {
        for replications in [1, 300_000] {
            let folder = tempfile::tempdir().expect("temporary folder");
            let path = folder.path().join("replications.parquet");
            let place = AtomicFile::new(&path);
            std::os::unix::fs::symlink("/dev/full", place.partial()).expect("folder is writable");
            let mut writer = ReplicationWriter::new(&path, arms()).expect("there is such a device");
            let mut pushed =
                (0..replications).map(|number| writer.push(&values(1, number, &[Some((number as f64).sqrt())])));
            let has_failed = pushed.any(|pushed| pushed.is_err());
            let error = if has_failed { None } else { writer.finish().err() };
            let is_parquet = matches!(error, Some(ReportError::Parquet { .. }));
            assert!(if replications == 1 { is_parquet } else { has_failed }, "{replications} {error:?}");
            assert!(!path.exists());
        }
    }

    #[test]
    fn no_replications_make_an_empty_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("replications.parquet");
        ReplicationWriter::new(&path, arms()).and_then(ReplicationWriter::finish).expect("folder is writable");
        let file = ReadBack::of(&path);
        assert_eq!((file.height(), file.names().len()), (0, 6));
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
        assert_eq!(ReadBack::of(&folder.path().join("1.parquet")).height(), 140_000);
    }
}

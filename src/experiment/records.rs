//! Where the full records of replications go, and the thread that takes them there.
//!
//! A replication hands its rows on in batches and goes on; a thread of its own writes them. Only so many batches may be on
//! their way: where writing is slower, the replication waits, so that rows take no more memory however long a run is.

use std::error::Error;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::simulation::{Record, RecordSink, Table};

/// Rows that are handed on together.
const BATCH: usize = 256;

/// Batches that may be on their way: more rows than a writer turns into columns at a time, which takes so long that a
/// replication would stand still meanwhile.
const ON_THEIR_WAY: usize = 128;

/// Why records could not be kept.
pub type RecordError = Box<dyn Error + Send + Sync>;

/// Keeps the records of some replications. What is complete there is not computed again.
pub trait RecordStore: Sync {
    /// Called once, when no other run works in the folder: what is there of another experiment than `key` says, or all of
    /// it if `fresh`, goes away.
    ///
    /// # Errors
    /// If it cannot be looked at or taken away.
    fn open(&self, key: &str, fresh: bool) -> Result<(), RecordError>;

    /// Are the records of this replication wanted, and not all there?
    fn lacks(&self, arm: usize, replication: u64) -> bool;

    /// Begins the records of a replication.
    ///
    /// # Errors
    /// If they cannot be begun.
    fn begin<'s>(&'s self, arm: usize, replication: u64) -> Result<Box<dyn RecordBook + 's>, RecordError>;
}

/// The records of one replication in the making; dropped before it is finished, it leaves none.
pub trait RecordBook: Send {
    /// Are rows of this table wanted? Asked once, before the first row.
    fn wants(&self, table: Table) -> bool;

    /// Writes rows, in their order. A book that can fail remembers the fault and says so when it is finished.
    fn write(&mut self, rows: &[Record]);

    /// Completes them.
    ///
    /// # Errors
    /// If a row could not be kept, or the whole cannot be.
    fn finish(self: Box<Self>) -> Result<(), RecordError>;
}

/// Does `work` while a thread beside it writes its rows to `book`, which is finished if `work` comes to something.
///
/// # Errors
/// What `work` fails with, or else what keeps the records from being complete.
pub(super) fn keep<T, E: From<RecordError>>(
    book: Box<dyn RecordBook + '_>,
    work: impl FnOnce(&mut dyn RecordSink) -> Result<T, E>,
) -> Result<T, E> {
    let wanted = Table::ALL.map(|table| book.wants(table));
    let (sender, receiver) = sync_channel(ON_THEIR_WAY);
    let (give_back, emptied) = channel();
    thread::scope(|scope| {
        let writer = scope.spawn(move || write(book, &receiver, &give_back));
        let mut rows = Rows { wanted, batch: Vec::with_capacity(BATCH), sender, emptied };
        let done = work(&mut rows);
        if done.is_ok() {
            rows.end();
        }
        // Without its end the writer knows that nothing came of it.
        drop(rows);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        done.and_then(|value| written.map(|()| value).map_err(E::from))
    })
}

/// Rows on their way to the writer: a batch, and at last `None`.
struct Rows {
    wanted: [bool; Table::ALL.len()],
    batch: Vec<Record>,
    sender: SyncSender<Option<Vec<Record>>>,
    /// Batches that have been written, whose room serves again.
    emptied: Receiver<Vec<Record>>,
}

impl Rows {
    fn hand_on(&mut self) {
        let next = self.emptied.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let batch = mem::replace(&mut self.batch, next);
        // Nobody is there any more if the writer has panicked, which is told when it is joined.
        _ = self.sender.send(Some(batch));
    }

    fn end(&mut self) {
        self.hand_on();
        _ = self.sender.send(None);
    }
}

impl RecordSink for Rows {
    fn wants(&self, table: Table) -> bool {
        self.wanted[table as usize]
    }

    fn take(&mut self, record: Record) {
        self.batch.push(record);
        if self.batch.len() == BATCH {
            self.hand_on();
        }
    }
}

/// Writes batches until the last; finishes the book then, and drops it if the last never comes.
fn write(
    mut book: Box<dyn RecordBook + '_>,
    batches: &Receiver<Option<Vec<Record>>>,
    emptied: &Sender<Vec<Record>>,
) -> Result<(), RecordError> {
    while let Ok(batch) = batches.recv() {
        let Some(mut rows) = batch else { return book.finish() };
        book.write(&rows);
        rows.clear();
        // At the end nobody takes them back.
        _ = emptied.send(rows);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::market::{PoolId, Stage};
    use crate::simulation::PoolRow;
    use crate::units::SimTime;

    /// What became of a book: the instants of its rows, and whether it was finished.
    type Told = Mutex<(Vec<i64>, bool)>;

    struct Book<'t> {
        told: &'t Told,
        fails: bool,
    }

    impl RecordBook for Book<'_> {
        fn wants(&self, _: Table) -> bool {
            true
        }

        fn write(&mut self, rows: &[Record]) {
            let ticks = rows.iter().map(|row| {
                let Record::Pool(row) = row else { panic!("another row") };
                row.at.ticks()
            });
            self.told.lock().unwrap().0.extend(ticks);
        }

        fn finish(self: Box<Self>) -> Result<(), RecordError> {
            self.told.lock().unwrap().1 = true;
            if self.fails { Err("no room".into()) } else { Ok(()) }
        }
    }

    /// Writes so many rows, and then comes to this.
    fn kept(told: &Told, fails: bool, rows: i64, result: Result<u8, RecordError>) -> Result<u8, RecordError> {
        keep(Box::new(Book { told, fails }), |sink| {
            for tick in 0..rows {
                let at = SimTime::from_ticks(tick);
                sink.take(Record::Pool(PoolRow { at, pool: PoolId(0), stage: Stage::Online }));
            }
            result
        })
    }

    #[test]
    fn every_row_arrives_in_its_order() {
        for rows in [0, 1, BATCH as i64, 3 * (BATCH * ON_THEIR_WAY) as i64 + 7] {
            let told = Told::default();
            assert_eq!(kept(&told, false, rows, Ok(5)).unwrap(), 5);
            let (seen, is_finished) = told.into_inner().unwrap();
            assert!(seen.into_iter().eq(0..rows) && is_finished, "{rows}");
        }
    }

    #[test]
    fn a_book_of_what_came_to_nothing_is_not_finished() {
        let told = Told::default();
        assert_eq!(kept(&told, true, 1_000, Err("nothing".into())).unwrap_err().to_string(), "nothing");
        assert!(!told.into_inner().unwrap().1);
    }

    #[test]
    fn a_book_that_cannot_be_finished_is_told_of() {
        assert_eq!(kept(&Told::default(), true, 10, Ok(5)).unwrap_err().to_string(), "no room");
    }
}

//! Where the full records of replications go, and the threads that take them there.
//!
//! A replication hands its rows on in batches and goes on; each table has a thread of its own, which writes them. Only so
//! many batches may be on their way: where writing is slower, the replication waits, so that rows take no more memory
//! however long a run is.

use std::array;
use std::error::Error;
use std::mem;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

use crate::simulation::{Record, RecordSink, Table};

/// Rows that are handed on together: so many that it hardly counts that a thread is woken for them.
const BATCH: usize = 1024;

/// Batches that may be on their way to all tables together: as many rows as one turns into columns at a time, which takes
/// so long that a replication would stand still meanwhile.
const ON_THEIR_WAY: usize = 64;

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
pub trait RecordBook {
    /// The tables whose rows are wanted, each to be written on a thread of its own.
    fn tables(&mut self) -> Vec<(Table, &mut dyn RecordTable)>;

    /// Completes them.
    ///
    /// # Errors
    /// If a row could not be kept, or the whole cannot be.
    fn finish(self: Box<Self>) -> Result<(), RecordError>;
}

/// A table of a [`RecordBook`].
pub trait RecordTable: Send {
    /// Writes rows of this table, in their order. A table that can fail remembers the fault, which its book tells of when it
    /// is finished.
    fn write(&mut self, rows: &[Record]);

    /// No more rows come.
    fn end(&mut self);
}

/// Does `work` while threads beside it write its rows to `book`, which is finished if `work` comes to something.
///
/// # Errors
/// What `work` fails with, or else what keeps the records from being complete.
pub(super) fn keep<T, E: From<RecordError>>(
    mut book: Box<dyn RecordBook + '_>,
    work: impl FnOnce(&mut dyn RecordSink) -> Result<T, E>,
) -> Result<T, E> {
    let tables = book.tables();
    let on_their_way = ON_THEIR_WAY / tables.len().max(1);
    let value = thread::scope(|scope| {
        let (mut queues, mut writers) = (array::from_fn(|_| None), Vec::new());
        for (table, rows) in tables {
            let (queue, writer) = Queue::begin(scope, rows, on_their_way);
            queues[table as usize] = Some(queue);
            writers.push(writer);
        }
        let mut rows = Rows { queues };
        let done = work(&mut rows);
        rows.end();
        writers.into_iter().for_each(|writer| writer.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done
    })?;
    book.finish()?;
    Ok(value)
}

/// Rows on their way to their tables.
struct Rows {
    /// By table, those that are wanted.
    queues: [Option<Queue>; Table::ALL.len()],
}

impl Rows {
    fn end(self) {
        self.queues.into_iter().flatten().for_each(|mut queue| queue.hand_on());
    }
}

impl RecordSink for Rows {
    fn wants(&self, table: Table) -> bool {
        self.queues[table as usize].is_some()
    }

    fn take(&mut self, record: Record) {
        if let Some(queue) = &mut self.queues[record.table() as usize] {
            queue.take(record);
        }
    }
}

/// Rows on their way to a table.
struct Queue {
    batch: Vec<Record>,
    sender: SyncSender<Vec<Record>>,
    /// Batches that have been written, whose room serves again.
    emptied: Receiver<Vec<Record>>,
}

impl Queue {
    /// Begins a queue, and at its other end a thread that writes to `table` what comes.
    fn begin<'s>(
        scope: &'s Scope<'s, '_>,
        table: &'s mut dyn RecordTable,
        on_their_way: usize,
    ) -> (Self, ScopedJoinHandle<'s, ()>) {
        let (sender, batches) = sync_channel(on_their_way);
        let (give_back, emptied) = channel();
        let writer = scope.spawn(move || write(table, &batches, &give_back));
        (Self { batch: Vec::with_capacity(BATCH), sender, emptied }, writer)
    }

    fn take(&mut self, record: Record) {
        self.batch.push(record);
        if self.batch.len() == BATCH {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        let next = self.emptied.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let batch = mem::replace(&mut self.batch, next);
        // Nobody is there any more if the writer has panicked, which is told when it is joined.
        _ = self.sender.send(batch);
    }
}

/// Writes batches until the last.
fn write(table: &mut dyn RecordTable, batches: &Receiver<Vec<Record>>, emptied: &Sender<Vec<Record>>) {
    for mut rows in batches {
        table.write(&rows);
        rows.clear();
        // At the end nobody takes them back.
        _ = emptied.send(rows);
    }
    table.end();
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
        pools: Pools<'t>,
        fails: bool,
    }

    struct Pools<'t>(&'t Told);

    impl RecordTable for Pools<'_> {
        fn write(&mut self, rows: &[Record]) {
            let ticks = rows.iter().map(|row| {
                let Record::Pool(row) = row else { panic!("another row") };
                row.at.ticks()
            });
            self.0.lock().unwrap().0.extend(ticks);
        }

        fn end(&mut self) {}
    }

    impl RecordBook for Book<'_> {
        fn tables(&mut self) -> Vec<(Table, &mut dyn RecordTable)> {
            vec![(Table::Pools, &mut self.pools)]
        }

        fn finish(self: Box<Self>) -> Result<(), RecordError> {
            self.told.lock().unwrap().1 = true;
            if self.fails { Err("no room".into()) } else { Ok(()) }
        }
    }

    /// Writes so many rows, and then comes to this.
    fn kept(told: &Told, fails: bool, rows: i64, result: Result<u8, RecordError>) -> Result<u8, RecordError> {
        keep(Box::new(Book { told, pools: Pools(told), fails }), |sink| {
            assert!(sink.wants(Table::Pools) && !sink.wants(Table::Bids));
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

//! The files of one replication.

use std::path::Path;

use super::billing::billing;
use super::focus::{self, focus};
use super::leases::{interruptions, leases, usage};
use super::names::Names;
use super::pools::{operations, pools, prices};
use super::requests::{bids, requests};
use super::table::TableFile;
use crate::experiment::{RecordBook, RecordError, RecordTable};
use crate::report::ReportError;
use crate::simulation::{
    BidRow, BillingRow, InterruptionRow, LeaseRow, OperationRow, PoolRow, PriceRow, Record, RequestRow, Table, UsageRow,
};

/// Writes the rows of those tables that are wanted.
pub(super) struct Writer<'m> {
    tables: Vec<(Table, Wanted<'m>)>,
}

/// Names of the files of a table, without their extension. Postings are written twice, the second time for others' tools.
pub(super) fn files_of(table: Table) -> &'static [&'static str] {
    match table {
        Table::Pools => &["pools"],
        Table::Requests => &["requests"],
        Table::Bids => &["bids"],
        Table::Leases => &["leases"],
        Table::Interruptions => &["interruptions"],
        Table::Prices => &["prices"],
        Table::Usage => &["usage"],
        Table::Billing => &["billing", "focus"],
        Table::Operations => &["operations"],
    }
}

impl<'m> Writer<'m> {
    /// Creates the files in `folder`, which must exist.
    pub(super) fn create(folder: &Path, tables: &[Table], names: Names<'m>) -> Result<Self, ReportError> {
        let wanted = |table| Ok((table, Wanted { names, files: files(folder, table, &names)?, fault: None }));
        let tables = Table::ALL.into_iter().filter(|table| tables.contains(table));
        Ok(Self { tables: tables.map(wanted).collect::<Result<_, _>>()? })
    }

    fn complete(self) -> Result<(), ReportError> {
        let (files, faults): (Vec<_>, Vec<_>) =
            self.tables.into_iter().map(|(_, table)| (table.files, table.fault)).unzip();
        match faults.into_iter().flatten().next() {
            Some(fault) => Err(fault),
            None => files.into_iter().try_for_each(Files::finish),
        }
    }
}

impl RecordBook for Writer<'_> {
    fn tables(&mut self) -> Vec<(Table, &mut dyn RecordTable)> {
        self.tables.iter_mut().map(|(table, wanted)| (*table, wanted as &mut dyn RecordTable)).collect()
    }

    fn finish(self: Box<Self>) -> Result<(), RecordError> {
        self.complete().map_err(RecordError::from)
    }
}

/// A table that is wanted.
struct Wanted<'m> {
    names: Names<'m>,
    files: Box<dyn Files<'m> + 'm>,
    /// The first thing that went wrong; nothing more is written then.
    fault: Option<ReportError>,
}

impl RecordTable for Wanted<'_> {
    fn write(&mut self, rows: &[Record]) {
        if self.fault.is_none() {
            self.fault = self.files.write(rows, &self.names).err();
        }
    }

    fn end(&mut self) {
        if self.fault.is_none() {
            self.fault = self.files.flush().err();
        }
    }
}

/// The file of a table, or its files.
trait Files<'m>: Send {
    fn write(&mut self, rows: &[Record], names: &Names<'m>) -> Result<(), ReportError>;
    fn flush(&mut self) -> Result<(), ReportError>;
    fn finish(self: Box<Self>) -> Result<(), ReportError>;
}

/// Creates the files of a table.
fn files<'m>(folder: &Path, table: Table, names: &Names<'m>) -> Result<Box<dyn Files<'m> + 'm>, ReportError> {
    let path = |file: usize| folder.join(files_of(table)[file]).with_extension("parquet");
    macro_rules! file {
        ($file:literal, $columns:ident) => {
            TableFile::create(&path($file), $columns(names))?
        };
    }
    Ok(match table {
        Table::Pools => Box::new(file!(0, pools)),
        Table::Requests => Box::new(file!(0, requests)),
        Table::Bids => Box::new(file!(0, bids)),
        Table::Leases => Box::new(file!(0, leases)),
        Table::Interruptions => Box::new(file!(0, interruptions)),
        Table::Prices => Box::new(file!(0, prices)),
        Table::Usage => Box::new(file!(0, usage)),
        Table::Billing => Box::new(Postings { billing: file!(0, billing), focus: file!(1, focus) }),
        Table::Operations => Box::new(file!(0, operations)),
    })
}

/// A row of one of the tables.
trait Row: Sized {
    fn of(record: &Record) -> Option<&Self>;
}

macro_rules! rows {
    ($($table:ident: $row:ty),* $(,)?) => {
        $(impl Row for $row {
            fn of(record: &Record) -> Option<&Self> {
                if let Record::$table(row) = record { Some(row) } else { None }
            }
        })*
    };
}

rows! {
    Pool: PoolRow,
    Request: RequestRow,
    Bid: BidRow,
    Lease: LeaseRow,
    Interruption: InterruptionRow,
    Price: PriceRow,
    Usage: UsageRow,
    Billing: BillingRow,
    Operation: OperationRow,
}

fn rows_of<R: Row>(rows: &[Record]) -> Vec<&R> {
    rows.iter().filter_map(R::of).collect()
}

impl<'m, R: Row + 'm> Files<'m> for TableFile<'m, R> {
    fn write(&mut self, rows: &[Record], names: &Names<'m>) -> Result<(), ReportError> {
        self.write_rows(&rows_of(rows), names)
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        self.end_row_group()
    }

    fn finish(self: Box<Self>) -> Result<(), ReportError> {
        self.end()
    }
}

/// Postings, and the same for others' tools.
struct Postings<'m> {
    billing: TableFile<'m, BillingRow>,
    focus: TableFile<'m, BillingRow>,
}

impl<'m> Files<'m> for Postings<'m> {
    fn write(&mut self, rows: &[Record], names: &Names<'m>) -> Result<(), ReportError> {
        let Self { billing, focus } = self;
        let rows = rows_of::<BillingRow>(rows);
        billing.write_rows(&rows, names)?;
        // Only what is bought for a term may stand in two rows.
        for rows in rows.chunk_by(|row, next| row.commitment.is_some() == next.commitment.is_some()) {
            if rows[0].commitment.is_none() {
                focus.write_rows(rows, names)?;
            } else {
                let rows: Vec<_> = rows.iter().flat_map(|row| focus::rows(row, names)).collect();
                focus.write_rows(&rows.iter().map(|row| &**row).collect::<Vec<_>>(), names)?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        self.billing.end_row_group()?;
        self.focus.end_row_group()
    }

    fn finish(self: Box<Self>) -> Result<(), ReportError> {
        self.billing.end()?;
        self.focus.end()
    }
}

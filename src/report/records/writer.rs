//! The files of one replication.

use std::path::Path;

use super::billing::billing;
use super::focus::{self, focus};
use super::leases::{interruptions, leases, usage};
use super::names::Names;
use super::pools::{operations, pools, prices};
use super::requests::{bids, requests};
use super::table::TableFile;
use crate::experiment::{RecordBook, RecordError};
use crate::report::ReportError;
use crate::simulation::{
    BidRow, BillingRow, InterruptionRow, LeaseRow, OperationRow, PoolRow, PriceRow, Record, RequestRow, Table, UsageRow,
};

/// Writes rows to the files of those tables that are wanted.
pub(super) struct Writer<'m> {
    names: Names<'m>,
    tables: Vec<Table>,
    pools: Option<TableFile<'m, PoolRow>>,
    requests: Option<TableFile<'m, RequestRow>>,
    bids: Option<TableFile<'m, BidRow>>,
    leases: Option<TableFile<'m, LeaseRow>>,
    interruptions: Option<TableFile<'m, InterruptionRow>>,
    prices: Option<TableFile<'m, PriceRow>>,
    usage: Option<TableFile<'m, UsageRow>>,
    billing: Option<TableFile<'m, BillingRow>>,
    focus: Option<TableFile<'m, BillingRow>>,
    operations: Option<TableFile<'m, OperationRow>>,
    /// The first thing that went wrong; nothing more is written then.
    fault: Option<ReportError>,
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
        let at = |table: Table, file: usize| {
            let path = || folder.join(files_of(table)[file]).with_extension("parquet");
            tables.contains(&table).then(path)
        };
        macro_rules! file {
            ($table:ident, $columns:ident, $file:expr) => {
                at(Table::$table, $file).map(|path| TableFile::create(&path, $columns(&names))).transpose()?
            };
        }
        Ok(Self {
            names,
            tables: tables.to_vec(),
            pools: file!(Pools, pools, 0),
            requests: file!(Requests, requests, 0),
            bids: file!(Bids, bids, 0),
            leases: file!(Leases, leases, 0),
            interruptions: file!(Interruptions, interruptions, 0),
            prices: file!(Prices, prices, 0),
            usage: file!(Usage, usage, 0),
            billing: file!(Billing, billing, 0),
            focus: file!(Billing, focus, 1),
            operations: file!(Operations, operations, 0),
            fault: None,
        })
    }

    fn write_rows(&mut self, rows: &[Record]) -> Result<(), ReportError> {
        let names = &self.names;
        macro_rules! rows_of {
            ($table:ident) => {
                rows.iter()
                    .filter_map(|row| if let Record::$table(row) = row { Some(row) } else { None })
                    .collect::<Vec<_>>()
            };
        }
        macro_rules! write {
            ($file:ident, $table:ident) => {
                if let Some(file) = &mut self.$file {
                    file.write(&rows_of!($table), names)?;
                }
            };
        }
        write!(pools, Pool);
        write!(requests, Request);
        write!(bids, Bid);
        write!(leases, Lease);
        write!(interruptions, Interruption);
        write!(prices, Price);
        write!(usage, Usage);
        write!(operations, Operation);
        if let (Some(billing), Some(file)) = (&mut self.billing, &mut self.focus) {
            let rows = rows_of!(Billing);
            billing.write(&rows, names)?;
            // Only what is bought for a term may stand in two rows.
            for rows in rows.chunk_by(|row, next| row.commitment.is_some() == next.commitment.is_some()) {
                if rows[0].commitment.is_none() {
                    file.write(rows, names)?;
                } else {
                    let rows: Vec<_> = rows.iter().flat_map(|row| focus::rows(row, names)).collect();
                    file.write(&rows.iter().map(|row| &**row).collect::<Vec<_>>(), names)?;
                }
            }
        }
        Ok(())
    }

    fn complete(self) -> Result<(), ReportError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        finish(self.pools)?;
        finish(self.requests)?;
        finish(self.bids)?;
        finish(self.leases)?;
        finish(self.interruptions)?;
        finish(self.prices)?;
        finish(self.usage)?;
        finish(self.billing)?;
        finish(self.focus)?;
        finish(self.operations)
    }
}

fn finish<'m, R: 'm>(file: Option<TableFile<'m, R>>) -> Result<(), ReportError> {
    file.map_or(Ok(()), TableFile::finish)
}

impl RecordBook for Writer<'_> {
    fn wants(&self, table: Table) -> bool {
        self.tables.contains(&table)
    }

    fn write(&mut self, rows: &[Record]) {
        if self.fault.is_none() {
            self.fault = self.write_rows(rows).err();
        }
    }

    fn finish(self: Box<Self>) -> Result<(), RecordError> {
        self.complete().map_err(RecordError::from)
    }
}

//! The files of one replication.

use std::path::Path;

use super::billing::BILLING;
use super::focus::{self, FOCUS};
use super::leases::{INTERRUPTIONS, LEASES, USAGE};
use super::names::Names;
use super::pools::{OPERATIONS, POOLS, PRICES};
use super::requests::{BIDS, REQUESTS};
use super::table::{First, TableFile};
use crate::experiment::{RecordBook, RecordError};
use crate::report::ReportError;
use crate::simulation::{
    BidRow, BillingRow, InterruptionRow, LeaseRow, OperationRow, PoolRow, PriceRow, Record, RecordSink, RequestRow,
    Table, UsageRow,
};

/// What begins a row.
const ROW: First = ["arm", "replication"];

/// Writes rows to the files of those tables that are wanted.
pub(super) struct Writer<'m> {
    names: Names<'m>,
    tables: Vec<Table>,
    pools: Option<TableFile<PoolRow>>,
    requests: Option<TableFile<RequestRow>>,
    bids: Option<TableFile<BidRow>>,
    leases: Option<TableFile<LeaseRow>>,
    interruptions: Option<TableFile<InterruptionRow>>,
    prices: Option<TableFile<PriceRow>>,
    usage: Option<TableFile<UsageRow>>,
    billing: Option<TableFile<BillingRow>>,
    focus: Option<TableFile<BillingRow>>,
    operations: Option<TableFile<OperationRow>>,
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
            ($table:ident, $columns:ident, $file:expr, $first:expr) => {
                at(Table::$table, $file).map(|path| TableFile::create(&path, $first, $columns)).transpose()?
            };
        }
        Ok(Self {
            names,
            tables: tables.to_vec(),
            pools: file!(Pools, POOLS, 0, ROW),
            requests: file!(Requests, REQUESTS, 0, ROW),
            bids: file!(Bids, BIDS, 0, ROW),
            leases: file!(Leases, LEASES, 0, ROW),
            interruptions: file!(Interruptions, INTERRUPTIONS, 0, ROW),
            prices: file!(Prices, PRICES, 0, ROW),
            usage: file!(Usage, USAGE, 0, ROW),
            billing: file!(Billing, BILLING, 0, ROW),
            focus: file!(Billing, FOCUS, 1, focus::ROW),
            operations: file!(Operations, OPERATIONS, 0, ROW),
            fault: None,
        })
    }

    fn write(&mut self, record: Record) -> Result<(), ReportError> {
        let names = &self.names;
        match record {
            Record::Pool(row) => push(&mut self.pools, row, names),
            Record::Request(row) => push(&mut self.requests, row, names),
            Record::Bid(row) => push(&mut self.bids, row, names),
            Record::Lease(row) => push(&mut self.leases, row, names),
            Record::Interruption(row) => push(&mut self.interruptions, row, names),
            Record::Price(row) => push(&mut self.prices, row, names),
            Record::Usage(row) => push(&mut self.usage, row, names),
            Record::Billing(row) => {
                push(&mut self.billing, row.clone(), names)?;
                focus::rows(row, names).try_for_each(|row| push(&mut self.focus, row, names))
            }
            Record::Operation(row) => push(&mut self.operations, row, names),
        }
    }

    fn complete(self) -> Result<(), ReportError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let names = &self.names;
        finish(self.pools, names)?;
        finish(self.requests, names)?;
        finish(self.bids, names)?;
        finish(self.leases, names)?;
        finish(self.interruptions, names)?;
        finish(self.prices, names)?;
        finish(self.usage, names)?;
        finish(self.billing, names)?;
        finish(self.focus, names)?;
        finish(self.operations, names)
    }
}

fn push<R>(file: &mut Option<TableFile<R>>, row: R, names: &Names<'_>) -> Result<(), ReportError> {
    file.as_mut().map_or(Ok(()), |file| file.push(row, names))
}

fn finish<R>(file: Option<TableFile<R>>, names: &Names<'_>) -> Result<(), ReportError> {
    file.map_or(Ok(()), |file| file.finish(names))
}

impl RecordSink for Writer<'_> {
    fn wants(&self, table: Table) -> bool {
        self.tables.contains(&table)
    }

    fn take(&mut self, record: Record) {
        if self.fault.is_none() {
            self.fault = self.write(record).err();
        }
    }
}

impl RecordBook for Writer<'_> {
    fn finish(self: Box<Self>) -> Result<(), RecordError> {
        self.complete().map_err(RecordError::from)
    }
}

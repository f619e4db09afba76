//! Full records as Parquet: `records/ARM/REPLICATION/TABLE.parquet`.
//!
//! Rows are written as they come, a row group at a time, so that memory does not grow with the length of a run. Each
//! replication has files of its own, so that their bytes depend on nothing but the replication: not on threads, on what
//! else was run, or on what was stopped and taken up again. Records are complete when all files of the replication are
//! there under their names.
//!
//! A table is a list of columns ([`column`]), each with the function that reads it off a row.

mod billing;
mod column;
mod focus;
mod folder;
mod gather;
mod instants;
mod leases;
mod lexicon;
mod named;
mod names;
mod pools;
mod requests;
mod shared;
mod table;
mod words;
mod writer;

pub use folder::RecordFolder;

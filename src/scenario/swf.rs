//! Job logs in the Standard Workload Format (.swf, .swf.gz).
//!
//! Eighteen columns a line, -1 for unknown, `;` before comments; times in seconds. Format: Chapin et al., "Benchmarks
//! and standards for the evaluation of parallel job schedulers", JSSPP 1999, version 2.2.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// A usable row of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwfJob {
    /// Seconds after the start of the log (column 2).
    pub submit: i64,
    /// Seconds it ran (column 4).
    pub run_time: i64,
    /// Processors allocated (column 5), or requested (column 8) where that is preferred or the other unknown.
    pub processors: u32,
    /// Column 12, -1 if unknown.
    pub user: i64,
    /// Column 13, -1 if unknown.
    pub group: i64,
}

/// A log as it was read, with the rows that could not be used counted by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwfLog {
    /// Usable rows in the order of the file.
    pub jobs: Vec<SwfJob>,
    /// Rows of fewer than 18 columns, or with something in a needed column that is no number.
    pub malformed: u64,
    /// Line of the first malformed row, from 1.
    pub first_malformed: Option<u64>,
    /// Rows whose run time is 0 or unknown.
    pub without_run_time: u64,
    /// Rows whose number of processors is 0 or unknown.
    pub without_processors: u64,
    /// Rows submitted before the start of the log, or at an unknown time.
    pub without_submit_time: u64,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub digest: String,
}

impl SwfLog {
    /// Rows that were dropped, for whatever reason.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.malformed + self.without_run_time + self.without_processors + self.without_submit_time
    }
}

/// Reads a log; a name that ends in `.gz` is decompressed.
///
/// # Errors
/// If the file cannot be opened, read or decompressed. Bad rows are no error: they are counted.
pub fn read_swf(path: &Path, prefer_requested: bool) -> io::Result<SwfLog> {
    let bytes = {
        let mut bytes = Vec::new();
        File::open(path)?.read_to_end(&mut bytes)?;
        bytes
    };
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut log = match path.extension() {
        Some(extension) if extension == "gz" => {
            parse(BufReader::new(MultiGzDecoder::new(&bytes[..])), prefer_requested)?
        }
        _ => parse(&bytes[..], prefer_requested)?,
    };
    log.digest = digest;
    Ok(log)
}

fn parse(reader: impl BufRead, prefer_requested: bool) -> io::Result<SwfLog> {
    let mut log = SwfLog::default();
    for (number, line) in (1..).zip(reader.split(b'\n')) {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let row = line.trim();
        if row.is_empty() || row.starts_with(';') {
            continue;
        }
        match columns(row) {
            Some(columns) => take(&columns, prefer_requested, &mut log),
            None => {
                log.malformed += 1;
                log.first_malformed.get_or_insert(number);
            }
        }
    }
    Ok(log)
}

/// About 30,000 years: what lies beyond cannot be simulated.
const MOST_SECONDS: i64 = 1_000_000_000_000;

/// The columns that are needed; further ones, and fractions in those that are not, do no harm.
struct Columns {
    submit: i64,
    run_time: i64,
    allocated: i64,
    requested: i64,
    user: i64,
    group: i64,
}

fn columns(row: &str) -> Option<Columns> {
    let fields: Vec<&str> = row.split_ascii_whitespace().collect();
    if fields.len() < 18 {
        return None;
    }
    let whole = |column: usize| fields[column - 1].parse::<i64>().ok();
    // Some logs write whole seconds with a fraction of zero, or halves; seconds are rounded to the nearest.
    let seconds = |column: usize| {
        whole(column)
            .or_else(|| {
                let value = fields[column - 1].parse::<f64>().ok().filter(|value| value.abs() < 1e15)?;
                Some(value.round() as i64)
            })
            .filter(|seconds| *seconds <= MOST_SECONDS)
    };
    Some(Columns {
        submit: seconds(2)?,
        run_time: seconds(4)?,
        allocated: whole(5)?,
        requested: whole(8)?,
        user: whole(12)?,
        group: whole(13)?,
    })
}

fn take(columns: &Columns, prefer_requested: bool, log: &mut SwfLog) {
    let (first, second) = match prefer_requested {
        true => (columns.requested, columns.allocated),
        false => (columns.allocated, columns.requested),
    };
    let processors = if first > 0 { first } else { second };
    if columns.submit < 0 {
        log.without_submit_time += 1;
    } else if columns.run_time <= 0 {
        log.without_run_time += 1;
    } else if let Ok(processors @ 1..) = u32::try_from(processors) {
        let Columns { submit, run_time, user, group, .. } = *columns;
        log.jobs.push(SwfJob { submit, run_time, processors, user, group });
    } else {
        log.without_processors += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_used_or_counted_by_reason() {
        let text = "; a comment\n\
            1 0 0 10 2 -1 -1 2 -1 -1 1 7 3 -1 -1 -1 -1 -1\n\
            2 5 0 -1 2 -1 -1 2 -1 -1 1 7 3 -1 -1 -1 -1 -1\n\
            3 5 0 10 -1 0.5 -1 4 -1 -1 1 8 3 -1 -1 -1 -1 -1 extra\n\
            4 5 0 10 0 -1 -1 0 -1 -1 1 7 3 -1 -1 -1 -1 -1\n\
            5 -1 0 10 1 -1 -1 1 -1 -1 1 7 3 -1 -1 -1 -1 -1\n\
            6 five 0 10 1 -1 -1 1 -1 -1 1 7 3 -1 -1 -1 -1 -1\n\
            6 5 0 9223372036854775807 1 -1 -1 1 -1 -1 1 7 3 -1 -1 -1 -1 -1\n\
            7 9\n\n";
        let log = parse(text.as_bytes(), false).unwrap();
        assert_eq!(log.jobs.iter().map(|job| (job.submit, job.processors)).collect::<Vec<_>>(), [(0, 2), (5, 4)]);
        assert_eq!((log.without_run_time, log.without_processors, log.without_submit_time), (1, 1, 1));
        assert_eq!((log.malformed, log.first_malformed, log.dropped()), (3, Some(7), 6));
    }
}

//! Finished replications on disk, so that none is computed twice.
//!
//! A journal is a header and a sequence of checksummed records in the order of the tasks, one per replication and arm.
//! It is only ever appended to, by one run at a time. What a kill left half written fails its checksum, is cut off, and
//! computed again. The journal is a store of work, not a result: it lies beside the results as `.journal`.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::simulation::{Measure, Outcome};

const MAGIC: &[u8] = b"overspill journal 1\n";
/// A record larger than this is not one.
const LARGEST_RECORD: u32 = 1 << 30;
/// Bytes before a record: its length and its checksum.
const PREFIX: usize = 8;

/// A journal that is open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
}

/// Why a journal could not be kept.
#[derive(Debug)]
pub struct JournalError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to keep the journal {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Journal {
    /// Opens the journal at `path` for the experiment that `key` identifies, and gives every record that it holds already
    /// to `recall`, in order. A journal of another experiment, or any if `fresh`, begins anew.
    ///
    /// # Errors
    /// If the file cannot be read or written, or another run has it open.
    pub fn open(path: &Path, key: &str, fresh: bool, recall: &mut dyn FnMut(Outcome)) -> Result<Self, JournalError> {
        let error = |source| JournalError { path: path.to_owned(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(error)?;
        lock(&file).map_err(error)?;
        let header = [MAGIC, key.as_bytes(), b"\n"].concat();
        let end = if fresh { 0 } else { recall_all(&mut file, &header, recall).map_err(error)? };
        file.set_len(end).map_err(error)?;
        file.seek(SeekFrom::End(0)).map_err(error)?;
        if end == 0 {
            file.write_all(&header).map_err(error)?;
        }
        Ok(Self { path: path.to_owned(), file, buffer: Vec::new() })
    }

    /// Appends a record. It survives the end of this process once the call returns.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&mut self, outcome: &Outcome) -> Result<(), JournalError> {
        self.buffer.clear();
        self.buffer.extend([0; PREFIX]);
        encode(outcome, &mut self.buffer);
        let (prefix, record) = self.buffer.split_at_mut(PREFIX);
        prefix[..4].copy_from_slice(&(record.len() as u32).to_le_bytes());
        prefix[4..].copy_from_slice(&crc32fast::hash(record).to_le_bytes());
        self.file.write_all(&self.buffer).map_err(|source| self.error(source))
    }

    /// Makes what was appended survive a power cut. The room for records is given back: a large market's are megabytes.
    ///
    /// # Errors
    /// If the file cannot be synchronised.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.buffer = Vec::new();
        self.file.sync_data().map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> JournalError {
        JournalError { path: self.path.clone(), source }
    }
}

/// Records have no number but their place: two runs that append to one journal would spoil it.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another run is at work in this folder")),
        // Not every file system has locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Recalls all sound records and returns where they end; 0 if the header is another.
fn recall_all(file: &mut File, header: &[u8], recall: &mut dyn FnMut(Outcome)) -> io::Result<u64> {
    let mut reader = BufReader::new(file);
    let mut found = vec![0; header.len()];
    if !read_fully(&mut reader, &mut found)? || found != header {
        return Ok(0);
    }
    let mut end = header.len() as u64;
    let mut prefix = [0; PREFIX];
    while read_fully(&mut reader, &mut prefix)? {
        let (length, checksum) = prefix.split_at(4);
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
        if length > LARGEST_RECORD {
            break;
        }
        let mut record = vec![0; length as usize];
        let sound = read_fully(&mut reader, &mut record)? && crc32fast::hash(&record).to_le_bytes() == checksum;
        let Some(outcome) = sound.then(|| decode(&record)).flatten() else { break };
        recall(outcome);
        end += PREFIX as u64 + u64::from(length);
    }
    Ok(end)
}

/// Fills the buffer; false if the file ends before.
fn read_fully(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn encode(outcome: &Outcome, bytes: &mut Vec<u8>) {
    // Room for all of it at once: a series may be as long as what grows by doubling would waste.
    bytes.reserve(outcome.digest.len() + 8 * (2 + 2 * outcome.measures.len() + outcome.series.len()));
    bytes.extend(outcome.digest);
    bytes.extend(outcome.events.to_le_bytes());
    bytes.extend((outcome.measures.len() as u64).to_le_bytes());
    for measure in &outcome.measures {
        bytes.extend(measure.numerator.to_le_bytes());
        bytes.extend(measure.denominator.to_le_bytes());
    }
    outcome.series.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
}

fn decode(bytes: &[u8]) -> Option<Outcome> {
    let (digest, rest) = bytes.split_first_chunk::<32>()?;
    let mut words = rest.chunks_exact(8).map(|word| <[u8; 8]>::try_from(word).unwrap_or_default());
    let events = u64::from_le_bytes(words.next()?);
    let count = u64::from_le_bytes(words.next()?);
    let mut numbers = words.map(f64::from_le_bytes);
    let measures = (0..count)
        .map(|_| Some(Measure { numerator: numbers.next()?, denominator: numbers.next()? }))
        .collect::<Option<Vec<_>>>()?;
    Some(Outcome { measures, series: numbers.collect(), digest: *digest, events, requests: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(n: u64) -> Outcome {
        let measure = Measure { numerator: n as f64, denominator: 2.0 };
        Outcome {
            measures: vec![measure; 3],
            series: vec![0.5, n as f64],
            digest: [n as u8; 32],
            events: n,
            requests: None,
        }
    }

    fn recalled(path: &Path, key: &str, fresh: bool) -> (Journal, Vec<u64>) {
        let mut seen = Vec::new();
        let journal = Journal::open(path, key, fresh, &mut |outcome| seen.push(outcome.events)).unwrap();
        (journal, seen)
    }

    #[test]
    fn what_was_appended_is_recalled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = recalled(&path, "a", false);
        (0..3).for_each(|n| journal.append(&outcome(n)).unwrap());
        drop(journal);
        let mut whole = Vec::new();
        Journal::open(&path, "a", false, &mut |outcome| whole.push(outcome)).unwrap();
        assert_eq!(whole, [outcome(0), outcome(1), outcome(2)]);
        assert!(recalled(&path, "another experiment", false).1.is_empty());
    }

    /// A kill may cut the file anywhere: whole records before the cut are kept, the rest is written again.
    #[test]
    fn a_journal_cut_anywhere_keeps_its_whole_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = recalled(&path, "a", false);
        (0..3).for_each(|n| journal.append(&outcome(n)).unwrap());
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let header = MAGIC.len() + 2;
        let record = (whole.len() - header) / 3;
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, seen) = recalled(&path, "a", false);
            let kept = cut.saturating_sub(header) / record;
            assert_eq!(seen.len(), kept, "cut at {cut}");
            (kept as u64..3).for_each(|n| journal.append(&outcome(n)).unwrap());
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_ends_the_journal_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = recalled(&path, "a", false);
        (0..3).for_each(|n| journal.append(&outcome(n)).unwrap());
        drop(journal);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(recalled(&path, "a", false).1, [0]);
    }
}

//! The folder of an experiment's records: which are there, and which are still to be written.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::names::Names;
use super::writer::{Writer, files_of};
use crate::experiment::{RecordBook, RecordError, RecordStore};
use crate::report::{ReportError, remove_partial, write_atomically};
use crate::scenario::Plan;

/// `records/` in the folder of an experiment, with a mark beside it (`.records`) of the experiment whose they are.
pub struct RecordFolder<'p> {
    plan: &'p Plan,
    path: PathBuf,
    mark: PathBuf,
}

impl<'p> RecordFolder<'p> {
    /// The records of `plan` in the folder of its experiment. Nothing is written yet.
    #[must_use]
    pub fn new(plan: &'p Plan, experiment: &Path) -> Self {
        Self { plan, path: experiment.join("records"), mark: experiment.join(".records") }
    }

    /// Where they are.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Are any wanted at all?
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.plan.records.tables.is_empty()
    }

    fn folder_of(&self, arm: usize, replication: u64) -> PathBuf {
        self.path.join(folder_name(&self.plan.arms[arm].name)).join(replication.to_string())
    }
}

/// The name of an arm as that of a folder on every system: what is no letter, digit, `-` or `_` becomes `%` and its code.
fn folder_name(arm: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    arm.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn remove(path: &Path) -> Result<(), ReportError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(ReportError::io(path)(error)),
        _ => Ok(()),
    }
}

impl RecordStore for RecordFolder<'_> {
    fn open(&self, key: &str, fresh: bool) -> Result<(), RecordError> {
        let key = format!("{key} epoch {}\n", self.plan.epoch);
        let mark = match fs::read(&self.mark) {
            Ok(mark) => Some(mark),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(ReportError::io(&self.mark)(error).into()),
        };
        let is_ours = mark.as_deref() == Some(key.as_bytes());
        if mark.is_some() && (fresh || !is_ours) {
            remove(&self.path)?;
        }
        if mark.is_none() && self.is_wanted() && self.path.exists() {
            let path = self.path.display();
            return Err(format!("`{path}` was not written by this program; move it away").into());
        }
        match (self.is_wanted(), is_ours, mark.is_some()) {
            (true, false, _) => Ok(write_atomically(&self.mark, key.as_bytes())?),
            // Records of another experiment are gone, and so is their mark.
            (false, false, true) => Ok(fs::remove_file(&self.mark).map_err(ReportError::io(&self.mark))?),
            _ => Ok(()),
        }
    }

    fn lacks(&self, arm: usize, replication: u64) -> bool {
        let wanted = &self.plan.records;
        let folder = self.folder_of(arm, replication);
        let mut files = wanted.tables.iter().flat_map(|table| files_of(*table));
        replication < wanted.replications && files.any(|file| !folder.join(file).with_extension("parquet").exists())
    }

    fn begin<'s>(&'s self, arm: usize, replication: u64) -> Result<Box<dyn RecordBook + 's>, RecordError> {
        let folder = self.folder_of(arm, replication);
        fs::create_dir_all(&folder).map_err(ReportError::io(&folder))?;
        remove_partial(&folder);
        let arm = &self.plan.arms[arm];
        let names = Names { model: &arm.model, arm: &arm.name, replication, epoch: self.plan.epoch };
        Ok(Box::new(Writer::create(&folder, &self.plan.records.tables, names)?))
    }
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn arms_of_any_name_have_folders_of_their_own() {
        assert_eq!(folder_name("low-price_2"), "low-price_2");
        assert_eq!(folder_name("../a b"), "%2E%2E%2Fa%20b");
        assert_eq!(folder_name("ü"), "%C3%BC");
        assert_ne!(folder_name("a/b"), folder_name("a%2Fb"));
    }
}

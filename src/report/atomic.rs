//! Files that are either whole or not there.
//!
//! A file is written under a temporary name in its own folder, forced to the disk, and then renamed. A
//! reader, or a run that was killed and goes on, never meets half a file under the final name.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::ReportError;

/// How the temporary names begin.
const PARTIAL: &str = ".partial-";

/// A file in the making: give [`partial`](Self::partial) to whatever writes it, then
/// [`commit`](Self::commit). Dropped before that, it leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    partial: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl AtomicFile {
    /// Plans the file `target`; its folder must exist. Nothing is created yet.
    ///
    /// The temporary name keeps the extension, from which some writers tell the format, and holds the
    /// process number, because several shards may write into one folder.
    pub fn new(target: &Path) -> Self {
        let mut name = OsString::from(format!("{PARTIAL}{}-", process::id()));
        name.push(target.file_name().unwrap_or_default());
        Self { partial: target.with_file_name(name), target: target.to_owned(), committed: false }
    }

    /// The temporary name under which the content is to be written.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// The name the file will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Forces the content to the disk and gives the file its name, replacing an older one.
    ///
    /// # Errors
    /// [`ReportError::Io`] if the file was never written, or cannot be synchronised or renamed.
    pub fn commit(mut self) -> Result<(), ReportError> {
        self.publish().map_err(ReportError::io(&self.target))?;
        self.committed = true;
        Ok(())
    }

    fn publish(&self) -> io::Result<()> {
        File::options().write(true).open(&self.partial)?.sync_all()?;
        fs::rename(&self.partial, &self.target)?;
        sync_folder(&self.target)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.committed {
            // The error that led here is the one to tell; a file that was never created is no fault.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Removes what killed runs left half written in `folder`. Nobody may be writing there.
pub fn remove_partial(folder: &Path) {
    // Leftovers are untidy, not wrong: there is nothing to tell if one cannot be removed.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PARTIAL)) {
        let _ = fs::remove_file(entry.path());
    }
}

/// Writes `content` to `target` in one step.
///
/// # Errors
/// [`ReportError::Io`] if any step fails; an older file of that name is then still in place.
pub fn write_atomically(target: &Path, content: &[u8]) -> Result<(), ReportError> {
    let file = AtomicFile::new(target);
    fs::write(file.partial(), content).map_err(ReportError::io(target))?;
    file.commit()
}

/// Makes a rename durable: on Unix the new name lives in the folder, which has a cache of its own.
#[cfg(unix)]
fn sync_folder(target: &Path) -> io::Result<()> {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("folder is readable");
        entries.map(|entry| entry.expect("entry is readable").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_written_file_replaces_the_older_one_and_stands_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let target = folder.path().join("a.csv");
        for content in ["old and long", "new"] {
            write_atomically(&target, content.as_bytes()).expect("folder is writable");
            assert_eq!(fs::read_to_string(&target).expect("file exists"), content);
        }
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_file_given_up_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = AtomicFile::new(&folder.path().join("a.png"));
        assert_eq!(file.partial().extension().and_then(|extension| extension.to_str()), Some("png"));
        fs::write(file.partial(), "half").expect("folder is writable");
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let error = write_atomically(&folder.path().join("no/a.csv"), b"x").expect_err("no such folder");
        assert!(matches!(error, ReportError::Io { .. }));
        assert!(error.to_string().contains("a.csv"));
    }
}

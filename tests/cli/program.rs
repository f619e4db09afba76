//! Runs the program in a folder of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::read_back::ReadBack;

/// Nothing that is tested here takes nearly as long: what does, hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// A fresh folder in which the program is run.
pub(crate) struct Folder {
    folder: TempDir,
}

/// How a run of the program went.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A folder that holds one file.
    pub(crate) fn with(name: &str, text: &str) -> Self {
        let folder = Self::new();
        folder.write(name, text);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the temporary folder is writable");
    }

    /// The program with these arguments, separated by spaces, ready to be started in the folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_overspill"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command.env("NO_COLOR", "1").env_remove("COLUMNS");
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ended {
        self.run_with(arguments, &[])
    }

    /// Runs the program; `more` are arguments that may hold spaces.
    pub(crate) fn run_with(&self, arguments: &str, more: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        command.args(more);
        let output = assert_cmd::Command::from_std(command).timeout(LONGEST).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Everything below a folder, by its path from there, sorted.
    pub(crate) fn files(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(name), "", &mut files);
        files
    }

    pub(crate) fn parquet(&self, name: &str) -> ReadBack {
        ReadBack::of(&self.path(name))
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let entry = entry.expect("the folder is readable");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("the file is readable"));
        }
    }
}

impl Ended {
    /// The same, if it ended well.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self}"))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        write!(f, "exit code: {code}\n----- stdout -----\n{}\n----- stderr -----\n{}", self.stdout, self.stderr)
    }
}

/// Compares with a snapshot, in which times and digests are left open.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, ended: &Ended) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(r"\d+\.\d\d s on \d+ threads?", "[time]");
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[digest]");
    settings.bind(|| insta::assert_snapshot!(name, ended));
}

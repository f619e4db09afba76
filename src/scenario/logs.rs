//! Job logs that a scenario replays: found, read once, and judged.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::Diagnostics;
use super::node::Node;
use super::swf::{SwfLog, read_swf};
use crate::units::SimDuration;

/// Logs by path and preferred column of processors, each read once however many arms replay it.
pub(super) struct Logs<'a> {
    /// Paths are relative to this folder.
    folder: &'a Path,
    horizon: Option<SimDuration>,
    read: Vec<((PathBuf, bool), Arc<SwfLog>)>,
}

impl<'a> Logs<'a> {
    pub(super) fn new(folder: &'a Path, horizon: Option<SimDuration>) -> Self {
        Self { folder, horizon, read: Vec::new() }
    }

    /// Reads the log `name`, which stands at `node` in the table `table`.
    pub(super) fn load(
        &mut self,
        node: &Node,
        (name, table): (&str, &str),
        prefer_requested: bool,
        d: &mut Diagnostics,
    ) -> Option<Arc<SwfLog>> {
        let path = self.folder.join(name);
        match self.read(&path, prefer_requested) {
            Ok(log) => self.is_usable(&log, name, node, d).then_some(log),
            Err(error) => {
                d.error(&node.at, format!("the log `{name}` cannot be read: {error}"), "looked for here").help(
                    format!(
                        "{} was tried; set the path here (relative to the scenario), or by --set {table}.log=PATH. \
                     Logs are to be had from the Parallel Workloads Archive",
                        path.display()
                    ),
                );
                None
            }
        }
    }

    fn read(&mut self, path: &Path, prefer_requested: bool) -> io::Result<Arc<SwfLog>> {
        let key = (path.to_owned(), prefer_requested);
        if let Some((_, log)) = self.read.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(log));
        }
        let log = Arc::new(read_swf(path, prefer_requested)?);
        self.read.push((key, Arc::clone(&log)));
        Ok(log)
    }

    /// Reports what is wrong with a log; false if nothing of it could be replayed.
    fn is_usable(&self, log: &SwfLog, name: &str, node: &Node, d: &mut Diagnostics) -> bool {
        let Some(first) = log.jobs.iter().map(|job| SimDuration::from_seconds(job.submit)).min() else {
            let message = format!("the log `{name}` holds no job that could be replayed");
            d.error(&node.at, message, "no usable row").help(match log.dropped() {
                0 => "the file has no rows; a log has one job per row, in 18 columns of numbers".to_owned(),
                dropped => format!("{dropped} rows were dropped: {}", dropped_rows(log)),
            });
            return false;
        };
        if self.horizon.is_some_and(|horizon| first >= horizon) {
            let message = format!("no job of the log `{name}` arrives before the horizon");
            d.error(&node.at, message, "all too late").help(format!(
                "the first arrives {:.0} h after the log's start: raise `horizon`, or subtract that from column 2",
                first.as_hours()
            ));
            return false;
        }
        if log.malformed > 0 {
            let line = log.first_malformed.unwrap_or(0);
            d.warning(&node.at, format!("the log `{name}` has {} malformed rows", log.malformed), "dropped")
                .help(format!("the first is on line {line}; a row has 18 columns of numbers"));
        }
        true
    }

    /// What was read and what was dropped, a sentence per log.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |path: &Path, log: &SwfLog| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            format!("{name}: {} jobs, {} rows dropped ({})", log.jobs.len(), log.dropped(), dropped_rows(log))
        };
        self.read.iter().map(|((path, _), log)| note(path, log)).collect()
    }

    /// Paths of the logs, with the digests of their content.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        self.read.iter().map(|((path, _), log)| (path.display().to_string(), log.digest.clone())).collect()
    }
}

/// What was dropped of a log, by reason.
fn dropped_rows(log: &SwfLog) -> String {
    format!(
        "{} without run time, {} without processors, {} without submit time, {} malformed",
        log.without_run_time, log.without_processors, log.without_submit_time, log.malformed
    )
}

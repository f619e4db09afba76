//! The progress bar, on a terminal only.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::experiment::results::ReplicationValues;
use crate::experiment::{Observer, ObserverError};
use crate::report::ReplicationWriter;

/// Passes finished replications on to the file of replications, and draws.
pub(super) struct Progress {
    bar: ProgressBar,
    writer: Option<ReplicationWriter>,
}

impl Progress {
    pub(super) fn new(writer: ReplicationWriter, wanted: bool) -> Self {
        let shown = wanted && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(None, target), writer: Some(writer) }
    }

    /// Takes the bar off the terminal and hands back the file.
    pub(super) fn finish(mut self) -> Option<ReplicationWriter> {
        self.bar.finish_and_clear();
        self.writer.take()
    }
}

impl Observer for Progress {
    fn started(&mut self, tasks: u64) {
        self.bar.set_length(tasks);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} replications, {eta} left");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    fn finished(&mut self, values: &ReplicationValues) -> Result<(), ObserverError> {
        self.bar.inc(1);
        if let Some(writer) = &mut self.writer {
            writer.push(values)?;
        }
        Ok(())
    }
}

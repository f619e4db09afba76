//! The results folder of an experiment.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::experiment::Estimates;
use crate::experiment::results::Summary;
use crate::report::{ReportError, plot, summary_csv, timeseries, write_atomically};
use crate::scenario::Plan;

/// Paths in the folder of one experiment.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn create(&self) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.path)
    }

    /// Finished work; not a result.
    pub(super) fn journal(&self) -> PathBuf {
        self.path.join(".journal")
    }

    pub(super) fn replications(&self) -> PathBuf {
        self.path.join("replications.parquet")
    }

    /// Writes everything that is made when the run is over.
    pub(super) fn write(&self, plan: &Plan, estimates: &Estimates, summary: &Summary) -> Result<(), ReportError> {
        let at = |name: &str| self.path.join(name);
        summary_csv::write(&at("summary.csv"), summary)?;
        timeseries::write(&at("timeseries.parquet"), estimates.series())?;
        plot::timeline::render(estimates.series(), &at("timeline.svg"), &at("timeline.png"))?;
        plot::arms::render(summary, &at("arms.svg"), &at("arms.png"))?;
        let manifest = serde_json::to_string_pretty(&manifest(plan, estimates, summary)).unwrap_or_default() + "\n";
        write_atomically(&at("manifest.json"), manifest.as_bytes())
    }
}

/// What was run and what it came to, without anything that differs from one run of it to the next.
fn manifest(plan: &Plan, estimates: &Estimates, summary: &Summary) -> Json {
    let digests: Vec<(String, String)> = estimates.outcome_digests();
    let digest_of = |name: &str| digests.iter().find(|(arm, _)| arm == name).map(|(_, digest)| digest.clone());
    let arms: Vec<Json> = plan
        .arms
        .iter()
        .map(|arm| json!({ "name": arm.name, "outcome_digest": digest_of(&arm.name), "scenario": arm.resolved }))
        .collect();
    let inputs: Vec<Json> =
        plan.files.iter().map(|(name, digest)| json!({ "file": file_name(name), "sha256": digest })).collect();
    json!({
        "overspill": env!("CARGO_PKG_VERSION"),
        "experiment": plan.name,
        "scenario_digest": summary.scenario_digest,
        "seed": plan.seed,
        "replications": summary.replications,
        "baseline": plan.arms[plan.baseline].name,
        "confidence": plan.confidence,
        "events": estimates.events(),
        "inputs": inputs,
        "notes": plan.notes,
        "arms": arms,
    })
}

/// Where a file lies differs from machine to machine; its name does not.
fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

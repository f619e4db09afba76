//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::scenario::{Override, parse_tables};
use crate::simulation::Table;

const ABOUT: &str = "Simulate markets for compute capacity: slots, pools, bids and bursts";

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 unexpected failure, 2 bad usage or scenario, 4 nothing selected, 130 or 143 stopped by a signal \
(finished replications are kept, and the same command goes on where it stopped).";

#[derive(Debug, Parser)]
#[command(name = "overspill", version, about = ABOUT, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a scenario and compare its arms
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunOptions),
    /// Check a scenario file and report every fault, without running it
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateOptions),
}

const RUN_EXAMPLES: &str = "\
Examples:
  overspill run scenarios/quickstart.toml
  overspill run scenarios/quickstart.toml --replications 200 --seed 7 -o results/longer
  overspill run scenarios/quickstart.toml --set pool.lab.slots=25 --arm burst --json
  overspill run scenarios/quickstart.toml --records=requests,billing --record-replications 3
  overspill run scenarios/lcg.toml --set group.grid.replay.log=/data/LCG-2005-1.swf.gz

The results folder holds manifest.json, replications.parquet, summary.csv, timeseries.parquet and two plots, each as \
SVG and PNG. Finished replications are kept there: a run that was stopped, or is asked for more replications, goes on.";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  overspill validate scenarios/quickstart.toml
  overspill validate scenarios/quickstart.toml --set pool.lab.slots=0";

#[derive(Debug, Args)]
pub(super) struct ScenarioOptions {
    /// Scenario file (TOML)
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Change one value: a dotted path and TOML, as in `pool.lab.slots=50` (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = parse_override)]
    pub(super) overrides: Vec<Override>,
}

#[derive(Debug, Args)]
pub(super) struct RunOptions {
    #[command(flatten)]
    pub(super) scenario: ScenarioOptions,
    /// Folder of this experiment [default: results/NAME]
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Threads; results do not depend on it [default: all cores]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(super) threads: Option<u16>,
    /// Seed of all random streams, in place of the scenario's
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Replications per arm, in place of the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(super) replications: Option<u64>,
    /// Run this arm only (repeatable)
    #[arg(long = "arm", value_name = "NAME")]
    pub(super) arms: Vec<String>,
    /// Write full records: these tables (requests,leases,billing and so on), or all of them
    #[arg(
        long,
        value_name = "TABLES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all",
        value_parser = parse_records
    )]
    pub(super) records: Option<Tables>,
    /// Of so many replications of each arm, the first ones [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(super) record_replications: Option<u64>,
    /// Compute everything anew, reuse nothing
    #[arg(long)]
    pub(super) fresh: bool,
    /// Show what would be run, and run nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Show no progress bar (there is none either if stderr is no terminal)
    #[arg(long)]
    pub(super) no_progress: bool,
    /// Form of the results on stdout
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(super) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// Print nothing but the results
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Print every metric of every scope
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

impl RunOptions {
    pub(super) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

#[derive(Debug, Args)]
pub(super) struct ValidateOptions {
    #[command(flatten)]
    pub(super) scenario: ScenarioOptions,
    /// Print nothing if the scenario is sound
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for people
    Table,
    /// One JSON object
    Json,
    /// The rows of summary.csv
    Csv,
    /// Tables in Markdown
    Markdown,
}

/// Tables of the records. A type of its own: a list would be a value that may be given several times.
#[derive(Clone, Debug)]
pub(super) struct Tables(pub(super) Vec<Table>);

fn parse_records(text: &str) -> Result<Tables, String> {
    parse_tables(text).map(Tables)
}

fn parse_override(text: &str) -> Result<Override, String> {
    let (path, value) = text.split_once('=').ok_or("write a path and a value, as in pool.lab.slots=50")?;
    if path.trim().is_empty() {
        return Err("the path before `=` is empty".to_owned());
    }
    Ok(Override { path: path.trim().to_owned(), value: value.trim().to_owned() })
}

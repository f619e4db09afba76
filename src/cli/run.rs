//! `overspill run`

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use super::arguments::{Format, RunOptions};
use super::exit::Code;
use super::folder::Folder;
use super::output::{self, tell};
use super::progress::Progress;
use super::scenario::load_or_explain;
use crate::experiment::results::Summary;
use crate::experiment::{Estimates, ExperimentError, Finished, Request};
use crate::report::{
    self, RecordFolder, ReplicationWriter, ReportError, headlines, markdown, remove_partial, summary_csv, table,
};
use crate::scenario::Plan;

pub(super) fn run(options: &RunOptions) -> Code {
    let mut plan = match load_or_explain(&options.scenario) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    if let Err(code) = select(&mut plan, options) {
        return code;
    }
    let folder = Folder::new(options.output.clone().unwrap_or_else(|| PathBuf::from("results").join(&plan.name)));
    let done = match options.dry_run {
        true => describe(&plan, &folder).map(|()| Code::Done).map_err(Into::into),
        false => execute(&plan, &folder, options),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tell(format_args!("error: {error}"));
            Code::Failure
        }
    }
}

/// Seed, replications and arms as the command line wants them.
fn select(plan: &mut Plan, options: &RunOptions) -> Result<(), Code> {
    plan.seed = options.seed.unwrap_or(plan.seed);
    plan.replications = options.replications.unwrap_or(plan.replications);
    if let Some(tables) = &options.records {
        plan.records.tables.clone_from(&tables.0);
    }
    plan.records.replications = options.record_replications.unwrap_or(plan.records.replications);
    if options.arms.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = plan.arms.iter().map(|arm| arm.name.clone()).collect();
    if let Some(unknown) = options.arms.iter().find(|arm| !names.contains(arm)) {
        tell(format_args!("error: there is no arm `{unknown}`; arms are: {}", names.join(", ")));
        return Err(Code::NothingSelected);
    }
    let baseline = plan.arms[plan.baseline].name.clone();
    plan.arms.retain(|arm| options.arms.contains(&arm.name));
    plan.baseline = plan.arms.iter().position(|arm| arm.name == baseline).unwrap_or(0);
    Ok(())
}

fn describe(plan: &Plan, folder: &Folder) -> io::Result<()> {
    let mut lines = vec![
        format!("experiment   {}", plan.name),
        format!("digest       {}", plan.digest()),
        format!("seed         {}", plan.seed),
        format!("replications {} of each arm", plan.replications),
    ];
    for arm in &plan.arms {
        let model = &arm.model;
        lines.push(format!(
            "arm          {}: pools {}, groups {}, members {}, {} h after {} h of warm-up",
            arm.name,
            model.pools.len(),
            model.groups.len(),
            model.members.len(),
            model.window().as_hours(),
            model.warm_up.as_hours()
        ));
    }
    lines.extend(plan.notes.iter().map(|note| format!("input        {note}")));
    lines.push(format!("results      {}", folder.path().display()));
    output::print(&(lines.join("\n") + "\n"))
}

fn execute(plan: &Plan, folder: &Folder, options: &RunOptions) -> Result<Code, Box<dyn std::error::Error>> {
    // The clock tells people how long it took, on stderr; it reaches no result.
    #[allow(clippy::disallowed_methods)]
    let begin = Instant::now();
    let signals = Signals::listen()?;
    folder.create().map_err(|error| format!("failed to create the folder {}: {error}", folder.path().display()))?;
    let estimates = Estimates::new(plan);
    let writer = ReplicationWriter::new(&folder.replications(), estimates.metrics())?;
    let mut progress = Progress::new(writer, !options.no_progress && !options.quiet);
    let journal = folder.journal();
    let threads = options.threads.map_or_else(all_cores, usize::from);
    let records = RecordFolder::new(plan, folder.path());
    let (fresh, cancel) = (options.fresh, &*signals.cancel);
    let request = Request { plan, threads, journal: &journal, fresh, cancel, records: Some(&records) };
    let finished = crate::experiment::run(&request, estimates, &mut progress).map_err(told)?;
    let writer = progress.finish();
    if finished.cancelled {
        let tasks = plan.replications * plan.arms.len() as u64;
        tell(format_args!(
            "stopped: finished work of {tasks} tasks is kept in {}; the same command goes on",
            folder.path().display()
        ));
        return Ok(Code::Signal(signals.number()));
    }
    if let Some(writer) = writer {
        writer.finish()?;
    }
    let summary = summary(plan, &finished.estimates);
    folder.write(plan, &finished.estimates, &summary)?;
    remove_partial(folder.path());
    print(&summary, options)?;
    if !options.quiet {
        say_how_it_went(plan, &finished, folder, begin, threads);
        if records.is_wanted() {
            let replications = plan.records.replications.min(plan.replications);
            let plural = if replications == 1 { "" } else { "s" };
            let path = records.path().display();
            tell(format_args!("full records of {replications} replication{plural} of each arm in {path}"));
        }
    }
    Ok(Code::Done)
}

fn told(error: ExperimentError) -> Box<dyn std::error::Error> {
    Box::new(error)
}

fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn summary(plan: &Plan, estimates: &Estimates) -> Summary {
    Summary {
        experiment: plan.name.clone(),
        scenario_digest: plan.digest(),
        seed: plan.seed,
        replications: estimates.replications(),
        estimates: estimates.estimates(),
        differences: estimates.differences(),
    }
}

fn print(summary: &Summary, options: &RunOptions) -> Result<(), ReportError> {
    let text = match options.format() {
        Format::Table if options.verbose => table::complete(summary, width()),
        Format::Table => table::headline(summary, &headlines(summary), width()),
        Format::Json => report::json::json(summary),
        Format::Csv => summary_csv::csv(summary),
        Format::Markdown if options.verbose => markdown::markdown(summary, &|_| true),
        Format::Markdown => markdown::markdown(summary, &headlines(summary)),
    };
    output::print(&text).map_err(|source| ReportError::Io { path: PathBuf::from("standard output"), source })
}

/// Columns of the terminal; plenty where there is none.
fn width() -> u16 {
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = stated.unwrap_or_else(|| if io::stdout().is_terminal() { terminal_width() } else { 120 });
    width.max(60)
}

fn terminal_width() -> u16 {
    terminal_size::terminal_size().map_or(100, |(terminal_size::Width(columns), _)| columns)
}

fn say_how_it_went(plan: &Plan, finished: &Finished, folder: &Folder, begin: Instant, threads: usize) {
    let seconds = begin.elapsed().as_secs_f64();
    for note in &plan.notes {
        tell(format_args!("{note}"));
    }
    let tasks = plan.replications * plan.arms.len() as u64;
    let reused = match finished.recalled {
        0 => String::new(),
        recalled => format!(", {recalled} of them from before (--fresh computes them anew)"),
    };
    tell(format_args!(
        "{tasks} replications{reused}, {:.3} million events, {seconds:.2} s on {threads} threads; results in {}",
        finished.estimates.events() as f64 / 1e6,
        folder.path().display()
    ));
}

/// SIGINT and SIGTERM ask the run to stop after what is being computed; a second one stops at once.
struct Signals {
    cancel: Arc<AtomicBool>,
    number: Arc<AtomicUsize>,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let signals = Self { cancel: Arc::default(), number: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signals.cancel))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&signals.number), signal as usize)?;
            signal_hook::flag::register(signal, Arc::clone(&signals.cancel))?;
        }
        Ok(signals)
    }

    fn number(&self) -> u8 {
        u8::try_from(self.number.load(Ordering::Relaxed)).unwrap_or(2)
    }
}

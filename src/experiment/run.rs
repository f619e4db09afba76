//! Runs an experiment: recalls what is finished, computes the rest.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::estimates::Estimates;
use super::journal::{Journal, JournalError};
use super::offline;
use super::records::{RecordError, RecordStore, keep};
use super::results::ReplicationValues;
use super::schedule::in_order;
use crate::scenario::Plan;
use crate::simulation::{Measure, Outcome, ReplicationError, replicate, replicate_recorded};

/// What to run, and how.
pub struct Request<'a> {
    /// The checked scenario.
    pub plan: &'a Plan,
    /// Number of threads; results do not depend on it.
    pub threads: usize,
    /// Where finished work is kept.
    pub journal: &'a Path,
    /// Compute everything anew?
    pub fresh: bool,
    /// Set it to stop: what is finished is kept.
    pub cancel: &'a AtomicBool,
    /// Where full records go, if there are to be any.
    pub records: Option<&'a dyn RecordStore>,
}

/// Why an observer could not take a result.
pub type ObserverError = Box<dyn std::error::Error + Send + Sync>;

/// Is told of every finished replication, in order and one at a time, by whichever thread it may be.
pub trait Observer: Send {
    /// Before anything else: so many tasks in all.
    fn started(&mut self, tasks: u64);
    /// A replication of an arm is finished, or was recalled from the journal.
    ///
    /// # Errors
    /// Whatever keeps the observer from taking the result; it ends the run.
    fn finished(&mut self, values: &ReplicationValues) -> Result<(), ObserverError>;
}

/// How the run ended.
#[derive(Debug)]
pub struct Finished {
    /// What was estimated, over the replications that all arms completed.
    pub estimates: Estimates,
    /// Tasks that had been finished before and were not computed again.
    pub recalled: u64,
    /// Was it cancelled before its end?
    pub cancelled: bool,
    /// Keeps other runs out of the folder until it is dropped.
    pub journal: Journal,
}

/// Why a run failed. What was finished before is kept in the journal.
#[derive(Debug)]
pub enum ExperimentError {
    /// Finished work could not be kept.
    Journal(JournalError),
    /// A replication came to no outcome.
    Replication {
        /// Name of the arm.
        arm: String,
        /// Number of the replication.
        replication: u64,
        /// Why not.
        error: ReplicationError,
    },
    /// The best that could have been done with the requests of a replication was asked for, and cannot be found.
    Optimum {
        /// Name of the arm.
        arm: String,
        /// Number of the replication.
        replication: u64,
        /// Why not.
        message: String,
    },
    /// The records of a replication could not be kept.
    Records(RecordError),
    /// A replication that was computed again for its records came to something else.
    Changed {
        /// Name of the arm.
        arm: String,
        /// Number of the replication.
        replication: u64,
    },
    /// The observer could not take a result.
    Observer(ObserverError),
}

impl fmt::Display for ExperimentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Replication { arm, replication, error } => {
                write!(f, "replication {replication} of arm {arm} has no outcome: {error}")
            }
            Self::Optimum { arm, replication, message } => {
                write!(f, "replication {replication} of arm {arm} has {message}")
            }
            Self::Records(error) => error.fmt(f),
            Self::Changed { arm, replication } => {
                write!(
                    f,
                    "replication {replication} of arm {arm} came to something else when it was run for its records"
                )
            }
            Self::Observer(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExperimentError {}

impl From<JournalError> for ExperimentError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// Why a task failed, as its worker tells it.
enum Failure {
    Replication(ReplicationError),
    Optimum(String),
    Records(RecordError),
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::Records(error)
    }
}

impl Failure {
    fn of(self, arm: &str, replication: u64) -> ExperimentError {
        let arm = arm.to_owned();
        match self {
            Self::Replication(error) => ExperimentError::Replication { arm, replication, error },
            Self::Optimum(message) => ExperimentError::Optimum { arm, replication, message },
            Self::Records(error) => ExperimentError::Records(error),
        }
    }
}

/// Runs the experiment. `estimates` are those of its plan, to which nothing has been added yet.
///
/// # Errors
/// [`ExperimentError`] says why; what was finished before is kept.
pub fn run(
    request: &Request<'_>,
    mut estimates: Estimates,
    observer: &mut dyn Observer,
) -> Result<Finished, ExperimentError> {
    let plan = request.plan;
    let arms = plan.arms.len() as u64;
    let tasks = arms * plan.replications;
    observer.started(tasks);
    let (mut journal, recalled, lacking) = recall(request, tasks, &mut estimates, observer)?;
    let mut failure = None;
    let work = |task: u64| compute(request, (task / arms, (task % arms) as usize));
    let mut cancelled = complete_records(request, &lacking)?;
    let left = if cancelled { tasks } else { recalled };
    in_order(request.threads, left..tasks, work, |task, outcome| {
        let taken = outcome
            .map_err(|failure: Failure| failure.of(&plan.arms[(task % arms) as usize].name, task / arms))
            .and_then(|outcome| {
                journal.append(&outcome)?;
                take(task, arms, &outcome, &mut estimates, observer)
            });
        if let Err(error) = taken {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        if request.cancel.load(Ordering::Relaxed) && task + 1 < tasks {
            cancelled = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    journal.sync()?;
    failure.map_or(Ok(Finished { estimates, recalled, cancelled, journal }), Err)
}

/// Computes a replication, and keeps its records if they are wanted and not there.
fn compute(request: &Request<'_>, (replication, arm): (u64, usize)) -> Result<Outcome, Failure> {
    let model = &request.plan.arms[arm].model;
    let seed = request.plan.seed;
    let mut outcome = match request.records.filter(|records| records.lacks(arm, replication)) {
        None => replicate(model, seed, replication).map_err(Failure::Replication)?,
        Some(records) => {
            let book = records.begin(arm, replication)?;
            keep(book, |rows| replicate_recorded(model, seed, replication, rows).map_err(Failure::Replication))?
        }
    };
    offline::complete(model, &mut outcome).map_err(Failure::Optimum)?;
    Ok(outcome)
}

/// Runs recalled replications again whose records are wanted and not there; true if that was cancelled.
fn complete_records(request: &Request<'_>, lacking: &[(u64, [u8; 32])]) -> Result<bool, ExperimentError> {
    let arms = request.plan.arms.len() as u64;
    let place = |index: u64| {
        let task = lacking[index as usize].0;
        (task / arms, (task % arms) as usize)
    };
    let (mut failure, mut cancelled) = (None, false);
    let tasks = 0..lacking.len() as u64;
    in_order(
        request.threads,
        tasks,
        |index| compute(request, place(index)),
        |index, outcome| {
            let ((replication, arm), expected) = (place(index), lacking[index as usize].1);
            let name = &request.plan.arms[arm].name;
            failure = match outcome {
                Err(error) => Some(error.of(name, replication)),
                Ok(outcome) if outcome.digest != expected => {
                    Some(ExperimentError::Changed { arm: name.clone(), replication })
                }
                Ok(_) => None,
            };
            cancelled = request.cancel.load(Ordering::Relaxed);
            if failure.is_some() || cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    failure.map_or(Ok(cancelled), Err)
}

/// A journal that is open, how many tasks it held, and which of them, with their digests, lack records.
type Recalled = (Journal, u64, Vec<(u64, [u8; 32])>);

/// Takes from the journal what it holds of these tasks.
fn recall(
    request: &Request<'_>,
    tasks: u64,
    estimates: &mut Estimates,
    observer: &mut dyn Observer,
) -> Result<Recalled, ExperimentError> {
    let arms = request.plan.arms.len() as u64;
    let (mut recalled, mut failure, mut digests) = (0, None, Vec::new());
    let key = key(request.plan);
    let journal = Journal::open(request.journal, &key, request.fresh, &mut |outcome| {
        if recalled < tasks && failure.is_none() {
            failure = take(recalled, arms, &outcome, estimates, observer).err();
            if request.records.is_some() {
                digests.push(outcome.digest);
            }
            recalled += 1;
        }
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    let Some(records) = request.records else { return Ok((journal, recalled, Vec::new())) };
    records.open(&key, request.fresh).map_err(ExperimentError::Records)?;
    let lacking = (0..).zip(digests).filter(|(task, _)| records.lacks((task % arms) as usize, task / arms));
    Ok((journal, recalled, lacking.collect()))
}

fn take(
    task: u64,
    arms: u64,
    outcome: &Outcome,
    estimates: &mut Estimates,
    observer: &mut dyn Observer,
) -> Result<(), ExperimentError> {
    let (replication, arm) = (task / arms, (task % arms) as usize);
    estimates.push(arm, outcome);
    let values = outcome.measures.iter().map(Measure::value).collect();
    observer.finished(&ReplicationValues { arm, replication, values }).map_err(ExperimentError::Observer)
}

/// Identifies the experiment to its journal: what decides the results, and the program that computed them (a rebuilt
/// program computes anew).
fn key(plan: &Plan) -> String {
    let arms: Vec<&str> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
    format!("{} {} seed {} arms {}", program(), plan.digest(), plan.seed, arms.join(" "))
}

fn program() -> String {
    let metadata = std::env::current_exe().and_then(std::fs::metadata);
    let built = metadata.ok().map(|metadata| {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        (metadata.len(), modified.map_or(0, |time| time.as_nanos()))
    });
    format!("{} {built:?}", env!("CARGO_PKG_VERSION"))
}

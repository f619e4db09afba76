//! Sequences of jobs to be replayed.

use crate::units::{SimDuration, SimTime};

/// A job of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// When it was submitted.
    pub submit: SimTime,
    /// How long it ran, at speed 1.
    pub work: SimDuration,
    /// Slots.
    pub slots: u32,
    /// Who submitted it: an index into the group's members.
    pub member: u32,
}

/// Jobs in order of submission, with the names of those who submitted them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    jobs: Vec<Job>,
}

impl Sequence {
    /// A sequence of these jobs; sorted by time of submission, jobs of one instant in the order given.
    #[must_use]
    pub fn new(mut jobs: Vec<Job>) -> Self {
        jobs.sort_by_key(|job| job.submit);
        Self { jobs }
    }

    /// The jobs in order of submission.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }
}

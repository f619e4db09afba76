//! The best that could have been done with the slots, by somebody who knew all requests beforehand.

use std::collections::{BTreeMap, BTreeSet};

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

use super::AnalysisError;

/// A request that is served whole from `start` to `end`, or not at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    /// When it begins, in any unit of time.
    pub start: f64,
    /// When it ends; its slots are free again at this instant.
    pub end: f64,
    /// Slots.
    pub slots: u32,
    /// Value of a slot per unit of time; not negative.
    pub value: f64,
}

impl Job {
    fn worth(&self) -> f64 {
        self.value * f64::from(self.slots) * (self.end - self.start)
    }
}

/// The most jobs of one size that may compete.
pub const MOST_JOBS: usize = 1_000;
/// The most jobs that may compete if their sizes differ: the problem is then NP-hard.
pub const MOST_JOBS_OF_DIFFERENT_SIZES: usize = 60;

/// The greatest Σ value × slots × (end - start) over sets of jobs that never hold more than `capacity` slots at once.
///
/// One variable per job, and one constraint per start of a job, for the slots held at that instant. Jobs that compete with
/// nobody are served, and count towards no limit. If the others are all of one size, each column of the constraints has its
/// ones in a row (a job runs at consecutive starts), so that the matrix is totally unimodular and the linear program has an
/// optimum in whole numbers. Otherwise the variables are binary, and the solver branches.
///
/// # Errors
/// [`AnalysisError::InvalidJob`]; [`AnalysisError::TooManyJobs`] if more than [`MOST_JOBS`] compete, or more than
/// [`MOST_JOBS_OF_DIFFERENT_SIZES`] of different sizes; [`AnalysisError::NoOptimum`] if the solver fails.
///
/// # Source
/// E. M. Arkin, E. B. Silverberg, "Scheduling jobs with fixed start and end times", *Discrete Applied Mathematics* 18
/// (1987); integrality: A. J. Hoffman, J. B. Kruskal, "Integral Boundary Points of Convex Polyhedra" (1956).
///
/// ```
/// # use overspill::analysis::{Job, offline_optimum};
/// let job = |start, end, value| Job { start, end, slots: 1, value };
/// // One slot: the long job is worth 4, the two that overlap with it 3 and 2.
/// let best = offline_optimum(1, &[job(0.0, 4.0, 1.0), job(0.0, 1.0, 3.0), job(2.0, 4.0, 1.0)])?;
/// assert!((best - 5.0).abs() < 1e-12);
/// # Ok::<(), overspill::analysis::AnalysisError>(())
/// ```
pub fn offline_optimum(capacity: u32, jobs: &[Job]) -> Result<f64, AnalysisError> {
    jobs.iter().try_for_each(check)?;
    let mut jobs: Vec<Job> = jobs.iter().filter(|job| job.slots <= capacity && job.worth() > 0.0).copied().collect();
    jobs.sort_by(|a, b| a.start.total_cmp(&b.start));
    let crowds = crowds(capacity, &jobs)?;
    let competing: BTreeSet<usize> = crowds.iter().flatten().copied().collect();
    let alone: f64 = (0..jobs.len()).filter(|job| !competing.contains(job)).map(|job| jobs[job].worth()).sum();
    if competing.is_empty() { Ok(alone) } else { Ok(alone + best_choice(capacity, &jobs, &competing, &crowds)?) }
}

fn check(job: &Job) -> Result<(), AnalysisError> {
    let is_wrong = |number: &f64| !number.is_finite();
    let wrong = [job.start, job.end, job.value].into_iter().find(is_wrong).or((job.value < 0.0).then_some(job.value));
    wrong.map_or(Ok(()), |number| Err(AnalysisError::InvalidJob(number)))
}

/// Jobs, by number, that run at one instant and do not fit together: the largest such sets. Jobs come in order of start.
fn crowds(capacity: u32, jobs: &[Job]) -> Result<Vec<Vec<usize>>, AnalysisError> {
    let mut crowds: Vec<Vec<usize>> = Vec::new();
    let mut competing: BTreeSet<usize> = BTreeSet::new();
    let mut running: Vec<usize> = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        running.retain(|other| jobs[*other].end > job.start);
        running.push(number);
        if running.iter().map(|job| u64::from(jobs[*job].slots)).sum::<u64>() > u64::from(capacity) {
            competing.extend(&running);
            if competing.len() > MOST_JOBS {
                return Err(AnalysisError::TooManyJobs { most: MOST_JOBS });
            }
            if crowds.last().is_some_and(|last| running.starts_with(last)) {
                crowds.pop();
            }
            crowds.push(running.clone());
        }
    }
    Ok(crowds)
}

/// What the best of the competing jobs are worth.
fn best_choice(
    capacity: u32,
    jobs: &[Job],
    competing: &BTreeSet<usize>,
    crowds: &[Vec<usize>],
) -> Result<f64, AnalysisError> {
    let sizes: BTreeSet<u32> = competing.iter().map(|job| jobs[*job].slots).collect();
    let is_one_size = sizes.len() == 1;
    if !is_one_size && competing.len() > MOST_JOBS_OF_DIFFERENT_SIZES {
        return Err(AnalysisError::TooManyJobs { most: MOST_JOBS_OF_DIFFERENT_SIZES });
    }
    // Counted in jobs of the one size, whole ones only: otherwise the optimum would use the rest of the capacity.
    let unit = if is_one_size { jobs[crowds[0][0]].slots } else { 1 };
    let kind = if is_one_size { variable().bounds(0..1) } else { variable().binary() };
    let mut variables = ProblemVariables::new();
    let served: BTreeMap<usize, Variable> = competing.iter().map(|job| (*job, variables.add(kind.clone()))).collect();
    let worth: Expression = served.iter().map(|(job, served)| jobs[*job].worth() * *served).sum();
    let mut problem = variables.maximise(worth).using(microlp);
    for crowd in crowds {
        let held: Expression = crowd.iter().map(|job| f64::from(jobs[*job].slots / unit) * served[job]).sum();
        problem.add_constraint(constraint!(held <= f64::from(capacity / unit)));
    }
    let solution = problem.solve().map_err(|_| AnalysisError::NoOptimum)?;
    // Summed anew, so that the result does not carry the solver's rounding.
    let is_served = |served: &Variable| solution.value(*served) > 0.5;
    Ok(served.iter().filter(|(_, served)| is_served(served)).map(|(job, _)| jobs[*job].worth()).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job((start, length, slots, value): (u8, u8, u32, u8)) -> Job {
        let start = f64::from(start);
        Job { start, end: start + f64::from(length), slots, value: f64::from(value) }
    }

    fn by_trial(capacity: u32, jobs: &[Job]) -> f64 {
        let fits = |set: &[&Job]| {
            let held =
                |time| set.iter().filter(|job| job.start <= time && time < job.end).map(|job| job.slots).sum::<u32>();
            set.iter().all(|job| held(job.start) <= capacity)
        };
        let set =
            |bits: u32| jobs.iter().enumerate().filter(move |(n, _)| bits >> n & 1 == 1).map(|(_, job)| job).collect();
        let sets = (0..1 << jobs.len()).map(set).filter(|set: &Vec<&Job>| fits(set));
        sets.map(|set| set.iter().map(|job| job.worth()).sum()).fold(0.0, f64::max)
    }

    fn assert_optimal(capacity: u32, jobs: &[Job]) -> Result<(), TestCaseError> {
        let (found, expected) = (offline_optimum(capacity, jobs), by_trial(capacity, jobs));
        prop_assert!(found.is_ok_and(|found| (found - expected).abs() < 1e-9), "{found:?} is not {expected}");
        Ok(())
    }

    proptest! {
        #[test]
        fn no_set_of_jobs_of_one_size_is_worth_more(
            capacity in 0..9u32,
            size in 1..4u32,
            all in prop::collection::vec((0..12u8, 0..8u8, 0..20u8), 0..12),
        ) {
            let all: Vec<Job> = all.iter().map(|(start, length, value)| job((*start, *length, size, *value))).collect();
            assert_optimal(capacity, &all)?;
        }

        #[test]
        fn no_set_of_jobs_of_different_sizes_is_worth_more(
            capacity in 0..9u32,
            all in prop::collection::vec((0..12u8, 0..8u8, 0..5u32, 0..20u8), 0..12),
        ) {
            let all: Vec<Job> = all.into_iter().map(job).collect();
            assert_optimal(capacity, &all)?;
        }
    }

    #[test]
    fn who_competes_with_nobody_counts_towards_no_limit() {
        let many: Vec<Job> = (0..5_000)
            .map(|n| Job { start: f64::from(n), end: f64::from(n + 1), slots: 1 + n % 3, value: 1.0 })
            .collect();
        let expected: f64 = many.iter().map(Job::worth).sum();
        assert_eq!(offline_optimum(3, &many), Ok(expected));
    }

    #[test]
    fn too_many_are_refused() {
        let many = |count: u32, sizes: u32| -> Vec<Job> {
            (0..count)
                .map(|n| Job { start: f64::from(n), end: f64::from(n) + 1.5, slots: 1 + n % sizes, value: 1.0 })
                .collect()
        };
        assert!(offline_optimum(1, &many(1_000, 1)).is_ok());
        assert_eq!(offline_optimum(1, &many(1_001, 1)), Err(AnalysisError::TooManyJobs { most: 1_000 }));
        assert_eq!(offline_optimum(2, &many(61, 2)), Err(AnalysisError::TooManyJobs { most: 60 }));
    }

    /// As many as are allowed, and all of them in each other's way.
    #[test]
    fn the_largest_problems_are_solved_in_time() {
        let crowded = |count: u32, length: f64, sizes: u32| -> Vec<Job> {
            let job = |n: u32| Job {
                start: f64::from(n),
                end: f64::from(n) + length + f64::from(n * 7_919 % 101),
                slots: 1 + n * 31 % sizes,
                value: f64::from(1 + n * 104_729 % 97),
            };
            (0..count).map(job).collect()
        };
        assert!(offline_optimum(50, &crowded(1_000, 60.0, 1)).is_ok());
        assert!(offline_optimum(40, &crowded(60, 20.0, 13)).is_ok());
    }

    #[test]
    fn numbers_that_are_no_times_or_values_are_refused() {
        for wrong in [
            Job { start: f64::NAN, end: 1.0, slots: 1, value: 1.0 },
            Job { start: 0.0, end: f64::INFINITY, slots: 1, value: 1.0 },
            Job { start: 0.0, end: 1.0, slots: 1, value: -1.0 },
        ] {
            assert!(matches!(offline_optimum(1, &[wrong]), Err(AnalysisError::InvalidJob(_))));
        }
    }
}

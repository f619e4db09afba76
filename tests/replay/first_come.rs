//! First come, first served, written once more: the few lines that a replay must agree with to the last second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use overspill::scenario::SwfJob;
use overspill::units::TICKS_PER_SECOND;

/// Seconds that all jobs wait in all, if each starts as soon as those before it have started and its processors are
/// free. A job that ends at an instant frees its processors for one that comes then.
pub(crate) fn seconds_waited(jobs: &[SwfJob], processors: u32) -> i64 {
    let mut jobs: Vec<&SwfJob> = jobs.iter().collect();
    jobs.sort_by_key(|job| job.submit);
    let mut ends = BinaryHeap::new();
    let (mut free, mut now, mut waited) = (processors, 0, 0);
    for job in jobs {
        now = now.max(job.submit);
        while let Some(&Reverse((end, held))) = ends.peek() {
            if end > now && free >= job.processors {
                break;
            }
            now = now.max(end);
            free += held;
            ends.pop();
        }
        assert!(free >= job.processors, "a job asks for more processors than there are");
        free -= job.processors;
        waited += now - job.submit;
        ends.push(Reverse((now + job.run_time, job.processors)));
    }
    waited
}

/// Slot-ticks that all jobs hold.
pub(crate) fn slot_ticks(jobs: &[SwfJob]) -> i64 {
    jobs.iter().map(|job| job.run_time * i64::from(job.processors)).sum::<i64>() * TICKS_PER_SECOND
}

#[test]
fn a_wide_job_holds_up_those_behind_it() {
    let job = |submit, run_time, processors| SwfJob { submit, run_time, processors, user: 1, group: 1 };
    // 2 of 3 processors until 10; the wide job starts at 10 and the narrow one, which would fit at 2, at 15.
    assert_eq!(seconds_waited(&[job(0, 10, 2), job(1, 5, 3), job(2, 5, 1)], 3), 9 + 13);
    // One that comes when another ends does not wait.
    assert_eq!(seconds_waited(&[job(0, 10, 3), job(10, 5, 3)], 3), 0);
}

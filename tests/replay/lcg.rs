//! A week of the LHC Computing Grid: 112,163 jobs of 26 groups with 181 users, one processor each.

use std::collections::BTreeSet;

use overspill::units::TICKS_PER_SECOND;

use super::first_come::{seconds_waited, slot_ticks};
use super::logs::{LCG, find, load_lcg, plan, read, replay};

/// Long enough for every job of the week to end, if it waits.
const LONG: (&str, &str) = ("experiment.horizon", "60d");

#[test]
fn every_row_is_used_or_counted() {
    let Some(path) = find(LCG) else { return };
    let log = read(&path);
    assert_eq!(log.jobs.len() as u64 + log.dropped(), 112_163);
    assert_eq!(log.malformed, 0);
    assert!(log.jobs.iter().all(|job| job.processors == 1));
    let plan = plan(&path, &[]);
    let note = &plan.notes[0];
    assert!(note.contains(&format!("{} jobs, {} rows dropped", log.jobs.len(), log.dropped())), "{note}");
    assert_eq!(plan.files[0].1, log.digest);
}

/// A member is a user in a group. Ten of the 181 users belong to a second group, whose member they are as well.
#[test]
fn groups_become_departments_and_their_users_members() {
    let Some(path) = find(LCG) else { return };
    let plan = plan(&path, &[("experiment.report_members", "true")]);
    let model = &plan.arms[0].model;
    assert_eq!(model.departments.len(), 26);
    assert_eq!(model.members.len(), 191);
    let users: BTreeSet<&str> = model.members.iter().filter_map(|member| member.name.split('@').next()).collect();
    assert_eq!(users.len(), 181);
    let log = read(&path);
    let replay = replay(&plan, "queue");
    for (group, user) in [(log.jobs[0].group, log.jobs[0].user), (log.jobs[9999].group, log.jobs[9999].user)] {
        let jobs = log.jobs.iter().filter(|job| (job.group, job.user) == (group, user)).count() as i64;
        assert_eq!(replay.whole(&format!("member:user-{user}@group-{group}"), "arrivals"), jobs);
        let jobs = log.jobs.iter().filter(|job| job.group == group).count() as i64;
        assert_eq!(replay.whole(&format!("department:group-{group}"), "arrivals"), jobs);
    }
}

#[test]
fn each_job_meets_one_fate_in_both_arms() {
    let Some(path) = find(LCG) else { return };
    let (jobs, plan) = (read(&path).jobs, plan(&path, &[]));
    let [queue, burst] = ["queue", "burst"].map(|arm| replay(&plan, arm));
    queue.assert_one_fate_each(jobs.len());
    burst.assert_one_fate_each(jobs.len());
    assert!(queue.whole("pool:farm", "open_at_horizon") > 0, "the queue is not empty at the horizon");
    assert_eq!(queue.whole("group:grid", "refused") + burst.whole("group:grid", "refused"), 0);
    assert!(burst.whole("pool:farm", "bursts") > 0);
}

/// Without a limit of slots each job runs when it was submitted: what is carried is the log's own sum.
#[test]
fn unlimited_slots_carry_the_whole_log_at_once() {
    let Some(path) = find(LCG) else { return };
    let jobs = read(&path).jobs;
    let end = jobs.iter().map(|job| job.submit + job.run_time).max().expect("jobs") + 1;
    let horizon = format!("{end}s");
    let plan = plan(&path, &[("experiment.horizon", horizon.as_str()), ("pool.farm.slots", "unlimited")]);
    let replay = replay(&plan, "queue");
    assert_eq!(replay.whole("pool:farm", "completed"), jobs.len() as i64);
    assert_eq!(replay.whole("pool:farm", "occupancy_mean"), slot_ticks(&jobs));
    assert_eq!(replay.whole("group:grid", "carried_load"), slot_ticks(&jobs));
    assert_eq!(replay.whole("group:grid", "offered_load"), slot_ticks(&jobs));
    assert_eq!(replay.whole("pool:farm", "queue_mean"), 0);
}

#[test]
fn the_queue_is_first_come_first_served() {
    let Some(path) = find(LCG) else { return };
    let jobs = read(&path).jobs;
    let replay = replay(&plan(&path, &[LONG]), "queue");
    assert_eq!(replay.whole("pool:farm", "completed"), jobs.len() as i64);
    assert_eq!(replay.whole("pool:farm", "queue_mean"), seconds_waited(&jobs, 1200) * TICKS_PER_SECOND);
}

/// What bursts runs at once, so that every job is served as under unlimited slots, and the bill is for the overflow.
#[test]
fn what_is_burst_is_held_and_paid_beside_the_own_slots() {
    let Some(path) = find(LCG) else { return };
    let jobs = read(&path).jobs;
    let replay = replay(&plan(&path, &[LONG]), "burst");
    assert_eq!(replay.whole("pool:farm", "completed"), jobs.len() as i64);
    let burst = replay.whole("pool:farm", "burst_occupancy_mean");
    assert_eq!(replay.whole("pool:farm", "occupancy_mean") + burst, slot_ticks(&jobs));
    let cost = replay.measure("pool:farm", "burst_cost").numerator;
    let slot_hours = burst as f64 / 3_600.0 / TICKS_PER_SECOND as f64;
    assert!((cost - 0.10 * slot_hours).abs() < 1e-9 * cost, "{cost} for {slot_hours} slot-hours");
}

/// Needs no data: a log that is not there is an error that says where it was looked for and what to do.
#[test]
fn a_missing_log_is_named_with_a_remedy() {
    let (plan, diagnostics, text) = load_lcg(std::path::Path::new("/nowhere/no-such-log.swf.gz"), &[]);
    assert!(plan.is_none());
    assert_eq!(diagnostics.len(), 1, "once, for both arms:\n{text}");
    let message = &diagnostics[0].message;
    assert!(message.contains("`/nowhere/no-such-log.swf.gz` cannot be read"), "{message}");
    assert!(
        text.contains("--set group.grid.replay.log=PATH") && text.contains("/nowhere/no-such-log.swf.gz was tried"),
        "{text}"
    );
}

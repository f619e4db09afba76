//! Logs of other machines: their bad rows, and schedules of wide jobs.

use overspill::scenario::read_swf;
use overspill::units::TICKS_PER_SECOND;

use super::first_come::{seconds_waited, slot_ticks};
use super::logs::{CERIT, HPC2N, KTH, LANL, find, load_lcg, plan, read, replay};

/// Rows, and those without run time and without processors, as counted by other tools; nothing else is dropped.
fn assert_rows(name: &str, rows: u64, without_run_time: u64, without_processors: u64) {
    let Some(path) = find(name) else { return };
    let log = read(&path);
    assert_eq!(log.jobs.len() as u64 + log.dropped(), rows, "{name}");
    assert_eq!((log.without_run_time, log.without_processors), (without_run_time, without_processors), "{name}");
    assert_eq!(log.dropped(), without_run_time + without_processors, "{name}");
}

/// Nine bad rows: eight jobs ran for no second, one asked for and got no processor.
#[test]
fn kth_has_nine_rows_that_cannot_be_used() {
    assert_rows(KTH, 28_476, 8, 1);
}

/// Its sixth column holds fractions, and its last line is blank.
#[test]
fn hpc2n_has_twenty_five_rows_without_run_time() {
    assert_rows(HPC2N, 3_170, 25, 0);
}

/// No plain log: Unix times, bytes, and further columns at the end. Two jobs end before the epoch began.
#[test]
fn cerit_is_read_in_spite_of_its_further_columns() {
    assert_rows(CERIT, 17_900, 2, 0);
}

#[test]
fn lanl_is_read_as_it_is() {
    let Some(path) = find(LANL) else { return };
    let log = read(&path);
    assert_eq!(log.jobs.len() as u64 + log.dropped(), 122_060);
    assert_eq!(log.malformed, 0);
}

#[test]
fn allocated_and_requested_processors_differ_in_219_jobs_of_kth() {
    let Some(path) = find(KTH) else { return };
    let (allocated, requested) = (read(&path), read_swf(&path, true).expect("a log"));
    let pairs = allocated.jobs.iter().zip(&requested.jobs);
    assert_eq!(pairs.filter(|(a, b)| a.processors != b.processors).count(), 219);
}

/// A hundred processors, first come, first served: nobody overtakes, even where it would fit.
#[test]
fn kth_waits_in_strict_order_as_it_must() {
    let Some(path) = find(KTH) else { return };
    let jobs = read(&path).jobs;
    let changes = [("pool.farm.slots", "100"), ("pool.farm.fit", "strict"), ("experiment.horizon", "400d")];
    let strict = replay(&plan(&path, &changes), "queue");
    strict.assert_one_fate_each(jobs.len());
    assert_eq!(strict.whole("pool:farm", "completed"), jobs.len() as i64);
    assert_eq!(strict.whole("pool:farm", "occupancy_mean"), slot_ticks(&jobs));
    let waited = seconds_waited(&jobs, 100) * TICKS_PER_SECOND;
    assert_eq!(strict.whole("pool:farm", "queue_mean"), waited);
    // Overtaking where it fits is another schedule, with less waiting.
    let fill = replay(&plan(&path, &[changes[0], ("pool.farm.fit", "fill"), changes[2]]), "queue");
    assert!(fill.whole("pool:farm", "queue_mean") < waited);
}

/// Jobs wider than the pool could never start: they are refused on arrival, or burst, and hold up nobody.
#[test]
fn jobs_wider_than_the_pool_are_refused_or_burst() {
    let Some(path) = find(KTH) else { return };
    let jobs = read(&path).jobs;
    let wide = jobs.iter().filter(|job| job.processors > 60).count() as i64;
    let plan = plan(&path, &[("pool.farm.slots", "60"), ("experiment.horizon", "1y")]);
    let [queue, burst] = ["queue", "burst"].map(|arm| replay(&plan, arm));
    queue.assert_one_fate_each(jobs.len());
    burst.assert_one_fate_each(jobs.len());
    assert_eq!(queue.whole("group:grid", "refused_capacity"), wide);
    assert!(burst.whole("pool:farm", "bursts") >= wide);
    assert_eq!(burst.whole("group:grid", "refused"), 0);
}

/// The times of CERIT count from 1970, and its jobs come in the forty-fourth year: a shorter horizon is an error.
#[test]
fn cerit_and_lanl_can_be_replayed() {
    for (name, slots, horizon) in [(CERIT, "2176", "44y"), (LANL, "1024", "800d")] {
        let Some(path) = find(name) else { return };
        let (plan_of_a_week, _, text) = load_lcg(&path, &[]);
        assert_eq!(plan_of_a_week.is_none(), name == CERIT, "{text}");
        assert_eq!(text.contains("arrives before the horizon"), name == CERIT, "{text}");
        let jobs = read(&path).jobs;
        let plan = plan(&path, &[("pool.farm.slots", slots), ("experiment.horizon", horizon)]);
        replay(&plan, "queue").assert_one_fate_each(jobs.len());
    }
}

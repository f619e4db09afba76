//! Same scenario and seed, same bytes: whatever the threads, the order, the interruptions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::program::Folder;

const SMALL: &str = include_str!("small.toml");
const METHODS: &str = include_str!("methods.toml");
const LIVES: &str = include_str!("lives.toml");

fn small() -> Folder {
    Folder::with("small.toml", SMALL)
}

fn methods() -> Folder {
    Folder::with("methods.toml", METHODS)
}

/// Runs the small scenario and returns every file of the results.
fn results(folder: &Folder, arguments: &str, into: &str) -> BTreeMap<String, Vec<u8>> {
    results_of("small.toml", folder, arguments, into)
}

fn results_of(scenario: &str, folder: &Folder, arguments: &str, into: &str) -> BTreeMap<String, Vec<u8>> {
    folder.run(&format!("run {scenario} -o {into} {arguments}")).done();
    files(folder, into)
}

/// Every file but the journal, which keeps work and is no result.
fn files(folder: &Folder, name: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = folder.files(name);
    files.remove(".journal").expect("finished work is kept");
    files
}

#[track_caller]
fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    assert_eq!(one.len(), 8);
    for (name, bytes) in one {
        assert!(*bytes == other[name], "{name} differs");
    }
}

/// The scenario does exercise what could go wrong.
#[test]
fn the_scenario_waits_interrupts_bursts_and_runs_out_of_budget() {
    let folder = small();
    let summary = folder.run("run small.toml --json").done().json();
    for (arm, scope, metric) in [
        ("wait", "pool:own", "wait_mean"),
        ("wait", "pool:own", "interruptions"),
        ("wait", "pool:own", "abandoned"),
        ("wait", "customer:lab", "cost_rate"),
        ("burst", "tier:on-demand", "bursts"),
        ("burst", "tier:on-demand", "burst_interruptions"),
        ("burst", "pool:own", "refused_budget"),
        ("burst", "pool:spot", "interruptions"),
    ] {
        assert_happens(&summary, arm, scope, metric);
    }
}

#[track_caller]
fn assert_happens(summary: &Value, arm: &str, scope: &str, metric: &str) {
    let is_meant = |row: &&Value| row["arm"] == arm && row["scope"] == scope && row["metric"] == metric;
    let row = summary["estimates"].as_array().and_then(|rows| rows.iter().find(is_meant));
    let mean = row.and_then(|row| row["mean"].as_f64());
    assert!(mean.is_some_and(|mean| mean > 0.0), "{arm} {scope} {metric}: {mean:?}");
}

/// So does the scenario of all methods.
#[test]
fn the_methods_sell_in_rounds_by_formula_in_shares_and_fairly() {
    let summary = methods().run("run methods.toml --json").done().json();
    for (scope, metrics) in [
        ("pool:sealed", &["round_sold_mean", "refused_price", "refused_outbid", "interruptions", "regret_mean"][..]),
        ("pool:rising", &["round_sold_mean", "withdrawn", "envy_mean"]),
        ("pool:falling", &["round_sold_mean", "refused_outbid", "completed"]),
        ("pool:formula", &["usage", "interruptions", "abandoned", "price_sd"]),
        ("pool:shares", &["completed", "payment_rate"]),
        ("pool:cycle", &["interruptions", "lost", "wait_mean", "price_sd"]),
        ("pool:spot", &["interruptions", "abandoned", "revenue_rate"]),
        ("pool:desk", &["wait_mean", "refused_price", "revenue_rate"]),
        ("customer:school", &["cost_rate", "revenue_rate_converted"]),
        ("member:ann", &["completed"]),
    ] {
        metrics.iter().for_each(|metric| assert_happens(&summary, "base", scope, metric));
    }
}

/// Pools come, change and go.
#[test]
fn the_pools_live_and_are_reproducible() {
    let folder = Folder::with("lives.toml", LIVES);
    let summary = folder.run("run lives.toml --json").done().json();
    for (scope, metrics) in [
        (
            "pool:lab",
            &["operations_done", "refused_access", "refused_down", "lost", "pool_fee_rate", "interruptions"][..],
        ),
        ("pool:exam", &["operations_done", "operations_refused", "refused_down", "completed", "pool_fee_rate"]),
        ("pool:overflow", &["operations_done", "refused_down", "completed"]),
        ("customer:university", &["operations_done", "operations_refused", "cost_rate"]),
        ("provider", &["revenue_rate"]),
    ] {
        metrics.iter().for_each(|metric| assert_happens(&summary, "scaled", scope, metric));
    }
    let results = |arguments: &str, into: &str| results_of("lives.toml", &folder, arguments, into);
    let one = results("-j 1", "one");
    assert_same(&one, &results("-j 2 --fresh", "two"));
}

/// Threads, extension, and a repetition that recalls everything.
/// The scenarios that come with the program and use reservations, resale, faults, merges, bursts and recorded prices.
#[test]
fn shipped_scenarios_are_reproducible() {
    for name in ["university", "burst-peak", "merge", "zone-outage", "spot-replay"] {
        let file = format!("{name}.toml");
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let folder = Folder::with(&file, &fs::read_to_string(scenarios.join(&file)).expect("the scenario is there"));
        let history = scenarios.join(format!("{name}-history.json"));
        if history.exists() {
            fs::copy(&history, folder.path(&format!("{name}-history.json"))).expect("the folder is writable");
        }
        let of_one = results_of(&file, &folder, "--replications 3 -j1", "one");
        assert_same(&of_one, &results_of(&file, &folder, "--replications 3 -j3", "three"));
        folder.run(&format!("run {file} -o resumed --replications 1 -j1")).done();
        assert_same(&of_one, &results_of(&file, &folder, "--replications 3 -j2", "resumed"));
    }
}

#[test]
fn all_methods_are_reproducible() {
    let folder = methods();
    let results = |arguments: &str, into: &str| results_of("methods.toml", &folder, arguments, into);
    let one = results("-j 1", "one");
    assert_same(&one, &results("-j 2", "two"));
    results("--replications 2", "grown");
    assert_same(&one, &results("-j 2", "grown"));
    assert_same(&one, &results("", "one"));
}

#[test]
fn threads_and_repetition_change_nothing() {
    let folder = small();
    let one = results(&folder, "-j 1", "one");
    assert_same(&one, &results(&folder, "-j 2", "two"));
    assert_same(&one, &results(&folder, "-j 7", "seven"));
    assert_same(&one, &results(&folder, "-j 1 --fresh", "one"));
    assert_same(&one, &results(&folder, "", "one"));
}

#[test]
fn more_replications_go_on_where_the_run_stopped() {
    let folder = small();
    let nine = results(&folder, "--replications 9", "nine");
    results(&folder, "--replications 5", "grown");
    let ended = folder.run("run small.toml -o grown --replications 9").done();
    assert!(ended.stderr.contains("27 replications, 15 of them from before"), "{ended}");
    assert_same(&nine, &files(&folder, "grown"));
    // Fewer than there are take the first ones.
    assert_same(&results(&folder, "--replications 5", "five"), &results(&folder, "--replications 5", "grown"));
}

#[test]
fn a_torn_journal_is_mended() {
    let folder = small();
    let whole = results(&folder, "", "whole");
    let journal = folder.path("whole/.journal");
    let bytes = fs::read(&journal).expect("there is a journal");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    let longer = [&bytes[..], b"torn"].concat();
    for torn in
        [&bytes[..bytes.len() - 3], &bytes[..bytes.len() / 3], &bytes[..7], &longer, &flipped, b"", b"something else"]
    {
        fs::write(&journal, torn).expect("the journal is writable");
        assert_same(&whole, &results(&folder, "", "whole"));
        assert!(fs::read(&journal).expect("there is a journal") == bytes, "the journal is whole again");
    }
}

/// Long enough to be stopped in the middle.
const LONG: &str = "run small.toml --replications 60 --set experiment.horizon=1500h";
const LONG_METHODS: &str = "run methods.toml --replications 40 --set experiment.horizon=200h";

/// Starts a long run and waits until part of it is finished.
fn started(folder: &Folder, run: &str) -> Child {
    let mut command = folder.command(&format!("{run} -o stopped -j 2"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let journal = folder.path("stopped/.journal");
    let is_under_way = (0..5_000).any(|_| {
        sleep(Duration::from_millis(2));
        fs::metadata(&journal).is_ok_and(|journal| journal.len() > 100_000)
    });
    if !is_under_way {
        child.kill().and_then(|()| child.wait()).expect("it can be stopped");
        panic!("nothing was finished for a long time");
    }
    child
}

/// Goes on with what was stopped, and compares with a run that was not.
fn assert_goes_on(folder: &Folder, run: &str) {
    assert!(!folder.path("stopped/manifest.json").exists(), "it was stopped in the middle");
    let ended = folder.run(&format!("{run} -o stopped")).done();
    assert!(ended.stderr.contains("of them from before"), "{ended}");
    folder.run(&format!("{run} -o whole")).done();
    assert_same(&files(folder, "whole"), &files(folder, "stopped"));
}

#[test]
fn a_killed_run_goes_on() {
    for (folder, run) in [(small(), LONG), (methods(), LONG_METHODS)] {
        let mut child = started(&folder, run);
        child.kill().expect("it still runs");
        assert_eq!(child.wait().expect("it ends").code(), None);
        assert_goes_on(&folder, run);
    }
}

/// Two runs that kept their work in one journal would spoil it.
#[test]
fn only_one_run_at_a_time_works_in_a_folder() {
    let folder = small();
    let mut child = started(&folder, LONG);
    let second = folder.run(&format!("{LONG} -o stopped"));
    assert_eq!(second.code, Some(1), "{second}");
    assert!(second.stderr.contains("another run is at work in this folder"), "{second}");
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    assert_goes_on(&folder, LONG);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_saves_and_goes_on() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = small();
        let child = started(&folder, LONG);
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.stdout.is_empty() && stderr.contains("the same command goes on"), "{stderr}");
        assert_goes_on(&folder, LONG);
    }
}

#[test]
fn an_arm_alone_is_the_same_as_among_others() {
    let folder = small();
    let all = folder.run("run small.toml --json -o all").done().json();
    for arm in ["wait", "burst", "more"] {
        let alone = folder.run(&format!("run small.toml --json -o alone --arm {arm}")).done().json();
        let of_arm: Vec<&Value> =
            all["estimates"].as_array().expect("a list").iter().filter(|row| row["arm"] == arm).collect();
        assert!(!of_arm.is_empty());
        assert_eq!(alone["estimates"].as_array().expect("a list").iter().collect::<Vec<_>>(), of_arm, "{arm}");
        assert_eq!(outcome_digest(&folder, "alone", arm), outcome_digest(&folder, "all", arm));
    }
}

fn outcome_digest(folder: &Folder, name: &str, arm: &str) -> String {
    let manifest: Value = serde_json::from_slice(&folder.files(name)["manifest.json"]).expect("it is JSON");
    let arms = manifest["arms"].as_array().expect("a list");
    let found = arms.iter().find(|row| row["name"] == arm).and_then(|row| row["outcome_digest"].as_str());
    found.expect("every arm has a digest").to_owned()
}

#[test]
fn a_replication_is_the_same_among_few_and_many() {
    let folder = small();
    results(&folder, "--replications 3", "three");
    results(&folder, "--replications 9", "nine");
    let few = folder.parquet("three/replications.parquet");
    let many = folder.parquet("nine/replications.parquet");
    assert_eq!(few.height() * 3, many.height());
    assert!(few == many.first(few.height()));
}

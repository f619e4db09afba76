//! `overspill run`

use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::Value;

use super::program::{Ended, Folder, assert_snapshot};

const SMALL: &str = include_str!("small.toml");

/// What a results folder holds, beside `.journal`.
const RESULTS: [&str; 8] = [
    "arms.png",
    "arms.svg",
    "manifest.json",
    "replications.parquet",
    "summary.csv",
    "timeline.png",
    "timeline.svg",
    "timeseries.parquet",
];

fn small() -> Folder {
    Folder::with("small.toml", SMALL)
}

/// The names of an object's keys.
fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn rows<'a>(summary: &'a Value, list: &str) -> &'a [Value] {
    summary[list].as_array().expect("a list")
}

fn estimate(summary: &Value, arm: &str, scope: &str, metric: &str) -> f64 {
    let is_meant = |row: &&Value| row["arm"] == arm && row["scope"] == scope && row["metric"] == metric;
    let row = rows(summary, "estimates").iter().find(is_meant).expect("there is such an estimate");
    row["mean"].as_f64().expect("it has a mean")
}

#[test]
fn prints_a_table() {
    let folder = small();
    assert_snapshot("run_table", &folder.run("run small.toml").done());
}

#[test]
fn prints_markdown() {
    let folder = small();
    assert_snapshot(
        "run_markdown",
        &folder.run("run small.toml --arm wait --arm more --format markdown --quiet").done(),
    );
}

#[test]
fn prints_json_with_the_documented_keys() {
    let folder = small();
    let ended = folder.run("run small.toml --json --quiet").done();
    assert_eq!(ended.stderr, "");
    let summary = ended.json();
    let top = ["experiment", "scenario_digest", "seed", "replications", "estimates", "differences"];
    assert_eq!(keys(&summary), top.into());
    assert_eq!(
        (&summary["experiment"], &summary["seed"], &summary["replications"]),
        (&"small".into(), &3.into(), &5.into())
    );
    for row in rows(&summary, "estimates") {
        assert_eq!(keys(row), ["arm", "scope", "metric", "unit", "n", "mean", "half_width", "confidence"].into());
        assert!(row["n"].as_u64().is_some_and(|n| n <= 5) && row["confidence"] == 0.95, "{row}");
    }
    for row in rows(&summary, "differences") {
        let names = ["arm", "baseline", "scope", "metric", "unit", "n", "mean", "half_width", "vrf"];
        assert_eq!(keys(row), names.into());
        assert!(row["baseline"] == "wait" && row["arm"] != "wait", "{row}");
    }
    let arms: BTreeSet<&str> = rows(&summary, "estimates").iter().filter_map(|row| row["arm"].as_str()).collect();
    assert_eq!(arms, ["wait", "burst", "more"].into());
    let scopes: BTreeSet<&str> = rows(&summary, "estimates").iter().filter_map(|row| row["scope"].as_str()).collect();
    for scope in [
        "provider",
        "customer:lab",
        "pool:own",
        "department:physics",
        "group:students",
        "member:students-1",
        "tier:on-demand",
    ] {
        assert!(scopes.contains(scope), "{scope} is not among {scopes:?}");
    }
    assert_eq!(folder.run("run small.toml --format json -q").done().stdout, ended.stdout);
}

#[test]
fn prints_csv_as_in_the_folder() {
    let folder = small();
    let printed = folder.run("run small.toml --format csv").done().stdout;
    assert_eq!(printed.as_bytes(), folder.files("results/small")["summary.csv"]);
    let mut lines = printed.lines();
    assert_eq!(lines.next(), Some("kind,arm,baseline,scope,metric,unit,n,mean,half_width,confidence,vrf"));
    assert!(lines.all(|line| line.split(',').count() == 11));
    let summary = folder.run("run small.toml --json").done().json();
    let expected = rows(&summary, "estimates").len() + rows(&summary, "differences").len();
    assert_eq!(printed.lines().count(), 1 + expected);
}

#[test]
fn quiet_says_nothing_more_and_verbose_shows_every_metric() {
    let folder = small();
    let usual = folder.run("run small.toml").done();
    assert!(usual.stderr.contains("results in results/small"), "{usual}");
    let quiet = folder.run("run small.toml -q").done();
    assert_eq!((&quiet.stdout, quiet.stderr.as_str()), (&usual.stdout, ""));
    let verbose = folder.run("run small.toml -v").done();
    for metric in ["occupancy_variance", "refused_outbid", "open_at_horizon"] {
        assert!(verbose.stdout.contains(metric) && !usual.stdout.contains(metric), "{metric}");
    }
    assert_eq!(folder.run("run small.toml -q -v").code, Some(2));
}

#[test]
fn dry_run_writes_nothing() {
    let folder = small();
    assert_snapshot("run_dry_run", &folder.run("run small.toml --dry-run -o somewhere/else --seed 9").done());
    assert_eq!(folder.files("").into_keys().collect::<Vec<_>>(), ["small.toml"]);
}

#[test]
fn arms_are_selected() {
    let folder = small();
    let summary = folder.run("run small.toml --json --arm more --arm burst").done().json();
    let arms: BTreeSet<&str> = rows(&summary, "estimates").iter().filter_map(|row| row["arm"].as_str()).collect();
    assert_eq!(arms, ["burst", "more"].into());
    // The baseline is not among them: the first takes its place.
    assert!(rows(&summary, "differences").iter().all(|row| row["baseline"] == "burst"));
    assert_snapshot("run_unknown_arm", &folder.run("run small.toml --arm mroe -o other"));
    assert!(!folder.path("other").exists());
}

#[test]
fn seed_and_replications_are_changed() {
    let folder = small();
    let plain = folder.run("run small.toml --json").done().json();
    let seeded = folder.run("run small.toml --json --seed 4 -o seeded").done().json();
    assert_eq!((&plain["seed"], &seeded["seed"]), (&3.into(), &4.into()));
    assert_eq!(plain["scenario_digest"], seeded["scenario_digest"]);
    assert_ne!(plain["estimates"], seeded["estimates"]);
    let longer = folder.run("run small.toml --json --replications 7").done().json();
    assert_eq!(longer["replications"], 7);
    assert_eq!(longer["scenario_digest"], plain["scenario_digest"]);
    for arguments in ["--replications 0", "--replications -1", "--replications many", "--seed -1", "--seed 1.5", "-j 0"]
    {
        assert_eq!(folder.run(&format!("run small.toml {arguments}")).code, Some(2), "{arguments}");
    }
}

#[test]
fn values_are_set_as_numbers_quoted_and_bare_texts() {
    let folder = small();
    let run = |changes: &[&str]| {
        let sets: Vec<&str> = changes.iter().flat_map(|change| ["--set", change]).collect();
        folder.run_with("run small.toml --json --arm wait --fresh", &sets).done().json()
    };
    let plain = run(&[]);
    let larger = run(&["pool.own.slots=9"]);
    let wait = |summary: &Value| estimate(summary, "wait", "pool:own", "wait_mean");
    assert!(wait(&larger) < wait(&plain));
    let [quoted, bare] =
        ["\"0.05 USD/h\"", "0.05 USD/h"].map(|price| run(&[&format!("pool.own.minimum_price={price}")]));
    assert_eq!(quoted, bare);
    assert!(estimate(&bare, "wait", "pool:own", "price_mean") >= 0.05);
    // An override wins over what an arm says.
    let both = folder.run_with("run small.toml --json", &["--set", "pool.own.slots=4"]).done().json();
    let used = |arm: &str| estimate(&both, arm, "pool:own", "utilisation");
    assert!((used("wait") - used("more")).abs() < 1e-12);
    // The alternative takes the place of what the file says.
    let load = run(&["group.students.arrivals.offered_load=1"]);
    assert!(
        estimate(&load, "wait", "group:students", "arrivals") < estimate(&plain, "wait", "group:students", "arrivals")
    );
    for path in ["pool.own.slotz=9", "pool.mine.slots=9", "experiment.replicas=9", "weather=rain"] {
        assert_eq!(folder.run(&format!("run small.toml --set {path}")).code, Some(2), "{path}");
    }
}

#[test]
fn the_folder_holds_what_is_documented() {
    let folder = small();
    folder.run("run small.toml").done();
    folder.run("run small.toml --output deep/down --quiet").done();
    let (usual, chosen) = (folder.files("results/small"), folder.files("deep/down"));
    let names: Vec<&str> = usual.keys().map(String::as_str).collect();
    assert_eq!(names, [&[".journal"], &RESULTS[..]].concat());
    assert!(RESULTS.iter().all(|name| usual[*name] == chosen[*name]));

    let manifest: Value = serde_json::from_slice(&usual["manifest.json"]).expect("it is JSON");
    assert_eq!(
        (&manifest["experiment"], &manifest["seed"], &manifest["replications"]),
        (&"small".into(), &3.into(), &5.into())
    );
    assert_eq!(manifest["arms"][2]["scenario"]["pool"]["own"]["slots"], 5);
    assert!(manifest["arms"].as_array().expect("a list").iter().all(|arm| arm["outcome_digest"].as_str().is_some()));
    // No path, thread count or command line: they differ from one machine to the next.
    let text = String::from_utf8_lossy(&usual["manifest.json"]).into_owned();
    assert!(!text.contains(&*folder.path("").to_string_lossy()) && !text.contains("thread"), "{text}");
}

#[test]
fn plots_are_whole() {
    let folder = small();
    folder.run("run small.toml").done();
    let files = folder.files("results/small");
    for name in ["arms", "timeline"] {
        let svg = std::str::from_utf8(&files[&format!("{name}.svg")]).expect("SVG is text");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(svg.contains("<text") && ["wait", "burst", "more"].iter().all(|arm| svg.contains(arm)), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{name}");
        let png = &files[&format!("{name}.png")];
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(b"IEND\xaeB`\x82"), "{name}");
        let [width, height] =
            [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().expect("a header has four bytes each")));
        assert!((400..4_000).contains(&width) && (200..8_000).contains(&height), "{name}: {width} × {height}");
    }
}

#[test]
fn parquet_files_hold_what_the_summary_says() {
    let folder = small();
    let summary = folder.run("run small.toml --json").done().json();
    let file = folder.parquet("results/small/replications.parquet");
    let (text, natural, number) = ("optional UTF8", "optional UINT_64", "optional DOUBLE");
    let kinds = [text, natural, text, text, text, number];
    let expected = ["arm", "replication", "scope", "metric", "unit", "value"].into_iter().zip(kinds);
    assert!(file.schema().eq(expected), "{:?}", file.schema().collect::<Vec<_>>());
    let wanted = [("arm", "burst"), ("scope", "pool:own"), ("metric", "arrivals")];
    let wanted = wanted.map(|(column, word)| (file.texts(column), Some(word)));
    let of_metric = (0..file.height()).filter(|row| wanted.iter().all(|(texts, word)| texts[*row].as_deref() == *word));
    let all = file.numbers("value");
    let values: Vec<f64> = of_metric.map(|row| all[row].expect("a count is never missing")).collect();
    assert_eq!(values.len(), 5);
    let mean = values.iter().sum::<f64>() / 5.0;
    assert!((mean - estimate(&summary, "burst", "pool:own", "arrivals")).abs() < 1e-9);

    let series = folder.parquet("results/small/timeseries.parquet");
    let kinds = [text, text, text, text, number, number, number, natural];
    let expected = ["arm", "scope", "metric", "unit", "time_h", "mean", "variance", "n"].into_iter().zip(kinds);
    assert!(series.schema().eq(expected), "{:?}", series.schema().collect::<Vec<_>>());
    let hours = series.numbers("time_h").into_iter().flatten().max_by(f64::total_cmp);
    assert!(hours.is_some_and(|last| (29.0..30.0).contains(&last)), "{hours:?}");
}

/// Runs the program with a reader of its results that goes away at once.
fn without_reader(folder: &Folder, arguments: &str) -> Ended {
    let mut command = folder.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ended { code: output.status.code(), stdout: String::new(), stderr }
}

#[test]
fn a_broken_pipe_is_no_failure() {
    let folder = small();
    for arguments in ["run small.toml -q", "run small.toml --dry-run", "validate small.toml", "run --help"] {
        let ended = without_reader(&folder, arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments}");
    }
    let mut command = folder.command("run small.toml");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stderr.take());
    assert!(child.wait().expect("the program ends").success());
}

#[test]
fn exit_codes_tell_what_happened() {
    let folder = small();
    folder.write("file", "");
    for (arguments, code) in [
        ("run small.toml --dry-run", 0),
        ("--version", 0),
        ("--help", 0),
        ("run small.toml -o file", 1),
        ("run small.toml -o file/below", 1),
        ("", 2),
        ("ran small.toml", 2),
        ("run", 2),
        ("run absent.toml", 2),
        ("run small.toml --format xml", 2),
        ("run small.toml --json --format csv", 2),
        ("run small.toml --wait", 2),
        ("run small.toml --arm nobody", 4),
    ] {
        let ended = folder.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments}: {ended}");
        assert_eq!(ended.stderr.is_empty(), code == 0, "{arguments}: {ended}");
        assert_eq!(ended.stdout.is_empty(), code != 0, "{arguments}: {ended}");
    }
    assert_snapshot("run_folder_is_a_file", &folder.run("run small.toml -o file"));
}

#[test]
fn help_has_examples_that_work() {
    let folder = Folder::new();
    for command in ["run", "validate"] {
        let help = folder.run(&format!("{command} --help")).done().stdout;
        let examples: Vec<&str> =
            help.lines().filter(|line| line.starts_with(&format!("  overspill {command} "))).collect();
        assert!(help.contains("Examples:") && examples.len() >= 2, "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
        for example in examples.iter().filter(|example| !example.contains("lcg")) {
            let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/");
            let arguments = example.trim_start().trim_start_matches("overspill ").replace("scenarios/", scenarios);
            let dry = if command == "run" { " --dry-run" } else { "" };
            folder.run(&(arguments + dry)).done();
        }
    }
    assert!(folder.run("--help").done().stdout.contains("Exit codes: 0 done"));
}

/// Runs two replications of a scenario that comes with the program.
fn shortened(name: &str) -> (Folder, Value) {
    let folder = Folder::new();
    let file = format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    folder.run_with("validate", &[&file]).done();
    let ended = folder.run_with("run --replications 2 -o results --json -q", &[&file]).done();
    let files = folder.files("results");
    assert!(RESULTS.iter().all(|name| files.contains_key(*name)), "{:?}", files.keys());
    (folder, serde_json::from_str(&ended.stdout).expect("JSON"))
}

#[test]
fn all_methods_can_be_compared_on_one_demand() {
    let (_folder, summary) = shortened("auction-methods");
    let of = |arm: &str, metric: &str| estimate(&summary, arm, "pool:room", metric);
    for arm in ["english", "dutch", "first-price", "second-price", "uniform", "discriminatory", "vcg"] {
        assert!((of(arm, "round_efficiency") - 1.0).abs() < 1e-12, "{arm}");
        assert!((of(arm, "round_sold_mean") - 3.0).abs() < 1e-12, "{arm}");
        assert!((of(arm, "welfare_rate") - of("uniform", "welfare_rate")).abs() < 1e-12, "{arm}");
    }
    for arm in ["second-price", "vcg"] {
        assert!((of(arm, "revenue_rate") - of("uniform", "revenue_rate")).abs() < 1e-9, "{arm}");
    }
    assert!((of("first-price", "revenue_rate") - of("discriminatory", "revenue_rate")).abs() < 1e-9);
    for arm in ["posted", "spot", "spot-cycle", "spot-smooth", "proportional", "formula", "uniform"] {
        assert!(of(arm, "revenue_rate") > 0.0 && of(arm, "surplus_rate") > 0.0, "{arm}");
    }
    assert!(of("fcfs", "revenue_rate").abs() < 1e-12 && of("fcfs", "welfare_rate") > 0.0);
}

#[test]
fn a_minimum_that_rises_is_shown_over_the_day() {
    let (folder, summary) = shortened("minimum-price");
    let of = |arm: &str, metric: &str| estimate(&summary, arm, "pool:lab", metric);
    for arm in ["rising", "notice", "guaranteed", "revising", "by-hand", "formula"] {
        assert!(of(arm, "price_mean") > of("constant", "price_mean"), "{arm}");
        assert!(of(arm, "utilisation") < of("constant", "utilisation"), "{arm}");
    }
    let svg = String::from_utf8(folder.files("results")["timeline.svg"].clone()).expect("text");
    for title in ["minimum price (USD/slot-h)", "price (USD/slot-h)", "utilisation (%)", "interruptions (per 5 min)"] {
        assert!(svg.contains(title), "{title}");
    }
}

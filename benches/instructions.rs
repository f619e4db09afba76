//! Instructions that a few fixed runs take, held against the counts in `instructions.csv`.
//!
//! ```sh
//! cargo bench --bench instructions                # compare; fails where a run takes more than the margin allows
//! cargo bench --bench instructions -- --accept    # these are the counts from now on
//! ```
//!
//! Counts hardly differ from run to run or from machine to machine, as times do. They do differ between compilers. This
//! program starts itself under callgrind (of valgrind) for each run, which counts inside [`counted_part`] only: neither
//! start nor scenario file nor model are part of a replication.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use overspill::scenario::{Load, Override, Plan, load};
use overspill::simulation::replicate;
use tempfile::TempDir;

/// How much more than the baseline a run may take, in per mille.
const MARGIN: u64 = 30;
/// Long ones are cut: a twentieth of a second of work is a second under callgrind.
const REPLICATIONS: [(&str, &str, &str); 20] = [
    ("loss", "base", "250h"),
    ("spot-market", "base", "150h"),
    ("overflow", "base", "200h"),
    ("quickstart", "wait", "14d"),
    ("quickstart", "burst", "14d"),
    ("departments", "ladder", "30d"),
    ("burst-peak", "ladder", "10d"),
    ("merge", "shapley", "20d"),
    ("zone-outage", "mixed", "17d"),
    ("university", "marketplace", "35d"),
    ("auction-methods", "fcfs", "200h"),
    ("auction-methods", "spot-cycle", "200h"),
    ("auction-methods", "spot-smooth", "200h"),
    ("auction-methods", "first-price", "200h"),
    ("auction-methods", "uniform", "200h"),
    ("auction-methods", "vcg", "200h"),
    ("auction-methods", "english", "200h"),
    ("auction-methods", "dutch", "200h"),
    ("auction-methods", "proportional", "200h"),
    ("auction-methods", "formula", "200h"),
];
/// Scenario files that are read, checked and made into models.
const FILES: [&str; 4] = ["quickstart", "auction-methods", "university", MARKET];
/// A scenario that is written here: so many pools that a loop over them inside a loop over them would be seen.
const MARKET: &str = "market";
const POOLS: usize = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("--count") => run(&arguments[1]).map(|()| true),
        _ => compare(arguments.iter().any(|argument| argument == "--accept")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// All that is counted.
#[inline(never)]
fn counted_part(run: &dyn Fn()) {
    black_box(run)();
}

/// Names of all runs.
fn runs() -> Vec<String> {
    let replications = REPLICATIONS.iter().map(|(scenario, arm, _)| format!("{scenario} {arm}"));
    replications.chain(FILES.iter().map(|file| format!("read {file}"))).collect()
}

/// Does one run, in a process of its own.
fn run(name: &str) -> Result<(), Box<dyn Error>> {
    let (first, second) = name.split_once(' ').ok_or("a run has a name of two words")?;
    let (path, _folder) = scenario(if first == "read" { second } else { first })?;
    if first == "read" {
        counted_part(&|| drop(black_box(plan(&path, None))));
        return Ok(());
    }
    let cut = REPLICATIONS.iter().find(|(scenario, arm, _)| (*scenario, *arm) == (first, second));
    let &(_, _, horizon) = cut.ok_or("there is no such run")?;
    let plan = plan(&path, Some(horizon))?;
    let arm = plan.arms.iter().find(|arm| arm.name == second).ok_or("there is no such arm")?;
    counted_part(&|| drop(black_box(replicate(&arm.model, 1, 0))));
    Ok(())
}

/// The file of a scenario, with the folder that it is written to if it is written here.
fn scenario(name: &str) -> Result<(PathBuf, Option<TempDir>), Box<dyn Error>> {
    if name != MARKET {
        return Ok((folder().join("scenarios").join(name).with_extension("toml"), None));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name).with_extension("toml");
    fs::write(&path, market()?)?;
    Ok((path, Some(folder)))
}

/// Pools that burst into one, each with a group of ten members.
fn market() -> Result<String, fmt::Error> {
    let mut text = "[experiment]\nhorizon = '12h'\n[customer.university]\n".to_owned();
    text += "[pool.on-demand]\nslots = 10000\npricing = { method = 'posted', price = '0.1 USD/h' }\n";
    for number in 0..POOLS {
        writeln!(
            text,
            "[pool.lab-{number}]
            owner = 'university'
            slots = 100
            pricing = {{ method = 'spot' }}
            on_interruption = 'lost'
            burst = {{ tiers = ['on-demand'], max_price = '0.2 USD/h' }}
            [group.group-{number}]
            pool = 'lab-{number}'
            members = 10
            arrivals = {{ offered_load = 100 }}
            duration = {{ law = 'exponential', mean = '2h' }}
            value = {{ law = 'uniform', low = '0.02 USD/h', high = '0.2 USD/h' }}"
        )?;
    }
    Ok(text)
}

fn plan(path: &Path, horizon: Option<&str>) -> Result<Plan, Box<dyn Error>> {
    let change = |value: &str| Override { path: "experiment.horizon".to_owned(), value: value.to_owned() };
    let (plan, diagnostics, _) = load(&Load { path, overrides: &horizon.map(change).into_iter().collect::<Vec<_>>() })?;
    plan.ok_or_else(|| format!("{} is not sound: {:?}", path.display(), diagnostics.first()).into())
}

/// Counts all runs and prints them beside the baseline; false where one takes too many instructions.
fn compare(accept: bool) -> Result<bool, Box<dyn Error>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions are not counted: there is no valgrind");
        return Ok(true);
    }
    let compiler = compiler();
    let (made_by, baseline) = read_baseline()?;
    if made_by != compiler {
        println!("the baseline was made by {made_by}, this is {compiler}: counts may differ for that alone");
    }
    println!("{:<28} {:>14} {:>14} {:>8}", "instructions of", "baseline", "now", "");
    let mut counts = BTreeMap::new();
    let (mut worse, mut better) = (0, 0);
    for run in runs() {
        let count = count(&run)?;
        let before = baseline.get(&run).copied();
        let verdict = before.map_or("new", |before| verdict(before, count));
        worse += u32::from(verdict == WORSE);
        better += u32::from(verdict == BETTER);
        let change =
            before.map_or(String::new(), |before| format!("{:+.1} %", 100.0 * (count as f64 / before as f64 - 1.0)));
        let before = before.map_or("-".to_owned(), |before| before.to_string());
        println!("{run:<28} {before:>14} {count:>14} {change:>8} {verdict}");
        counts.insert(run, count);
    }
    let renew = "renew the baseline with `cargo bench --bench instructions -- --accept`";
    if accept {
        write_baseline(&compiler, &counts)?;
        println!("these counts are the baseline from now on");
        return Ok(true);
    }
    if better > 0 {
        println!("{better} better: {renew}, so that what is won is not lost unnoticed");
    }
    if worse > 0 {
        println!(
            "{worse} worse by more than {} %: mend it, or say in the commit what it buys and {renew}",
            MARGIN / 10
        );
    }
    Ok(worse == 0)
}

const WORSE: &str = "WORSE";
const BETTER: &str = "better";

fn verdict(before: u64, now: u64) -> &'static str {
    if 1000 * now > (1000 + MARGIN) * before {
        WORSE
    } else if 1000 * now < (1000 - MARGIN) * before {
        BETTER
    } else {
        ""
    }
}

/// Runs one under callgrind and returns its instructions.
fn count(run: &str) -> Result<u64, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let counts = folder.path().join("counts");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_part*"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(std::env::current_exe()?)
        .args(["--count", run])
        // The C library copies memory with what the processor has; so that all count alike, with what all have.
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-BMI2,-ERMS,-FSRM,-LZCNT,-MOVBE")
        .output()?;
    if !output.status.success() {
        return Err(format!("`{run}` failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = fs::read_to_string(&counts)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).and_then(|total| total.trim().parse().ok());
    total.filter(|total| *total > 0).ok_or_else(|| format!("callgrind counted nothing in `{run}`").into())
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    version.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn baseline() -> PathBuf {
    folder().join("benches/instructions.csv")
}

/// Which compiler made the baseline, and the counts.
fn read_baseline() -> Result<(String, BTreeMap<String, u64>), Box<dyn Error>> {
    let text = fs::read_to_string(baseline()).unwrap_or_default();
    let mut lines = text.lines();
    let made_by = lines.next().and_then(|line| line.strip_prefix("# ")).unwrap_or("nobody").to_owned();
    let mut counts = BTreeMap::new();
    for line in lines.skip(1) {
        let (run, count) = line.split_once(',').ok_or_else(|| format!("no count in `{line}`"))?;
        counts.insert(run.to_owned(), count.parse()?);
    }
    Ok((made_by, counts))
}

fn write_baseline(compiler: &str, counts: &BTreeMap<String, u64>) -> Result<(), Box<dyn Error>> {
    let mut text = format!("# {compiler}\nrun,instructions\n");
    for (run, count) in counts {
        writeln!(text, "{run},{count}")?;
    }
    Ok(fs::write(baseline(), text)?)
}

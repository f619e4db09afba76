//! Recorded spot prices of EC2, 2016: what bursts into them, against a loop over the file.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use overspill::scenario::{Load, Plan, load, render};
use overspill::units::{Accrual, TICKS_PER_HOUR, TICKS_PER_SECOND};

use super::logs::{Replay, find_in, replay};

const FOLDER: &str = "ec2-spot-2016";
const C1_MEDIUM_B: &str = "c1.medium_us-east-1b.csv.gz";
const M2_XLARGE_B: &str = "m2.xlarge_us-east-1b.csv.gz";
const CG1_B: &str = "cg1.4xlarge_us-east-1b.csv.gz";
const T1_MICRO_JSON: &str = "raw-api-sample_t1.micro_us-east-1b.json.gz";
const T1_MICRO_B: &str = "t1.micro_us-east-1b.csv.gz";

/// Time in ticks since the first row, and price in units, read in the plainest way: digits at their places.
fn rows(path: &Path) -> Vec<(i64, i64)> {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("a file");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("a text");
    let rows: Vec<(i64, i64)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let digits = |from: usize, to: usize| line[from..to].parse::<i64>().expect("digits");
            let days = days_since_1970(digits(0, 4), digits(5, 7), digits(8, 10));
            let seconds = 86_400 * days + 3_600 * digits(11, 13) + 60 * digits(14, 16) + digits(17, 19);
            let (whole, part) = line[21..].split_once('.').expect("a decimal point");
            let part = format!("{part:0<9}");
            let units = whole.parse::<i64>().expect("digits") * 1_000_000_000 + part.parse::<i64>().expect("digits");
            (seconds * TICKS_PER_SECOND, units)
        })
        .collect();
    let first = rows[0].0;
    rows.into_iter().map(|(at, price)| (at - first, price)).collect()
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + lengths[..month as usize - 1].iter().sum::<i64>() + day - 1
}

/// What a workload comes to.
#[derive(Debug, PartialEq, Eq)]
struct Bill {
    refused: i64,
    interrupted: i64,
    completed: i64,
    /// Price × ticks × slots.
    charge: i128,
}

const FIRST: i64 = TICKS_PER_HOUR / 2;
const EVERY: i64 = 3 * TICKS_PER_HOUR;
const SLOTS: i64 = 2;

/// Requests of two slots come every three hours, from half an hour on, each for so long, and stay while the price is at most
/// the bid.
fn by_hand(rows: &[(i64, i64)], bid: i64, lasts: i64, horizon: i64) -> Bill {
    let mut bill = Bill { refused: 0, interrupted: 0, completed: 0, charge: 0 };
    for arrival in (0..).map(|n| FIRST + n * EVERY).take_while(|at| *at < horizon) {
        let due = arrival + lasts;
        let mut now = arrival;
        let mut price = rows.iter().rev().find(|(at, _)| *at <= arrival).expect("the first row is at 0").1;
        if price > bid {
            bill.refused += 1;
            continue;
        }
        let later = rows.iter().skip_while(|(at, _)| *at <= arrival);
        let mut fate = &mut bill.completed;
        for (at, next) in later {
            if *at >= due.min(horizon) {
                break;
            }
            bill.charge += i128::from(price) * i128::from(at - now) * i128::from(SLOTS);
            (now, price) = (*at, *next);
            if price > bid {
                fate = &mut bill.interrupted;
                break;
            }
        }
        if price <= bid {
            bill.charge += i128::from(price) * i128::from(due.min(horizon) - now) * i128::from(SLOTS);
        }
        // Whose work would be done at the horizon or later is still at it there.
        *fate += i64::from(price > bid || due < horizon);
    }
    bill
}

/// The same by the simulator, where a pool without slots bursts with this highest price.
fn scenario(history: &Path, bid: i64, lasts: i64, horizon: i64, more: &str) -> Plan {
    let mut text = String::new();
    let hours = |ticks: i64| format!("{ticks}us");
    let bid = format!("{}.{:09}", bid / 1_000_000_000, bid % 1_000_000_000);
    write!(
        text,
        r#"
[experiment]
horizon = "{}"
replications = 1

[customer.lab]

[pool.cluster]
owner = "lab"
slots = 0
pricing = {{ method = "fcfs" }}
on_interruption = "lost"
burst = {{ tiers = ["spot"], max_price = "{bid} USD/h" }}

[pool.spot]
pricing = {{ method = "given", history = "{}", after_end = "last"{more} }}
on_interruption = "lost"

[group.jobs]
pool = "cluster"
arrivals = {{ process = "rounds", first = "{}", every = "{}", bidders = 1 }}
size = {SLOTS}
duration = "{}"

[arm.one]
"#,
        hours(horizon),
        history.display(),
        hours(FIRST),
        hours(EVERY),
        hours(lasts)
    )
    .expect("a text");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("spot.toml");
    std::fs::write(&path, text).expect("a temporary file");
    let (plan, diagnostics, sources) = load(&Load { path: &path, overrides: &[] }).expect("a scenario");
    plan.unwrap_or_else(|| panic!("{}", render(&diagnostics, &sources, false)))
}

fn bill(replay: &Replay) -> (Bill, f64) {
    let whole = |metric: &str| replay.whole("pool:cluster", metric);
    let bill = Bill {
        refused: whole("refused_capacity"),
        interrupted: whole("lost"),
        completed: whole("completed"),
        charge: 0,
    };
    assert_eq!(whole("burst_interruptions"), bill.interrupted);
    (bill, replay.measure("pool:cluster", "burst_cost").numerator)
}

#[track_caller]
fn assert_same(name: &str, bids: &[&str], days: i64) {
    let Some(path) = find_in(FOLDER, name) else { return };
    let rows = rows(&path);
    let horizon = days * 24 * TICKS_PER_HOUR + 7;
    for bid in bids {
        let units = (bid.parse::<f64>().expect("a bid") * 1e9).round() as i64;
        for hours in [1, 30] {
            let lasts = hours * TICKS_PER_HOUR + 11;
            let expected = by_hand(&rows, units, lasts, horizon);
            let (found, cost) = bill(&replay(&scenario(&path, units, lasts, horizon, ""), "one"));
            assert_eq!(found, Bill { charge: 0, ..expected }, "{name} at {bid} for {hours} h");
            let exact = Accrual::from_units(expected.charge).as_currency();
            assert_eq!(cost.to_bits(), exact.to_bits(), "{name} at {bid} for {hours} h: {cost} and {exact}");
            eprintln!("{name} at {bid} for {hours} h: {expected:?}");
        }
    }
}

/// Prices from 0.0162 to 1.3 in 3,668 rows; at 0.0162 most requests are refused, at 1.3 none is interrupted.
#[test]
fn bills_and_interruptions_are_those_of_the_file() {
    assert_same(C1_MEDIUM_B, &["0.0161", "0.0162", "0.0165", "0.02", "0.13", "1.2999", "1.3"], 55);
}

/// Beyond the end of the file its last price holds.
#[test]
fn a_steep_market_too_up_to_beyond_its_end() {
    assert_same(M2_XLARGE_B, &["0.0175", "0.03", "0.245", "2.45"], 70);
}

#[test]
fn a_dead_market_takes_whoever_pays_its_one_price() {
    assert_same(CG1_B, &["20.999999999", "21"], 55);
}

/// The raw answer and the re-cut file are one history: same prices, same bills.
#[test]
fn the_answer_of_the_interface_is_read_as_it_is() {
    let (Some(json), Some(csv)) = (find_in(FOLDER, T1_MICRO_JSON), find_in(FOLDER, T1_MICRO_B)) else { return };
    let chosen = r#", instance_type = "t1.micro", zone = "us-east-1b", product = "Linux/UNIX""#;
    let (lasts, horizon) = (9 * TICKS_PER_HOUR, 50 * 24 * TICKS_PER_HOUR);
    for bid in [3_200_000, 3_300_000, 5_000_000] {
        let plan = scenario(&json, bid, lasts, horizon, chosen);
        let note = &plan.notes[0];
        assert!(note.contains("0 malformed, 0 of other markets"), "{note}");
        let [a, b] = [plan, scenario(&csv, bid, lasts, horizon, "")].map(|plan| bill(&replay(&plan, "one")));
        assert_eq!(a.0, b.0);
        assert_eq!(a.1.to_bits(), b.1.to_bits());
    }
}

/// What is played counts as content: another file, or another part of it, is another experiment.
#[test]
fn a_history_enters_the_digest_by_its_content() {
    let (Some(json), Some(csv)) = (find_in(FOLDER, T1_MICRO_JSON), find_in(FOLDER, T1_MICRO_B)) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("copy.csv.gz");
    let plan = |path: &Path| scenario(path, 5_000_000, TICKS_PER_HOUR, 24 * TICKS_PER_HOUR, "");
    std::fs::copy(&csv, &copy).expect("a copy");
    let first = plan(&copy);
    std::fs::copy(&json, &copy).expect("a copy");
    let second = plan(&copy);
    assert_eq!((first.files.len(), second.files.len()), (1, 1));
    assert_ne!(first.digest(), second.digest());
    assert_ne!(first.files[0].1, second.files[0].1);
}

//! Full records: what they add up to, and what they leave as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use super::program::Folder;
use super::read_back::ReadBack;

const SMALL: &str = include_str!("small.toml");
const METHODS: &str = include_str!("methods.toml");
/// Records begin at time 0, metrics where the window does.
const SMALL_RUN: &str = "run small.toml --set experiment.warm_up=0h";
const METHODS_RUN: &str = "run methods.toml --set experiment.warm_up=0h";
const FILES: [&str; 10] =
    ["pools", "requests", "bids", "leases", "interruptions", "prices", "usage", "billing", "focus", "operations"];

fn folder() -> Folder {
    let folder = Folder::with("small.toml", SMALL);
    folder.write("methods.toml", METHODS);
    folder
}

/// Sums `amounts` by a column of texts.
fn sums(file: &ReadBack, by: &str, amounts: &[Option<i64>]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (name, amount) in file.texts(by).into_iter().zip(amounts) {
        *sums.entry(name.expect("a name")).or_insert(0) += amount.expect("an amount");
    }
    sums
}

/// Metrics of the first replication of an arm, by scope and name; of several currencies, by unit as well.
fn metrics(folder: &Folder, results: &str, arm: &str) -> BTreeMap<(String, String, String), f64> {
    let file = folder.parquet(&format!("{results}/replications.parquet"));
    let replications = file.naturals("replication");
    let keys = file.texts("scope").into_iter().zip(file.texts("metric")).zip(file.texts("unit"));
    let rows = file.texts("arm").into_iter().zip(replications).zip(keys).zip(file.numbers("value"));
    let first = rows.filter(|(((of, replication), _), _)| of.as_deref() == Some(arm) && *replication == Some(0));
    let named = first.filter_map(|((_, ((scope, metric), unit)), value)| Some(((scope?, metric?, unit?), value?)));
    named.collect()
}

fn value(metrics: &BTreeMap<(String, String, String), f64>, scope: &str, metric: &str) -> f64 {
    let found: Vec<f64> =
        metrics.iter().filter(|((s, m, _), _)| s == scope && m == metric).map(|(_, value)| *value).collect();
    assert_eq!(found.len(), 1, "{scope} {metric}: {found:?}");
    found[0]
}

#[track_caller]
fn assert_near(one: f64, other: f64, what: &str) {
    assert!((one - other).abs() <= 1e-6 * (1.0 + other.abs()), "{what}: {one} and {other}");
}

/// Both scenarios with their arms and horizons, recorded.
fn recorded() -> (Folder, [(&'static str, &'static str, f64); 4]) {
    let folder = folder();
    folder.run(&format!("{SMALL_RUN} -o small --records --replications 2")).done();
    folder.run(&format!("{METHODS_RUN} -o methods --records --replications 2")).done();
    (folder, [("small", "wait", 30.0), ("small", "burst", 30.0), ("small", "more", 30.0), ("methods", "base", 40.0)])
}

#[test]
fn what_is_billed_is_what_is_spent() {
    let (folder, runs) = recorded();
    for (results, arm, hours) in runs {
        let metrics = metrics(&folder, results, arm);
        let billing = folder.parquet(&format!("{results}/records/{arm}/0/billing.parquet"));
        let amounts = billing.wholes("amount_nano");
        let mut by_payer: BTreeMap<(String, String), i64> = BTreeMap::new();
        let (payers, currencies) = (billing.texts("payer"), billing.texts("currency"));
        for ((payer, currency), amount) in payers.into_iter().zip(currencies).zip(&amounts) {
            *by_payer.entry((payer.expect("a payer"), currency.expect("a currency"))).or_default() += amount.unwrap();
        }
        assert!(by_payer.len() > 3, "{by_payer:?}");
        let mut payers = BTreeSet::new();
        for ((payer, currency), billed) in by_payer {
            let metric = if payer.starts_with("member:") { "payment_rate" } else { "cost_rate" };
            let rate = metrics[&(payer.clone(), metric.to_owned(), format!("{currency}/h"))];
            assert_near(billed as f64 / 1e9, rate * hours, &payer);
            payers.insert(payer);
        }
        // Whoever is not billed has spent nothing.
        for ((scope, metric, _), rate) in &metrics {
            let pays = scope.starts_with("member:") && metric == "payment_rate" || metric == "cost_rate";
            assert!(!pays || *rate == 0.0 || payers.contains(scope), "{scope} {metric}");
        }
        for (pool, earned) in sums(&billing, "pool", &amounts) {
            let rate = value(&metrics, &format!("pool:{pool}"), "revenue_rate");
            assert_near(earned as f64 / 1e9, rate * hours, &pool);
        }
    }
}

#[test]
fn every_lease_ends_once_and_every_request_has_one_fate() {
    let (folder, runs) = recorded();
    for (results, arm, _) in runs {
        let metrics = metrics(&folder, results, arm);
        let at = |table: &str| folder.parquet(&format!("{results}/records/{arm}/0/{table}.parquet"));
        for (table, column) in [("leases", "lease"), ("requests", "request")] {
            let mut numbers: Vec<i64> = at(table).wholes(column).into_iter().flatten().collect();
            numbers.sort_unstable();
            assert!(numbers.len() > 50 && numbers.iter().copied().eq(0..numbers.len() as i64), "{table}");
        }
        // Nothing is paid in advance in either.
        assert!(at("leases").flags("prepaid").iter().all(|is_prepaid| *is_prepaid == Some(false)), "{arm}");
        let requests = at("requests");
        let fates = requests.texts("pool").into_iter().zip(requests.texts("fate")).zip(requests.texts("user"));
        let mut counts: BTreeMap<(String, &str), f64> = BTreeMap::new();
        for ((pool, fate), _) in fates.filter(|(_, user)| user.is_some()) {
            let metric = match fate.expect("a fate").as_str() {
                "completed" => "completed",
                "lost" => "lost",
                "refused" => "refused",
                "abandoned" => "abandoned",
                "withdrawn" => "withdrawn",
                "open" => "open_at_horizon",
                other => panic!("no fate is called {other}"),
            };
            for metric in [metric, "arrivals"] {
                *counts.entry((pool.clone().expect("a pool"), metric)).or_default() += 1.0;
            }
        }
        for ((pool, metric), count) in counts {
            assert_near(count, value(&metrics, &format!("pool:{pool}"), metric), metric);
        }
        let lost: f64 = requests.numbers("work_lost").into_iter().flatten().sum();
        let counted =
            metrics.iter().filter(|((scope, metric, _), _)| scope.starts_with("pool:") && metric == "work_lost");
        assert_near(lost, counted.map(|(_, value)| value).sum(), "work lost");
        assert!(lost > 0.0 || results == "small");
    }
}

#[test]
fn what_is_used_is_what_is_occupied() {
    let (folder, runs) = recorded();
    for (results, arm, hours) in runs {
        let metrics = metrics(&folder, results, arm);
        let usage = folder.parquet(&format!("{results}/records/{arm}/0/usage.parquet"));
        let used = sums(&usage, "pool", &usage.wholes("slot_us"));
        assert!(used.len() > 1);
        for (pool, slot_us) in used {
            let mean = value(&metrics, &format!("pool:{pool}"), "occupancy_mean");
            let (used, occupied) = (slot_us as f64 / 3.6e9, mean * hours);
            // Divided slots are divided into whole parts, and what is left over is held by nobody.
            let share = if pool == "shares" { 1e-5 } else { 1e-9 };
            assert!((used - occupied).abs() <= share * occupied, "{pool}: {used} and {occupied}");
        }
        let leases = folder.parquet(&format!("{results}/records/{arm}/0/leases.parquet"));
        let of_leases = sums(&leases, "pool", &leases.wholes("slot_us"));
        assert_eq!(of_leases, sums(&usage, "pool", &usage.wholes("slot_us")));
    }
    // Five slots that nobody takes away.
    let small = metrics(&folder, "small", "wait");
    let usage = folder.parquet("small/records/wait/0/usage.parquet");
    let spot = sums(&usage, "pool", &usage.wholes("slot_us"))["spot"] as f64 / 3.6e9;
    assert_near(spot / (5.0 * 30.0), value(&small, "pool:spot", "utilisation"), "utilisation");
    // What is sold there is used, idle in the pool that it supplies, or not sold.
    let share = |metric| value(&small, "pool:spot", metric);
    assert_near(share("utilisation_used") + share("sold_idle_share") + share("unsold_share"), 1.0, "shares");
    assert!(share("sold_idle_share") > 0.0 && share("unsold_share") > 0.0);
}

#[test]
fn interruptions_are_told_by_cause() {
    let (folder, runs) = recorded();
    for (results, arm, _) in runs {
        let metrics = metrics(&folder, results, arm);
        let rows = folder.parquet(&format!("{results}/records/{arm}/0/interruptions.parquet"));
        let mut counts: BTreeMap<(String, String), f64> = BTreeMap::new();
        let columns = rows.texts("asked_pool").into_iter().zip(rows.texts("cause")).zip(rows.texts("user"));
        for ((pool, cause), _) in columns.filter(|(_, user)| user.is_some()) {
            *counts.entry((pool.expect("a pool"), cause.expect("a cause"))).or_default() += 1.0;
        }
        assert!(!counts.is_empty());
        for ((pool, cause), count) in counts {
            let scope = format!("pool:{pool}");
            let slot_hours = 1000.0 * value(&metrics, &scope, "interruptions");
            let slot_hours = slot_hours / value(&metrics, &scope, "interruptions_per_1000_slot_hours");
            let rate = value(&metrics, &scope, &format!("interruptions_per_1000_slot_hours_{cause}"));
            assert_near(rate * slot_hours / 1000.0, count, &format!("{pool} {cause}"));
        }
    }
}

/// Columns of FOCUS 1.2 that no row may leave empty.
const NEVER_NULL: [&str; 27] = [
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "InvoiceIssuerName",
    "PricingCategory",
    "PricingCurrency",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
];

#[test]
fn postings_are_told_in_the_columns_of_focus() {
    let folder = folder();
    let run = "run small.toml -o day --replications 1 --arm burst --records=billing";
    folder.run(&format!("{run} --set experiment.epoch='2026-03-31'")).done();
    let (billing, focus) =
        (folder.parquet("day/records/burst/0/billing.parquet"), folder.parquet("day/records/burst/0/focus.parquet"));
    let names: Vec<String> = focus.names().into_iter().map(str::to_owned).collect();
    let standard: Vec<&String> = names[2..].iter().filter(|name| !name.starts_with("x_")).collect();
    assert!(standard.len() == 57 && standard.is_sorted(), "{standard:?}");
    assert!(focus.height() > 50 && focus.height() == billing.height());
    for column in NEVER_NULL {
        assert!(focus.texts(column).iter().all(Option::is_some), "{column}");
    }
    assert_eq!(focus.numbers("BilledCost"), billing.numbers("amount"));
    assert!(focus.numbers("PricingQuantity").iter().all(Option::is_some));
    // The simulation begins a day before the month ends.
    let periods = focus.texts("BillingPeriodStart").into_iter().zip(billing.wholes("time_us"));
    for (start, time) in periods {
        let month = if time < Some(24 * 3_600_000_000) { "2026-03-01T00:00:00Z" } else { "2026-04-01T00:00:00Z" };
        assert_eq!(start.as_deref(), Some(month));
    }
    let first = focus.texts("ChargePeriodStart").into_iter().flatten().min();
    assert_eq!(first.as_deref(), Some("2026-03-31T00:00:00.000000Z"));
    let kinds = focus.texts("x_Kind").into_iter().zip(focus.texts("ChargeCategory"));
    let kinds: BTreeSet<_> = kinds.map(|(kind, category)| (kind.unwrap(), category.unwrap())).collect();
    let expected = [("fee", "Usage"), ("flat_fee", "Purchase"), ("use", "Usage")];
    assert!(kinds.iter().map(|(kind, category)| (kind.as_str(), category.as_str())).eq(expected), "{kinds:?}");
}

/// Three slots bought for terms of ten hours, every hour of which is due, and two of which only what is used is due.
const RESERVED: &str = r#"
[experiment]
horizon = "25h"
replications = 1

[customer.lab]

[pool.reserved]
slots = "unlimited"
pricing = { method = "posted", price = "0.05 USD/h" }

[pool.lab]
owner = "lab"
supply = [
    { from = "reserved", slots = 3, purchase = { upfront = "0.10 USD", term = "10h", at_expiry = "renew" } },
    { from = "reserved", slots = 2, purchase = { hourly = "0.08 USD/h", term = "1y", due = "use" } },
]
pricing = { method = "posted", price = "0.10 USD/h" }
on_interruption = "lost"

[group.users]
pool = "lab"
arrivals = { offered_load = 3 }
duration = { law = "exponential", mean = "1h" }
"#;

/// What FOCUS says of use, and of what was bought and lay idle, is what the metrics say.
#[test]
fn slots_that_are_bought_for_a_term_are_used_or_unused_in_focus() {
    let folder = Folder::with("reserved.toml", RESERVED);
    folder.run("run reserved.toml -o out --records=billing").done();
    let at = |table: &str| folder.parquet(&format!("out/records/base/0/{table}.parquet"));
    let (billing, focus) = (at("billing"), at("focus"));
    let (ids, statuses) = (focus.texts("CommitmentDiscountId"), focus.texts("CommitmentDiscountStatus"));
    let (quantities, consumed) = (focus.numbers("CommitmentDiscountQuantity"), focus.numbers("ConsumedQuantity"));
    let (categories, costs) = (focus.texts("ChargeCategory"), focus.numbers("BilledCost"));
    let (units, prices) = (focus.texts("PricingUnit"), focus.numbers("ListUnitPrice"));
    let (mut had, mut used, mut idle_by_use) = (0.0, 0.0, 0.0);
    for row in 0..focus.height() {
        let is_usage = categories[row].as_deref() == Some("Usage");
        let status = statuses[row].as_deref();
        assert_eq!(status.is_some(), ids[row].is_some() && is_usage, "a status for the use of what was bought alone");
        let (Some(status), Some(quantity)) = (status, quantities[row]) else { continue };
        assert!(quantity > 0.0 && units[row].as_deref() == Some("Slot-Hours"));
        assert_eq!(consumed[row], (status == "Used").then_some(quantity));
        had += quantity;
        used += if status == "Used" { quantity } else { 0.0 };
        // Of the slots that are due whole, an hour costs as much whether it is used or not.
        let price = prices[row].expect("a price of slot-hours");
        let is_whole = (price - 0.05).abs() < 1e-6;
        assert!(is_whole || (price - if status == "Used" { 0.08 } else { 0.0 }).abs() < 1e-6, "{price}");
        idle_by_use += if is_whole || status == "Used" { 0.0 } else { quantity };
    }
    assert_near(had, 5.0 * 25.0, "slot-hours that were bought");
    assert!(idle_by_use > 1.0 && used > 1.0 && had - used > 1.0);
    assert_near(used / had, value(&metrics(&folder, "out", "base"), "pool:lab", "commitment_utilisation"), "use");
    let (billed, told) = (billing.numbers("amount"), costs.iter().flatten().sum::<f64>());
    assert_near(told, billed.into_iter().flatten().sum(), "what is billed");
    assert!(focus.height() > billing.height());
}

fn all_but_journal(folder: &Folder, name: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = folder.files(name);
    assert!(files.remove(".journal").is_some() && files.remove(".records").is_some());
    files
}

#[track_caller]
fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        assert!(*bytes == other[name], "{name} differs");
    }
}

#[test]
fn records_change_nothing_else() {
    let folder = folder();
    for scenario in ["small", "methods"] {
        let run = format!("run {scenario}.toml --replications 2");
        let ended = folder.run(&format!("{run} -o with --records")).done();
        assert!(ended.stderr.contains("full records of 1 replication of each arm in with/records"), "{ended}");
        let without = folder.run(&format!("{run} -o without")).done();
        assert_eq!(ended.stdout, without.stdout);
        let mut with = all_but_journal(&folder, "with");
        let arms = fs::read_dir(folder.path("with/records")).expect("there are records").count();
        let records: Vec<String> = with.keys().filter(|name| name.starts_with("records/")).cloned().collect();
        assert_eq!(records.len(), arms * FILES.len());
        records.iter().for_each(|name| _ = with.remove(name));
        let mut without = folder.files("without");
        without.remove(".journal");
        assert_same(&with, &without);
    }
}

/// What is asked for in the scenario is no part of what decides its results.
#[test]
fn asking_in_the_scenario_is_asking_on_the_command_line() {
    let folder = folder();
    let asked = "[report]\nrecords = [\"leases\", \"billing\"]\nrecord_replications = 2\n";
    folder.write("asked.toml", SMALL.replace("[customer.lab]", &format!("{asked}\n[customer.lab]")));
    let in_file = folder.run("run asked.toml -o asked --replications 3 --json").done().json();
    let on_line = "run small.toml -o line --replications 3 --json --records=leases,billing --record-replications 2";
    let on_line = folder.run(on_line).done().json();
    assert_eq!(in_file, on_line);
    let records = |name: &str| -> BTreeMap<String, Vec<u8>> {
        folder.files(name).into_iter().filter(|(name, _)| name.starts_with("records/")).collect()
    };
    assert_eq!(records("asked").len(), 3 * 2 * 3);
    assert_same(&records("asked"), &records("line"));
    // The command line wins.
    folder.run("run asked.toml -o less --replications 3 --records=prices --record-replications 1").done();
    assert_eq!(records("less").len(), 3);
}

#[test]
fn threads_repetition_and_extension_change_no_record() {
    let folder = folder();
    let run = "run methods.toml --records --record-replications 3 --replications";
    folder.run(&format!("{run} 4 -o one -j 1")).done();
    let one = all_but_journal(&folder, "one");
    assert_eq!(one.keys().filter(|name| name.starts_with("records/")).count(), 2 * 3 * FILES.len());
    folder.run(&format!("{run} 4 -o two -j 2")).done();
    assert_same(&one, &all_but_journal(&folder, "two"));
    folder.run(&format!("{run} 2 -o grown -j 2")).done();
    folder.run(&format!("{run} 4 -o grown -j 2")).done();
    assert_same(&one, &all_but_journal(&folder, "grown"));
    folder.run(&format!("{run} 4 -o one --fresh")).done();
    assert_same(&one, &all_but_journal(&folder, "one"));
}

/// Replications that were finished without records, or whose records went away, are run again for them.
#[test]
fn records_are_completed_for_what_is_recalled() {
    let folder = folder();
    let run = "run small.toml --replications 3";
    folder.run(&format!("{run} -o whole --records --record-replications 2")).done();
    let whole = all_but_journal(&folder, "whole");
    folder.run(&format!("{run} -o late")).done();
    let ended = folder.run(&format!("{run} -o late --records --record-replications 2")).done();
    assert!(ended.stderr.contains("9 of them from before"), "{ended}");
    assert_same(&whole, &all_but_journal(&folder, "late"));
    fs::remove_file(folder.path("late/records/burst/1/usage.parquet")).expect("it is there");
    fs::write(folder.path("late/records/burst/1/.partial-1-usage.parquet"), "half").expect("it is writable");
    folder.run(&format!("{run} -o late --records --record-replications 2")).done();
    assert_same(&whole, &all_but_journal(&folder, "late"));
}

/// Records of another scenario are none of this one, wanted or not; those of somebody else stay where they are.
#[test]
fn records_of_another_experiment_go_away() {
    let folder = folder();
    folder.run("run small.toml --replications 1 -o out --records --set pool.spot.slots=6").done();
    folder.run("run small.toml --replications 1 -o out --records=prices").done();
    let records = || fs::read_dir(folder.path("out/records/wait/0")).map(Iterator::count).unwrap_or(0);
    assert_eq!(records(), 1);
    folder.run("run small.toml --replications 1 -o out --set pool.spot.slots=6").done();
    assert!(!folder.path("out/records").exists() && !folder.path("out/.records").exists());
    fs::create_dir(folder.path("out/records")).expect("the folder is writable");
    folder.run("run small.toml --replications 1 -o out").done();
    let refused = folder.run("run small.toml --replications 1 -o out --records");
    assert!(refused.code == Some(1) && refused.stderr.contains("was not written by this program"), "{refused}");
}

#[test]
fn a_killed_run_completes_its_records() {
    let folder = folder();
    let run = "run small.toml --replications 12 --set experiment.horizon=600h --records --record-replications 9";
    let mut command = folder.command(&format!("{run} -o stopped -j 2"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let last = folder.path("stopped/records/more/1");
    let is_under_way = (0..5_000).any(|_| {
        sleep(Duration::from_millis(2));
        last.exists()
    });
    child.kill().and_then(|()| child.wait()).expect("it can be stopped");
    assert!(is_under_way && !folder.path("stopped/manifest.json").exists(), "it was stopped in the middle");
    folder.run(&format!("{run} -o stopped")).done();
    folder.run(&format!("{run} -o whole")).done();
    assert_same(&all_but_journal(&folder, "whole"), &all_but_journal(&folder, "stopped"));
}

#[test]
fn tables_that_there_are_not_are_bad_usage() {
    let ended = folder().run("run small.toml --records=billing,leasses");
    assert!(
        ended.code == Some(2) && ended.stderr.contains("there is no table `leasses`; tables are: all, pools"),
        "{ended}"
    );
}

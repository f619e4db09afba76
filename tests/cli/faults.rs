//! Every faulty scenario gets all of its faults told: place, value, rule and remedy, each once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::program::{Folder, assert_snapshot};

/// A test per file in `tests/cli/faults`: what `overspill validate` says of it.
macro_rules! faults {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                validate(stringify!($name));
            }
        )*

        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

faults! {
    accounts
    auction_keys
    auction_limits
    bidders_at_any_price
    bids
    bids_that_stay
    budget_without_charging
    burst_terms
    burst_without_policy
    choices
    choices_at_any_price
    currencies_at_odds
    duplicate_key
    empty_log
    event_storms
    events
    experiment_ranges
    fairness_keys
    fairness_names
    faulty_arms
    free_of_charge
    formula_bounds
    formula_faults
    formula_takers
    given_prices
    huge_numbers
    impossible_laws
    interruption_rules
    interruption_unsaid
    merging_events
    merging_misfits
    merging_terms
    minimum_above_cap
    minimum_moves
    minimum_schedules
    missing_keys
    missing_log
    mixed_currencies
    negative_numbers
    no_experiment
    no_hardware
    nobody_waits
    nobody_waits_for_notice
    not_finite
    nothing_but_experiment
    operations
    own_tier
    places
    places_taken
    policy_faults
    price_histories
    pool_life
    pool_rules_in_a_circle
    price_takers
    price_units
    price_walks
    private_pools
    proportional_shares
    purchase_sources
    purchase_terms
    rate_and_load
    records
    records_of_wrong_type
    renewed_all_the_time
    report_economics
    report_rates
    report_without_rates
    resale
    resale_in_a_circle
    resource_units
    rounds
    section_of_wrong_type
    six_faults
    sold_in_rounds
    spot_clearing
    supply_bids
    time_units
    toml_syntax
    too_fast
    too_many_rounds
    too_much
    too_much_at_once
    unknown_key
    unknown_methods
    unknown_names
    unknown_top_level_key
    unknown_user
    unquoted_text
    wrong_types
    zone_lists
    zones
}

fn faulty(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/faults").join(format!("{name}.toml"));
    fs::read_to_string(path).expect("every fault has a file")
}

fn validate(name: &str) {
    let file = format!("{name}.toml");
    let folder = Folder::with(&file, &faulty(name));
    folder.write("empty.swf", "");
    folder.write("useless.swf", "; a comment\n1 2 3\n1 -1 0 10 2 -1 -1 2 -1 -1 1 7 3 -1 -1 -1 -1 -1\n");
    folder.write("twice.csv", "time,component,state\n1h,host:a/2,down\n2h,host:a/2,down\n");
    folder.write("unknown.csv", "time,component,state\n1h,host:a/2,down\n2h,host:a/7,down\n");
    folder.write("prices.json", PRICES);
    folder.write("useless.csv", "timestamp,price\nyesterday,1\n2016-04-25T11:00:30Z,free\n");
    for (policy, text) in POLICIES {
        folder.write(policy, text);
    }
    assert_snapshot(name, &folder.run(&format!("validate {file}")));
}

/// A history of two markets, with a row that has no time.
const PRICES: &str = r#"{ "SpotPriceHistory": [
    { "Timestamp": "2016-04-25T13:00:00.000Z", "SpotPrice": "0.03", "InstanceType": "x", "AvailabilityZone": "b" },
    { "Timestamp": "noon", "SpotPrice": "0.04", "InstanceType": "x", "AvailabilityZone": "b" },
    { "Timestamp": "2016-04-25T11:30:00.000Z", "SpotPrice": "0.01", "InstanceType": "x", "AvailabilityZone": "a" },
    { "Timestamp": "2016-04-25T11:00:00.000Z", "SpotPrice": "0.02", "InstanceType": "x", "AvailabilityZone": "b" }
] }"#;

/// Policy files with faults.
const POLICIES: [(&str, &str); 5] = [
    (
        "faulty.xml",
        "<policy>
  <constant name=\"base\">0.02 EUR/h</constant>
  <constant>3</constant>
  <price>
    base + pirce * 2
  </price>
  <rank>bid &gt; 0 &amp;&amp; wait &gt; 1 ? 1 : 0</rank>
  <price-kap>1 USD/h</price-kap>
</policy>
",
    ),
    ("broken.xml", "<policy>\n  <price>é &amp; b</price>\n  <rank>bid</rang>\n</policy>\n"),
    ("dtd.xml", "<!DOCTYPE policy [<!ENTITY base \"1\">]>\n<policy><price>&base;</price></policy>\n"),
    ("faulty.toml", "method = \"posted\"\npolicy = \"other.toml\"\nprice = \"minimum\"\n"),
    (
        "shape.xml",
        "<policy version=\"2\">
  cheap
  <price><unit/>minimum</price>
  <price>minimum<!-- the one --></price>
  <price>minimum</price>
</policy>
",
    ),
];

#[test]
fn every_file_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/faults");
    let files = fs::read_dir(folder).expect("the folder exists").map(|entry| {
        let name = entry.expect("the folder is readable").file_name();
        name.to_string_lossy().trim_end_matches(".toml").to_owned()
    });
    assert_eq!(files.collect::<BTreeSet<_>>(), TESTED.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn run_says_the_same_and_writes_nothing() {
    let folder = Folder::with("six.toml", &faulty("six_faults"));
    let (validated, run) = (folder.run("validate six.toml"), folder.run("run six.toml"));
    assert_eq!(validated.to_string(), run.to_string());
    assert_eq!(folder.files("").len(), 1);
}

#[test]
fn faults_are_sorted_by_place_and_told_once() {
    // Both arms have all faults of the base.
    let arms = "\n[arm.a]\n[arm.b]\n";
    let folder = Folder::with("six.toml", &(faulty("six_faults") + arms));
    let stderr = folder.run("validate six.toml").stderr;
    let places: Vec<u32> = stderr
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--> six.toml:"))
        .map(|place| place.split(':').next().and_then(|line| line.parse().ok()).expect("a line number"))
        .collect();
    assert_eq!(places.len(), 6, "{stderr}");
    assert!(places.is_sorted(), "{places:?}");
    assert!(stderr.ends_with("\n6 errors in six.toml\n"), "{stderr}");
}

#[test]
fn files_that_are_no_scenarios() {
    let folder = Folder::with("empty.toml", "");
    folder.write("latin.toml", b"[experiment]\nname = \"caf\xe9\"\n");
    fs::create_dir(folder.path("folder.toml")).expect("the temporary folder is writable");
    for name in ["empty", "latin", "folder", "absent"] {
        assert_snapshot(&format!("no_scenario_{name}"), &folder.run(&format!("validate {name}.toml")));
    }
}

const SOUND: &str = r#"
[experiment]
name = "sound"
replications = 1
horizon = "5h"

[customer.lab]

[pool.own]
owner = "lab"
slots = 2
pricing = { method = "spot" }
on_interruption = "resume"
supply = [{ from = "reserve", slots = 1 }]

[pool.own.burst]
tiers = ["cloud"]
max_price = "3 USD/h"
fee = "5 %"
budget = { amount = "5 USD", period = "2h", charging = "metered" }

[pool.reserve]
slots = 1
pricing = { method = "posted", price = "0.1 USD/h" }

[pool.cloud]
slots = "unlimited"
pricing = { method = "posted", price = "2 USD/h" }

[group.users]
pool = "own"
arrivals = { rate = "4 /h" }
duration = { law = "exponential", mean = "1h" }
size = 1
value = { law = "uniform", low = "0 USD/h", high = "3 USD/h" }
patience = "1h"

[arm.plain]

[arm.large]
pool.own.slots = 3
"#;

#[test]
fn faulty_overrides() {
    let folder = Folder::with("sound.toml", SOUND);
    folder.run("validate sound.toml").done();
    for (name, change) in [
        ("value", "pool.own.slots=-1"),
        ("text", "pool.cloud.pricing.price=2 EUR/h"),
        ("pool", "pool.clout.slots=5"),
        ("group", "group.guests.patience=2h"),
        ("key", "pool.own.slotz=5"),
        ("table", "experiment=3"),
        ("through_a_value", "pool.own.slots.spare=3"),
        ("arm", "arm.large.experiment.seed=3"),
        ("empty_part", "pool..slots=3"),
        ("syntax", "pool own slots=3"),
        ("no_value", "pool.own.slots="),
        ("no_equals_sign", "pool.own.slots"),
        ("no_path", "=3"),
    ] {
        assert_snapshot(&format!("set_{name}"), &folder.run_with("validate sound.toml --set", &[change]));
    }
    // A whole table may be new.
    let guests = r#"group.guests={ pool = "cloud", arrivals = { rate = "1 /h" }, duration = "1h" }"#;
    folder.run_with("validate sound.toml --set", &[guests]).done();
    let two = folder.run_with("validate sound.toml --set", &["pool.own.slots=-1", "--set", "pool.own.speed=0"]);
    assert!(two.stderr.contains("2 errors"), "{two}");
}

/// Each kind of bidding replaces the one that the base has, and what takes its numbers from the pool finds them.
#[test]
fn groups_that_bid_in_rounds_are_sound() {
    let folder = Folder::with("sound.toml", SOUND);
    let rounds = r#"group.users.arrivals={ process = "rounds", every = "1h", bidders = { poisson = 5 } }"#;
    let sound: [&[&str]; 8] = [
        &[rounds, "group.users.bid={ equilibrium = {} }"],
        &[r#"group.users.bid={ equilibrium = { slots = 3, minimum = "0.1 USD/h", bidders = 9 } }"#],
        &[rounds, r#"group.users.bid={ shade = "80 %" }"#, "group.users.bid={ equilibrium = {} }"],
        &[rounds, "group.users.bid={ equilibrium = {} }", r#"group.users.bid={ shade = 1 }"#],
        &[rounds, r#"group.users.arrivals={ process = "poisson", rate = "1 /h" }"#],
        &[rounds, "group.users.arrivals.bidders=5", "group.users.arrivals.first=90m", "group.users.members=5"],
        &[r#"group.users.revision={ every = "10m", raise = "10 %" }"#, "group.users.revision=none"],
        &[r#"group.users.withdrawal={ probability = 0.05, after = { law = "exponential", mean = "1h" } }"#],
    ];
    for changes in sound {
        let sets: Vec<&str> = changes.iter().flat_map(|change| ["--set", change]).collect();
        folder.run_with("run sound.toml --arm plain -o out --fresh --quiet", &sets).done();
    }
}

/// A value at or beyond the edge of what can be simulated is refused, or runs: it neither panics nor hangs.
#[track_caller]
fn assert_extremes(cases: &[(&[&str], i32)]) {
    let folder = Folder::with("sound.toml", SOUND);
    for (changes, code) in cases {
        let sets: Vec<&str> = changes.iter().flat_map(|change| ["--set", change]).collect();
        let ended = folder.run_with("run sound.toml --arm plain -o out --fresh --quiet", &sets);
        assert_eq!(ended.code, Some(*code), "{changes:?}: {ended}");
        assert_eq!(ended.stderr.contains("error"), *code != 0, "{changes:?}: {ended}");
    }
}

#[test]
fn extreme_times() {
    assert_extremes(&[
        (&["experiment.horizon=1us"], 0),
        (&["experiment.horizon=7e28 y 7e28 y"], 2),
        (&["experiment.horizon=30000 y"], 2),
        (
            &[
                "experiment.horizon=30000 y",
                "group.users.arrivals.rate=0.01 /y",
                "pool.own.burst.budget.period=1 y",
                "pool.own.burst.max_price=0.01 USD/h",
            ],
            0,
        ),
        (&["experiment.warm_up=4.9999999h"], 0),
        (&["experiment.series_step=30000 y"], 0),
        (&["group.users.patience=0s"], 0),
        (&["group.users.patience=30000 y", "pool.own.waiting={ capacity = \"unlimited\" }"], 0),
        (&["group.users.duration=0s"], 0),
        (&["group.users.duration=30000 y"], 0),
        (&["group.users.duration={ law = \"lognormal\", mean = \"1h\", cv = 1e150 }"], 0),
        (&["pool.own.burst.budget.period=1us"], 2),
        (&["pool.own.burst.budget.period=1s"], 0),
        (&["pool.cloud.speed=0.000001"], 0),
        (&["pool.cloud.speed=4000"], 0),
    ]);
}

#[test]
fn extreme_prices() {
    let (dear, rich) = ("pool.cloud.pricing.price=2e8 USD/h", "pool.own.burst.max_price=2.2e8 USD/h");
    let amount = "pool.own.burst.budget.amount=1e13 USD";
    assert_extremes(&[
        (&[dear, rich, amount], 0),
        (&[dear, rich, amount, "experiment.horizon=10 y", "group.users.size=100000000"], 2),
        (&[dear, rich, amount, "pool.own.burst.fee=400000 %"], 0),
        (&["pool.own.burst.fee=500000 %"], 2),
        (&["pool.own.burst.flat_fee=1e13 USD", amount], 0),
        (&["pool.own.burst.budget.amount=1e14 USD"], 2),
        (&["pool.own.burst.budget.amount=1e-9 USD"], 0),
        (&["pool.own.burst.budget.amount=0 USD"], 0),
        (&["pool.cloud.pricing.price=1e-9 USD/h"], 0),
        (&["pool.cloud.pricing.price=0 USD/h"], 0),
        (&["pool.own.burst.budget.charging=prepaid", "group.users.duration=30000 y"], 0),
        (&["pool.own.burst.budget.charging=prepaid", "pool.cloud.speed=0.000001", "group.users.duration=30000 y"], 2),
        (&["group.users.value={ law = \"lognormal\", mean = \"1 USD/h\", cv = 1e100 }"], 0),
        (&["group.users.value=0 USD/h"], 0),
        (&["pool.own.minimum_price=2e9 USD/h"], 0),
        (&["pool.own.pricing.price_cap=0 USD/h"], 0),
    ]);
}

#[test]
fn extreme_numbers() {
    assert_extremes(&[
        (&["group.users.arrivals.rate=1e15 /h"], 2),
        (&["group.users.arrivals.rate=1e-20 /h"], 0),
        (&["group.users.arrivals={ offered_load = 1e300 }"], 2),
        (&["group.users.arrivals={ offered_load = 1e-300 }"], 0),
        (&["group.users.arrivals={ offered_load = 0 }"], 2),
        (&["group.users.size=100000000", "pool.own.burst.budget.amount=1e13 USD"], 0),
        (&["group.users.size=4294967295"], 2),
        (&["group.users.size={ law = \"exponential\", mean = 1e300 }"], 0),
        (&["group.users.size={ law = \"lognormal\", mean = 2, cv = 1e200 }"], 2),
        (&["pool.own.slots=0", "pool.own.supply=[]"], 0),
        (&["pool.own.slots=100000000"], 0),
        (&["pool.own.supply=[{ from = \"reserve\", slots = 5000000000 }]"], 2),
        (&["pool.own.waiting={ capacity = 5000000000 }"], 2),
        (
            &[
                "pool.reserve.supply=[{ from = \"own\", slots = 1, bid = \"1 USD/h\" }]",
                "pool.reserve.on_interruption=lost",
            ],
            0,
        ),
        (&["experiment.confidence=0.9999999999999999"], 0),
        (&["experiment.seed=18446744073709551615"], 0),
        (&["experiment.replications=2", "experiment.horizon=1s"], 0),
    ]);
}

/// More threads than there is work for cost nothing.
#[test]
fn threads_without_work() {
    let folder = Folder::with("sound.toml", SOUND);
    folder.run("run sound.toml -o out -j 4096").done();
}

/// A thousand million replications start, and can be stopped; see `determinism` for how they go on.
#[test]
fn replications_without_number() {
    let folder = Folder::with("sound.toml", SOUND);
    folder.run("run sound.toml --replications 1000000000 --dry-run").done();
    assert_eq!(folder.run("run sound.toml --replications 1000000001 --dry-run").code, Some(2));
}

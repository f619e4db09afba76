//! The owner's formulas at run time.

use super::program::Folder;

/// Divides by zero as soon as five requests wait when the price is made: now and then in the busy arm.
const LAB: &str = r#"
[experiment]
horizon = "10h"
replications = 8

[pool.lab]
slots = 2
pricing = { method = "formula", price = "unit / (5 - queue_length)" }
waiting = { capacity = 5 }
on_interruption = "resume"

[group.users]
pool = "lab"
arrivals = { rate = "1.5 /h" }
duration = { law = "exponential", mean = "1h" }
bid = "1 USD/h"

[arm.idle]
group.users.arrivals.rate = "0.1 /h"

[arm.busy]
"#;

/// What was computed before is kept, whatever the threads.
#[test]
fn a_formula_without_value_ends_the_run() {
    for threads in [1, 2] {
        let folder = Folder::with("lab.toml", LAB);
        let ended = folder.run(&format!("run lab.toml -o out -j {threads}"));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert_eq!(
            ended.stderr,
            "error: replication 3 of arm busy has no outcome: a formula of pool lab has no value: \
             `1000000000 / 0` divides by zero in the formula `unit / (5 - queue_length)` (queue_length = 5)\n"
        );
        assert!(!folder.path("out/manifest.json").exists());
        let three = folder.run("run lab.toml -o out --replications 3").done();
        assert!(three.stderr.contains("6 replications, 6 of them from before"), "{three}");
    }
}

//! Where the logs are, and how a scenario replays one.

use std::io::Write;
use std::path::{Path, PathBuf};

use overspill::scenario::{Diagnostic, Load, Override, Plan, SwfLog, load, read_swf, render};
use overspill::simulation::{Measure, Model, Outcome, catalogue, replicate};

pub(crate) const LCG: &str = "LCG-2005-1_days0-7.swf.gz";
pub(crate) const KTH: &str = "KTH-SP2-1996-2.1-cln.swf.gz";
pub(crate) const LANL: &str = "LANL-CM5-1994-4.1-cln.swf.gz";
pub(crate) const HPC2N: &str = "HPC2N-2002-2.2-first3170.swf.gz";
pub(crate) const CERIT: &str = "CERIT-wagap-2013.swf.gz";

/// The path of a log, if it is there.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    find_in("swf", name)
}

/// The path of a file in a folder of the data, if it is there.
pub(crate) fn find_in(of: &str, name: &str) -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("OVERSPILL_DATA").map_or_else(|| project.join("../shared/data"), PathBuf::from);
    let path = folder.join(of).join(name);
    if path.exists() {
        // The scenario looks for it from its own folder.
        return Some(path.canonicalize().expect("a file that exists has a path"));
    }
    let missing = format!("{name} is not in {}", path.parent().unwrap_or(&folder).display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}; set OVERSPILL_DATA to the folder of the data");
    // Past the test harness, which would keep it from being seen.
    let _ = writeln!(std::io::stderr(), "skipped: {missing} (set OVERSPILL_DATA)");
    None
}

/// Reads a log by allocated processors.
pub(crate) fn read(path: &Path) -> SwfLog {
    read_swf(path, false).expect("a log that can be read")
}

/// The scenario `lcg.toml` with another log and other changes.
pub(crate) fn load_lcg(log: &Path, changes: &[(&str, &str)]) -> (Option<Plan>, Vec<Diagnostic>, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/lcg.toml");
    let log = log.to_str().expect("a path that is a text");
    let all = [("group.grid.replay.log", log)].into_iter().chain(changes.iter().copied());
    let overrides: Vec<Override> =
        all.map(|(path, value)| Override { path: path.to_owned(), value: value.to_owned() }).collect();
    let (plan, diagnostics, sources) = load(&Load { path: &path, overrides: &overrides }).expect("a scenario file");
    let text = render(&diagnostics, &sources, false);
    (plan, diagnostics, text)
}

/// The plan of that scenario.
pub(crate) fn plan(log: &Path, changes: &[(&str, &str)]) -> Plan {
    let (plan, _, text) = load_lcg(log, changes);
    plan.unwrap_or_else(|| panic!("{text}"))
}

/// The arm of this name, replayed. That the books balance is part of the answer.
pub(crate) fn replay(plan: &Plan, arm: &str) -> Replay {
    let arm = plan.arms.iter().find(|candidate| candidate.name == arm).expect("an arm");
    let outcome = replicate(&arm.model, plan.seed, 0).expect("books that balance");
    Replay { model: std::sync::Arc::clone(&arm.model), outcome }
}

/// A replayed log.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) model: std::sync::Arc<Model>,
    pub(crate) outcome: Outcome,
}

impl Replay {
    /// A measure.
    pub(crate) fn measure(&self, scope: &str, metric: &str) -> Measure {
        let ids = catalogue(&self.model);
        let index = ids.iter().position(|id| id.metric == metric && id.scope.to_string() == scope);
        self.outcome.measures[index.unwrap_or_else(|| panic!("there is no metric {metric} of {scope}"))]
    }

    /// A count or an integral, which is a whole number below 2⁵³.
    pub(crate) fn whole(&self, scope: &str, metric: &str) -> i64 {
        self.measure(scope, metric).numerator as i64
    }

    /// Asserts that each of so many jobs met one fate, of the group as of all departments together.
    pub(crate) fn assert_one_fate_each(&self, jobs: usize) {
        let fates = ["completed", "lost", "refused", "abandoned", "open_at_horizon"];
        let of = |scope: &str| fates.iter().map(|fate| self.whole(scope, fate)).sum::<i64>();
        assert_eq!(self.whole("group:grid", "arrivals"), jobs as i64);
        assert_eq!(of("group:grid"), jobs as i64);
        let departments = self.model.departments.iter().map(|department| of(&format!("department:{department}")));
        assert_eq!(departments.sum::<i64>(), jobs as i64);
    }
}

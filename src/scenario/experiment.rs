//! The `[experiment]` table.

use super::diagnostic::Diagnostics;
use super::fields::Fields;
use super::node::Node;
use crate::units::{Epoch, SimDuration};

/// How the experiment is run; the same for all arms.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) name: Option<String>,
    pub(super) seed: u64,
    pub(super) replications: u64,
    pub(super) horizon: SimDuration,
    pub(super) warm_up: SimDuration,
    pub(super) series_step: Option<SimDuration>,
    pub(super) confidence: f64,
    pub(super) baseline: Option<String>,
    pub(super) reports_members: bool,
    pub(super) epoch: Epoch,
}

/// The command line takes no more either.
const MOST_REPLICATIONS: u64 = 1_000_000_000;
/// Grid instants of the time series unless a step is stated.
const SERIES_POINTS: i64 = 200;
/// More instants than this are a mistake in the unit.
const MOST_SERIES_POINTS: i64 = 100_000;

pub(super) fn settings(root: &Node, d: &mut Diagnostics) -> Option<Settings> {
    let Some(entry) = root.get("experiment") else {
        let at = super::source::At::new(root.at.source, 0..0);
        d.error(&at, "the scenario has no `[experiment]` table", "no `[experiment]` in this file")
            .help("add `[experiment]` with `horizon = \"30d\"` and `replications = 30`");
        return None;
    };
    let mut table = Fields::new(&entry.node, "experiment", d);
    let name = table.text("name", d).map(str::to_owned);
    if let Some(name) = name.as_ref().filter(|name| !is_file_name(name)) {
        d.error(table.place_of("name"), format!("`{name}` cannot name a folder of results"), "not a plain name")
            .help("use letters, digits, `-`, `_` and `.`, and begin with a letter or digit");
    }
    let _ = table.text("description", d);
    let seed = table.whole("seed", 0..=u64::MAX, d).unwrap_or(1);
    let replications = table.whole("replications", 1..=MOST_REPLICATIONS, d).unwrap_or(30);
    table.required("horizon", "\"30d\"", d);
    let horizon = table.duration("horizon", d);
    let warm_up = table.duration("warm_up", d).unwrap_or(SimDuration::ZERO);
    let series_step = table.duration("series_step", d);
    let confidence = table.real("confidence", 0.0, d).unwrap_or(0.95);
    if !(0.5..1.0).contains(&confidence) {
        d.error(table.place_of("confidence"), "`confidence` must lie between 0.5 and 1", "out of range")
            .help("95 % is written 0.95");
    }
    let baseline = table.text("baseline", d).map(str::to_owned);
    let reports_members = table.boolean("report_members", d).unwrap_or(false);
    let epoch = epoch(&mut table, d);
    if let Some(horizon) = horizon {
        check_times(&table, horizon, warm_up, series_step, d);
    }
    table.finish(d);
    Some(Settings {
        name,
        seed,
        replications,
        horizon: horizon?,
        warm_up,
        series_step,
        confidence,
        baseline,
        reports_members,
        epoch,
    })
}

impl Settings {
    pub(super) fn step(&self) -> SimDuration {
        let default = SimDuration::from_ticks((self.horizon.ticks() / SERIES_POINTS).max(1));
        self.series_step.unwrap_or(default)
    }
}

fn epoch(table: &mut Fields<'_>, d: &mut Diagnostics) -> Epoch {
    let Some(text) = table.text("epoch", d) else { return Epoch::default() };
    Epoch::parse(text).unwrap_or_else(|| {
        d.error(table.place_of("epoch"), format!("`epoch`: `{text}` is no day"), "cannot be used")
            .help("write the day of time 0 as year, month and day: epoch = \"2026-01-01\"");
        Epoch::default()
    })
}

fn check_times(
    table: &Fields<'_>,
    horizon: SimDuration,
    warm_up: SimDuration,
    step: Option<SimDuration>,
    d: &mut Diagnostics,
) {
    if horizon == SimDuration::ZERO {
        d.error(table.place_of("horizon"), "`horizon` must be above 0", "no time to simulate")
            .help("write a length of time, such as \"30d\"");
    } else if warm_up >= horizon {
        d.error(table.place_of("warm_up"), "the warm-up leaves nothing of the horizon", "not below `horizon`")
            .help("raise `horizon` or lower `warm_up`");
    }
    let Some(step) = step else { return };
    if step == SimDuration::ZERO || horizon.ticks() / step.ticks().max(1) > MOST_SERIES_POINTS {
        d.error(table.place_of("series_step"), "`series_step` makes too many instants", "too short")
            .help(format!("at most {MOST_SERIES_POINTS} instants fit into a horizon"));
    }
}

fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain)
}

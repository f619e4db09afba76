//! The `[[fault]]` tables: what fails, and when.

use super::trace::Traces;
use super::zones::Ground;
use crate::demand::Law;
use crate::market::{Component, Level};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::laws::{self, Dimension};
use crate::scenario::node::{Node, Value};
use crate::simulation::FaultClock;
use crate::units::{SimDuration, SimTime};

/// What fails and is repaired, by chance and at given times.
#[derive(Default)]
pub(in crate::scenario) struct Faults {
    pub(in crate::scenario) clocks: Vec<FaultClock>,
    pub(in crate::scenario) failures: Vec<(SimTime, Component)>,
    pub(in crate::scenario) repairs: Vec<(SimTime, Component)>,
}

/// Failures in one replication, each with everything that it interrupts.
const MOST_FAILURES: f64 = 1e7;

pub(super) const WORDS: [(&str, Level); 5] = [
    ("zone", Level::Zone),
    ("isolation-zone", Level::IsolationZone),
    ("router", Level::Router),
    ("power-supply", Level::PowerSupply),
    ("host", Level::Host),
];

/// Reads all of them.
pub(in crate::scenario) fn faults(
    root: &Node,
    ground: Option<&Ground<'_>>,
    horizon: Option<SimDuration>,
    traces: &mut Traces<'_>,
    d: &mut Diagnostics,
) -> Faults {
    let mut faults = Faults::default();
    let Some(entry) = root.get("fault") else { return faults };
    let Value::List(items) = &entry.node.value else {
        d.error(&entry.node.at, format!("`fault` is {}", entry.node.kind()), "expected a list of tables")
            .help("write [[fault]] and its keys below, once for each");
        return faults;
    };
    let Some(ground) = ground else {
        if root.section("zone").is_empty() && !items.is_empty() {
            d.error(&entry.at, "there is no hardware that could fail", "no `[zone.NAME]` in this file")
                .help("add a table such as [zone.a] with hosts = 10 and slots = 8");
        }
        return faults;
    };
    for node in items {
        faults.read(node, ground, traces, d);
    }
    faults.failures.sort_by_key(|(at, _)| *at);
    faults.repairs.sort_by_key(|(at, _)| *at);
    faults.check_number(&entry.node, horizon, d);
    faults
}

impl Faults {
    fn read(&mut self, node: &Node, ground: &Ground<'_>, traces: &mut Traces<'_>, d: &mut Diagnostics) {
        let mut table = Fields::new(node, "fault", d);
        table.optional("description");
        if table.has("trace") {
            if let Some(trace) = traces.load(&mut table, ground, d) {
                self.failures.extend(&trace.failures);
                self.repairs.extend(&trace.repairs);
            }
            return table.finish(d);
        }
        table.required("component", "\"host\"", d);
        let level = table.choice("component", &WORDS, d);
        let zones = match table.optional("zone") {
            Some(node) => ground.zone(node, d).map(|zone| vec![zone]),
            None => Some(ground.hardware.components(Level::Zone).collect()),
        };
        let number =
            table.stated("number", |node| crate::scenario::fields::whole(node, "number", &(1..=1_000_000u32), d));
        let times =
            if table.has("at") || table.has("for") { Self::given(&mut table, d) } else { Self::drawn(&mut table, d) };
        let place = (table.place_of("number"), table.finish(d)).0;
        let (Some(level), Some(zones), Ok(number), Some(times)) = (level, zones, number, times) else { return };
        for zone in zones {
            let parts = ground.hardware.parts_of(zone, level).map(|number| Component { level, number });
            let all: Vec<Component> = parts.collect();
            let chosen = match number {
                None => all,
                Some(number) => all.get(number as usize - 1).into_iter().copied().collect(),
            };
            let name = ground.zones[zone.number as usize];
            if chosen.is_empty() {
                let word = WORDS.iter().find(|(_, known)| *known == level).map_or("", |(word, _)| word);
                let count = ground.hardware.parts_of(zone, level).len();
                d.error(place, format!("zone `{name}` has no {word} number {}", number.unwrap_or(0)), "no such number")
                    .help(format!("it has {count}, counted from 1 in the order of the hardware"));
            }
            self.add(level, name, chosen, &times);
        }
    }

    /// Down at a stated time, for a stated time.
    fn given(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Times> {
        table.required("at", "\"36h\"", d);
        table.required("for", "\"2h\"", d);
        let (at, span) = (table.duration("at", d), table.duration("for", d));
        let at = SimTime::ZERO + at?;
        Some(Times::Given(at, at.saturating_add(span?)))
    }

    /// Down and up by chance.
    fn drawn(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Times> {
        let up = table.required("up", "{ law = \"exponential\", mean = \"30d\" } (or `at` and `for`)", d);
        let up = up.and_then(|node| laws::law(node, "up", Dimension::Time, d));
        let down = table.required("down", "{ law = \"exponential\", mean = \"4h\" }", d);
        let down = down.and_then(|node| laws::law(node, "down", Dimension::Time, d));
        if up.as_ref().is_some_and(|up| up.mean() < 1.0) {
            d.error(table.place_of("up"), "`up` must have a mean above 0", "no time")
                .help("it is the time from a repair to the next failure");
            return None;
        }
        Some(Times::Drawn(up?, down?))
    }

    fn add(&mut self, level: Level, zone: &str, components: Vec<Component>, times: &Times) {
        match *times {
            Times::Given(from, to) => {
                self.failures.extend(components.iter().map(|component| (from, *component)));
                self.repairs.extend(components.iter().map(|component| (to, *component)));
            }
            Times::Drawn(up, down) => {
                // Named by what fails, not by its number in the file: another fault changes nobody else's draws.
                let stem = format!("fault {level:?} {zone} ");
                let number = self.clocks.iter().filter(|clock| clock.name.starts_with(&stem)).count();
                self.clocks.push(FaultClock { name: format!("{stem}{number}"), components, up, down });
            }
        }
    }

    fn check_number(&self, node: &Node, horizon: Option<SimDuration>, d: &mut Diagnostics) {
        let horizon = horizon.map_or(0.0, |horizon| horizon.ticks() as f64);
        let drawn = self
            .clocks
            .iter()
            .map(|clock| horizon / (clock.up.mean() + clock.down.mean()) * clock.components.len() as f64);
        let failures = drawn.sum::<f64>() + self.failures.len() as f64;
        if failures > MOST_FAILURES {
            d.error(&node.at, format!("hardware would fail {failures:.1e} times in a replication"), "too often")
                .help(format!("at most {MOST_FAILURES:.0e}: lengthen `up`, or shorten the horizon"));
        }
    }
}

enum Times {
    Given(SimTime, SimTime),
    Drawn(Law, Law),
}

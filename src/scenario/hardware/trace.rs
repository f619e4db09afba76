//! Files of failures and repairs: a line for each, with time, component and what becomes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::faults::WORDS;
use super::zones::Ground;
use crate::market::{Component, Level};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::load::read_text;
use crate::scenario::quantity;
use crate::units::SimTime;

/// Lines of one trace.
const MOST_LINES: usize = 1_000_000;
const HEADER: &str = "time,component,state";

/// What a trace says.
pub(super) struct Trace {
    pub(super) failures: Vec<(SimTime, Component)>,
    pub(super) repairs: Vec<(SimTime, Component)>,
}

/// Traces by path, each read once however many arms use it.
pub(in crate::scenario) struct Traces<'a> {
    /// Paths are relative to this folder.
    folder: &'a Path,
    read: Vec<(PathBuf, String, Arc<str>)>,
}

impl<'a> Traces<'a> {
    pub(in crate::scenario) fn new(folder: &'a Path) -> Self {
        Self { folder, read: Vec::new() }
    }

    /// Paths of the traces, with the digests of their content.
    pub(in crate::scenario) fn files(&self) -> Vec<(String, String)> {
        self.read.iter().map(|(path, digest, _)| (path.display().to_string(), digest.clone())).collect()
    }

    /// The trace that the key `trace` of a table names.
    pub(super) fn load(&mut self, table: &mut Fields<'_>, ground: &Ground<'_>, d: &mut Diagnostics) -> Option<Trace> {
        let node = table.optional("trace")?;
        let name = fields::text(node, "trace", d)?;
        match self.text(name).and_then(|text| parse(&text, ground)) {
            Ok(trace) => Some(trace),
            Err(message) => {
                d.error(&node.at, format!("the trace `{name}` cannot be used: {message}"), "no such trace").help(
                    format!(
                        "a trace begins with the line {HEADER}; the next may be 36h,host:a/3,down and 38h,host:a/3,up"
                    ),
                );
                None
            }
        }
    }

    fn text(&mut self, name: &str) -> Result<Arc<str>, String> {
        let path = self.folder.join(name);
        if let Some((.., text)) = self.read.iter().find(|(known, ..)| *known == path) {
            return Ok(Arc::clone(text));
        }
        let text: Arc<str> = read_text(&path).map_err(|error| error.to_string())?.into();
        let digest = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.read.push((path, digest, Arc::clone(&text)));
        Ok(text)
    }
}

fn parse(text: &str, ground: &Ground<'_>) -> Result<Trace, String> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    if lines.next().is_none_or(|(_, header)| header.trim() != HEADER) {
        return Err(format!("it does not begin with {HEADER}"));
    }
    let mut trace = Trace { failures: Vec::new(), repairs: Vec::new() };
    let mut steps = Vec::new();
    for (number, line) in lines {
        let step = step(line, ground).map_err(|message| format!("line {number}: {message}"))?;
        steps.push((step, number));
        if steps.len() > MOST_LINES {
            return Err(format!("it has more than {MOST_LINES} lines"));
        }
    }
    // At one instant repairs come first, whatever the order of the lines.
    steps.sort_by_key(|((at, component, is_down), number)| (*at, *is_down, *component, *number));
    let mut down: BTreeMap<Component, bool> = BTreeMap::new();
    for ((at, component, is_down), number) in steps {
        if down.insert(component, is_down).unwrap_or(false) == is_down {
            let state = if is_down { "down" } else { "up" };
            return Err(format!("line {number}: the component is {state} already"));
        }
        let list = if is_down { &mut trace.failures } else { &mut trace.repairs };
        list.push((at, component));
    }
    Ok(trace)
}

fn step(line: &str, ground: &Ground<'_>) -> Result<(SimTime, Component, bool), String> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let [time, component, state] = cells[..] else { return Err(format!("`{line}` has not three columns")) };
    let time = quantity::duration(time).map_err(|error| error.message)?;
    let is_down = match state {
        "down" => true,
        "up" => false,
        _ => return Err(format!("the state is \"down\" or \"up\", not `{state}`")),
    };
    Ok((SimTime::ZERO + time, named(component, ground)?, is_down))
}

/// `zone:a`, or `host:a/3`: the third host of zone a.
fn named(text: &str, ground: &Ground<'_>) -> Result<Component, String> {
    let unknown = || format!("there is no component `{text}`");
    let (word, place) = text.split_once(':').ok_or_else(unknown)?;
    let (_, level) = WORDS.into_iter().find(|(known, _)| *known == word).ok_or_else(unknown)?;
    let (zone, number) =
        if level == Level::Zone { (place, "1") } else { place.rsplit_once('/').ok_or_else(unknown)? };
    let zone = ground.zones.iter().position(|known| *known == zone).ok_or_else(unknown)?;
    let zone = Component { level: Level::Zone, number: zone as u32 };
    let number = number.parse::<u32>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(unknown)?;
    let number = ground.hardware.parts_of(zone, level).nth(number as usize).ok_or_else(unknown)?;
    Ok(Component { level, number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::HardwareBuilder;
    use crate::market::ZoneLayout;

    fn ground() -> Ground<'static> {
        let layout = ZoneLayout { isolation_zones: 1, routers: 2, power_supplies: 1, hosts: 2, slots: 1 };
        let mut builder = HardwareBuilder::default();
        builder.begin(Level::Region).zone(&layout).zone(&layout);
        Ground { hardware: Arc::new(builder.build()), zones: vec!["a", "b/2"], regions: vec!["north"] }
    }

    type Steps = Vec<(i64, Level, u32)>;

    /// Hours, level and number of what fails, then of what is repaired.
    fn read(lines: &str) -> Result<[Steps; 2], String> {
        let trace = parse(&format!("{HEADER}\n{lines}"), &ground())?;
        let plain = |list: Vec<(SimTime, Component)>| {
            let hours = |at: SimTime| at.ticks() / crate::units::TICKS_PER_HOUR;
            list.into_iter().map(|(at, component)| (hours(at), component.level, component.number)).collect()
        };
        Ok([plain(trace.failures), plain(trace.repairs)])
    }

    #[test]
    fn lines_are_sorted_by_time_and_name_components_within_their_zone() {
        let read =
            read("5h, router:b/2/1, down\n2h,host:a/4,down\n3h,host:a/4,up\n3h,zone:b/2,down\n\n3h,host:a/4,down");
        let failures = vec![(2, Level::Host, 3), (3, Level::Zone, 1), (3, Level::Host, 3), (5, Level::Router, 2)];
        assert_eq!(read, Ok([failures, vec![(3, Level::Host, 3)]]));
    }

    #[test]
    fn lines_that_say_nothing_are_reported_by_number() {
        for (lines, message) in [
            ("1h,host:a/5,down", "line 2: there is no component `host:a/5`"),
            ("1h,host:a/0,down", "line 2: there is no component `host:a/0`"),
            ("1h,host:a,down", "line 2: there is no component `host:a`"),
            ("1h,rack:a/1,down", "line 2: there is no component `rack:a/1`"),
            ("1h,zone:a,up", "line 2: the component is up already"),
            ("1h,zone:a,down\n2h,zone:a,down", "line 3: the component is down already"),
            ("1h,zone:a", "line 2: `1h,zone:a` has not three columns"),
            ("1h,zone:a,off", "line 2: the state is \"down\" or \"up\", not `off`"),
        ] {
            assert_eq!(read(lines), Err(message.to_owned()), "{lines}");
        }
        assert!(read("1 parsec,zone:a,down").is_err());
        assert!(parse("1h,zone:a,down", &ground()).is_err());
    }
}

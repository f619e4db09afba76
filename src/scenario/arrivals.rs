//! How requests come: the `arrivals` of a group.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::node::{Node, Value};
use super::quantity;
use crate::demand::{Arrivals, Bidders, Law, Members};
use crate::units::SimDuration;

/// A bidder is a request, and a table of equilibrium bids is made for each number of bidders that occurs.
pub(super) const MOST_BIDDERS: u32 = 10_000;
/// Rounds without bidders are drawn as well, and so must not be nearly all of them.
const LEAST_MEAN: f64 = 0.001;

/// How requests come, as it is written.
#[derive(Clone, Copy)]
pub(super) enum Process {
    Poisson(Intensity),
    Rounds { first: SimDuration, every: SimDuration, bidders: Bidders },
}

/// How much demand there is.
#[derive(Clone, Copy)]
pub(super) enum Intensity {
    /// Arrivals per tick.
    Rate(f64),
    /// Erlangs.
    OfferedLoad(f64),
}

pub(super) fn process(node: &Node, d: &mut Diagnostics) -> Option<Process> {
    let mut table = Fields::new(node, "arrivals", d);
    let kind = table.choice("process", &[("poisson", false), ("rounds", true)], d);
    match kind {
        // What the other keys mean is not known.
        None if table.has("process") => None,
        Some(true) => rounds(table, d),
        _ => intensity(table, d).map(Process::Poisson),
    }
}

fn intensity(mut table: Fields<'_>, d: &mut Diagnostics) -> Option<Intensity> {
    let rate = table.optional("rate").map(|node| fields::quantity(node, "rate", d, quantity::rate));
    let load = table.optional("offered_load").map(|_| table.real("offered_load", 0.0, d));
    let (at, is_table) = (table.at(), table.is_table());
    table.finish(d);
    match (rate, load) {
        (Some(rate), None) => rate.map(Intensity::Rate),
        (None, Some(load)) => load.map(Intensity::OfferedLoad),
        (rate, _) if is_table => {
            let found = if rate.is_some() { "both of them" } else { "none of them" };
            d.error(at, "`arrivals` needs either `rate` or `offered_load`", found)
                .help("write arrivals = { rate = \"90 /h\" } or arrivals = { offered_load = 90 }");
            None
        }
        _ => None,
    }
}

fn rounds(mut table: Fields<'_>, d: &mut Diagnostics) -> Option<Process> {
    table.required("every", "\"1h\"", d);
    let every = time_between(&mut table, "every", d);
    let first = if table.has("first") { table.duration("first", d) } else { Some(SimDuration::ZERO) };
    table.optional("first");
    let bidders = bidders(&mut table, d);
    table.finish(d);
    Some(Process::Rounds { first: first?, every: every?, bidders: bidders? })
}

/// A duration that must not be zero.
pub(super) fn time_between(table: &mut Fields<'_>, key: &'static str, d: &mut Diagnostics) -> Option<SimDuration> {
    let time = table.duration(key, d)?;
    if time == SimDuration::ZERO {
        d.error(table.place_of(key), format!("`{key}` must be above 0"), "no time")
            .help(format!("write {key} = \"1h\""));
        return None;
    }
    Some(time)
}

fn bidders(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Bidders> {
    let node = table.required("bidders", "5 (or { poisson = 5 })", d)?;
    if !matches!(node.value, Value::Table(_)) {
        return table.whole("bidders", 1..=MOST_BIDDERS, d).map(Bidders::Exactly);
    }
    let mut table = Fields::new(node, "arrivals.bidders", d);
    table.required("poisson", "5", d);
    let mean = table.real("poisson", 0.0, d);
    let mean = mean.filter(|mean| {
        let is_possible = (LEAST_MEAN..=f64::from(MOST_BIDDERS)).contains(mean);
        if !is_possible {
            let rule = format!("a mean number of bidders lies between {LEAST_MEAN} and {MOST_BIDDERS}");
            d.error(table.place_of("poisson"), rule, "out of range")
                .help("choose the time between rounds so that some of them have bidders");
        }
        is_possible
    });
    table.finish(d);
    mean.map(Bidders::Poisson)
}

impl Process {
    /// The arrivals of a group; `node` is where the process is written.
    pub(super) fn arrivals(
        self,
        node: &Node,
        size: Law,
        duration: Law,
        members: Members,
        d: &mut Diagnostics,
    ) -> Option<Arrivals> {
        Some(match self {
            Self::Poisson(intensity) => {
                let mean_gap = mean_gap(node, intensity, &size, &duration, d)?;
                Arrivals::Poisson { mean_gap, size, duration, members }
            }
            Self::Rounds { first, every, bidders } => {
                Arrivals::Rounds { first, every, bidders, size, duration, members }
            }
        })
    }
}

/// Mean gap between arrivals in ticks.
fn mean_gap(node: &Node, intensity: Intensity, size: &Law, duration: &Law, d: &mut Diagnostics) -> Option<f64> {
    match intensity {
        Intensity::Rate(rate) => Some(1.0 / rate),
        Intensity::OfferedLoad(load) if load > 0.0 && duration.mean() > 0.0 => {
            Some(size.mean() * duration.mean() / load)
        }
        Intensity::OfferedLoad(_) => {
            d.error(&node.at, "`offered_load` and the mean duration must be above 0", "no load")
                .help("state the arrivals by their rate: arrivals = { rate = \"90 /h\" }");
            None
        }
    }
}

//! Prices that others make: `pricing = { method = "given", history = "FILE" }`, or drawn by a process.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::demand::{PriceSeries, PriceWalk};
use crate::market::GivenRules;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::history::{self, Histories, Playing, Recorded, Unplayable, Wanted};
use crate::scenario::node::{Node, Value};
use crate::scenario::quantity;
use crate::scenario::tariff::Tariff;
use crate::units::{Price, SimDuration};

/// The prices of a pool with `method = "given"`.
pub(super) fn given(
    table: &mut Fields<'_>,
    tariff: Tariff<'_>,
    histories: &mut Histories<'_>,
    d: &mut Diagnostics,
) -> Option<PriceSeries> {
    match (table.has("history"), table.has("process")) {
        (true, false) => recorded(table, tariff, histories, d),
        (false, true) => drawn(table, tariff, d).map(PriceSeries::Drawn),
        (true, true) => {
            known(table);
            d.error(table.place_of("process"), "prices are played from a history or drawn, not both", "one too many")
                .help("leave out `history` or `process`");
            None
        }
        (false, false) => {
            known(table);
            d.error(table.at(), "a given price comes from somewhere", "neither `history` nor `process` here").help(
                format!(
                    "add history = \"FILE\", or process = \"ar1\", floor = {0}, ceiling = {0}, step = \"5m\"",
                    tariff.example()
                ),
            );
            None
        }
    }
}

/// What the market knows of them beforehand.
pub(super) fn rules(series: &PriceSeries) -> GivenRules {
    GivenRules { start: series.start(), highest: series.highest() }
}

/// Nothing more is said about keys that one of the two ways has.
fn known(table: &mut Fields<'_>) {
    for key in ["history", "instance_type", "zone", "product", "start", "after_end", "scale"] {
        table.optional(key);
    }
    for key in ["process", "floor", "ceiling", "step"] {
        table.optional(key);
    }
}

fn recorded(
    table: &mut Fields<'_>,
    tariff: Tariff<'_>,
    histories: &mut Histories<'_>,
    d: &mut Diagnostics,
) -> Option<PriceSeries> {
    let file = table.optional("history")?;
    let name = table.text("history", d);
    let wanted = Wanted {
        instance_type: table.text("instance_type", d).map(str::to_owned),
        zone: table.text("zone", d).map(str::to_owned),
        product: table.text("product", d).map(str::to_owned),
    };
    let start = table.stated("start", |node| start(node, d));
    let is_anywhere = matches!(start, Ok(Some(Start::Anywhere)));
    let says_end = table.has("after_end") || is_anywhere;
    let repeats = table.or("after_end", is_anywhere, |table, key| table.choice(key, &AFTER_END, d));
    let scale = scale(table, tariff, d);
    let path = table.path().to_owned();
    let recorded = histories.load(file, (name?, &path), &wanted, d)?;
    let start = start.ok()?.and_then(|start| match start {
        Start::After(offset) => Some(recorded.first().saturating_add(offset.ticks())),
        Start::At(instant) => Some(instant),
        Start::Anywhere => None,
    });
    let how = Playing { start, repeats: repeats?, scale: scale? };
    if is_anywhere && !how.repeats {
        d.error(table.place_of("after_end"), "a history that begins at random goes on at its first row", "not so")
            .help("leave out `after_end`, or say where the history begins: start = \"2d\"");
        return None;
    }
    match recorded.playing(&how) {
        Ok(history) => {
            if let Some(horizon) = histories.horizon().filter(|_| !says_end) {
                says_what_follows(&recorded, start, horizon, file, d);
            }
            Some(PriceSeries::Recorded(Arc::new(if is_anywhere { history.from_anywhere() } else { history })))
        }
        Err(reason) => {
            unplayable(table, reason, d);
            None
        }
    }
}

const AFTER_END: [(&str, bool); 2] = [("last", false), ("repeat", true)];

/// Where in a history time 0 lies.
enum Start {
    /// So long after its first row.
    After(SimDuration),
    /// In microseconds since 1970.
    At(i64),
    /// At another instant in each replication.
    Anywhere,
}

fn start(node: &Node, d: &mut Diagnostics) -> Option<Start> {
    if let Value::Text(text) | Value::Date(text) = &node.value {
        let random = (text == "random").then_some(Start::Anywhere);
        let at = random.or_else(|| history::instant(text).map(Start::At));
        if let Some(start) = at.or_else(|| quantity::duration(text).ok().map(Start::After)) {
            return Some(start);
        }
    }
    d.error(&node.at, "`start` is a time in the history", "no such time")
        .help("write \"2016-03-01T00:00:00Z\", how long after its first row, \"2d\", or \"random\"");
    None
}

/// What prices are multiplied by. They are in USD: in another currency it must be said what one of them is worth.
fn scale(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<Decimal> {
    let Some(node) = table.optional("scale") else {
        if tariff.currency != "USD" {
            let message = format!("the history is in USD, and the pool in {}", tariff.currency);
            d.error(table.place_of("history"), message, "no `scale` here")
                .help(format!("currencies are never mixed silently: add scale = what 1 USD is in {}", tariff.currency));
            return None;
        }
        return Some(Decimal::ONE);
    };
    let scale = match &node.value {
        Value::Number(text) => quantity::number(text).ok().filter(|scale| *scale > Decimal::ZERO),
        _ => None,
    };
    if scale.is_none() {
        fields::no_number(node, "`scale` must be a number above 0".to_owned(), d);
    }
    scale
}

fn says_what_follows(recorded: &Recorded, start: Option<i64>, horizon: SimDuration, file: &Node, d: &mut Diagnostics) {
    let length = recorded.length_from(start);
    if length < horizon {
        let message = format!("the history ends after {:.1} h, before the horizon", length.as_hours());
        d.warning(&file.at, message, "its last price holds from then on")
            .help("state after_end = \"last\" if that is meant, or \"repeat\" to begin again");
    }
}

fn unplayable(table: &Fields<'_>, reason: Unplayable, d: &mut Diagnostics) {
    let at = table.place_of("start");
    match reason {
        Unplayable::StartsLater => d.error(at, "the history begins after `start`", "before its first row"),
        Unplayable::EndsBefore => d.error(at, "the history ends before `start`", "after its last row"),
        Unplayable::NothingToRepeat => d.error(
            table.place_of("after_end"),
            "the history begins again at its last row, and that is where it starts",
            "nothing to repeat",
        ),
        Unplayable::TooHigh => d.error(
            table.place_of("scale"),
            "a price of the history becomes too high: about two thousand million per slot-hour is the highest",
            "too much",
        ),
    }
    .help(match reason {
        Unplayable::TooHigh => "lower `scale`",
        _ => "leave `start` out to begin at the first row, or choose a time between the first row and the last",
    });
}

fn drawn(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<PriceWalk> {
    let process = table.choice("process", &[("ar1", ())], d);
    let mut end = |key: &'static str| {
        table.required(key, &tariff.example(), d);
        table.price(key, tariff, d)
    };
    let (floor, ceiling) = (end("floor"), end("ceiling"));
    table.required("step", "\"5m\"", d);
    let step = table.positive("step", d);
    let start = table.or("start", None, |table, key| table.price(key, tariff, d).map(Some));
    process?;
    let (floor, ceiling, start) = (floor?, ceiling?, start?);
    if ceiling <= floor {
        d.error(table.place_of("ceiling"), "`ceiling` must lie above `floor`", "no band of prices")
            .help("for a price that never moves, use method = \"posted\"");
        return None;
    }
    let start = start.unwrap_or(Price::from_units(floor.units() + (ceiling.units() - floor.units()) / 2));
    if !(floor..=ceiling).contains(&start) {
        d.error(table.place_of("start"), "`start` must lie between `floor` and `ceiling`", "outside the band")
            .help("leave it out to begin in the middle");
        return None;
    }
    Some(PriceWalk { floor, ceiling, start, step: step? })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::market::{PoolId, Pricing, Slots};
    use crate::scenario::load::{Load, load};
    use crate::simulation::Model;
    use crate::units::{SimTime, TICKS_PER_HOUR};

    const PRICES: &str = "timestamp,price_usd_per_hour\n2016-04-25T11:00:00Z,0.02\n2016-04-25T12:00:00Z,0.05\n\
                          2016-04-25T15:00:00Z,0.03\n";

    const SCENARIO: &str = r#"
[experiment]
horizon = "100h"

[pool.spot]
pricing = { method = "given", history = "prices.csv", after_end = "last" }
on_interruption = "lost"

[pool.on-demand]
slots = 3
pricing = { method = "posted", price = "0.10 USD/h" }

[group.users]
pool = ["spot", "on-demand"]
arrivals = { rate = "1 /h" }
duration = "1h"
bid = "0.04 USD/h"

[arm.recorded]

[arm.later]
pool.spot.pricing = { start = "30m", after_end = "repeat", scale = 2 }
pool.spot.slots = 7

[arm.dated]
pool.spot.pricing.start = "2016-04-25T14:00:00+02:00"

[arm.unquoted]
pool.spot.pricing.start = 2016-04-25T12:00:00Z

[arm.drawn]
pool.spot.pricing = { method = "given", process = "ar1", floor = "0.02 USD/h", ceiling = "0.10 USD/h", step = "5m" }
group.users.pool = "on-demand"

[arm.anywhere]
pool.spot.pricing = { start = "random", after_end = "repeat" }

[arm.posted]
pool.spot.pricing = { method = "posted", price = "1 USD/h" }
pool.spot.slots = 1
"#;

    fn arms() -> Vec<Model> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("given.toml");
        fs::write(&path, SCENARIO).expect("the folder is writable");
        fs::write(folder.path().join("prices.csv"), PRICES).expect("the folder is writable");
        let (plan, faults, _) = load(&Load { path: &path, overrides: &[] }).expect("the file is readable");
        assert!(faults.is_empty(), "{faults:?}");
        let plan = plan.expect("a scenario without faults is a plan");
        assert_eq!(plan.notes.len(), 1, "one file, read once for all arms");
        assert_eq!(plan.files.len(), 1);
        plan.arms.iter().map(|arm| (*arm.model).clone()).collect()
    }

    /// Minutes and thousandths of a USD.
    fn played(model: &Model) -> (i64, Vec<(i64, i64)>) {
        let series = model.pools[0].given.as_ref().expect("prices that others make");
        let end = SimTime::from_ticks(5 * TICKS_PER_HOUR);
        let path = series.path(1, 0, "spot").take_while(|(at, _)| *at < end);
        let change = |(at, price): (SimTime, Price)| (at.ticks() * 60 / TICKS_PER_HOUR, price.units() / 1_000_000);
        (series.start().units() / 1_000_000, path.map(change).collect())
    }

    #[test]
    fn histories_are_played_as_the_arm_says() {
        let arms = arms();
        assert_eq!(played(&arms[0]), (20, vec![(60, 50), (240, 30)]));
        assert_eq!(played(&arms[1]), (40, vec![(30, 100), (210, 40), (240, 100)]));
        assert_eq!(played(&arms[2]), (50, vec![(180, 30)]));
        assert_eq!(played(&arms[3]), played(&arms[2]));
        // Of the four hours of the history, each replication begins elsewhere.
        let series = arms[5].pools[0].given.as_ref().expect("prices that others make");
        let first = |replication| series.path(1, replication, "spot").next().map(|(at, _)| at);
        assert!((1..50).any(|replication| first(replication) != first(0)));
        let hours = |replication| series.path(1, replication, "spot").take(4).map(|(at, _)| at).collect::<Vec<_>>();
        assert!((0..50).all(|replication| hours(replication)[2] - hours(replication)[0] == SimDuration::from_hours(4)));
        let slots: Vec<Slots> = arms.iter().map(|model| model.pools[0].rules.slots).collect();
        let all = Slots::Unlimited;
        assert_eq!(slots, [all, Slots::Count(7), all, all, all, all, Slots::Count(1)]);
        let known = |model: &Model| match model.pools[0].rules.pricing {
            Pricing::Given(rules) => Some((rules.start.units() / 1_000_000, rules.highest.units() / 1_000_000)),
            _ => None,
        };
        let known: Vec<_> = arms.iter().map(known).collect();
        let as_recorded = Some((20, 50));
        assert_eq!(
            known,
            [as_recorded, Some((40, 100)), Some((50, 50)), Some((50, 50)), Some((60, 100)), as_recorded, None]
        );
        assert!(arms[6].pools[0].given.is_none());
    }

    #[test]
    fn groups_ask_one_pool_or_several() {
        let arms = arms();
        let pools = |model: &Model| model.groups[0].pools().collect::<Vec<_>>();
        assert_eq!(pools(&arms[0]), [PoolId(0), PoolId(1)]);
        assert_eq!(pools(&arms[4]), [PoolId(1)]);
    }
}

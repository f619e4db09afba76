//! How the price of a pool comes about: `pricing = { method = ... }`.

use super::auction::{self, Format};
use super::given;
use crate::demand::PriceSeries;
use crate::market::{CapMode, Clearing, Payment, PriceCap, PriceRule, Pricing, Smoothing, SpotRules};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::formula;
use crate::scenario::history::Histories;
use crate::scenario::node::Node;
use crate::scenario::tariff::Tariff;
use crate::units::{Price, Share, SimDuration};

#[derive(Clone, Copy)]
enum Method {
    Posted,
    Fcfs,
    Spot,
    Proportional,
    Formula,
    Given,
    Auction(Format),
}

const METHODS: [(&str, Method); 13] = [
    ("posted", Method::Posted),
    ("fcfs", Method::Fcfs),
    ("spot", Method::Spot),
    ("proportional", Method::Proportional),
    ("formula", Method::Formula),
    ("given", Method::Given),
    ("first-price", Method::Auction(Format::FirstPrice)),
    ("second-price", Method::Auction(Format::SecondPrice)),
    ("uniform", Method::Auction(Format::Uniform)),
    ("discriminatory", Method::Auction(Format::Discriminatory)),
    ("vcg", Method::Auction(Format::Vcg)),
    ("english", Method::Auction(Format::English)),
    ("dutch", Method::Auction(Format::Dutch)),
];

/// The method, and where its price comes from if others make it.
pub(super) fn pricing(
    table: &mut Fields<'_>,
    tariff: Tariff<'_>,
    histories: &mut Histories<'_>,
    d: &mut Diagnostics,
) -> Option<(Pricing, Option<PriceSeries>)> {
    let path = format!("{}.pricing", table.path());
    let example = format!("{{ method = \"posted\", price = {} }}", tariff.example());
    let node = table.required("pricing", &example, d)?;
    let mut table = Fields::new(node, path, d);
    table.required("method", "\"posted\"", d)?;
    let mut series = None;
    let pricing = match table.choice("method", &METHODS, d)? {
        Method::Posted => {
            table.required("price", &tariff.example(), d);
            table.price("price", tariff, d).map(Pricing::Posted)
        }
        Method::Fcfs => Some(Pricing::Posted(Price::ZERO)),
        Method::Spot => spot(&mut table, tariff, d).map(Pricing::Spot),
        Method::Proportional => Some(Pricing::Proportional),
        Method::Formula => formula::rules(&mut table, tariff, d).map(Pricing::Formula),
        Method::Given => {
            series = given::given(&mut table, tariff, histories, d);
            series.as_ref().map(|series| Pricing::Given(given::rules(series)))
        }
        Method::Auction(format) => auction::auction(&mut table, format, tariff, d).map(Pricing::Auction),
    };
    table.finish(d);
    Some((pricing?, series))
}

/// Is nothing paid in this pool: first come, first served?
pub(in crate::scenario) fn is_free(pool: &Node) -> bool {
    has_method(pool, "fcfs")
}

/// Do others make the price?
pub(super) fn is_given(pool: &Node) -> bool {
    has_method(pool, "given")
}

fn has_method(pool: &Node, word: &str) -> bool {
    let method = pool.get("pricing").and_then(|pricing| pricing.node.get("method"));
    method.is_some_and(|method| method.node.is_word(word))
}

fn spot(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<SpotRules> {
    let rules = [("lowest-accepted", PriceRule::LowestAccepted), ("highest-rejected", PriceRule::HighestRejected)];
    let payments = [("uniform-price", Payment::UniformPrice), ("own-bid", Payment::OwnBid)];
    let modes = [("price", CapMode::Price), ("bids", CapMode::Bids)];
    let rule = table.choice("rule", &rules, d).unwrap_or(PriceRule::LowestAccepted);
    let payment = table.choice("payment", &payments, d).unwrap_or(Payment::UniformPrice);
    let limit = table.price("price_cap", tariff, d);
    let mode = table.choice("cap_on", &modes, d).unwrap_or(CapMode::Price);
    let (clearing, smoothing) = (clearing(table, d), table.rule("smoothing", d, smoothing).ok());
    if let (Some(Clearing::PerCycle(cycle)), Some(Some(smoothing))) = (clearing, smoothing) {
        steps_are_cycles(table, cycle, smoothing, d);
    }
    let cap = limit.map(|limit| PriceCap { limit, mode });
    Some(SpotRules { rule, payment, cap, clearing: clearing?, smoothing: smoothing? })
}

fn clearing(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Clearing> {
    table.choice("clearing", &[("continuous", ())], d);
    if table.has("clearing") && table.has("cycle") {
        d.error(table.place_of("cycle"), "a market that is cleared once per cycle is not continuous", "one too many")
            .help("leave out `clearing` or `cycle`");
    }
    table.or("cycle", Clearing::Continuous, |table, key| table.positive(key, d).map(Clearing::PerCycle))
}

fn smoothing(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Smoothing> {
    table.required("step", "\"5m\"", d);
    let step = table.positive("step", d);
    table.required("weight", "\"10 %\"", d);
    let weight = table.share("weight", d).filter(|weight| is_part(*weight, table, d));
    Some(Smoothing { step: step?, weight: weight? })
}

/// A price that is made once per cycle moves once per cycle.
fn steps_are_cycles(table: &Fields<'_>, cycle: SimDuration, smoothing: Smoothing, d: &mut Diagnostics) {
    if smoothing.step != cycle {
        let at = table.node().place(&["smoothing", "step"]);
        d.error(at, "where a market is cleared once per cycle, its price moves once per cycle", "not the cycle")
            .help("write the same time as `step` and `cycle`, or leave out one of the two rules");
    }
}

fn is_part(weight: Share, table: &Fields<'_>, d: &mut Diagnostics) -> bool {
    let is_part = (1..=crate::units::PARTS_PER_WHOLE).contains(&weight.parts());
    if !is_part {
        d.error(table.place_of("weight"), "`weight` must lie above 0 and be at most 100 %", "out of range")
            .help("at 100 % the price follows the clearing price at every step; at 0 it would never move");
    }
    is_part
}

//! What a group bids: its `bid`, `revision` and `withdrawal`.

use std::sync::Arc;

use super::arrivals::{MOST_BIDDERS, time_between};
use super::diagnostic::Diagnostics;
use super::fields::{self, Fields, Stated};
use super::laws::{self, Dimension};
use super::node::{Node, Value};
use super::pools::MOST_SLOTS;
use super::quantity;
use super::source::At;
use super::tariff::Tariff;
use crate::demand::{Arrivals, Bidders, Bidding, Equilibrium, Law, Revisions, Withdrawal};
use crate::market::{AuctionMethod, AuctionRules, Losers, PoolRules, Pricing, Revision, Slots};
use crate::units::{PARTS_PER_WHOLE, Price, Share};

/// What a bid refers to. What could not be read is `None`, and has been reported.
pub(super) struct Bidder<'a> {
    /// Of the pool that is asked.
    pub(super) tariff: Tariff<'a>,
    /// The pool that is asked.
    pub(super) pool: Option<&'a PoolRules>,
    /// Whether its value is stated.
    pub(super) has_value: bool,
    /// The law of its values.
    pub(super) value: Option<Law>,
    /// How it comes.
    pub(super) arrivals: Option<&'a Arrivals>,
}

/// The law of values and the behaviour. Without a stated value a group takes any price, and its welfare is not counted.
pub(super) fn bidding(table: &mut Fields<'_>, bidder: &Bidder<'_>, d: &mut Diagnostics) -> Option<(Law, Bidding)> {
    let nothing = Law::Constant(0.0);
    let takes_any = (nothing, Bidding::Fixed(Price::MAX));
    let Some(node) = table.optional("bid") else {
        return Some(bidder.value.map_or(takes_any, |value| (value, Bidding::Truthful)));
    };
    match &node.value {
        Value::Text(word) if word == "truthful" => {
            Some(bidder.value.map_or(takes_any, |value| (value, Bidding::Truthful)))
        }
        Value::Table(_) => {
            let bidding = by_value(node, bidder, d);
            if !bidder.has_value {
                d.error(&node.at, "who bids by its value must have one", "no `value` in this group").help(format!(
                    "add value = {{ law = \"uniform\", low = \"0 {0}/h\", high = \"1 {0}/h\" }}",
                    bidder.tariff.currency
                ));
            }
            bidder.value.zip(bidding)
        }
        _ => {
            let price = fields::quantity(node, "bid", d, |text| quantity::price(text, bidder.tariff))?;
            Some((bidder.value.unwrap_or(nothing), Bidding::Fixed(price)))
        }
    }
}

fn by_value(node: &Node, bidder: &Bidder<'_>, d: &mut Diagnostics) -> Option<Bidding> {
    let mut table = Fields::new(node, "bid", d);
    let shade = table.optional("shade");
    let equilibrium = table.optional("equilibrium");
    let share = table.share("shade", d);
    table.finish(d);
    match (shade, equilibrium) {
        (Some(node), None) => shaded(node, share?, d),
        (None, Some(node)) => self::equilibrium(node, bidder, d),
        (shade, _) => {
            let found = if shade.is_some() { "both of them" } else { "none of them" };
            d.error(&node.at, "a table `bid` has either `shade` or `equilibrium`", found)
                .help("write bid = { shade = \"80 %\" } or bid = { equilibrium = {} }");
            None
        }
    }
}

fn shaded(node: &Node, share: Share, d: &mut Diagnostics) -> Option<Bidding> {
    if share.parts() > PARTS_PER_WHOLE {
        d.error(&node.at, "`shade` is the share of its value that a member bids", "more than its value")
            .help("write a share of at most 100 %: bid = { shade = \"80 %\" }");
        return None;
    }
    Some(Bidding::Shaded(share))
}

/// Slots, minimum and bidders are the pool's and the arrivals' where they are not stated.
fn equilibrium(node: &Node, bidder: &Bidder<'_>, d: &mut Diagnostics) -> Option<Bidding> {
    let mut table = Fields::new(node, "bid.equilibrium", d);
    let slots = slots(&mut table, bidder, d);
    let minimum = if table.has("minimum") {
        table.price("minimum", bidder.tariff, d)
    } else {
        table.optional("minimum");
        bidder.pool.map(|pool| pool.minimum)
    };
    let stated = table.has("bidders").then(|| table.whole("bidders", 1..=MOST_BIDDERS, d));
    table.optional("bidders");
    let come = if stated.is_none() { known_bidders(table.at(), bidder, d) } else { None };
    wants_one_slot(table.at(), bidder, d);
    is_known(table.at(), bidder, d);
    table.finish(d);
    let (values, slots, minimum) = (bidder.value?, slots?, minimum?);
    let equilibrium = match stated {
        Some(bidders) => Equilibrium::among(values, slots, minimum, bidders?),
        None => Equilibrium::of_rounds(values, slots, minimum, come?),
    };
    Some(Bidding::Equilibrium(Arc::new(equilibrium)))
}

fn slots(table: &mut Fields<'_>, bidder: &Bidder<'_>, d: &mut Diagnostics) -> Option<u32> {
    if table.has("slots") {
        return table.whole("slots", 1..=MOST_SLOTS, d);
    }
    table.optional("slots");
    match bidder.pool?.slots {
        Slots::Count(slots @ 1..) => Some(slots),
        slots => {
            let found =
                if slots == Slots::Unlimited { "the pool's are unlimited" } else { "the pool has none of its own" };
            d.error(table.at(), "an equilibrium is of a number of slots for sale", found)
                .help("state it: bid = { equilibrium = { slots = 2 } }");
            None
        }
    }
}

/// The bidders of a round know how many they are.
fn known_bidders(at: &At, bidder: &Bidder<'_>, d: &mut Diagnostics) -> Option<Bidders> {
    match bidder.arrivals? {
        Arrivals::Rounds { bidders, .. } => Some(*bidders),
        _ => {
            d.error(at, "an equilibrium is of a number of bidders", "requests do not come in rounds here").help(
                "state it, bid = { equilibrium = { bidders = 5 } }, or let them come in rounds: arrivals = { process = \
                 \"rounds\", every = \"1h\", bidders = 5 }",
            );
            None
        }
    }
}

fn wants_one_slot(at: &At, bidder: &Bidder<'_>, d: &mut Diagnostics) {
    let wants_one = match bidder.arrivals {
        Some(Arrivals::Poisson { size, .. } | Arrivals::Rounds { size, .. }) => *size == Law::Constant(1.0),
        Some(Arrivals::Replay(sequence)) => sequence.jobs().iter().all(|job| job.slots == 1),
        None => true,
    };
    if !wants_one {
        d.error(at, "an equilibrium is known for bidders who want one slot each", "`size` is not 1 here")
            .help("leave `size` out, or bid otherwise: bid = { shade = \"80 %\" }");
    }
}

/// Is it the auction of which this is the equilibrium?
fn is_known(at: &At, bidder: &Bidder<'_>, d: &mut Diagnostics) {
    use AuctionMethod::{Discriminatory, Dutch, FirstPrice};
    let Some(pool) = bidder.pool else { return };
    match &pool.pricing {
        Pricing::Auction(AuctionRules { method: FirstPrice | Discriminatory | Dutch(_), losers, .. }) => {
            if *losers == Losers::Stay {
                let message = "this is the equilibrium of a round by itself, and whoever loses stays for the next one";
                d.warning(at, message, "more bidders than those of the round")
                    .help("add losers = \"leave\" to the pricing of the pool");
            }
        }
        _ => d
            .warning(at, "this is the equilibrium of auctions in which winners pay their bids", "this pool holds none")
            .help("where all winners pay one price, or nobody bids, it is best to bid the value"),
    }
}

/// `bidding` is how the member bids at first.
pub(super) fn revision(
    table: &mut Fields<'_>,
    pool: Option<&PoolRules>,
    bidding: Option<&Bidding>,
    d: &mut Diagnostics,
) -> Stated<Revisions> {
    let has_value = table.has("value");
    table.rule("revision", d, |table, d| {
        table.required("every", "\"10m\"", d);
        let every = time_between(table, "every", d);
        table.required("raise", "\"10 %\"", d);
        let raise = table.share("raise", d);
        if raise == Some(Share::ZERO) {
            d.error(table.place_of("raise"), "`raise` must be above 0", "nothing is raised")
                .help("leave out `revision`, or write raise = \"10 %\"");
        }
        if pool.is_some_and(|pool| pool.revision == Revision::Never) {
            d.warning(table.at(), "nobody may change a bid in the pool that is asked", "nothing is raised")
                .help("write revision = \"waiting\" or \"always\" in the pool, or leave it out here");
        }
        if !has_value || matches!(bidding, Some(Bidding::Truthful)) {
            let found = if has_value { "the bid is the value" } else { "no `value` in this group" };
            d.warning(table.at(), "no bid is raised above what a slot is worth to its bidder", found)
                .help("state a `value`, and bid less than it at first: bid = { shade = \"80 %\" }");
        }
        Some(Revisions { every: every?, raise: raise? })
    })
}

pub(super) fn withdrawal(table: &mut Fields<'_>, d: &mut Diagnostics) -> Stated<Withdrawal> {
    table.rule("withdrawal", d, |table, d| {
        table.required("probability", "\"5 %\"", d);
        let probability = table.share("probability", d);
        if probability.is_some_and(|share| share.parts() > PARTS_PER_WHOLE) {
            d.error(table.place_of("probability"), "a probability is at most 100 %", "too high")
                .help("write a share of the requests: probability = \"5 %\"");
        }
        let after = table.required("after", "\"10m\"", d);
        let after = after.and_then(|node| laws::law(node, "after", Dimension::Time, d));
        let probability = f64::from(probability?.parts()) / f64::from(PARTS_PER_WHOLE);
        Some(Withdrawal { probability, after: after? })
    })
}

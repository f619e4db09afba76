//! Auctions: the keys of `pricing` where slots are sold in rounds.

use crate::market::{AuctionMethod, AuctionRules, ClockPayment, DutchClock, EnglishClock, LateBidders, Losers, Term};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::Fields;
use crate::scenario::tariff::Tariff;
use crate::units::{Price, SimDuration};

/// What kind of auction.
#[derive(Clone, Copy)]
pub(super) enum Format {
    FirstPrice,
    SecondPrice,
    Uniform,
    Discriminatory,
    Vcg,
    English,
    Dutch,
}

pub(super) fn auction(
    table: &mut Fields<'_>,
    format: Format,
    tariff: Tariff<'_>,
    d: &mut Diagnostics,
) -> Option<AuctionRules> {
    table.required("every", "\"1h\"", d);
    let every = table.positive("every", d);
    let method = match format {
        Format::FirstPrice => Some(AuctionMethod::FirstPrice),
        Format::SecondPrice => Some(AuctionMethod::SecondPrice),
        Format::Uniform => Some(AuctionMethod::Uniform),
        Format::Discriminatory => Some(AuctionMethod::Discriminatory),
        Format::Vcg => Some(AuctionMethod::Vcg),
        Format::English => english(table, tariff, d).map(AuctionMethod::English),
        Format::Dutch => dutch(table, tariff, d).map(AuctionMethod::Dutch),
    };
    // A clock runs until it stops, however long that takes.
    let is_clock = matches!(format, Format::English | Format::Dutch);
    let bidding = if is_clock { Some(SimDuration::ZERO) } else { bidding(table, every, d) };
    let term = term(table, d);
    let losers = table.choice("losers", &[("stay", Losers::Stay), ("leave", Losers::Leave)], d);
    let cap = table.price("price_cap", tariff, d);
    Some(AuctionRules {
        method: method?,
        every: every?,
        bidding: bidding?,
        term: term?,
        losers: losers.unwrap_or(Losers::Stay),
        cap,
    })
}

fn bidding(table: &mut Fields<'_>, every: Option<SimDuration>, d: &mut Diagnostics) -> Option<SimDuration> {
    let bidding = table.or("bidding", SimDuration::ZERO, |table, key| table.duration(key, d))?;
    if every.is_some_and(|every| bidding >= every) {
        d.error(table.place_of("bidding"), "a round must close before the next one opens", "not below `every`")
            .help("shorten `bidding`, or hold rounds less often");
    }
    Some(bidding)
}

fn term(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Term> {
    match table.optional("term") {
        None => Some(Term::UntilReleased),
        Some(node) if node.is_word("until-released") => Some(Term::UntilReleased),
        Some(_) => table.positive("term", d).map(Term::Fixed),
    }
}

fn english(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<EnglishClock> {
    let payments = [("uniform", ClockPayment::Uniform), ("own-last-bid", ClockPayment::OwnLastBid)];
    let opening = table.or("opening", Price::ZERO, |table, key| table.price(key, tariff, d));
    let increment = step(table, "increment", tariff, d);
    let tick = tick(table, d);
    let payment = table.choice("payment", &payments, d).unwrap_or(ClockPayment::Uniform);
    let late = late(table, d);
    Some(EnglishClock { opening: opening?, increment: increment?, tick: tick?, payment, late })
}

fn dutch(table: &mut Fields<'_>, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<DutchClock> {
    table.required("start", &tariff.example(), d);
    let start = table.price("start", tariff, d);
    let decrement = step(table, "decrement", tariff, d);
    let tick = tick(table, d);
    let late = late(table, d);
    Some(DutchClock { start: start?, decrement: decrement?, tick: tick?, late })
}

/// How far the clock moves at a tick.
fn step(table: &mut Fields<'_>, key: &'static str, tariff: Tariff<'_>, d: &mut Diagnostics) -> Option<Price> {
    table.required(key, &format!("\"0.01 {}/h\"", tariff.currency), d);
    let step = table.price(key, tariff, d)?;
    if step == Price::ZERO {
        d.error(table.place_of(key), format!("`{key}` must be above 0"), "the clock would stand still")
            .help("write by how much the call moves at a tick");
        return None;
    }
    Some(step)
}

fn tick(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<SimDuration> {
    table.or("tick", SimDuration::ZERO, |table, key| table.duration(key, d))
}

fn late(table: &mut Fields<'_>, d: &mut Diagnostics) -> LateBidders {
    let choices = [("join", LateBidders::Join), ("next-round", LateBidders::NextRound)];
    table.choice("late", &choices, d).unwrap_or(LateBidders::NextRound)
}

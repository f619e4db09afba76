//! Limits of prices, held against each other.

use super::Check;
use crate::market::{AuctionMethod, Pricing};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::pools;
use crate::scenario::source::At;
use crate::units::Price;

impl<'a> Check<'a> {
    pub(super) fn prices(&self, d: &mut Diagnostics) {
        if pools::is_free(self.node) {
            self.free(d);
        }
        if let Some(cap) = self.rules.pricing.cap() {
            self.cap(cap, d);
        }
        if let Pricing::Auction(auction) = &self.rules.pricing {
            self.clock(&auction.method, auction.cap, d);
        }
    }

    /// The minimum at its highest by the pool's own table, and by each event, with their places.
    fn minima(&self) -> impl Iterator<Item = (Price, &'a At)> {
        let read = &self.all.pools[self.index];
        let scheduled =
            read.minimum_schedule.iter().flat_map(|schedule| schedule.steps.iter().map(|(_, price)| *price));
        let own = scheduled.chain([self.rules.minimum]).max().unwrap_or_default();
        let events = self.steps().filter_map(|read| Some((read.step.as_minimum()?, read.node)));
        std::iter::once((own, self.at(&["minimum_price"]))).chain(events.map(|(minimum, node)| {
            let keys: &[&str] =
                if node.get("minimum_price").is_some() { &["minimum_price"] } else { &["set", "minimum_price"] };
            (minimum, node.place(keys))
        }))
    }

    /// First come, first served, without money.
    fn free(&self, d: &mut Diagnostics) {
        // Whatever a formula says, it is meant to be paid.
        let by_formula = self.rules.minimum_formula.iter().map(|_| self.at(&["minimum_price"]));
        let stated = self.minima().filter(|(minimum, _)| *minimum > Price::ZERO).map(|(_, at)| at);
        for at in by_formula.chain(stated) {
            d.error(at, format!("nothing is paid in pool `{}`, so that it has no minimum price", self.name), "a price")
                .help("leave it out, or post a price: pricing = { method = \"posted\", ... }");
        }
    }

    fn cap(&self, cap: Price, d: &mut Diagnostics) {
        for (minimum, at) in self.minima().filter(|(minimum, _)| *minimum > cap) {
            let (minimum, cap) = (minimum.as_currency(), cap.as_currency());
            d.error(at, format!("the minimum price {minimum} lies above the price cap {cap}"), "above `price_cap`")
                .help("lower `minimum_price` or raise `price_cap`");
        }
    }

    /// Where a clock starts.
    fn clock(&self, method: &AuctionMethod, cap: Option<Price>, d: &mut Diagnostics) {
        let (key, first) = match method {
            AuctionMethod::English(clock) => ("opening", clock.opening),
            AuctionMethod::Dutch(clock) => ("start", clock.start),
            _ => return,
        };
        if let Some(cap) = cap.filter(|cap| first > *cap) {
            let (first, cap) = (first.as_currency(), cap.as_currency());
            let message = format!("the first call {first} lies above the price cap {cap}");
            d.error(self.at(&["pricing", key]), message, "above `price_cap`")
                .help(format!("lower `{key}` or raise `price_cap`"));
        }
        let falls = matches!(method, AuctionMethod::Dutch(_));
        for (minimum, at) in self.minima().filter(|(minimum, _)| falls && *minimum > first) {
            let (minimum, first) = (minimum.as_currency(), first.as_currency());
            let message = format!("the minimum price {minimum} lies above {first}, where the clock starts to fall");
            d.error(at, message, "above `start`").help("raise `start`, or lower the minimum price");
        }
    }
}

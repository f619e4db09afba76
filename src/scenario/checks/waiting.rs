//! Who waits, and who could not.

use super::Check;
use crate::market::{BelowMinimum, Clearing, FairOrder, PriceRule, Pricing, WaitingOrder};
use crate::scenario::diagnostic::Diagnostics;
use crate::units::SimDuration;

impl Check<'_> {
    /// An auction decides upon bids for so many slots as they are.
    pub(super) fn service(&self, d: &mut Diagnostics) {
        if self.rules.serves_in_part && matches!(self.rules.pricing, Pricing::Auction(_)) {
            d.error(
                self.at(&["service"]),
                "a round sells as many slots as are bid for, or none",
                "partial in an auction",
            )
            .help("leave it out, or choose a method that answers at once");
        }
    }

    pub(super) fn waiting(&self, d: &mut Diagnostics) {
        match &self.rules.waiting {
            Some(room) if room.order == WaitingOrder::Fifo => self.fifo(d),
            Some(_) => {}
            None => self.nobody_waits(d),
        }
    }

    fn nobody_waits(&self, d: &mut Diagnostics) {
        let room = format!("`waiting = {{ capacity = \"unlimited\" }}` to pool `{}`", self.name);
        if matches!(&self.rules.pricing, Pricing::Spot(spot) if spot.rule == PriceRule::HighestRejected) {
            d.error(
                self.at(&["pricing", "rule"]),
                "`highest-rejected` needs requests that wait, and here they are lost at once",
                "no waiting bid can set the price",
            )
            .help(format!("add {room}, or use lowest-accepted"));
        }
        if self.rules.below_minimum == BelowMinimum::Waits {
            d.error(self.at(&["below_minimum"]), "requests cannot wait without a waiting room", "nowhere to wait")
                .help(format!("add {room}"));
        }
        // Once per cycle only those displace who wait already.
        let is_continuous = matches!(&self.rules.pricing, Pricing::Spot(spot) if spot.clearing == Clearing::Continuous);
        if is_continuous && self.rules.interruption.notice > SimDuration::ZERO {
            d.error(
                self.at(&["interruption", "notice"]),
                "whoever displaces somebody waits for the end of the notice, and here nobody can wait",
                "nowhere to wait",
            )
            .help(format!("add {room}, or leave out `notice`"));
        }
    }

    /// By arrival alone: no method, and no fairness rule, has a say.
    fn fifo(&self, d: &mut Diagnostics) {
        let at = self.at(&["waiting", "order"]);
        if matches!(self.rules.pricing, Pricing::Auction(_)) {
            d.error(at, "an auction serves bids, not the earliest arrival", "no order of an auction")
                .help("leave out `order`");
        }
        if self.fair_order().is_some_and(|order| order != FairOrder::Arrival) {
            d.error(
                at,
                "the earliest arrival goes first here, and `fairness.order` says somebody else",
                "contradiction",
            )
            .help("leave out one of the two orders");
        }
    }

    fn fair_order(&self) -> Option<FairOrder> {
        self.all.pools[self.index].fairness.as_ref().map(crate::scenario::pools::ReadFairness::order)
    }
}

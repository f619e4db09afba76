//! What a burst policy says must have something to work on.

use super::{Check, manner};
use crate::market::{BurstRules, GiveBack, Pricing, Slots, WhenRevoked};
use crate::scenario::diagnostic::Diagnostics;

impl Check<'_> {
    pub(super) fn burst_terms(&self, d: &mut Diagnostics) {
        let Some(burst) = &self.rules.burst else { return };
        if burst.terms.triggers.is_any() {
            self.triggers(burst, d);
        }
        if burst.terms.give_back == GiveBack::WhenFree && self.decides_otherwise() {
            let message = format!("pool `{}` {}: no burst can move home", self.name, manner(&self.rules.pricing));
            d.error(self.at(&["burst", "give_back"]), message, "no slot to move to")
                .help("leave out `give_back`: bursts then stay where they are to the end");
        }
        if burst.terms.when_revoked == WhenRevoked::NextTier && burst.tiers.len() == 1 {
            d.error(self.at(&["burst", "when_revoked"]), "a ladder of one tier has no next one", "nowhere to go")
                .help("add a tier, or leave out `when_revoked`: then `on_interruption` says what a burst does");
        }
        if burst.budget.is_none() && burst.terms.tiers.iter().any(|tier| tier.budget.is_some()) {
            d.error(
                self.at(&["burst", "tiers"]),
                "a tier's budget is counted like that of all tiers, and there is none",
                "how is it counted?",
            )
            .help(
                "add budget = { amount = \"unlimited\", charging = \"metered\" } or \"prepaid\", with a `period` if it has one",
            );
        }
    }

    fn triggers(&self, burst: &BurstRules, d: &mut Diagnostics) {
        let at = self.at(&["burst", "trigger"]);
        if self.decides_otherwise() {
            let message =
                format!("pool `{}` {}: nobody waits there for a free slot", self.name, manner(&self.rules.pricing));
            d.error(at, message, "no trigger").help("leave out `trigger`: whoever is refused bursts in any case");
        } else if self.rules.waiting.is_none() {
            d.error(at, "a trigger is for requests that wait, and here they are refused at once", "nobody waits").help(
                format!(
                    "add `waiting = {{ capacity = \"unlimited\" }}` to pool `{}`, or leave out `trigger`",
                    self.name
                ),
            );
        }
        let triggers = &burst.terms.triggers;
        if triggers.utilisation.is_some() && self.rules.slots == Slots::Unlimited {
            d.error(self.at(&["burst", "trigger", "utilisation"]), "unlimited slots are never used up", "never passed")
                .help("leave out `utilisation`");
        }
        let has_period = burst.budget.as_ref().is_some_and(|budget| budget.period.is_some());
        if triggers.budget_reset && !has_period {
            d.error(
                self.at(&["burst", "trigger", "budget_reset"]),
                "there is no budget that is ever reset",
                "no budget period",
            )
            .help("give the policy a budget with a `period`, or leave out `budget_reset`");
        }
    }

    /// Are slots given out by something else than their being free?
    fn decides_otherwise(&self) -> bool {
        matches!(self.rules.pricing, Pricing::Auction(_) | Pricing::Proportional)
    }
}

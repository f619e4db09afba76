//! Proportional shares: everybody is served at once, so that much of what other methods need has no meaning.

use super::Check;
use crate::market::{EvictionOrder, Fit, InterruptionRules, Pricing, Slots};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::pools::ReadFairness;
use crate::units::SimDuration;

impl Check<'_> {
    pub(super) fn proportional(&self, d: &mut Diagnostics) {
        if !matches!(self.rules.pricing, Pricing::Proportional) {
            return;
        }
        if self.rules.slots == Slots::Unlimited {
            d.error(self.at(&["slots"]), "shares of unlimited slots would have no end", "nothing to share")
                .help("write a number of slots");
        }
        let said = [
            ("billing_unit", self.rules.billing_unit.is_some(), "shares change with everybody who comes and goes"),
            ("waiting", self.rules.waiting.is_some(), "nobody waits where everybody is served at once"),
            ("service", self.rules.serves_in_part, "everybody is served in part where slots are shared"),
            ("fit", self.rules.fit == Fit::Strict, "every request fits where slots are shared"),
            (
                "interruption",
                !is_immediate(&self.rules.interruption),
                "nobody displaces anybody where slots are shared",
            ),
            (
                "fairness",
                self.all.pools[self.index].fairness.as_ref().is_some_and(ReadFairness::has_more_than_caps),
                "shares follow the bids, up to a cap",
            ),
        ];
        for (key, _, reason) in said.iter().filter(|(_, is_said, _)| *is_said) {
            d.error(self.at(&[key]), format!("{reason}: `{key}` has no meaning here"), "proportional shares")
                .help("leave it out, or choose another method");
        }
    }
}

fn is_immediate(rules: &InterruptionRules) -> bool {
    let InterruptionRules { notice, guaranteed, order, last_unit_is_free } = rules;
    let has_time = *notice > SimDuration::ZERO || *guaranteed > SimDuration::ZERO || *last_unit_is_free;
    !has_time && matches!(order, EvictionOrder::ByMethod)
}

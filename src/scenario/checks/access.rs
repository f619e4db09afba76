//! Whose pools may take slots of a private pool: its own owner's, and those of customers that this says it is open to.

use super::Check;
use crate::market::{Change, PoolId};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::source::At;

impl Check<'_> {
    pub(super) fn access(&self, d: &mut Diagnostics) {
        for (number, line) in self.rules.supply.iter().enumerate() {
            self.admitted(line.from, self.supply_line(number, "from"), d);
        }
        for (number, tier) in self.rules.burst.iter().flat_map(|burst| burst.tiers.iter().enumerate()) {
            self.admitted(*tier, self.tier(number), d);
        }
        for (number, rule) in self.rules.scaling.iter().enumerate() {
            rule.suppliers().iter().for_each(|from| self.admitted(*from, self.scaling_rule(number), d));
        }
        for read in self.steps() {
            if let Change::AddSlots(line) = &read.step.operation.change {
                self.admitted(line.from, read.node.place(&["add_slots"]), d);
            }
        }
    }

    /// Whom a pool admits is not resolved yet: that it names anybody is enough.
    fn admitted(&self, from: PoolId, at: &At, d: &mut Diagnostics) {
        let (other, owner) = (&self.all.pools[from.index()], self.rules.owner);
        if other.members.is_none() || other.rules.owner == owner || other.rules.open_to.contains(&owner) {
            return;
        }
        let (name, owner) = (self.all.names.pools[from.index()], self.all.names.of_party(owner));
        let message =
            format!("pool `{name}` is open to its `members` and to pools of its own owner, and this is {owner}'s");
        d.error(at, message, "somebody else's private pool")
            .help(format!("add open_to = [\"{owner}\"] to pool `{name}`, or take slots from another pool"));
    }
}

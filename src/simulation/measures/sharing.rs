//! How evenly slots and payments are shared among members and departments.

use super::{Measure, MeasureId, Scope, Unit, Visit};
use crate::simulation::inequality::{gini, herfindahl, jain};

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    /// Concentration and inequality among those who ask a pool.
    pub(super) fn sharing(&mut self, scope: Scope<'a>, pool: usize) {
        let currency = self.model.pools[pool].rules.currency;
        let spending = |member| self.meters.spending(currency, self.model.member_party(member)).as_currency();
        let paid: Vec<f64> = self.members_of(pool).map(spending).collect();
        self.put_if_any(scope, "hhi", Unit::One, herfindahl(&self.held_by_each(self.members_of(pool))));
        self.put_if_any(scope, "payment_hhi", Unit::One, herfindahl(&paid));
        self.inequality(scope, self.members_of(pool));
    }

    /// Inequality of the slot-time that these members hold, and of their departments' among them.
    pub(super) fn inequality(&mut self, scope: Scope<'a>, members: impl Iterator<Item = usize> + Clone) {
        let by_member = self.held_by_each(members.clone());
        let by_department = self.held_by_departments(members);
        for (metric, value) in [
            ("jain_members", jain(&by_member)),
            ("gini_members", gini(&by_member)),
            ("jain_departments", jain(&by_department)),
            ("gini_departments", gini(&by_department)),
        ] {
            self.put_if_any(scope, metric, Unit::One, value);
        }
    }

    fn held_by_each(&self, members: impl Iterator<Item = usize>) -> Vec<f64> {
        members.map(|member| self.meters.members[member].held as f64).collect()
    }

    /// Of the departments to which any of these members belongs.
    fn held_by_departments(&self, members: impl Iterator<Item = usize>) -> Vec<f64> {
        let mut held: Vec<Option<i128>> = vec![None; self.model.departments.len()];
        for member in members {
            *held[self.model.members[member].department].get_or_insert(0) += self.meters.members[member].held;
        }
        held.into_iter().flatten().map(|held| held as f64).collect()
    }
}

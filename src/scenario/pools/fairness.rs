//! Fairness rules of a pool, and for whom its weights are meant.

use std::sync::Arc;

use super::users::Users;
use crate::collections::Span;
use crate::market::{CreditRules, EvictionOrder, FairOrder, FairnessRules, FormulaRules, Per, PoolRules, Pricing};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields, Stated};
use crate::scenario::node::Entry;
use crate::scenario::suggestion::Unknown;
use crate::simulation::Model;
use crate::units::Money;

/// Fairness rules as read; departments and weights are resolved once the groups are known.
pub(in crate::scenario) struct ReadFairness<'a> {
    rules: FairnessRules,
    /// Who has the weights.
    per: Per,
    /// A weight for each name.
    weights: Vec<(&'a Entry, u32)>,
}

impl ReadFairness<'_> {
    /// Who goes first among equals.
    pub(in crate::scenario) fn order(&self) -> FairOrder {
        self.rules.order
    }

    /// Is anything asked for beside caps?
    pub(in crate::scenario) fn has_more_than_caps(&self) -> bool {
        self.rules.order != FairOrder::Arrival || self.rules.credits.is_some()
    }
}

/// Weights and slots are multiplied: this leaves room enough.
const MOST_WEIGHT: u32 = 1_000_000;

pub(super) fn fairness<'a>(table: &mut Fields<'a>, currency: &str, d: &mut Diagnostics) -> Stated<ReadFairness<'a>> {
    table.rule("fairness", d, |table, d| {
        let member_cap = table.whole("member_cap", 1..=u32::MAX, d);
        let department_cap = table.whole("department_cap", 1..=u32::MAX, d);
        let per = table.choice("per", &[("member", Per::Member), ("department", Per::Department)], d);
        let per = per.unwrap_or(Per::Member);
        let order = order(table, per, d);
        let weights = weights(table, d);
        let credits = table.rule("credits", d, |table, d| credits(table, currency, d)).ok();
        let (departments, nobody) = (Arc::default(), Arc::default());
        let (order, credits) = (order?, credits?);
        let rules = FairnessRules { member_cap, department_cap, order, credits, departments, weights: nobody };
        Some(ReadFairness { rules, per, weights: weights? })
    })
}

fn order(table: &mut Fields<'_>, per: Per, d: &mut Diagnostics) -> Option<FairOrder> {
    #[derive(Clone, Copy)]
    enum Order {
        Arrival,
        MaxMin,
        UsageDecay,
    }
    let orders = [("arrival", Order::Arrival), ("max-min", Order::MaxMin), ("usage-decay", Order::UsageDecay)];
    let order = table.or("order", Order::Arrival, |table, key| table.choice(key, &orders, d));
    let half_life = match order {
        Some(Order::UsageDecay) => {
            table.required("half_life", "\"24h\"", d).and_then(|_| table.positive("half_life", d))
        }
        _ => table.duration("half_life", d),
    };
    match order? {
        Order::UsageDecay => half_life.map(|half_life| FairOrder::UsageDecay { per, half_life }),
        Order::MaxMin => {
            idle(table, &["half_life"], d);
            Some(FairOrder::MaxMin(per))
        }
        Order::Arrival => {
            idle(table, &["half_life", "per", "weights"], d);
            Some(FairOrder::Arrival)
        }
    }
}

/// Keys without effect under the order that is stated: an arm that changes it may leave them behind.
fn idle(table: &Fields<'_>, keys: &[&str], d: &mut Diagnostics) {
    for key in keys.iter().filter(|key| table.has(key)) {
        d.warning(table.place_of(key), format!("`{key}` has no effect under this `order`"), "not used")
            .help("leave it out, or state the order that it belongs to");
    }
}

fn weights<'a>(table: &mut Fields<'a>, d: &mut Diagnostics) -> Option<Vec<(&'a Entry, u32)>> {
    let path = format!("{}.weights", table.path());
    let Some(node) = table.optional("weights").filter(|node| !node.is_word("none")) else { return Some(Vec::new()) };
    // Whatever stands in it is a name; that it is a table is checked here.
    Fields::new(node, path, d);
    let read = |entry: &'a Entry| Some((entry, fields::whole(&entry.node, &entry.key, &(1..=MOST_WEIGHT), d)?));
    node.entries().iter().map(read).collect()
}

fn credits(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> Option<CreditRules> {
    table.required("grant", &format!("\"100 {currency}\""), d);
    let grant = table.money("grant", currency, d);
    let refill = table.or("refill", Money::ZERO, |table, key| table.money(key, currency, d));
    let every = table.or("every", None, |table, key| table.positive(key, d).map(Some));
    let limit = table.or("limit", None, |table, key| table.money(key, currency, d).map(Some));
    for (key, missing) in [("refill", "every"), ("every", "refill"), ("limit", "refill")] {
        if table.has(key) && !table.has(missing) {
            d.error(table.place_of(key), format!("`{key}` needs `{missing}` beside it"), "says nothing alone")
                .help(format!("write refill = \"10 {currency}\" and every = \"24h\", or neither"));
        }
    }
    Some(CreditRules { grant: grant?, refill: refill?, every: every?, limit: limit? })
}

/// Department of each party. Whoever is no member has one of its own, behind those of the model.
pub(in crate::scenario) fn departments(model: &Model) -> Arc<[u32]> {
    let own = (0..model.parties.len()).map(|party| model.departments.len() + party);
    own.chain(model.members.iter().map(|member| member.department)).map(|number| number as u32).collect()
}

/// The rules with the departments and weights of this model.
pub(in crate::scenario) fn resolved(
    users: &Users<'_>,
    read: &ReadFairness<'_>,
    departments: &Arc<[u32]>,
    d: &mut Diagnostics,
) -> FairnessRules {
    let weights = match read.per {
        Per::Member => of_members(users, &read.weights, d),
        Per::Department => of_departments(users, &read.weights, d),
    };
    FairnessRules { departments: Arc::clone(departments), weights: Arc::new(weights), ..read.rules.clone() }
}

/// The owner's formulas may read what members and departments hold and have used, which is known only where there are
/// fairness rules. These rule nothing.
pub(in crate::scenario) fn known_to_formulas(rules: &PoolRules, departments: &Arc<[u32]>) -> Option<FairnessRules> {
    let ranks = matches!(&rules.pricing, Pricing::Formula(FormulaRules { rank: Some(_), .. }));
    let evicts = matches!(&rules.interruption.order, EvictionOrder::Formula(_));
    (ranks || evicts).then(|| FairnessRules {
        member_cap: None,
        department_cap: None,
        order: FairOrder::Arrival,
        credits: None,
        departments: Arc::clone(departments),
        weights: Arc::default(),
    })
}

/// By party: whoever has none of its own has 1. The name of a group stands for all of its members that are not named themselves.
fn of_members(users: &Users<'_>, stated: &[(&Entry, u32)], d: &mut Diagnostics) -> Span<u32> {
    let mut weights = Span::default();
    let mut set = |number: usize, weight: u32| *weights.reach(users.model.member_party(number).0, &1) = weight;
    for (entry, weight) in stated {
        users.of_group(&entry.key).for_each(|number| set(number, *weight));
    }
    // Names of members come last, and so win.
    for (entry, weight) in stated {
        users.named(&entry.key).for_each(|number| set(number, *weight));
    }
    let is_known = |name: &str| !users.of_group(name).is_empty() || users.named(name).next().is_some();
    for (entry, _) in stated.iter().filter(|(entry, _)| !is_known(&entry.key)) {
        d.error(&entry.at, format!("there is no user or group `{}`", entry.key), "unknown user")
            .help("users are the `members` of groups; weights of departments need per = \"department\"");
    }
    weights
}

/// By department: whichever has none of its own has 1.
fn of_departments(users: &Users<'_>, stated: &[(&Entry, u32)], d: &mut Diagnostics) -> Span<u32> {
    let mut weights = Span::default();
    for (entry, weight) in stated {
        if let Some(number) = users.department(&entry.key) {
            *weights.reach(number as u32, &1) = *weight;
            continue;
        }
        let names: Vec<&str> = users.model.departments.iter().map(String::as_str).collect();
        let unknown = Unknown { word: &entry.key, known: &names, listed: "departments are" };
        d.unknown(&entry.at, format!("there is no department `{}`", entry.key), "unknown department", &unknown);
    }
    weights
}

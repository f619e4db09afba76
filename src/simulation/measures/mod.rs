//! What the meters of a replication mean: metrics by scope.
//!
//! Every metric is a fraction of two exact quantities. Over many replications a fraction whose denominator is itself
//! random (blocking, mean wait) is estimated as a ratio of sums; the denominator of the others is a constant.

mod budgets;
mod commitments;
mod digest;
mod economics;
mod economy;
mod hardware;
mod idle;
mod interruptions;
mod loans;
mod operations;
mod partners;
mod pools;
mod requests;
mod rounds;
mod scope;
mod sharing;
mod tiers;
mod usage;

use std::collections::BTreeMap;

pub(super) use digest::digest;
pub use scope::{Scope, Unit};

use super::directory::Directory;
use super::meters::{MemberMeter, Meters};
use super::model::Model;
use crate::units::Accrual;

/// Identity of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureId<'a> {
    /// Whose metric it is.
    pub scope: Scope<'a>,
    /// Name, snake_case, qualifier last.
    pub metric: &'static str,
    /// Unit of the value.
    pub unit: Unit<'a>,
}

/// A value as numerator and denominator; there is no value where the denominator is zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Numerator.
    pub numerator: f64,
    /// Denominator; 1 for a count.
    pub denominator: f64,
}

impl Measure {
    /// The value in one replication, if it has one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.denominator > 0.0).then(|| self.numerator / self.denominator)
    }
}

/// The measures of a model, in the order of their values in [`super::Outcome::measures`].
#[must_use]
pub fn catalogue(model: &Model) -> Vec<MeasureId<'_>> {
    let directory = Directory::new(model);
    let meters = Meters::new(&directory);
    let prices = vec![Accrual::ZERO; model.pools.len()];
    let mut ids = Vec::new();
    Visit { model, directory: &directory, meters: &meters, prices: &prices, out: |id, _| ids.push(id) }.all();
    ids
}

/// The measures of one replication; `prices` are the price integrals of the pools over the window.
pub(super) fn measures(directory: &Directory<'_>, meters: &Meters, prices: &[Accrual]) -> Vec<Measure> {
    let mut values = Vec::new();
    let model = directory.model;
    Visit { model, directory, meters, prices, out: |_, measure| values.push(measure) }.all();
    values
}

/// Walks through all measures in one fixed order.
struct Visit<'a, 'm, F: FnMut(MeasureId<'a>, Measure)> {
    model: &'a Model,
    directory: &'m Directory<'a>,
    meters: &'m Meters,
    prices: &'m [Accrual],
    out: F,
}

impl<'a, 'm, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, 'm, F> {
    fn all(&mut self) {
        let (model, directory) = (self.model, self.directory);
        self.put(Scope::Provider, "events", Unit::Events, self.meters.events as f64, 1.0);
        for party in 0..model.parties.len() {
            self.party(party);
        }
        self.inequality(Scope::Provider, 0..model.members.len());
        for pool in 0..model.pools.len() {
            self.pool(pool);
        }
        self.tiers();
        for customer in 1..model.parties.len() {
            self.customer(customer);
        }
        self.zones();
        for (number, name) in model.departments.iter().enumerate() {
            let members = directory.members_of_department.of(number);
            let (scope, sum) = (Scope::Department(name), self.sum(members.clone()));
            self.requests(scope, &sum, None);
            self.interruptions(scope, &sum, members.clone());
            self.paid_by(scope, members.clone());
            self.usage_by(scope, members);
        }
        for (number, group) in model.groups.iter().enumerate() {
            let members = directory.members_of_group.of(number);
            let currency = &model.currencies[model.pools[group.pool.index()].rules.currency.index()];
            let paid = self.paid(group.pool.index(), members.clone());
            let scope = Scope::Group(&group.group.name);
            let sum = self.sum(members.clone());
            self.requests(scope, &sum, Some((currency, paid)));
            self.interruptions(scope, &sum, members.clone());
            self.usage_by(scope, members);
        }
        if model.reports_members {
            self.users();
        }
    }

    /// A user may be a member of several groups.
    fn users(&mut self) {
        let mut users: Vec<&'a str> = Vec::new();
        let mut members: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
        for (number, member) in self.model.members.iter().enumerate() {
            let of_user = members.entry(&member.name).or_insert_with(|| {
                users.push(&member.name);
                Vec::new()
            });
            of_user.push(number);
        }
        for user in users {
            let members = members[user].iter().copied();
            let (scope, sum) = (Scope::Member(user), self.sum(members.clone()));
            self.requests(scope, &sum, None);
            self.interruptions(scope, &sum, members.clone());
            self.paid_by(scope, members.clone());
            self.usage_by(scope, members);
        }
    }

    /// The requests that ask any of a customer's pools, if there are any who ask.
    fn customer(&mut self, party: usize) {
        let model = self.model;
        let members = self.directory.members_of_owner.of(party);
        if members.clone().next().is_some() {
            let (scope, sum) = (Scope::Customer(&model.parties[party].name), self.sum(members.clone()));
            self.requests(scope, &sum, None);
            self.interruptions(scope, &sum, members.clone());
            self.paid_by(scope, members);
        }
    }

    /// The members whose requests ask this pool.
    fn members_of(&self, pool: usize) -> impl Iterator<Item = usize> + Clone + use<'a, 'm, F> {
        self.directory.members_of_pool.of(pool)
    }

    fn put(&mut self, scope: Scope<'a>, metric: &'static str, unit: Unit<'a>, numerator: f64, denominator: f64) {
        (self.out)(MeasureId { scope, metric, unit }, Measure { numerator, denominator });
    }

    /// A value that there is or is not in one replication: over many, the mean of those there are.
    fn put_if_any(&mut self, scope: Scope<'a>, metric: &'static str, unit: Unit<'a>, value: Option<f64>) {
        self.put(scope, metric, unit, value.unwrap_or(0.0), f64::from(u8::from(value.is_some())));
    }

    fn sum(&self, members: impl Iterator<Item = usize>) -> MemberMeter {
        let mut sum = MemberMeter::default();
        members.for_each(|member| sum.add(&self.meters.members[member]));
        sum
    }

    fn window_ticks(&self) -> f64 {
        self.model.window().ticks() as f64
    }

    fn window_hours(&self) -> f64 {
        self.model.window().as_hours()
    }
}

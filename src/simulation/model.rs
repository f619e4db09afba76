//! What is simulated, as plain data.

use std::sync::Arc;

use crate::demand::{Group, Law, PriceSeries};
use crate::market::{AccountId, Change, Component, Hardware, Operation, PartyId, PlaceWish, PoolId, PoolRules, Stage};
use crate::units::{Price, SimDuration, SimTime};

/// A model: who there is, which pools, which demand, for how long.
///
/// Parties are numbered provider first, then customers, then members; [`Model::member_party`] maps the last.
#[derive(Clone, Debug)]
pub struct Model {
    /// Names of the currencies.
    pub currencies: Vec<String>,
    /// The provider (number 0) and the customers.
    pub parties: Vec<Party>,
    /// Accounts of the provider and the customers, in whose names pools are created and changed.
    pub accounts: Vec<AccountModel>,
    /// All pools.
    pub pools: Vec<PoolModel>,
    /// All groups.
    pub groups: Vec<GroupModel>,
    /// Names of the departments.
    pub departments: Vec<String>,
    /// All members, group by group.
    pub members: Vec<Member>,
    /// What owners do by hand, in order of time.
    pub owner_steps: Vec<OwnerStep>,
    /// The provider's hardware, where pools stand on some.
    pub hardware: Option<HardwareModel>,
    /// How a report sums over currencies; `None` if it does not.
    pub conversion: Option<Conversion>,
    /// Measurement starts here.
    pub warm_up: SimTime,
    /// Measurement and simulation end here.
    pub horizon: SimTime,
    /// Distance of the instants at which the time series are read.
    pub series_step: SimDuration,
    /// Are metrics of single members wanted?
    pub reports_members: bool,
    /// Which measures are wanted that cost more than counting.
    pub economics: Economics,
}

/// Hardware, what fails of it, and who asks for a place on it.
#[derive(Clone, Debug)]
pub struct HardwareModel {
    /// The components and slots.
    pub hardware: Arc<Hardware>,
    /// Names of the regions, in order.
    pub regions: Vec<String>,
    /// Names of the availability zones, in order.
    pub zones: Vec<String>,
    /// By group: what its requests ask of their place; empty if none asks anything.
    pub wishes: Vec<PlaceWish>,
    /// What fails and is repaired by chance.
    pub clocks: Vec<FaultClock>,
    /// What fails at given times, in order of time.
    pub failures: Vec<(SimTime, Component)>,
    /// What is repaired at given times, in order of time.
    pub repairs: Vec<(SimTime, Component)>,
}

impl HardwareModel {
    /// Can anything fail?
    #[must_use]
    pub fn has_faults(&self) -> bool {
        !self.clocks.is_empty() || !self.failures.is_empty()
    }
}

/// Components that fail and are repaired by chance, each by itself.
#[derive(Clone, Debug)]
pub struct FaultClock {
    /// Name; part of the address of their random streams.
    pub name: String,
    /// The components.
    pub components: Vec<Component>,
    /// Time to the next failure, in ticks.
    pub up: Law,
    /// Time to the repair, in ticks.
    pub down: Law,
}

/// Measures for economists, on request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Economics {
    /// What members would gain by what others have.
    pub envy: bool,
    /// What bidders would have gained at the price of the round.
    pub regret: bool,
    /// Each request is kept, so that the best that could have been done with them can be solved for.
    pub offline_optimum: bool,
}

/// The provider or a customer.
#[derive(Clone, Debug)]
pub struct Party {
    /// Name in scopes.
    pub name: String,
}

/// An account of the provider or of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountModel {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub party: PartyId,
}

/// A pool with its name.
#[derive(Clone, Debug)]
pub struct PoolModel {
    /// Name in scopes.
    pub name: String,
    /// What its owner decided.
    pub rules: PoolRules,
    /// When its minimum price changes by the clock.
    pub minimum_schedule: Option<MinimumSchedule>,
    /// Where its price comes from, under [`crate::market::Pricing::Given`].
    pub given: Option<PriceSeries>,
    /// The pool's own unit of resource, in which its use is metered as well.
    pub unit: Option<ResourceUnit>,
}

/// What slots give: CPU cycles, bandwidth.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceUnit {
    /// Name in reports.
    pub name: String,
    /// How much of it a slot gives in an hour.
    pub per_slot_hour: f64,
}

/// Rates at which a report turns all currencies into one.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// The currency of the report.
    pub currency: String,
    /// What one of each currency of the model is worth in it.
    pub rates: Vec<f64>,
}

/// A minimum price that changes by the clock.
#[derive(Clone, Debug)]
pub struct MinimumSchedule {
    /// When each step takes effect, counted from time 0 or from the start of the period, ascending, and the minimum from
    /// then on. Before the first step the pool's own minimum is in force, or in later periods the last step's.
    pub steps: Vec<(SimDuration, Price)>,
    /// After which the steps begin again.
    pub period: Option<SimDuration>,
}

impl MinimumSchedule {
    /// When step number `step` takes effect, over all periods; never, where there are no more.
    #[must_use]
    pub fn time_of(&self, step: usize) -> SimTime {
        let round = step / self.steps.len();
        let offset = self.steps[step % self.steps.len()].0;
        match self.period {
            None if round > 0 => SimTime::NEVER,
            None => SimTime::ZERO.saturating_add(offset),
            Some(period) => {
                let start = i64::try_from(round).unwrap_or(i64::MAX).saturating_mul(period.ticks());
                SimTime::from_ticks(start).saturating_add(offset)
            }
        }
    }

    /// The minimum from step number `step` on.
    #[must_use]
    pub fn minimum_of(&self, step: usize) -> Price {
        self.steps[step % self.steps.len()].1
    }
}

/// Something that somebody does to a pool by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerStep {
    /// When.
    pub at: SimTime,
    /// Who does what, in which pool.
    pub operation: Operation,
}

impl OwnerStep {
    /// Another minimum price, in the name of the first account.
    #[must_use]
    pub fn minimum(at: SimTime, pool: PoolId, minimum: Price) -> Self {
        Self { at, operation: Operation { by: AccountId::default(), pool, change: Change::Minimum(minimum) } }
    }

    /// In which pool.
    #[must_use]
    pub fn pool(&self) -> PoolId {
        self.operation.pool
    }

    /// The pool that slots are added from, if any are.
    pub(super) fn supplier(&self) -> Option<PoolId> {
        match &self.operation.change {
            Change::AddSlots(line) => Some(line.from),
            _ => None,
        }
    }

    /// The minimum price that is set, if one is.
    #[must_use]
    pub fn as_minimum(&self) -> Option<Price> {
        match self.operation.change {
            Change::Minimum(minimum) => Some(minimum),
            _ => None,
        }
    }
}

/// A group, the pool it asks and its members.
///
/// The order of the fields is that of the memory: what every request looks at comes first.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct GroupModel {
    /// The pool it asks; the first of its choice, where it has one.
    pub pool: PoolId,
    /// Pools that serve it as well, in order of preference.
    pub alternatives: Vec<PoolId>,
    /// Number of its first member in [`Model::members`]; the others follow.
    pub first_member: usize,
    /// The source of requests.
    pub group: Group,
}

impl GroupModel {
    /// All pools that it asks, in order of preference.
    pub fn pools(&self) -> impl Iterator<Item = PoolId> + '_ {
        std::iter::once(self.pool).chain(self.alternatives.iter().copied())
    }
}

/// A member of a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// Name in scopes.
    pub name: String,
    /// Number of its group.
    pub group: usize,
    /// Number of its department.
    pub department: usize,
}

impl Model {
    /// The party that pays for member number `member`.
    #[must_use]
    pub fn member_party(&self, member: usize) -> PartyId {
        PartyId((self.parties.len() + member) as u32)
    }

    /// The member that is this party.
    #[must_use]
    pub fn member_of(&self, party: PartyId) -> usize {
        party.index() - self.parties.len()
    }

    /// Number of all parties, members included.
    #[must_use]
    pub fn party_count(&self) -> usize {
        self.parties.len() + self.members.len()
    }

    /// Length of the window of measurement.
    #[must_use]
    pub fn window(&self) -> SimDuration {
        self.horizon - self.warm_up
    }

    /// The instants at which the time series are read: every step from 0, before the horizon.
    pub fn series_instants(&self) -> impl Iterator<Item = SimTime> + use<> {
        let (step, horizon) = (self.series_step.ticks().max(1), self.horizon.ticks());
        (0..).map(move |k: i64| k * step).take_while(move |ticks| *ticks < horizon).map(SimTime::from_ticks)
    }

    /// What is done to this pool by hand.
    fn steps_of(&self, pool: PoolId) -> impl Iterator<Item = &OwnerStep> {
        self.owner_steps.iter().filter(move |step| step.operation.pool == pool)
    }

    /// Is more done to this pool than another minimum set by whoever may: do accounts, its life or its rules of scaling
    /// matter?
    #[must_use]
    pub fn is_operated(&self, pool: PoolId) -> bool {
        is_operated(&self.pools[pool.index()].rules, self.steps_of(pool))
    }

    /// Can any pool be down: is one not online from the start to the end?
    #[must_use]
    pub fn has_lives(&self) -> bool {
        let has_life = |pool: &PoolModel| {
            let life = pool.rules.life.as_ref();
            life.is_some_and(|life| {
                let ends = life.term.is_some() || life.expires_at.is_some() || life.by_rule.is_some();
                ends || life.begins != Stage::Online
            })
        };
        let goes = |step: &OwnerStep| matches!(step.operation.change, Change::TakeOffline | Change::Delete);
        self.pools.iter().any(has_life) || self.owner_steps.iter().any(goes)
    }
}

/// [`Model::is_operated`], of a pool of these rules to which this is done by hand.
pub(super) fn is_operated<'a>(rules: &PoolRules, mut steps: impl Iterator<Item = &'a OwnerStep>) -> bool {
    let controllers = &rules.controllers;
    let is_known = |step: &OwnerStep| {
        step.as_minimum().is_some() && (controllers.is_empty() || controllers.contains(&step.operation.by))
    };
    rules.life.is_some() || !rules.scaling.is_empty() || !steps.all(is_known)
}

//! What the meters of a replication mean: metrics by scope.
//!
//! Every metric is a fraction of two exact quantities. Over many replications a fraction whose denominator is itself
//! random (blocking, mean wait) is estimated as a ratio of sums; the denominator of the others is a constant.

use std::fmt;

use sha2::{Digest, Sha256};

use super::meters::{MemberMeter, Meters, PoolMeter, Spending, TierMeter};
use super::model::Model;
use crate::market::{CurrencyId, Marketplace, PartyId, PoolId};
use crate::units::{Accrual, TICKS_PER_HOUR};

/// Whose metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The whole provider.
    Provider,
    /// A customer.
    Customer(&'a str),
    /// A pool: its slots, and the requests that asked it.
    Pool(&'a str),
    /// A department, over all pools.
    Department(&'a str),
    /// A group.
    Group(&'a str),
    /// A member.
    Member(&'a str),
    /// All bursts into the pool of this name.
    Tier(&'a str),
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider => f.write_str("provider"),
            Self::Customer(name) => write!(f, "customer:{name}"),
            Self::Pool(name) => write!(f, "pool:{name}"),
            Self::Department(name) => write!(f, "department:{name}"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Member(name) => write!(f, "member:{name}"),
            Self::Tier(name) => write!(f, "tier:{name}"),
        }
    }
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit<'a> {
    /// A pure number.
    One,
    /// Events.
    Events,
    /// Requests.
    Requests,
    /// Slots.
    Slots,
    /// Slots squared.
    SlotsSquared,
    /// Hours.
    Hours,
    /// An amount of a currency.
    Money(&'a str),
    /// An amount of a currency per hour.
    MoneyRate(&'a str),
    /// An amount of a currency per slot-hour.
    Price(&'a str),
}

impl fmt::Display for Unit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("1"),
            Self::Events => f.write_str("events"),
            Self::Requests => f.write_str("requests"),
            Self::Slots => f.write_str("slots"),
            Self::SlotsSquared => f.write_str("slots^2"),
            Self::Hours => f.write_str("h"),
            Self::Money(currency) => f.write_str(currency),
            Self::MoneyRate(currency) => write!(f, "{currency}/h"),
            Self::Price(currency) => write!(f, "{currency}/slot-h"),
        }
    }
}

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

/// The measures of a model, in the order of [`measures`].
#[must_use]
pub fn catalogue(model: &Model) -> Vec<MeasureId<'_>> {
    let meters = Meters::new(model.members.len(), model.currencies.len(), model.party_count(), tier_counts(model));
    let prices = vec![Accrual::ZERO; model.pools.len()];
    let mut ids = Vec::new();
    Visit { model, meters: &meters, prices: &prices, out: |id, _| ids.push(id) }.all();
    ids
}

/// The measures of one replication; `prices` are the price integrals of the pools over the window.
#[must_use]
pub fn measures(model: &Model, meters: &Meters, prices: &[Accrual]) -> Vec<Measure> {
    let mut values = Vec::new();
    Visit { model, meters, prices, out: |_, measure| values.push(measure) }.all();
    values
}

fn tier_counts(model: &Model) -> impl Iterator<Item = usize> {
    model.pools.iter().map(|pool| pool.rules.burst.as_ref().map_or(0, |burst| burst.tiers.len()))
}

/// Walks through all measures in one fixed order.
struct Visit<'a, 'm, F: FnMut(MeasureId<'a>, Measure)> {
    model: &'a Model,
    meters: &'m Meters,
    prices: &'m [Accrual],
    out: F,
}

impl<'a, F: FnMut(MeasureId<'a>, Measure)> Visit<'a, '_, F> {
    fn all(&mut self) {
        let model = self.model;
        self.put(Scope::Provider, "events", Unit::Events, self.meters.events as f64, 1.0);
        for party in 0..model.parties.len() {
            self.party(party);
        }
        for pool in 0..model.pools.len() {
            self.pool(pool);
        }
        self.tiers();
        for (number, name) in model.departments.iter().enumerate() {
            let members = (0..model.members.len()).filter(|member| model.members[*member].department == number);
            self.requests(Scope::Department(name), &self.sum(members), None);
        }
        for (number, group) in model.groups.iter().enumerate() {
            let members = (0..model.members.len()).filter(|member| model.members[*member].group == number);
            let currency = &model.currencies[model.pools[group.pool.index()].rules.currency.index()];
            let paid = self.paid(group.pool.index(), members.clone());
            self.requests(Scope::Group(&group.group.name), &self.sum(members), Some((currency, paid)));
        }
        if model.reports_members {
            for (number, member) in model.members.iter().enumerate() {
                self.requests(Scope::Member(&member.name), &self.meters.members[number].clone(), None);
            }
        }
    }

    fn put(&mut self, scope: Scope<'a>, metric: &'static str, unit: Unit<'a>, numerator: f64, denominator: f64) {
        (self.out)(MeasureId { scope, metric, unit }, Measure { numerator, denominator });
    }

    fn sum(&self, members: impl Iterator<Item = usize>) -> MemberMeter {
        let mut sum = MemberMeter::default();
        members.for_each(|member| sum.add(&self.meters.members[member]));
        sum
    }

    /// What these members of a pool have paid, in its currency.
    fn paid(&self, pool: usize, members: impl Iterator<Item = usize>) -> f64 {
        let currency = self.model.pools[pool].rules.currency;
        let mut paid = Spending::default();
        members.for_each(|member| paid.add(self.meters.spending(currency, self.model.member_party(member))));
        paid.as_currency()
    }

    fn window_ticks(&self) -> f64 {
        self.model.window().ticks() as f64
    }

    fn window_hours(&self) -> f64 {
        self.model.window().as_hours()
    }

    /// Revenue and cost of the provider or a customer, in each currency of the pools it owns or pays in.
    fn party(&mut self, party: usize) {
        let model = self.model;
        let owned = |currency: usize| {
            let of = move |pool: &&(usize, &super::model::PoolModel)| {
                pool.1.rules.owner.index() == party && pool.1.rules.currency.index() == currency
            };
            let pools: Vec<_> = model.pools.iter().enumerate().collect();
            pools.iter().filter(of).map(|(index, _)| *index).collect::<Vec<usize>>()
        };
        let hours = self.window_hours();
        for (currency, name) in model.currencies.iter().enumerate() {
            let pools = owned(currency);
            if pools.is_empty() {
                continue;
            }
            let revenue = pools.iter().map(|pool| self.revenue(*pool)).sum::<f64>();
            let unit = Unit::MoneyRate(name);
            let cost = self.meters.spending(CurrencyId(currency as u32), PartyId(party as u32)).as_currency();
            let scope = if party == 0 { Scope::Provider } else { Scope::Customer(&model.parties[party].name) };
            self.put(scope, "revenue_rate", unit, revenue, hours);
            self.put(scope, "cost_rate", unit, cost, hours);
            self.put(scope, "net_cost_rate", unit, cost - revenue, hours);
        }
    }

    /// What a pool has earned: charges, fees, flat fees and prepaid charges of all who held its slots.
    fn revenue(&self, pool: usize) -> f64 {
        let mut received = Spending { charge: self.meters.pools[pool].revenue, ..Spending::default() };
        for (home, from) in self.model.pools.iter().enumerate() {
            let tiers = from.rules.burst.iter().flat_map(|burst| burst.tiers.iter().enumerate());
            for (tier, _) in tiers.filter(|(_, id)| id.index() == pool) {
                // Its charge is in the pool's revenue already.
                received.add(&Spending { charge: Accrual::ZERO, ..self.meters.tiers[home][tier].spending });
            }
        }
        received.as_currency()
    }

    fn pool(&mut self, index: usize) {
        let model = self.model;
        let pool = &model.pools[index];
        let meter: PoolMeter = self.meters.pools[index];
        let scope = Scope::Pool(&pool.name);
        let currency = &model.currencies[pool.rules.currency.index()];
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let is_limited = matches!(pool.rules.slots, crate::market::Slots::Count(_));
        if model.is_asked(PoolId(index as u32)) {
            let members = (0..model.members.len())
                .filter(|member| model.groups[model.members[*member].group].pool.index() == index);
            let paid = self.paid(index, members.clone());
            self.requests(scope, &self.sum(members), Some((currency, paid)));
        }
        let mean = meter.occupied as f64 / ticks;
        self.put(scope, "occupancy_mean", Unit::Slots, meter.occupied as f64, ticks);
        let variance = (meter.occupied_squared as f64 / ticks - mean * mean).max(0.0);
        self.put(scope, "occupancy_variance", Unit::SlotsSquared, variance, 1.0);
        if is_limited {
            self.put(scope, "utilisation", Unit::One, meter.occupied as f64, meter.capacity as f64);
            self.put(scope, "full_time_share", Unit::One, meter.full as f64, ticks);
        }
        self.put(scope, "queue_mean", Unit::Requests, meter.waiting as f64, ticks);
        let per_currency = crate::units::UNITS_PER_CURRENCY as f64;
        let price = self.prices[index].units() as f64 / per_currency;
        self.put(scope, "price_mean", Unit::Price(currency), price, ticks);
        let while_full = meter.price_while_full as f64 / per_currency;
        self.put(scope, "price_mean_while_full", Unit::Price(currency), while_full, meter.full as f64);
        if matches!(pool.rules.pricing, crate::market::Pricing::Spot(_)) {
            let waiting_bid = meter.highest_waiting_bid as f64 / per_currency;
            self.put(scope, "highest_waiting_bid_mean", Unit::Price(currency), waiting_bid, ticks);
        }
        self.put(scope, "revenue_rate", Unit::MoneyRate(currency), self.revenue(index), hours);
        if pool.rules.burst.is_some() {
            let tiers = self.meters.tiers[index].clone();
            let arrivals = self.arrivals_of(index);
            self.bursts(scope, currency, &tiers, arrivals);
        }
    }

    fn arrivals_of(&self, pool: usize) -> f64 {
        let asks = |member: &usize| self.model.groups[self.model.members[*member].group].pool.index() == pool;
        self.sum((0..self.model.members.len()).filter(asks)).arrivals as f64
    }

    /// Bursts into each pool that is anybody's tier.
    fn tiers(&mut self) {
        let model = self.model;
        for (target, pool) in model.pools.iter().enumerate() {
            let mut meters: Vec<TierMeter> = Vec::new();
            let mut arrivals = 0.0;
            for (home, from) in model.pools.iter().enumerate() {
                let tiers = from.rules.burst.iter().flat_map(|burst| burst.tiers.iter().enumerate());
                let here: Vec<usize> = tiers.filter(|(_, id)| id.index() == target).map(|(tier, _)| tier).collect();
                if !here.is_empty() {
                    arrivals += self.arrivals_of(home);
                    meters.extend(here.iter().map(|tier| self.meters.tiers[home][*tier]));
                }
            }
            if !meters.is_empty() {
                let currency = &model.currencies[pool.rules.currency.index()];
                self.bursts(Scope::Tier(&pool.name), currency, &meters, arrivals);
            }
        }
    }

    fn bursts(&mut self, scope: Scope<'a>, currency: &'a str, tiers: &[TierMeter], arrivals: f64) {
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let mut spending = Spending::default();
        tiers.iter().for_each(|tier| spending.add(&tier.spending));
        let bursts = tiers.iter().map(|tier| tier.bursts).sum::<u64>() as f64;
        let interruptions = tiers.iter().map(|tier| tier.interruptions).sum::<u64>() as f64;
        let held = tiers.iter().map(|tier| tier.held).sum::<i128>() as f64;
        self.put(scope, "bursts", Unit::Requests, bursts, 1.0);
        self.put(scope, "burst_interruptions", Unit::Events, interruptions, 1.0);
        self.put(scope, "overflow_fraction", Unit::One, bursts, arrivals);
        self.put(scope, "burst_occupancy_mean", Unit::Slots, held, ticks);
        self.put(scope, "burst_cost", Unit::Money(currency), spending.as_currency(), 1.0);
        self.put(scope, "burst_cost_rate", Unit::MoneyRate(currency), spending.as_currency(), hours);
    }

    fn requests(&mut self, scope: Scope<'a>, m: &MemberMeter, money: Option<(&'a str, f64)>) {
        let count = |n: u64| n as f64;
        let (ticks, hours) = (self.window_ticks(), self.window_hours());
        let r = &m.refused;
        for (metric, n) in [
            ("arrivals", m.arrivals),
            ("started", m.started),
            ("completed", m.completed),
            ("lost", m.lost),
            ("refused", r.total()),
            ("refused_price", r.price),
            ("refused_capacity", r.capacity),
            ("refused_outbid", r.outbid),
            ("refused_access", r.access),
            ("refused_budget", r.budget),
            ("abandoned", m.abandoned),
            ("open_at_horizon", m.open),
        ] {
            self.put(scope, metric, Unit::Requests, count(n), 1.0);
        }
        self.put(scope, "interruptions", Unit::Events, count(m.interruptions), 1.0);
        let wanting = count(m.arrivals) - count(r.price) - count(r.access);
        self.put(scope, "blocking_probability", Unit::One, count(r.capacity), wanting);
        self.put(scope, "outbid_probability", Unit::One, count(r.outbid), wanting);
        self.put(scope, "interruption_probability", Unit::One, count(m.interrupted_requests), count(m.started));
        self.put(scope, "abandonment_probability", Unit::One, count(m.abandoned), count(m.arrivals));
        let wait = m.waiting as f64 / TICKS_PER_HOUR as f64;
        let wait_of_started = m.wait_of_started as f64 / TICKS_PER_HOUR as f64;
        self.put(scope, "wait_mean", Unit::Hours, wait, count(m.arrivals));
        self.put(scope, "wait_mean_served", Unit::Hours, wait_of_started, count(m.started));
        self.put(scope, "wait_mean_delayed", Unit::Hours, wait_of_started, count(m.delayed_started));
        self.put(scope, "wait_probability", Unit::One, count(m.delayed), count(m.arrivals));
        self.put(scope, "offered_load", Unit::Slots, m.offered as f64, ticks);
        self.put(scope, "carried_load", Unit::Slots, m.held as f64, ticks);
        if let Some((currency, paid)) = money {
            let value = Accrual::from_units(m.value).as_currency();
            let unit = Unit::MoneyRate(currency);
            self.put(scope, "welfare_rate", unit, value, hours);
            self.put(scope, "payment_rate", unit, paid, hours);
            self.put(scope, "surplus_rate", unit, value - paid, hours);
        }
    }
}

/// SHA-256 of the integer outcomes.
pub(super) fn digest(meters: &Meters, prices: &[Accrual], market: &Marketplace, model: &Model) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut put = |number: i128| hash.update(number.to_le_bytes());
    put(i128::from(meters.events));
    for m in &meters.members {
        let r = &m.refused;
        for count in [
            m.arrivals,
            m.started,
            m.completed,
            r.price,
            r.capacity,
            r.outbid,
            r.access,
            r.budget,
            m.lost,
            m.abandoned,
            m.open,
            m.interruptions,
            m.interrupted_requests,
            m.bursts,
            m.delayed,
            m.delayed_started,
        ] {
            put(i128::from(count));
        }
        for amount in [m.waiting, m.wait_of_started, m.offered, m.held, m.value] {
            put(amount);
        }
    }
    for (pool, price) in meters.pools.iter().zip(prices) {
        for amount in [
            pool.occupied,
            pool.occupied_squared,
            pool.capacity,
            pool.waiting,
            i128::from(pool.full),
            pool.price_while_full,
            pool.highest_waiting_bid,
            pool.revenue.units(),
            price.units(),
        ] {
            put(amount);
        }
    }
    for tier in meters.tiers.iter().flatten() {
        for amount in [i128::from(tier.bursts), i128::from(tier.interruptions), tier.held] {
            put(amount);
        }
        put(tier.spending.charge.units());
        put(tier.spending.fee);
        put(tier.spending.fixed.units());
    }
    for currency in (0..model.currencies.len()).map(|index| CurrencyId(index as u32)) {
        for party in (0..model.party_count()).map(|index| PartyId(index as u32)) {
            put(market.balance(currency, party).units());
        }
        put(market.ledger().residue(currency).units());
    }
    hash.finalize().into()
}

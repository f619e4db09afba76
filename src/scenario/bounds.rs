//! How large a scenario may be: no charge that 128 bits cannot count.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostics;
use super::node::Node;
use super::pace::expected_arrivals;
use crate::demand::{Arrivals, Bidding};
use crate::market::{
    AuctionMethod, AuctionRules, BurstRules, Change, Charging, MaxPrice, Pays, PoolId, PoolRules, Pricing, ScalingStep,
    Slots,
};
use crate::simulation::{Model, PoolModel};
use crate::units::{PARTS_PER_WHOLE, Price, SimDuration, TICKS_PER_HOUR, UNITS_PER_CURRENCY};

/// With `report_members`, each member adds its metrics to every output.
const MOST_REPORTED_MEMBERS: usize = 10_000;
/// Charges are counted in i128, up to 1.7e38; a factor of ten is left for sums of charges.
const MOST_ACCRUALS: f64 = 1.7e37;

/// Checks a model that is sound otherwise; `root` is what it was read from.
pub(super) fn check(model: &Model, root: &Node, d: &mut Diagnostics) {
    if model.reports_members && model.members.len() > MOST_REPORTED_MEMBERS {
        d.error(root.place(&["experiment", "report_members"]), "there are too many members to report each", "too many")
            .help(format!("there are {}; at most {MOST_REPORTED_MEMBERS} are reported", model.members.len()));
    }
    unbounded_prices(model, root, d);
    let more = more_slots(model);
    charges(model, &more, root, d);
    rates(model, &more, root, d);
}

/// Who states neither value nor bid takes any price: where bids make the price, there would be none.
fn unbounded_prices(model: &Model, root: &Node, d: &mut Diagnostics) {
    let joins = joins(model);
    for group in model.groups.iter().filter(|group| matches!(group.group.bidding, Bidding::Fixed(Price::MAX))) {
        let joint = group.pools().flat_map(|asked| joins.get(&asked).into_iter().flatten().copied());
        let involved: BTreeSet<PoolId> = group.pools().chain(joint).collect();
        let homes: Vec<&PoolModel> = involved.iter().map(|pool| &model.pools[pool.index()]).collect();
        let bursts = homes.iter().filter_map(|home| home.rules.burst.as_ref());
        let tiers = bursts.flat_map(tiers_at_the_bid).map(|tier| &model.pools[tier.index()]);
        let is_uncapped =
            |pool: &&PoolModel| !makes_its_price(&pool.rules.pricing) && pool.rules.pricing.cap().is_none();
        if let Some(pool) = homes.iter().copied().chain(tiers).find(is_uncapped) {
            let name = &group.group.name;
            let message =
                format!("group `{name}` takes any price, and its bids make the price of pool `{}`", pool.name);
            let cap = match pool.rules.pricing {
                Pricing::Proportional => "",
                _ => ", or give the pool a `price_cap`",
            };
            d.error(root.place(&["group", name]), message, "neither `value` nor `bid` here")
                .help(format!("state what a slot-hour is worth (`value`) or what is bid (`bid`){cap}"));
        }
    }
}

/// By pool: those that it may be merged into.
fn joins(model: &Model) -> BTreeMap<PoolId, Vec<PoolId>> {
    let mut joins: BTreeMap<PoolId, Vec<PoolId>> = BTreeMap::new();
    for (pool, joint) in
        (0..).map(PoolId).zip(&model.pools).filter_map(|(id, pool)| Some((id, pool.rules.joint.as_ref()?)))
    {
        joint.merges.iter().for_each(|partner| joins.entry(*partner).or_default().push(pool));
    }
    joins
}

/// Is the price what it is, whatever is bid?
fn makes_its_price(pricing: &Pricing) -> bool {
    matches!(pricing, Pricing::Posted(_) | Pricing::Given(_))
}

/// The tiers into which a request may burst at what it bids.
fn tiers_at_the_bid(burst: &BurstRules) -> impl Iterator<Item = PoolId> {
    let limit = |tier: usize| burst.terms.tiers.get(tier).and_then(|terms| terms.max_price).unwrap_or(burst.max_price);
    let tiers = burst.tiers.iter().enumerate();
    tiers.filter(move |(tier, _)| limit(*tier) == MaxPrice::Bid).map(|(_, pool)| *pool)
}

/// The highest price on all slots for the whole time must be countable in accrual units, and with fees in millionths.
fn charges(model: &Model, more: &[f64], root: &Node, d: &mut Diagnostics) {
    let price = highest_price(model);
    let burst_price = highest_burst_price(model, price);
    let (slots, ticks) = (most_slots(model, more), longest_charge(model));
    let accruals = slots * ticks * f64::max(price, burst_price * f64::from(PARTS_PER_WHOLE));
    if accruals > MOST_ACCRUALS {
        let price = price.max(burst_price) / UNITS_PER_CURRENCY as f64;
        let hours = ticks / TICKS_PER_HOUR as f64;
        d.error(
            root.place(&["experiment", "horizon"]),
            "charges could become too large to be counted exactly",
            "too much",
        )
        .help(format!(
            "prices up to {} per slot-hour on up to {} slots for up to {} h: lower one of them",
            short(price),
            short(slots),
            short(hours)
        ));
    }
}

/// Where a request pays for all of its slots together, that is a price as well, and must be countable as one.
fn rates(model: &Model, more: &[f64], root: &Node, d: &mut Diagnostics) {
    let price = highest_price(model);
    for (group, pool) in model.groups.iter().flat_map(|group| group.pools().map(move |pool| (group, pool))) {
        let rules = &model.pools[pool.index()].rules;
        if !is_paid_together(rules) {
            continue;
        }
        let slots = largest_request(&group.group.arrivals).min(slots_of(rules, more[pool.index()]));
        if price * slots >= i64::MAX as f64 {
            let name = &group.group.name;
            let message =
                format!("what group `{name}` pays for a request could become too large to be counted exactly");
            let price = short(price / UNITS_PER_CURRENCY as f64);
            d.error(root.place(&["group", name, "size"]), message, "too much").help(format!(
                "prices up to {price} per slot-hour on up to {} slots at once: lower one of them",
                short(slots)
            ));
        }
    }
}

/// Are there leases with terms of their own: agreed in a round, for a share of the slots, or at most what was bid?
fn is_paid_together(rules: &PoolRules) -> bool {
    let holds_on = rules.interruption.notice > SimDuration::ZERO || rules.interruption.guaranteed > SimDuration::ZERO;
    holds_on || matches!(rules.pricing, Pricing::Auction(_) | Pricing::Proportional)
}

fn largest_request(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::Poisson { size, .. } | Arrivals::Rounds { size, .. } => size.highest(),
        Arrivals::Replay(sequence) => sequence.jobs().iter().map(|job| job.slots).max().map_or(0.0, f64::from),
    }
}

/// Slots of a pool, to which so many may come.
fn slots_of(rules: &PoolRules, more: f64) -> f64 {
    let supplied: f64 = rules.supply.iter().map(|line| f64::from(line.slots)).sum();
    match rules.slots {
        Slots::Count(count) => f64::from(count) + supplied + more,
        Slots::Unlimited => f64::from(u32::MAX),
    }
}

/// By pool: slots that may come to it while it runs.
fn more_slots(model: &Model) -> Vec<f64> {
    let by_rule = |pool: &PoolModel| {
        let rules = pool.rules.scaling.iter();
        rules.map(|rule| if let ScalingStep::Take { at_most, .. } = rule.step { f64::from(at_most) } else { 0.0 }).sum()
    };
    let mut more: Vec<f64> = model.pools.iter().map(by_rule).collect();
    for step in &model.owner_steps {
        more[step.pool().index()] += match &step.operation.change {
            Change::AddSlots(line) => f64::from(line.slots),
            Change::Resize(slots) => f64::from(*slots),
            _ => 0.0,
        };
    }
    more
}

fn short(number: f64) -> String {
    if number < 1e6 { format!("{}", (number * 100.0).round() / 100.0) } else { format!("{number:.1e}") }
}

/// In units of price. Values count as well: welfare is measured like charges, and whoever bids by its value stays below
/// it.
fn highest_price(model: &Model) -> f64 {
    let stated = model.pools.iter().flat_map(|pool| {
        let bids = pool.rules.supply.iter().map(|line| line.bid).filter(|bid| *bid != Price::MAX);
        let scheduled = pool.minimum_schedule.iter().flat_map(|schedule| &schedule.steps).map(|(_, price)| *price);
        let agreed = pool.rules.supply.iter().filter_map(|line| Some(line.purchase?.hourly));
        let stated = [of_pricing(&pool.rules.pricing), pool.rules.minimum];
        bids.chain(agreed).chain(scheduled).chain(stated).chain(of_life(&pool.rules))
    });
    let by_hand = model.owner_steps.iter().filter_map(|step| of_change(&step.operation.change));
    let bids = model.groups.iter().filter_map(|group| match group.group.bidding {
        Bidding::Fixed(bid) if bid != Price::MAX => Some(bid),
        _ => None,
    });
    let values = model.groups.iter().map(|group| Price::nearest(group.group.value.highest()));
    stated.chain(by_hand).chain(bids).chain(values).max().unwrap_or_default().units() as f64
}

/// What a pool costs, and what its rules bid.
fn of_life(rules: &PoolRules) -> impl Iterator<Item = Price> + '_ {
    let fees = rules.life.as_ref().and_then(|life| life.fees).map(|fees| fees.hourly);
    let bids = rules.scaling.iter().filter_map(|rule| match rule.step {
        ScalingStep::Take { bid, .. } if bid != Price::MAX => Some(bid),
        _ => None,
    });
    bids.chain(fees)
}

/// The price that an operation sets.
fn of_change(change: &Change) -> Option<Price> {
    match change {
        Change::Minimum(price) | Change::PostedPrice(price) => Some(*price),
        Change::BurstPrice(MaxPrice::Constant(price)) => Some(*price),
        Change::AddSlots(line) => Some(line.bid).filter(|bid| *bid != Price::MAX),
        _ => None,
    }
}

/// The highest price that a method states.
fn of_pricing(pricing: &Pricing) -> Price {
    let stated = match pricing {
        Pricing::Posted(price) => *price,
        Pricing::Given(given) => given.highest,
        Pricing::Auction(AuctionRules { method: AuctionMethod::English(clock), .. }) => clock.opening,
        Pricing::Auction(AuctionRules { method: AuctionMethod::Dutch(clock), .. }) => clock.start,
        Pricing::Auction(_) | Pricing::Spot(_) | Pricing::Proportional | Pricing::Formula(_) => Price::ZERO,
    };
    stated.max(pricing.cap().unwrap_or_default())
}

/// Where the highest price of all is that one, what bursts pay at most, fee included: those charges are counted in millionths.
fn highest_burst_price(model: &Model, highest_price: f64) -> f64 {
    let bursts = model.pools.iter().filter_map(|pool| pool.rules.burst.as_ref());
    let drawn = model.groups.iter().filter_map(|group| group.group.max_price.as_ref());
    let drawn = drawn.map(|law| law.highest() * UNITS_PER_CURRENCY as f64).fold(0.0, f64::max);
    let limits = bursts.flat_map(|burst| {
        let of_tiers = burst.terms.tiers.iter().filter_map(|terms| terms.max_price);
        let at_home = (burst.terms.pays == Pays::MemberPoolPrice).then_some(MaxPrice::Bid);
        std::iter::once(burst.max_price).chain(of_tiers).chain(at_home).collect::<Vec<_>>()
    });
    let limits = limits.map(|limit| match limit {
        MaxPrice::Constant(price) => price.units() as f64,
        MaxPrice::Bid => highest_price,
        MaxPrice::Drawn => drawn,
    });
    let by_hand = model.owner_steps.iter().map(|step| match step.operation.change {
        // A burst that has begun pays what is posted later on.
        Change::BurstPrice(MaxPrice::Constant(price)) | Change::PostedPrice(price) => price.units() as f64,
        Change::BurstPrice(MaxPrice::Bid) => highest_price,
        _ => 0.0,
    });
    limits.chain(by_hand).fold(0.0, f64::max)
}

/// No more slots than these are ever held at once.
fn most_slots(model: &Model, more: &[f64]) -> f64 {
    let more: f64 = more.iter().sum();
    let there_are = model.pools.iter().map(|pool| match pool.rules.slots {
        Slots::Count(count) => f64::from(count),
        Slots::Unlimited => f64::from(u32::MAX),
    });
    let asked = model.groups.iter().map(|group| match &group.group.arrivals {
        // So many more than expected never come.
        Arrivals::Poisson { size, .. } | Arrivals::Rounds { size, .. } => {
            (2.0 * expected_arrivals(&group.group.arrivals, model) + 1_000.0) * size.highest().max(1.0)
        }
        Arrivals::Replay(sequence) => sequence.jobs().iter().map(|job| f64::from(job.slots)).sum(),
    });
    let supplied = model.pools.iter().flat_map(|pool| &pool.rules.supply).map(|line| f64::from(line.slots));
    f64::min(there_are.sum::<f64>() + more, asked.sum::<f64>() + supplied.sum::<f64>() + more).max(1.0)
}

/// In ticks: the horizon, or what is paid in advance for a declared duration.
fn longest_charge(model: &Model) -> f64 {
    let is_prepaid = |rules: &PoolRules| {
        let budget = rules.burst.as_ref().and_then(|burst| burst.budget.as_ref());
        budget.is_some_and(|budget| budget.charging == Charging::Prepaid)
    };
    let asks_prepaid =
        model.groups.iter().filter(|group| group.pools().any(|pool| is_prepaid(&model.pools[pool.index()].rules)));
    let slowest = model.pools.iter().map(|pool| pool.rules.speed.parts()).min().unwrap_or(PARTS_PER_WHOLE);
    let declared = asks_prepaid.map(|group| match &group.group.arrivals {
        Arrivals::Poisson { duration, .. } | Arrivals::Rounds { duration, .. } => duration.highest(),
        Arrivals::Replay(sequence) => sequence.jobs().iter().map(|job| job.work.ticks()).max().unwrap_or(0) as f64,
    });
    let declared = declared.fold(0.0, f64::max) * f64::from(PARTS_PER_WHOLE) / f64::from(slowest);
    declared.min(i64::MAX as f64).max(model.horizon.ticks() as f64)
}

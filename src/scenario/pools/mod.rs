//! The `[pool.NAME]` tables, a file for each concern.

mod auction;
mod burst;
mod burst_terms;
mod fairness;
mod given;
mod interruption;
mod joint;
mod life;
mod members;
mod minimum;
mod pricing;
mod purchase;
mod resale;
mod supply;
mod users;
mod waiting;

pub(super) use fairness::{ReadFairness, departments, known_to_formulas, resolved as resolved_fairness};
pub(super) use members::{admitted, check_maximum};
pub(super) use pricing::is_free;
pub(super) use purchase::agree;
pub(super) use supply::{pool_name, supply_line};
pub(super) use users::Users;

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::hardware;
use super::history::Histories;
use super::names::{Names, PROVIDER};
use super::node::{Node, Value};
use crate::demand::{Law, PriceSeries};
use crate::market::{BelowMinimum, CurrencyId, Fit, PartyId, PoolRules, Pricing, Revision, Slots};
use crate::scenario::suggestion::nearest;
use crate::simulation::MinimumSchedule;
use crate::units::{Price, Speed};

/// A pool as read; whom it admits and who has which weight is resolved once the groups are known.
pub(super) struct ReadPool<'a> {
    pub(super) rules: PoolRules,
    pub(super) minimum_schedule: Option<MinimumSchedule>,
    pub(super) given: Option<PriceSeries>,
    pub(super) fairness: Option<ReadFairness<'a>>,
    /// Names of users who may ask, with their places; `None` admits everybody.
    pub(super) members: Option<Vec<(&'a str, &'a Node)>>,
    /// The law of the maximum price of bursts, where each request draws its own.
    pub(super) max_price: Option<Law>,
}

#[cfg(test)]
impl ReadPool<'_> {
    /// Rules without anything that is resolved later.
    pub(super) fn plain(rules: PoolRules) -> Self {
        Self { rules, minimum_schedule: None, given: None, fairness: None, members: None, max_price: None }
    }
}

pub(super) fn pool<'a>(
    index: usize,
    node: &'a Node,
    names: &Names<'_>,
    histories: &mut Histories<'_>,
    d: &mut Diagnostics,
) -> Option<ReadPool<'a>> {
    let tariff = names.tariff(index);
    let mut table = Fields::new(node, format!("pool.{}", names.pools[index]), d);
    table.optional("currency");
    table.optional("unit");
    table.optional("description");
    let owner = owner(&mut table, names, d);
    let supply = supply::supply(&mut table, index, names, d);
    let has_supply = node.get("supply").is_some_and(|entry| !entry.node.is_empty_list());
    let has_others = has_supply || table.has("placed") || table.has("merges");
    hardware::POOL_KEYS.iter().for_each(|key| _ = table.optional(key));
    let slots = slots(&mut table, has_others, d);
    let joint = joint::joint(&mut table, index, names, d);
    let (pricing, given) = pricing::pricing(&mut table, tariff, histories, d).unzip();
    let minimum = minimum::minimum(&mut table, tariff, d);
    let billing_unit = table.or("billing_unit", None, |table, key| table.positive(key, d).map(Some));
    let below = [("refused", BelowMinimum::Refused), ("waits", BelowMinimum::Waits)];
    let below_minimum = table.choice("below_minimum", &below, d).unwrap_or(BelowMinimum::Refused);
    let waiting = waiting::waiting(&mut table, matches!(pricing, Some(Pricing::Auction(_))), d);
    let fit = table.choice("fit", &[("fill", Fit::Fill), ("strict", Fit::Strict)], d).unwrap_or(Fit::Fill);
    let service = [("whole", false), ("partial", true)];
    let serves_in_part = table.choice("service", &service, d).unwrap_or(false);
    let interruption = interruption::interruption(&mut table, tariff, d);
    let interrupted = interruption::interrupted(&mut table, d);
    let fairness = fairness::fairness(&mut table, tariff.currency, d);
    let revision = table.choice("revision", &REVISIONS, d).unwrap_or(Revision::Never);
    let resale = resale::resale(&mut table, index, names, d);
    let (burst, max_price) = match burst::burst(&mut table, index, names, d) {
        Some(read) => (Some(read.rules), read.max_price),
        None => (None, None),
    };
    let speed = speed(&mut table, d);
    let members = members::members(&mut table, d);
    let open_to = members::open_to(&mut table, names, d);
    let payer = owner.unwrap_or_default();
    let controllers = life::controllers(&mut table, payer, names, d);
    let account = table.stated("account", |node| names.accounts.own(node, payer, d));
    let maximum_users = table.whole("maximum_users", 1..=u32::MAX, d);
    let life = life::life(&mut table, index, names, d);
    let scaling = life::scaling(&mut table, index, names, d);
    table.finish(d);
    let currency = names.currencies.find(tariff.currency).unwrap_or(0);
    let minimum = minimum?;
    Some(ReadPool {
        rules: PoolRules {
            owner: owner?,
            currency: CurrencyId(currency as u32),
            slots: slots?,
            supply,
            pricing: pricing?,
            billing_unit: billing_unit?,
            minimum: minimum.price,
            minimum_formula: minimum.formula,
            below_minimum,
            waiting,
            fit,
            serves_in_part,
            interruption: interruption?,
            interrupted,
            revision,
            joint: joint.ok()?,
            resale: resale.ok()?,
            burst,
            speed: speed?,
            controllers,
            account: account.ok()?,
            life: life.ok()?,
            scaling: scaling?,
            maximum_users,
            open_to,
            ..PoolRules::posted(PartyId(0), Slots::Count(0), Price::ZERO)
        },
        minimum_schedule: minimum.schedule,
        given: given.flatten(),
        fairness: fairness.ok()?,
        members,
        max_price,
    })
}

const REVISIONS: [(&str, Revision); 3] =
    [("never", Revision::Never), ("waiting", Revision::Waiting), ("always", Revision::Always)];

fn owner(table: &mut Fields<'_>, names: &Names<'_>, d: &mut Diagnostics) -> Option<PartyId> {
    let name = table.text("owner", d).unwrap_or(PROVIDER);
    if let Some(party) = names.party(name) {
        return Some(party);
    }
    let message = format!("there is no customer `{name}`");
    d.looked_into(table.place_of("owner"), message, "unknown customer", || match nearest(name, &names.customers) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add a table `[customer.{name}]`, or leave the pool to the provider"),
    });
    None
}

fn slots(table: &mut Fields<'_>, has_supply: bool, d: &mut Diagnostics) -> Option<Slots> {
    // Where others make the price, they take what slots it would make scarce.
    let is_given = pricing::is_given(table.node());
    let may_lack = has_supply || is_given;
    let node = if may_lack { table.optional("slots") } else { table.required("slots", "20 (or \"unlimited\")", d) };
    let Some(node) = node else {
        let default = if has_supply { Slots::Count(0) } else { Slots::Unlimited };
        return may_lack.then_some(default);
    };
    match &node.value {
        Value::Text(word) if word == "unlimited" && has_supply => {
            d.error(&node.at, "a pool with unlimited slots needs no `supply`", "unlimited")
                .help("leave out one of the two");
            None
        }
        Value::Text(word) if word == "unlimited" => Some(Slots::Unlimited),
        Value::Number(text) if text.parse::<u32>().is_ok_and(|count| count <= MOST_SLOTS) => {
            Some(Slots::Count(text.parse().unwrap_or(0)))
        }
        _ => {
            let rule = format!("`slots` must be a whole number from 0 to {MOST_SLOTS}, or \"unlimited\"");
            fields::no_number(node, rule, d);
            None
        }
    }
}

/// More slots than any pool has.
pub(super) const MOST_SLOTS: u32 = 100_000_000;

pub(super) fn speed(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Speed> {
    if !table.has("speed") {
        table.optional("speed");
        return Some(Speed::ONE);
    }
    let value = table.real("speed", 0.0, d)?;
    let parts = (value * f64::from(crate::units::PARTS_PER_WHOLE)).round();
    let speed = if (1.0..=4e9).contains(&parts) { Speed::from_parts(parts as u32) } else { None };
    if speed.is_none() {
        d.error(table.place_of("speed"), "`speed` must lie between 0.000001 and 4000", "out of range")
            .help("1 is the speed at which durations are stated; a slot of speed 2 takes half the time");
    }
    speed
}

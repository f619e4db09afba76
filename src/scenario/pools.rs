//! The `[pool.NAME]` tables: slots, pricing, waiting, interruption and burst.

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::node::{Node, Value};
use crate::market::{
    BelowMinimum, BudgetRules, BurstRules, CapMode, Charging, CurrencyId, Fit, Interrupted, MaxPrice, PartyId, Payment,
    PoolId, PoolRules, PriceCap, PriceRule, Pricing, Slots, SpotRules, SupplyLine, WaitingOrder, WaitingRoom,
};
use crate::units::{Money, Price, Share, Speed};

/// Names that pools refer to.
pub(super) struct Names<'a> {
    /// Customers; party 0 is the provider, customer *i* is party *i* + 1.
    pub(super) customers: Vec<&'a str>,
    pub(super) pools: Vec<&'a str>,
    /// Currency of each pool, parallel to `pools`.
    pub(super) pool_currencies: Vec<&'a str>,
    /// The distinct currencies.
    pub(super) currencies: Vec<&'a str>,
}

/// A pool as read; whom it admits is resolved once the groups are known.
pub(super) struct ReadPool<'a> {
    pub(super) rules: PoolRules,
    /// Names of users who may ask, with their places; `None` admits everybody.
    pub(super) members: Option<Vec<(&'a str, &'a Node)>>,
}

pub(super) const PROVIDER: &str = "provider";

pub(super) fn pool<'a>(index: usize, node: &'a Node, names: &Names<'_>, d: &mut Diagnostics) -> Option<ReadPool<'a>> {
    let currency = names.pool_currencies[index];
    let mut table = Fields::new(node, format!("pool.{}", names.pools[index]), d);
    table.optional("currency");
    table.optional("description");
    let owner = owner(&mut table, names, d);
    let supply = supply(&mut table, index, names, d);
    let slots = slots(&mut table, !supply.is_empty(), d);
    let pricing = pricing(&mut table, currency, d);
    let minimum = table.price("minimum_price", currency, d).unwrap_or(Price::ZERO);
    let below = [("refused", BelowMinimum::Refused), ("waits", BelowMinimum::Waits)];
    let below_minimum = table.choice("below_minimum", &below, d).unwrap_or(BelowMinimum::Refused);
    let waiting = waiting(&mut table, d);
    let fit = table.choice("fit", &[("fill", Fit::Fill), ("strict", Fit::Strict)], d).unwrap_or(Fit::Fill);
    let interrupted = table.choice("on_interruption", &INTERRUPTED, d);
    let burst = burst(&mut table, index, names, d);
    let speed = speed(&mut table, d);
    let members = members(&mut table, d);
    table.finish(d);
    let currency = names.currencies.iter().position(|known| *known == currency).unwrap_or(0);
    Some(ReadPool {
        rules: PoolRules {
            owner: owner?,
            currency: CurrencyId(currency as u32),
            slots: slots?,
            supply,
            pricing: pricing?,
            minimum,
            below_minimum,
            waiting,
            fit,
            interrupted,
            burst,
            speed: speed?,
            ..PoolRules::posted(PartyId(0), Slots::Count(0), Price::ZERO)
        },
        members,
    })
}

const INTERRUPTED: [(&str, Interrupted); 5] = [
    ("lost", Interrupted::Lost),
    ("resume", Interrupted::Resume),
    ("restart", Interrupted::Restart),
    ("redraw", Interrupted::Redraw),
    ("burst", Interrupted::Burst),
];

fn owner(table: &mut Fields<'_>, names: &Names<'_>, d: &mut Diagnostics) -> Option<PartyId> {
    let name = table.text("owner", d).unwrap_or(PROVIDER);
    if name == PROVIDER {
        return Some(PartyId(0));
    }
    if let Some(index) = names.customers.iter().position(|customer| *customer == name) {
        return Some(PartyId(index as u32 + 1));
    }
    let diagnostic = d.error(table.place_of("owner"), format!("there is no customer `{name}`"), "unknown customer");
    match fields::nearest(name, &names.customers) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("add a table `[customer.{name}]`, or leave the pool to the provider")),
    }
    None
}

fn slots(table: &mut Fields<'_>, has_supply: bool, d: &mut Diagnostics) -> Option<Slots> {
    let node = if has_supply { table.optional("slots") } else { table.required("slots", "20 (or \"unlimited\")", d) };
    let Some(node) = node else { return has_supply.then_some(Slots::Count(0)) };
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

pub(super) const MOST_SLOTS: u32 = 100_000_000;
/// Each supplied slot is a request of its own.
const MOST_SUPPLIED: u32 = 1_000_000;

fn supply(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Vec<SupplyLine> {
    let path = format!("{}.supply", table.path());
    let Some(node) = table.optional("supply") else { return Vec::new() };
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`{path}` is {}", node.kind()), "expected a list of tables")
            .help("write supply = [{ from = \"POOL\", slots = 4, bid = \"0.03 USD/h\" }]");
        return Vec::new();
    };
    items.iter().filter_map(|item| supply_line(item, &path, index, names, d)).collect()
}

fn supply_line(node: &Node, path: &str, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<SupplyLine> {
    let mut line = Fields::new(node, path, d);
    let from = line.required("from", "\"POOL\"", d).and_then(|node| pool_name(node, index, names, d));
    line.required("slots", "4", d);
    let slots = line.whole("slots", 1..=MOST_SUPPLIED, d);
    let bid = if line.has("bid") { line.price("bid", names.pool_currencies[index], d) } else { Some(Price::MAX) };
    line.finish(d);
    Some(SupplyLine { from: from?, slots: slots?, bid: bid? })
}

/// A pool that this one takes slots from.
fn pool_name(node: &Node, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<PoolId> {
    let name = fields::text(node, "a pool's name", d)?;
    let Some(found) = names.pools.iter().position(|pool| *pool == name) else {
        let diagnostic = d.error(&node.at, format!("there is no pool `{name}`"), "unknown pool");
        match fields::nearest(name, &names.pools) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("pools are: {}", names.pools.join(", "))),
        }
        return None;
    };
    if found == index {
        d.error(&node.at, "a pool cannot take slots from itself", "the same pool").help("name another pool");
        return None;
    }
    if names.pool_currencies[found] != names.pool_currencies[index] {
        let (theirs, ours) = (names.pool_currencies[found], names.pool_currencies[index]);
        d.error(&node.at, format!("pool `{name}` is priced in {theirs}, this one in {ours}"), "another currency")
            .help("currencies are never mixed: give both pools the same `currency`");
        return None;
    }
    Some(PoolId(found as u32))
}

fn pricing(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> Option<Pricing> {
    #[derive(Clone, Copy)]
    enum Method {
        Posted,
        Spot,
    }
    let path = format!("{}.pricing", table.path());
    let node = table.required("pricing", &format!("{{ method = \"posted\", price = \"0.05 {currency}/h\" }}"), d)?;
    let mut table = Fields::new(node, path, d);
    table.required("method", "\"posted\" or \"spot\"", d)?;
    let method = table.choice("method", &[("posted", Method::Posted), ("spot", Method::Spot)], d)?;
    let pricing = match method {
        Method::Posted => {
            table.required("price", &format!("\"0.05 {currency}/h\""), d);
            table.price("price", currency, d).map(Pricing::Posted)
        }
        Method::Spot => Some(Pricing::Spot(spot(&mut table, currency, d))),
    };
    table.finish(d);
    pricing
}

fn spot(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> SpotRules {
    let rules = [("lowest-accepted", PriceRule::LowestAccepted), ("highest-rejected", PriceRule::HighestRejected)];
    let payments = [("uniform-price", Payment::UniformPrice), ("own-bid", Payment::OwnBid)];
    let modes = [("price", CapMode::Price), ("bids", CapMode::Bids)];
    let rule = table.choice("rule", &rules, d).unwrap_or(PriceRule::LowestAccepted);
    let payment = table.choice("payment", &payments, d).unwrap_or(Payment::UniformPrice);
    let limit = table.price("price_cap", currency, d);
    let mode = table.choice("cap_on", &modes, d).unwrap_or(CapMode::Price);
    SpotRules { cap: limit.map(|limit| PriceCap { limit, mode }), ..SpotRules::continuous(rule, payment) }
}

fn waiting(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<WaitingRoom> {
    let path = format!("{}.waiting", table.path());
    let node = table.optional("waiting")?;
    if is_none(node) {
        return None;
    }
    let mut table = Fields::new(node, path, d);
    let capacity = match table.required("capacity", "50 (or \"unlimited\")", d).map(|node| &node.value) {
        Some(Value::Text(word)) if word == "unlimited" => Some(None),
        Some(_) => table.whole("capacity", 1..=u32::MAX, d).map(Some),
        None => None,
    };
    let orders = [("by-method", WaitingOrder::ByMethod), ("fifo", WaitingOrder::Fifo)];
    let order = table.choice("order", &orders, d).unwrap_or(WaitingOrder::ByMethod);
    table.finish(d);
    Some(WaitingRoom { capacity: capacity?, order })
}

/// An arm takes a rule away by writing "none".
fn is_none(node: &Node) -> bool {
    matches!(&node.value, Value::Text(word) if word == "none")
}

fn burst(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<BurstRules> {
    let path = format!("{}.burst", table.path());
    let currency = names.pool_currencies[index];
    let node = table.optional("burst").filter(|node| !is_none(node))?;
    let mut table = Fields::new(node, path, d);
    let tiers = tiers(&mut table, index, names, d);
    let max_price = max_price(&mut table, currency, d);
    let fee = table.share("fee", d).unwrap_or(Share::ZERO);
    let flat_fee = table.money("flat_fee", currency, d).unwrap_or(Money::ZERO);
    let budget = budget(&mut table, currency, d);
    table.finish(d);
    Some(BurstRules { tiers: tiers?, max_price: max_price?, fee, flat_fee, budget })
}

fn max_price(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> Option<MaxPrice> {
    match table.required("max_price", &format!("\"0.12 {currency}/h\" (or \"bid\")"), d).map(|node| &node.value) {
        Some(Value::Text(word)) if word == "bid" => Some(MaxPrice::Bid),
        Some(_) => table.price("max_price", currency, d).map(MaxPrice::Constant),
        None => None,
    }
}

fn tiers(table: &mut Fields<'_>, index: usize, names: &Names<'_>, d: &mut Diagnostics) -> Option<Vec<PoolId>> {
    let node = table.required("tiers", "[\"POOL\"]", d)?;
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`tiers` is {}", node.kind()), "expected a list of pools")
            .help("write tiers = [\"own-spare\", \"on-demand\"]");
        return None;
    };
    if items.is_empty() || items.len() > 255 {
        d.error(&node.at, "a ladder has 1 to 255 tiers", "not such a number of tiers")
            .help("to take a burst policy away in an arm, write burst = \"none\"");
    }
    let found: Vec<PoolId> = items.iter().filter_map(|item| pool_name(item, index, names, d)).collect();
    (found.len() == items.len()).then_some(found)
}

fn budget(table: &mut Fields<'_>, currency: &str, d: &mut Diagnostics) -> Option<BudgetRules> {
    let path = format!("{}.budget", table.path());
    let node = table.optional("budget").filter(|node| !is_none(node))?;
    let mut table = Fields::new(node, path, d);
    table.required("amount", &format!("\"12 {currency}\""), d);
    let amount = table.money("amount", currency, d);
    let period = match table.optional("period") {
        Some(Node { value: Value::Text(word), .. }) if word == "run" => None,
        Some(_) => table.duration("period", d),
        None => None,
    };
    if period.is_some_and(|period| period.ticks() == 0) {
        d.error(table.place_of("period"), "`period` must be above 0", "no time")
            .help("leave it out for one budget over the whole run");
    }
    table.required("charging", "\"metered\" or \"prepaid\"", d);
    let charging = [("prepaid", Charging::Prepaid), ("metered", Charging::Metered)];
    let charging = table.choice("charging", &charging, d);
    table.finish(d);
    Some(BudgetRules { amount: amount?, period, charging: charging? })
}

fn speed(table: &mut Fields<'_>, d: &mut Diagnostics) -> Option<Speed> {
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

fn members<'a>(table: &mut Fields<'a>, d: &mut Diagnostics) -> Option<Vec<(&'a str, &'a Node)>> {
    let path = format!("{}.members", table.path());
    let node = table.optional("members")?;
    let Value::List(items) = &node.value else {
        d.error(&node.at, format!("`{path}` is {}", node.kind()), "expected a list of users")
            .help("write members = [\"ann\", \"bob\"]; names of groups admit all of their users");
        return None;
    };
    Some(items.iter().filter_map(|item| fields::text(item, &path, d).map(|name| (name, item))).collect())
}

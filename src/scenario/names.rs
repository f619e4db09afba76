//! The names that tables of a scenario have for each other.

use super::accounts::Accounts;
use super::diagnostic::Diagnostics;
use super::fields;
use super::node::{Entry, Node, Value};
use super::register::Register;
use super::tariff::{self, Tariff, Unit};
use crate::market::{PartyId, PoolId};

/// Names that pools refer to.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// Customers; party 0 is the provider, customer *i* is party *i* + 1.
    pub(super) customers: Register<'a>,
    pub(super) pools: Register<'a>,
    /// Currency of each pool, parallel to `pools`.
    pub(super) pool_currencies: Vec<&'a str>,
    /// Its unit of resource, parallel to `pools`.
    pub(super) pool_units: Vec<Option<Unit<'a>>>,
    /// The distinct currencies.
    pub(super) currencies: Register<'a>,
    /// Accounts of the provider and the customers.
    pub(super) accounts: Accounts<'a>,
    /// Can hardware fail?
    pub(super) has_faults: bool,
}

impl<'a> Names<'a> {
    /// In what the prices of a pool are written.
    pub(super) fn tariff(&self, pool: usize) -> Tariff<'a> {
        Tariff { currency: self.pool_currencies[pool], unit: self.pool_units[pool], seller: None }
    }

    /// In what `pool` writes what it pays for slots of another pool: in that pool's currency, be it per its own unit.
    pub(super) fn tariff_of(&self, seller: PoolId, pool: usize) -> Tariff<'a> {
        let currency = self.pool_currencies[seller.index()];
        let seller = (currency != self.pool_currencies[pool]).then(|| self.pools[seller.index()]);
        Tariff { currency, seller, ..self.tariff(pool) }
    }

    /// The provider or a customer, by name.
    pub(super) fn party(&self, name: &str) -> Option<PartyId> {
        let customer = || self.customers.find(name);
        if name == PROVIDER { Some(PartyId(0)) } else { customer().map(|index| PartyId(index as u32 + 1)) }
    }

    /// The name of the provider or of a customer.
    pub(super) fn of_party(&self, party: PartyId) -> &'a str {
        party.index().checked_sub(1).map_or(PROVIDER, |customer| self.customers[customer])
    }
}

/// Owner of the pools that no customer owns.
pub(super) const PROVIDER: &str = "provider";

pub(super) fn names<'a>(root: &'a Node, d: &mut Diagnostics) -> Names<'a> {
    let mut accounts = Accounts::of_provider();
    for entry in root.section("customer") {
        let mut table = fields::Fields::new(&entry.node, format!("customer.{}", entry.key), d);
        table.optional("description");
        accounts.read(&mut table, &entry.key, d);
        table.finish(d);
        if entry.key == PROVIDER {
            d.error(&entry.at, "`provider` cannot be a customer", "the provider's name")
                .help("a pool without `owner` is the provider's");
        }
    }
    let customers = root.section("customer").iter().map(|entry| entry.key.as_str()).collect();
    let pools = root.section("pool");
    let currency = |entry: &'a Entry| match entry.node.get("currency").map(|entry| &entry.node.value) {
        Some(Value::Text(currency)) => currency.as_str(),
        _ => "USD",
    };
    for entry in pools.iter().filter_map(|entry| entry.node.get("currency")) {
        let Some(name) = fields::text(&entry.node, "currency", d) else { continue };
        if name.is_empty() || !name.chars().all(char::is_alphabetic) {
            d.error(&entry.node.at, "a currency is a word of letters", "no such word").help("such as USD or credits");
        }
    }
    let unit = |entry: &'a Entry| tariff::unit(&entry.node.get("unit")?.node, &entry.key, d);
    let pool_units = pools.iter().map(unit).collect();
    let pool_currencies: Vec<&str> = pools.iter().map(currency).collect();
    let mut currencies = Register::default();
    for name in &pool_currencies {
        currencies.find_or_add(name);
    }
    let pools = pools.iter().map(|entry| entry.key.as_str()).collect();
    let has_faults =
        root.get("fault").is_some_and(|entry| matches!(&entry.node.value, Value::List(all) if !all.is_empty()));
    Names { customers, pools, pool_currencies, pool_units, currencies, accounts, has_faults }
}

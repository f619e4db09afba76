//! Accounts of customers, and which of them creates and changes pools.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostics;
use super::fields::{self, Fields};
use super::names::PROVIDER;
use super::node::{Node, Value};
use super::register::Register;
use super::suggestion::Unknown;
use crate::market::{AccountId, PartyId};
use crate::simulation::AccountModel;

/// The accounts of all parties, the provider's first.
#[derive(Default)]
pub(super) struct Accounts<'a> {
    found: Vec<(&'a str, PartyId)>,
    /// Where in `found` the accounts of a name are.
    places: BTreeMap<&'a str, Vec<usize>>,
    /// By party: the account that creates and changes its pools.
    authorised: Vec<AccountId>,
}

impl<'a> Accounts<'a> {
    /// The provider has one, itself.
    pub(super) fn of_provider() -> Self {
        let mut accounts = Self { authorised: vec![AccountId(0)], ..Self::default() };
        accounts.add(PROVIDER, PartyId(0));
        accounts
    }

    fn add(&mut self, name: &'a str, party: PartyId) {
        self.places.entry(name).or_default().push(self.found.len());
        self.found.push((name, party));
    }

    /// Where the accounts of a name are.
    fn named(&self, name: &str) -> &[usize] {
        self.places.get(name).map_or(&[], Vec::as_slice)
    }

    /// Where the account of a name is that belongs to `party`.
    fn of(&self, party: PartyId, name: &str) -> Option<usize> {
        self.named(name).iter().copied().find(|place| self.found[*place].1 == party)
    }

    /// Reads `accounts` and `authorised` of the next customer.
    pub(super) fn read(&mut self, table: &mut Fields<'a>, customer: &'a str, d: &mut Diagnostics) {
        let party = PartyId(self.authorised.len() as u32);
        let first = self.found.len();
        let path = format!("{}.accounts", table.path());
        match table.optional("accounts") {
            Some(Node { value: Value::List(items), .. }) if !items.is_empty() => {
                for item in items {
                    let Some(name) = fields::text(item, &path, d) else { continue };
                    if self.of(party, name).is_some() {
                        d.error(&item.at, format!("the account `{name}` stands here twice"), "once more")
                            .help("name each account once");
                    }
                    self.add(name, party);
                }
            }
            Some(node) => {
                d.error(&node.at, "`accounts` must be a list of names", "no such list")
                    .help("write accounts = [\"research\", \"teaching\"], or leave it out for one account");
            }
            None => self.add(customer, party),
        }
        let known: Vec<&str> = self.found[first..].iter().map(|(name, _)| *name).collect();
        let authorised = table.text("authorised", d).map_or(Some(0), |name| {
            let index = known.iter().position(|account| *account == name);
            if index.is_none() {
                unknown(table.place_of("authorised"), name, &known, d);
            }
            index
        });
        self.authorised.push(AccountId((first + authorised.unwrap_or(0)) as u32));
    }

    /// The account that creates and changes the pools of a party.
    pub(super) fn authorised(&self, party: PartyId) -> AccountId {
        self.authorised.get(party.index()).copied().unwrap_or_default()
    }

    /// The account of this name: of `party` first, else the only one of all; `CUSTOMER/ACCOUNT` names any. A customer's own
    /// name stands for its authorised account.
    pub(super) fn find(
        &self,
        node: &Node,
        party: PartyId,
        customers: &Register<'_>,
        d: &mut Diagnostics,
    ) -> Option<AccountId> {
        let name = fields::text(node, "an account", d)?;
        let customer = |name: &str| customers.find(name).map(|index| PartyId(index as u32 + 1));
        let elsewhere = || match name.split_once('/') {
            Some((theirs, account)) => self.of(customer(theirs)?, account),
            None => match self.named(name) {
                [only] => Some(*only),
                _ => None,
            },
        };
        let found = self.of(party, name).or_else(elsewhere).map(|index| AccountId(index as u32));
        let found = found.or_else(|| customer(name).map(|party| self.authorised(party)));
        if found.is_none() {
            let known: Vec<&str> = self.found.iter().map(|(known, _)| *known).collect();
            unknown(&node.at, name, &known, d);
        }
        found
    }

    /// The account of this name among those of `party`.
    pub(super) fn own(&self, node: &Node, party: PartyId, d: &mut Diagnostics) -> Option<AccountId> {
        let name = fields::text(node, "account", d)?;
        let index = self.of(party, name);
        if index.is_none() {
            let own = self.found.iter().filter(|(_, theirs)| *theirs == party);
            unknown(&node.at, name, &own.map(|(known, _)| *known).collect::<Vec<_>>(), d);
        }
        index.map(|index| AccountId(index as u32))
    }

    pub(super) fn models(&self) -> Vec<AccountModel> {
        self.found.iter().map(|(name, party)| AccountModel { name: (*name).to_owned(), party: *party }).collect()
    }
}

fn unknown(at: &super::source::At, name: &str, known: &[&str], d: &mut Diagnostics) {
    let unknown = Unknown { word: name, known, listed: "accounts are" };
    d.unknown(at, format!("there is no account `{name}`"), "unknown account", &unknown);
}

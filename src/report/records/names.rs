//! From the numbers in rows to the names in files.

use std::borrow::Cow;

use crate::market::{CurrencyId, PartyId, PoolId};
use crate::simulation::{Member, Model};
use crate::units::{ACCRUALS_PER_MONEY, Accrual, Epoch, Money, PARTS_PER_WHOLE, SimTime, TICKS_PER_HOUR};

/// What the rows of one replication need to be written out.
#[derive(Clone, Copy)]
pub(super) struct Names<'m> {
    pub(super) model: &'m Model,
    pub(super) arm: &'m str,
    pub(super) replication: u64,
    pub(super) epoch: Epoch,
}

/// A text that stands in the model.
pub(super) type Name<'m> = Option<Cow<'m, str>>;

impl<'m> Names<'m> {
    pub(super) fn pool(&self, pool: PoolId) -> Name<'m> {
        Some(Cow::Borrowed(&self.model.pools[pool.index()].name))
    }

    /// The customer whose pool it is, or the provider.
    pub(super) fn owner(&self, pool: PoolId) -> Name<'m> {
        let owner = self.model.pools[pool.index()].rules.owner;
        Some(Cow::Borrowed(&self.model.parties[owner.index()].name))
    }

    pub(super) fn currency(&self, currency: CurrencyId) -> Name<'m> {
        Some(Cow::Borrowed(&self.model.currencies[currency.index()]))
    }

    /// The currency in which a pool is priced.
    pub(super) fn currency_of(&self, pool: PoolId) -> Name<'m> {
        self.currency(self.model.pools[pool.index()].rules.currency)
    }

    /// A party as a scope, as in the other files: `provider`, `customer:lab`, `member:ann`.
    pub(super) fn party(&self, party: PartyId) -> Name<'m> {
        let (name, kind) = (self.party_name(party), self.party_kind(party));
        Some(if kind == "provider" { Cow::Borrowed("provider") } else { Cow::Owned(format!("{kind}:{name}")) })
    }

    pub(super) fn party_name(&self, party: PartyId) -> &'m str {
        match party.index().checked_sub(self.model.parties.len()) {
            None => &self.model.parties[party.index()].name,
            Some(member) => &self.model.members[member].name,
        }
    }

    pub(super) fn party_kind(&self, party: PartyId) -> &'static str {
        match party.index() {
            0 => "provider",
            customer if customer < self.model.parties.len() => "customer",
            _ => "member",
        }
    }

    pub(super) fn user(&self, member: Option<u32>) -> Name<'m> {
        self.member(member).map(|member| Cow::Borrowed(member.name.as_str()))
    }

    pub(super) fn department(&self, member: Option<u32>) -> Name<'m> {
        self.member(member).map(|member| Cow::Borrowed(self.model.departments[member.department].as_str()))
    }

    pub(super) fn group(&self, member: Option<u32>) -> Name<'m> {
        self.member(member).map(|member| Cow::Borrowed(self.model.groups[member.group].group.name.as_str()))
    }

    fn member(&self, member: Option<u32>) -> Option<&'m Member> {
        member.map(|member| &self.model.members[member as usize])
    }
}

pub(super) fn time(time: SimTime) -> Option<i64> {
    Some(time.ticks())
}

/// A count; there is none beyond what a column holds.
pub(super) fn count(number: impl TryInto<i64>) -> Option<i64> {
    number.try_into().ok()
}

pub(super) fn hours(slot_ticks: i128) -> f64 {
    slot_ticks as f64 / TICKS_PER_HOUR as f64
}

pub(super) fn charge(charge: Accrual) -> Option<f64> {
    Some(charge.as_currency())
}

/// Of millionths of an accrual unit.
pub(super) fn fee(fee: i128) -> Option<f64> {
    let money = fee as f64 / f64::from(PARTS_PER_WHOLE) / ACCRUALS_PER_MONEY as f64;
    Some(money / crate::units::UNITS_PER_CURRENCY as f64)
}

pub(super) fn money(money: Money) -> Option<f64> {
    Some(money.as_currency())
}

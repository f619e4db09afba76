//! From the numbers in rows to the names in files.

use std::borrow::Cow;
use std::fmt::Write;

use super::words;
use crate::market::{AccountId, CurrencyId, InstanceType, Level, PartyId, PoolId, PoolRules, Purchase, SlotId, Slots};
use crate::simulation::{Member, Model};
use crate::units::{
    ACCRUALS_PER_MONEY, Accrual, Epoch, Money, PARTS_PER_WHOLE, SimTime, TICKS_PER_HOUR, nearest_number,
};

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

    pub(super) fn pool_if(&self, pool: Option<PoolId>) -> Name<'m> {
        pool.and_then(|pool| self.pool(pool))
    }

    pub(super) fn rules(&self, pool: PoolId) -> &'m PoolRules {
        &self.model.pools[pool.index()].rules
    }

    pub(super) fn account(&self, account: AccountId) -> Name<'m> {
        self.model.accounts.get(account.index()).map(|account| Cow::Borrowed(account.name.as_str()))
    }

    /// Whose account it is.
    pub(super) fn party_of(&self, account: AccountId) -> Name<'m> {
        self.model.accounts.get(account.index()).and_then(|account| self.party(account.party))
    }

    /// The account that holds a pool, where it is stated.
    pub(super) fn account_of(&self, pool: PoolId) -> Name<'m> {
        self.rules(pool).account.and_then(|account| self.account(account))
    }

    /// None where there is no limit.
    pub(super) fn slots(&self, pool: PoolId) -> Option<i64> {
        match self.rules(pool).slots {
            Slots::Count(slots) => count(slots),
            Slots::Unlimited => None,
        }
    }

    /// The account that holds a pool, or where none is stated, the pool.
    pub(super) fn account_or_pool(&self, pool: PoolId) -> Name<'m> {
        self.account_of(pool).or_else(|| self.pool(pool))
    }

    fn instance(&self, pool: PoolId) -> Option<&'m InstanceType> {
        self.rules(pool).instance.as_deref()
    }

    pub(super) fn instance_type(&self, pool: PoolId) -> Name<'m> {
        self.instance(pool).map(|instance| Cow::Borrowed(instance.name.as_str()))
    }

    pub(super) fn size(&self, pool: PoolId) -> Option<i64> {
        self.instance(pool).map(|instance| i64::from(instance.size))
    }

    /// None where its owner calls it nothing.
    pub(super) fn platform(&self, pool: PoolId) -> Name<'m> {
        let platform = self.instance(pool).map(|instance| instance.platform.as_str());
        platform.filter(|platform| !platform.is_empty()).map(Cow::Borrowed)
    }

    pub(super) fn tenancy(&self, pool: PoolId) -> Name<'m> {
        self.instance(pool).map(|instance| Cow::Borrowed(words::tenancy(instance.tenancy)))
    }

    /// The slots of the hardware that are a pool's own.
    pub(super) fn own_slots(&self, pool: PoolId) -> Option<&'m [SlotId]> {
        self.rules(pool).placement.as_ref().map(|placement| &*placement.slots)
    }

    /// Regions or zones in which slots stand, in the order of the hardware, with a space between them.
    pub(super) fn places(&self, slots: Option<&[SlotId]>, level: Level) -> Name<'m> {
        let hardware = &self.model.hardware.as_ref()?.hardware;
        let mut numbers: Vec<u32> = slots?.iter().map(|slot| hardware.component_of(*slot, level).number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let names: Vec<&str> = numbers.iter().filter_map(|number| self.component(level, *number)).collect();
        match names[..] {
            [] => None,
            [name] => Some(Cow::Borrowed(name)),
            _ => Some(Cow::Owned(names.join(" "))),
        }
    }

    /// The one region or zone in which slots stand; none if they stand in several.
    pub(super) fn only_place(&self, slots: Option<&[SlotId]>, level: Level) -> Name<'m> {
        self.places(slots, level).filter(|name| matches!(name, Cow::Borrowed(_)))
    }

    fn component(&self, level: Level, number: u32) -> Option<&'m str> {
        let hardware = self.model.hardware.as_ref()?;
        let names = if level == Level::Region { &hardware.regions } else { &hardware.zones };
        names.get(number as usize).map(String::as_str)
    }

    /// The regions or zones in which a member demands its slots; of zones, also their regions.
    pub(super) fn demanded(&self, member: Option<u32>, level: Level) -> Name<'m> {
        let hardware = self.model.hardware.as_ref()?;
        let demanded = &hardware.wishes.get(self.member(member)?.group)?.on;
        let slots = demanded.iter().filter(|on| on.level >= level).map(|on| hardware.hardware.slots_of(*on));
        let first: Vec<SlotId> = slots.filter(|slots| !slots.is_empty()).map(|slots| SlotId(slots.start)).collect();
        self.places(Some(&first), level)
    }

    /// On what terms a supply line has bought its slots.
    pub(super) fn purchase(&self, (to, line): (PoolId, usize)) -> Option<&'m Purchase> {
        self.rules(to).supply.get(line)?.purchase.as_ref()
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
        let (name, kind) = (self.party_name(party)?, self.party_kind(party));
        Some(if kind == "provider" { Cow::Borrowed("provider") } else { Cow::Owned(format!("{kind}:{name}")) })
    }

    pub(super) fn party_name(&self, party: PartyId) -> Name<'m> {
        Some(Cow::Borrowed(match party.index().checked_sub(self.model.parties.len()) {
            None => &self.model.parties[party.index()].name,
            Some(member) => &self.model.members[member].name,
        }))
    }

    pub(super) fn party_kind(&self, party: PartyId) -> &'static str {
        match party.index() {
            0 => "provider",
            customer if customer < self.model.parties.len() => "customer",
            _ => "member",
        }
    }

    pub(super) fn start_of_month(&self, day: Day) -> Name<'m> {
        Some(Cow::Owned(self.epoch.month(day.start()).0))
    }

    pub(super) fn end_of_month(&self, day: Day) -> Name<'m> {
        Some(Cow::Owned(self.epoch.month(day.start()).1))
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

/// A day since the start of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(i64);

pub(super) fn day(time: SimTime) -> Day {
    Day(time.ticks().div_euclid(TICKS_PER_DAY))
}

impl Day {
    /// Its midnight.
    pub(super) fn start(self) -> SimTime {
        SimTime::from_ticks(self.0 * TICKS_PER_DAY)
    }
}

const TICKS_PER_DAY: i64 = 24 * TICKS_PER_HOUR;

/// With a space between them; of a large instance the first slot.
pub(super) fn slot_ids<'m>(slots: Option<&[SlotId]>) -> Name<'m> {
    let numbers: Vec<String> = slots?.iter().map(|slot| slot.0.to_string()).collect();
    Some(Cow::Owned(numbers.join(" ")))
}

/// A number with what it numbers before it.
pub(super) fn numbered(text: &mut String, what: &str, number: u64) -> Option<()> {
    text.push_str(what);
    write!(text, "{number}").ok()
}

pub(super) fn time(time: SimTime) -> Option<i64> {
    Some(time.ticks())
}

/// A count; there is none beyond what a column holds.
pub(super) fn count(number: impl TryInto<i64>) -> Option<i64> {
    number.try_into().ok()
}

pub(super) fn hours(slot_ticks: i128) -> f64 {
    nearest_number(slot_ticks) / TICKS_PER_HOUR as f64
}

pub(super) fn charge(charge: Accrual) -> Option<f64> {
    Some(charge.as_currency())
}

/// Of millionths of an accrual unit.
pub(super) fn fee(fee: i128) -> Option<f64> {
    let money = nearest_number(fee) / f64::from(PARTS_PER_WHOLE) / ACCRUALS_PER_MONEY as f64;
    Some(money / crate::units::UNITS_PER_CURRENCY as f64)
}

pub(super) fn money(money: Money) -> Option<f64> {
    Some(money.as_currency())
}

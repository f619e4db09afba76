//! Whose a metric is, and in which unit it is stated.

use std::fmt;

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
    /// A user: the members of this name in all groups.
    Member(&'a str),
    /// All bursts into the pool of this name.
    Tier(&'a str),
    /// An availability zone.
    Zone(&'a str),
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
            Self::Zone(name) => write!(f, "zone:{name}"),
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
    /// Rounds of an auction.
    Rounds,
    /// Slots.
    Slots,
    /// Slots × hours.
    SlotHours,
    /// Slots squared.
    SlotsSquared,
    /// Hours.
    Hours,
    /// Events in 1,000 slot-hours.
    PerThousandSlotHours,
    /// An amount of a resource, in the unit of this name.
    Resource(&'a str),
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
            Self::Rounds => f.write_str("rounds"),
            Self::Slots => f.write_str("slots"),
            Self::SlotHours => f.write_str("slot-h"),
            Self::SlotsSquared => f.write_str("slots^2"),
            Self::Hours => f.write_str("h"),
            Self::PerThousandSlotHours => f.write_str("1/1000 slot-h"),
            Self::Resource(unit) => f.write_str(unit),
            Self::Money(currency) => f.write_str(currency),
            Self::MoneyRate(currency) => write!(f, "{currency}/h"),
            Self::Price(currency) => write!(f, "{currency}/slot-h"),
        }
    }
}

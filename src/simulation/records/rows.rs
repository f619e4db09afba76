//! The rows of the records. Identities are numbers of the [`crate::simulation::Model`]; whoever writes them down knows the
//! names.

use std::sync::Arc;

use crate::market::{
    AccountId, BillingKind, Cause, CurrencyId, Denial, Ending, Fate, PartyId, PoolId, PoolLevel, SlotId, Stage,
};
use crate::units::{Accrual, Money, Price, SimDuration, SimTime};

/// The tables of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// The pools there are.
    Pools,
    /// Requests, when they end.
    Requests,
    /// Bids as they are made and revised, and as they came out of rounds.
    Bids,
    /// Leases, when they end.
    Leases,
    /// Interruptions.
    Interruptions,
    /// Prices, minima and numbers of slots, when one of them changes.
    Prices,
    /// Stretches of leases, when they are settled.
    Usage,
    /// Postings.
    Billing,
    /// Operations on pools, with their answers.
    Operations,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Pools,
        Self::Requests,
        Self::Bids,
        Self::Leases,
        Self::Interruptions,
        Self::Prices,
        Self::Usage,
        Self::Billing,
        Self::Operations,
    ];

    /// Its name in scenarios and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pools => "pools",
            Self::Requests => "requests",
            Self::Bids => "bids",
            Self::Leases => "leases",
            Self::Interruptions => "interruptions",
            Self::Prices => "prices",
            Self::Usage => "usage",
            Self::Billing => "billing",
            Self::Operations => "operations",
        }
    }
}

/// A row of one of the tables.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Of [`Table::Pools`].
    Pool(PoolRow),
    /// Of [`Table::Requests`].
    Request(RequestRow),
    /// Of [`Table::Bids`].
    Bid(BidRow),
    /// Of [`Table::Leases`].
    Lease(LeaseRow),
    /// Of [`Table::Interruptions`].
    Interruption(InterruptionRow),
    /// Of [`Table::Prices`].
    Price(PriceRow),
    /// Of [`Table::Usage`].
    Usage(UsageRow),
    /// Of [`Table::Billing`].
    Billing(BillingRow),
    /// Of [`Table::Operations`].
    Operation(OperationRow),
}

impl Record {
    /// The table whose row it is.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Pool(_) => Table::Pools,
            Self::Request(_) => Table::Requests,
            Self::Bid(_) => Table::Bids,
            Self::Lease(_) => Table::Leases,
            Self::Interruption(_) => Table::Interruptions,
            Self::Price(_) => Table::Prices,
            Self::Usage(_) => Table::Usage,
            Self::Billing(_) => Table::Billing,
            Self::Operation(_) => Table::Operations,
        }
    }
}

/// A pool that there is from the start, or that enters another stage of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolRow {
    /// When.
    pub at: SimTime,
    /// Which.
    pub pool: PoolId,
    /// Where it stands in its life from now on.
    pub stage: Stage,
}

/// A request from its arrival to its fate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestRow {
    /// Its number.
    pub request: u64,
    /// The pool that was asked.
    pub home: PoolId,
    /// Number of the member in the model; `None` for a supply line.
    pub member: Option<u32>,
    /// The pool that it supplies, if it is of a supply line.
    pub supplies: Option<PoolId>,
    /// When it arrived.
    pub arrived: SimTime,
    /// When it first took slots.
    pub started: Option<SimTime>,
    /// When it ended.
    pub ended: SimTime,
    /// Slots.
    pub slots: u32,
    /// Its last bid.
    pub bid: Price,
    /// What a slot-hour is worth to it.
    pub value: Price,
    /// Work declared, at speed 1; of a request that drew its work afresh, the last draw.
    pub declared: SimDuration,
    /// How long it waited in all.
    pub waited: SimDuration,
    /// How often it was interrupted.
    pub interruptions: u32,
    /// How often it took slots in a tier.
    pub bursts: u32,
    /// Work at speed 1, of all its slots together, that interruptions made vain: slots × ticks.
    pub work_lost: i128,
    /// What became of it.
    pub fate: Fate,
    /// The partner that it asked, if it ended in a merged pool.
    pub affiliation: Option<PoolId>,
}

/// What happened to a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BidEvent {
    /// It was made.
    Made,
    /// Its member bids something else from now on.
    Revised,
    /// A round was decided in which it took part.
    Round(RoundRow),
}

/// What a round came to for one of its bids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundRow {
    /// When it opened.
    pub opened: SimTime,
    /// The minimum in force.
    pub minimum: Price,
    /// The price of a slot that it made.
    pub price: Price,
    /// Slots that this bid won.
    pub won: u32,
    /// What its buyer pays for all of them together, per hour.
    pub rate: Price,
}

/// A bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BidRow {
    /// When.
    pub at: SimTime,
    /// The pool in which it is made.
    pub pool: PoolId,
    /// Number of the request.
    pub request: u64,
    /// Number of the member; `None` for a supply line.
    pub member: Option<u32>,
    /// Slots.
    pub slots: u32,
    /// Per slot-hour.
    pub bid: Price,
    /// What happened.
    pub event: BidEvent,
}

/// A lease from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// Its number.
    pub lease: u64,
    /// Number of the request.
    pub request: u64,
    /// Number of the member; `None` for a supply line.
    pub member: Option<u32>,
    /// The pool that was asked.
    pub home: PoolId,
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// The pool that it supplied, if it is of a supply line.
    pub supplies: Option<PoolId>,
    /// Number of the burst tier, if it was a burst.
    pub tier: Option<u8>,
    /// Who pays.
    pub payer: PartyId,
    /// Who is paid.
    pub payee: PartyId,
    /// Currency of the charge.
    pub currency: CurrencyId,
    /// Slots.
    pub slots: u32,
    /// When it began.
    pub from: SimTime,
    /// When it ended.
    pub to: SimTime,
    /// Slots × ticks held.
    pub slot_ticks: i128,
    /// What the slots cost, exact.
    pub charge: Accrual,
    /// Was it paid when it began?
    pub is_prepaid: bool,
    /// How it ended.
    pub ending: Ending,
    /// Slots of the hardware, the last that it had; `None` where slots are but a number.
    pub places: Option<Arc<[SlotId]>>,
}

/// An interruption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterruptionRow {
    /// When.
    pub at: SimTime,
    /// Number of the request.
    pub request: u64,
    /// Number of the lease that ended.
    pub lease: u64,
    /// Number of the member; `None` for a supply line.
    pub member: Option<u32>,
    /// The pool that was asked.
    pub home: PoolId,
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// Number of the burst tier, if it was a burst.
    pub tier: Option<u8>,
    /// Slots.
    pub slots: u32,
    /// Since when they had been held.
    pub since: SimTime,
    /// Why.
    pub cause: Cause,
    /// Slots of the hardware, the last that it had; `None` where slots are but a number.
    pub places: Option<Arc<[SlotId]>>,
}

/// The levels of a pool after its price, minimum or number of slots changed. Of several at one instant the last holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRow {
    /// When.
    pub at: SimTime,
    /// Of which pool.
    pub pool: PoolId,
    /// Price, minimum, slots.
    pub level: PoolLevel,
}

/// A stretch of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// Number of the request.
    pub request: u64,
    /// Number of the lease.
    pub lease: u64,
    /// Number of the member; `None` for a supply line.
    pub member: Option<u32>,
    /// The pool that was asked.
    pub home: PoolId,
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// Number of the burst tier, if it was a burst.
    pub tier: Option<u8>,
    /// Who pays.
    pub payer: PartyId,
    /// Who is paid.
    pub payee: PartyId,
    /// Currency of the charge.
    pub currency: CurrencyId,
    /// Slots.
    pub slots: u32,
    /// Start of the stretch.
    pub from: SimTime,
    /// Its end.
    pub to: SimTime,
    /// Slots × ticks held.
    pub slot_ticks: i128,
    /// What they cost, exact; nothing where the lease was prepaid.
    pub charge: Accrual,
    /// The fee on top, in millionths of an accrual unit, exact.
    pub fee: i128,
    /// Slots of the hardware, the last that it had; `None` where slots are but a number.
    pub places: Option<Arc<[SlotId]>>,
}

/// A posting: `payer` owes `payee` the amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingRow {
    /// When it was billed.
    pub at: SimTime,
    /// Number of the request, if it is about one.
    pub request: Option<u64>,
    /// Number of the lease, if it is about one.
    pub lease: Option<u64>,
    /// Number of the member for whom it was spent, if it is known.
    pub member: Option<u32>,
    /// The pool that was asked.
    pub home: PoolId,
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// Number of the burst tier, if it was a burst.
    pub tier: Option<u8>,
    /// Who pays.
    pub payer: PartyId,
    /// Who is paid.
    pub payee: PartyId,
    /// Currency of the amount.
    pub currency: CurrencyId,
    /// What it is for.
    pub kind: BillingKind,
    /// The amount.
    pub amount: Money,
    /// Start of what is billed.
    pub from: SimTime,
    /// Its end.
    pub to: SimTime,
    /// Slots × ticks that are billed, where it is slots that are.
    pub slot_ticks: Option<i128>,
    /// Slots of the hardware, the last that it had; `None` where slots are but a number.
    pub places: Option<Arc<[SlotId]>>,
    /// The supply line that has bought the slot for a term: of which pool, and its number.
    pub commitment: Option<(PoolId, usize)>,
    /// Of a slot that was bought for a term: slots × ticks of this stretch in which it was used.
    pub used: Option<i128>,
}

/// An operation on a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationRow {
    /// When.
    pub at: SimTime,
    /// Its number.
    pub operation: u64,
    /// Who asked for it.
    pub by: AccountId,
    /// On which pool.
    pub pool: PoolId,
    /// What was to be done, in a word.
    pub change: &'static str,
    /// Done, or why not.
    pub result: Result<(), Denial>,
}

//! What is recorded of a request: its fate, the stretches for which it held slots, and what was billed.

use super::command::Tag;
use super::ids::{CurrencyId, PartyId, Place, PoolId};
use super::request::Origin;
use crate::units::{Accrual, Money, Price, SimDuration, SimTime};

/// How a request ended. Every request has exactly one fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its work was done.
    Completed,
    /// It was interrupted, and its work was lost.
    Lost,
    /// It was refused.
    Refused(Refusal),
    /// It waited, and its patience ended.
    Abandoned,
    /// Its member took it back while it waited.
    Withdrawn,
    /// It was still there when the books were closed.
    Open,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its bid lies below the minimum, or its limit below the posted price.
    Price,
    /// No room in the pool, and in no tier.
    Capacity,
    /// All slots are held by bids as high or higher, and no tier took it.
    Outbid,
    /// The pool's owner did not name this user.
    Access,
    /// More slots than its member or department may hold.
    Cap,
    /// Its member's credits do not bear it.
    Credits,
    /// No room in the pool, and a tier would have taken it but for the budget.
    Budget,
    /// The pool is not online, or not there any more.
    Down,
}

/// Why a running request was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A higher bid took its slots.
    Outbid,
    /// The minimum price rose above its bid.
    Minimum,
    /// The price in force rose above its bid, by a smoothed price or its owner's formula.
    Price,
    /// The term for which it was sold ended before the work was done.
    Term,
    /// The pool lost the slot to its own supplier.
    Supply,
    /// The burst budget was used up.
    Budget,
    /// Hardware under the slot failed.
    Fault,
    /// The reservation behind the slot ended.
    Expiry,
    /// The slot was on loan, and its owner needs it.
    TakenBack,
    /// The holder is no member any more.
    Removed,
    /// The pool was deleted, or its term ended.
    Closure,
}

impl Cause {
    /// Why somebody loses a slot that its pool held in another pool and has lost for this cause.
    pub(super) fn passed_on(self) -> Self {
        if self == Self::Expiry { self } else { Self::Supply }
    }
}

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The work was done.
    Completed,
    /// The holder was interrupted.
    Interrupted(Cause),
    /// It moved from a burst tier to its own pool.
    MovedHome,
    /// The books were closed.
    Closed,
    /// The holder, a pool, gave the slot back.
    Returned,
}

/// A stretch of time for which a request held slots, with what it owes for it: a usage record.
///
/// A lease is settled in one stretch when it ends; a metered burst also at the end of each budget period.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Where the request is kept.
    pub place: Place,
    /// Number of the request.
    pub request: u64,
    /// Number of the lease.
    pub lease: u64,
    /// The pool that was asked.
    pub home: PoolId,
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// Number of the burst tier, if the lease was a burst.
    pub tier: Option<u8>,
    /// Who stands behind the request.
    pub origin: Origin,
    /// Who asked: whoever pays for it at home.
    pub asker: PartyId,
    /// What the driver has given the request along.
    pub tag: Tag,
    /// Who pays.
    pub payer: PartyId,
    /// Who is paid: the owner of the slots.
    pub payee: PartyId,
    /// Currency of the charge.
    pub currency: CurrencyId,
    /// Slots asked for.
    pub slots: u32,
    /// Slots × ticks held: the slots for the whole stretch, or a share of them.
    pub slot_ticks: i128,
    /// Start of the stretch.
    pub from: SimTime,
    /// End of the stretch.
    pub to: SimTime,
    /// Was it paid when it started? Then nothing is owed for the stretch.
    pub is_prepaid: bool,
    /// What the slots cost, exact.
    pub charge: Accrual,
    /// The fee on top, in millionths of an accrual unit, exact.
    pub fee: i128,
}

impl Held {
    /// The posting of `amount` for this stretch.
    #[inline(always)]
    pub(crate) fn bill(&self, kind: BillingKind, amount: Money) -> BillingRecord {
        BillingRecord {
            place: Some(self.place),
            request: self.request,
            lease: self.lease,
            home: self.home,
            pool: self.pool,
            tier: self.tier,
            payer: self.payer,
            payee: self.payee,
            currency: self.currency,
            kind,
            amount,
        }
    }
}

/// What a partner of a joint pool has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JointUse {
    /// The joint pool.
    pub joint: PoolId,
    /// The pool that was merged into it.
    pub partner: PoolId,
    /// Slots that it put in, and that are still there.
    pub contributed: u32,
    /// Slots of the joint pool that its members hold.
    pub used: u32,
}

/// A member's part of a burst, for a stretch of it or at its start: `payer` owes `payee`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recharge {
    /// The pool that was asked.
    pub home: PoolId,
    /// Number of the burst tier.
    pub tier: u8,
    /// The member.
    pub payer: PartyId,
    /// The owner of the pool that was asked.
    pub payee: PartyId,
    /// Currency of the amount.
    pub currency: CurrencyId,
    /// In millionths of an accrual unit, exact.
    pub exact: i128,
}

/// A request asks a burst tier for slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierAsked {
    /// The pool that bursts.
    pub home: PoolId,
    /// The pool that is the tier.
    pub pool: PoolId,
    /// Number of the tier in the ladder.
    pub tier: u8,
    /// Slots.
    pub slots: u32,
    /// Work that is left, at speed 1.
    pub work: SimDuration,
    /// Has the request not asked it before?
    pub is_first: bool,
    /// Why the tier does not take it; `None` if it has its slots now, or waits for those on loan.
    pub refusal: Option<Refusal>,
}

/// What came of a burst budget in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetPeriod {
    /// Whose budget it is.
    pub pool: PoolId,
    /// When the period began.
    pub from: SimTime,
    /// When it ended, or the books were closed.
    pub to: SimTime,
    /// Was it a whole period? A budget for the whole run ends with the books.
    pub is_over: bool,
    /// The budget of all tiers together; `None` if there is none.
    pub amount: Option<Money>,
    /// Billed in the period.
    pub spent: Money,
    /// Burst leases that began in it.
    pub bursts: u64,
    /// Requests that were refused for the budget, and leases that it ended.
    pub lost: u64,
    /// When the budget of all tiers first refused a burst or a unit of time, or ended leases.
    pub exhausted: Option<SimTime>,
}

/// A round of an auction, as it was decided.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// The pool.
    pub pool: PoolId,
    /// When it opened.
    pub opened: SimTime,
    /// Slots that were for sale.
    pub slots: u32,
    /// The minimum in force.
    pub minimum: Price,
    /// The price of a slot that the round made; the minimum if nothing was sold.
    pub price: Price,
    /// Everybody who has bid in it, best first, by the bid at which each came in; whoever left in between included.
    pub bids: &'a [Bid],
    /// What was sold.
    pub sales: &'a [Sale],
}

/// A bid in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Number of the request.
    pub request: u64,
    /// Slots that it asks for.
    pub slots: u32,
    /// Per slot-hour.
    pub bid: Price,
}

/// Slots sold in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Number of the request.
    pub request: u64,
    /// How many.
    pub slots: u32,
    /// What the buyer pays for all of them together, per hour.
    pub rate: Price,
}

/// What a billed amount is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillingKind {
    /// The use of slots.
    Use,
    /// The per-cent fee on a burst, to the owner of the tier.
    Fee,
    /// The flat fee for a burst, to the owner of the tier.
    FlatFee,
    /// A burst that was paid when it started.
    Prepaid,
    /// A reservation, when it begins.
    Upfront,
    /// A pool, when it is created.
    PoolFee,
    /// A pool, for the time that it exists.
    PoolHours,
    /// A member's part of a burst, to the owner of its pool.
    Recharge,
    /// A customer's part in what a merged pool earned and spent.
    Sharing,
}

impl BillingRecord {
    /// Number of request and lease in a posting that is not about any.
    pub const NONE: u64 = u64::MAX;
}

/// One posting: `payer` owes `payee` the amount.
#[derive(Clone, Copy, Debug)]
pub struct BillingRecord {
    /// Where the request is, if it is for one.
    pub place: Option<Place>,
    /// Number of the request; [`BillingRecord::NONE`] if it is for none.
    pub request: u64,
    /// Number of the lease.
    pub lease: u64,
    /// The pool that was asked.
    pub home: PoolId,
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// Number of the burst tier, if the lease was a burst.
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
}

//! A live request and the lease it may hold.

use std::num::NonZeroU32;

use super::command::{Submission, Tag};
use super::ids::{PartyId, PoolId};
use super::records::Cause;
use crate::collections::prefetch;
use crate::units::{Accrual, Price, SimDuration, SimTime};

/// Who stands behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A member who asked its pool.
    Member,
    /// A pool that wants a slot from another pool, for good.
    Supply {
        /// The pool that is supplied.
        to: PoolId,
    },
}

/// A request from its arrival to its fate.
///
/// The order of the fields is that of the memory: what the end of most leases looks at stands in the first two lines of the
/// cache, so that a hundred thousand requests cost as few of them as can be.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Request {
    /// What it is doing now.
    pub(super) state: State,
    /// What the driver has given it along.
    pub tag: Tag,
    /// Number in order of arrival; never used again.
    pub number: u64,
    /// The pool that was asked.
    pub home: PoolId,
    /// Who pays in the home pool.
    pub payer: PartyId,
    /// Slots, all at once or none.
    pub slots: u32,
    /// Who stands behind it.
    pub origin: Origin,
    /// While a joint pool serves it: the partner that was asked.
    pub affiliation: Option<PoolId>,
    /// Has it ever held slots?
    pub has_started: bool,
    /// Was it ever interrupted?
    pub was_interrupted: bool,
    /// Work that is left, at speed 1.
    pub work: SimDuration,
    /// Work as declared on arrival, at speed 1.
    pub declared: SimDuration,
    /// Bid per slot-hour in the home pool (posted price: limit).
    pub bid: Price,
    /// Patience that is left; runs only while it waits.
    pub patience: Option<SimDuration>,
    /// Highest unit price of a burst, where the pool leaves that to each request; the highest there is for any.
    pub max_price: Price,
    /// When it arrived.
    pub arrived: SimTime,
    /// Time it has waited in all.
    pub waited: SimDuration,
    /// The burst tiers that it has asked, a bit each.
    pub(super) tiers_asked: u64,
}

/// What a request is doing.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// Being decided upon.
    Pending,
    /// Waiting in its home pool.
    Waiting { since: SimTime },
    /// Holding slots.
    Holding(Lease),
}

/// Slots held by a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    /// Number of the lease; never used again.
    pub(super) number: u64,
    /// The pool whose slots are held.
    pub(super) pool: PoolId,
    /// Burst tier, if it is one.
    pub(super) tier: Option<u8>,
    /// Seat in the pool's book.
    pub(super) seat: u32,
    /// Bid in that pool.
    pub(super) bid: Price,
    /// When it started.
    pub(super) start: SimTime,
    /// Start of the stretch that is not settled yet.
    pub(super) unsettled: SimTime,
    /// The pool's price integral at that instant.
    pub(super) mark: Accrual,
    /// Was it paid when it started? Such a lease owes nothing more.
    pub(super) is_prepaid: bool,
    /// Where the pool keeps its terms, if they are not just the price in force.
    pub(super) account: Option<NonZeroU32>,
    /// Why it ends when its notice ends, if one was given.
    pub(super) leaving: Option<Cause>,
}

impl Request {
    /// A member's request as it arrives.
    #[inline(always)]
    pub(super) fn new(now: SimTime, number: u64, submission: &Submission) -> Self {
        Self {
            number,
            tag: submission.tag,
            home: submission.pool,
            affiliation: None,
            origin: Origin::Member,
            payer: submission.payer,
            slots: submission.slots,
            bid: submission.bid,
            declared: submission.work,
            work: submission.work,
            patience: submission.patience,
            max_price: submission.max_price.unwrap_or(Price::MAX),
            arrived: now,
            waited: SimDuration::ZERO,
            has_started: false,
            was_interrupted: false,
            tiers_asked: 0,
            state: State::Pending,
        }
    }

    /// Asks the memory for all of it: a line of the cache for each of these.
    #[inline(always)]
    pub(super) fn prefetch(&self) {
        prefetch(&self.state);
        prefetch(&self.tag);
        prefetch(&self.patience);
    }

    /// It has lost its slots, with so much work left.
    #[inline(always)]
    pub(crate) fn release(&mut self, left: SimDuration) {
        self.state = State::Pending;
        self.was_interrupted = true;
        self.work = left;
    }

    /// Is it waiting?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// The pool whose slots it holds, if it holds any.
    #[must_use]
    #[inline(always)]
    pub fn holds_in(&self) -> Option<PoolId> {
        self.lease().map(|lease| lease.pool)
    }

    /// Does it hold slots, with notice that it will lose them?
    #[must_use]
    pub fn has_notice(&self) -> bool {
        self.lease().is_some_and(|lease| lease.leaving.is_some())
    }

    /// The burst tier in which it holds slots, if it does.
    #[must_use]
    #[inline(always)]
    pub fn tier(&self) -> Option<u8> {
        self.lease().and_then(|lease| lease.tier)
    }

    #[inline(always)]
    pub(super) fn lease(&self) -> Option<&Lease> {
        match &self.state {
            State::Holding(lease) => Some(lease),
            _ => None,
        }
    }
}

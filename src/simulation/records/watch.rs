//! Who else hears what the recorder hears.

use crate::market::{
    Answer, BillingRecord, Cause, Ending, Fate, Held, Place, PoolId, PoolLevel, Request, Reserved, Round, SlotId, Stage,
};
use crate::units::{Accrual, SimDuration, SimTime};

/// Hears the effects of the marketplace beside the meters. Every method does nothing unless it is said otherwise, so that
/// [`Nobody`] costs nothing; what is long to tell is asked for by whoever wants to know.
pub(in crate::simulation) trait Watch {
    #[inline(always)]
    fn opened(&mut self, _now: SimTime, _place: Place, _request: &Request) {}
    #[inline(always)]
    fn revised(&mut self, _now: SimTime, _place: Place, _request: &Request) {}
    #[inline(always)]
    fn started(&mut self, _now: SimTime, _place: Place, _request: &Request, _due: SimTime) {}
    #[inline(always)]
    fn held(&mut self, _held: impl Fn() -> Held) {}
    #[inline(always)]
    fn ended(&mut self, _now: SimTime, _place: Place, _request: &Request, _ending: Ending) {}
    #[inline(always)]
    fn interrupted(&mut self, _now: SimTime, _place: Place, _request: &Request, _cause: Cause) {}
    #[inline(always)]
    fn work_lost(&mut self, _place: Place, _request: &Request, _lost: SimDuration) {}
    #[inline(always)]
    fn closed(&mut self, _now: SimTime, _place: Place, _request: &Request, _fate: Fate) {}
    #[inline(always)]
    fn level(&mut self, _now: SimTime, _pool: PoolId, _level: &PoolLevel) {}
    #[inline(always)]
    fn billed(&mut self, _now: SimTime, _record: impl Fn() -> BillingRecord) {}
    #[inline(always)]
    fn bid(&mut self, _pool: PoolId, _place: Place, _request: &Request) {}
    #[inline(always)]
    fn round(&mut self, _now: SimTime, _round: &Round<'_>) {}
    #[inline(always)]
    fn answered(&mut self, _now: SimTime, _answer: &Answer) {}
    #[inline(always)]
    fn reserved(&mut self, _term: &Reserved) {}
    #[inline(always)]
    fn unit_used(&mut self, _now: SimTime, _place: Place, _request: &Request, _is_used: bool) {}
    #[inline(always)]
    fn placed(&mut self, _place: Place, _request: &Request, _slots: &[SlotId]) {}
    #[inline(always)]
    fn entered(&mut self, _now: SimTime, _pool: PoolId, _stage: Stage) {}
    #[inline(always)]
    fn existed(&mut self, _pool: PoolId, _owed: Accrual) {}
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::simulation) struct Nobody;

impl Watch for Nobody {}

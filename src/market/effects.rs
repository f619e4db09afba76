//! What the marketplace tells its driver.

use super::command::Alarm;
use super::hardware::{Component, Hardware, SlotId};
use super::ids::{CurrencyId, PartyId, Place, PoolId};
use super::operations::Answer;
use super::records::{
    BillingKind, BillingRecord, BudgetPeriod, Cause, Ending, Fate, Held, JointUse, Recharge, Refusal, Round, TierAsked,
};
use super::request::Request;
use super::reservations::Reserved;
use super::rules::Stage;
use crate::units::{Accrual, Money, Price, SimDuration, SimTime};

/// The levels of a pool between two commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolLevel {
    /// Slots there are; `None` without limit.
    pub capacity: Option<u32>,
    /// Slots held.
    pub occupied: u32,
    /// Requests that wait.
    pub waiting: u32,
    /// The price in force.
    pub price: Price,
    /// The minimum price in force.
    pub minimum: Price,
    /// The highest waiting bid, zero if nobody waits.
    pub highest_waiting_bid: Price,
}

impl PoolLevel {
    /// Is no slot free?
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.capacity.is_some_and(|capacity| self.occupied >= capacity)
    }
}

/// The slots of an availability zone between two commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZoneLevel {
    /// Slots of its hardware.
    pub slots: u32,
    /// Those under which nothing is down.
    pub in_service: u32,
    /// Those that members' requests hold.
    pub held: u32,
}

impl ZoneLevel {
    /// All of a zone's hardware in service, nothing held.
    pub(super) fn whole(hardware: &Hardware, zone: Component) -> Self {
        let slots = hardware.slots_of(zone).len() as u32;
        Self { slots, in_service: slots, held: 0 }
    }
}

/// What was billed for the last stretch of a lease that a request held up to now, as it is settled most of the time: what
/// request and lease say of it stands there still.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// The pool whose slots were held.
    pub pool: PoolId,
    /// Who pays.
    pub payer: PartyId,
    /// Who is paid: the owner of the slots.
    pub payee: PartyId,
    /// Currency of charge and amount.
    pub currency: CurrencyId,
    /// The end of the stretch.
    pub to: SimTime,
    /// Slots × ticks held.
    pub slot_ticks: i128,
    /// What the slots cost, exact.
    pub charge: Accrual,
    /// The same as billed.
    pub amount: Money,
}

impl Settled {
    /// The stretch, of the request at `place`.
    ///
    /// # Panics
    /// If the request holds no slots.
    #[inline(always)]
    #[must_use]
    pub fn held(&self, place: Place, request: &Request) -> Held {
        let lease = request.lease().expect("what was settled was held");
        Held {
            place,
            request: request.number,
            lease: lease.number,
            home: request.home,
            pool: self.pool,
            tier: lease.tier,
            origin: request.origin,
            asker: request.payer,
            tag: request.tag,
            payer: self.payer,
            payee: self.payee,
            currency: self.currency,
            slots: request.slots,
            slot_ticks: self.slot_ticks,
            from: lease.unsettled,
            to: self.to,
            is_prepaid: false,
            charge: self.charge,
            fee: 0,
        }
    }
}

/// A sink for the consequences of a command, told as they come to pass. Dispatched statically; what a driver
/// does not care for costs nothing.
pub trait Effects {
    /// A request was entered at `place`.
    fn opened(&mut self, place: Place, request: &Request);
    /// A request took slots; if nothing interrupts it, its work is done at `due`.
    fn started(&mut self, place: Place, request: &Request, due: SimTime);
    /// A request began to wait; it has this much patience left.
    fn waiting(&mut self, place: Place, request: &Request, patience: Option<SimDuration>);
    /// A request stopped waiting, after `waited` this time.
    fn waited(&mut self, place: Place, request: &Request, waited: SimDuration);
    /// A stretch of a lease was settled.
    fn held(&mut self, held: &Held);
    /// On [`super::Command::Cut`]: what an open lease has used and owes so far.
    fn held_so_far(&mut self, held: &Held);
    /// On [`super::Command::Cut`]: how long a waiting request has waited so far this time.
    fn waited_so_far(&mut self, place: Place, request: &Request, waited: SimDuration);
    /// A lease ended.
    fn ended(&mut self, place: Place, request: &Request, ending: Ending);
    /// A request ended; its place may be used again.
    fn closed(&mut self, place: Place, request: &Request, fate: Fate);
    /// The levels of a pool may have changed.
    fn level(&mut self, pool: PoolId, level: &PoolLevel);
    /// A request was entered and took free slots of the pool that it asked, at once: [`Effects::opened`],
    /// [`Effects::started`] and [`Effects::level`] in one. This and the next four are what happens most of the time; a sink
    /// that can take it in one go is faster, any other hears the single effects.
    #[inline(always)]
    fn began(&mut self, place: Place, request: &Request, due: SimTime, level: &PoolLevel) {
        self.opened(place, request);
        self.started(place, request, due);
        self.level(request.home, level);
    }
    /// A request was entered, its pool had no room for it, and it took free slots of the first tier: [`Effects::opened`],
    /// [`Effects::started`], [`Effects::level`] of the tier, [`Effects::tier_asked`] and [`Effects::level`] of the pool. `levels`
    /// are those of tier and pool; that of the pool has not changed.
    #[inline(always)]
    fn began_in_tier(
        &mut self,
        place: Place,
        request: &Request,
        due: SimTime,
        asked: &TierAsked,
        levels: &[PoolLevel; 2],
    ) {
        self.opened(place, request);
        self.started(place, request, due);
        self.level(asked.pool, &levels[0]);
        self.tier_asked(asked);
        self.level(asked.home, &levels[1]);
    }
    /// The work of a request was done: [`Effects::held`], [`Effects::billed`], [`Effects::ended`], [`Effects::closed`] and the
    /// [`Effects::level`] of the pool whose slots it held.
    #[inline(always)]
    fn completed(&mut self, place: Place, request: &Request, settled: &Settled, level: &PoolLevel) {
        let held = settled.held(place, request);
        self.held(&held);
        self.billed(&held.bill(BillingKind::Use, settled.amount));
        self.ended(place, request, Ending::Completed);
        self.closed(place, request, Fate::Completed);
        self.level(settled.pool, level);
    }
    /// A request was entered and refused: [`Effects::opened`] and [`Effects::closed`]. No level has changed.
    #[inline(always)]
    fn turned_away(&mut self, place: Place, request: &Request, refusal: Refusal) {
        self.opened(place, request);
        self.closed(place, request, Fate::Refused(refusal));
    }
    /// A request (`winner`, due at an instant) took the slot of another (`loser`), which is lost: as by [`Effects::opened`],
    /// [`Effects::held`], [`Effects::billed`], [`Effects::ended`], [`Effects::interrupted`], [`Effects::started`],
    /// [`Effects::closed`] and [`Effects::level`].
    #[inline(always)]
    fn displaced(
        &mut self,
        winner: (Place, &Request, SimTime),
        loser: (Place, &mut Request),
        settled: &Settled,
        level: &PoolLevel,
        left: SimDuration,
    ) {
        let (place, request, due) = winner;
        let (victim, lost) = loser;
        let held = settled.held(victim, lost);
        self.opened(place, request);
        self.held(&held);
        self.billed(&held.bill(BillingKind::Use, settled.amount));
        self.ended(victim, lost, Ending::Interrupted(Cause::Outbid));
        self.interrupted(victim, lost, Cause::Outbid);
        self.started(place, request, due);
        lost.release(left);
        self.closed(victim, lost, Fate::Lost);
        self.level(settled.pool, level);
    }
    /// A flat fee or a prepaid charge fell due, in units of money.
    fn billed(&mut self, record: &BillingRecord) {
        let _ = record;
    }
    /// A reserved slot's term begins.
    fn reserved(&mut self, term: &Reserved) {
        let _ = term;
    }
    /// Slots of a supply line of `pool` that are there, and used; told of pools that have bought any for a term.
    fn supplied(&mut self, pool: PoolId, line: usize, slots: u32, used: u32) {
        let _ = (pool, line, slots, used);
    }
    /// The slot that was bought for a term at `place` is used from now on, or no longer. Of a supply line's slots those that
    /// have been used go on being used first; one that begins is used by nobody.
    fn unit_used(&mut self, place: Place, request: &Request, is_used: bool) {
        let _ = (place, request, is_used);
    }
    /// `from` has so many slots on loan to `to` now.
    fn lent(&mut self, from: PoolId, to: PoolId, slots: u32) {
        let _ = (from, to, slots);
    }
    /// So many slots that `pool` has on loan are held; its ∫ price dt is `integral` by now. Told whenever its levels may
    /// have changed.
    fn sold_on_loan(&mut self, pool: PoolId, slots: u32, integral: Accrual) {
        let _ = (pool, slots, integral);
    }
    /// A request asked a burst tier of its pool for slots. Told after what follows from it.
    fn tier_asked(&mut self, asked: &TierAsked) {
        let _ = asked;
    }
    /// Somebody asked `pool` for slots that it does not have: a burst, or a supply line.
    fn stock_out(&mut self, pool: PoolId) {
        let _ = pool;
    }
    /// A member owes its pool's owner a part of a burst.
    fn recharged(&mut self, recharge: &Recharge) {
        let _ = recharge;
    }
    /// On [`super::Command::Cut`]: what it owes so far for an open stretch.
    fn recharged_so_far(&mut self, recharge: &Recharge) {
        let _ = recharge;
    }
    /// A budget period ended, or the books were closed in it.
    fn budget_period(&mut self, period: &BudgetPeriod) {
        let _ = period;
    }
    /// What came of the amount that a tier has of its own in that period, told right after it: amount, what was billed and
    /// when the amount first said no are those of the tier.
    fn tier_budget_period(&mut self, tier: u8, period: &BudgetPeriod) {
        let _ = (tier, period);
    }
    /// Apply [`super::Command::WatchBudget`] at this instant (and no longer at one asked for before).
    fn budget_watch(&mut self, pool: PoolId, at: SimTime);
    /// Apply [`super::Command::Wake`] with this alarm at this instant (and no longer at one asked for before); never, at
    /// [`SimTime::NEVER`].
    fn alarm(&mut self, alarm: Alarm, at: SimTime);
    /// A running request goes faster or slower than before; if nothing interrupts it, its work is done at `due`.
    fn due(&mut self, place: Place, request: &Request, due: SimTime);
    /// A request takes part in the round that is open in `pool`.
    fn bid(&mut self, pool: PoolId, place: Place, request: &Request) {
        let _ = (pool, place, request);
    }
    /// A round of an auction was decided.
    fn round(&mut self, round: &Round<'_>) {
        let _ = round;
    }
    /// A pool existed for a while, for which its owner owes this much; [`super::BillingKind::PoolHours`] is the same, rounded.
    fn existed(&mut self, pool: PoolId, owed: Accrual) {
        let _ = (pool, owed);
    }
    /// On [`super::Command::Cut`]: what the owner of a pool owes for its existence so far.
    fn existed_so_far(&mut self, pool: PoolId, owed: Accrual) {
        let _ = (pool, owed);
    }
    /// A request goes on with so many slots fewer than it asked for.
    fn cut(&mut self, place: Place, request: &Request, slots: u32) {
        let _ = (place, request, slots);
    }
    /// A pool enters another stage of its life. Where it begins is not told.
    fn entered(&mut self, pool: PoolId, stage: Stage) {
        let _ = (pool, stage);
    }
    /// An operation on a pool was carried out or refused.
    fn answered(&mut self, answer: &Answer) {
        let _ = answer;
    }
    /// A lease goes on in another pool, which was merged or split: `request` holds its slots there now.
    fn moved(&mut self, place: Place, request: &Request, from: PoolId) {
        let _ = (place, request, from);
    }
    /// What a partner has in a joint pool may have changed.
    fn joint_use(&mut self, levels: &JointUse) {
        let _ = levels;
    }
    /// On [`super::Command::Cut`]: what a partner's share in a joint pool would be if it were shared out now.
    fn shared_so_far(&mut self, record: &BillingRecord) {
        let _ = record;
    }
    /// The interrupted request begins again: how much work has it, drawn afresh?
    fn fresh_work(&mut self, place: Place, request: &Request) -> SimDuration;
    /// A member bids something else from now on: the request has the new bid already.
    fn revised(&mut self, place: Place, request: &Request) {
        let _ = (place, request);
    }
    /// What an interrupted request does makes this much of its work vain, and going on costs it so much work more, all at
    /// speed 1. Told while it lives; a request that leaves with work done loses that, too.
    fn work_lost(&mut self, place: Place, request: &Request, lost: SimDuration, cost: SimDuration) {
        let _ = (place, request, lost, cost);
    }
    /// A request was given these slots, all that it has now; told again when some of them are lost and others found.
    fn placed(&mut self, place: Place, request: &Request, slots: &[SlotId]) {
        let _ = (place, request, slots);
    }
    /// The levels of an availability zone may have changed.
    fn zone(&mut self, zone: u32, level: &ZoneLevel) {
        let _ = (zone, level);
    }
    /// So many of the pool's own slots are in service now.
    fn in_service(&mut self, pool: PoolId, slots: u32) {
        let _ = (pool, slots);
    }
    /// A request was interrupted.
    fn interrupted(&mut self, place: Place, request: &Request, cause: Cause) {
        let _ = (place, request, cause);
    }
}

/// A sink that hears nothing, for tests of the marketplace alone. Work drawn afresh is what it was.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEffects;

impl Effects for NoEffects {
    fn opened(&mut self, _: Place, _: &Request) {}
    fn started(&mut self, _: Place, _: &Request, _: SimTime) {}
    fn waiting(&mut self, _: Place, _: &Request, _: Option<SimDuration>) {}
    fn waited(&mut self, _: Place, _: &Request, _: SimDuration) {}
    fn held(&mut self, _: &Held) {}
    fn held_so_far(&mut self, _: &Held) {}
    fn waited_so_far(&mut self, _: Place, _: &Request, _: SimDuration) {}
    fn ended(&mut self, _: Place, _: &Request, _: Ending) {}
    fn closed(&mut self, _: Place, _: &Request, _: Fate) {}
    fn level(&mut self, _: PoolId, _: &PoolLevel) {}
    fn budget_watch(&mut self, _: PoolId, _: SimTime) {}
    fn alarm(&mut self, _: Alarm, _: SimTime) {}
    fn due(&mut self, _: Place, _: &Request, _: SimTime) {}
    fn fresh_work(&mut self, _: Place, request: &Request) -> SimDuration {
        request.declared
    }
}

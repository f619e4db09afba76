//! What the recorder does on behalf of more than one effect.

use super::Recorder;
use crate::market::{
    BillingKind, BillingRecord, BudgetPeriod, Effects, Ending, Fate, Held, Origin, Place, PoolId, PoolLevel, Recharge,
    Request, Settled,
};
use crate::simulation::meters::MemberMeter;
use crate::simulation::order::{LEASE_END, REQUEST, RequestEvent};
use crate::simulation::records::Watch;
use crate::simulation::request_log::RequestRecord;
use crate::simulation::ticket::Ticket;
use crate::units::{Accrual, Price, SimDuration, SimTime};

impl<W: Watch> Recorder<'_, W> {
    /// A member asks.
    #[inline(always)]
    pub(super) fn arrive(&mut self, place: Place, request: &Request) {
        self.watch.opened(self.calendar.now(), place, request);
        self.meter(request).asks(request, Ticket::of(request.tag).value);
        self.meters.events += 1;
        if self.is_attentive {
            self.attend(place, request);
        }
    }

    /// A member asks, and has slots at once until `due`.
    #[inline(always)]
    pub(super) fn arrive_and_start(&mut self, place: Place, request: &Request, due: SimTime) {
        self.calendar.schedule(LEASE_END, place.0, due);
        let now = self.calendar.now();
        self.watch.opened(now, place, request);
        self.watch.started(now, place, request, due);
        let meter = self.meter(request);
        meter.asks(request, Ticket::of(request.tag).value);
        meter.starts(request);
        self.meters.events += 1;
        if self.is_attentive {
            self.attend(place, request);
        }
    }

    /// A member's request has slots, and needs them until `due`.
    #[inline(always)]
    pub(super) fn start(&mut self, place: Place, request: &Request, due: SimTime) {
        self.calendar.schedule(LEASE_END, place.0, due);
        self.watch.started(self.calendar.now(), place, request, due);
        self.meter(request).starts(request);
    }

    /// A member's request has slots of a tier.
    #[inline(always)]
    pub(super) fn burst(&mut self, request: &Request, tier: u8) {
        self.meter(request).bursts += 1;
        self.meters.tiers[request.home.index()][usize::from(tier)].bursts += 1;
        self.count_burst(request, true);
    }

    /// The bid that the member at `place` raises its bid to now, if it does; and when it does so again.
    pub(in crate::simulation) fn revised(&mut self, now: SimTime, place: Place, request: &Request) -> Option<Price> {
        let (bid, ticket) = (request.bid, Ticket::of(request.tag));
        let revision = self.model.groups[ticket.group as usize].group.revision.as_ref()?;
        let raised = revision.raised(bid, ticket.value);
        if raised > bid {
            let again = now.saturating_add(revision.every);
            self.calendar.schedule(REQUEST, RequestEvent::Revision.key(place.0), again);
        }
        (raised > bid).then_some(raised)
    }

    /// Nothing but the slots held and the price of a pool can have changed.
    #[inline(always)]
    pub(super) fn refill(&mut self, pool: PoolId, level: &PoolLevel) {
        let now = self.calendar.now();
        self.watch.level(now, pool, level);
        let meter = &mut self.meters.pools[pool.index()];
        meter.refill(now, level);
        if let Some(commitments) = &mut self.meters.commitments {
            commitments.level(now, pool, &meter.level);
        }
    }

    /// A member has held slots at home, and owes for them; its meter.
    #[inline(always)]
    pub(super) fn settle(&mut self, request: &Request, settled: &Settled) -> &mut MemberMeter {
        let pool = &mut self.meters.pools[settled.pool.index()];
        pool.revenue += settled.charge;
        #[cfg(debug_assertions)]
        pool.whole_run.add(settled.charge, false);
        self.meters.settled(settled);
        let meter = self.meter(request);
        meter.holds(settled.slot_ticks, Ticket::of(request.tag).value);
        meter
    }

    /// What it held were slots of a tier: more than [`Self::settle`] takes down.
    #[inline(always)]
    pub(super) fn settle_burst(&mut self, request: &Request, tier: u8, settled: &Settled) {
        self.meter(request).held_in_bursts += settled.slot_ticks;
        let tier = &mut self.meters.tiers[request.home.index()][usize::from(tier)];
        tier.held += settled.slot_ticks;
        tier.spending.charge += settled.charge;
        self.count_burst(request, false);
    }

    /// The work of a request was done, of which more is to be known than that.
    #[inline(never)]
    pub(super) fn completed_in_parts(&mut self, place: Place, request: &Request, settled: &Settled) {
        let held = settled.held(place, request);
        self.held(&held);
        self.billed(&held.bill(BillingKind::Use, settled.amount));
        self.ended(place, request, Ending::Completed);
        self.closed(place, request, Fate::Completed);
    }

    /// A request arrived of which more is to be known than what becomes of it.
    pub(super) fn attend(&mut self, place: Place, request: &Request) {
        if self.expects_bidders {
            self.expect_bidder(place, request);
        }
        if self.model.economics.offline_optimum {
            self.log(place, request);
        }
    }

    /// What the member who asks now will do later on.
    pub(super) fn expect_bidder(&mut self, place: Place, request: &Request) {
        let group = &self.model.groups[Ticket::of(request.tag).group as usize].group;
        let now = self.calendar.now();
        if let Some(revision) = &group.revision {
            let first = now.saturating_add(revision.every);
            self.calendar.schedule(REQUEST, RequestEvent::Revision.key(place.0), first);
        }
        if let Some(after) = self.withdraws_after {
            let at = now.saturating_add(after);
            self.calendar.schedule(REQUEST, RequestEvent::Withdrawal.key(place.0), at);
        }
    }

    /// The request at `place` is gone: nothing more is expected of its bidder.
    pub(super) fn forget_bidder(&mut self, place: Place, request: &Request) {
        let group = &self.model.groups[Ticket::of(request.tag).group as usize].group;
        if group.revision.is_some() {
            self.calendar.cancel(REQUEST, RequestEvent::Revision.key(place.0));
        }
        if group.withdrawal.is_some() {
            self.calendar.cancel(REQUEST, RequestEvent::Withdrawal.key(place.0));
        }
    }

    /// Adds a settled stretch (`sign` 1), or takes off what lies before the window (`sign` -1).
    #[inline(always)]
    pub(super) fn add_stretch(&mut self, held: &Held, sign: i128) {
        let stretch = held.slot_ticks * sign;
        let charge = Accrual::from_units(held.charge.units() * sign);
        self.meters.pools[held.pool.index()].revenue += charge;
        let spending = self.meters.spending_mut(held.currency, held.payer);
        spending.charge += charge;
        if held.fee != 0 {
            spending.fee += held.fee * sign;
        }
        if let Origin::Supply { to: supplies } = held.origin {
            if let Some(commitments) = &mut self.meters.commitments {
                commitments.supply_held(supplies, held, sign);
            }
            *self.meters.supplied.entry((held.pool, supplies)).or_default() += stretch;
            return;
        }
        let meter = &mut self.meters.members[self.model.member_of(held.asker)];
        meter.holds(stretch, Ticket::of(held.tag).value);
        if let Some(tier) = held.tier {
            meter.held_in_bursts += stretch;
            let tier = &mut self.meters.tiers[held.home.index()][usize::from(tier)];
            tier.held += stretch;
            tier.spending.charge += charge;
            tier.spending.fee += held.fee * sign;
        }
    }

    /// A period that began before the window is none of it; but one budget may be for the whole run.
    pub(super) fn is_of_window(&self, period: &BudgetPeriod) -> bool {
        let is_whole_run = period.from == SimTime::ZERO && period.to >= self.model.horizon;
        period.is_over && (period.from >= self.model.warm_up || is_whole_run)
    }

    /// A burst takes slots of somebody else, or gives them back.
    pub(super) fn count_burst(&mut self, request: &Request, starts: bool) {
        let Some(commitments) = &mut self.meters.commitments else { return };
        let owner = |pool: PoolId| self.model.pools[pool.index()].rules.owner;
        let payer = owner(request.home);
        if request.holds_in().is_some_and(|pool| owner(pool) != payer) {
            commitments.burst(self.calendar.now(), payer, request, starts);
        }
    }

    /// A pool has a slot of another one now, or no longer.
    pub(super) fn passed_on(&mut self, request: &Request, is_more: bool) {
        let Some(commitments) = &mut self.meters.commitments else { return };
        if let (Origin::Supply { to }, Some(from)) = (request.origin, request.holds_in()) {
            commitments.passed_on(self.calendar.now(), from, to, is_more);
        }
    }

    pub(super) fn shared(&mut self, record: &BillingRecord, sign: i128) {
        let joint_party = self.model.pools[record.pool.index()].rules.owner;
        self.meters.partners.shared(record, joint_party, sign);
    }

    /// Adds a member's part of a burst, or takes off what lies before the window.
    pub(super) fn add_recharge(&mut self, recharge: &Recharge, sign: i128) {
        let exact = recharge.exact * sign;
        self.meters.spending_mut(recharge.currency, recharge.payer).fee += exact;
        self.meters.tiers[recharge.home.index()][usize::from(recharge.tier)].recharged += exact;
    }

    /// What the owner of a pool owes for its existence, or less of it.
    pub(super) fn add_hours(&mut self, pool: PoolId, owed: i128) {
        let (owed, rules) = (Accrual::from_units(owed), &self.model.pools[pool.index()].rules);
        self.meters.operations.fees_mut(pool).charge += owed;
        self.meters.spending_mut(rules.currency, rules.owner).charge += owed;
    }

    pub(super) fn log(&mut self, place: Place, request: &Request) {
        let model = self.model;
        let speed = model.pools[request.home.index()].rules.speed;
        let until = request.arrived.saturating_add(speed.time_for(request.declared)).min(model.horizon);
        let record = RequestRecord {
            pool: request.home,
            arrived: request.arrived,
            until,
            slots: request.slots,
            value: Ticket::of(request.tag).value,
            held: SimDuration::ZERO,
        };
        self.meters.requests.iter_mut().for_each(|log| log.opened(place, record));
    }
}

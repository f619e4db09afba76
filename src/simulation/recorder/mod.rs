//! Listens to the marketplace: schedules what it asks for and counts what happens.

mod tally;

use std::collections::BTreeMap;

use crate::demand::Draw;
use crate::market::{
    Alarm, Answer, BillingKind, BillingRecord, BudgetPeriod, Cause, Effects, Ending, Fate, Held, JointUse, Origin,
    Place, PoolId, PoolLevel, Recharge, Request, Reserved, Round, Settled, SlotId, Stage, TierAsked, ZoneLevel,
};
use crate::simulation::directory::Directory;
use crate::simulation::meters::{MemberMeter, Meters, slot_ticks};
use crate::simulation::model::Model;
use crate::simulation::order::{self, EventCalendar, LEASE_END, PATIENCE, POOL, PoolEvent};
use crate::simulation::records::Watch;
use crate::simulation::ticket::Ticket;
use crate::units::{Accrual, Money, Price, SimDuration, SimTime};

/// What more is to be known of the few that have been interrupted.
#[derive(Clone, Copy, Debug, Default)]
struct Supplement {
    /// How often it has drawn its work afresh.
    attempts: u64,
    /// Work that going on after interruptions has cost so far, at speed 1.
    overhead: SimDuration,
    /// If it was interrupted last while it burst: from which pool, in which tier.
    fell_from: Option<(PoolId, u8)>,
}

/// The sink of one replication; `W` hears the same.
pub(super) struct Recorder<'a, W> {
    pub(super) watch: W,
    pub(super) model: &'a Model,
    pub(super) calendar: EventCalendar,
    pub(super) draws: Vec<Draw>,
    pub(super) meters: Meters,
    /// After what time the request that is being submitted is taken back, if it still waits then.
    pub(super) withdraws_after: Option<SimDuration>,
    supplements: BTreeMap<Place, Supplement>,
    /// By pool: what a slot is worth to those who have bid in the round that is open, by number of the request. Places are
    /// used again before a clock ends.
    bids: Vec<Vec<(u64, Price)>>,
    /// Does anybody revise its bids, or take requests back?
    expects_bidders: bool,
    /// Is there more to do for a member's request than to count?
    is_attentive: bool,
}

impl<'a, W: Watch> Recorder<'a, W> {
    pub(super) fn new(directory: &Directory<'a>, draws: Vec<Draw>, watch: W) -> Self {
        let model = directory.model;
        let expects_bidders =
            model.groups.iter().any(|group| group.group.revision.is_some() || group.group.withdrawal.is_some());
        Self {
            watch,
            model,
            calendar: order::calendar(model.groups.len()),
            draws,
            meters: Meters::new(directory),
            withdraws_after: None,
            supplements: BTreeMap::new(),
            bids: vec![Vec::new(); model.pools.len()],
            expects_bidders,
            is_attentive: expects_bidders || model.economics.offline_optimum,
        }
    }

    #[inline(always)]
    fn supplement(&self, place: Place) -> Supplement {
        // Mostly nobody has any.
        if self.supplements.is_empty() {
            return Supplement::default();
        }
        self.supplements.get(&place).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn meter(&mut self, request: &Request) -> &mut MemberMeter {
        &mut self.meters.members[self.model.member_of(request.payer)]
    }
}

impl<W: Watch> Effects for Recorder<'_, W> {
    #[inline(always)]
    fn opened(&mut self, place: Place, request: &Request) {
        match request.origin {
            Origin::Member => self.arrive(place, request),
            Origin::Supply { .. } => self.watch.opened(self.calendar.now(), place, request),
        }
    }

    #[inline(always)]
    fn started(&mut self, place: Place, request: &Request, due: SimTime) {
        if request.origin != Origin::Member {
            self.calendar.schedule(LEASE_END, place.0, due);
            self.watch.started(self.calendar.now(), place, request, due);
            return self.passed_on(request, true);
        }
        self.start(place, request, due);
        if let Some(tier) = request.tier() {
            self.burst(request, tier);
        }
    }

    fn waiting(&mut self, place: Place, request: &Request, patience: Option<SimDuration>) {
        if let Some(patience) = patience {
            let until = self.calendar.now().saturating_add(patience);
            self.calendar.schedule(PATIENCE, place.0, until);
        }
        if request.origin == Origin::Member && request.waited == SimDuration::ZERO && !request.has_started {
            self.meter(request).delayed += 1;
        }
    }

    fn waited(&mut self, place: Place, request: &Request, waited: SimDuration) {
        if request.patience.is_some() {
            self.calendar.cancel(PATIENCE, place.0);
        }
        if request.origin == Origin::Member {
            self.meter(request).waiting += i128::from(waited.ticks());
        }
    }

    /// In one go what the single effects would do one after the other, in their order.
    #[inline(always)]
    fn began(&mut self, place: Place, request: &Request, due: SimTime, level: &PoolLevel) {
        self.arrive_and_start(place, request, due);
        self.refill(request.home, level);
    }

    /// The same.
    #[inline(always)]
    fn began_in_tier(
        &mut self,
        place: Place,
        request: &Request,
        due: SimTime,
        asked: &TierAsked,
        [level, _]: &[PoolLevel; 2],
    ) {
        self.arrive_and_start(place, request, due);
        self.burst(request, asked.tier);
        self.refill(asked.pool, level);
        self.tier_asked(asked);
    }

    /// The same.
    #[inline(always)]
    fn completed(&mut self, place: Place, request: &Request, settled: &Settled, level: &PoolLevel) {
        if self.is_attentive {
            self.completed_in_parts(place, request, settled);
        } else {
            let (now, held) = (self.calendar.now(), || settled.held(place, request));
            self.watch.held(held);
            self.watch.billed(now, || held().bill(BillingKind::Use, settled.amount));
            self.settle(request, settled).closes(Fate::Completed);
            if let Some(tier) = request.tier() {
                self.settle_burst(request, tier, settled);
            }
            if !self.supplements.is_empty() {
                self.supplements.remove(&place);
            }
            self.meters.events += 1;
            self.watch.ended(now, place, request, Ending::Completed);
            self.watch.closed(now, place, request, Fate::Completed);
        }
        self.refill(settled.pool, level);
    }

    /// The same.
    #[inline(always)]
    fn displaced(
        &mut self,
        winner: (Place, &Request, SimTime),
        loser: (Place, &mut Request),
        settled: &Settled,
        level: &PoolLevel,
        left: SimDuration,
    ) {
        let now = self.calendar.now();
        let (place, request, due) = winner;
        let (victim, lost) = loser;
        self.arrive(place, request);
        self.calendar.cancel(LEASE_END, victim.0);
        let held = || settled.held(victim, lost);
        self.watch.held(held);
        self.watch.billed(now, || held().bill(BillingKind::Use, settled.amount));
        self.watch.ended(now, victim, lost, Ending::Interrupted(Cause::Outbid));
        self.watch.interrupted(now, victim, lost, Cause::Outbid);
        self.start(place, request, due);
        let meter = self.settle(lost, settled);
        meter.is_interrupted(lost, Cause::Outbid);
        self.meters.recent_interruptions[settled.pool.index()] += 1;
        if !self.supplements.is_empty()
            && let Some(supplement) = self.supplements.get_mut(&victim)
        {
            supplement.fell_from = None;
        }
        if let Some(log) = self.meters.requests.as_mut() {
            log.held(&held());
        }
        lost.release(left);
        self.closed(victim, lost, Fate::Lost);
        self.refill(settled.pool, level);
    }

    #[inline(always)]
    fn held(&mut self, held: &Held) {
        self.watch.held(|| *held);
        self.add_stretch(held, 1);
        if let Some(log) = self.meters.requests.as_mut() {
            log.held(held);
        }
        #[cfg(debug_assertions)]
        {
            self.meters.pools[held.pool.index()].whole_run.add(held.charge, held.is_prepaid);
        }
    }

    fn held_so_far(&mut self, held: &Held) {
        self.add_stretch(held, -1);
    }

    fn waited_so_far(&mut self, _: Place, request: &Request, waited: SimDuration) {
        if request.origin == Origin::Member {
            self.meter(request).waiting -= i128::from(waited.ticks());
        }
    }

    #[inline(always)]
    fn ended(&mut self, place: Place, request: &Request, ending: Ending) {
        self.watch.ended(self.calendar.now(), place, request, ending);
        match ending {
            Ending::Completed => self.meters.events += u64::from(request.origin == Origin::Member),
            Ending::Interrupted(_) | Ending::MovedHome | Ending::Closed | Ending::Returned => {
                self.calendar.cancel(LEASE_END, place.0);
            }
        }
        if request.origin != Origin::Member {
            self.passed_on(request, false);
        }
        if let Some(tier) = request.tier() {
            self.count_burst(request, false);
            let meter = &mut self.meters.tiers[request.home.index()][usize::from(tier)];
            meter.moved_home += u64::from(ending == Ending::MovedHome);
            if let Ending::Interrupted(cause) = ending {
                meter.interruptions += 1;
                meter.causes[cause as usize] += 1;
                self.supplements.entry(place).or_default().fell_from = Some((request.home, tier));
            }
        } else if let (Some(supplement), Ending::Interrupted(_)) = (self.supplements.get_mut(&place), ending) {
            supplement.fell_from = None;
        }
    }

    #[inline(always)]
    fn closed(&mut self, place: Place, request: &Request, fate: Fate) {
        if request.has_started && matches!(fate, Fate::Lost | Fate::Abandoned | Fate::Withdrawn) {
            let kept = request.declared - request.work + self.supplement(place).overhead;
            self.work_lost(place, request, kept, SimDuration::ZERO);
        }
        if !self.supplements.is_empty() {
            self.supplements.remove(&place);
        }
        self.watch.closed(self.calendar.now(), place, request, fate);
        if request.origin != Origin::Member {
            return;
        }
        if self.expects_bidders {
            self.forget_bidder(place, request);
        }
        if let Some(log) = self.meters.requests.as_mut() {
            log.closed(place, fate);
        }
        self.meter(request).closes(fate);
    }

    #[inline(always)]
    fn level(&mut self, pool: PoolId, level: &PoolLevel) {
        self.watch.level(self.calendar.now(), pool, level);
        self.meters.pools[pool.index()].update(self.calendar.now(), level);
        if let Some(commitments) = &mut self.meters.commitments {
            commitments.level(self.calendar.now(), pool, level);
        }
    }

    #[inline(always)]
    fn billed(&mut self, record: &BillingRecord) {
        use crate::market::BillingKind::{Fee, FlatFee, PoolFee, PoolHours, Prepaid, Recharge, Sharing, Upfront, Use};
        self.watch.billed(self.calendar.now(), || *record);
        self.meters.billed(record);
        let fixed = match record.kind {
            Use | Fee | Recharge | PoolHours => return, // told as exact charges of the stretch
            Upfront => return,                          // told with its term
            FlatFee | Prepaid | PoolFee | Sharing => record.amount,
        };
        self.meters.spending_mut(record.currency, record.payer).fixed += fixed;
        if record.kind == PoolFee {
            self.meters.operations.fees_mut(record.pool).fixed += fixed;
        }
        if let Some(tier) = record.tier {
            self.meters.tiers[record.home.index()][usize::from(tier)].spending.fixed += fixed;
        }
        if record.kind == Sharing {
            self.shared(record, 1);
        }
        debug_assert!(fixed >= Money::ZERO);
    }

    fn reserved(&mut self, term: &Reserved) {
        let now = self.calendar.now();
        self.watch.reserved(term);
        let currency = self.model.pools[term.from.index()].rules.currency;
        self.meters.commitments.iter_mut().for_each(|commitments| commitments.reserved(now, term, currency));
    }

    fn supplied(&mut self, pool: PoolId, line: usize, slots: u32, _: u32) {
        if let Some(commitments) = &mut self.meters.commitments {
            commitments.supplied(self.calendar.now(), pool, line, slots);
        }
    }

    fn unit_used(&mut self, place: Place, request: &Request, is_used: bool) {
        self.watch.unit_used(self.calendar.now(), place, request, is_used);
    }

    fn placed(&mut self, place: Place, request: &Request, slots: &[SlotId]) {
        self.watch.placed(place, request, slots);
    }

    fn entered(&mut self, pool: PoolId, stage: Stage) {
        self.watch.entered(self.calendar.now(), pool, stage);
    }

    fn lent(&mut self, from: PoolId, _: PoolId, slots: u32) {
        let now = self.calendar.now();
        self.meters.loans.iter_mut().for_each(|loans| loans.lent(now, from, slots));
    }

    fn sold_on_loan(&mut self, pool: PoolId, slots: u32, integral: Accrual) {
        let now = self.calendar.now();
        self.meters.loans.iter_mut().for_each(|loans| loans.sold(now, pool, slots, integral));
    }

    fn stock_out(&mut self, pool: PoolId) {
        self.meters.stock_outs[pool.index()] += 1;
    }

    fn joint_use(&mut self, levels: &JointUse) {
        let now = self.calendar.now();
        self.meters.partners.update(now, levels);
        self.meters.commitments.iter_mut().for_each(|commitments| commitments.joint_use(now, levels));
    }

    fn shared_so_far(&mut self, record: &BillingRecord) {
        self.meters.spending_mut(record.currency, record.payer).fixed -= record.amount;
        self.shared(record, -1);
    }

    fn recharged(&mut self, recharge: &Recharge) {
        self.add_recharge(recharge, 1);
    }

    fn recharged_so_far(&mut self, recharge: &Recharge) {
        self.add_recharge(recharge, -1);
    }

    fn tier_asked(&mut self, asked: &TierAsked) {
        let meter = &mut self.meters.tiers[asked.home.index()][usize::from(asked.tier)];
        meter.asked += 1;
        asked.refusal.into_iter().for_each(|refusal| meter.refused.count(refusal));
        if asked.is_first {
            let time = self.model.pools[asked.pool.index()].rules.speed.time_for(asked.work);
            meter.offered += slot_ticks(asked.slots, time);
        }
    }

    fn budget_period(&mut self, period: &BudgetPeriod) {
        if self.is_of_window(period) {
            self.meters.budgets[period.pool.index()].count(period);
        }
    }

    fn tier_budget_period(&mut self, tier: u8, period: &BudgetPeriod) {
        if self.is_of_window(period) {
            self.meters.tiers[period.pool.index()][usize::from(tier)].budget.count(period);
        }
    }

    fn bid(&mut self, pool: PoolId, place: Place, request: &Request) {
        self.watch.bid(pool, place, request);
        let value = Ticket::of(request.tag).value;
        self.bids[pool.index()].push((request.number, value));
    }

    fn round(&mut self, round: &Round<'_>) {
        self.watch.round(self.calendar.now(), round);
        let mut bids = std::mem::take(&mut self.bids[round.pool.index()]);
        bids.sort_unstable_by_key(|(request, _)| *request);
        let value = |request| {
            let found = bids.binary_search_by_key(&request, |(request, _)| *request);
            bids[found.expect("whoever is told of in a round has bid in it")].1
        };
        self.meters.rounds[round.pool.index()].count(round, value);
    }

    fn zone(&mut self, zone: u32, level: &ZoneLevel) {
        let now = self.calendar.now();
        self.meters.hardware.iter_mut().for_each(|hardware| hardware.zone(now, zone, level));
    }

    fn in_service(&mut self, pool: PoolId, slots: u32) {
        let now = self.calendar.now();
        self.meters.hardware.iter_mut().for_each(|hardware| hardware.in_service(now, pool.index(), slots));
    }

    fn budget_watch(&mut self, pool: PoolId, at: SimTime) {
        self.calendar.schedule(POOL, PoolEvent::BudgetWatch.key(pool.0, self.model.pools.len()), at);
    }

    fn alarm(&mut self, alarm: Alarm, at: SimTime) {
        let (class, key) = order::of_alarm(alarm, self.model.pools.len());
        self.calendar.schedule(class, key, at);
    }

    #[inline(always)]
    fn work_lost(&mut self, place: Place, request: &Request, lost: SimDuration, cost: SimDuration) {
        if request.origin == Origin::Member {
            self.watch.work_lost(place, request, lost);
            if cost > SimDuration::ZERO {
                self.supplements.entry(place).or_default().overhead += cost;
            }
            self.meter(request).work_lost += slot_ticks(request.slots, lost);
            if let Some((home, tier)) = self.supplement(place).fell_from {
                self.meters.tiers[home.index()][usize::from(tier)].work_lost += slot_ticks(request.slots, lost);
            }
        }
    }

    fn cut(&mut self, _: Place, request: &Request, slots: u32) {
        self.meter(request).cut_slots += u64::from(slots);
    }

    fn answered(&mut self, answer: &Answer) {
        self.watch.answered(self.calendar.now(), answer);
        self.meters.operations.count(answer);
    }

    fn revised(&mut self, place: Place, request: &Request) {
        self.watch.revised(self.calendar.now(), place, request);
    }

    fn due(&mut self, place: Place, _: &Request, due: SimTime) {
        self.calendar.schedule(LEASE_END, place.0, due);
    }

    fn existed(&mut self, pool: PoolId, owed: Accrual) {
        self.watch.existed(pool, owed);
        self.add_hours(pool, owed.units());
    }

    fn existed_so_far(&mut self, pool: PoolId, owed: Accrual) {
        self.add_hours(pool, -owed.units());
    }

    fn fresh_work(&mut self, place: Place, request: &Request) -> SimDuration {
        let Ticket { group, number, .. } = Ticket::of(request.tag);
        let supplement = self.supplements.entry(place).or_default();
        supplement.attempts += 1;
        let (group, attempts) = (group as usize, supplement.attempts);
        let fresh = self.draws[group].fresh_duration(&self.model.groups[group].group, number, attempts);
        fresh.unwrap_or(request.declared)
    }

    #[inline(always)]
    fn interrupted(&mut self, place: Place, request: &Request, cause: Cause) {
        self.watch.interrupted(self.calendar.now(), place, request, cause);
        if request.origin != Origin::Member {
            return;
        }
        self.meters.recent_interruptions[request.home.index()] += 1;
        self.meter(request).is_interrupted(request, cause);
    }
}

//! The state machine: one command in, its consequences out.

use std::collections::BTreeMap;

use super::burst::MOST_TIERS;
use super::command::{Alarm, Command};
use super::effects::Effects;
use super::ids::{CurrencyId, PartyId, Place, PoolId};
use super::interruption::Evicted;
use super::ledger::Ledger;
use super::placing::Placing;
use super::pool::Pool;
use super::records::{Cause, Ending, Fate};
use super::request::{Request, State};
use super::resale::{self, Promise};
use super::reservations::{self, Unit};
use super::rules::{PoolRules, Pricing, Stage};
use crate::collections::Slab;
use crate::units::{Accrual, Price, SimDuration, SimTime};

/// All pools, all live requests and the ledger.
#[derive(Clone, Debug)]
pub struct Marketplace {
    pub(super) pools: Vec<Pool>,
    /// Lists of pools that requests choose from.
    pub(super) choices: Vec<Vec<PoolId>>,
    pub(super) requests: Slab<Request>,
    pub(super) ledger: Ledger,
    /// Pools that wait for a clearing, in the order in which slots became free.
    pub(super) dirty: Vec<PoolId>,
    pub(super) next_request: u64,
    pub(super) next_lease: u64,
    pub(super) next_operation: u64,
    /// Slots of supply lines, where a pool has bought any for a term.
    pub(super) reserved: BTreeMap<Place, Unit>,
    /// Bursts that wait for a slot on loan.
    pub(super) promised: BTreeMap<Place, Promise>,
    /// Those who lost a slot on loan and still have to do something.
    pub(super) displaced: Vec<Evicted>,
    /// The first thing that an owner's formula could not say, and of which pool it is.
    pub(super) fault: Option<(PoolId, String)>,
    /// Where slots stand, if any have a place.
    pub(super) placing: Option<Box<Placing>>,
    /// Are the short ways taken?
    pub(super) knows_short_ways: bool,
}

impl Marketplace {
    /// A marketplace of these pools, for so many currencies and parties.
    ///
    /// # Panics
    /// If a pool names a pool, party or currency that does not exist, bursts into or is supplied by itself or a private pool
    /// of somebody else that is not open to its owner, has a burst policy that mixes currencies
    /// ([`super::BurstRules::mixed`]) or has more than 64 tiers, or buys slots for a term from a pool that does not post its
    /// price or bills whole units of time. Scenario files are checked for all of this before.
    #[must_use]
    pub fn new(pools: Vec<PoolRules>, currencies: usize, parties: usize) -> Self {
        let all: Vec<&PoolRules> = pools.iter().collect();
        for (index, rules) in pools.iter().enumerate() {
            assert!(rules.owner.index() < parties && rules.currency.index() < currencies, "unknown owner or currency");
            check_upstream(index, &all);
            for line in rules.supply.iter().filter(|line| line.purchase.is_some()) {
                let source = &pools[line.from.index()];
                let sells = matches!(source.pricing, Pricing::Posted(_)) && source.billing_unit.is_none();
                assert!(sells, "slots are bought for a term where the price is posted, and billed to the instant");
            }
            let mut merges = rules.joint.iter().flat_map(|joint| joint.merges.iter());
            assert!(merges.all(|pool| pool.index() < pools.len() && pool.index() != index), "unknown pool to merge");
        }
        let mut pools: Vec<Pool> = pools.into_iter().map(Pool::new).collect();
        Self::connect_bursts(&mut pools);
        (0..pools.len()).for_each(|index| reservations::connect(&mut pools, index));
        (0..pools.len()).for_each(|index| resale::connect(&mut pools, index));
        let ledger = Ledger::new(currencies, parties);
        let requests = Slab::default();
        Self {
            pools,
            choices: Vec::new(),
            requests,
            ledger,
            dirty: Vec::new(),
            next_request: 0,
            next_lease: 0,
            next_operation: 0,
            reserved: BTreeMap::new(),
            promised: BTreeMap::new(),
            displaced: Vec::new(),
            fault: None,
            placing: None,
            knows_short_ways: true,
        }
    }

    /// Another pool is planned: it can be created from now on, wherever its rules say that it begins. The pools that it takes slots from must be there already.
    ///
    /// # Panics
    /// As [`Marketplace::new`].
    pub fn plan(&mut self, rules: PoolRules) -> PoolId {
        let index = self.pools.len();
        let is_known = rules.owner.index() < self.ledger.parties() && rules.currency.index() < self.ledger.currencies();
        assert!(is_known, "unknown owner or currency");
        check_upstream(index, &self.pools.iter().map(|pool| &pool.rules).chain([&rules]).collect::<Vec<_>>());
        let mut pool = Pool::new(rules);
        pool.enter_stage(Stage::Planned);
        self.pools.push(pool);
        Self::connect_bursts(&mut self.pools);
        reservations::connect(&mut self.pools, index);
        resale::connect(&mut self.pools, index);
        PoolId(u32::try_from(index).expect("fewer pools than 2^32"))
    }

    /// Applies `command` at `now` and tells `fx` what follows. Time must not run backwards.
    ///
    /// # Panics
    /// If a command names a place or pool that does not exist, releases a request that holds no slots, or submits one that asks for
    /// none to a pool that ranks bids.
    #[inline(always)]
    pub fn apply(&mut self, now: SimTime, command: Command, fx: &mut impl Effects) {
        match command {
            Command::Submit(submission) => self.submit(now, &submission, fx),
            Command::Release(place) => self.release(now, place, fx),
            Command::Clear => self.clear_dirty(now, fx),
            Command::Abandon(place) => self.abandon(now, place, fx),
            Command::WatchBudget(pool) => self.watch_budget(now, pool, fx),
            Command::ResetBudget(pool) => self.reset_budget(now, pool, fx),
            Command::Repair(component) => self.repair(now, component, fx),
            Command::Fail(component) => self.fail(now, component, fx),
            Command::SubmitPlaced(submission, wish) => self.submit_placed(now, &submission, &wish, fx),
            Command::SetMinimum(pool, minimum) => self.set_minimum(now, pool, minimum, fx),
            Command::SetPrice(pool, price) => self.set_given_price(now, pool, price, fx),
            Command::Operate(operation) => self.operate(now, &operation, fx),
            Command::Wake(alarm) => self.wake(now, alarm, fx),
            Command::Revise(place, bid) => self.revise(now, place, bid, fx),
            Command::Withdraw(place) => self.withdraw(now, place, fx),
            Command::Open => self.open(now, fx),
            Command::Cut => self.cut(now, fx),
            Command::Close => self.close(now, fx),
        }
    }

    /// Is a [`Command::Clear`] due at this instant?
    #[inline(always)]
    #[must_use]
    pub fn needs_clearing(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// The books.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The first thing that an owner's formula could not say, an overflow or a division by zero, and of which pool it is.
    /// From then on the price, minimum or rank that it should have set stayed as it was.
    #[must_use]
    pub fn fault(&self) -> Option<(PoolId, &str)> {
        self.fault.as_ref().map(|(pool, message)| (*pool, message.as_str()))
    }

    /// The request at `place`.
    #[must_use]
    pub fn request(&self, place: Place) -> &Request {
        &self.requests[place.0]
    }

    /// The price in force in `pool`.
    #[must_use]
    pub fn price(&self, pool: PoolId) -> Price {
        self.pools[pool.index()].integral.price()
    }

    /// ∫ price dt of `pool` from the start to `now`.
    #[must_use]
    pub fn price_integral(&self, pool: PoolId, now: SimTime) -> Accrual {
        self.pools[pool.index()].integral.at(now)
    }

    /// Money that `party` has received less what it has paid.
    #[must_use]
    pub fn balance(&self, currency: CurrencyId, party: PartyId) -> crate::units::Money {
        self.ledger.balance(currency, party)
    }

    fn wake(&mut self, now: SimTime, alarm: Alarm, fx: &mut impl Effects) {
        match alarm {
            Alarm::Lease(place) => self.lease_alarm(now, place, fx),
            Alarm::Unit(place) => self.begin_unit(now, place, fx),
            Alarm::Overflow(place) => self.overflow_alarm(now, place, fx),
            Alarm::Quote(pool) => self.quote(now, pool, fx),
            Alarm::Minimum(pool) => self.quote_minimum(now, pool, fx),
            Alarm::Credits(pool) => self.refill_credits(now, pool, fx),
            Alarm::Supply(pool) => self.ask_for_supply(now, pool, fx),
            Alarm::Sharing(pool) => self.sharing_alarm(now, pool, fx),
            Alarm::Round(pool) => self.round_alarm(now, pool, fx),
            Alarm::Scale(pool) => self.scale(now, pool, fx),
            Alarm::Slots(pool) => self.slots_alarm(now, pool, fx),
            Alarm::Term(pool) => self.term_alarm(now, pool, fx),
        }
    }

    /// The first alarms of a pool that works by the clock.
    pub(super) fn set_alarms(&self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        if let Some(period) = pool.quote_period() {
            // A formula's price is there from the start; a cleared price comes with the first cycle.
            let first = if matches!(pool.rules.pricing, Pricing::Formula(_)) { SimDuration::ZERO } else { period };
            fx.alarm(Alarm::Quote(id), now.saturating_add(first));
        }
        if pool.rules.minimum_formula.is_some() {
            fx.alarm(Alarm::Minimum(id), now);
        }
        if let Some(at) = pool.next_round(now) {
            fx.alarm(Alarm::Round(id), at);
        }
        if let Some(every) = pool.rules.fairness.as_ref().and_then(|fairness| fairness.credits?.every) {
            fx.alarm(Alarm::Credits(id), now.saturating_add(every));
        }
    }

    fn refill_credits(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let Some(fairness) = &mut self.pools[id.index()].fairness else { return };
        fairness.refill();
        if let Some(every) = fairness.credits().and_then(|credits| credits.every) {
            fx.alarm(Alarm::Credits(id), now.saturating_add(every));
        }
        self.mark_dirty(id);
        self.bids_changed(now, id, fx);
    }

    #[inline(always)]
    fn release(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        if !self.release_shortly(now, place, fx) {
            self.release_by_rules(now, place, fx);
        }
    }

    #[inline(never)]
    fn release_by_rules(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        if self.is_term_over(place) {
            let Some(pool) = self.requests[place.0].holds_in() else { unreachable!("only a lease can end") };
            let evicted = self.evict(now, place, Cause::Term, fx);
            self.after_eviction(now, &evicted, fx);
            return self.refresh(now, pool, fx);
        }
        if !self.reserved.is_empty() && self.term_ended(now, place, fx) {
            return;
        }
        let pool = self.end_lease(now, place, Ending::Completed, fx);
        self.finish(place, Fate::Completed, fx);
        self.refresh(now, pool, fx);
    }

    /// Does the lease at `place` end by its term, with work left?
    #[inline(always)]
    fn is_term_over(&self, place: Place) -> bool {
        let request = &self.requests[place.0];
        let pool = &self.pools[request.home.index()];
        if pool.is_plain || !pool.is_auction() || request.tier().is_some() {
            return false;
        }
        pool.rules.speed.work_in(pool.lease_time(request.work)) < request.work
    }

    /// Closes a request that neither waits nor holds anything any more.
    #[inline(always)]
    pub(super) fn finish(&mut self, place: Place, fate: Fate, fx: &mut impl Effects) {
        fx.closed(place, &self.requests[place.0], fate);
        if !self.reserved.is_empty() {
            self.reserved.remove(&place);
        }
        self.requests.free(place.0);
    }

    /// Notes that slots of `pool` may have become free for somebody who waits.
    #[inline(always)]
    pub(super) fn mark_dirty(&mut self, id: PoolId) {
        if self.pools[id.index()].tells_of_free {
            self.slots_freed(id);
        }
        let pool = &mut self.pools[id.index()];
        if !pool.dirty && pool.book.is_anybody_waiting() && !pool.is_auction() {
            pool.dirty = true;
            self.dirty.push(id);
        }
    }

    /// Brings the price and the reported levels of `pool` up to date after a change.
    #[inline(always)]
    pub(super) fn refresh(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        if self.pools[id.index()].is_followed {
            self.follow(now, id, fx);
        }
        let pool = &mut self.pools[id.index()];
        let change = pool.reprice(now);
        fx.level(id, &pool.level());
        if pool.tells_of_level {
            self.watch_level(id);
        }
        if let Some(change) = change.filter(|_| self.pools[id.index()].is_watched) {
            self.tier_price_changed(now, id, change, fx);
        }
    }

    /// What else changes with the levels of a pool.
    fn follow(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        if self.pools[id.index()].reservations.is_some() {
            self.follow_reservations(now, id, fx);
        }
        if self.pools[id.index()].loans.is_some() {
            self.follow_loans(now, id, fx);
        }
        if !self.pools[id.index()].is_plain {
            self.divide_anew(now, id, fx);
            self.tell_partners(id, fx);
        }
    }

    fn cut(&mut self, now: SimTime, fx: &mut impl Effects) {
        for place in self.requests.alive() {
            match self.requests[place].state {
                State::Holding(_) => {
                    let held = self.stretch(now, Place(place));
                    fx.held_so_far(&held);
                    self.recharge_so_far(&held, fx);
                }
                State::Waiting { since } => fx.waited_so_far(Place(place), &self.requests[place], now - since),
                State::Pending => {}
            }
        }
        self.cut_joint(now, fx);
        self.tell_hours_so_far(now, fx);
    }

    fn close(&mut self, now: SimTime, fx: &mut impl Effects) {
        for place in self.requests.alive().into_iter().map(Place) {
            match self.requests[place.0].state {
                State::Holding(_) => {
                    self.end_lease(now, place, Ending::Closed, fx);
                }
                State::Waiting { .. } => self.leave_queue(now, place, fx),
                State::Pending => {}
            }
            self.finish(place, Fate::Open, fx);
        }
        self.share_all(now, fx);
        for index in 0..self.pools.len() {
            self.report_budget(now, PoolId(index as u32), fx);
        }
        for id in self.pool_ids() {
            self.bill_hours(now, id, fx);
        }
    }
}

fn check_upstream(index: usize, pools: &[&PoolRules]) {
    let rules = pools[index];
    let tiers = rules.burst.iter().flat_map(|burst| burst.tiers.iter().copied());
    for upstream in tiers.chain(rules.suppliers()) {
        assert!(upstream.index() != index, "a pool cannot take slots from itself");
        let upstream = pools.get(upstream.index()).expect("a known pool to take slots from");
        assert!(upstream.is_open_to(rules.owner), "the slots are its members', and its owner's");
    }
    let tiers = rules.burst.as_ref().map_or(0, |burst| burst.tiers.len());
    assert!(tiers <= MOST_TIERS, "more tiers than a ladder has");
    let mixed =
        rules.burst.iter().flat_map(|burst| burst.mixed(rules.currency, |pool| pools[pool.index()].currency)).next();
    assert!(mixed.is_none(), "currencies must not be mixed");
}

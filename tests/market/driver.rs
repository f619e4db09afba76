//! The smallest driver that keeps the protocol: work is released when it is due, budgets are looked at and alarms served
//! when asked, patience ends; at one instant in the order releases, notices and guarantees, budget resets, budget watches,
//! credits, minimum prices, quotes, clearing, what bidders do, patience, arrivals, and rounds when time moves on.

use std::collections::BTreeMap;
use std::sync::Arc;

use overspill::market::{
    AccountId, Alarm, BillingKind, Change, Command, CurrencyId, Denial, Hardware, Held, Marketplace, Operation,
    PartyId, PlaceWish, PoolId, PoolLevel, PoolRules, Pricing, Slots, SpotRules, Submission,
};
use overspill::market::{Payment, PriceRule};
use overspill::units::{Money, Price, SimDuration, SimTime};

use crate::recorder::{Doing, Recorder, Seen};

/// Parties of the small worlds of these tests.
pub(crate) const PROVIDER: PartyId = PartyId(0);
pub(crate) const CUSTOMER: PartyId = PartyId(1);
pub(crate) const MEMBER: PartyId = PartyId(2);
pub(crate) const STRANGER: PartyId = PartyId(3);
const PARTIES: usize = 4;

pub(crate) fn price(units: i64) -> Price {
    Price::from_units(units)
}

pub(crate) const fn ticks(ticks: i64) -> SimDuration {
    SimDuration::from_ticks(ticks)
}

/// A spot pool at the lowest accepted bid, without waiting room.
pub(crate) fn spot(owner: PartyId, slots: u32) -> PoolRules {
    let rules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
    PoolRules { pricing: Pricing::Spot(rules), ..PoolRules::posted(owner, Slots::Count(slots), Price::ZERO) }
}

/// Does a pool never charge anything?
fn is_free(rules: &PoolRules) -> bool {
    matches!(rules.pricing, Pricing::Posted(Price::ZERO)) && rules.minimum == Price::ZERO
}

fn currencies_of(pools: &[PoolRules]) -> Vec<CurrencyId> {
    pools.iter().map(|pool| pool.currency).collect()
}

/// A request of the member for one slot, for longer than any test runs.
pub(crate) fn ask(pool: u32, bid: i64) -> Submission {
    let pool = PoolId(pool);
    Submission {
        pool,
        choices: None,
        payer: MEMBER,
        slots: 1,
        bid: price(bid),
        work: SimDuration::from_hours(1000),
        patience: None,
        max_price: None,
        tag: [0; 2],
    }
}

/// A budget watch: what was open when the marketplace was woken, and what it left open.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) at: SimTime,
    /// The pool's open burst leases at this instant, and as they would be a tick later.
    pub(crate) open: Vec<Held>,
    pub(crate) a_tick_later: Vec<Held>,
    /// The pool's open burst leases after it was looked at.
    pub(crate) left: Vec<Held>,
    /// Billing records before it was looked at.
    pub(crate) bills: usize,
}

impl Watch {
    pub(crate) fn has_ended_all(&self) -> bool {
        !self.open.is_empty() && self.left.is_empty()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Driver {
    pub(crate) market: Marketplace,
    pub(crate) log: Recorder,
    pub(crate) watches: Vec<Watch>,
    now: SimTime,
    commands: u32,
    /// Commands since time moved last.
    commands_now: u32,
    /// Pools that never charge anything: what is held there is no matter of a budget.
    free: Vec<bool>,
    /// By pool.
    currencies: Vec<CurrencyId>,
    /// What must hold after every command.
    audit: Option<fn(&Driver)>,
}

/// More commands than any test needs: a marketplace that goes on for ever is found out.
const MANY: u32 = 10_000;

/// More commands than any test needs at one instant.
const MANY_AT_ONCE: u32 = 500;

impl Driver {
    /// A marketplace of these pools, opened at time zero.
    pub(crate) fn new(pools: Vec<PoolRules>) -> Self {
        Self::with_parties(pools, PARTIES)
    }

    /// The same for so many parties.
    pub(crate) fn with_parties(pools: Vec<PoolRules>, parties: usize) -> Self {
        let (free, currencies) = (pools.iter().map(is_free).collect(), currencies_of(&pools));
        let count = 1 + currencies.iter().map(|currency| currency.index()).max().unwrap_or(0);
        Self::of(Marketplace::new(pools, count, parties), free, currencies, None)
    }

    /// The same with all that there may be, where `audit` must hold after every command.
    pub(crate) fn in_world(
        pools: Vec<PoolRules>,
        parties: usize,
        hardware: Option<Hardware>,
        choices: Vec<Vec<PoolId>>,
        audit: fn(&Self),
    ) -> Self {
        let (free, currencies) = (pools.iter().map(is_free).collect(), currencies_of(&pools));
        let count = 1 + currencies.iter().map(|currency| currency.index()).max().unwrap_or(0);
        let market = Marketplace::new(pools, count, parties).with_choices(choices);
        let market = match hardware {
            Some(hardware) => market.with_hardware(Arc::new(hardware)),
            None => market,
        };
        Self::of(market, free, currencies, Some(audit))
    }

    /// The same with pools on hardware; budgets are not watched.
    pub(crate) fn on_hardware(pools: Vec<PoolRules>, hardware: Hardware) -> Self {
        let (free, currencies) = (vec![true; pools.len()], currencies_of(&pools));
        let market = Marketplace::new(pools, 1, PARTIES).with_hardware(Arc::new(hardware));
        Self::of(market, free, currencies, None)
    }

    fn of(market: Marketplace, free: Vec<bool>, currencies: Vec<CurrencyId>, audit: Option<fn(&Self)>) -> Self {
        let (log, watches, now) = (Recorder::default(), Vec::new(), SimTime::ZERO);
        let mut driver = Self { market, log, watches, now, commands: 0, commands_now: 0, free, currencies, audit };
        driver.apply(Command::Open);
        driver
    }

    /// The same, for requests that choose among these pools.
    pub(crate) fn with_choices(self, choices: Vec<Vec<PoolId>>) -> Self {
        Self { market: self.market.with_choices(choices), ..self }
    }

    /// The same without the short ways.
    pub(crate) fn by_the_long_way(self) -> Self {
        Self { market: self.market.by_the_long_way(), ..self }
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.ticks()
    }

    /// Runs up to `time`, including the releases that are due then: what else falls on it waits for the next call.
    pub(crate) fn run_to(&mut self, time: i64) {
        let time = SimTime::from_ticks(time);
        assert!(time >= self.now, "time runs forwards");
        if time > self.now {
            self.finish_instant();
        }
        while let Some(next) = self.next_event().filter(|next| *next < time) {
            self.move_to(next);
            self.finish_instant();
        }
        self.move_to(time);
        self.release_due();
    }

    fn move_to(&mut self, time: SimTime) {
        if time > self.now {
            (self.now, self.commands_now) = (time, 0);
        }
    }

    pub(crate) fn submit(&mut self, submission: Submission) -> u64 {
        self.settle();
        let number = self.log.seen.keys().next_back().map_or(0, |last| last + 1);
        self.apply(Command::Submit(submission));
        self.clear();
        self.market.ledger().check().expect("the books balance");
        number
    }

    /// The same for a request that asks something of its place.
    pub(crate) fn submit_placed(&mut self, submission: Submission, wish: PlaceWish) -> u64 {
        self.settle();
        let number = self.log.seen.keys().next_back().map_or(0, |last| last + 1);
        self.apply(Command::SubmitPlaced(submission, wish));
        self.clear();
        number
    }

    /// Hardware fails or is repaired, and the pools are cleared.
    pub(crate) fn hardware(&mut self, command: Command) {
        self.apply(command);
        self.clear();
        self.market.ledger().check().expect("the books balance");
    }

    /// Slots that a request holds.
    pub(crate) fn slots_of(&self, number: u64) -> Vec<u32> {
        self.market.slots_of(self.seen(number).place).iter().map(|slot| slot.0).collect()
    }

    pub(crate) fn set_minimum(&mut self, pool: u32, minimum: i64) {
        while self.wake(|alarm| matches!(alarm, Alarm::Lease(_))) {}
        self.watch_due();
        while self.wake(|alarm| matches!(alarm, Alarm::Supply(_) | Alarm::Credits(_) | Alarm::Minimum(_))) {}
        self.apply(Command::SetMinimum(PoolId(pool), price(minimum)));
    }

    /// Others have made another price.
    pub(crate) fn set_price(&mut self, pool: u32, units: i64) {
        while self.wake(|alarm| matches!(alarm, Alarm::Lease(_))) {}
        self.watch_due();
        self.apply(Command::SetPrice(PoolId(pool), price(units)));
    }

    /// Somebody operates on a pool. Done, or why not.
    pub(crate) fn operate(&mut self, by: u32, pool: u32, change: Change) -> Result<(), Denial> {
        while self.wake(|alarm| matches!(alarm, Alarm::Lease(_))) {}
        self.watch_due();
        while self.wake(|alarm| matches!(alarm, Alarm::Credits(_) | Alarm::Minimum(_))) {}
        let (by, pool) = (AccountId(by), PoolId(pool));
        self.apply(Command::Operate(Operation { by, pool, change }));
        self.market.ledger().check().expect("the books balance");
        let answer = self.log.answers.last().expect("every operation is answered");
        assert_eq!((answer.by, answer.pool), (by, pool));
        answer.result
    }

    pub(crate) fn reset_budget(&mut self, pool: u32) {
        self.apply(Command::ResetBudget(PoolId(pool)));
    }

    /// The member of a live request bids something else.
    pub(crate) fn revise(&mut self, number: u64, bid: i64) {
        self.settle();
        if self.seen(number).fate().is_none() {
            let place = self.seen(number).place;
            self.apply(Command::Revise(place, price(bid)));
            if self.seen(number).fate().is_none() {
                let bid = self.market.request(place).bid;
                self.log.seen.get_mut(&number).expect("it is alive").bid = bid;
            }
            self.clear();
        }
    }

    /// The member of a live request takes it back.
    pub(crate) fn withdraw(&mut self, number: u64) {
        self.settle();
        if self.seen(number).fate().is_none() {
            self.apply(Command::Withdraw(self.seen(number).place));
            self.clear();
        }
    }

    /// Ends the work of a running request before it is due.
    pub(crate) fn release(&mut self, number: u64) {
        let place = self.seen(number).place;
        self.apply(Command::Release(place));
    }

    pub(crate) fn close(&mut self) {
        self.settle();
        self.apply(Command::Close);
        self.market.ledger().check().expect("the books balance");
        self.check_currencies();
    }

    /// Slots are paid in the currency of their pool, and what members pay for bursts in that of the pool they asked: nothing
    /// is posted in any other, and what the ledger says is what the records add up to, currency by currency.
    fn check_currencies(&self) {
        let mut net: BTreeMap<(CurrencyId, PartyId), i128> = BTreeMap::new();
        for (_, bill) in &self.log.bills {
            let pool = if bill.kind == BillingKind::Recharge { bill.home } else { bill.pool };
            if let Some(currency) = self.currencies.get(pool.index()) {
                assert_eq!(bill.currency, *currency, "{bill:?}");
            }
            *net.entry((bill.currency, bill.payee)).or_default() += bill.amount.units();
            *net.entry((bill.currency, bill.payer)).or_default() -= bill.amount.units();
        }
        for ((currency, party), net) in net {
            assert_eq!(self.market.balance(currency, party).units(), net, "{party:?} in {currency:?}");
        }
    }

    /// Brings this instant to the point where requests arrive.
    pub(crate) fn settle(&mut self) {
        loop {
            self.release_due();
            if self.wake(|alarm| matches!(alarm, Alarm::Lease(_))) {
                continue;
            }
            self.watch_due();
            if self.wake(|alarm| matches!(alarm, Alarm::Supply(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Credits(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Minimum(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Scale(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Slots(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Term(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Sharing(_)))
                || self.wake(|alarm| matches!(alarm, Alarm::Quote(_)))
            {
                continue;
            }
            self.clear();
            if self.wake(|alarm| matches!(alarm, Alarm::Unit(_) | Alarm::Overflow(_))) {
                continue;
            }
            let Some(place) = self.first(|doing| matches!(doing, Doing::Waiting { deadline } if deadline <= self.now))
            else {
                break;
            };
            self.apply(Command::Abandon(place));
        }
        self.market.ledger().check().expect("the books balance");
    }

    /// Brings this instant to its end: nobody else arrives, and rounds are decided.
    pub(crate) fn finish_instant(&mut self) {
        self.settle();
        while self.wake(|alarm| matches!(alarm, Alarm::Round(_))) {
            self.settle();
        }
    }

    /// Serves one alarm that is due, if there is one; the one of the lowest pool or place goes first.
    fn wake(&mut self, is_wanted: impl Fn(Alarm) -> bool) -> bool {
        let number = |alarm: Alarm| match alarm {
            Alarm::Lease(place) | Alarm::Unit(place) | Alarm::Overflow(place) => place.index(),
            Alarm::Quote(pool)
            | Alarm::Minimum(pool)
            | Alarm::Credits(pool)
            | Alarm::Supply(pool)
            | Alarm::Sharing(pool)
            | Alarm::Scale(pool)
            | Alarm::Slots(pool)
            | Alarm::Term(pool)
            | Alarm::Round(pool) => pool.index(),
        };
        let due = self.log.alarms.iter().filter(|(alarm, at)| *at <= self.now && is_wanted(*alarm));
        let Some((alarm, at)) = due.min_by_key(|(alarm, _)| number(*alarm)).copied() else { return false };
        assert_eq!(at, self.now, "an alarm was set for the past, or passed over");
        self.log.alarms.retain(|(known, _)| *known != alarm);
        self.apply(Command::Wake(alarm));
        true
    }

    pub(crate) fn seen(&self, number: u64) -> &Seen {
        &self.log.seen[&number]
    }

    pub(crate) fn doing(&self, number: u64) -> Doing {
        self.seen(number).doing
    }

    /// Numbers of the members' requests that are running, whether in the pool or in a tier.
    pub(crate) fn running(&self) -> Vec<u64> {
        self.numbers(Seen::is_running)
    }

    pub(crate) fn waiting(&self) -> Vec<u64> {
        self.numbers(Seen::is_waiting)
    }

    pub(crate) fn level(&self, pool: u32) -> PoolLevel {
        self.log.levels[&PoolId(pool)]
    }

    pub(crate) fn price(&self, pool: u32) -> i64 {
        self.market.price(PoolId(pool)).units()
    }

    pub(crate) fn balance(&self, party: PartyId) -> Money {
        self.market.balance(CurrencyId(0), party)
    }

    /// What `party` has received less what it has paid, in units of the first currencies.
    pub(crate) fn balances<const N: usize>(&self, party: PartyId) -> [i128; N] {
        std::array::from_fn(|currency| self.market.balance(CurrencyId(currency as u32), party).units())
    }

    /// Open leases at `at`, were nothing to happen until then.
    pub(crate) fn open_leases(&self, at: SimTime) -> Vec<Held> {
        let mut heard = Recorder::default();
        self.market.clone().apply(at, Command::Cut, &mut heard);
        heard.held_so_far
    }

    /// Open burst leases of `pool` at `at`, were nothing to happen until then.
    pub(crate) fn open_bursts(&self, pool: PoolId, at: SimTime) -> Vec<Held> {
        let open = self.open_leases(at).into_iter();
        open.filter(|held| held.home == pool && held.tier.is_some() && !self.free[held.pool.index()]).collect()
    }

    fn numbers(&self, is_wanted: impl Fn(&Seen) -> bool) -> Vec<u64> {
        let members = self.log.seen.iter().filter(|(_, seen)| seen.is_member());
        members.filter(|(_, seen)| is_wanted(seen)).map(|(number, _)| *number).collect()
    }

    fn apply(&mut self, command: Command) {
        self.commands += 1;
        self.commands_now += 1;
        let is_at_rest = self.commands < MANY && self.commands_now < MANY_AT_ONCE;
        assert!(is_at_rest, "the marketplace does not come to rest");
        self.log.now = self.now;
        self.market.apply(self.now, command, &mut self.log);
        if let Some(audit) = self.audit {
            audit(self);
        }
    }

    fn clear(&mut self) {
        if self.market.needs_clearing() {
            self.apply(Command::Clear);
        }
        assert!(!self.market.needs_clearing(), "a clearing leaves nothing to clear");
    }

    fn release_due(&mut self) {
        while let Some(place) = self.first(|doing| matches!(doing, Doing::Running { due, .. } if due <= self.now)) {
            self.apply(Command::Release(place));
        }
    }

    fn watch_due(&mut self) {
        while let Some((&pool, _)) = self.log.watches.iter().find(|(_, at)| **at <= self.now) {
            self.log.watches.remove(&pool);
            let at = self.now;
            let next = at.saturating_add(ticks(1));
            let (open, a_tick_later) = (self.open_bursts(pool, at), self.open_bursts(pool, next));
            let bills = self.log.bills.len();
            self.apply(Command::WatchBudget(pool));
            let left = self.open_bursts(pool, at);
            self.watches.push(Watch { at, open, a_tick_later, left, bills });
        }
    }

    fn first(&self, is_wanted: impl Fn(Doing) -> bool) -> Option<overspill::market::Place> {
        self.log.seen.values().find(|seen| is_wanted(seen.doing)).map(|seen| seen.place)
    }

    fn next_event(&self) -> Option<SimTime> {
        let requests = self.log.seen.values().filter_map(|seen| match seen.doing {
            Doing::Running { due, .. } => Some(due),
            Doing::Waiting { deadline } => Some(deadline),
            _ => None,
        });
        let alarms = self.log.alarms.iter().map(|(_, at)| *at);
        requests.chain(self.log.watches.values().copied()).chain(alarms).min()
    }
}

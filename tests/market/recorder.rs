//! A sink that writes down what the marketplace says, and refuses to believe the impossible.

use std::collections::{BTreeMap, BTreeSet};

use overspill::market::{
    Alarm, Answer, BillingRecord, Cause, Effects, Ending, Fate, Held, JointUse, Origin, PartyId, Place, PoolId,
    PoolLevel, Request, Round, Stage, TierAsked, ZoneLevel,
};
use overspill::units::{Accrual, Money, Price, SimDuration, SimTime};

/// What a request is doing, as far as was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Pending,
    Waiting { deadline: SimTime },
    Running { pool: PoolId, tier: Option<u8>, due: SimTime },
    Gone(Fate),
}

/// Everything that was told of one request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) place: Place,
    pub(crate) home: PoolId,
    pub(crate) origin: Origin,
    pub(crate) slots: u32,
    pub(crate) bid: Price,
    pub(crate) doing: Doing,
    /// Leases begun.
    pub(crate) leases: u32,
    pub(crate) interruptions: Vec<Cause>,
    pub(crate) waited: SimDuration,
    /// Exact charge of all settled stretches, without fees.
    pub(crate) charge: i128,
}

impl Seen {
    pub(crate) fn fate(&self) -> Option<Fate> {
        if let Doing::Gone(fate) = self.doing { Some(fate) } else { None }
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.doing, Doing::Running { .. })
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.doing, Doing::Waiting { .. })
    }

    pub(crate) fn is_member(&self) -> bool {
        self.origin == Origin::Member
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    /// Set by the driver before each command.
    pub(crate) now: SimTime,
    /// By number of the request.
    pub(crate) seen: BTreeMap<u64, Seen>,
    pub(crate) held: Vec<Held>,
    /// Told by the last cut.
    pub(crate) held_so_far: Vec<Held>,
    pub(crate) bills: Vec<(SimTime, BillingRecord)>,
    pub(crate) levels: BTreeMap<PoolId, PoolLevel>,
    pub(crate) watches: BTreeMap<PoolId, SimTime>,
    /// Work that is drawn afresh.
    pub(crate) redrawn: SimDuration,
    /// What tiers were asked, and what they said.
    pub(crate) asked: Vec<TierAsked>,
    /// Requests that found no stock.
    pub(crate) stock_outs: BTreeMap<PoolId, u32>,
    /// By pool and supply line: slots that are there, slots used.
    pub(crate) supplied: BTreeMap<(PoolId, usize), (u32, u32)>,
    /// Levels of the zones.
    pub(crate) zones: BTreeMap<u32, ZoneLevel>,
    /// By lender: slots on loan.
    pub(crate) lent: BTreeMap<PoolId, u32>,
    pub(crate) ended_leases: BTreeSet<u64>,
    /// What the marketplace wants to be woken for.
    pub(crate) alarms: Vec<(Alarm, SimTime)>,
    pub(crate) rounds: Vec<RoundSeen>,
    pub(crate) answers: Vec<Answer>,
    /// Exact charges for the existence of pools.
    pub(crate) existed: i128,
    /// Prices in force, as they changed.
    pub(crate) prices: BTreeMap<PoolId, Vec<(SimTime, Price)>>,
    /// Leases that went on in another pool: number of the request, and where they had been.
    pub(crate) moves: Vec<(u64, PoolId)>,
    /// By partner.
    pub(crate) joint: BTreeMap<PoolId, JointUse>,
    /// Stages that pools have entered.
    pub(crate) stages: BTreeMap<PoolId, Stage>,
    /// What bills say that each party has received, less what they say that it has paid.
    pub(crate) received: BTreeMap<PartyId, Money>,
    /// Told by the last cut.
    pub(crate) shared_so_far: Vec<BillingRecord>,
    /// Leases begun at this instant.
    started_now: (SimTime, u32),
}

/// A round as it was decided.
#[derive(Clone, Debug)]
pub(crate) struct RoundSeen {
    pub(crate) at: SimTime,
    pub(crate) slots: u32,
    pub(crate) price: Price,
    /// Numbers of those who bid.
    pub(crate) bidders: Vec<u64>,
    /// Numbers of the buyers, slots, rates.
    pub(crate) sales: Vec<(u64, u32, Price)>,
}

/// More leases than any test begins at one instant.
const MANY_AT_ONCE: u32 = 1000;

impl Recorder {
    fn at(&mut self, place: Place, request: &Request) -> &mut Seen {
        let seen = self.seen.get_mut(&request.number).expect("told of a request that was never opened");
        assert_eq!(seen.place, place, "request {} moved to another place", request.number);
        assert_eq!(seen.fate(), None, "request {} was heard of after its fate", request.number);
        seen
    }
}

impl Effects for Recorder {
    fn opened(&mut self, place: Place, request: &Request) {
        let seen = Seen {
            place,
            home: request.home,
            origin: request.origin,
            slots: request.slots,
            bid: request.bid,
            doing: Doing::Pending,
            leases: 0,
            interruptions: Vec::new(),
            waited: SimDuration::ZERO,
            charge: 0,
        };
        assert!(self.seen.insert(request.number, seen).is_none(), "a number was used again");
    }

    fn started(&mut self, place: Place, request: &Request, due: SimTime) {
        let (pool, tier) = (request.holds_in().expect("whoever started holds slots"), request.tier());
        let seen = self.at(place, request);
        assert_eq!(seen.doing, Doing::Pending, "request {} started while it did something else", request.number);
        seen.doing = Doing::Running { pool, tier, due };
        seen.leases += 1;
        let before = if self.started_now.0 == self.now { self.started_now.1 } else { 0 };
        self.started_now = (self.now, before + 1);
        assert!(before < MANY_AT_ONCE, "the marketplace does not come to rest");
    }

    fn cut(&mut self, place: Place, request: &Request, _: u32) {
        self.at(place, request).slots = request.slots;
    }

    fn tier_asked(&mut self, asked: &TierAsked) {
        self.asked.push(*asked);
    }

    fn stock_out(&mut self, pool: PoolId) {
        *self.stock_outs.entry(pool).or_default() += 1;
    }

    fn lent(&mut self, from: PoolId, _: PoolId, slots: u32) {
        self.lent.insert(from, slots);
    }

    fn supplied(&mut self, pool: PoolId, line: usize, slots: u32, used: u32) {
        assert!(used <= slots, "more slots of a supply line used than there are");
        self.supplied.insert((pool, line), (slots, used));
    }

    fn zone(&mut self, zone: u32, level: &ZoneLevel) {
        self.zones.insert(zone, *level);
    }

    fn round(&mut self, round: &Round<'_>) {
        self.rounds.push(RoundSeen {
            at: self.now,
            slots: round.slots,
            price: round.price,
            bidders: round.bids.iter().map(|bid| bid.request).collect(),
            sales: round.sales.iter().map(|sale| (sale.request, sale.slots, sale.rate)).collect(),
        });
    }

    fn waiting(&mut self, place: Place, request: &Request, patience: Option<SimDuration>) {
        assert!(patience.is_none_or(|patience| patience >= SimDuration::ZERO), "patience below zero");
        let deadline = patience.map_or(SimTime::NEVER, |patience| self.now.saturating_add(patience));
        let seen = self.at(place, request);
        assert_eq!(seen.doing, Doing::Pending, "request {} waited while it did something else", request.number);
        seen.doing = Doing::Waiting { deadline };
    }

    fn waited(&mut self, place: Place, request: &Request, waited: SimDuration) {
        let seen = self.at(place, request);
        assert!(seen.is_waiting(), "request {} stopped waiting, but did not wait", request.number);
        seen.doing = Doing::Pending;
        seen.waited += waited;
    }

    fn held(&mut self, held: &Held) {
        self.seen.get_mut(&held.request).expect("told of a request that was never opened").charge +=
            held.charge.units();
        self.held.push(*held);
    }

    fn held_so_far(&mut self, held: &Held) {
        self.held_so_far.push(*held);
    }

    fn alarm(&mut self, alarm: Alarm, at: SimTime) {
        self.alarms.retain(|(known, _)| *known != alarm);
        if at != SimTime::NEVER {
            self.alarms.push((alarm, at));
        }
    }

    fn due(&mut self, place: Place, request: &Request, due: SimTime) {
        let seen = self.at(place, request);
        let Doing::Running { due: before, .. } = &mut seen.doing else { panic!("only what runs is due") };
        *before = due;
    }

    fn answered(&mut self, answer: &Answer) {
        assert_eq!(answer.number, self.answers.len() as u64, "operations are numbered in order");
        self.answers.push(answer.clone());
    }

    fn entered(&mut self, pool: PoolId, stage: Stage) {
        self.stages.insert(pool, stage);
    }

    fn existed(&mut self, _: PoolId, owed: Accrual) {
        self.existed += owed.units();
    }

    fn waited_so_far(&mut self, _: Place, _: &Request, _: SimDuration) {}

    fn ended(&mut self, place: Place, request: &Request, _: Ending) {
        assert!(request.has_started, "a lease of request {} ended that never started", request.number);
        let lease = self.held.last().expect("a lease is settled before it ends").lease;
        assert!(self.ended_leases.insert(lease), "lease {lease} ended twice");
        let seen = self.at(place, request);
        assert!(seen.is_running(), "request {} ended a lease, but held nothing", request.number);
        seen.doing = Doing::Pending;
    }

    fn closed(&mut self, place: Place, request: &Request, fate: Fate) {
        let seen = self.at(place, request);
        assert_eq!(seen.doing, Doing::Pending, "request {} was closed while it did something", request.number);
        seen.doing = Doing::Gone(fate);
    }

    fn level(&mut self, pool: PoolId, level: &PoolLevel) {
        assert!(level.capacity.is_none_or(|capacity| level.occupied <= capacity), "more slots held than there are");
        let prices = self.prices.entry(pool).or_default();
        if prices.last().is_some_and(|(at, _)| *at == self.now) {
            prices.pop();
        }
        if prices.last().is_none_or(|(_, price)| *price != level.price) {
            prices.push((self.now, level.price));
        }
        self.levels.insert(pool, *level);
    }

    fn billed(&mut self, record: &BillingRecord) {
        self.bills.push((self.now, *record));
        *self.received.entry(record.payer).or_default() -= record.amount;
        *self.received.entry(record.payee).or_default() += record.amount;
    }

    fn budget_watch(&mut self, pool: PoolId, at: SimTime) {
        assert!(at >= self.now, "a watch was asked for in the past");
        self.watches.insert(pool, at);
    }

    fn fresh_work(&mut self, _: Place, _: &Request) -> SimDuration {
        self.redrawn
    }

    fn moved(&mut self, place: Place, request: &Request, from: PoolId) {
        let to = request.holds_in().expect("whoever is moved holds slots");
        let seen = self.at(place, request);
        let Doing::Running { pool, .. } = &mut seen.doing else { panic!("only what runs is moved") };
        assert_eq!(std::mem::replace(pool, to), from, "request {} was moved from where it was not", request.number);
        self.moves.push((request.number, from));
    }

    fn joint_use(&mut self, levels: &JointUse) {
        self.joint.insert(levels.partner, *levels);
    }

    fn shared_so_far(&mut self, record: &BillingRecord) {
        self.shared_so_far.push(*record);
    }

    fn interrupted(&mut self, place: Place, request: &Request, cause: Cause) {
        self.at(place, request).interruptions.push(cause);
    }
}

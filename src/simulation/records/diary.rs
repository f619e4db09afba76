//! Makes rows of what happens.

use std::collections::BTreeMap;
use std::mem;

use super::lives::{Life, Lives};
use super::rows::{
    BidEvent, BidRow, BillingRow, InterruptionRow, LeaseRow, OperationRow, PoolRow, PriceRow, Record, RequestRow,
    RoundRow, Table, UsageRow,
};
use super::{RecordSink, Watch};
use crate::market::{
    Answer, BillingKind, BillingRecord, Cause, Ending, Fate, Held, Origin, PartyId, Place, PoolId, PoolLevel,
    PoolRules, Request, Reserved, Round, SlotId, Stage,
};
use crate::simulation::meters::slot_ticks;
use crate::simulation::model::Model;
use crate::simulation::ticket::Ticket;
use crate::units::{Accrual, Price, SimDuration, SimTime};

/// Keeps what rows need of the requests that are alive, and hands complete rows to a sink.
pub(in crate::simulation) struct Diary<'s> {
    page: Page<'s>,
    /// Members are numbered behind the parties.
    parties: usize,
    live: Lives,
    /// By pool: who has bid in the round that is open, by number of the request.
    bidders: Vec<BTreeMap<u64, Option<u32>>>,
    /// By pool: the levels last told.
    levels: Vec<Option<PoolLevel>>,
    /// By pool: what an hour of its existence costs.
    hourly: Vec<Price>,
    /// How long the pool has existed that is to be billed for it.
    existed: SimDuration,
}

impl<'s> Diary<'s> {
    pub(in crate::simulation) fn new(model: &Model, sink: &'s mut dyn RecordSink) -> Self {
        let page = Page { wanted: Table::ALL.map(|table| sink.wants(table)), sink };
        let of_leases = [Table::Leases, Table::Interruptions, Table::Usage, Table::Billing];
        let mut diary = Self {
            live: Lives::new(of_leases.into_iter().any(|table| page.wants(table))),
            page,
            parties: model.parties.len(),
            bidders: vec![BTreeMap::new(); model.pools.len()],
            levels: vec![None; model.pools.len()],
            hourly: model.pools.iter().map(|pool| hourly_fee(&pool.rules)).collect(),
            existed: SimDuration::ZERO,
        };
        for (pool, known) in (0..).map(PoolId).zip(&model.pools) {
            let stage = known.rules.life.as_ref().map_or(Stage::Online, |life| life.begins);
            diary.page.write(Table::Pools, || Record::Pool(PoolRow { at: SimTime::ZERO, pool, stage }));
        }
        diary
    }

    fn life(&mut self, place: Place, request: &Request) -> &mut Life {
        self.live.of(place, request.number)
    }

    fn member_of(&self, party: PartyId) -> Option<u32> {
        party.index().checked_sub(self.parties).map(|member| member as u32)
    }

    #[inline(always)]
    fn bid_event(&mut self, now: SimTime, place: Place, request: &Request, event: BidEvent) {
        if self.page.wants(Table::Bids) {
            self.write_bid(now, place, request, event);
        }
    }

    fn write_bid(&mut self, now: SimTime, place: Place, request: &Request, event: BidEvent) {
        let member = self.life(place, request).member;
        self.page.write(Table::Bids, || {
            let Request { number, home, slots, bid, .. } = *request;
            Record::Bid(BidRow { at: now, pool: home, request: number, member, slots, bid, event })
        });
    }

    /// A lease was settled for a stretch.
    fn follow(&mut self, held: &Held) {
        let life = self.live.of(held.place, held.request);
        life.lease.slot_ticks += held.slot_ticks;
        life.lease.charge += held.charge;
        life.lease.settled = Some(*held);
        let (member, places) = (life.member, life.lease.places.clone());
        self.page.write(Table::Usage, || {
            Record::Usage(UsageRow {
                request: held.request,
                lease: held.lease,
                member,
                home: held.home,
                pool: held.pool,
                tier: held.tier,
                payer: held.payer,
                payee: held.payee,
                currency: held.currency,
                slots: held.slots,
                from: held.from,
                to: held.to,
                slot_ticks: held.slot_ticks,
                charge: held.charge,
                fee: held.fee,
                places,
            })
        });
    }

    /// A lease has ended.
    fn write_lease(&mut self, now: SimTime, place: Place, request: &Request, ending: Ending) {
        let Some(Life { member, lease, .. }) = self.live.get(place, request.number) else { return };
        let Some(held) = &lease.settled else { return };
        self.page.write(Table::Leases, || {
            Record::Lease(LeaseRow {
                lease: held.lease,
                request: held.request,
                member: *member,
                home: held.home,
                pool: held.pool,
                supplies: supplied_by(request),
                tier: held.tier,
                payer: held.payer,
                payee: held.payee,
                currency: held.currency,
                slots: held.slots,
                from: lease.from,
                to: now,
                slot_ticks: lease.slot_ticks,
                charge: lease.charge,
                is_prepaid: held.is_prepaid,
                ending,
                places: lease.places.clone(),
            })
        });
    }

    /// Something is owed.
    fn write_posting(&mut self, now: SimTime, record: &BillingRecord) {
        let is_of_request = record.place.is_some();
        let life = record.place.and_then(|place| self.live.get(place, record.request));
        let of_request = life.and_then(|life| life.member);
        let (places, commitment) = life.map_or((None, None), |life| (life.lease.places.clone(), life.commitment));
        let member = of_request.or(self.member_of(record.payer));
        let (from, to, slot_ticks) = self.billed_stretch(now, record);
        let is_use = record.kind == BillingKind::Use && commitment.is_some();
        let used = record.place.filter(|_| is_use).map(|place| {
            let lease = &mut self.live.of(place, record.request).lease;
            i128::from(lease.take_used(now).ticks())
        });
        self.page.write(Table::Billing, || {
            Record::Billing(BillingRow {
                at: now,
                request: is_of_request.then_some(record.request),
                lease: is_of_request.then_some(record.lease),
                member,
                home: record.home,
                pool: record.pool,
                tier: record.tier,
                payer: record.payer,
                payee: record.payee,
                currency: record.currency,
                kind: record.kind,
                amount: record.amount,
                from,
                to,
                slot_ticks,
                places,
                commitment,
                used,
            })
        });
    }

    /// The levels of a pool may have changed: its price, its minimum, its slots.
    fn write_price(&mut self, now: SimTime, pool: PoolId, level: &PoolLevel) {
        let told = &mut self.levels[pool.index()];
        let is_same =
            |told: PoolLevel| (told.price, told.minimum, told.capacity) == (level.price, level.minimum, level.capacity);
        if told.is_some_and(is_same) {
            return;
        }
        *told = Some(*level);
        self.page.write(Table::Prices, || Record::Price(PriceRow { at: now, pool, level: *level }));
    }

    /// What a posting is for: from when to when, and how many slots × ticks of it.
    fn billed_stretch(&self, now: SimTime, record: &BillingRecord) -> (SimTime, SimTime, Option<i128>) {
        let lease = record.place.and_then(|place| self.live.get(place, record.request)).map(|life| &life.lease);
        let settled = lease.and_then(|lease| lease.settled).filter(|held| held.lease == record.lease);
        match (record.kind, lease, settled) {
            // A posting for use follows the stretch that it is for.
            (BillingKind::Use | BillingKind::Fee | BillingKind::Recharge, _, Some(held)) => {
                (held.from, held.to, Some(held.slot_ticks))
            }
            // Paid for the whole of its declared time when it starts.
            (BillingKind::Prepaid, Some(lease), _) => (now, lease.due, None),
            (BillingKind::PoolHours, ..) => (SimTime::from_ticks(now.ticks() - self.existed.ticks()), now, None),
            _ => (now, now, None),
        }
    }
}

/// Where rows are written down.
struct Page<'s> {
    sink: &'s mut dyn RecordSink,
    /// By table: are its rows wanted?
    wanted: [bool; Table::ALL.len()],
}

impl Page<'_> {
    #[inline(always)]
    fn wants(&self, table: Table) -> bool {
        self.wanted[table as usize]
    }

    #[inline(always)]
    fn write(&mut self, table: Table, row: impl FnOnce() -> Record) {
        if self.wants(table) {
            self.sink.take(row());
        }
    }
}

impl Watch for Diary<'_> {
    fn opened(&mut self, now: SimTime, place: Place, request: &Request) {
        let (member, value) = match request.origin {
            Origin::Member => (self.member_of(request.payer), Ticket::of(request.tag).value),
            // To a pool a slot of its supply is worth what it bids.
            Origin::Supply { .. } => (None, request.bid),
        };
        self.live.begin(place, request.number, member, value);
        self.bid_event(now, place, request, BidEvent::Made);
    }

    fn revised(&mut self, now: SimTime, place: Place, request: &Request) {
        self.bid_event(now, place, request, BidEvent::Revised);
    }

    fn started(&mut self, now: SimTime, place: Place, request: &Request, due: SimTime) {
        let (is_burst, follows_leases) = (request.tier().is_some(), self.live.follows_leases());
        let life = self.life(place, request);
        life.started.get_or_insert(now);
        life.bursts += u32::from(is_burst);
        if follows_leases {
            life.lease.begin(now, due);
        }
    }

    #[inline(always)]
    fn held(&mut self, held: impl Fn() -> Held) {
        if self.live.follows_leases() {
            self.follow(&held());
        }
    }

    #[inline(always)]
    fn ended(&mut self, now: SimTime, place: Place, request: &Request, ending: Ending) {
        if self.page.wants(Table::Leases) {
            self.write_lease(now, place, request, ending);
        }
    }

    fn interrupted(&mut self, now: SimTime, place: Place, request: &Request, cause: Cause) {
        let life = self.life(place, request);
        life.interruptions += 1;
        let Some(held) = life.lease.settled else { return };
        let (member, since, places) = (life.member, life.lease.from, life.lease.places.clone());
        self.page.write(Table::Interruptions, || {
            let Held { request, lease, home, pool, tier, slots, .. } = held;
            Record::Interruption(InterruptionRow {
                at: now,
                request,
                lease,
                member,
                home,
                pool,
                tier,
                slots,
                since,
                cause,
                places,
            })
        });
    }

    fn work_lost(&mut self, place: Place, request: &Request, lost: SimDuration) {
        self.life(place, request).work_lost += slot_ticks(request.slots, lost);
    }

    fn closed(&mut self, now: SimTime, place: Place, request: &Request, fate: Fate) {
        let life = self.live.of(place, request.number);
        self.page.write(Table::Requests, || {
            Record::Request(RequestRow {
                request: request.number,
                home: request.home,
                member: life.member,
                supplies: supplied_by(request),
                arrived: request.arrived,
                started: life.started,
                ended: now,
                slots: request.slots,
                bid: request.bid,
                value: life.value,
                declared: request.declared,
                waited: request.waited,
                interruptions: life.interruptions,
                bursts: life.bursts,
                work_lost: life.work_lost,
                fate,
                affiliation: request.affiliation,
            })
        });
        self.live.end(place);
    }

    #[inline(always)]
    fn level(&mut self, now: SimTime, pool: PoolId, level: &PoolLevel) {
        if self.page.wants(Table::Prices) {
            self.write_price(now, pool, level);
        }
    }

    #[inline(always)]
    fn billed(&mut self, now: SimTime, record: impl Fn() -> BillingRecord) {
        if self.page.wants(Table::Billing) {
            self.write_posting(now, &record());
        }
    }

    fn bid(&mut self, pool: PoolId, place: Place, request: &Request) {
        if !self.page.wants(Table::Bids) {
            return;
        }
        let member = self.life(place, request).member;
        self.bidders[pool.index()].insert(request.number, member);
    }

    fn round(&mut self, now: SimTime, round: &Round<'_>) {
        let bidders = mem::take(&mut self.bidders[round.pool.index()]);
        for bid in round.bids {
            let sale = round.sales.iter().find(|sale| sale.request == bid.request);
            let event = BidEvent::Round(RoundRow {
                opened: round.opened,
                minimum: round.minimum,
                price: round.price,
                won: sale.map_or(0, |sale| sale.slots),
                rate: sale.map_or(Price::ZERO, |sale| sale.rate),
            });
            let member = bidders.get(&bid.request).copied().flatten();
            self.page.write(Table::Bids, || {
                Record::Bid(BidRow {
                    at: now,
                    pool: round.pool,
                    request: bid.request,
                    member,
                    slots: bid.slots,
                    bid: bid.bid,
                    event,
                })
            });
        }
    }

    fn answered(&mut self, now: SimTime, answer: &Answer) {
        let Answer { number: operation, by, pool, change, result } = *answer;
        self.page.write(Table::Operations, || {
            Record::Operation(OperationRow { at: now, operation, by, pool, change, result })
        });
    }

    fn reserved(&mut self, term: &Reserved) {
        self.live.of(term.place, term.request).commitment = Some((term.to, term.line));
    }

    fn unit_used(&mut self, now: SimTime, place: Place, request: &Request, is_used: bool) {
        let lease = &mut self.life(place, request).lease;
        if let Some(since) = lease.used_since.take() {
            lease.used += now - since;
        }
        lease.used_since = is_used.then_some(now);
    }

    fn placed(&mut self, place: Place, request: &Request, slots: &[SlotId]) {
        // Whoever has lost slots and found no others is about to lose the rest.
        if self.live.follows_leases() && !slots.is_empty() {
            self.life(place, request).lease.places = Some(slots.into());
        }
    }

    fn entered(&mut self, now: SimTime, pool: PoolId, stage: Stage) {
        self.page.write(Table::Pools, || Record::Pool(PoolRow { at: now, pool, stage }));
    }

    fn existed(&mut self, pool: PoolId, owed: Accrual) {
        let hourly = i128::from(self.hourly[pool.index()].units()).max(1);
        self.existed = SimDuration::from_ticks(i64::try_from(owed.units() / hourly).unwrap_or(i64::MAX));
    }
}

fn hourly_fee(rules: &PoolRules) -> Price {
    rules.life.as_ref().and_then(|life| life.fees).map_or(Price::ZERO, |fees| fees.hourly)
}

/// The pool that a request of a supply line is for.
fn supplied_by(request: &Request) -> Option<PoolId> {
    match request.origin {
        Origin::Member => None,
        Origin::Supply { to } => Some(to),
    }
}

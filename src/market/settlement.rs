//! Leases begin and end, and are settled.

use std::num::NonZeroU32;

use super::account::Account;
use super::book::Entry;
use super::command::Alarm;
use super::effects::Effects;
use super::ids::{PartyId, Place, PoolId};
use super::marketplace::Marketplace;
use super::pricing;
use super::records::{BillingKind, Cause, Ending, Held};
use super::request::{Lease, Origin, Request, State};
use crate::units::{Accrual, Money, Price, Share, SimTime, product};

/// On what terms a lease begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Burst tier, if it is one.
    pub(super) tier: Option<u8>,
    /// What it bids: compared with the minimum as long as it lasts.
    pub(super) bid: Price,
    /// What was agreed for all of its slots together, per hour; else it pays as the pool's method says.
    pub(super) rate: Option<Price>,
}

impl Terms {
    /// As the method says, at this bid.
    #[inline(always)]
    pub(super) fn by_method(tier: Option<u8>, bid: Price) -> Self {
        Self { tier, bid, rate: None }
    }
}

impl Marketplace {
    /// Gives slots of `pool` to the request at `place`.
    #[inline(always)]
    pub(super) fn begin_lease(
        &mut self,
        now: SimTime,
        place: Place,
        id: PoolId,
        Terms { tier, bid, rate }: Terms,
        fx: &mut impl Effects,
    ) {
        let is_plain = self.pools[id.index()].is_plain;
        let account = if is_plain { None } else { self.take_in(now, place, id, (bid, rate), fx) };
        let request = &mut self.requests[place.0];
        let pool = &mut self.pools[id.index()];
        let entry = pool.entry(Entry { place, number: request.number, bid, slots: request.slots });
        if is_plain {
            pool.occupied += request.slots;
        }
        debug_assert!(pool.capacity.is_none_or(|capacity| pool.occupied <= capacity), "a slot was sold twice");
        request.state = State::Holding(Lease {
            number: self.next_lease,
            pool: id,
            tier,
            seat: pool.book.seat(entry),
            bid: entry.bid,
            start: now,
            unsettled: now,
            mark: pool.integral.at(now),
            is_prepaid: false,
            account,
            leaving: None,
        });
        self.next_lease += 1;
        let due = now.saturating_add(pool.lease_time(request.work));
        fx.started(place, request, due);
        request.has_started = true;
        let origin = request.origin;
        if !is_plain {
            self.take_places(place, id, fx);
            self.watch_guarantee(now, place, id, fx);
            if self.pools[id.index()].rules.billing_unit.is_some() {
                // The price of the first unit is the one after this very start.
                fx.alarm(Alarm::Unit(place), now);
            }
        }
        if let Origin::Supply { to } = origin {
            self.supply_arrived(now, place, to, fx);
        }
    }

    /// What a pool with more rules than the plain ones keeps of a lease that begins: slots, caps and credits, and terms of
    /// its own, if it has any.
    pub(super) fn take_in(
        &mut self,
        now: SimTime,
        place: Place,
        id: PoolId,
        (bid, rate): (Price, Option<Price>),
        fx: &mut impl Effects,
    ) -> Option<NonZeroU32> {
        self.take_back(now, id, self.requests[place.0].slots, fx);
        let most = self.highest_cost(id, place, bid);
        let request = &self.requests[place.0];
        let pool = &mut self.pools[id.index()];
        let (divides, bills_units) = (pool.is_proportional(), pool.rules.billing_unit.is_some());
        if !divides {
            pool.occupied += request.slots;
        }
        if let Some(fairness) = &mut pool.fairness {
            fairness.took(now, request.payer, request.slots);
            fairness.reserve(request.payer, place, most);
        }
        if let Some(joint) = &mut pool.joint {
            joint.use_changed(now, request.affiliation, i64::from(request.slots));
        }
        // What a divided slot costs is settled when the pool is divided anew.
        let agreed = if self.reserved.is_empty() { None } else { self.agreed_hourly(place) };
        let request = &self.requests[place.0];
        let pool = &mut self.pools[id.index()];
        let rate = rate.or(agreed).or((divides || bills_units).then_some(Price::ZERO))?;
        let account = Account::new(now, place, request.slots, rate);
        NonZeroU32::new(pool.accounts.insert(if bills_units { account.by_unit() } else { account }))
    }

    /// Takes the slots away from the request at `place`, settles what it owes and returns the pool.
    #[inline(always)]
    pub(super) fn end_lease(&mut self, now: SimTime, place: Place, ending: Ending, fx: &mut impl Effects) -> PoolId {
        let held = self.stretch(now, place);
        self.settle(&held, fx);
        if held.tier.is_some() {
            self.forget_burst(&held);
        }
        fx.ended(place, &self.requests[place.0], ending);
        let request = &mut self.requests[place.0];
        let (id, slots) = (held.pool, held.slots);
        let seat = request.lease().map_or(0, |lease| lease.seat);
        let pool = &mut self.pools[id.index()];
        if pool.is_plain {
            request.state = State::Pending;
            pool.occupied -= slots;
            pool.book.unseat(seat, slots);
        } else {
            self.clear_away(now, place, id, fx);
        }
        self.mark_dirty(id);
        id
    }

    /// The same for a lease in a pool with more rules than the plain ones.
    fn clear_away(&mut self, now: SimTime, place: Place, id: PoolId, fx: &mut impl Effects) {
        let request = &mut self.requests[place.0];
        let State::Holding(lease) = request.state else { unreachable!("only a lease can end") };
        request.state = State::Pending;
        self.pools[id.index()].clear_away(now, place, &lease, request);
        if !self.reserved.is_empty() {
            self.unit_left(place);
        }
        self.leave_places(place, id, fx);
        fx.alarm(Alarm::Lease(place), SimTime::NEVER);
        fx.alarm(Alarm::Unit(place), SimTime::NEVER);
        // Somebody else of its member or department may bid now.
        self.bids_changed(now, id, fx);
    }

    /// Settles a metered lease up to now and lets it go on.
    pub(super) fn settle_in_between(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let held = self.stretch(now, place);
        self.settle(&held, fx);
        let State::Holding(lease) = &mut self.requests[place.0].state else {
            unreachable!("only a lease can be settled")
        };
        lease.unsettled = now;
        let pool = &mut self.pools[lease.pool.index()];
        lease.mark = pool.integral.at(now);
        if let Some(account) = lease.account {
            pool.accounts[account.get()].begin_stretch(now);
        }
    }

    /// A unit of time begins for the lease at `place`: it is owed at the price in force now, and never at more than the bid.
    pub(super) fn begin_unit(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let request = &self.requests[place.0];
        let Some(lease) = request.lease() else { return };
        let id = lease.pool;
        let pool = &self.pools[id.index()];
        let (Some(unit), Some(number)) = (pool.rules.billing_unit, lease.account) else { return };
        let by_method = pricing::unit_price(pool, lease.bid).min(lease.bid).times(request.slots);
        let has_terms = pool.is_auction() || lease.leaving.is_some();
        let rate = if has_terms { pool.accounts[number.get()].rate() } else { by_method };
        if lease.is_prepaid {
            return; // whole units, all of them
        }
        let charge = Accrual::from_units(product(rate.units(), unit.ticks()));
        if lease.tier.is_some() && !self.bears_unit(now, place, charge, fx) {
            return self.refuse_unit(now, place, fx);
        }
        self.pools[id.index()].accounts[number.get()].charge_unit(now, rate, unit);
        fx.alarm(Alarm::Unit(place), now.saturating_add(unit));
    }

    /// The burst at `place` has used up what it paid for, and the budget does not bear another unit of time.
    fn refuse_unit(&mut self, now: SimTime, place: Place, fx: &mut impl Effects) {
        let (home, tier) = (self.requests[place.0].home, self.requests[place.0].holds_in());
        let evicted = self.evict(now, place, Cause::Budget, fx);
        self.after_eviction(now, &evicted, fx);
        for pool in tier.into_iter().chain([home]) {
            self.refresh(now, pool, fx);
        }
    }

    /// The unsettled stretch of the lease at `place`, with what it owes.
    #[inline(always)]
    pub(super) fn stretch(&self, now: SimTime, place: Place) -> Held {
        let request = &self.requests[place.0];
        let lease = request.lease().expect("only a lease has a stretch");
        let pool = &self.pools[lease.pool.index()];
        let charge = if lease.is_prepaid { Accrual::ZERO } else { pricing::charge(pool, lease, request.slots, now) };
        let (payer, fee) = match (request.origin, lease.tier) {
            (Origin::Member, None) => (request.payer, Share::ZERO),
            _ => self.payer_and_fee(request, lease),
        };
        Held {
            place,
            request: request.number,
            lease: lease.number,
            home: request.home,
            pool: lease.pool,
            tier: lease.tier,
            origin: request.origin,
            asker: request.payer,
            tag: request.tag,
            payer,
            payee: pool.rules.owner,
            currency: pool.rules.currency,
            slots: request.slots,
            slot_ticks: match lease.account {
                Some(account) => pool.accounts[account.get()].slot_ticks(now),
                None => product(i64::from(request.slots), (now - lease.unsettled).ticks()),
            },
            from: lease.unsettled,
            to: now,
            is_prepaid: lease.is_prepaid,
            charge,
            fee: if fee == Share::ZERO { 0 } else { charge.units() * i128::from(fee.parts()) },
        }
    }

    /// Who pays for a lease that a member does not hold in its own pool, and which fee comes on top: the owner of the
    /// pool that bursts, or that is supplied.
    fn payer_and_fee(&self, request: &Request, lease: &Lease) -> (PartyId, Share) {
        match request.origin {
            Origin::Member => (self.pools[request.home.index()].rules.owner, self.fee_of(request.home, lease.pool)),
            Origin::Supply { to } => (self.pools[to.index()].supply_payer, Share::ZERO),
        }
    }

    /// Bills a stretch: the one place where a charge becomes money.
    #[inline(always)]
    fn settle(&mut self, held: &Held, fx: &mut impl Effects) {
        fx.held(held);
        if held.is_prepaid {
            return self.recharge_stretch(&held.clone(), fx);
        }
        let amount = self.ledger.charge(held.currency, held.payer, held.payee, held.charge);
        fx.billed(&held.bill(BillingKind::Use, amount));
        if let Some(fairness) = &mut self.pools[held.pool.index()].fairness {
            fairness.paid(self.requests[held.place.0].payer, held.place, amount);
        }
        if held.tier.is_some() {
            // A copy, so that the usual stretch, which is no burst, stays in registers.
            self.settle_burst(&held.clone(), amount, fx);
        }
    }

    /// The fee on a burst, and its budget.
    fn settle_burst(&mut self, held: &Held, amount: Money, fx: &mut impl Effects) {
        let mut billed = amount;
        if held.fee != 0 {
            let rounded = held.charge.bill_share(self.fee_of(held.home, held.pool));
            self.ledger.fee(held.currency, (held.payer, held.payee), held.fee, rounded);
            fx.billed(&held.bill(BillingKind::Fee, rounded.0));
            billed += rounded.0;
        }
        self.metered_stretch_settled(held, billed);
        self.recharge_stretch(held, fx);
    }

    /// Bills an amount that was fixed when the burst started.
    pub(super) fn bill_fixed(&mut self, held: &Held, kind: BillingKind, amount: Money, fx: &mut impl Effects) {
        self.ledger.fixed(held.currency, held.payer, held.payee, amount);
        fx.billed(&held.bill(kind, amount));
    }
}

//! A pool is created, comes online and goes offline, and costs its owner something while it exists.

use super::Denial;
use crate::market::command::Alarm;
use crate::market::effects::Effects;
use crate::market::ids::PoolId;
use crate::market::marketplace::Marketplace;
use crate::market::records::{BillingKind, BillingRecord};
use crate::market::rounds::Rounds;
use crate::market::rules::{PoolFees, Stage, SupplyLine};
use crate::units::{Accrual, Money, Price, SimDuration, SimTime, product};

impl Marketplace {
    /// What the clock does to a pool that is there when the marketplace opens, or may be there later on.
    pub(in crate::market) fn live_from_the_start(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        if self.pools[id.index()].exists() {
            self.set_alarms(now, id, fx);
            self.begin_life(now, id, fx);
        } else {
            self.look_again(now, id, fx);
        }
    }

    /// A planned pool is created.
    pub(super) fn create(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) -> Result<(), Denial> {
        let pool = &mut self.pools[id.index()];
        let is_too_late = pool.rules.life.as_ref().and_then(|life| life.expires_at).is_some_and(|end| end <= now);
        if pool.life.stage != Stage::Planned || is_too_late {
            return Err(Denial::Stage);
        }
        pool.enter_stage(Stage::Offline);
        pool.life.created = now;
        fx.entered(id, Stage::Offline);
        self.count_own_in_service(id);
        self.borrow_all(id, fx);
        self.forget_closed_suppliers(id);
        self.ask_for_supply(now, id, fx);
        self.set_alarms(now, id, fx);
        self.begin_life(now, id, fx);
        self.refresh(now, id, fx);
        Ok(())
    }

    /// Pools that were to supply this one, and have ended since.
    fn forget_closed_suppliers(&mut self, id: PoolId) {
        let mut supply = std::mem::take(&mut self.pools[id.index()].rules.supply);
        let is_closed = |line: &SupplyLine| self.pools[line.from.index()].is_closed();
        if self.pools[id.index()].reservations.is_some() {
            // Lines are known by their numbers.
            supply.iter_mut().filter(|line| is_closed(line)).for_each(|line| line.slots = 0);
        } else {
            supply.retain(|line| !is_closed(line));
        }
        self.pools[id.index()].rules.supply = supply;
        self.pools[id.index()].recount();
    }

    fn begin_life(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &mut self.pools[id.index()];
        pool.life.created = now;
        pool.life.scaled_at = None;
        let rules = &pool.rules.scaling;
        pool.life.looks = rules.iter().map(|rule| now.saturating_add(rule.every)).collect();
        self.look_again(now.saturating_add(SimDuration::from_ticks(1)), id, fx);
        let Some(life) = self.pools[id.index()].rules.life.as_ref() else { return };
        let (term, expires_at, fees) = (life.term, life.expires_at, life.fees);
        let ends = term.map(|term| now.saturating_add(term)).into_iter().chain(expires_at).min();
        if let Some(end) = ends {
            fx.alarm(Alarm::Term(id), end.max(now));
        }
        if let Some(fees) = fees.filter(|fees| fees.once != Money::ZERO) {
            let record = self.fee_record(id, &fees, BillingKind::PoolFee, fees.once);
            self.ledger.fixed(record.currency, record.payer, record.payee, record.amount);
            fx.billed(&record);
        }
    }

    fn fee_record(&self, id: PoolId, fees: &PoolFees, kind: BillingKind, amount: Money) -> BillingRecord {
        let rules = &self.pools[id.index()].rules;
        BillingRecord {
            place: None,
            request: BillingRecord::NONE,
            lease: BillingRecord::NONE,
            home: id,
            pool: id,
            tier: None,
            payer: rules.owner,
            payee: fees.payee,
            currency: rules.currency,
            kind,
            amount,
        }
    }

    pub(super) fn bring_online(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) -> Result<(), Denial> {
        let pool = &mut self.pools[id.index()];
        if pool.life.stage != Stage::Offline {
            return Err(Denial::Stage);
        }
        pool.enter_stage(Stage::Online);
        fx.entered(id, Stage::Online);
        if let Some(at) = pool.next_round(now) {
            fx.alarm(Alarm::Round(id), at);
        }
        self.mark_dirty(id);
        self.refresh(now, id, fx);
        Ok(())
    }

    /// A round that is open is over, and sells nothing more.
    pub(super) fn take_offline(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) -> Result<(), Denial> {
        let pool = &mut self.pools[id.index()];
        if pool.life.stage != Stage::Online {
            return Err(Denial::Stage);
        }
        pool.enter_stage(Stage::Offline);
        fx.entered(id, Stage::Offline);
        pool.rounds = Rounds::default();
        if let Some(at) = pool.next_round(now) {
            fx.alarm(Alarm::Round(id), at);
        }
        self.refresh(now, id, fx);
        Ok(())
    }

    /// Bills the owner for the time that the pool has existed. Nothing, where that costs nothing.
    pub(in crate::market) fn bill_hours(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let Some((fees, owed)) = self.hours_owed(now, id) else { return };
        let (owner, currency) = (self.pools[id.index()].rules.owner, self.pools[id.index()].rules.currency);
        let amount = self.ledger.charge(currency, owner, fees.payee, owed);
        fx.existed(id, owed);
        fx.billed(&self.fee_record(id, &fees, BillingKind::PoolHours, amount));
    }

    pub(in crate::market) fn tell_hours_so_far(&self, now: SimTime, fx: &mut impl Effects) {
        for id in self.pool_ids() {
            if let Some((_, owed)) = self.hours_owed(now, id) {
                fx.existed_so_far(id, owed);
            }
        }
    }

    /// What an existing pool owes for its existence up to `now`.
    fn hours_owed(&self, now: SimTime, id: PoolId) -> Option<(PoolFees, Accrual)> {
        let pool = &self.pools[id.index()];
        let fees = pool.rules.life.as_ref().filter(|_| pool.exists())?.fees?;
        let ticks = (now - pool.life.created).ticks();
        (fees.hourly != Price::ZERO).then(|| (fees, Accrual::from_units(product(fees.hourly.units(), ticks))))
    }
}

//! What members pay their pool's owner for bursts: the share of each bill that the policy says, or what the pool itself
//! would have charged. Members pay in the currency of their pool, whatever the tier is paid in.

use super::bursts::Mark;
use super::effects::Effects;
use super::ids::PoolId;
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::pricing;
use super::records::{BillingKind, BillingRecord, Held, Recharge};
use super::rules::{Payment, Pays, Pricing};
use crate::units::{ACCRUALS_PER_MONEY, Accrual, Money, PARTS_PER_WHOLE, Price, Share, product};

impl Marketplace {
    /// What a member would pay per slot-hour in its own pool now.
    pub(super) fn own_unit_price(&self, home: PoolId, bid: Price) -> Price {
        pricing::unit_price(&self.pools[home.index()], bid)
    }

    /// The member's part of a settled stretch. A share of the charge and one of the fee are rounded once each, like the
    /// bills that they are shares of: the whole of both is what the owner paid.
    pub(super) fn recharge_stretch(&mut self, held: &Held, fx: &mut impl Effects) {
        if self.pools[held.home.index()].bursts.is_none() {
            return;
        }
        for exact in self.parts_of(held) {
            self.post_recharge(held, exact, fx);
        }
        let pool = &mut self.pools[held.home.index()];
        let integral = pool.integral.at(held.to);
        if let Some(mark) = pool.bursts.as_mut().and_then(|bursts| bursts.marks.get_mut(&held.place)) {
            *mark = Mark { since: held.to, integral, ..*mark };
        }
    }

    /// The same of an amount that was fixed when the burst started.
    pub(super) fn recharge_fixed(&mut self, held: &Held, amount: Money, fx: &mut impl Effects) {
        if let Pays::Member(share) = self.pays(held.home) {
            let exact = amount.units() * ACCRUALS_PER_MONEY * i128::from(share.parts());
            self.post_recharge(held, exact, fx);
        }
    }

    /// Tells what a member owes so far for an open stretch.
    pub(super) fn recharge_so_far(&self, held: &Held, fx: &mut impl Effects) {
        for exact in self.parts_of(held) {
            fx.recharged_so_far(&self.recharge(held, exact));
        }
    }

    fn pays(&self, home: PoolId) -> Pays {
        self.pools[home.index()].burst_terms().map_or(Pays::Owner, |terms| terms.pays)
    }

    /// In millionths of accrual units.
    fn parts_of(&self, held: &Held) -> Vec<i128> {
        if held.tier.is_none() {
            return Vec::new();
        }
        let exact = match self.pays(held.home) {
            Pays::Owner => return Vec::new(),
            Pays::Member(share) => [held.charge.units() * i128::from(share.parts()), share_of(held.fee, share)],
            Pays::MemberPoolPrice => [self.at_own_price(held).units() * i128::from(PARTS_PER_WHOLE), 0],
        };
        exact.into_iter().filter(|exact| *exact != 0).collect()
    }

    /// What the slots of a stretch would have cost in the own pool: its price over the same time; where not everybody pays
    /// that, what the member would have paid when the burst started.
    fn at_own_price(&self, held: &Held) -> Accrual {
        let pool = &self.pools[held.home.index()];
        let Some(mark) = pool.bursts.as_ref().and_then(|bursts| bursts.marks.get(&held.place)) else {
            return Accrual::ZERO;
        };
        let one = if is_one_price(pool) {
            pool.integral.at(held.to) - mark.integral
        } else {
            Accrual::from_units(product(mark.unit.units(), (held.to - mark.since).ticks()))
        };
        one.times(held.slots)
    }

    fn post_recharge(&mut self, held: &Held, exact: i128, fx: &mut impl Effects) {
        let recharge = self.recharge(held, exact);
        let Recharge { payer, payee, currency, .. } = recharge;
        let amount = self.ledger.recharge(currency, (payer, payee), exact);
        fx.recharged(&recharge);
        fx.billed(&BillingRecord { payer, payee, currency, ..held.bill(BillingKind::Recharge, amount) });
    }

    fn recharge(&self, held: &Held, exact: i128) -> Recharge {
        let home = &self.pools[held.home.index()].rules;
        Recharge {
            home: held.home,
            tier: held.tier.unwrap_or_default(),
            payer: self.requests[held.place.0].payer,
            payee: home.owner,
            currency: home.currency,
            exact,
        }
    }
}

/// Does everybody pay the price in force, at every moment?
fn is_one_price(pool: &Pool) -> bool {
    match &pool.rules.pricing {
        Pricing::Posted(_) | Pricing::Formula(_) | Pricing::Given(_) => true,
        Pricing::Spot(spot) => spot.payment == Payment::UniformPrice,
        Pricing::Auction(_) | Pricing::Proportional => false,
    }
}

/// Rounded down to a millionth of an accrual unit: a share of what is counted in those already.
fn share_of(fee: i128, share: Share) -> i128 {
    let (whole, parts) = (i128::from(PARTS_PER_WHOLE), i128::from(share.parts()));
    fee / whole * parts + fee % whole * parts / whole
}

//! What the partners of joint pools put in, used, and were given as their shares, over the window of measurement.

use super::model::Model;
use crate::market::{BillingRecord, JointUse, PartyId};
use crate::units::{Money, SimTime, product};

/// By pool: what it has in a joint pool. Empty where no pool joins others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PartnerMeters {
    partners: Vec<PartnerMeter>,
}

/// One pool that is, or may become, a part of a joint pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PartnerMeter {
    contributed: u32,
    used: u32,
    since: SimTime,
    /// Slots × ticks put in.
    pub(super) contributed_time: i128,
    /// Slots × ticks that its members held in the joint pool.
    pub(super) used_time: i128,
    /// What the joint party gave to its owner.
    pub(super) received: Money,
    /// What its owner gave to the joint party.
    pub(super) paid: Money,
}

impl PartnerMeter {
    fn advance(&mut self, now: SimTime) {
        let ticks = (now - self.since).ticks();
        self.since = now;
        self.contributed_time += product(i64::from(self.contributed), ticks);
        self.used_time += product(i64::from(self.used), ticks);
    }
}

impl PartnerMeters {
    pub(super) fn new(model: &Model) -> Self {
        let count = if model.joins_pools() { model.pools.len() } else { 0 };
        Self { partners: vec![PartnerMeter::default(); count] }
    }

    pub(super) fn of(&self, pool: usize) -> PartnerMeter {
        self.partners[pool]
    }

    pub(super) fn update(&mut self, now: SimTime, levels: &JointUse) {
        let partner = &mut self.partners[levels.partner.index()];
        // A pool is a partner in one joint pool at most: nobody else tells its levels.
        partner.advance(now);
        (partner.contributed, partner.used) = (levels.contributed, levels.used);
    }

    /// Adds a share that was given (`sign` 1), or takes off what belongs before the window (`sign` -1).
    pub(super) fn shared(&mut self, record: &BillingRecord, joint_party: PartyId, sign: i128) {
        let partner = &mut self.partners[record.home.index()];
        let amount = Money::from_units(record.amount.units() * sign);
        if record.payer == joint_party {
            partner.received += amount;
        } else {
            partner.paid += amount;
        }
    }

    pub(super) fn advance(&mut self, now: SimTime) {
        self.partners.iter_mut().for_each(|partner| partner.advance(now));
    }

    /// The window begins.
    pub(super) fn restart(&mut self, now: SimTime) {
        for partner in &mut self.partners {
            let (contributed, used) = (partner.contributed, partner.used);
            *partner = PartnerMeter { contributed, used, since: now, ..PartnerMeter::default() };
        }
    }

    /// All of it, as integers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = i128> {
        let numbers = |partner: &PartnerMeter| {
            [partner.contributed_time, partner.used_time, partner.received.units(), partner.paid.units()]
        };
        self.partners.iter().flat_map(numbers)
    }
}

impl Model {
    /// Does any pool join others?
    #[must_use]
    pub fn joins_pools(&self) -> bool {
        self.pools.iter().any(|pool| pool.rules.joint.is_some())
    }
}

//! What a pool knows of its own life.

use crate::market::ids::{PartyId, Place, PoolId};
use crate::market::marketplace::Marketplace;
use crate::market::pool::Pool;
use crate::market::records::Refusal;
use crate::market::request::{Origin, Request};
use crate::market::rules::{LifeRules, PoolRules, ScalingRule, ScalingStep, Slots, Stage};
use crate::units::SimTime;

/// Where a pool stands, and what its owner and its rules have done to it.
#[derive(Clone, Debug)]
pub(in crate::market) struct Life {
    pub(in crate::market) stage: Stage,
    /// When it was created last.
    pub(in crate::market) created: SimTime,
    /// The owner has switched the burst policy off.
    pub(in crate::market) burst_is_off: bool,
    /// Slots that scaling rules have taken, in that order.
    pub(super) taken: Vec<Supplied>,
    /// When slots last came or went by a scaling rule.
    pub(super) scaled_at: Option<SimTime>,
    /// When each scaling rule is looked at next.
    pub(super) looks: Vec<SimTime>,
    /// When the rules of creation and deletion are looked at next.
    pub(super) looks_at_life: SimTime,
    /// Slots that leave when their notice ends.
    pub(super) leaving: Vec<Leaving>,
}

/// A request for a slot of supply: a place is used again, a number is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::market) struct Supplied {
    pub(super) place: Place,
    pub(super) number: u64,
}

/// Slots under notice.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    pub(super) at: SimTime,
    /// Slots of the pool's own.
    pub(super) own: u32,
    pub(super) supplied: Vec<Supplied>,
}

impl Life {
    /// Of a pool that is still planned.
    pub(in crate::market) fn new(rules: &PoolRules) -> Self {
        Self {
            stage: Stage::Planned,
            created: SimTime::ZERO,
            burst_is_off: false,
            taken: Vec::new(),
            scaled_at: None,
            looks: vec![SimTime::NEVER; rules.scaling.len()],
            looks_at_life: SimTime::NEVER,
            leaving: Vec::new(),
        }
    }
}

impl PoolRules {
    /// Where a pool of these rules stands when the marketplace opens.
    pub(in crate::market) fn first_stage(&self) -> Stage {
        self.life.as_ref().map_or(Stage::Online, |life: &LifeRules| life.begins)
    }

    /// The pools that it has slots from, or may take some from by its rules.
    pub fn suppliers(&self) -> impl Iterator<Item = PoolId> + '_ {
        let by_rule = self.scaling.iter().flat_map(ScalingRule::suppliers).copied();
        self.supply.iter().map(|line| line.from).chain(by_rule)
    }

    /// Slots of its own and of its supply lines; `None` without limit.
    pub(super) fn stated_slots(&self) -> Option<u64> {
        match self.slots {
            Slots::Count(own) => {
                Some(u64::from(own) + self.supply.iter().map(|line| u64::from(line.slots)).sum::<u64>())
            }
            Slots::Unlimited => None,
        }
    }
}

impl Pool {
    /// Is it created, and not closed?
    #[inline]
    pub(in crate::market) fn exists(&self) -> bool {
        matches!(self.life.stage, Stage::Offline | Stage::Online)
    }

    pub(in crate::market) fn is_closed(&self) -> bool {
        self.life.stage == Stage::Closed
    }

    /// Slots that are there, those under notice included; `None` without limit.
    #[inline(always)]
    pub(in crate::market) fn slots_there(&self) -> Option<u32> {
        self.capacity.map(|capacity| capacity + self.leaving)
    }

    /// Are there slots for all who hold some, without those that leave?
    pub(in crate::market) fn has_slots_for_all(&self) -> bool {
        self.capacity.is_none_or(|capacity| self.occupied <= capacity)
    }

    /// May `payer` ask it? Nobody asks a joint pool: it has no members but those of its partners, who ask these.
    fn knows(&self, payer: PartyId) -> bool {
        let is_named = |members: &Vec<PartyId>| members.binary_search(&payer).is_ok();
        self.rules.joint.is_none() && self.rules.members.as_ref().is_none_or(is_named)
    }

    /// Takes its place in its life. Its own slots come with its creation and go with its end.
    pub(in crate::market) fn enter_stage(&mut self, stage: Stage) {
        let existed = self.exists();
        self.life.stage = stage;
        self.is_down = stage != Stage::Online;
        self.is_gated = self.is_down || self.rules.members.is_some() || self.rules.joint.is_some();
        self.know_ways();
        if self.exists() != existed {
            self.capacity = if existed { Some(0) } else { self.own_slots() };
        }
    }

    /// Its own slots, as a capacity.
    pub(super) fn own_slots(&self) -> Option<u32> {
        match self.rules.slots {
            Slots::Count(own) => Some(own),
            Slots::Unlimited => None,
        }
    }

    /// Slots that it has or has asked for; `None` without limit.
    pub(super) fn asked_slots(&self) -> Option<u64> {
        self.rules.stated_slots().map(|stated| stated + self.life.taken.len() as u64)
    }

    /// Works out anew how many slots it can ever have.
    pub(in crate::market) fn recount(&mut self) {
        let by_rule = self.rules.scaling.iter().map(|rule| match rule.step {
            ScalingStep::Take { at_most, .. } => u64::from(at_most),
            ScalingStep::Return { .. } => 0,
        });
        let most = by_rule.max().unwrap_or(0);
        self.largest_capacity = self.asked_slots().map(|asked| u32::try_from(asked.max(most)).unwrap_or(u32::MAX));
    }
}

impl Marketplace {
    /// May `payer`, who asks `asked`, be served by `pool`, which has the slots of that, now? Access is asked before anything
    /// else.
    #[cold]
    pub(in crate::market) fn lets_in(&self, pool: PoolId, asked: PoolId, payer: PartyId) -> Result<(), Refusal> {
        if !self.pools[asked.index()].knows(payer) {
            return Err(Refusal::Access);
        }
        if self.pools[pool.index()].is_down { Err(Refusal::Down) } else { Ok(()) }
    }

    pub(in crate::market) fn pool_ids(&self) -> impl Iterator<Item = PoolId> + use<> {
        (0..self.pools.len()).map(|index| PoolId(index as u32))
    }

    /// Live requests that `is_wanted` picks, in the order of their places. A walk over all of them, for rare events.
    pub(super) fn requests_where(&self, is_wanted: impl Fn(&Request) -> bool) -> Vec<Place> {
        self.requests.alive().into_iter().map(Place).filter(|place| is_wanted(&self.requests[place.0])).collect()
    }

    /// Requests for supply of `to`, the latest first.
    pub(super) fn supply_of(&self, to: PoolId) -> Vec<Supplied> {
        let places = self.requests_where(|request| request.origin == Origin::Supply { to });
        let mut supply: Vec<Supplied> =
            places.into_iter().map(|place| Supplied { place, number: self.requests[place.0].number }).collect();
        supply.sort_by_key(|supplied| std::cmp::Reverse(supplied.number));
        supply
    }
}

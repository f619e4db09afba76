//! What a pool keeps of its bursts, where its policy says more than tiers and a price.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::records::Held;
use super::rules::{BurstTerms, GiveBack};
use crate::units::{Accrual, Price, SimTime};

/// The bursts of one pool.
#[derive(Clone, Debug)]
pub(super) struct Bursts {
    /// Slots held, by tier.
    held: Vec<u32>,
    /// Where each open burst stands with the price of its own pool.
    pub(super) marks: BTreeMap<Place, Mark>,
    /// Those that would move home, the one that goes first first: the highest bid, then the earliest arrival.
    pub(super) movers: BTreeSet<(Reverse<Price>, u64, Place)>,
    /// Who has moved home at this instant, by number.
    pub(super) moved: (SimTime, BTreeSet<u64>),
    pub(super) triggered: Triggered,
}

/// The price of the own pool where an unsettled stretch of a burst began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) since: SimTime,
    /// Its integral.
    pub(super) integral: Accrual,
    /// Its price when the burst started.
    pub(super) unit: Price,
}

/// What has happened since those who wait were last asked to try the tiers.
#[derive(Clone, Debug, Default)]
pub(super) struct Triggered {
    /// More slots are held than the trigger says.
    pub(super) is_above: bool,
    /// That has come to pass.
    pub(super) rose: bool,
    /// A budget period began.
    pub(super) budget_reset: bool,
    /// Slots of a tier may be free.
    pub(super) tier_freed: bool,
    /// Requests that came to wait, by number.
    pub(super) newcomers: Vec<(Place, u64)>,
}

impl Bursts {
    /// `None` where the terms are the plain ones.
    pub(super) fn new(tiers: usize, terms: &BurstTerms) -> Option<Box<Self>> {
        (*terms != BurstTerms::default()).then(|| {
            Box::new(Self {
                held: vec![0; tiers],
                marks: BTreeMap::new(),
                movers: BTreeSet::new(),
                moved: (SimTime::ZERO, BTreeSet::new()),
                triggered: Triggered::default(),
            })
        })
    }

    /// Has the request of this number moved home at this very instant? Once is enough: a supply line that lives on what the
    /// tier has left over may lose its slot to whoever comes after, the request would be in the tier again, and the line
    /// have a slot again, for ever.
    pub(super) fn has_moved(&self, now: SimTime, number: u64) -> bool {
        self.moved.0 == now && self.moved.1.contains(&number)
    }

    /// It moves home now.
    pub(super) fn moves(&mut self, now: SimTime, number: u64) {
        if self.moved.0 != now {
            self.moved.0 = now;
            self.moved.1.clear();
        }
        self.moved.1.insert(number);
    }
}

impl Pool {
    /// The finer terms of its bursts, where it has any.
    pub(super) fn burst_terms(&self) -> Option<&BurstTerms> {
        self.bursts.as_ref().and(self.rules.burst.as_ref()).map(|burst| &burst.terms)
    }

    /// May its bursts hold so many more slots of this tier?
    pub(super) fn tier_has_room(&self, tier: usize, slots: u32) -> bool {
        let most = self.burst_terms().and_then(|terms| terms.tiers.get(tier)?.max_slots);
        let held = self.bursts.as_ref().map_or(0, |bursts| bursts.held[tier]);
        most.is_none_or(|most| held.saturating_add(slots) <= most)
    }
}

impl Marketplace {
    /// What pools have to tell each other about bursts: whose price a budget depends on, and whose free slots matter to
    /// whom. To be said anew whenever pools or policies change.
    pub(super) fn connect_bursts(pools: &mut [Pool]) {
        let homes: Vec<(PoolId, Vec<PoolId>, bool, bool)> = (0..)
            .zip(pools.iter())
            .filter_map(|(index, pool)| {
                let burst = pool.rules.burst.as_ref()?;
                let is_metered = pool.has_metered_budget();
                Some((PoolId(index), burst.tiers.clone(), is_metered, burst.terms.triggers.tier_freed))
            })
            .collect();
        for pool in pools.iter_mut() {
            pool.is_watched = false;
            pool.tells.clear();
            pool.tells_of_free = pool.burst_terms().is_some_and(|terms| terms.give_back == GiveBack::WhenFree);
            pool.tells_of_level = pool.burst_terms().is_some_and(|terms| terms.triggers.utilisation.is_some());
        }
        for (home, tiers, is_metered, wants_free) in homes {
            for tier in tiers {
                let tier = &mut pools[tier.index()];
                tier.is_watched |= is_metered;
                if wants_free && !tier.tells.contains(&home) {
                    tier.tells.push(home);
                    tier.tells_of_free = true;
                }
            }
        }
        pools.iter_mut().for_each(Pool::know_ways);
    }

    /// A burst lease began at `place`.
    pub(super) fn keep_burst(&mut self, now: SimTime, place: Place) {
        let request = &self.requests[place.0];
        let (Some(tier), home) = (request.tier(), request.home) else { return };
        if self.pools[home.index()].bursts.is_none() {
            return;
        }
        let (slots, mover) = (request.slots, (Reverse(request.bid), request.number, place));
        let unit = self.own_unit_price(home, request.bid);
        let pool = &mut self.pools[home.index()];
        let moves = pool.burst_terms().is_some_and(|terms| terms.give_back == GiveBack::WhenFree);
        let integral = pool.integral.at(now);
        let Some(bursts) = &mut pool.bursts else { return };
        bursts.held[usize::from(tier)] += slots;
        bursts.marks.insert(place, Mark { since: now, integral, unit });
        if moves {
            bursts.movers.insert(mover);
        }
    }

    /// A burst lease has ended, and its last stretch is settled.
    pub(super) fn forget_burst(&mut self, held: &Held) {
        let (Some(tier), Some(bursts)) = (held.tier, &mut self.pools[held.home.index()].bursts) else { return };
        let bid = self.requests[held.place.0].bid;
        bursts.held[usize::from(tier)] -= held.slots;
        bursts.marks.remove(&held.place);
        bursts.movers.remove(&(Reverse(bid), held.request, held.place));
    }

    /// Slots of `id` may have become free: its own bursts may move there, and those who wait elsewhere may burst here.
    pub(super) fn slots_freed(&mut self, id: PoolId) {
        let pool = &self.pools[id.index()];
        if pool.bursts.as_ref().is_some_and(|bursts| !bursts.movers.is_empty()) {
            self.call_clearing(id);
        }
        for index in 0..self.pools[id.index()].tells.len() {
            let home = self.pools[id.index()].tells[index];
            self.trigger(home, |triggered| triggered.tier_freed = true);
        }
    }

    /// A clearing of `id` is due, whether somebody waits there or not.
    pub(super) fn call_clearing(&mut self, id: PoolId) {
        let pool = &mut self.pools[id.index()];
        if !pool.dirty && !pool.is_auction() {
            pool.dirty = true;
            self.dirty.push(id);
        }
    }
}

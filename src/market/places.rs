//! Placed pools in the marketplace: how they are set up, and what their leases do to them.

use std::sync::Arc;

use super::command::Submission;
use super::effects::Effects;
use super::hardware::{Component, Hardware, Level, SlotId};
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::placing::{Placed, Placing, where_it_stands};
use super::records::Cause;
use super::request::{Origin, Request};
use super::rules::{PlaceWish, PlacementRules, Pricing, Slots};
use crate::units::SimTime;

impl Marketplace {
    /// The marketplace with its pools on `hardware`: those whose rules say where they stand, and those that they supply.
    ///
    /// # Panics
    /// If a pool has another number of slots than places for them, if a place is none of the hardware's or is given
    /// twice, or if a pool that divides its slots is placed. Scenario files are checked for all of this before.
    #[must_use]
    pub fn with_hardware(mut self, hardware: Arc<Hardware>) -> Self {
        let mut placing = Placing::new(hardware, self.pools.len());
        for index in 0..self.pools.len() {
            let pool = &mut self.pools[index];
            let Some(rules) = pool.rules.placement.clone() else { continue };
            let has_all = rules.slots.is_empty() || pool.rules.slots == Slots::Count(rules.slots.len() as u32);
            assert!(has_all, "every slot of a placed pool has a place");
            placing.add_pool(PoolId(index as u32), rules);
        }
        // Whoever is supplied by a placed pool is placed, and so on down.
        loop {
            let heirs: Vec<usize> = (0..self.pools.len()).filter(|index| self.is_heir(&placing, *index)).collect();
            if heirs.is_empty() {
                break;
            }
            heirs.iter().for_each(|index| placing.add_pool(PoolId(*index as u32), PlacementRules::new(Arc::new([]))));
        }
        for (pool, placed) in self.pools.iter_mut().zip(&placing.pools) {
            let is_divided = matches!(pool.rules.pricing, Pricing::Proportional);
            assert!(placed.is_none() || !is_divided, "slots that are divided have no place");
            pool.is_plain &= placed.is_none();
            pool.know_ways();
        }
        self.placing = Some(Box::new(placing));
        self
    }

    fn is_heir(&self, placing: &Placing, index: usize) -> bool {
        let is_placed = |id: PoolId| placing.pools[id.index()].is_some();
        placing.pools[index].is_none() && self.pools[index].rules.supply.iter().any(|line| is_placed(line.from))
    }

    /// The slots of the hardware that the request at `place` holds; none where its pool is not placed.
    #[must_use]
    pub fn slots_of(&self, place: Place) -> &[SlotId] {
        self.placing.as_ref().map_or(&[], |placing| placing.slots_at(place))
    }

    pub(super) fn is_placed(&self, id: PoolId) -> bool {
        self.placing.as_ref().is_some_and(|placing| placing.placed(id).is_some())
    }

    /// A request arrives that asks something of its place.
    pub(super) fn submit_placed(
        &mut self,
        now: SimTime,
        submission: &Submission,
        wish: &PlaceWish,
        fx: &mut impl Effects,
    ) {
        if *wish == PlaceWish::default() {
            return self.submit(now, submission, fx);
        }
        let place = self.enter(now, submission, Origin::Member);
        let number = self.requests[place.0].number;
        let pools =
            submission.choices.map_or_else(|| vec![submission.pool], |choices| self.choices[choices.index()].clone());
        if let Some(placing) = &mut self.placing {
            pools.iter().for_each(|pool| placing.set_wish(place, number, (*pool, wish)));
        }
        let home = match submission.choices {
            Some(choices) => self.choose_market(now, place, choices, fx),
            None => self.send_to_keeper(place, submission.pool),
        };
        self.decide(now, place, home, fx);
    }

    /// Has anybody who asked `id` demanded a zone or a region?
    pub(super) fn is_demanding(&self, id: PoolId) -> bool {
        let placed = self.placing.as_ref().and_then(|placing| placing.placed(id));
        placed.is_some_and(|placed| placed.is_demanding)
    }

    /// Does the request at `place` demand a zone or a region?
    pub(super) fn demands(&self, place: Place) -> bool {
        let Some(placing) = &self.placing else { return false };
        !placing.demanded(place, &self.requests[place.0]).is_empty()
    }

    /// Are there free slots of `id` where the request at `place` demands them, if it does? A pool without a place serves
    /// no demand for one.
    pub(super) fn has_place(&self, place: Place, id: PoolId) -> bool {
        let Some(placing) = &self.placing else { return true };
        let request = &self.requests[place.0];
        placing.can_place(place, request, id)
    }

    /// Could the pool ever have so many slots where the request at `place` demands them?
    pub(super) fn fits_its_place(&self, place: Place, id: PoolId) -> bool {
        let Some(placing) = &self.placing else { return true };
        let request = &self.requests[place.0];
        let demanded = placing.demanded(place, request);
        demanded.is_empty() || demanded.iter().any(|on| placing.most_on(id, *on) >= request.slots)
    }

    /// A lease of `id` began at `place`: it is given its slots, and a pool that it supplies has them from now on.
    pub(super) fn take_places(&mut self, place: Place, id: PoolId, fx: &mut impl Effects) {
        let Some(placing) = &mut self.placing else { return };
        let request = &self.requests[place.0];
        placing.assign(place, id, request, fx);
        if let Origin::Supply { to } = request.origin {
            placing.hand_down(place, to, 0);
        }
    }

    /// The lease at `place` in `id` has ended: its slots are free, and gone from the pool that it supplied.
    pub(super) fn leave_places(&mut self, place: Place, id: PoolId, fx: &mut impl Effects) {
        let Some(placing) = &mut self.placing else { return };
        let request = &self.requests[place.0];
        let held = placing.give_back(place, id, request, fx);
        if let Origin::Supply { to } = request.origin {
            held.iter().for_each(|slot| placing.withdraw(*slot, to, &self.requests, fx));
        }
    }

    /// Those whose slots `id` has lost move to slots that are free, or were vacated for them: at no charge. Who demands a
    /// zone in which there is none is interrupted.
    pub(super) fn house_homeless(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let homeless = self.placing.as_mut().map(|placing| placing.take_homeless(id)).unwrap_or_default();
        for place in homeless {
            let Some(placing) = &mut self.placing else { return };
            let request = &self.requests[place.0];
            if request.holds_in() != Some(id) {
                continue; // it went in the meantime
            }
            if !placing.can_complete(place, request, id) {
                self.interrupt(now, place, Cause::Supply, fx);
                continue;
            }
            let before = placing.slots_at(place).len();
            placing.assign(place, id, request, fx);
            if placing.slots_at(place).len() < request.slots as usize {
                placing.keep_homeless(id, place); // whoever is evicted for it has not gone yet
            }
            if let Origin::Supply { to } = request.origin {
                placing.hand_down(place, to, before);
                self.house_homeless(now, to, fx);
                self.refresh(now, to, fx);
            }
        }
    }

    /// Those who demand a place are served where slots displace one another only by what is left over.
    pub(super) fn serve_demands(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        if !self.is_demanding(id) {
            return;
        }
        // Whoever starts takes at least one slot: this comes to an end.
        while self.pools[id.index()].room() > 0 && self.is_demand_waiting(id) {
            let changes = self.clear_by_rules(now, id, None, false);
            if !changes.start.iter().any(|place| self.has_place(*place, id)) {
                break;
            }
            self.start_all(now, &changes, fx);
        }
        self.refresh(now, id, fx);
    }

    fn is_demand_waiting(&self, id: PoolId) -> bool {
        let pool = &self.pools[id.index()];
        !pool.is_auction() && pool.book.waiting().any(|entry| self.demands(entry.place))
    }
}

impl Placing {
    fn new(hardware: Arc<Hardware>, pools: usize) -> Self {
        Self {
            service: super::hardware::Service::new(&hardware),
            owner: vec![None; hardware.slot_count() as usize],
            pools: vec![None; pools],
            slots: Vec::new(),
            wishes: Vec::new(),
            zones: hardware
                .components(Level::Zone)
                .map(|zone| super::effects::ZoneLevel::whole(&hardware, zone))
                .collect(),
            hardware,
        }
    }

    fn add_pool(&mut self, id: PoolId, rules: PlacementRules) {
        let mut placed = Placed::new(rules, &self.hardware);
        for slot in placed.rules.slots.clone().iter() {
            let owner = &mut self.owner[slot.0 as usize];
            assert!(owner.is_none(), "a slot was given to two pools");
            *owner = Some(id);
            placed.add_free(&self.hardware, *slot);
        }
        self.pools[id.index()] = Some(placed);
    }

    /// Are there free slots for those that the lease at `place` has lost, where it demands them?
    fn can_complete(&self, place: Place, request: &Request, id: PoolId) -> bool {
        let held = self.slots_at(place);
        let missing = request.slots.saturating_sub(held.len() as u32);
        self.has_room(id, where_it_stands(self.demanded(place, request), held, &self.hardware), missing)
    }

    fn can_place(&self, place: Place, request: &Request, id: PoolId) -> bool {
        self.has_room(id, self.demanded(place, request), request.slots)
    }

    /// Has `id` so many free slots on one of the components that are demanded, if any are?
    fn has_room(&self, id: PoolId, demanded: &[Component], slots: u32) -> bool {
        let has_free = |placed: &Placed| demanded.iter().any(|on| placed.has_free(&self.hardware, *on, slots));
        demanded.is_empty() || self.placed(id).is_some_and(has_free)
    }
}

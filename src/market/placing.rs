//! Which slots a lease has, where pools stand on hardware.
//!
//! How many slots a pool has and who gets some is decided by number, as everywhere; here the slots get their places. A
//! pool that is supplied by placed pools has the very slots that its supply leases hold there. For an instant, between
//! losing a slot and settling who goes for it, a lease may have fewer places than slots; so may leases on slots that came
//! from a pool without hardware.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::effects::{Effects, ZoneLevel};
use super::hardware::{Component, Hardware, Level, Related, Search, Service, SlotId, first_in};
use super::ids::{PartyId, Place, PoolId};
use super::request::{Origin, Request};
use super::rules::{Near, PlaceWish, PlacementRules, ZoneChoice};
use crate::collections::Slab;

/// The hardware, what is in service, and what stands where.
#[derive(Clone, Debug)]
pub(super) struct Placing {
    pub(super) hardware: Arc<Hardware>,
    pub(super) service: Service,
    /// By slot: the pool whose own it is.
    pub(super) owner: Vec<Option<PoolId>>,
    /// By pool, where it is placed.
    pub(super) pools: Vec<Option<Placed>>,
    /// By place of a request: the slots of its lease.
    pub(super) slots: Vec<Vec<SlotId>>,
    /// By place of a request: its number, and what it asks of its place. Places are used again.
    pub(super) wishes: Vec<(u64, PlaceWish)>,
    /// By number of the zone.
    pub(super) zones: Vec<ZoneLevel>,
}

/// The slots of one pool.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) rules: PlacementRules,
    /// In service, held by nobody.
    pub(super) free: BTreeSet<SlotId>,
    /// Who holds a slot.
    pub(super) occupants: BTreeMap<SlotId, Place>,
    /// By number of the zone: slots that are free, and slots that are held.
    zones: Vec<(u32, u32)>,
    /// By member: what it holds, where requests are placed near to that.
    by_member: BTreeMap<PartyId, Related>,
    /// Has anybody demanded a place here?
    pub(super) is_demanding: bool,
    /// Slots of its own in service, held or not.
    pub(super) own_in_service: u32,
    /// Holders whose slots were lost: they move.
    homeless: Vec<Place>,
}

impl Placed {
    pub(super) fn new(rules: PlacementRules, hardware: &Hardware) -> Self {
        let zones = vec![(0, 0); hardware.count(Level::Zone) as usize];
        let (free, occupants) = (BTreeSet::new(), BTreeMap::new());
        let own_in_service = rules.slots.len() as u32;
        Self {
            rules,
            free,
            occupants,
            zones,
            by_member: BTreeMap::new(),
            is_demanding: false,
            own_in_service,
            homeless: Vec::new(),
        }
    }

    pub(super) fn add_free(&mut self, hardware: &Hardware, slot: SlotId) {
        self.free.insert(slot);
        self.zones[zone_of(hardware, slot)].0 += 1;
    }

    /// Takes a slot out that is free; is it?
    pub(super) fn remove_free(&mut self, hardware: &Hardware, slot: SlotId) -> bool {
        let was_free = self.free.remove(&slot);
        self.zones[zone_of(hardware, slot)].0 -= u32::from(was_free);
        was_free
    }

    fn occupy(&mut self, hardware: &Hardware, slot: SlotId, place: Place, payer: PartyId) {
        self.remove_free(hardware, slot);
        self.occupants.insert(slot, place);
        self.zones[zone_of(hardware, slot)].1 += 1;
        if self.rules.near == Near::Member {
            self.by_member.entry(payer).or_default().add(hardware, slot);
        }
    }

    /// Nobody holds the slot any more; it is not free by that.
    fn vacate(&mut self, hardware: &Hardware, slot: SlotId, payer: PartyId) {
        self.occupants.remove(&slot);
        self.zones[zone_of(hardware, slot)].1 -= 1;
        if let Some(related) = self.by_member.get_mut(&payer) {
            related.remove(hardware, slot);
            if related.is_empty() {
                self.by_member.remove(&payer);
            }
        }
    }

    /// Are so many slots of a component free?
    pub(super) fn has_free(&self, hardware: &Hardware, on: Component, slots: u32) -> bool {
        if on.level == Level::Zone {
            return self.zones[on.number as usize].0 >= slots;
        }
        let mut range = hardware.slots_of(on);
        (0..slots).all(|_| {
            let found = first_in(&self.free, range.clone());
            range.start = found.map_or(range.end, |slot| slot.0 + 1);
            found.is_some()
        })
    }

    /// Where the slots of a request are looked for: in one zone that has them all, or wherever it may be.
    fn area(&self, hardware: &Hardware, on: Option<Component>, slots: u32) -> Option<Component> {
        let zones = match on {
            None => 0..self.zones.len() as u32,
            Some(on) if on.level < Level::Zone => hardware.parts_of(on, Level::Zone),
            Some(on) => return Some(on),
        };
        let with_room = zones.filter(|zone| self.zones[*zone as usize].0 >= slots);
        let chosen = match self.rules.zone {
            ZoneChoice::ByDistance => None,
            ZoneChoice::First => with_room.min(),
            ZoneChoice::LeastLoaded => {
                with_room.reduce(|best, next| if self.is_less_loaded(next, best) { next } else { best })
            }
        };
        chosen.map(|number| Component { level: Level::Zone, number }).or(on)
    }

    fn is_less_loaded(&self, zone: u32, than: u32) -> bool {
        let load = |zone: u32| {
            let (free, held) = self.zones[zone as usize];
            (u64::from(held), u64::from(held) + u64::from(free))
        };
        let ((held, all), (other, others)) = (load(zone), load(than));
        held * others < other * all
    }
}

/// Of the components that a lease demands, the one on which it has slots already: it stands on no two of them.
pub(super) fn where_it_stands<'a>(demanded: &'a [Component], held: &[SlotId], hardware: &Hardware) -> &'a [Component] {
    let Some(held) = held.first() else { return demanded };
    let its_own = demanded.iter().find(|on| hardware.component_of(*held, on.level) == **on);
    its_own.map_or(demanded, std::slice::from_ref)
}

fn zone_of(hardware: &Hardware, slot: SlotId) -> usize {
    hardware.component_of(slot, Level::Zone).number as usize
}

impl Placing {
    /// The slots of the lease at `place`.
    pub(super) fn slots_at(&self, place: Place) -> &[SlotId] {
        self.slots.get(place.index()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn placed(&self, id: PoolId) -> Option<&Placed> {
        self.pools[id.index()].as_ref()
    }

    /// The components on which the request at `place` demands its slots, the best first; none if it demands nothing.
    pub(super) fn demanded(&self, place: Place, request: &Request) -> &[Component] {
        wish(&self.wishes, place, request).map_or(&[], |wish| &wish.on)
    }

    pub(super) fn set_wish(&mut self, place: Place, number: u64, (home, wish): (PoolId, &PlaceWish)) {
        if let Some(placed) = &mut self.pools[home.index()] {
            placed.is_demanding |= !wish.on.is_empty();
        }
        if self.wishes.len() <= place.index() {
            self.wishes.resize(place.index() + 1, (u64::MAX, PlaceWish::default()));
        }
        self.wishes[place.index()] = (number, wish.clone());
    }

    /// The most slots that a pool could have on a component: those of its own there, and what it may be supplied with.
    pub(super) fn most_on(&self, id: PoolId, on: Component) -> u32 {
        let Some(placed) = self.placed(id) else { return 0 };
        let range = self.hardware.slots_of(on);
        if placed.rules.slots.is_empty() {
            return range.len() as u32;
        }
        let before = |slot: u32| placed.rules.slots.partition_point(|own| own.0 < slot) as u32;
        before(range.end) - before(range.start)
    }

    /// The zones of slots that went out of service, or came back.
    pub(super) fn count_in_service(&mut self, changed: &[SlotId]) {
        for &slot in changed {
            let level = &mut self.zones[zone_of(&self.hardware, slot)];
            if self.service.is_up(slot) {
                level.in_service += 1;
            } else {
                level.in_service -= 1;
            }
        }
    }

    /// The slots of the supply lease at `place`, but for the first `before` that it had, are the pool's that it supplies.
    pub(super) fn hand_down(&mut self, place: Place, to: PoolId, before: usize) {
        let Some(placed) = &mut self.pools[to.index()] else { return };
        self.slots[place.index()][before..].iter().for_each(|slot| placed.add_free(&self.hardware, *slot));
    }

    /// Those who have lost slots of `id` that they held, in the order in which they did.
    pub(super) fn take_homeless(&mut self, id: PoolId) -> Vec<Place> {
        self.pools[id.index()].as_mut().map(|placed| std::mem::take(&mut placed.homeless)).unwrap_or_default()
    }

    pub(super) fn keep_homeless(&mut self, id: PoolId, place: Place) {
        self.pools[id.index()].iter_mut().for_each(|placed| placed.homeless.push(place));
    }

    /// Gives the request at `place` slots of `id` until it has as many as it asked for, or none are free. Each is the
    /// nearest to those it has, or its member.
    pub(super) fn assign(&mut self, place: Place, id: PoolId, request: &Request, fx: &mut impl Effects) {
        if self.slots.len() <= place.index() {
            self.slots.resize(place.index() + 1, Vec::new());
        }
        let Some(placed) = &mut self.pools[id.index()] else { return };
        let (hardware, held) = (&*self.hardware, &mut self.slots[place.index()]);
        let wish = wish(&self.wishes, place, request);
        let weights = wish.and_then(|wish| wish.weights).unwrap_or(placed.rules.weights);
        let missing = request.slots.saturating_sub(held.len() as u32);
        let demanded = where_it_stands(wish.map_or(&[], |wish| &wish.on), held, hardware);
        let with_room = demanded.iter().find(|on| placed.has_free(hardware, **on, missing));
        let area = placed.area(hardware, with_room.or(demanded.first()).copied(), missing);
        let mut own = Related::default();
        if placed.rules.near == Near::Request {
            held.iter().for_each(|slot| own.add(hardware, *slot));
        }
        for _ in 0..missing {
            let related = placed.by_member.get(&request.payer).unwrap_or(&own);
            let mut search = Search::new(hardware, weights, related, &placed.free);
            // Who demands a place is given none elsewhere but where an auction, which hears of no places, let it win.
            let Some(slot) = search.nearest(area).or_else(|| search.nearest(None)) else { break };
            placed.occupy(hardware, slot, place, request.payer);
            if placed.rules.near == Near::Request {
                own.add(hardware, slot);
            }
            held.push(slot);
            if request.origin == Origin::Member {
                self.zones[zone_of(hardware, slot)].held += placed.rules.width;
            }
        }
        fx.placed(place, request, held);
        tell_zones(&self.zones, hardware, held, fx);
    }

    /// The lease at `place` in `id` ends: its slots are free again as far as they are in service. Which were they?
    pub(super) fn give_back(
        &mut self,
        place: Place,
        id: PoolId,
        request: &Request,
        fx: &mut impl Effects,
    ) -> Vec<SlotId> {
        let held = self.slots.get_mut(place.index()).map(std::mem::take).unwrap_or_default();
        let Some(placed) = &mut self.pools[id.index()] else { return Vec::new() };
        let hardware = &*self.hardware;
        placed.homeless.retain(|homeless| *homeless != place);
        for &slot in &held {
            placed.vacate(hardware, slot, request.payer);
            if self.service.is_up(slot) {
                placed.add_free(hardware, slot);
            }
            if request.origin == Origin::Member {
                self.zones[zone_of(hardware, slot)].held -= placed.rules.width;
            }
        }
        tell_zones(&self.zones, hardware, &held, fx);
        held
    }

    /// A slot that `to` was supplied with is gone: nobody has it there any more, and no pool further down.
    pub(super) fn withdraw(&mut self, slot: SlotId, to: PoolId, requests: &Slab<Request>, fx: &mut impl Effects) {
        let Some(placed) = &mut self.pools[to.index()] else { return };
        let hardware = &*self.hardware;
        placed.remove_free(hardware, slot);
        let Some(place) = placed.occupants.get(&slot).copied() else { return };
        let holder = &requests[place.0];
        placed.vacate(hardware, slot, holder.payer);
        if !placed.homeless.contains(&place) {
            placed.homeless.push(place);
        }
        self.slots[place.index()].retain(|held| *held != slot);
        if holder.origin == Origin::Member {
            self.zones[zone_of(hardware, slot)].held -= placed.rules.width;
            tell_zones(&self.zones, hardware, &[slot], fx);
        }
        if let Origin::Supply { to } = holder.origin {
            self.withdraw(slot, to, requests, fx);
        }
    }
}

/// What the request at `place` asks of its place, if it asks anything.
fn wish<'a>(wishes: &'a [(u64, PlaceWish)], place: Place, request: &Request) -> Option<&'a PlaceWish> {
    let (number, wish) = wishes.get(place.index())?;
    (*number == request.number).then_some(wish)
}

fn tell_zones(zones: &[ZoneLevel], hardware: &Hardware, slots: &[SlotId], fx: &mut impl Effects) {
    let mut told = None;
    for zone in slots.iter().map(|slot| zone_of(hardware, *slot)) {
        if told.replace(zone) != Some(zone) {
            fx.zone(zone as u32, &zones[zone]);
        }
    }
}

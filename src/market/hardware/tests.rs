//! The search against looking at every slot, over random trees.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Regions of zones of isolation zones ... of hosts with so many slots.
fn tree() -> impl Strategy<Value = Hardware> {
    // Each number opens a component of that level (5 is a host), with a host's slots.
    let steps = prop::collection::vec((0usize..LEVELS, 0u32..4), 1..40);
    steps.prop_map(|steps| {
        let mut builder = HardwareBuilder::default();
        let mut depth = 0;
        for (step, slots) in steps {
            // Whatever is missing above is begun first.
            let from = step.min(depth);
            Level::ALL[from..LEVELS - 1].iter().for_each(|level| _ = builder.begin(*level));
            builder.host(slots);
            depth = LEVELS - 1;
        }
        builder.build()
    })
}

fn weights() -> impl Strategy<Value = Weights> {
    let any = prop::array::uniform6(-3i32..=3).prop_map(|weights| Weights::new(weights).unwrap());
    // Few levels that count make many slots equal: the lowest number decides.
    let few = prop::array::uniform6(prop_oneof![4 => Just(0i32), 1 => -1i32..=1]);
    let few = few.prop_map(|weights| Weights::new(weights).unwrap());
    prop_oneof![Just(Weights::CLUSTER), Just(Weights::SPREAD), any, few]
}

fn slots_by_bits(hardware: &Hardware, bits: &[bool]) -> BTreeSet<SlotId> {
    let all = (0..hardware.slot_count()).zip(bits.iter().cycle());
    all.filter(|(_, bit)| **bit).map(|(slot, _)| SlotId(slot)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn the_nearest_slot_is_the_one_that_looking_at_all_finds(
        hardware in tree(),
        weights in weights(),
        free in prop::collection::vec(any::<bool>(), 1..80),
        related in prop::collection::vec(any::<bool>(), 1..80),
        area in prop::option::of((0usize..LEVELS, any::<prop::sample::Index>())),
    ) {
        let (free, related) = (slots_by_bits(&hardware, &free), slots_by_bits(&hardware, &related));
        let mut counted = Related::default();
        related.iter().for_each(|slot| counted.add(&hardware, *slot));
        let area = area.map(|(level, number)| {
            let level = Level::ALL[level];
            Component { level, number: number.index(hardware.count(level) as usize) as u32 }
        });
        let range = area.map_or(0..hardware.slot_count(), |area| hardware.slots_of(area));
        let sum = |slot: SlotId| related.iter().map(|other| weights.distance(&hardware, slot, *other)).sum::<i64>();
        let expected = free.iter().copied().filter(|slot| range.contains(&slot.0)).min_by_key(|slot| (sum(*slot), *slot));
        let found = Search::new(&hardware, weights, &counted, &free).nearest(area);
        prop_assert_eq!(found, expected);
        related.iter().for_each(|slot| counted.remove(&hardware, *slot));
        prop_assert!(counted.is_empty());
    }

    /// Against counting, for each slot, the components that are down.
    #[test]
    fn a_slot_is_in_service_while_nothing_under_it_is_down(
        hardware in tree(),
        steps in prop::collection::vec((0usize..LEVELS, any::<prop::sample::Index>(), any::<bool>()), 0..30),
    ) {
        let mut service = Service::new(&hardware);
        let mut down: Vec<Component> = Vec::new();
        let up = |down: &[Component]| -> BTreeSet<SlotId> {
            let is_up = |slot: &SlotId| down.iter().all(|component| !hardware.slots_of(*component).contains(&slot.0));
            (0..hardware.slot_count()).map(SlotId).filter(is_up).collect()
        };
        for (level, number, fails) in steps {
            let level = Level::ALL[level];
            let component = Component { level, number: number.index(hardware.count(level) as usize) as u32 };
            let before = up(&down);
            if fails {
                down.push(component);
                let out: BTreeSet<SlotId> = service.fail(&hardware, component).into_iter().collect();
                prop_assert_eq!(out, &before - &up(&down));
            } else {
                down.iter().position(|one| *one == component).map(|index| down.remove(index));
                let back: BTreeSet<SlotId> = service.repair(&hardware, component).into_iter().collect();
                prop_assert_eq!(back, &up(&down) - &before);
            }
            for slot in (0..hardware.slot_count()).map(SlotId) {
                prop_assert_eq!(service.is_up(slot), up(&down).contains(&slot));
            }
        }
    }
}

fn even(zones: u32, hosts: u32, slots: u32) -> Hardware {
    let layout = ZoneLayout { isolation_zones: 2, routers: 5, power_supplies: 5, hosts, slots };
    let mut builder = HardwareBuilder::default();
    builder.begin(Level::Region);
    (0..zones).for_each(|_| _ = builder.zone(&layout));
    builder.build()
}

#[test]
fn components_are_ranges_of_slots_and_of_each_other() {
    let hardware = even(2, 3, 4);
    assert_eq!(hardware.slot_count(), 2 * 2 * 5 * 5 * 3 * 4);
    let zone = Component { level: Level::Zone, number: 1 };
    assert_eq!((hardware.slots_of(zone), hardware.parts_of(zone, Level::Host)), (600..1200, 150..300));
    assert_eq!(hardware.component_of(SlotId(600), Level::Zone), zone);
    assert_eq!(hardware.component_of(SlotId(611), Level::Host).number, 152);
    assert_eq!(Weights::CLUSTER.distance(&hardware, SlotId(0), SlotId(3)), 0);
    assert_eq!(Weights::CLUSTER.distance(&hardware, SlotId(0), SlotId(4)), 1);
    assert_eq!(Weights::CLUSTER.distance(&hardware, SlotId(0), SlotId(600)), 5);
}

/// Ranges looked into for each slot, while one request after the other takes slots until the hardware is full, each near
/// or far from a number of slots of its own.
fn lookups(hardware: &Hardware, weights: Weights, size: u32) -> (f64, u32) {
    let mut free: BTreeSet<SlotId> = (0..hardware.slot_count()).map(SlotId).collect();
    let (mut all, mut most) = (0, 0);
    while !free.is_empty() {
        let mut related = Related::default();
        for _ in 0..size {
            let mut search = Search::new(hardware, weights, &related, &free);
            let Some(slot) = search.nearest(None) else { break };
            (all, most) = (all + u64::from(search.lookups), most.max(search.lookups));
            free.remove(&slot);
            related.add(hardware, slot);
        }
    }
    (all as f64 / f64::from(hardware.slot_count()), most)
}

/// Each look into the index of free slots takes time that grows with the logarithm of their number; how many there are
/// must hardly grow with it at all.
#[test]
fn two_hundred_times_the_slots_take_hardly_more_looks() {
    let (small, large) = (even(2, 2, 5), even(4, 50, 20));
    assert_eq!((small.slot_count(), large.slot_count()), (1_000, 200_000));
    for weights in [Weights::CLUSTER, Weights::SPREAD, Weights::new([-9, -7, 5, -3, 2, 1]).unwrap()] {
        let ((few, _), (many, most)) = (lookups(&small, weights, 8), lookups(&large, weights, 8));
        assert!(many <= 1.5 * few, "{weights:?}: {few} looks for each of 1,000 slots, {many} for each of 200,000");
        assert!(most <= 150, "{weights:?}: {most} looks for one slot");
    }
}

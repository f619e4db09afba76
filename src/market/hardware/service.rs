//! Which slots are in service.

use std::ops::Range;

use super::{Component, Hardware, LEVELS, SlotId};

/// How often each component is down, and how many of the components under each slot are.
///
/// Several components may be down at once, and one for several reasons; a slot is in service while none of the components
/// on which it stands is down.
#[derive(Clone, Debug)]
pub(in crate::market) struct Service {
    /// By level: how often each component is down.
    reasons: [Vec<u32>; LEVELS],
    /// By slot: how many of the components on which it stands are down.
    down: Vec<u8>,
}

impl Service {
    pub(in crate::market) fn new(hardware: &Hardware) -> Self {
        let reasons = std::array::from_fn(|depth| vec![0; hardware.slots[depth].len() - 1]);
        Self { reasons, down: vec![0; hardware.slot_count() as usize] }
    }

    pub(in crate::market) fn is_up(&self, slot: SlotId) -> bool {
        self.down[slot.0 as usize] == 0
    }

    /// A component goes down, once more: the slots that went out of service.
    pub(in crate::market) fn fail(&mut self, hardware: &Hardware, component: Component) -> Vec<SlotId> {
        let reasons = &mut self.reasons[component.level as usize][component.number as usize];
        *reasons += 1;
        if *reasons > 1 {
            return Vec::new();
        }
        let slots = hardware.slots_of(component);
        indices(slots.clone()).for_each(|slot| self.down[slot] += 1);
        slots.map(SlotId).filter(|slot| self.down[slot.0 as usize] == 1).collect()
    }

    /// One of the reasons for which a component is down is gone: the slots that came into service. What is not down
    /// stays up.
    pub(in crate::market) fn repair(&mut self, hardware: &Hardware, component: Component) -> Vec<SlotId> {
        let reasons = &mut self.reasons[component.level as usize][component.number as usize];
        let was_down = *reasons;
        *reasons = was_down.saturating_sub(1);
        if was_down != 1 {
            return Vec::new();
        }
        let slots = hardware.slots_of(component);
        indices(slots.clone()).for_each(|slot| self.down[slot] -= 1);
        slots.map(SlotId).filter(|slot| self.down[slot.0 as usize] == 0).collect()
    }
}

fn indices(slots: Range<u32>) -> Range<usize> {
    slots.start as usize..slots.end as usize
}

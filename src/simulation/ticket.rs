//! What a request carries for the simulator.

use crate::market::Tag;
use crate::units::Price;

/// What the simulator knows of a member's request beside what the marketplace knows: its tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Value per slot-hour.
    pub(super) value: Price,
    pub(super) group: u32,
    /// Number of the request in its group.
    pub(super) number: u64,
}

impl Ticket {
    /// A number has so many bits, and a group has the others.
    const NUMBER_BITS: u32 = 40;

    /// # Panics
    /// At the 2⁴⁰-th request of a group, or with 2²⁴ groups or more.
    #[inline(always)]
    pub(super) fn tag(self) -> Tag {
        assert!(
            self.number >> Self::NUMBER_BITS == 0 && self.group >> (u64::BITS - Self::NUMBER_BITS) == 0,
            "too many"
        );
        [self.value.units().cast_unsigned(), u64::from(self.group) << Self::NUMBER_BITS | self.number]
    }

    #[inline(always)]
    pub(super) fn of([value, number]: Tag) -> Self {
        Self {
            value: Price::from_units(value.cast_signed()),
            group: (number >> Self::NUMBER_BITS) as u32,
            number: number & ((1 << Self::NUMBER_BITS) - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_back() {
        let largest = Ticket { value: Price::MAX, group: (1 << 24) - 1, number: (1 << 40) - 1 };
        for ticket in [Ticket::default(), Ticket { value: Price::from_units(7), group: 3, number: 5 }, largest] {
            assert_eq!(Ticket::of(ticket.tag()), ticket);
        }
    }
}

//! What became of the requests of one member.

use super::slot_ticks;
use crate::market::{Cause, Fate, Refusal, Request};
use crate::units::{Price, SimDuration, product};

/// The requests of one member. What nearly every arrival adds to comes first, in one line of the cache; what nearly every end
/// of a lease adds to, in the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(in crate::simulation) struct MemberMeter {
    /// Slots × ticks asked for.
    pub(in crate::simulation) offered: i128,
    /// Value per slot-hour × slots asked for.
    pub(in crate::simulation) asked_value: i128,
    /// Slots asked for.
    pub(in crate::simulation) asked_slots: u64,
    pub(in crate::simulation) arrivals: u64,
    pub(in crate::simulation) started: u64,
    pub(in crate::simulation) bursts: u64,
    /// Slots × ticks held, wherever.
    pub(in crate::simulation) held: i128,
    /// Value of the slots held: price × slots × ticks.
    pub(in crate::simulation) value: i128,
    /// The part of what was held that was held in burst tiers.
    pub(in crate::simulation) held_in_bursts: i128,
    pub(in crate::simulation) completed: u64,
    pub(in crate::simulation) lost: u64,
    pub(in crate::simulation) interruptions: u64,
    pub(in crate::simulation) interrupted_requests: u64,
    pub(in crate::simulation) abandoned: u64,
    /// Interruptions by [`Cause`].
    pub(in crate::simulation) causes: [u64; CAUSES],
    pub(in crate::simulation) refused: Refusals,
    pub(in crate::simulation) withdrawn: u64,
    pub(in crate::simulation) open: u64,
    /// Requests that had to wait before they started or left.
    pub(in crate::simulation) delayed: u64,
    /// Requests that waited and then started.
    pub(in crate::simulation) delayed_started: u64,
    /// Those of the slots asked for that requests went without.
    pub(in crate::simulation) cut_slots: u64,
    /// Request × ticks of waiting, inside the window.
    pub(in crate::simulation) waiting: i128,
    /// Ticks waited before the first start, of requests that started in the window.
    pub(in crate::simulation) wait_of_started: i128,
    /// Work at speed 1 that interruptions made vain: slots × ticks.
    pub(in crate::simulation) work_lost: i128,
}

/// Number of causes of an interruption.
pub(in crate::simulation) const CAUSES: usize = Cause::Closure as usize + 1;

/// Refused requests by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::simulation) struct Refusals {
    pub(in crate::simulation) price: u64,
    pub(in crate::simulation) capacity: u64,
    pub(in crate::simulation) outbid: u64,
    pub(in crate::simulation) access: u64,
    pub(in crate::simulation) budget: u64,
    pub(in crate::simulation) cap: u64,
    pub(in crate::simulation) credits: u64,
    pub(in crate::simulation) down: u64,
}

impl Refusals {
    pub(in crate::simulation) fn count(&mut self, refusal: Refusal) {
        *match refusal {
            Refusal::Price => &mut self.price,
            Refusal::Capacity => &mut self.capacity,
            Refusal::Outbid => &mut self.outbid,
            Refusal::Access => &mut self.access,
            Refusal::Budget => &mut self.budget,
            Refusal::Cap => &mut self.cap,
            Refusal::Credits => &mut self.credits,
            Refusal::Down => &mut self.down,
        } += 1;
    }

    pub(in crate::simulation) fn add(&mut self, other: &Self) {
        self.price += other.price;
        self.capacity += other.capacity;
        self.outbid += other.outbid;
        self.access += other.access;
        self.budget += other.budget;
        self.cap += other.cap;
        self.credits += other.credits;
        self.down += other.down;
    }

    pub(in crate::simulation) fn total(&self) -> u64 {
        self.price + self.capacity + self.outbid + self.access + self.budget + self.cap + self.credits + self.down
    }
}

impl MemberMeter {
    /// It asks for slots that are worth so much each, per hour.
    #[inline(always)]
    pub(in crate::simulation) fn asks(&mut self, request: &Request, value: Price) {
        self.arrivals += 1;
        self.offered += slot_ticks(request.slots, request.declared);
        self.asked_slots += u64::from(request.slots);
        self.asked_value += product(value.units(), i64::from(request.slots));
    }

    /// Its request starts, at home or in a tier.
    #[inline(always)]
    pub(in crate::simulation) fn starts(&mut self, request: &Request) {
        if request.has_started {
            return;
        }
        self.started += 1;
        if request.waited > SimDuration::ZERO {
            self.wait_of_started += i128::from(request.waited.ticks());
            self.delayed_started += 1;
        }
    }

    /// It has held slots that are worth so much each, per hour, for so many slots × ticks.
    #[inline(always)]
    pub(in crate::simulation) fn holds(&mut self, slot_ticks: i128, value: Price) {
        self.held += slot_ticks;
        self.value += i128::from(value.units()) * slot_ticks;
    }

    /// Its request loses the slots that it holds.
    #[inline(always)]
    pub(in crate::simulation) fn is_interrupted(&mut self, request: &Request, cause: Cause) {
        self.interruptions += 1;
        self.causes[cause as usize] += 1;
        self.interrupted_requests += u64::from(!request.was_interrupted);
    }

    /// Its request ends.
    #[inline(always)]
    pub(in crate::simulation) fn closes(&mut self, fate: Fate) {
        match fate {
            Fate::Completed => self.completed += 1,
            Fate::Lost => self.lost += 1,
            Fate::Refused(refusal) => self.refused.count(refusal),
            Fate::Abandoned => self.abandoned += 1,
            Fate::Withdrawn => self.withdrawn += 1,
            Fate::Open => self.open += 1,
        }
    }

    /// Adds what another member did.
    pub(in crate::simulation) fn add(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.started += other.started;
        self.completed += other.completed;
        self.refused.add(&other.refused);
        self.lost += other.lost;
        self.abandoned += other.abandoned;
        self.withdrawn += other.withdrawn;
        self.open += other.open;
        self.interruptions += other.interruptions;
        self.interrupted_requests += other.interrupted_requests;
        self.bursts += other.bursts;
        self.delayed += other.delayed;
        self.delayed_started += other.delayed_started;
        self.waiting += other.waiting;
        self.wait_of_started += other.wait_of_started;
        self.offered += other.offered;
        self.asked_slots += other.asked_slots;
        self.cut_slots += other.cut_slots;
        self.asked_value += other.asked_value;
        self.held += other.held;
        self.held_in_bursts += other.held_in_bursts;
        self.value += other.value;
        self.causes.iter_mut().zip(other.causes).for_each(|(count, more)| *count += more);
        self.work_lost += other.work_lost;
    }
}

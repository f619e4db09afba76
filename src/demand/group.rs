//! A group of users as a source of requests.

use std::sync::Arc;

use super::bidding::Bidding;
use super::law::Law;
use super::sequence::Sequence;
use crate::kernel::{Address, Stream};
use crate::units::{Price, SimDuration, SimTime};

/// A group: one arrival process, one set of laws.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name; part of the address of its random streams.
    pub name: String,
    /// When requests arrive, and what the arrival alone decides.
    pub arrivals: Arrivals,
    /// Value per slot-hour, in the pool's currency.
    pub value: Law,
    /// How it bids.
    pub bidding: Bidding,
    /// How long a request waits in all, in ticks; `None` without end.
    pub patience: Option<Law>,
}

/// When requests arrive.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Independent requests in a Poisson process.
    Poisson {
        /// Mean gap between two arrivals, in ticks.
        mean_gap: f64,
        /// Size in slots; drawn values are rounded to the nearest whole number, at least 1.
        size: Law,
        /// Duration at speed 1, in ticks.
        duration: Law,
        /// Who asks.
        members: Members,
    },
    /// The jobs of a log, at their times.
    Replay(Arc<Sequence>),
}

/// The users of a group; each request comes from one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Members {
    /// How many there are; each is as likely to ask.
    pub count: u32,
}

/// A request as its group makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Who asks: an index into the group's members.
    pub member: u32,
    /// Slots.
    pub slots: u32,
    /// Duration at speed 1.
    pub work: SimDuration,
    /// Value per slot-hour.
    pub value: Price,
    /// Bid per slot-hour.
    pub bid: Price,
    /// How long it waits in all.
    pub patience: Option<SimDuration>,
}

/// The draws of one group in one replication.
///
/// Each purpose has a stream of its own, and every request takes its draws whether or not it is admitted: request *n*
/// of a group has the same gap, size, duration, value and patience in every arm.
#[derive(Clone, Debug)]
pub struct Draw {
    seed: u64,
    replication: u64,
    gap: Stream,
    member: Stream,
    size: Stream,
    duration: Stream,
    value: Stream,
    patience: Stream,
    /// Number of the request that arrives next.
    next: usize,
}

impl Draw {
    /// The draws of `group` in `replication` of the experiment with this seed.
    #[must_use]
    pub fn new(group: &Group, seed: u64, replication: u64) -> Self {
        let stream = |purpose| Stream::new(&Address { seed, replication, group: &group.name, purpose, index: 0 });
        Self {
            seed,
            replication,
            gap: stream("gap"),
            member: stream("member"),
            size: stream("size"),
            duration: stream("duration"),
            value: stream("value"),
            patience: stream("patience"),
            next: 0,
        }
    }

    /// When the next request arrives, if one does; `now` is the time of the last arrival, or zero.
    #[inline(always)]
    pub fn next_arrival(&mut self, group: &Group, now: SimTime) -> Option<SimTime> {
        match &group.arrivals {
            Arrivals::Poisson { mean_gap, .. } => {
                let gap = Law::Exponential { mean: *mean_gap }.sample(&mut self.gap);
                Some(now.saturating_add(SimDuration::nearest(gap)))
            }
            Arrivals::Replay(sequence) => sequence.jobs().get(self.next).map(|job| job.submit),
        }
    }

    /// The request that arrives now.
    #[inline(always)]
    pub fn request(&mut self, group: &Group) -> Drawn {
        let value = Price::nearest(group.value.sample(&mut self.value));
        let patience = group.patience.as_ref().map(|law| SimDuration::nearest(law.sample(&mut self.patience)));
        let bid = group.bidding.bid(value);
        let number = self.next;
        self.next += 1;
        match &group.arrivals {
            Arrivals::Poisson { size, duration, members, .. } => Drawn {
                member: if members.count > 1 { self.member.below(members.count) } else { 0 },
                slots: whole_slots(size, &mut self.size),
                work: SimDuration::nearest(duration.sample(&mut self.duration)),
                value,
                bid,
                patience,
            },
            Arrivals::Replay(sequence) => {
                let job = &sequence.jobs()[number];
                Drawn { member: job.member, slots: job.slots, work: job.work, value, bid, patience }
            }
        }
    }

    /// The duration that request `number` of the group draws for its `attempt`-th new beginning. A stream of its own:
    /// what happens to one request changes nothing for the others.
    #[must_use]
    pub fn fresh_duration(&self, group: &Group, number: u64, attempt: u64) -> Option<SimDuration> {
        let Arrivals::Poisson { duration, .. } = &group.arrivals else { return None };
        let (seed, replication) = (self.seed, self.replication);
        let mut stream =
            Stream::new(&Address { seed, replication, group: &group.name, purpose: "fresh duration", index: number });
        for _ in 1..attempt {
            duration.sample(&mut stream);
        }
        Some(SimDuration::nearest(duration.sample(&mut stream)))
    }

    /// Number of requests that have arrived.
    #[must_use]
    pub fn arrived(&self) -> usize {
        self.next
    }
}

#[inline(always)]
fn whole_slots(law: &Law, stream: &mut Stream) -> u32 {
    match law {
        Law::Constant(value) => *value as u32,
        _ => (law.sample(stream) + 0.5) as u32,
    }
    .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> Group {
        Group {
            name: "students".into(),
            arrivals: Arrivals::Poisson {
                mean_gap: 1e6,
                size: Law::Uniform { low: 1.0, high: 4.0 },
                duration: Law::Exponential { mean: 5e6 },
                members: Members { count: 3 },
            },
            value: Law::Uniform { low: 0.0, high: 1.0 },
            bidding: Bidding::Truthful,
            patience: None,
        }
    }

    #[test]
    fn the_draws_of_a_request_do_not_depend_on_what_other_purposes_draw() {
        let (plain, mut patient) = (group(), group());
        patient.patience = Some(Law::Exponential { mean: 1e6 });
        patient.value = Law::Constant(2.0);
        let (mut a, mut b) = (Draw::new(&plain, 1, 0), Draw::new(&patient, 1, 0));
        for _ in 0..100 {
            assert_eq!(a.next_arrival(&plain, SimTime::ZERO), b.next_arrival(&patient, SimTime::ZERO));
            let (x, y) = (a.request(&plain), b.request(&patient));
            assert_eq!((x.slots, x.work, x.member), (y.slots, y.work, y.member));
        }
    }

    #[test]
    fn a_replayed_log_keeps_its_times_and_order() {
        let job = |submit, slots| Job {
            submit: SimTime::from_ticks(submit),
            work: SimDuration::from_ticks(1),
            slots,
            member: 0,
        };
        let sequence = Arc::new(Sequence::new(vec![job(5, 1), job(3, 2), job(5, 3)]));
        let group = Group { arrivals: Arrivals::Replay(sequence), ..group() };
        let mut draw = Draw::new(&group, 1, 0);
        let mut seen = Vec::new();
        while let Some(time) = draw.next_arrival(&group, SimTime::ZERO) {
            seen.push((time.ticks(), draw.request(&group).slots));
        }
        assert_eq!(seen, [(3, 2), (5, 1), (5, 3)]);
    }

    use super::super::sequence::Job;
}

//! What a group draws: its requests, one after the other.

use super::bidding::Withdrawal;
use super::group::{Arrivals, Group};
use super::law::Law;
use super::rounds::{Bidders, Round};
use crate::kernel::{Address, Stream};
use crate::units::{Price, SimDuration, SimTime};

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
    /// The most that a burst may cost per slot-hour, where the pool leaves that to each request.
    pub max_price: Option<Price>,
    /// When it is withdrawn if it still waits then, after its arrival.
    pub withdraws_after: Option<SimDuration>,
}

/// The draws of one group in one replication.
///
/// Each purpose has a stream of its own, and every request takes its draws whether or not it is admitted: request *n*
/// of a group has the same gap, size, duration, value, patience and withdrawal in every arm, and
/// round *j* the same bidders.
///
/// The order of the fields is that of the memory: what every request looks at comes first.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Draw {
    /// Requests that were drawn ahead, the first `taken` of them taken.
    ahead: Vec<Ahead>,
    taken: usize,
    /// What only some groups draw, of the same requests; nothing, if this one draws none of it.
    extras: Vec<Extra>,
    /// Number of the request that arrives next.
    next: usize,
    seed: u64,
    replication: u64,
    gap: Stream,
    member: Stream,
    size: Stream,
    duration: Stream,
    value: Stream,
    patience: Stream,
    max_price: Stream,
    withdrawal: Stream,
    round: Round,
}

/// What every request draws, and the time from the one before to it.
#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    gap: SimDuration,
    work: SimDuration,
    value: Price,
    bid: Price,
    member: u32,
    slots: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Extra {
    patience: Option<SimDuration>,
    max_price: Option<Price>,
    withdraws_after: Option<SimDuration>,
}

/// So many requests of a Poisson process are drawn at once: what is drawn does not depend on what happens, and one law after
/// the other is faster than one request after the other.
const BLOCK: usize = 16;

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
            max_price: stream("max price"),
            withdrawal: stream("withdrawal"),
            round: Round::default(),
            next: 0,
            ahead: Vec::new(),
            taken: 0,
            extras: Vec::new(),
        }
    }

    /// When the next request arrives, if one does; `now` is the time of the last arrival, or zero. Asked for once per
    /// request, before it.
    ///
    /// # Panics
    /// If rounds follow each other without time between them.
    #[inline(always)]
    pub fn next_arrival(&mut self, group: &Group, now: SimTime) -> Option<SimTime> {
        // Only of a Poisson process is anything left: all others are drawn one by one.
        if let Some(next) = self.ahead.get(self.taken) {
            return Some(now.saturating_add(next.gap));
        }
        self.first_of_next_block(group, now)
    }

    /// The work of the request that arrives next, if it is drawn already.
    #[inline(always)]
    #[must_use]
    pub fn next_work(&self) -> Option<SimDuration> {
        self.ahead.get(self.taken).map(|one| one.work)
    }

    #[inline(never)]
    fn first_of_next_block(&mut self, group: &Group, now: SimTime) -> Option<SimTime> {
        match &group.arrivals {
            Arrivals::Poisson { .. } => {
                self.draw_ahead(group, BLOCK);
                Some(now.saturating_add(self.ahead[0].gap))
            }
            Arrivals::Rounds { first, every, bidders, .. } => self.next_bidder(&group.name, *first, *every, *bidders),
            Arrivals::Replay(sequence) => sequence.jobs().get(self.next).map(|job| job.submit),
        }
    }

    /// The request that arrives now.
    ///
    /// # Panics
    /// If nothing arrives, or rounds have no members.
    #[inline(always)]
    pub fn request(&mut self, group: &Group) -> Drawn {
        if self.taken == self.ahead.len() {
            self.draw_ahead(group, 1);
        }
        let Ahead { work, value, bid, member, slots, .. } = self.ahead[self.taken];
        let Extra { patience, max_price, withdraws_after } = self.extras.get(self.taken).copied().unwrap_or_default();
        self.next += 1;
        self.taken += 1;
        Drawn { member, slots, work, value, bid, patience, max_price, withdraws_after }
    }

    /// The next so many requests; of rounds and of a log, one.
    #[inline(never)]
    fn draw_ahead(&mut self, group: &Group, count: usize) {
        // Whatever a law says is written over what was there.
        self.ahead.resize(count, Ahead::default());
        self.taken = 0;
        let ahead = &mut self.ahead[..];
        group.value.sample_each(&mut self.value, ahead, |one, drawn| one.value = Price::nearest(drawn));
        let bidders = self.round.bidders;
        ahead.iter_mut().for_each(|one| one.bid = group.bidding.bid(one.value, bidders));
        match &group.arrivals {
            Arrivals::Poisson { mean_gap, size, duration, members } => {
                let gap = Law::Exponential { mean: *mean_gap };
                gap.sample_each(&mut self.gap, ahead, |one, drawn| one.gap = SimDuration::nearest(drawn));
                if members.count > 1 {
                    ahead.iter_mut().for_each(|one| one.member = self.member.below(members.count));
                }
                self.draw_work(size, duration);
            }
            Arrivals::Rounds { size, duration, members, .. } => {
                let member = self.round.bidder() % members.count;
                ahead.iter_mut().for_each(|one| one.member = member);
                self.draw_work(size, duration);
            }
            Arrivals::Replay(sequence) => {
                let jobs = &sequence.jobs()[self.next..];
                for (one, job) in ahead.iter_mut().zip(jobs) {
                    (one.member, one.slots, one.work) = (job.member, job.slots, job.work);
                }
            }
        }
        if group.patience.is_some() || group.max_price.is_some() || group.withdrawal.is_some() {
            self.draw_extras(group, count);
        }
    }

    fn draw_extras(&mut self, group: &Group, count: usize) {
        self.extras.resize(count, Extra::default());
        let extras = &mut self.extras[..];
        if let Some(law) = &group.patience {
            let stream = &mut self.patience;
            law.sample_each(stream, extras, |one, drawn| one.patience = Some(SimDuration::nearest(drawn)));
        }
        if let Some(law) = &group.max_price {
            let stream = &mut self.max_price;
            law.sample_each(stream, extras, |one, drawn| one.max_price = Some(Price::nearest(drawn)));
        }
        if let Some(withdrawal) = &group.withdrawal {
            let stream = &mut self.withdrawal;
            extras.iter_mut().for_each(|one| one.withdraws_after = withdraws_after(withdrawal, stream));
        }
    }

    fn draw_work(&mut self, size: &Law, duration: &Law) {
        let ahead = &mut self.ahead[..];
        size.sample_each(&mut self.size, ahead, |one, drawn| one.slots = whole_slots(drawn));
        duration.sample_each(&mut self.duration, ahead, |one, drawn| one.work = SimDuration::nearest(drawn));
    }

    fn next_bidder(
        &mut self,
        group: &str,
        first: SimDuration,
        every: SimDuration,
        bidders: Bidders,
    ) -> Option<SimTime> {
        let (first, every) = (first.ticks(), every.ticks());
        let last = (i64::MAX - 1 - first) / every;
        let (seed, replication) = (self.seed, self.replication);
        let address = Address { seed, replication, group, purpose: "bidders", index: 0 };
        let round = self.round.advance(bidders, last as u64, &address)?;
        Some(SimTime::from_ticks(first + every * round as i64))
    }

    /// The duration that request `number` of the group draws for its `attempt`-th new beginning. A stream of its own:
    /// what happens to one request changes nothing for the others.
    #[must_use]
    pub fn fresh_duration(&self, group: &Group, number: u64, attempt: u64) -> Option<SimDuration> {
        let duration = group.arrivals.duration()?;
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

/// Both draws are taken in any case, so that the next request's are the same.
fn withdraws_after(withdrawal: &Withdrawal, stream: &mut Stream) -> Option<SimDuration> {
    let chance = stream.unit();
    let after = SimDuration::nearest(withdrawal.after.sample(stream));
    (chance < withdrawal.probability).then_some(after)
}

/// To the nearest, at least 1. What is whole already stays, and so do numbers that are too large for halves.
#[inline(always)]
fn whole_slots(drawn: f64) -> u32 {
    ((drawn + 0.5) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::bidding::Bidding;
    use super::super::equilibrium::Equilibrium;
    use super::super::group::Members;
    use super::super::sequence::{Job, Sequence};
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
            max_price: None,
            revision: None,
            withdrawal: None,
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

    /// Drawn for every request, whatever becomes of it and of the others' draws.
    #[test]
    fn the_maximum_price_of_a_request_is_its_own() {
        let max_price = Some(Law::Uniform { low: 1.0, high: 5.0 });
        let one = Group { max_price, ..group() };
        let other = Group { patience: Some(Law::Constant(1e6)), value: Law::Constant(2.0), ..one.clone() };
        let (mut a, mut b) = (Draw::new(&one, 1, 0), Draw::new(&other, 1, 0));
        let prices: Vec<_> = (0..100).map(|_| (a.request(&one).max_price, b.request(&other).max_price)).collect();
        assert!(prices.iter().all(|(x, y)| x.is_some() && x == y));
        assert!(prices.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(Draw::new(&group(), 1, 0).request(&group()).max_price, None);
    }

    fn rounds(bidders: Bidders, members: u32) -> Group {
        let arrivals = Arrivals::Rounds {
            first: SimDuration::from_ticks(30),
            every: SimDuration::from_ticks(100),
            bidders,
            size: Law::Constant(1.0),
            duration: Law::Exponential { mean: 5e6 },
            members: Members { count: members },
        };
        Group { arrivals, ..group() }
    }

    /// Time, member and value of the requests of `group` before `end`.
    fn requests(group: &Group, replication: u64, end: i64) -> Vec<(i64, u32, Price)> {
        let mut draw = Draw::new(group, 1, replication);
        let (mut now, mut seen) = (SimTime::ZERO, Vec::new());
        while let Some(time) = draw.next_arrival(group, now).filter(|time| time.ticks() < end) {
            let drawn = draw.request(group);
            seen.push((time.ticks(), drawn.member, drawn.value));
            now = time;
        }
        seen
    }

    #[test]
    fn the_bidders_of_a_round_come_together_and_are_distinct() {
        let seen = requests(&rounds(Bidders::Exactly(3), 3), 0, 300);
        let places: Vec<(i64, u32)> = seen.iter().map(|(time, member, _)| (*time, *member)).collect();
        let rounds = [30, 130, 230];
        assert_eq!(places, rounds.map(|time| [(time, 0), (time, 1), (time, 2)]).concat());
    }

    #[test]
    fn fewer_members_than_bidders_bid_again() {
        let members = requests(&rounds(Bidders::Exactly(5), 2), 0, 100).into_iter().map(|(_, member, _)| member);
        assert_eq!(members.collect::<Vec<_>>(), [0, 1, 0, 1, 0]);
    }

    /// As many bidders in a round, and as many rounds without any, as the law has it.
    #[test]
    fn poisson_rounds_have_their_mean_and_may_be_empty() {
        let number = 20_000;
        let seen = requests(&rounds(Bidders::Poisson(0.7), 9), 0, 30 + 100 * number);
        assert!(seen.iter().all(|(time, ..)| (time - 30) % 100 == 0));
        assert!(seen.is_sorted_by_key(|(time, ..)| *time));
        let n = number as f64;
        let mean = seen.len() as f64 / n;
        assert!((mean - 0.7).abs() < 3.3 * (0.7 / n).sqrt(), "{mean}");
        let busy = seen.iter().filter(|(_, member, _)| *member == 0).count() as f64 / n;
        let expected = -libm::expm1(-0.7);
        assert!((busy - expected).abs() < 3.3 * (expected * (1.0 - expected) / n).sqrt(), "{busy}");
    }

    #[test]
    fn arms_and_other_purposes_leave_the_rounds_as_they_are() {
        let plain = rounds(Bidders::Poisson(4.0), 5);
        let other = Group {
            bidding: Bidding::Fixed(Price::ZERO),
            patience: Some(Law::Exponential { mean: 1e6 }),
            withdrawal: Some(Withdrawal { probability: 0.5, after: Law::Exponential { mean: 1e6 } }),
            ..plain.clone()
        };
        assert_eq!(requests(&plain, 0, 5_000), requests(&other, 0, 5_000));
        assert_ne!(requests(&plain, 0, 5_000), requests(&plain, 1, 5_000));
    }

    /// The number of bidders of one round is addressed by the round: it is not what was left of a stream by those before.
    #[test]
    fn a_round_has_its_bidders_whatever_the_distance_of_rounds() {
        let sizes = |every: i64| {
            let mut group = rounds(Bidders::Poisson(4.0), 50);
            let Arrivals::Rounds { every: distance, .. } = &mut group.arrivals else { unreachable!() };
            *distance = SimDuration::from_ticks(every);
            let seen = requests(&group, 0, 30 + 40 * every);
            (0..40)
                .map(|round| seen.iter().filter(|(time, ..)| *time == 30 + round * every).count())
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(100), sizes(7));
    }

    #[test]
    fn rounds_end_with_time() {
        let mut group = rounds(Bidders::Exactly(1), 1);
        let Arrivals::Rounds { every, .. } = &mut group.arrivals else { unreachable!() };
        *every = SimDuration::from_ticks(i64::MAX / 2);
        let seen = requests(&group, 0, i64::MAX);
        assert_eq!(seen.iter().map(|(time, ..)| *time).collect::<Vec<_>>(), [30, 30 + i64::MAX / 2]);
    }

    #[test]
    fn an_equilibrium_bid_knows_how_many_came() {
        let mut group = rounds(Bidders::Poisson(3.0), 100);
        let equilibrium = Equilibrium::of_rounds(group.value, 1, Price::ZERO, Bidders::Poisson(3.0));
        group.bidding = Bidding::Equilibrium(Arc::new(equilibrium));
        let (mut draw, mut bids) = (Draw::new(&group, 1, 0), Vec::new());
        while let Some(time) = draw.next_arrival(&group, SimTime::ZERO).filter(|time| time.ticks() < 1_000) {
            let drawn = draw.request(&group);
            bids.push((time, drawn.value, drawn.bid));
        }
        for (time, value, bid) in &bids {
            let others = bids.iter().filter(|(other, ..)| other == time).count() as f64 - 1.0;
            let expected = value.as_currency() * others / (others + 1.0);
            assert!((bid.as_currency() - expected).abs() < 2e-9, "{bid:?} of {value:?} among {others}");
        }
    }

    #[test]
    fn withdrawals_have_their_probability_and_their_law() {
        let withdrawal = Withdrawal { probability: 0.3, after: Law::Uniform { low: 0.0, high: 1e6 } };
        let group = Group { withdrawal: Some(withdrawal), ..group() };
        let mut draw = Draw::new(&group, 1, 0);
        let drawn: Vec<_> = (0..20_000).filter_map(|_| draw.request(&group).withdraws_after).collect();
        let share = drawn.len() as f64 / 20_000.0;
        assert!((share - 0.3).abs() < 3.3 * (0.21_f64 / 20_000.0).sqrt(), "{share}");
        let mean = drawn.iter().map(|after| after.ticks() as f64).sum::<f64>() / drawn.len() as f64;
        assert!((mean / 1e6 - 0.5).abs() < 3.3 * (1.0 / 12.0 / drawn.len() as f64).sqrt(), "{mean}");
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
}

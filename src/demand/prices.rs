//! Prices that others make: played back from a history, or drawn.
//!
//! Whoever bids in such a market does not move its price. A path of prices is made step by step, so that its length costs
//! no memory.

use std::sync::Arc;

use super::ziggurat;
use crate::kernel::{Address, Stream};
use crate::units::{Price, SimDuration, SimTime};

/// How the price of a market moves by itself.
#[derive(Clone, Debug)]
pub enum PriceSeries {
    /// As it once did.
    Recorded(Arc<PriceHistory>),
    /// At random.
    Drawn(PriceWalk),
}

impl PriceSeries {
    /// The price at time 0; of a history that begins anywhere, the first that it has.
    #[must_use]
    pub fn start(&self) -> Price {
        match self {
            Self::Recorded(history) => history.changes[0].1,
            Self::Drawn(walk) => walk.start,
        }
    }

    /// No price of it is higher.
    #[must_use]
    pub fn highest(&self) -> Price {
        match self {
            Self::Recorded(history) => history.changes.iter().map(|(_, price)| *price).max().unwrap_or_default(),
            Self::Drawn(walk) => walk.ceiling,
        }
    }

    /// Changes per tick at most, in the long run.
    #[must_use]
    pub fn pace(&self) -> f64 {
        match self {
            Self::Recorded(history) => match history.period {
                Some(period) => history.changes.len() as f64 / period.ticks().max(1) as f64,
                None => 0.0,
            },
            Self::Drawn(walk) => 1.0 / walk.step.ticks().max(1) as f64,
        }
    }

    /// The path that it takes in a replication of the experiment with this seed, in the market of this name. What happens
    /// there, and in which arm, makes no difference.
    #[must_use]
    pub fn path(&self, seed: u64, replication: u64, market: &str) -> PricePath {
        let state = match self {
            Self::Recorded(history) => {
                let offset = history.offset(seed, replication);
                let next = history.changes.partition_point(|(at, _)| *at <= offset);
                State::Recorded { history: Arc::clone(history), next, offset }
            }
            Self::Drawn(walk) => {
                let address = Address { seed, replication, group: market, purpose: "price", index: 0 };
                let (stream, price) = (Stream::new(&address), walk.start.units() as f64);
                State::Drawn { walk: *walk, stream, price, change: 0.0, steps: 0 }
            }
        };
        let start = match &state {
            State::Recorded { history, next, .. } => history.changes[next - 1].1,
            State::Drawn { walk, .. } => walk.start,
        };
        PricePath { start, state }
    }
}

/// A step function of time: each price holds from its instant on, until the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceHistory {
    changes: Vec<(SimDuration, Price)>,
    period: Option<SimDuration>,
    begins_anywhere: bool,
}

impl PriceHistory {
    /// The prices from these instants on; equal neighbours are one. After `period` it begins again, without one the last
    /// price holds for ever.
    ///
    /// # Panics
    /// If the first instant is not 0, if they do not ascend, or if one does not lie before the end of the period.
    #[must_use]
    pub fn new(mut changes: Vec<(SimDuration, Price)>, period: Option<SimDuration>) -> Self {
        assert!(changes.first().is_some_and(|(at, _)| *at == SimDuration::ZERO), "a history begins at time 0");
        assert!(changes.is_sorted_by(|a, b| a.0 < b.0), "a history has one price at a time");
        assert!(changes.last().map(|(at, _)| *at) < period.or(Some(SimDuration::ENDLESS)), "changes after the end");
        changes.dedup_by(|next, before| next.1 == before.1);
        Self { changes, period, begins_anywhere: false }
    }

    /// The same, where each replication begins at an instant of its own, all equally likely. It is the same in every
    /// market, so that histories of one length go together.
    ///
    /// # Panics
    /// If the history does not begin again: what would come after its end?
    #[must_use]
    pub fn from_anywhere(self) -> Self {
        assert!(self.period.is_some(), "a history that begins anywhere is played again and again");
        Self { begins_anywhere: true, ..self }
    }

    /// Where in the history a replication begins.
    fn offset(&self, seed: u64, replication: u64) -> SimDuration {
        let Some(period) = self.period.filter(|_| self.begins_anywhere) else { return SimDuration::ZERO };
        let address = Address { seed, replication, group: "given prices", purpose: "start", index: 0 };
        SimDuration::from_ticks((Stream::new(&address).unit() * period.ticks() as f64) as i64)
    }

    /// The prices, each with the instant from which it holds.
    #[must_use]
    pub fn changes(&self) -> &[(SimDuration, Price)] {
        &self.changes
    }

    /// Change number `number`, over all periods.
    fn change(&self, number: usize) -> Option<(SimTime, Price)> {
        let round = i64::try_from(number / self.changes.len()).unwrap_or(i64::MAX);
        let (at, price) = self.changes[number % self.changes.len()];
        let begin = match self.period {
            None if round > 0 => return None,
            None => 0,
            Some(period) => round.saturating_mul(period.ticks()),
        };
        let at = SimTime::from_ticks(begin).saturating_add(at);
        (at < SimTime::NEVER).then_some((at, price))
    }
}

/// A random walk within a band that tends to take back what it did last.
///
/// O. Agmon Ben-Yehuda, M. Ben-Yehuda, A. Schuster, D. Tsafrir, "Deconstructing Amazon EC2 spot instance pricing", ACM
/// TEAC 1 (2013), fitted this to the prices of 2009 to 2011: with F and C the ends of the band, the change of a step is
/// D' = -0.7 D + e, where e is normal with standard deviation 0.39 (C - F), drawn again until the price lies in [F, C].
/// Before the first step D is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceWalk {
    /// Lowest price.
    pub floor: Price,
    /// Highest price; above the lowest.
    pub ceiling: Price,
    /// Price at time 0, within the band.
    pub start: Price,
    /// Time between two prices; above zero.
    pub step: SimDuration,
}

impl PriceWalk {
    /// What a step takes back of the change before.
    pub const PULL: f64 = -0.7;
    /// Standard deviation of the noise, as a share of the width of the band.
    pub const NOISE: f64 = 0.39;

    /// Price and change of the next step, in units of price.
    fn step_from(&self, price: f64, change: f64, stream: &mut Stream) -> (f64, f64) {
        let (floor, ceiling) = (self.floor.units() as f64, self.ceiling.units() as f64);
        loop {
            let change = Self::PULL * change + Self::NOISE * (ceiling - floor) * ziggurat::normal(stream);
            let next = price + change;
            if (floor..=ceiling).contains(&next) {
                return (next, change);
            }
        }
    }
}

/// The prices of one market in one replication, one after the other.
#[derive(Clone, Debug)]
pub struct PricePath {
    start: Price,
    state: State,
}

impl PricePath {
    /// The price at time 0.
    #[must_use]
    pub fn start(&self) -> Price {
        self.start
    }
}

#[derive(Clone, Debug)]
enum State {
    Recorded {
        history: Arc<PriceHistory>,
        next: usize,
        /// Where in the history time 0 lies.
        offset: SimDuration,
    },
    Drawn {
        walk: PriceWalk,
        stream: Stream,
        /// In units of price, not rounded: what is rounded away is not lost to the walk.
        price: f64,
        change: f64,
        steps: i64,
    },
}

impl Iterator for PricePath {
    type Item = (SimTime, Price);

    /// The next price, and the instant from which it holds.
    fn next(&mut self) -> Option<(SimTime, Price)> {
        match &mut self.state {
            State::Recorded { history, next, offset } => {
                let change = history.change(*next);
                *next += usize::from(change.is_some());
                change.map(|(at, price)| (SimTime::from_ticks(at.ticks() - offset.ticks()), price))
            }
            State::Drawn { walk, stream, price, change, steps } => {
                (*price, *change) = walk.step_from(*price, *change, stream);
                *steps += 1;
                let at = walk.step.ticks().checked_mul(*steps).map(SimTime::from_ticks)?;
                let units = Price::from_units((*price + 0.5) as i64).clamp(walk.floor, walk.ceiling);
                (at < SimTime::NEVER).then_some((at, units))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ticks: i64) -> SimDuration {
        SimDuration::from_ticks(ticks)
    }

    fn history(changes: &[(i64, i64)], period: Option<i64>) -> PriceSeries {
        let changes = changes.iter().map(|(time, price)| (at(*time), Price::from_units(*price))).collect();
        PriceSeries::Recorded(Arc::new(PriceHistory::new(changes, period.map(at))))
    }

    fn played(series: &PriceSeries, count: usize) -> Vec<(i64, i64)> {
        series.path(1, 0, "spot").take(count).map(|(time, price)| (time.ticks(), price.units())).collect()
    }

    #[test]
    fn a_history_is_played_once_or_again_and_again() {
        let once = history(&[(0, 5), (3, 7), (4, 7), (9, 2)], None);
        assert_eq!((once.start().units(), once.highest().units()), (5, 7));
        assert_eq!(played(&once, 9), [(3, 7), (9, 2)], "equal neighbours are no change");
        let again = history(&[(0, 5), (3, 7)], Some(10));
        assert_eq!(played(&again, 4), [(3, 7), (10, 5), (13, 7), (20, 5)]);
        let constant = history(&[(0, 5)], None);
        assert_eq!(played(&constant, 9), []);
    }

    #[test]
    fn a_history_that_begins_anywhere_begins_at_another_instant_in_each_replication() {
        let at_units = |pairs: &[(i64, i64)]| pairs.iter().map(|(t, p)| (at(*t), Price::from_units(*p))).collect();
        let known = PriceHistory::new(at_units(&[(0, 5), (3_000, 7), (4_000, 2)]), Some(at(10_000)));
        let price_at = |time: i64| match time.rem_euclid(10_000) {
            0..3_000 => 5,
            3_000..4_000 => 7,
            _ => 2,
        };
        let series = PriceSeries::Recorded(Arc::new(known.from_anywhere()));
        let mut offsets = Vec::new();
        for replication in 0..1_000 {
            let mut path = series.path(1, replication, "spot");
            let first = path.start().units();
            let found: Vec<_> = path.by_ref().take(6).map(|(time, price)| (time.ticks(), price.units())).collect();
            let offset = match found[0] {
                (time, 7) => 3_000 - time,
                (time, 2) => 4_000 - time,
                (time, _) => 10_000 - time,
            };
            assert_eq!(first, price_at(offset));
            assert!((0..10_000).contains(&offset) && found.is_sorted() && found[0].0 > 0);
            for &(time, price) in &found {
                assert_eq!((price_at(time + offset), price_at(time + offset - 1) == price), (price, false));
            }
            let elsewhere = series.path(1, replication, "other").map(|(time, price)| (time.ticks(), price.units()));
            assert_eq!(elsewhere.take(6).collect::<Vec<_>>(), found, "the markets go together");
            offsets.push(offset);
        }
        // Each tenth of the history is as likely: 100 of a thousand, standard deviation 9.5.
        for tenth in 0..10 {
            let here = offsets.iter().filter(|offset| **offset / 1_000 == tenth).count();
            assert!((60..140).contains(&here), "{here} begin in tenth {tenth}");
        }
        assert_ne!(series.path(2, 0, "spot").next(), series.path(1, 0, "spot").next());
    }

    #[test]
    fn a_history_that_is_repeated_ends_with_time() {
        let series = history(&[(0, 5), (1, 7)], Some(i64::MAX / 2));
        assert_eq!(series.path(1, 0, "spot").count(), 4);
    }

    fn walk() -> PriceWalk {
        let price = Price::from_units;
        PriceWalk { floor: price(1_000), ceiling: price(9_000), start: price(2_000), step: at(10) }
    }

    #[test]
    fn a_walk_stays_in_its_band_and_comes_at_its_steps() {
        let series = PriceSeries::Drawn(walk());
        let steps: Vec<_> = series.path(1, 0, "spot").take(5_000).collect();
        for (number, (time, price)) in (1..).zip(&steps) {
            assert_eq!(time.ticks(), 10 * number);
            assert!((walk().floor..=walk().ceiling).contains(price), "{price:?}");
        }
        let (low, high) = (Price::from_units(1_200), Price::from_units(8_800));
        assert!(steps.iter().any(|(_, price)| *price < low) && steps.iter().any(|(_, price)| *price > high));
    }

    #[test]
    fn a_path_is_addressed_by_seed_replication_and_market() {
        let series = PriceSeries::Drawn(walk());
        let path = |seed, replication, market| series.path(seed, replication, market).take(20).collect::<Vec<_>>();
        assert_eq!(path(1, 0, "spot"), path(1, 0, "spot"));
        for other in [path(2, 0, "spot"), path(1, 1, "spot"), path(1, 0, "other")] {
            assert_ne!(other, path(1, 0, "spot"));
        }
    }

    /// A change here is value-breaking.
    #[test]
    fn the_first_prices_of_a_path_are_fixed() {
        let prices: Vec<i64> = played(&PriceSeries::Drawn(walk()), 4).iter().map(|(_, price)| *price).collect();
        assert_eq!(prices, GOLDEN);
    }
    const GOLDEN: [i64; 4] = [4_070, 1_205, 4_103, 6_194];
}

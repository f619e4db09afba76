//! Simulation time as an integer count of ticks.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// Ticks in a second: the tick is 1 microsecond.
pub const TICKS_PER_SECOND: i64 = 1_000_000;
/// Ticks in an hour, the time unit of every price.
pub const TICKS_PER_HOUR: i64 = 3_600 * TICKS_PER_SECOND;

/// An instant, in ticks since the start of the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(i64);

/// A length of time, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(i64);

impl SimTime {
    /// The start of the simulation.
    pub const ZERO: Self = Self(0);
    /// Later than every instant that can occur: what is not scheduled is scheduled here.
    pub const NEVER: Self = Self(i64::MAX);

    /// The instant `ticks` after the start.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// Ticks since the start.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// Hours since the start, for reports.
    #[must_use]
    pub fn as_hours(self) -> f64 {
        self.0 as f64 / TICKS_PER_HOUR as f64
    }

    /// This instant moved on by `span`; [`SimTime::NEVER`] where that lies beyond every instant.
    #[must_use]
    pub const fn saturating_add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than every simulation: a lease that is held until something ends it.
    pub const ENDLESS: Self = Self(i64::MAX);

    /// A span of `ticks`.
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// A span of `hours` whole hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self(hours * TICKS_PER_HOUR)
    }

    /// A span of `seconds` whole seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * TICKS_PER_SECOND)
    }

    /// The span nearest to `ticks`, halves up. Values beyond the range saturate; NaN gives zero.
    ///
    /// A drawn duration keeps its mean this way: it is neither cut off nor rounded up to a whole tick
    /// (a span of zero ticks is possible).
    #[must_use]
    pub fn nearest(ticks: f64) -> Self {
        Self((ticks + 0.5) as i64)
    }

    /// Length in ticks.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// Length in hours, for reports and model parameters.
    #[must_use]
    pub fn as_hours(self) -> f64 {
        self.0 as f64 / TICKS_PER_HOUR as f64
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, span: SimDuration) -> Self {
        Self(self.0 + span.0)
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: Self) -> SimDuration {
        SimDuration(self.0 - earlier.0)
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for SimDuration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for SimDuration {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6} h", self.as_hours())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_keeps_the_mean_and_never_panics() {
        assert_eq!(SimDuration::nearest(0.4), SimDuration::ZERO);
        assert_eq!(SimDuration::nearest(0.5).ticks(), 1);
        assert_eq!(SimDuration::nearest(f64::INFINITY), SimDuration::ENDLESS);
        assert_eq!(SimDuration::nearest(f64::NAN), SimDuration::ZERO);
    }

    #[test]
    fn an_endless_span_leads_to_never() {
        assert_eq!(SimTime::from_ticks(5).saturating_add(SimDuration::ENDLESS), SimTime::NEVER);
    }
}

//! The calendar date of time 0, for records that others read: nothing in a simulation depends on it.

use std::fmt;

use super::time::{SimTime, TICKS_PER_HOUR, TICKS_PER_SECOND};

const TICKS_PER_DAY: i64 = 24 * TICKS_PER_HOUR;
/// Days from 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;
/// Days in 400 years of the Gregorian calendar.
const DAYS_PER_ERA: i64 = 146_097;

/// A day in UTC, at whose midnight a simulation starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Days since 1 January 1970.
    days: i64,
}

impl Default for Epoch {
    /// 1 January 2026.
    fn default() -> Self {
        Self { days: days_of(2026, 1, 1) }
    }
}

impl Epoch {
    /// The day written as `2026-01-01`; years 1970 to 9999.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let is_rough = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        if !is_plain || !is_rough {
            return None;
        }
        let epoch = Self { days: days_of(year, month, day) };
        // 30 February would be read back as 1 or 2 March.
        (epoch.to_string() == text).then_some(epoch)
    }

    /// The instant as ISO 8601 in UTC, to the tick: `2026-01-01T12:30:00.000000Z`.
    #[must_use]
    pub fn instant(self, time: SimTime) -> String {
        let (day, tick) = (time.ticks().div_euclid(TICKS_PER_DAY), time.ticks().rem_euclid(TICKS_PER_DAY));
        let (second, fraction) = (tick / TICKS_PER_SECOND, tick % TICKS_PER_SECOND);
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        format!("{}T{hour:02}:{minute:02}:{:02}.{fraction:06}Z", Day(self.days + day), second % 60)
    }

    /// Start and end of the calendar month in which the instant lies, as ISO 8601 in UTC.
    #[must_use]
    pub fn month(self, time: SimTime) -> (String, String) {
        let (year, month, _) = date_of(self.days + time.ticks().div_euclid(TICKS_PER_DAY));
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        (format!("{year:04}-{month:02}-01T00:00:00Z"), format!("{next_year:04}-{next:02}-01T00:00:00Z"))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Day(self.days).fmt(f)
    }
}

/// Days since 1 January 1970, written as a date.
struct Day(i64);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Days since 1 January 1970. A year is counted from March, so that the leap day is its last: month m of such a year
/// begins on day (153 m + 2) / 5.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
        - 1
        - DAYS_TO_1970
}

/// Year, month and day of a number of days since 1 January 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let since = days + DAYS_TO_1970;
    let (era, of_era) = (since.div_euclid(DAYS_PER_ERA), since.rem_euclid(DAYS_PER_ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, is_next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (400 * era + year + is_next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    fn hours(hours: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_hours(hours)
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        for (days, date) in [
            (0, "1970-01-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_454, "2026-01-01"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Epoch::parse(date), Some(Epoch { days }), "{date}");
            assert_eq!(Epoch { days }.to_string(), date);
        }
        assert_eq!(Epoch::default().to_string(), "2026-01-01");
    }

    #[test]
    fn every_day_is_read_back() {
        for days in 0..200_000 {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["2026-02-30", "2100-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01T00:00", "", "-026-01-01"]
        {
            assert_eq!(Epoch::parse(text), None, "{text}");
        }
    }

    #[test]
    fn instants_and_months_follow_the_calendar() {
        let epoch = Epoch::parse("2023-12-31").unwrap();
        let instant = hours(23) + SimDuration::from_ticks(59 * 60 * TICKS_PER_SECOND + 7);
        assert_eq!(epoch.instant(instant), "2023-12-31T23:59:00.000007Z");
        assert_eq!(epoch.month(instant), ("2023-12-01T00:00:00Z".to_owned(), "2024-01-01T00:00:00Z".to_owned()));
        assert_eq!(epoch.month(hours(24)), ("2024-01-01T00:00:00Z".to_owned(), "2024-02-01T00:00:00Z".to_owned()));
        assert_eq!(epoch.instant(hours(24 * 60)), "2024-02-29T00:00:00.000000Z");
    }
}

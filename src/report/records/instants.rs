//! Instants as ISO 8601, many of a day.

use super::names::{Day, Names, day};
use crate::units::{Epoch, SimTime, TICKS_PER_SECOND};

/// Writes the instant that `at` reads off a row.
pub(super) fn instants<'m, R>(
    epoch: Epoch,
    at: fn(&R) -> SimTime,
) -> impl FnMut(&R, &Names<'m>, &mut String) -> Option<()> {
    let mut calendar = Calendar { epoch, today: None };
    move |row, _, text| {
        calendar.write(text, at(row));
        Some(())
    }
}

/// Writes what [`Epoch::instant`] says, with the date made once a day.
struct Calendar {
    epoch: Epoch,
    /// The day that was asked for last, as `2026-01-01T`.
    today: Option<(Day, String)>,
}

impl Calendar {
    fn write(&mut self, text: &mut String, at: SimTime) {
        let today = day(at);
        let known = self.today.take().filter(|(known, _)| *known == today);
        let (_, date) = self.today.insert(known.unwrap_or_else(|| (today, date(self.epoch, today))));
        text.push_str(date);
        time_of_day(text, (at - today.start()).ticks());
    }
}

fn date(epoch: Epoch, day: Day) -> String {
    let mut midnight = epoch.instant(day.start());
    midnight.truncate(midnight.find('T').map_or(0, |at| at + 1));
    midnight
}

/// To the tick: `12:30:00.000000Z`.
fn time_of_day(text: &mut String, ticks: i64) {
    let (second, fraction) = ((ticks / TICKS_PER_SECOND) as u32, (ticks % TICKS_PER_SECOND) as u32);
    let mut time = *b"00:00:00.000000Z";
    for (number, end, width) in
        [(second / 3_600, 2, 2), (second / 60 % 60, 5, 2), (second % 60, 8, 2), (fraction, 15, 6)]
    {
        digits(&mut time[end - width..end], number);
    }
    text.push_str(str::from_utf8(&time).expect("digits"));
}

/// The last digits of a number, as many as there is room for.
fn digits(room: &mut [u8], mut number: u32) {
    for place in room.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_what_the_epoch_says() {
        let epoch = Epoch::parse("2027-12-31").expect("a day");
        let mut calendar = Calendar { epoch, today: None };
        let second = TICKS_PER_SECOND;
        for ticks in [0, 1, 59 * second + 999_999, 86_399 * second, 86_400 * second, 1, -1, 5_000_000 * second + 42] {
            let (mut text, at) = (String::new(), SimTime::from_ticks(ticks));
            calendar.write(&mut text, at);
            assert_eq!(text, epoch.instant(at));
        }
    }
}

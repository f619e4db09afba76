//! From rows as they come to one price at a time.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::rows::Rows;
use crate::demand::PriceHistory;
use crate::units::{Price, SimDuration, UNITS_PER_CURRENCY};

/// The prices of a market, in order.
#[derive(Clone, Debug, Default)]
pub(in crate::scenario) struct Recorded {
    /// Time in microseconds since 1970, ascending, and price from then on.
    pub(super) prices: Vec<(i64, Decimal)>,
    pub(super) markets: BTreeSet<String>,
    pub(super) others: BTreeSet<String>,
    of_others: u64,
    pub(super) malformed: u64,
    pub(super) first_malformed: Option<u64>,
    /// Rows that say once more what another says.
    doubles: u64,
    /// Rows whose time is that of another with another price, which stands.
    contradicted: u64,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub(super) digest: String,
}

/// What of a history is played, and how.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Playing {
    /// Where time 0 lies, in microseconds since 1970; at the first row if it is not stated.
    pub(in crate::scenario) start: Option<i64>,
    /// Does it begin again where it ends?
    pub(in crate::scenario) repeats: bool,
    /// What every price is multiplied by.
    pub(in crate::scenario) scale: Decimal,
}

/// Why a history cannot be played so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum Unplayable {
    /// It begins after the start that is stated.
    StartsLater,
    /// It ends before the start that is stated.
    EndsBefore,
    /// There is no time between start and end.
    NothingToRepeat,
    /// A price would be too high.
    TooHigh,
}

impl Recorded {
    pub(super) fn new(rows: Rows, digest: String) -> Self {
        let Rows { mut prices, markets, others, of_others, malformed, first_malformed } = rows;
        // Newest first is how they are published. Of several prices of one time, the one that came last stands.
        if prices.first().map(|row| row.0) > prices.last().map(|row| row.0) {
            prices.reverse();
        }
        prices.sort_by_key(|(time, _)| *time);
        let mut recorded = Self { markets, others, of_others, malformed, first_malformed, digest, ..Self::default() };
        for (time, price) in prices {
            match recorded.prices.last_mut() {
                Some(last) if last.0 == time && last.1 == price => recorded.doubles += 1,
                Some(last) if last.0 == time => {
                    last.1 = price;
                    recorded.contradicted += 1;
                }
                _ => recorded.prices.push((time, price)),
            }
        }
        recorded
    }

    /// Time of the first row, in microseconds since 1970.
    pub(in crate::scenario) fn first(&self) -> i64 {
        self.prices.first().map_or(0, |(time, _)| *time)
    }

    /// How long it goes on from `start`.
    pub(in crate::scenario) fn length_from(&self, start: Option<i64>) -> SimDuration {
        let last = self.prices.last().map_or(0, |(time, _)| *time);
        SimDuration::from_ticks((last - start.unwrap_or(self.first())).max(0))
    }

    /// What the simulation plays.
    pub(in crate::scenario) fn playing(&self, how: &Playing) -> Result<PriceHistory, Unplayable> {
        let start = how.start.unwrap_or(self.first());
        let end = self.prices.last().map_or(start, |(time, _)| *time);
        if start > end {
            return Err(Unplayable::EndsBefore);
        }
        let before = self.prices.partition_point(|(time, _)| *time <= start);
        let first = before.checked_sub(1).ok_or(Unplayable::StartsLater)?;
        let period = how.repeats.then(|| SimDuration::from_ticks(end - start));
        if period == Some(SimDuration::ZERO) {
            return Err(Unplayable::NothingToRepeat);
        }
        let played = self.prices[first..].iter().filter(|(time, _)| !how.repeats || *time < end);
        let changes = played.map(|(time, price)| {
            let at = SimDuration::from_ticks((time - start).max(0));
            Ok((at, in_units(*price, how.scale).ok_or(Unplayable::TooHigh)?))
        });
        Ok(PriceHistory::new(changes.collect::<Result<Vec<_>, _>>()?, period))
    }

    /// What was read, and what was not.
    pub(super) fn note(&self) -> String {
        let changes = self.prices.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
        format!(
            "{} prices, {changes} changes; rows dropped: {} malformed, {} of other markets, {} double, {} contradicted",
            self.prices.len(),
            self.malformed,
            self.of_others,
            self.doubles,
            self.contradicted
        )
    }
}

/// To the nearest unit, ties to the even one.
fn in_units(price: Decimal, scale: Decimal) -> Option<Price> {
    let units = price.checked_mul(scale)?.checked_mul(UNITS_PER_CURRENCY.into())?.round().to_i64()?;
    (units <= i64::MAX / 4).then_some(Price::from_units(units))
}

#[cfg(test)]
mod tests {
    use super::super::formats;
    use super::super::rows::Wanted;
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn recorded(text: &str, wanted: &Wanted) -> Recorded {
        Recorded::new(formats::read(text.as_bytes().to_vec(), wanted).expect("a format"), String::new())
    }

    /// Seconds after the first price, and price in millionths.
    fn prices(recorded: &Recorded) -> Vec<(i64, i64)> {
        let price = |price: Decimal| (price * Decimal::from(1_000_000)).to_i64().expect("a price");
        recorded.prices.iter().map(|(time, p)| ((time - recorded.first()) / SECOND, price(*p))).collect()
    }

    fn entry(second: u32, price: &str, zone: &str) -> String {
        format!(
            r#"{{ "Timestamp": "2016-04-25T11:00:{second:02}.000Z", "ProductDescription": "Linux/UNIX",
            "InstanceType": "c1.medium", "SpotPrice": {price}, "AvailabilityZone": "{zone}" }}"#
        )
    }

    fn in_zone(zone: &str) -> Wanted {
        Wanted { zone: Some(zone.to_owned()), ..Wanted::default() }
    }

    #[test]
    fn pages_of_json_are_one_history() {
        let [a, b, c, d] = [(30, "\"0.25\"", "b"), (20, "\"0.016200\"", "b"), (20, "9", "c"), (10, "0.5", "b")]
            .map(|(second, price, zone)| entry(second, price, zone));
        let text =
            format!(r#"{{"SpotPriceHistory": [{a}, {b}], "NextToken": "x"}} {{"SpotPriceHistory": [{c}, {d}, {{}}]}}"#);
        let read = recorded(&text, &in_zone("b"));
        assert_eq!(prices(&read), [(0, 500_000), (10, 16_200), (20, 250_000)]);
        assert_eq!((read.of_others, read.malformed, read.first_malformed), (1, 1, Some(5)));
        assert_eq!(read.others.first().map(String::as_str), Some("c1.medium c Linux/UNIX"));
        assert_eq!(prices(&recorded(&format!("[{a}, {d}]"), &Wanted::default())), [(0, 500_000), (20, 250_000)]);
        assert!(formats::read(b"{\"a\": 1}".to_vec(), &Wanted::default()).is_err());
        assert!(formats::read(b"[{".to_vec(), &Wanted::default()).is_err());
    }

    #[test]
    fn both_orders_of_tabbed_text_are_read() {
        let text = "SPOTPRICEHISTORY\tus-east-1b\tc1.medium\tLinux/UNIX\t0.25\t2016-04-25T11:00:30+00:00\n\
                    us-east-1b\tc1.medium\tLinux/UNIX\t0.0162\t2016-04-25T11:00:20.000Z\n\
                    SPOTINSTANCEPRICE\t0.5\t2016-04-25T13:00:10+0200\tc1.medium\tLinux/UNIX\tus-east-1b\n\
                    SPOTPRICEHISTORY\t0.5\n\n\
                    SPOTPRICEHISTORY\t0.7\t2016-04-25T11:00:10Z\tc1.medium\tWindows\tus-east-1b\n";
        let product = Wanted { product: Some("Linux/UNIX".to_owned()), ..Wanted::default() };
        let read = recorded(text, &product);
        assert_eq!(prices(&read), [(0, 500_000), (10, 16_200), (20, 250_000)]);
        assert_eq!((read.markets.len(), read.of_others, read.malformed), (1, 1, 1));
        assert_eq!(recorded(text, &Wanted::default()).markets.len(), 2);
    }

    #[test]
    fn csv_is_read_by_the_names_of_its_columns() {
        let text = "timestamp,price_usd_per_hour\r\n2016-04-25T11:00:10Z,0.5\r\n2016-04-25T11:00:20Z,0.0162\r\n\
                    yesterday,1\r\n2016-04-25T11:00:30Z,-1\r\n2016-04-25T11:00:40Z\r\n";
        let read = recorded(text, &Wanted::default());
        assert_eq!(prices(&read), [(0, 500_000), (10, 16_200)]);
        assert_eq!((read.malformed, read.first_malformed), (3, Some(3)));
        let more = "SpotPrice,Timestamp,Availability_Zone\n1,2016-04-25T11:00:10Z,a\n2,2016-04-25T11:00:10Z,b\n";
        assert_eq!(prices(&recorded(more, &in_zone("b"))), [(0, 2_000_000)]);
        let bad = formats::read(b"when,price\n".to_vec(), &Wanted::default());
        assert!(bad.expect_err("no time").to_string().contains("`timestamp`"));
        assert!(
            formats::read(text.as_bytes().to_vec(), &in_zone("b")).expect_err("no zone").to_string().contains("`zone`")
        );
    }

    #[test]
    fn one_price_at_a_time_remains() {
        let text = "timestamp,price\n2016-04-25T11:00:20Z,3\n2016-04-25T11:00:10Z,1\n2016-04-25T11:00:20Z,3\n\
                    2016-04-25T11:00:20Z,4\n2016-04-25T11:00:30Z,4\n";
        let read = recorded(text, &Wanted::default());
        assert_eq!(prices(&read), [(0, 1_000_000), (10, 4_000_000), (20, 4_000_000)]);
        assert_eq!((read.doubles, read.contradicted), (1, 1));
        // Newest first, the first of one time came last.
        let newest_first = "timestamp,price\n2016-04-25T11:00:20Z,4\n2016-04-25T11:00:20Z,3\n2016-04-25T11:00:10Z,1\n";
        assert_eq!(prices(&recorded(newest_first, &Wanted::default()))[1], (10, 4_000_000));
    }

    #[test]
    fn a_history_is_played_from_its_start_once_or_again() {
        let text = "timestamp,price\n2016-04-25T11:00:10Z,1\n2016-04-25T11:00:20Z,2\n2016-04-25T11:00:30Z,3\n";
        let read = recorded(text, &Wanted::default());
        let ten = 10 * SECOND;
        let played = |start: Option<i64>, repeats: bool| {
            let start = start.map(|start| read.first() + start);
            let history = read.playing(&Playing { start, repeats, scale: Decimal::new(5, 1) })?;
            let change = |(at, price): &(SimDuration, Price)| (at.ticks(), price.units() / 100_000_000);
            Ok::<_, Unplayable>(history.changes().iter().map(change).collect::<Vec<_>>())
        };
        assert_eq!(played(None, false), Ok(vec![(0, 5), (ten, 10), (2 * ten, 15)]));
        assert_eq!(played(Some(ten), false), Ok(vec![(0, 10), (ten, 15)]));
        assert_eq!(played(Some(ten / 2), true), Ok(vec![(0, 5), (ten / 2, 10)]));
        assert_eq!(played(Some(2 * ten), false), Ok(vec![(0, 15)]));
        assert_eq!(played(Some(2 * ten), true), Err(Unplayable::NothingToRepeat));
        assert_eq!(played(Some(-1), false), Err(Unplayable::StartsLater));
        assert_eq!(played(Some(3 * ten), false), Err(Unplayable::EndsBefore));
    }
}

//! Times as histories write them.

use chrono::DateTime;

/// Microseconds from the start of 1970 to an instant such as `2016-04-25T11:27:51.000Z`, `2025-11-30T03:50:26+00:00` or
/// `2014-05-06T18:44:30-0700`.
pub(in crate::scenario) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let parsed =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    parsed.ok().map(|instant| instant.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn times_of_all_formats_are_read() {
        let expected = Some(1_461_583_671_000_000);
        for text in [
            "2016-04-25T11:27:51.000Z",
            "2016-04-25T11:27:51Z",
            " 2016-04-25T11:27:51+00:00",
            "2016-04-25T13:27:51+0200",
            "2016-04-25T04:27:51-0700",
        ] {
            assert_eq!(instant(text), expected, "{text}");
        }
        assert_eq!(instant("2016-04-25T11:27:51.000002Z"), Some(1_461_583_671_000_002));
        for text in ["", "2016-04-25", "2016-04-25T11:27:51", "25.4.2016", "2016-02-30T00:00:00Z"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}

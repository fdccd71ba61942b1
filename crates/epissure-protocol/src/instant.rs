//! Instants as documents store them: UTC, milliseconds, offset written `+00:00` (the Orange page's
//! sample). [`crate::dialect::Dialect::instant`] formats them for a dialect.

use epissure_filter::instant::{self as reader, LATEST};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Formats an instant: `2025-01-14T13:17:58.078+00:00`. The last one, which replaces all later
/// ones, is written as the end of the year 9999.
#[must_use]
pub fn format(at: Timestamp) -> String {
    if at >= LATEST {
        return "9999-12-31T23:59:59.999+00:00".to_owned();
    }
    let civil = at.to_zoned(TimeZone::UTC).datetime();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+00:00",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second(),
        civil.millisecond()
    )
}

/// Parses an RFC 3339 date-time with any offset, or a full date as its midnight UTC, truncated to
/// the millisecond. The rules are those of [`epissure_filter::instant`], so that a filter and a
/// body read the same text as the same instant.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    reader::parse(text).map(to_millisecond)
}

/// Parses an RFC 3339 date-time as [`parse`] does; rejects full dates.
#[must_use]
pub fn parse_date_time(text: &str) -> Option<Timestamp> {
    reader::parse_date_time(text).map(to_millisecond)
}

/// Truncates an instant to the millisecond, so that its stored and shown values are equal.
#[must_use]
pub fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// `#[serde(with)]` for a mandatory instant.
pub mod serde_format {
    use super::{Timestamp, format, parse};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Serializes an instant with [`format()`].
    ///
    /// # Errors
    /// Returns the serializer's errors.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format(*at))
    }

    /// Deserializes an instant with [`parse`].
    ///
    /// # Errors
    /// Fails when the text is not an instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 instant"))
    }
}

/// `#[serde(with)]` for an optional instant.
pub mod serde_option {
    use super::{Timestamp, serde_format};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Serializes an instant, or null.
    ///
    /// # Errors
    /// Returns the serializer's errors.
    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serde_format::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Deserializes an instant, or null.
    ///
    /// # Errors
    /// Fails when the text is not an instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        #[derive(Deserialize)]
        struct Present(#[serde(with = "serde_format")] Timestamp);
        Ok(Option::<Present>::deserialize(deserializer)?.map(|present| present.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_is_the_same_instant_and_is_written_in_utc() {
        for text in
            ["2025-01-14T13:17:58.078+00:00", "2025-01-14T14:17:58.078+01:00", "2025-01-14T13:17:58.0789Z"]
        {
            assert_eq!(format(parse(text).unwrap()), "2025-01-14T13:17:58.078+00:00", "{text}");
        }
        assert_eq!(format(parse("2025-01-14").unwrap()), "2025-01-14T00:00:00.000+00:00");
        assert_eq!(format(parse("9999-12-31T23:59:59Z").unwrap()), "9999-12-31T23:59:59.999+00:00");
        assert_eq!(format(parse("0000-01-01T00:00:00+01:00").unwrap()), "0000-01-01T00:00:00.000+00:00");
        for text in [
            "",
            "tomorrow",
            "2025-01-14T13:17:58",
            "2025-13-14",
            "14/01/2025",
            "20261201T120000Z",
            "2026-12-01T12:00Z",
            "2026-12-01T12:00:00Z[Europe/Paris]",
            "2026-12-01T12:00:00+01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

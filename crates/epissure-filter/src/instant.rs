//! RFC 3339 instants: the single parser for filters, bodies, events and files.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Earliest instant of a four-digit year.
pub const EARLIEST: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// Latest instant, in whole milliseconds, that [`Timestamp`] can represent. It replaces every later
/// one, up to the end of the year 9999, which documents use for "never".
pub const LATEST: Timestamp = Timestamp::constant(253_402_207_200, 999_000_000);

/// Parses an RFC 3339 date-time, or a full date as its midnight UTC.
///
/// Instants outside [`EARLIEST`] to [`LATEST`] are clamped to that range. Second 60 is parsed as
/// 59, and only before midnight UTC, where RFC 3339 section 5.7 allows it.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    match text.len() {
        10 => at(date(text.as_bytes())?, Time::midnight(), Offset::UTC),
        _ => parse_date_time(text),
    }
}

/// Parses an RFC 3339 date-time as [`parse`] does; rejects full dates.
#[must_use]
pub fn parse_date_time(text: &str) -> Option<Timestamp> {
    let (date_text, rest) = text.as_bytes().split_at_checked(10)?;
    let Clock { time, offset, leap } = clock(rest)?;
    let at = at(date(date_text)?, time, offset)?;
    let ends_day = at == LATEST || at.as_second().rem_euclid(86_400) == 86_399;
    (!leap || ends_day).then_some(at)
}

/// Returns the instant of a civil time, clamped to [`EARLIEST`] to [`LATEST`].
fn at(date: Date, time: Time, offset: Offset) -> Option<Timestamp> {
    // A four-digit year can only exceed the upper end of the range.
    let at = offset.to_timestamp(DateTime::from_parts(date, time)).unwrap_or(LATEST);
    Some(at.clamp(EARLIEST, LATEST))
}

/// The part of a date-time after its date.
struct Clock {
    time: Time,
    offset: Offset,
    /// True when the second was written 60.
    leap: bool,
}

/// Parses an operand of a query, where a `+` that was not percent-encoded was decoded as a space.
pub(crate) fn parse_operand(text: &str) -> Option<Timestamp> {
    parse(text).or_else(|| {
        let sign = text.len().checked_sub("+00:00".len())?;
        let (before, after) = text.split_at_checked(sign)?;
        parse(&format!("{before}+{}", after.strip_prefix(' ')?))
    })
}

fn date(bytes: &[u8]) -> Option<Date> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *bytes else { return None };
    let year = number(&[y0, y1, y2, y3])?;
    Date::new(year, i8::try_from(number(&[m0, m1])?).ok()?, i8::try_from(number(&[d0, d1])?).ok()?).ok()
}

fn clock(bytes: &[u8]) -> Option<Clock> {
    let [b'T' | b't', h0, h1, b':', m0, m1, b':', s0, s1, rest @ ..] = bytes else { return None };
    let (nanosecond, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        _ => (0, rest),
    };
    let offset = match *rest {
        [b'Z' | b'z'] => Offset::UTC,
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (number(&[h0, h1])?, number(&[m0, m1])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
            Offset::from_seconds(if sign == b'-' { -seconds } else { seconds }).ok()?
        }
        _ => return None,
    };
    // A leap second becomes the last second of its minute: civil time has no second 60.
    let second = number(&[*s0, *s1])?;
    let leap = second == 60;
    let second = if leap { 59 } else { second };
    let hour = i8::try_from(number(&[*h0, *h1])?).ok()?;
    let minute = i8::try_from(number(&[*m0, *m1])?).ok()?;
    let time = Time::new(hour, minute, i8::try_from(second).ok()?, nanosecond).ok()?;
    Some(Clock { time, offset, leap })
}

/// Parses the digits after the decimal point; digits beyond the nanosecond are dropped.
fn fraction(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let nanosecond = bytes[..digits]
        .iter()
        .chain(std::iter::repeat(&b'0'))
        .take(9)
        .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((nanosecond, &bytes[digits..]))
}

fn number(digits: &[u8]) -> Option<i16> {
    digits
        .iter()
        .try_fold(0, |value: i16, digit| digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) {
        assert_eq!(parse(left), parse(right), "{left} {right}");
        assert!(parse(left).is_some(), "{left}");
    }

    #[test]
    fn reads_instants_whatever_their_offset() {
        same("2024-01-01", "2024-01-01T00:00:00Z");
        same("2024-01-01T00:00:00.000+00:00", "2024-01-01T00:00:00Z");
        same("2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z");
        same("2023-12-31T19:30:00-04:30", "2024-01-01T00:00:00z");
        same("2024-01-01t00:00:00.123456789999Z", "2024-01-01T00:00:00.123456789Z");
        same("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z");
        assert_eq!(parse("2024-01-01").unwrap().as_second(), 1_704_067_200);
        same("2016-12-31T18:59:60-05:00", "2016-12-31T23:59:59Z");
    }

    #[test]
    fn what_cannot_be_represented_is_the_nearest_instant_that_can() {
        assert_eq!(parse("9999-12-31T23:59:59Z"), Some(LATEST));
        assert_eq!(parse("9999-12-31T23:59:59.999999999-23:59"), Some(LATEST));
        assert_eq!(parse("9999-12-30T22:00:00.999Z"), Some(LATEST));
        assert_eq!(parse("0000-01-01"), Some(EARLIEST));
        assert_eq!(parse("0000-01-01T00:00:00+14:00"), Some(EARLIEST));
    }

    #[test]
    fn a_full_date_is_no_date_time() {
        assert_eq!(parse_date_time("2024-01-01"), None);
        assert_eq!(parse_date_time("2024-01-01T00:00:00Z"), parse("2024-01-01"));
    }

    #[test]
    fn refuses_what_rfc_3339_does() {
        for text in [
            "",
            "2024",
            "2024-01",
            "2024-1-1",
            "2024-13-01",
            "2024-02-30",
            "2023-02-29",
            "20240101",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00Z",
            "2024-01-01 00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:61Z",
            "2024-01-01T12:00:60Z",
            "2024-01-01T23:59:60+02:00",
            "20240101T000000Z",
            "2024-01-01T000000Z",
            "2024-01-01T00:00:00+00",
            "2024-W01-1",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00,5Z",
            "2024-01-01T00:00:00+0000",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+00:60",
            "2024-01-01T00:00:00Z[UTC]",
            " 2024-01-01",
            "2024-01-01 ",
            "２０24-01-01",
            "é024-01-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_operand_may_have_lost_its_plus() {
        assert_eq!(parse_operand("2024-01-01T02:00:00 02:00"), parse("2024-01-01"));
        assert_eq!(parse_operand("2024-01-01"), parse("2024-01-01"));
        assert_eq!(parse_operand("2024-01-01 02:00"), None);
        assert_eq!(parse_operand("é 02:00"), None);
    }
}

//! Dates, as RFC 3339 writes them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Reads an RFC 3339 date-time, or a full date, which is its midnight UTC.
///
/// An instant past what [`Timestamp`] can hold (the last day of the year 9999, which documents use for
/// "never") is [`Timestamp::MAX`].
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let date = date(bytes.get(..10)?)?;
    let (time, offset) = match bytes.len() {
        10 => (Time::midnight(), Offset::UTC),
        _ => time_and_offset(&bytes[10..])?,
    };
    // Only the upper end of the range is within reach of a four-digit year.
    Some(offset.to_timestamp(DateTime::from_parts(date, time)).unwrap_or(Timestamp::MAX))
}

/// Reads the operand of a query, where a `+` that was not percent-encoded has become a space.
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

fn time_and_offset(bytes: &[u8]) -> Option<(Time, Offset)> {
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
    // A leap second is the last one of its minute: civil time has no other place for it.
    let second = number(&[*s0, *s1]).map(|second| if second == 60 { 59 } else { second })?;
    let hour = i8::try_from(number(&[*h0, *h1])?).ok()?;
    let minute = i8::try_from(number(&[*m0, *m1])?).ok()?;
    Some((Time::new(hour, minute, i8::try_from(second).ok()?, nanosecond).ok()?, offset))
}

/// Reads the digits after the point; those beyond the nanosecond are cut.
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
        assert_eq!(parse("9999-12-31T23:59:59Z"), Some(Timestamp::MAX));
        assert!(parse("0000-01-01").is_some());
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

//! Durations and sizes as options spell them: `10d`, `36h`, `1d12h`; `1MiB`.

use bytesize::ByteSize;
use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};
use jiff::{Span, SpanRelativeTo, SpanRound, ToSpan as _, Unit};

/// The longest duration, in seconds: ten years.
const MAX_DURATION: i64 = 3650 * 86_400;

/// Parses a duration; returns seconds. Days have 24 hours.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let unreadable = || "a duration is written 10d, 36h, 90m, 30s or 1d12h".to_owned();
    let span: Span = text.parse().map_err(|_| unreadable())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unreadable())?;
    match duration.as_secs() {
        ..=0 => Err("a duration is at least one second, for example 10d or 36h".to_owned()),
        1..=MAX_DURATION => Ok(duration.as_secs()),
        _ => Err("a duration is at most 3650d".to_owned()),
    }
}

/// Formats seconds so that [`parse_duration`] reads them again.
pub(crate) fn format_duration(seconds: i64) -> String {
    let largest_days = SpanRound::new().largest(Unit::Day).days_are_24_hours();
    let span = seconds.seconds().round(largest_days).unwrap_or_else(|_| seconds.seconds());
    SpanPrinter::new().designator(Designator::Compact).spacing(Spacing::None).span_to_string(&span)
}

/// Parses the limit of a body or a file; returns bytes.
pub(crate) fn parse_size(text: &str) -> Result<usize, String> {
    match parse_bytes(text)?.as_u64() {
        size @ 1024..=0x400_0000 => usize::try_from(size).map_err(|error| error.to_string()),
        _ => Err("a limit is from 1KiB to 64MiB".to_owned()),
    }
}

/// Parses an amount of memory or disk; returns bytes.
pub(crate) fn parse_amount(text: &str) -> Result<u64, String> {
    match parse_bytes(text)?.as_u64() {
        amount @ 0x10_0000.. => Ok(amount),
        _ => Err("an amount is at least 1MiB".to_owned()),
    }
}

fn parse_bytes(text: &str) -> Result<ByteSize, String> {
    text.parse().map_err(|_| "a size is a number of bytes, or written 512KiB, 1MiB or 5GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_and_formatted_alike() {
        for (text, seconds) in
            [("10d", 864_000), ("36h", 129_600), ("90m", 5400), ("30s", 30), ("1d12h", 129_600)]
        {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
            assert_eq!(parse_duration(&format_duration(seconds)), Ok(seconds), "{text}");
        }
        assert_eq!(format_duration(864_000), "10d");
        assert_eq!(format_duration(129_600), "1d12h");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "10", "d", "-1d", "0s", "0.5s", "1mo", "1y", "1h1", "99999999999999999999d", "4000d", "é"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("1048576"), Ok(1_048_576));
        assert_eq!(parse_size("512KiB"), Ok(524_288));
        assert_eq!(parse_size("4MiB"), Ok(4_194_304));
        for text in ["", "0", "12", "1GB", "65MiB", "MiB", "-1", "99999999999999999999MiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        assert_eq!(parse_amount("5GiB"), Ok(5 << 30));
        assert!(parse_amount("1023KiB").is_err());
    }
}

//! Dates in HTTP headers (RFC 9110 section 5.6.7).

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Parses an HTTP date in any of its three formats: IMF-fixdate, RFC 850 and asctime.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(text.trim()).ok()?.try_into().ok()
}

/// Formats an instant as an IMF-fixdate, the only format that a server may send.
pub(crate) fn write(at: Timestamp) -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_formats_are_read_and_the_first_is_written() {
        let at: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        let fixdate = "Sun, 06 Nov 1994 08:49:37 GMT";
        for text in [fixdate, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(read(text), Some(at), "{text}");
        }
        assert_eq!(write(at), fixdate);
        for text in ["", "yesterday", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 +0200"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

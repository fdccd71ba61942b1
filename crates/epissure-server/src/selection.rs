//! Selection of a content: conditions and ranges (RFC 9110 §13 and §14).

use std::ops::Range;

use http::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, Method};
use jiff::Timestamp;

use crate::http_date;

/// A content that supports ranges and conditions.
pub(crate) struct Selectable<'a> {
    /// Strong entity tag, with quotes.
    pub(crate) etag: &'a str,
    /// Date of the last modification.
    pub(crate) since: Timestamp,
    /// Size, in bytes.
    pub(crate) size: u64,
}

/// Result of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selected {
    /// The whole content.
    Whole,
    /// This range of bytes.
    Part(Range<u64>),
    /// No content: the caller has the current one (304).
    NotModified,
    /// No content: a precondition failed (412).
    Failed,
    /// No content: the range is outside it (416).
    Unsatisfiable,
}

impl Selectable<'_> {
    /// Evaluates the conditions and the range of a request, in the order of RFC 9110 §13.2.2.
    ///
    /// Invalid dates, invalid ranges and multiple ranges are ignored: the whole content is a valid
    /// response to each.
    pub(crate) fn select(&self, method: &Method, headers: &HeaderMap) -> Selected {
        let later = |than: Timestamp| self.since.as_second() > than.as_second();
        let unmet = match tags(headers, IF_MATCH) {
            Some(tags) => !tags.iter().any(|tag| *tag == "*" || *tag == self.etag),
            None => date(headers, IF_UNMODIFIED_SINCE).is_some_and(later),
        };
        if unmet {
            return Selected::Failed;
        }
        let known = match tags(headers, IF_NONE_MATCH) {
            Some(tags) => {
                tags.iter().any(|tag| *tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
            }
            None => date(headers, IF_MODIFIED_SINCE).is_some_and(|date| !later(date)),
        };
        if known {
            return Selected::NotModified;
        }
        match text(headers, RANGE) {
            Some(range) if *method == Method::GET && self.admits_range(headers) => self.part(range),
            _ => Selected::Whole,
        }
    }

    /// Returns true if `If-Range` permits the range.
    fn admits_range(&self, headers: &HeaderMap) -> bool {
        match text(headers, IF_RANGE) {
            None => !headers.contains_key(IF_RANGE),
            Some(tag) if tag.starts_with('"') => tag == self.etag,
            Some(_) => date(headers, IF_RANGE).is_some_and(|date| date.as_second() == self.since.as_second()),
        }
    }

    fn part(&self, range: &str) -> Selected {
        let only = range.trim().strip_prefix("bytes=").filter(|ranges| !ranges.contains(','));
        let Some((first, last)) = only.and_then(|range| range.trim().split_once('-')) else {
            return Selected::Whole;
        };
        let range = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(self.size),
            (Some(first), None) if last.is_empty() => first..self.size,
            (None, Some(last)) if first.is_empty() => self.size.saturating_sub(last)..self.size,
            _ => return Selected::Whole,
        };
        if range.is_empty() { Selected::Unsatisfiable } else { Selected::Part(range) }
    }
}

/// Parses digits. A sign is refused.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<&str>> {
    let values = headers.get_all(&name).iter();
    headers.contains_key(&name).then(|| {
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect()
    })
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    http_date::read(text(headers, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"abc\"";
    const THEN: &str = "Tue, 14 Jan 2025 13:17:58 GMT";
    const BEFORE: &str = "Tue, 14 Jan 2025 13:17:57 GMT";

    fn select(headers: &[(HeaderName, &str)]) -> Selected {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        let content =
            Selectable { etag: ETAG, since: "2025-01-14T13:17:58.078Z".parse().unwrap(), size: 100 };
        content.select(&Method::GET, &headers)
    }

    #[test]
    fn ranges() {
        for (range, selected) in [
            ("bytes=0-0", Selected::Part(0..1)),
            ("bytes=10-19", Selected::Part(10..20)),
            ("bytes=10-", Selected::Part(10..100)),
            ("bytes=-10", Selected::Part(90..100)),
            ("bytes=-1000", Selected::Part(0..100)),
            ("bytes=90-18446744073709551615", Selected::Part(90..100)),
            ("bytes=100-", Selected::Unsatisfiable),
            ("bytes=100-200", Selected::Unsatisfiable),
            ("bytes=-0", Selected::Unsatisfiable),
            ("bytes=20-10", Selected::Whole),
            ("bytes=0-1,5-6", Selected::Whole),
            ("bytes=-", Selected::Whole),
            ("bytes=+1-2", Selected::Whole),
            ("bytes=a-b", Selected::Whole),
            ("bytes=0-99999999999999999999", Selected::Whole),
            ("lines=0-1", Selected::Whole),
            ("", Selected::Whole),
        ] {
            assert_eq!(select(&[(RANGE, range)]), selected, "{range}");
        }
    }

    #[test]
    fn a_range_is_for_get_alone_and_for_what_the_caller_has_the_rest_of() {
        for (condition, selected) in [
            (ETAG, Selected::Part(0..1)),
            ("\"other\"", Selected::Whole),
            ("W/\"abc\"", Selected::Whole),
            (THEN, Selected::Part(0..1)),
            (BEFORE, Selected::Whole),
            ("nonsense", Selected::Whole),
        ] {
            assert_eq!(select(&[(RANGE, "bytes=0-0"), (IF_RANGE, condition)]), selected, "{condition}");
        }
        let headers = HeaderMap::from_iter([(RANGE, "bytes=0-0".parse().unwrap())]);
        let content = Selectable { etag: ETAG, since: Timestamp::UNIX_EPOCH, size: 100 };
        assert_eq!(content.select(&Method::HEAD, &headers), Selected::Whole);
    }

    #[test]
    fn conditions() {
        for (name, value, selected) in [
            (IF_MATCH, ETAG, Selected::Whole),
            (IF_MATCH, "*", Selected::Whole),
            (IF_MATCH, "\"x\", \"abc\"", Selected::Whole),
            (IF_MATCH, "\"x\"", Selected::Failed),
            (IF_MATCH, "W/\"abc\"", Selected::Failed),
            (IF_NONE_MATCH, ETAG, Selected::NotModified),
            (IF_NONE_MATCH, "W/\"abc\"", Selected::NotModified),
            (IF_NONE_MATCH, "*", Selected::NotModified),
            (IF_NONE_MATCH, "\"x\"", Selected::Whole),
            (IF_MODIFIED_SINCE, THEN, Selected::NotModified),
            (IF_MODIFIED_SINCE, BEFORE, Selected::Whole),
            (IF_MODIFIED_SINCE, "yesterday", Selected::Whole),
            (IF_UNMODIFIED_SINCE, THEN, Selected::Whole),
            (IF_UNMODIFIED_SINCE, BEFORE, Selected::Failed),
            (IF_MODIFIED_SINCE, "Tuesday, 14-Jan-25 13:17:58 GMT", Selected::NotModified),
            (IF_MODIFIED_SINCE, "Tue Jan 14 13:17:58 2025", Selected::NotModified),
            (IF_UNMODIFIED_SINCE, "Tue Jan 14 13:17:57 2025", Selected::Failed),
        ] {
            assert_eq!(select(&[(name.clone(), value)]), selected, "{name}: {value}");
        }
    }

    #[test]
    fn a_tag_goes_before_a_date_and_a_condition_before_a_range() {
        let rows: [(&[(HeaderName, &str)], Selected); 5] = [
            (&[(IF_MATCH, ETAG), (IF_UNMODIFIED_SINCE, BEFORE)], Selected::Whole),
            (&[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, THEN)], Selected::Whole),
            (&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, ETAG)], Selected::Failed),
            (&[(IF_NONE_MATCH, ETAG), (RANGE, "bytes=0-0")], Selected::NotModified),
            (&[(IF_MATCH, ETAG), (RANGE, "bytes=0-0")], Selected::Part(0..1)),
        ];
        for (headers, selected) in rows {
            assert_eq!(select(headers), selected, "{headers:?}");
        }
    }
}

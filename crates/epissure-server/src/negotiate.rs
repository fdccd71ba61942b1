//! Content negotiation (RFC 9110): the media type that a caller accepts (section 12.5.1), the
//! language that it prefers (section 12.5.4).
//!
//! An invalid element of `Accept` is skipped, not the whole header: Java's `HttpURLConnection`
//! sends `*; q=.2` by default.

use epissure_protocol::refusal::Language;
use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_LANGUAGE};

use crate::parameters;

/// Media type of nearly every response.
pub(crate) const JSON: &str = "application/json";
/// Media type of a stream of events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Rank of an accepted media type. The greatest rank is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Weight in thousandths, 1 to 1000.
    weight: u16,
    /// 2 when the type is named, 1 for `type/*`, 0 for `*/*`.
    specificity: u8,
    /// Distance from the end of the header: among equals, the first is preferred.
    place: usize,
}

/// Returns the media type of `offered` that the caller prefers, the first among equals. Returns
/// `None` when the caller accepts none of them. A request without `Accept` accepts all.
pub(crate) fn preferred(headers: &HeaderMap, offered: &[&'static str]) -> Option<&'static str> {
    if !headers.contains_key(ACCEPT) {
        return offered.first().copied();
    }
    let ranges = ranges(headers);
    let ranked = offered.iter().rev().filter_map(|media| Some((rank(&ranges, media)?, *media)));
    ranked.max_by_key(|(rank, _)| *rank).map(|(_, media)| media)
}

/// A range of media types, in lower case, with its weight in thousandths. Parameters other than the
/// weight are ignored, because the server has no variants.
struct Range {
    type_: String,
    subtype: String,
    weight: u16,
}

/// Returns the rank of a media type by its most specific matching range, or `None` when it is not
/// accepted.
fn rank(ranges: &[Range], media: &str) -> Option<Rank> {
    let matching = ranges.iter().rev().enumerate().filter_map(|(place, range)| {
        Some(Rank { weight: range.weight, specificity: range.specificity(media)?, place })
    });
    let most_specific = matching.max_by_key(|rank| (rank.specificity, rank.weight, rank.place));
    most_specific.filter(|rank| rank.weight > 0)
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let (media, parameters) = text.split_once(';').unwrap_or((text, ""));
        // `*` alone means `*/*` (HttpURLConnection).
        let media = if media.trim() == "*" { "*/*" } else { media.trim() };
        let (type_, subtype) = media.split_once('/')?;
        let parameters = parameters::read(parameters)?;
        let weight = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("q"));
        Some(Self {
            type_: type_.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            weight: weight.map_or(Some(1000), |(_, weight)| thousandths(weight))?,
        })
    }

    /// Returns the specificity of the range for a media type, or `None` when it does not match.
    fn specificity(&self, media: &str) -> Option<u8> {
        let (type_, subtype) = media.split_once('/')?;
        match (self.type_.as_str(), self.subtype.as_str()) {
            ("*", "*") => Some(0),
            (range, "*") if range == type_ => Some(1),
            range if range == (type_, subtype) => Some(2),
            _ => None,
        }
    }
}

/// Returns the ranges of every `Accept` header.
fn ranges(headers: &HeaderMap) -> Vec<Range> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(parameters::elements).filter_map(Range::read).collect()
}

/// Returns the language in which the caller prefers errors. English when it states no preference,
/// or prefers none of the catalogue's. A range matches by its primary subtag: `fr-CA` is French.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let values = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<(String, u16)> =
        values.flat_map(parameters::elements).filter_map(language_range).collect();
    let weight = |language: Language| {
        let of_tag =
            |tag: &str| ranges.iter().filter(|(range, _)| range == tag).map(|(_, weight)| *weight).max();
        of_tag(language.tag()).or_else(|| of_tag("*")).unwrap_or(0)
    };
    // Of equals, the first that the caller names.
    let place = |language: Language| {
        let place = ranges.iter().position(|(range, _)| range == language.tag());
        std::cmp::Reverse(place.unwrap_or(usize::MAX))
    };
    let preferred = Language::ALL.into_iter().rev().max_by_key(|one| (weight(*one), place(*one)));
    preferred.filter(|one| weight(*one) > 0).unwrap_or_default()
}

/// Reads a range of languages: primary subtag in lower case or `*`, and weight in thousandths.
fn language_range(text: &str) -> Option<(String, u16)> {
    let (range, parameters) = text.split_once(';').unwrap_or((text, ""));
    let parameters = parameters::read(parameters)?;
    let weight = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("q"));
    let weight = weight.map_or(Some(1000), |(_, weight)| thousandths(weight))?;
    let primary = range.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
    (!primary.is_empty()).then_some((primary, weight))
}

/// Parses a weight, 0 to 1 with at most three decimals (RFC 9110 section 12.4.2). `.5` is accepted
/// as `0.5`.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let sound = matches!(whole, "" | "0" | "1") && !text.is_empty() && decimals.len() <= 3;
    let decimals: u16 = match decimals {
        "" => 0,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => format!("{digits:0<3}").parse().ok()?,
        _ => return None,
    };
    let weight = if whole == "1" { 1000 + decimals } else { decimals };
    (sound && weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(values: &[&'static str], offered: &[&'static str]) -> Option<&'static str> {
        let values = values.iter().map(|value| (ACCEPT, HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(name, value);
        }
        preferred(&headers, offered)
    }

    #[test]
    fn json_is_acceptable_unless_the_caller_excludes_it() {
        assert_eq!(of(&[], &[JSON]), Some(JSON));
        for value in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "*/*",
            "text/html, application/*;q=0.5",
            "text/html,*/*;q=0.1",
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            "text/plain;x=\"a, b\", application/json;q=0.001",
            "nonsense, application/json",
            "application/json ; q=1.000",
            "application/json;",
        ] {
            assert_eq!(of(&[value], &[JSON]), Some(JSON), "{value}");
        }
        for value in [
            "text/html",
            "application/json;q=0",
            "application/json;q=0.000, */*",
            "application/*;q=0, */*;q=1",
            "application/json;Q=0",
            "text/*",
            "application/jsonp",
            "text/plain;x=\"application/json, */*\"",
            "",
        ] {
            assert_eq!(of(&[value], &[JSON]), None, "{value}");
        }
        assert_eq!(of(&["text/html", "application/json"], &[JSON]), Some(JSON), "two headers are one list");
    }

    #[test]
    fn errors_are_in_the_language_that_the_caller_prefers_and_else_in_english() {
        for (value, chosen) in [
            ("fr", Language::French),
            ("FR-ca", Language::French),
            ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", Language::French),
            ("de, fr;q=0.1", Language::French),
            ("fr, en", Language::French),
            ("fr, *", Language::French),
            ("en;q=0.5, fr;q=0.6", Language::French),
            ("fr;q=0.5, en", Language::English),
            ("en, fr", Language::English),
            ("fr;q=0", Language::English),
            ("fr;q=0, *", Language::English),
            ("fr;q=2", Language::English),
            ("*", Language::English),
            ("de", Language::English),
            ("", Language::English),
            ("en;q=0, *;q=0.1", Language::French),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(value))]);
            assert_eq!(language(&headers), chosen, "{value}");
        }
        assert_eq!(language(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn the_weights_decide_between_json_and_a_stream() {
        for (value, chosen) in [
            ("text/event-stream", EVENT_STREAM),
            ("text/event-stream, */*;q=0.1", EVENT_STREAM),
            ("text/event-stream, */*", EVENT_STREAM),
            ("text/*", EVENT_STREAM),
            ("application/json;q=0.9, text/event-stream", EVENT_STREAM),
            ("text/event-stream, application/json", EVENT_STREAM),
            ("application/json, text/event-stream", JSON),
            ("application/json, text/event-stream;q=0.1", JSON),
            ("text/event-stream;q=0.1, application/json", JSON),
            ("text/event-stream;q=0.5, */*", JSON),
            ("text/event-stream;q=0, */*", JSON),
            ("*/*", JSON),
        ] {
            assert_eq!(of(&[value], &[JSON, EVENT_STREAM]), Some(chosen), "{value}");
        }
        assert_eq!(of(&["text/event-stream;q=0"], &[JSON, EVENT_STREAM]), None);
    }
}

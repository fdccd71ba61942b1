//! Headers that make a request conditional or idempotent.

use std::fmt::Display;

use axum::response::Response;
use epissure_app::Precondition;
use epissure_protocol::names::Version;
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::HttpRefusal;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::answer;

/// Maximum length of an idempotency key.
const LONGEST_KEY: usize = 255;

/// Formats a version as an entity tag.
pub(crate) fn entity_tag(version: impl Display) -> String {
    format!("\"{version}\"")
}

/// Parses `If-Match` (RFC 9110 §13.1.1), if present.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<Precondition>, Problem> {
    versions(headers, IF_MATCH)
}

/// Returns true if `If-None-Match` contains the current version (RFC 9110 §13.1.2).
pub(crate) fn has_already(headers: &HeaderMap, version: Version) -> Result<bool, Problem> {
    Ok(versions(headers, IF_NONE_MATCH)?.is_some_and(|known| known.admits(version)))
}

/// Returns the 304 response, for a caller that has the current version.
pub(crate) fn not_modified(version: impl Display) -> Response {
    let mut response = answer::empty(StatusCode::NOT_MODIFIED);
    answer::header(&mut response, "etag", &entity_tag(version));
    response
}

/// Parses a header of entity tags. A version without quotes is accepted too, because `@version` has
/// none.
fn versions(headers: &HeaderMap, name: HeaderName) -> Result<Option<Precondition>, Problem> {
    if !headers.contains_key(&name) {
        return Ok(None);
    }
    let weak_counts = name == IF_NONE_MATCH;
    let mut versions = Vec::new();
    for value in headers.get_all(&name) {
        for tag in text(value, &name)?.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if tag == "*" {
                return Ok(Some(Precondition::Any));
            }
            let tag = tag.strip_prefix("W/").filter(|_| weak_counts).unwrap_or(tag);
            // A foreign tag matches nothing.
            versions.extend(Version::parse(tag.trim_matches('"')));
        }
    }
    Ok(Some(Precondition::OneOf(versions)))
}

fn text<'a>(value: &'a HeaderValue, name: &HeaderName) -> Result<&'a str, Problem> {
    value.to_str().map_err(|_| HttpRefusal::NotAscii { header: name.to_string() }.into())
}

/// Parses `Idempotency-Key`, if present.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key)),
        _ => Err(HttpRefusal::IdempotencyKey { max: LONGEST_KEY }.into()),
    }
}

#[cfg(test)]
mod tests {
    use epissure_protocol::problem::Code;

    use super::*;

    const VERSION: &str = "a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9";

    #[test]
    fn a_tag_is_compared_strongly_for_a_change_and_weakly_for_a_reading() {
        let version = Version::parse(VERSION).expect("a version");
        let headers = |name: HeaderName, value: &str| {
            HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a value"))])
        };
        for (value, changes, is_known) in [
            (format!("\"{VERSION}\""), true, true),
            (VERSION.to_owned(), true, true),
            (format!("\"x\", \"{VERSION}\""), true, true),
            ("*".to_owned(), true, true),
            (format!("W/\"{VERSION}\""), false, true),
            ("\"x\"".to_owned(), false, false),
            (String::new(), false, false),
        ] {
            let condition = if_match(&headers(IF_MATCH, &value)).expect("read").expect("there");
            assert_eq!(condition.admits(version), changes, "{value}");
            assert_eq!(has_already(&headers(IF_NONE_MATCH, &value), version), Ok(is_known), "{value}");
        }
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
        assert_eq!(has_already(&HeaderMap::new(), version), Ok(false));
        let odd = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_bytes(b"\xff").expect("a value"))]);
        assert_eq!(if_match(&odd).expect_err("refused").code(), Code::InvalidHeader);
    }
}

//! Identifiers in a path.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use epissure_protocol::problem::{Code, Problem};
use http::request::Parts;
use percent_encoding::percent_decode_str;

/// A percent-decoded segment of the path, counted from its end. Invalid UTF-8 is replaced, which no
/// identifier matches.
///
/// Extraction cannot fail: the handler reports an invalid identifier in its own error format.
pub(crate) struct Segment<const FROM_END: usize>(String);

/// The last segment of the path.
pub(crate) type LastSegment = Segment<0>;

impl<const FROM_END: usize> Segment<FROM_END> {
    /// Parses the identifier. `what` names its resource in the error.
    pub(crate) fn identifier<T>(&self, parse: fn(&str) -> Option<T>, what: &str) -> Result<T, Problem> {
        parse(&self.0).ok_or_else(|| {
            Problem::new(
                Code::InvalidUrlParameter,
                format!("The identifier of {what} is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808."),
            )
        })
    }
}

impl<S: Sync, const FROM_END: usize> FromRequestParts<S> for Segment<FROM_END> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let segment = parts.uri.path().rsplit('/').nth(FROM_END).unwrap_or_default();
        Ok(Self(percent_decode_str(segment).decode_utf8_lossy().into_owned()))
    }
}

//! Identifiers in a path.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::HttpRefusal;
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
    /// Parses the identifier; returns the refusal when it is none.
    pub(crate) fn identifier<T>(
        &self,
        parse: fn(&str) -> Option<T>,
        refusal: HttpRefusal,
    ) -> Result<T, Problem> {
        parse(&self.0).ok_or_else(|| refusal.into())
    }
}

impl<S: Sync, const FROM_END: usize> FromRequestParts<S> for Segment<FROM_END> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let segment = parts.uri.path().rsplit('/').nth(FROM_END).unwrap_or_default();
        Ok(Self(percent_decode_str(segment).decode_utf8_lossy().into_owned()))
    }
}

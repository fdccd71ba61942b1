//! The identifier at the end of a path.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use epissure_protocol::problem::{Code, Problem};
use http::request::Parts;
use percent_encoding::percent_decode_str;

/// The last segment of the path, decoded. What is not UTF-8 in it is replaced: no identifier has that.
///
/// It cannot fail, so that the handler answers to a wrong identifier as it does to a wrong anything, in its shape.
pub(crate) struct LastSegment(String);

impl LastSegment {
    /// The identifier; `what` is it of.
    pub(crate) fn identifier<T>(&self, parse: fn(&str) -> Option<T>, what: &str) -> Result<T, Problem> {
        parse(&self.0).ok_or_else(|| {
            Problem::new(
                Code::InvalidUrlParameter,
                format!("The identifier of {what} is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808."),
            )
        })
    }
}

impl<S: Sync> FromRequestParts<S> for LastSegment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let last = parts.uri.path().rsplit('/').next().unwrap_or_default();
        Ok(Self(percent_decode_str(last).decode_utf8_lossy().into_owned()))
    }
}

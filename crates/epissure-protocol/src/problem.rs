//! The error catalogue: one table of codes, and one error value rendered per dialect.
//!
//! Codes and titles are those of the Orange gateway. The Interop contract leaves `code` to each
//! API, so that the same codes are used there. A [`Problem`] is a domain value: it has an HTTP
//! status as a number, and does not depend on HTTP.

use epissure_filter::{QueryError, QueryErrorKind};
use serde_json::{Value, json};

/// Declares the catalogue: variant, code, HTTP status, title, standard description.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $status:literal, $title:literal, $description:literal;)+) => {
        /// A row of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant),+ }

        impl Code {
            /// Every row.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the number in the body.
            #[must_use]
            pub const fn number(self) -> u16 { match self { $(Self::$variant => $number),+ } }
            /// Returns the HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status),+ } }
            /// Returns the short title.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$variant => $title),+ } }
            /// Returns the general explanation of the code.
            #[must_use]
            pub const fn description(self) -> &'static str { match self { $(Self::$variant => $description),+ } }
        }
    };
}

catalogue! {
    /// A fault of the server.
    InternalError = 1, 500, "Internal error", "The server met a condition that it did not expect. Quote X-OAPI-Request-Id when you report it.";
    /// The server is stopping, or the database does not answer.
    Unavailable = 5, 503, "The service is temporarily unavailable", "Try again after the delay given by Retry-After.";
    /// Too many requests at once.
    OverCapacity = 6, 503, "Orange API is over capacity", "Too many requests are being treated. Try again after the delay given by Retry-After.";
    /// A path segment has an invalid value.
    InvalidUrlParameter = 20, 400, "Invalid URL parameter value", "A part of the path is not valid.";
    /// A required body is missing.
    MissingBody = 21, 400, "Missing body", "The request needs a body.";
    /// The body is not JSON, or not a JSON object.
    InvalidBody = 22, 400, "Invalid body", "The body is not valid JSON.";
    /// A mandatory member is absent.
    MissingBodyField = 23, 400, "Missing body field", "A mandatory member of the body is missing.";
    /// A member has an invalid value.
    InvalidBodyField = 24, 400, "Invalid body field", "A member of the body has an invalid value.";
    /// A mandatory header is absent.
    MissingHeader = 25, 400, "Missing header", "A mandatory header is missing.";
    /// A header has an invalid value.
    InvalidHeader = 26, 400, "Invalid header value", "A header has an invalid value.";
    /// A mandatory query parameter is absent.
    MissingQueryParameter = 27, 400, "Missing query-string parameter", "One or more query-string parameters are missing.";
    /// A query parameter has an invalid value.
    InvalidQueryParameter = 28, 400, "Invalid query-string parameter value", "One or more query-string parameters contain invalid values.";
    /// The request has no token.
    MissingCredentials = 40, 401, "Missing credentials", "The requested service needs credentials, but none were provided.";
    /// The token is unknown or revoked.
    InvalidCredentials = 41, 401, "Invalid credentials", "The requested service needs credentials, but the ones provided were invalid.";
    /// The token has expired.
    ExpiredCredentials = 42, 401, "Expired credentials", "The requested service needs credentials, and the ones provided were out-of-date.";
    /// The caller lacks a scope or a right.
    AccessDenied = 50, 403, "Access denied", "The application that makes the request is not authorized to do this.";
    /// A quota or a rate is exceeded.
    TooManyRequests = 53, 403, "Too many requests", "The application has made too many calls. Try again after the delay given by Retry-After.";
    /// The resource does not exist, or the caller may not see it.
    NotFound = 60, 404, "Resource not found", "The requested URI or the requested resource does not exist.";
    /// The path exists, but not with this method.
    MethodNotAllowed = 61, 405, "Method not allowed", "The path exists but not with this method; the Allow header lists those it has.";
    /// The answer is not available in a media type that the caller accepts.
    NotAcceptable = 62, 406, "Not acceptable", "The answer is application/json; the Accept header excludes it.";
    /// The request took too long to receive or to process.
    RequestTimeout = 63, 408, "Request time-out", "The request did not arrive, or could not be treated, in time.";
    /// `If-Match` names another version.
    PreconditionFailed = 65, 412, "Precondition failed", "The resource has changed since it was last read.";
    /// The body is larger than the limit.
    BodyTooLarge = 66, 413, "Request entity too large", "The body is larger than the server accepts.";
    /// The request target is longer than the limit.
    UriTooLong = 67, 414, "Request-URI too long", "The request target is longer than the server accepts.";
    /// The body has an unsupported media type.
    UnsupportedMediaType = 68, 415, "Unsupported media type", "The body is of a type that this operation does not read.";
    /// A query that no index serves and that would read too many tickets.
    QueryTooExpensive = 100, 422, "Query too expensive", "The query would read too many tickets.";
    /// An idempotency key was reused for another request.
    Conflict = 101, 409, "Conflict", "The request contradicts an earlier one.";
    /// A part of HTTP that the server does not implement.
    NotImplemented = 103, 501, "Not implemented", "The request uses a part of HTTP that the server does not implement.";
    /// The requested range is outside the content.
    RangeNotSatisfiable = 102, 416, "Range not satisfiable", "The content has nothing in the range that was asked for; Content-Range tells its size.";
}

/// A fault in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// [`Code::MissingBodyField`] or [`Code::InvalidBodyField`].
    pub code: Code,
    /// Location, as a JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// Sentence that names the expected value.
    pub reason: String,
}

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The row of the catalogue.
    pub code: Code,
    /// Cause of the error, and the caller's next step.
    pub message: String,
    /// Faults of the body, when it has several.
    pub details: Vec<Fault>,
    /// Delay before a retry, in seconds.
    pub retry_after: Option<u64>,
    /// Scope missing from the caller's token.
    pub lacks_scope: Option<String>,
}

impl From<&QueryError> for Problem {
    /// Converts a query error: a required companion parameter is missing, or a value is refused.
    fn from(error: &QueryError) -> Self {
        let code = match error.kind {
            QueryErrorKind::MissingHalf { .. } => Code::MissingQueryParameter,
            _ => Code::InvalidQueryParameter,
        };
        Self::new(code, error.to_string())
    }
}

/// Shapes of error bodies that clients expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The Orange gateway's: `{code, message, description}`, `code` a number.
    Gateway,
    /// The Interop contract's `Error`: `{code, reason, message, status, @type}`, `code` a string.
    Interop,
    /// TM Forum's, as printed on the Party page: `{code, message, reason, @type}`, `code` a string.
    /// The gateway's own answers, sent before it calls the API, retain the gateway's shape: 401,
    /// 403, and faults of a header.
    Party,
}

impl Shape {
    /// Returns the shape of a code in this one.
    const fn of(self, code: Code) -> Self {
        let gateway =
            matches!(code.status(), 401 | 403) || matches!(code, Code::MissingHeader | Code::InvalidHeader);
        match self {
            Self::Party if gateway => Self::Gateway,
            shape => shape,
        }
    }
}

impl Problem {
    /// Creates a problem with its own message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), retry_after: None, lacks_scope: None }
    }

    /// Creates a problem with the catalogue's description.
    #[must_use]
    pub fn standard(code: Code) -> Self {
        Self::new(code, code.description())
    }

    /// Creates a problem from the faults of a body. The first determines the code.
    #[must_use]
    pub fn faults(faults: Vec<Fault>) -> Self {
        let code = faults.first().map_or(Code::InvalidBodyField, |fault| fault.code);
        let message = faults.iter().map(|fault| fault.reason.as_str()).collect::<Vec<_>>().join("; ");
        Self { code, message, details: faults, retry_after: None, lacks_scope: None }
    }

    /// Creates a problem from a single fault of a body.
    pub fn fault(code: Code, pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::faults(vec![Fault { code, pointer: pointer.into(), reason: reason.into() }])
    }

    /// Sets the delay before a retry, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Sets the scope missing from the caller's token.
    #[must_use]
    pub fn lacks_scope(mut self, scope: &str) -> Self {
        self.lacks_scope = Some(scope.to_owned());
        self
    }

    /// Returns the body of the answer.
    ///
    /// The gateway's own samples exchange the two texts of a 400: there `description` is the title
    /// and `message` the detail, in that order. Elsewhere `message` is the title and comes first,
    /// as in the Orange page's 401.
    #[must_use]
    pub fn body(&self, shape: Shape) -> Value {
        let code = self.code;
        let mut body = match shape.of(code) {
            Shape::Gateway if code.status() == 400 => {
                json!({"code": code.number(), "description": code.title(), "message": self.message})
            }
            Shape::Gateway => {
                json!({"code": code.number(), "message": code.title(), "description": self.message})
            }
            Shape::Interop => json!({
                "code": code.number().to_string(),
                "reason": code.title(),
                "message": self.message,
                "status": code.status().to_string(),
                "@type": "Error",
            }),
            Shape::Party => json!({
                "code": code.number().to_string(),
                "message": self.message,
                "reason": code.title(),
                "@type": "Error",
            }),
        };
        if !self.details.is_empty() {
            body["details"] = self
                .details
                .iter()
                .map(|fault| json!({"pointer": fault.pointer, "code": fault.code.number(), "reason": fault.reason}))
                .collect();
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use epissure_filter::{Options, Query};

    use super::*;
    use crate::party::INDIVIDUAL_LIST;

    #[test]
    fn an_expired_token_is_answered_with_the_body_of_the_orange_page() {
        assert_eq!(
            Problem::standard(Code::ExpiredCredentials).body(Shape::Gateway),
            json!({
                "code": 42,
                "message": "Expired credentials",
                "description": "The requested service needs credentials, and the ones provided were out-of-date."
            })
        );
    }

    #[test]
    fn a_missing_header_is_answered_with_the_members_of_the_orange_page() {
        let body = Problem::new(Code::MissingHeader, "If-Match is required").body(Shape::Gateway);
        assert_eq!(
            body.to_string(),
            r#"{"code":25,"description":"Missing header","message":"If-Match is required"}"#,
            "in the order in which the page prints them"
        );
    }

    #[test]
    fn a_missing_field_of_a_party_is_answered_with_the_body_of_the_party_page() {
        let problem =
            Problem::fault(Code::MissingBodyField, "/familyName", "The field familyName is required");
        let mut body = problem.body(Shape::Party);
        let details =
            json!([{"pointer": "/familyName", "code": 23, "reason": "The field familyName is required"}]);
        assert_eq!(body["details"].take(), details);
        let printed = r#"{"code":"23","message":"The field familyName is required","reason":"Missing body field","@type":"Error","details":null}"#;
        assert_eq!(body.to_string(), printed);
    }

    #[test]
    fn what_the_gateway_answers_keeps_its_shape_beside_parties() {
        for code in [
            Code::MissingCredentials,
            Code::ExpiredCredentials,
            Code::AccessDenied,
            Code::TooManyRequests,
            Code::MissingHeader,
            Code::InvalidHeader,
        ] {
            let problem = Problem::standard(code);
            assert_eq!(problem.body(Shape::Party), problem.body(Shape::Gateway), "{code:?}");
        }
        assert_eq!(
            Problem::standard(Code::MissingHeader).body(Shape::Party).to_string(),
            r#"{"code":25,"description":"Missing header","message":"A mandatory header is missing."}"#
        );
        assert_eq!(Problem::standard(Code::NotFound).body(Shape::Party)["code"], "60");
    }

    #[test]
    fn half_a_pair_is_a_missing_parameter_and_the_rest_a_bad_value() {
        let problem = |raw: &str| {
            let query = Query::parse_closed(raw, &INDIVIDUAL_LIST, &Options::default());
            Problem::from(&query.unwrap_err())
        };
        let half = problem("partyCharacteristic.name=Category");
        assert_eq!(
            (half.code, &*half.message),
            (
                Code::MissingQueryParameter,
                "`partyCharacteristic.name`: `partyCharacteristic.value` must be given with it"
            )
        );
        for raw in
            ["sort=fullName", "gender*=M*", "partyCharacteristic.name=x&partyCharacteristic.value=y", "a=b"]
        {
            assert_eq!(problem(raw).code, Code::InvalidQueryParameter, "{raw}");
        }
    }

    #[test]
    fn several_faults_are_reported_together() {
        let fault = |pointer: &str, reason: &str| Fault {
            code: Code::MissingBodyField,
            pointer: pointer.into(),
            reason: reason.into(),
        };
        let problem = Problem::faults(vec![
            fault("/code_oi", "The field code_oi is required"),
            fault("/@type", "The field @type is required"),
        ]);
        assert_eq!(
            problem.body(Shape::Interop),
            json!({
                "code": "23",
                "reason": "Missing body field",
                "message": "The field code_oi is required; The field @type is required",
                "status": "400",
                "@type": "Error",
                "details": [
                    {"pointer": "/code_oi", "code": 23, "reason": "The field code_oi is required"},
                    {"pointer": "/@type", "code": 23, "reason": "The field @type is required"}
                ]
            })
        );
    }

    #[test]
    fn every_code_has_its_own_number() {
        let mut numbers: Vec<_> = Code::ALL.iter().map(|code| code.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), Code::ALL.len());
    }
}

//! The error catalogue: one table of codes, and one error value rendered per dialect.
//!
//! Codes and titles are those of the Orange gateway. The Interop contract leaves `code` to each
//! API, so that the same codes are used there. A [`Problem`] is a domain value: it has an HTTP
//! status as a number, and does not depend on HTTP.

use serde_json::{Value, json};

use crate::refusal::{Language, Refusal};

/// Declares the catalogue: variant, code, HTTP status, title.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $status:literal, $title:literal;)+) => {
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
            /// Returns the short title. Contracts print it: it is the same in every language.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$variant => $title),+ } }
        }
    };
}

catalogue! {
    /// A fault of the server.
    InternalError = 1, 500, "Internal error";
    /// The server is stopping, or the database does not answer.
    Unavailable = 5, 503, "The service is temporarily unavailable";
    /// Too many requests at once.
    OverCapacity = 6, 503, "Orange API is over capacity";
    /// A path segment has an invalid value.
    InvalidUrlParameter = 20, 400, "Invalid URL parameter value";
    /// A required body is missing.
    MissingBody = 21, 400, "Missing body";
    /// The body is not JSON, or not a JSON object.
    InvalidBody = 22, 400, "Invalid body";
    /// A mandatory member is absent.
    MissingBodyField = 23, 400, "Missing body field";
    /// A member has an invalid value.
    InvalidBodyField = 24, 400, "Invalid body field";
    /// A mandatory header is absent.
    MissingHeader = 25, 400, "Missing header";
    /// A header has an invalid value.
    InvalidHeader = 26, 400, "Invalid header value";
    /// A mandatory query parameter is absent.
    MissingQueryParameter = 27, 400, "Missing query-string parameter";
    /// A query parameter has an invalid value.
    InvalidQueryParameter = 28, 400, "Invalid query-string parameter value";
    /// The request has no token.
    MissingCredentials = 40, 401, "Missing credentials";
    /// The token is unknown or revoked.
    InvalidCredentials = 41, 401, "Invalid credentials";
    /// The token has expired.
    ExpiredCredentials = 42, 401, "Expired credentials";
    /// The caller lacks a scope or a right.
    AccessDenied = 50, 403, "Access denied";
    /// A quota or a rate is exceeded.
    TooManyRequests = 53, 403, "Too many requests";
    /// The resource does not exist, or the caller may not see it.
    NotFound = 60, 404, "Resource not found";
    /// The path exists, but not with this method.
    MethodNotAllowed = 61, 405, "Method not allowed";
    /// The answer is not available in a media type that the caller accepts.
    NotAcceptable = 62, 406, "Not acceptable";
    /// The request took too long to receive or to process.
    RequestTimeout = 63, 408, "Request time-out";
    /// `If-Match` names another version.
    PreconditionFailed = 65, 412, "Precondition failed";
    /// The body is larger than the limit.
    BodyTooLarge = 66, 413, "Request entity too large";
    /// The request target is longer than the limit.
    UriTooLong = 67, 414, "Request-URI too long";
    /// The body has an unsupported media type.
    UnsupportedMediaType = 68, 415, "Unsupported media type";
    /// A query that no index serves and that would read too many tickets.
    QueryTooExpensive = 100, 422, "Query too expensive";
    /// An idempotency key was reused for another request.
    Conflict = 101, 409, "Conflict";
    /// A part of HTTP that the server does not implement.
    NotImplemented = 103, 501, "Not implemented";
    /// The requested range is outside the content.
    RangeNotSatisfiable = 102, 416, "Range not satisfiable";
}

/// A fault in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Location, as a JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// Rule that the member breaks.
    pub refusal: Refusal,
}

impl Fault {
    /// Creates a fault at a JSON pointer.
    pub fn new(pointer: impl Into<String>, refusal: impl Into<Refusal>) -> Self {
        Self { pointer: pointer.into(), refusal: refusal.into() }
    }
}

/// An error answer. Its `Display` is the English text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .refusal.text(Language::English))]
pub struct Problem {
    /// Cause of the error.
    pub refusal: Refusal,
    /// Delay before a retry, in seconds.
    pub retry_after: Option<u64>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, retry_after: None }
    }
}

impl From<Vec<Fault>> for Problem {
    /// Creates a problem from the faults of a body. The first determines the code.
    fn from(faults: Vec<Fault>) -> Self {
        Refusal::Faults(faults).into()
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        vec![fault].into()
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
    /// Creates a problem that its code alone explains.
    #[must_use]
    pub fn standard(code: Code) -> Self {
        Refusal::General(code).into()
    }

    /// Returns the row of the catalogue.
    #[must_use]
    pub fn code(&self) -> Code {
        self.refusal.code()
    }

    /// Returns the faults of a refused body; empty for any other refusal.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        match &self.refusal {
            Refusal::Faults(faults) => faults,
            _ => &[],
        }
    }

    /// Sets the delay before a retry, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Returns the body of the answer. Sentences are in the language; titles are the contract's.
    ///
    /// The gateway's own samples exchange the two texts of a 400: there `description` is the title
    /// and `message` the detail, in that order. Elsewhere `message` is the title and comes first,
    /// as in the Orange page's 401.
    #[must_use]
    pub fn body(&self, shape: Shape, language: Language) -> Value {
        let (code, text) = (self.code(), self.refusal.text(language));
        let mut body = match shape.of(code) {
            Shape::Gateway if code.status() == 400 => {
                json!({"code": code.number(), "description": code.title(), "message": text})
            }
            Shape::Gateway => {
                json!({"code": code.number(), "message": code.title(), "description": text})
            }
            Shape::Interop => json!({
                "code": code.number().to_string(),
                "reason": code.title(),
                "message": text,
                "status": code.status().to_string(),
                "@type": "Error",
            }),
            Shape::Party => json!({
                "code": code.number().to_string(),
                "message": text,
                "reason": code.title(),
                "@type": "Error",
            }),
        };
        if !self.faults().is_empty() {
            let detail = |fault: &Fault| {
                let (code, reason) = (fault.refusal.code().number(), fault.refusal.text(language));
                json!({"pointer": fault.pointer, "code": code, "reason": reason})
            };
            body["details"] = self.faults().iter().map(detail).collect();
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use epissure_filter::{Options, Query};

    use super::*;
    use crate::party::INDIVIDUAL_LIST;
    use crate::refusal::{BodyRefusal, HttpRefusal};

    fn missing(member: &str) -> Fault {
        Fault::new(format!("/{member}"), BodyRefusal::Missing { member: member.to_owned() })
    }

    #[test]
    fn an_expired_token_is_answered_with_the_body_of_the_orange_page() {
        assert_eq!(
            Problem::standard(Code::ExpiredCredentials).body(Shape::Gateway, Language::English),
            json!({
                "code": 42,
                "message": "Expired credentials",
                "description": "The requested service needs credentials, and the ones provided were out-of-date."
            })
        );
    }

    #[test]
    fn a_missing_header_is_answered_with_the_members_of_the_orange_page() {
        let body = Problem::from(HttpRefusal::NoHost).body(Shape::Gateway, Language::English);
        assert_eq!(
            body.to_string(),
            r#"{"code":25,"description":"Missing header","message":"The header Host is required: name the server that you call."}"#,
            "in the order in which the page prints them"
        );
    }

    #[test]
    fn a_missing_field_of_a_party_is_answered_with_the_body_of_the_party_page() {
        let problem = Problem::from(missing("familyName"));
        let mut body = problem.body(Shape::Party, Language::English);
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
            assert_eq!(
                problem.body(Shape::Party, Language::English),
                problem.body(Shape::Gateway, Language::English),
                "{code:?}"
            );
        }
        assert_eq!(
            Problem::standard(Code::MissingHeader).body(Shape::Party, Language::English).to_string(),
            r#"{"code":25,"description":"Missing header","message":"A mandatory header is missing."}"#
        );
        assert_eq!(Problem::standard(Code::NotFound).body(Shape::Party, Language::English)["code"], "60");
    }

    #[test]
    fn half_a_pair_is_a_missing_parameter_and_the_rest_a_bad_value() {
        let problem = |raw: &str| {
            let query = Query::parse_closed(raw, &INDIVIDUAL_LIST, &Options::default());
            Problem::from(query.unwrap_err())
        };
        let half = problem("partyCharacteristic.name=Category");
        assert_eq!(
            (half.code(), half.to_string().as_str()),
            (
                Code::MissingQueryParameter,
                "`partyCharacteristic.name`: `partyCharacteristic.value` must be given with it"
            )
        );
        for raw in
            ["sort=fullName", "gender*=M*", "partyCharacteristic.name=x&partyCharacteristic.value=y", "a=b"]
        {
            assert_eq!(problem(raw).code(), Code::InvalidQueryParameter, "{raw}");
        }
    }

    #[test]
    fn several_faults_are_reported_together() {
        let problem = Problem::from(vec![missing("code_oi"), missing("@type")]);
        assert_eq!(
            problem.body(Shape::Interop, Language::English),
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
    fn sentences_are_translated_and_titles_are_not() {
        let body = Problem::from(vec![missing("code_oi")]).body(Shape::Interop, Language::French);
        assert_eq!(
            body,
            json!({
                "code": "23",
                "reason": "Missing body field",
                "message": "Le champ code_oi est obligatoire",
                "status": "400",
                "@type": "Error",
                "details": [{"pointer": "/code_oi", "code": 23, "reason": "Le champ code_oi est obligatoire"}]
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

//! Authentication towards partners: the credentials of requests, and the source of tokens.
//!
//! Each operator chose its own method; [`METHODS`] is the table of the known ones. Addresses and
//! credentials are in [`Credentials`]. The secret is stored separately.

use serde::{Deserialize, Serialize};

/// A method of authentication towards a partner: a row of [`METHODS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Name on the command line.
    pub name: &'static str,
    /// Operators that use it, for display.
    pub used_by: &'static str,
    /// Request for a token, if the method uses one.
    pub token: Option<TokenRequest>,
    /// Credentials that each request presents.
    pub presents: Presentation,
}

/// Credentials that each request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// No header; a client certificate may suffice.
    Nothing,
    /// `Authorization: Basic`, with the user and the secret (RFC 7617).
    Basic,
    /// `Authorization: Bearer` and the token (RFC 6750).
    Bearer,
    /// `Authorization` and the token alone.
    BareToken,
    /// The secret in a header: this one, or the one that [`Credentials::header`] names.
    Header(Option<&'static str>),
}

/// Request for a token, and the location of the token in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRequest {
    /// Address, unless [`Credentials::token_url`] overrides it.
    pub url: Option<&'static str>,
    /// Form of the request.
    pub form: Form,
    /// True to send the user and the secret in `Authorization: Basic` as well.
    pub basic: bool,
    /// Fields of the request.
    pub fields: &'static [(&'static str, Fill)],
    /// Member of the answer that contains the token.
    pub token: &'static str,
    /// Lifetime of the token.
    pub lasts: Lasts,
}

/// The form of a request for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `POST` of `application/x-www-form-urlencoded`.
    Encoded,
    /// `POST` of a JSON object.
    Json,
    /// `GET` with a query.
    Query,
}

/// Source of a field's value in a request for a token; a field without a value is omitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// A constant.
    Literal(&'static str),
    /// [`Credentials::user`].
    User,
    /// The secret.
    Secret,
    /// [`Credentials::client`].
    Client,
    /// [`Credentials::scope`].
    Scope,
}

/// Source of a token's lifetime in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// Seconds from now, in this member.
    Seconds(&'static str),
    /// Milliseconds from now, in this member.
    Milliseconds(&'static str),
    /// An instant, in this member.
    Until(&'static str),
    /// In the token itself: `exp` of a JWT (RFC 7519, section 4.1.4).
    Jwt,
}

use Fill::{Client, Literal, Scope, Secret, User};

const CLIENT_CREDENTIALS: &[(&str, Fill)] =
    &[("grant_type", Literal("client_credentials")), ("scope", Scope)];
const EXPIRES_IN: Lasts = Lasts::Seconds("expires_in");

const fn basic_form(url: Option<&'static str>, lasts: Lasts) -> TokenRequest {
    TokenRequest {
        url,
        form: Form::Encoded,
        basic: true,
        fields: CLIENT_CREDENTIALS,
        token: "access_token",
        lasts,
    }
}

const fn json(fields: &'static [(&'static str, Fill)], token: &'static str, lasts: Lasts) -> TokenRequest {
    TokenRequest { url: None, form: Form::Json, basic: false, fields, token, lasts }
}

const fn method(
    name: &'static str,
    used_by: &'static str,
    token: Option<TokenRequest>,
    presents: Presentation,
) -> Method {
    Method { name, used_by, token, presents }
}

const USERNAME: &[(&str, Fill)] = &[("username", User), ("password", Secret)];
const LOGIN: &[(&str, Fill)] = &[("login", User), ("password", Secret)];

/// The known methods: four general ones, then those of partners, under the trade names of their
/// programs.
///
/// `iftr` does not document the lifetime of its token; it is a JWT, as those of similar programs.
pub const METHODS: &[Method] = &[
    method("none", "nobody, or who asks for a client certificate alone", None, Presentation::Nothing),
    method("basic", "SFR, and in general", None, Presentation::Basic),
    method("header", "in general: the secret in a header", None, Presentation::Header(None)),
    method("oauth2", "in general: RFC 6749", Some(basic_form(None, EXPIRES_IN)), Presentation::Bearer),
    method("altitude", "Altitude", Some(json(USERNAME, "token", Lasts::Jwt)), Presentation::Bearer),
    method(
        "altitude-osa",
        "Altitude, OSA",
        Some(TokenRequest {
            url: None,
            form: Form::Query,
            basic: false,
            fields: LOGIN,
            token: "value",
            lasts: Lasts::Until("expire"),
        }),
        Presentation::Bearer,
    ),
    method(
        "axione",
        "Axione",
        Some(TokenRequest {
            url: None,
            form: Form::Encoded,
            basic: false,
            fields: &[
                ("grant_type", Literal("password")),
                ("username", User),
                ("password", Secret),
                ("client_id", Client),
            ],
            token: "access_token",
            lasts: Lasts::Jwt,
        }),
        Presentation::Bearer,
    ),
    method(
        "backbone",
        "Orange, Backbone",
        Some(basic_form(Some("https://api.orange.com/oauth/v3/token"), EXPIRES_IN)),
        Presentation::Bearer,
    ),
    method(
        "bouygues",
        "Bouygues Telecom",
        Some(basic_form(Some("https://oauth2.bouyguestelecom.fr/token"), EXPIRES_IN)),
        Presentation::Bearer,
    ),
    method("free", "Free", Some(json(LOGIN, "access_token", Lasts::Jwt)), Presentation::Bearer),
    method(
        "gatape",
        "Orange, Okapi",
        Some(TokenRequest {
            url: Some("https://okapi-v2-public.apigw.orange.fr/v2/token"),
            form: Form::Encoded,
            basic: false,
            fields: &[("client_id", User), ("client_secret", Secret), ("scope", Scope)],
            token: "access_token",
            lasts: EXPIRES_IN,
        }),
        Presentation::Bearer,
    ),
    method("iftr", "IFTR", Some(json(LOGIN, "token", Lasts::Jwt)), Presentation::Bearer),
    method("mias", "Mias", Some(basic_form(None, Lasts::Jwt)), Presentation::Bearer),
    method(
        "tdf",
        "TDF",
        Some(json(USERNAME, "access_token", Lasts::Milliseconds("expires_in"))),
        Presentation::BareToken,
    ),
    method("x509", "SDAIF: a client certificate, and a key", None, Presentation::Header(Some("x-api-key"))),
];

impl Method {
    /// Returns the method with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn fills(&self, fill: Fill) -> bool {
        self.token.is_some_and(|token| token.fields.iter().any(|(_, field)| *field == fill))
    }

    /// Returns true when the method requires a user.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        self.presents == Presentation::Basic
            || self.token.is_some_and(|token| token.basic)
            || self.fills(User)
    }

    /// Returns true when the method requires a secret.
    #[must_use]
    pub fn needs_secret(&self) -> bool {
        self.needs_user() || matches!(self.presents, Presentation::Header(_))
    }

    /// Returns true when the method requires [`Credentials::client`].
    #[must_use]
    pub fn needs_client(&self) -> bool {
        self.fills(Client)
    }

    /// Returns true when the method requires [`Credentials::token_url`].
    #[must_use]
    pub fn needs_token_url(&self) -> bool {
        self.token.is_some_and(|token| token.url.is_none())
    }

    /// Returns true when the method requires [`Credentials::header`].
    #[must_use]
    pub fn needs_header(&self) -> bool {
        self.presents == Presentation::Header(None)
    }
}

/// Parameters of a method, except the secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The name of the method: one of [`METHODS`].
    pub method: String,
    /// The user, the login or the client identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The client identifier, where it is required in addition to the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Requested scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Address of the token request, when it overrides the table's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Header of the secret, when the method does not set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_has_a_name_of_its_own_and_is_found_by_it() {
        for method in METHODS {
            assert_eq!(Method::named(method.name), Some(method));
        }
        assert_eq!(Method::named("kerberos"), None);
    }

    #[test]
    fn a_method_tells_what_it_needs() {
        let needs = |name: &str| {
            let method = Method::named(name).unwrap();
            (
                method.needs_user(),
                method.needs_secret(),
                method.needs_client(),
                method.needs_token_url(),
                method.needs_header(),
            )
        };
        assert_eq!(needs("none"), (false, false, false, false, false));
        assert_eq!(needs("basic"), (true, true, false, false, false));
        assert_eq!(needs("header"), (false, true, false, false, true));
        assert_eq!(needs("oauth2"), (true, true, false, true, false));
        assert_eq!(needs("axione"), (true, true, true, true, false));
        assert_eq!(needs("backbone"), (true, true, false, false, false));
        assert_eq!(needs("x509"), (false, true, false, false, false));
    }

    #[test]
    fn what_presents_a_token_says_where_it_comes_from() {
        for method in METHODS {
            let with_token = matches!(method.presents, Presentation::Bearer | Presentation::BareToken);
            assert_eq!(method.token.is_some(), with_token, "{}", method.name);
        }
    }
}

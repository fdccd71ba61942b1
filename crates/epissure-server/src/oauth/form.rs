//! Requests to the OAuth2 endpoints: a small form, and Basic credentials.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use epissure_app::oauth::Credentials;
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::Language;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;

use super::{OAuthRefusal, invalid_client};
use crate::listener::ClientAddress;
use crate::{authorise, body};

/// Maximum size of a form, in bytes.
const LIMIT: usize = 16 * 1024;

/// Media type of a form.
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// A request to an OAuth2 endpoint: credentials and parameters.
pub(super) struct Form {
    pub(super) credentials: Credentials,
    pairs: Vec<(String, String)>,
}

impl Form {
    pub(super) async fn read(request: Request) -> Result<Self, OAuthRefusal> {
        let (parts, body) = request.into_parts();
        authorise::accepts_json(&parts.headers)?;
        let from = parts
            .extensions
            .get::<ClientAddress>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ClientAddress(address)| *address);
        body::has_type(&parts.headers, &[MEDIA_TYPE]).map_err(malformed)?;
        let pairs = pairs(&body::read(&parts.headers, body, LIMIT).await.map_err(malformed)?)?;
        let (client, secrets) = basic(&parts.headers).ok_or_else(invalid_client)?;
        Ok(Self { credentials: Credentials { client, secrets, from }, pairs })
    }

    /// Returns a parameter. A parameter without a value counts as absent (RFC 6749 §3.2).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Returns a required parameter.
    pub(super) fn require(&self, name: &str) -> Result<&str, OAuthRefusal> {
        self.get(name).ok_or_else(|| {
            OAuthRefusal::OAuth("invalid_request", format!("The parameter {name} is required."))
        })
    }
}

/// Returns `invalid_request` for a malformed request (RFC 6749 section 5.2). A body that is too
/// large or too slow keeps its own status.
fn malformed(problem: Problem) -> OAuthRefusal {
    match problem.code() {
        Code::UnsupportedMediaType | Code::InvalidBody => {
            OAuthRefusal::OAuth("invalid_request", problem.refusal.text(Language::English))
        }
        _ => OAuthRefusal::Problem(problem),
    }
}

fn pairs(body: &[u8]) -> Result<Vec<(String, String)>, OAuthRefusal> {
    let invalid = |reason: &str| OAuthRefusal::OAuth("invalid_request", reason.to_owned());
    let text = std::str::from_utf8(body).map_err(|_| invalid("The form is not UTF-8."))?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in text.trim().split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(key), Some(value)) = (decode(key), decode(value)) else {
            return Err(invalid("The form is not UTF-8."));
        };
        if pairs.iter().any(|(known, _)| *known == key) {
            return Err(OAuthRefusal::OAuth(
                "invalid_request",
                format!("The parameter {key} is given twice."),
            ));
        }
        pairs.push((key, value));
    }
    Ok(pairs)
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Parses Basic credentials: the client, and the candidates for its secret.
///
/// RFC 6749 §2.3.1 requires form encoding first, which most clients omit. So the raw secret is a
/// candidate, and the decoded one if it differs.
fn basic(headers: &HeaderMap) -> Option<(String, Vec<String>)> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    // No identifier has control characters, and a database may refuse them.
    let (client, secret) = text.split_once(':').filter(|_| !text.contains(char::is_control))?;
    let mut secrets = vec![secret.to_owned()];
    secrets.extend(decode(secret).filter(|decoded| decoded != secret));
    Some((decode(client).filter(|client| !client.contains(char::is_control))?, secrets))
}

//! Tokens of partners: requested, parsed, and cached until shortly before their expiry.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use epissure_protocol::partner::{Credentials, Fill, Form, Lasts, TokenRequest};
use epissure_protocol::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex as AsyncMutex;

/// Assumed lifetime of a token without a declared one.
const UNSAID: SignedDuration = SignedDuration::from_mins(5);
/// Margin before expiry within which a token is no longer used: it must still be valid on arrival.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);
/// Maximum number of partners with cached tokens.
const MAX_CACHED: usize = 1000;

/// Token with its expiry.
#[derive(Clone)]
struct Token {
    token: Secret,
    until: Timestamp,
}

/// Key of a cached token: credentials, and a hash of the secret.
type Key = (String, [u8; 32]);
/// Cached token of one partner; concurrent callers wait for the same request.
type Slot = Arc<AsyncMutex<Option<Token>>>;

/// Cache of the tokens of all partners.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<Key, Slot>>);

impl Tokens {
    fn slot(&self, credentials: &Credentials, secret: &Secret) -> Slot {
        let key = (format!("{credentials:?}"), Sha256::digest(secret.reveal().as_bytes()).into());
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_CACHED && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }

    /// Returns a valid token, from the cache or newly requested.
    pub(crate) async fn get(
        &self,
        client: &Client,
        request: &TokenRequest,
        credentials: &Credentials,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<Secret, String> {
        let slot = self.slot(credentials, secret);
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| now + MARGIN < token.until) {
            return Ok(token.token.clone());
        }
        let token = obtain(client, request, credentials, secret, now).await?;
        *kept = Some(token.clone());
        Ok(token.token)
    }

    /// Removes a rejected token from the cache.
    pub(crate) async fn forget(&self, credentials: &Credentials, secret: &Secret) {
        *self.slot(credentials, secret).lock().await = None;
    }
}

async fn obtain(
    client: &Client,
    request: &TokenRequest,
    credentials: &Credentials,
    secret: &Secret,
    now: Timestamp,
) -> Result<Token, String> {
    let url = credentials.token_url.as_deref().or(request.url).unwrap_or_default();
    let call = build(client, url, request, credentials, secret).header(ACCEPT, "application/json");
    let response = call.send().await.map_err(|error| crate::sentence(&error))?;
    let status = response.status();
    let body = crate::beginning(response).await;
    if !status.is_success() {
        // The body is omitted, because it may quote the request.
        return Err(format!("the token was refused: its server answered {}", status.as_u16()));
    }
    let answer: Value = serde_json::from_str(&body)
        .map_err(|_| "the token was not understood: its server's answer is not JSON".to_owned())?;
    read(&answer, request, now)
        .ok_or_else(|| format!("the token was not understood: the answer has no `{}`", request.token))
}

fn build(
    client: &Client,
    url: &str,
    request: &TokenRequest,
    credentials: &Credentials,
    secret: &Secret,
) -> RequestBuilder {
    let filled = |fill: &Fill| match fill {
        Fill::Literal(text) => Some((*text).to_owned()),
        Fill::User => credentials.user.clone(),
        Fill::Secret => Some(secret.reveal().to_owned()),
        Fill::Client => credentials.client.clone(),
        Fill::Scope => credentials.scope.clone(),
    };
    let fields: Vec<(&str, String)> =
        request.fields.iter().filter_map(|(name, fill)| Some((*name, filled(fill)?))).collect();
    let call = match request.form {
        Form::Encoded => client.post(url).form(&fields),
        Form::Query => client.get(url).query(&fields),
        Form::Json => {
            let object: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            client.post(url).json(&object)
        }
    };
    if request.basic {
        // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
        let encoded = |text: &str| {
            utf8_percent_encode(text, NON_ALPHANUMERIC)
                .to_string()
                .replace("%2D", "-")
                .replace("%5F", "_")
                .replace("%2E", ".")
        };
        let user = encoded(credentials.user.as_deref().unwrap_or_default());
        call.header(AUTHORIZATION, basic(&user, &encoded(secret.reveal())))
    } else {
        call
    }
}

/// Returns an `Authorization: Basic` value, marked as sensitive.
pub(crate) fn basic(user: &str, secret: &str) -> HeaderValue {
    sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
}

/// Returns a header value marked as sensitive. A text that cannot be a value becomes an empty one,
/// which the partner will reject.
pub(crate) fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn read(answer: &Value, request: &TokenRequest, now: Timestamp) -> Option<Token> {
    let token = answer.get(request.token)?.as_str().filter(|token| !token.is_empty())?;
    let number = |member: &str| {
        let value = answer.get(member)?;
        value
            .as_i64()
            .or_else(|| value.as_str()?.parse().ok())
            .filter(|number| (0..=i64::from(u32::MAX)).contains(number))
    };
    let until = match request.lasts {
        Lasts::Seconds(member) => number(member).map(|seconds| now + SignedDuration::from_secs(seconds)),
        Lasts::Milliseconds(member) => number(member).map(|millis| now + SignedDuration::from_millis(millis)),
        Lasts::Until(member) => {
            answer.get(member).and_then(Value::as_str).and_then(epissure_protocol::instant::parse)
        }
        Lasts::Jwt => expiry(token),
    };
    Some(Token { token: Secret::new(token), until: until.unwrap_or(now + UNSAID) })
}

/// Reads `exp` of a JWT. The signature is not verified, because only the partner's server relies on
/// the token.
fn expiry(token: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_f64()? as i64).ok()
}

#[cfg(test)]
mod tests {
    use epissure_protocol::partner::Method;
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_736_860_678).unwrap()
    }

    fn lasts(method: &str, answer: &Value) -> Option<(String, i64)> {
        let request = Method::named(method).unwrap().token.unwrap();
        let token = read(answer, &request, now())?;
        Some((token.token.reveal().to_owned(), token.until.duration_since(now()).as_secs()))
    }

    #[test]
    fn each_partner_says_in_its_own_way_for_how_long() {
        let exp = now().as_second() + 900;
        let jwt = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(json!({"exp": exp}).to_string()));
        for (method, answer, seconds) in [
            ("oauth2", json!({"access_token": "t", "expires_in": 3600}), 3600),
            ("bouygues", json!({"access_token": "t", "expires_in": "60"}), 60),
            ("tdf", json!({"access_token": "t", "expires_in": 60_000}), 60),
            ("altitude-osa", json!({"value": "t", "expire": "2025-01-14T13:27:58Z"}), 600),
            ("oauth2", json!({"access_token": "t"}), 300),
        ] {
            assert_eq!(lasts(method, &answer), Some(("t".to_owned(), seconds)), "{method}");
        }
        for (method, member) in [
            ("altitude", "token"),
            ("axione", "access_token"),
            ("free", "access_token"),
            ("iftr", "token"),
            ("mias", "access_token"),
        ] {
            assert_eq!(lasts(method, &json!({member: jwt})), Some((jwt.clone(), 900)), "{method}");
        }
        assert_eq!(lasts("altitude", &json!({"token": "opaque"})).unwrap().1, 300);
        assert_eq!(lasts("oauth2", &json!({"token": "t"})), None);
        assert_eq!(lasts("oauth2", &json!({"access_token": ""})), None);
    }
}

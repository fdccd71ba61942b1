//! Issues access tokens.

use epissure_protocol::problem::{Code, Problem};
use epissure_store::StoredToken;
use jiff::SignedDuration;

use super::client::verify_client;
use super::{Credentials, RefusedClient, secret};
use crate::App;
use crate::failure::failed;

/// Issued token.
pub struct Issued {
    /// Secret text of the token, returned once.
    pub token: String,
    /// Lifetime, in seconds.
    pub expires_in: i64,
    /// Scopes of the token.
    pub scopes: Vec<String>,
}

/// Reason why no token was issued (RFC 6749 §5.2).
#[derive(Debug)]
pub enum Refusal {
    /// `invalid_client`.
    InvalidClient,
    /// `invalid_scope`, with the reason.
    InvalidScope(String),
    /// Error outside the vocabulary of RFC 6749: quota, throttle, or a server fault.
    Problem(Problem),
}

impl From<RefusedClient> for Refusal {
    fn from(refused: RefusedClient) -> Self {
        match refused {
            RefusedClient::Invalid => Self::InvalidClient,
            RefusedClient::Problem(problem) => Self::Problem(problem),
        }
    }
}

/// Issues a token for the requested scopes, or for all scopes of the client when none is requested.
/// With `scope_required`, at least one scope must be requested.
///
/// # Errors
/// Fails with a [`Refusal`].
pub async fn issue(
    app: &App,
    credentials: &Credentials,
    asked: &[&str],
    scope_required: bool,
) -> Result<Issued, Refusal> {
    let client = verify_client(app, credentials).await?;
    if asked.is_empty() && scope_required {
        return Err(Refusal::InvalidScope(
            "At least one scope is required: send scope=… with those that the requests need.".to_owned(),
        ));
    }
    let foreign: Vec<&str> =
        asked.iter().copied().filter(|asked| !client.scopes.iter().any(|held| held == asked)).collect();
    if !foreign.is_empty() {
        return Err(Refusal::InvalidScope(format!(
            "This client is not registered with {}. Its scopes: {}.",
            foreign.join(" "),
            client.scopes.join(" ")
        )));
    }
    let scopes: Vec<String> = if asked.is_empty() {
        client.scopes
    } else {
        let mut scopes: Vec<String> = asked.iter().map(|&scope| scope.to_owned()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    };
    let now = app.clock.now();
    let token = secret::make(secret::TOKEN_PREFIX, app.entropy.as_ref());
    let lifetime = app.settings.token_lifetime;
    let stored = StoredToken {
        hash: secret::token_hash(&token),
        client: client.id,
        operator: client.operator,
        role: client.role,
        scopes: scopes.clone(),
        issued: now,
        expires: now + SignedDuration::from_secs(lifetime),
    };
    let hour_ago = now - SignedDuration::from_hours(1);
    let kept = app.store.add_token(stored, app.settings.token_quota, hour_ago).await;
    if kept.map_err(|error| Refusal::Problem(failed(error)))? {
        return Ok(Issued { token, expires_in: lifetime, scopes });
    }
    Err(Refusal::Problem(
        Problem::new(
            Code::TooManyRequests,
            format!(
                "This client has had its {} tokens of the hour. A token lives {lifetime} seconds: keep it and use it \
                 until a request is answered 401 with the code 42.",
                app.settings.token_quota
            ),
        )
        .retry_after(60),
    ))
}

//! Issues access tokens.

use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::{AccessRefusal, ScopeList};
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
    /// ScopeList of the token.
    pub scopes: Vec<String>,
}

/// Reason why no token was issued (RFC 6749 §5.2).
#[derive(Debug)]
pub enum TokenRefusal {
    /// `invalid_client`.
    InvalidClient,
    /// `invalid_scope`.
    InvalidScope(InvalidScope),
    /// Error outside the vocabulary of RFC 6749: quota, throttle, or a server fault.
    Problem(Problem),
}

/// Reason why the requested scopes are refused. Its `Display` is the `error_description`, which RFC
/// 6749 section 5.2 limits to ASCII: it is in English for every caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// The endpoint requires a scope (v3).
    #[error("At least one scope is required: send scope=… with those that the requests need.")]
    Missing,
    /// The client is not registered with some of the scopes.
    #[error("This client is not registered with {foreign}. Its scopes: {held}.")]
    Foreign {
        /// Requested scopes that the client lacks.
        foreign: ScopeList,
        /// ScopeList of the client.
        held: ScopeList,
    },
}

impl From<RefusedClient> for TokenRefusal {
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
/// Fails with a [`TokenRefusal`].
pub async fn issue(
    app: &App,
    credentials: &Credentials,
    asked: &[&str],
    scope_required: bool,
) -> Result<Issued, TokenRefusal> {
    let client = verify_client(app, credentials).await?;
    if asked.is_empty() && scope_required {
        return Err(TokenRefusal::InvalidScope(InvalidScope::Missing));
    }
    let foreign = asked.iter().filter(|asked| !client.scopes.iter().any(|held| held == *asked));
    let foreign: Vec<String> = foreign.map(|&scope| scope.to_owned()).collect();
    if !foreign.is_empty() {
        let (foreign, held) = (ScopeList(foreign), ScopeList(client.scopes));
        return Err(TokenRefusal::InvalidScope(InvalidScope::Foreign { foreign, held }));
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
    if kept.map_err(|error| TokenRefusal::Problem(failed(error)))? {
        return Ok(Issued { token, expires_in: lifetime, scopes });
    }
    let refusal = AccessRefusal::TokenQuota { quota: app.settings.token_quota, lifetime };
    Err(TokenRefusal::Problem(Problem::from(refusal).retry_after(60)))
}

//! Token introspection (RFC 7662).

use jiff::Timestamp;

use super::client::verify_client;
use super::{Credentials, RefusedClient, secret};
use crate::App;
use crate::failure::failed;

/// Properties of an active token.
pub struct Introspection {
    /// Identifier of the client to which the token was issued.
    pub client: String,
    /// Scopes of the token.
    pub scopes: Vec<String>,
    /// Date of issue.
    pub issued: Timestamp,
    /// Date of expiry.
    pub expires: Timestamp,
}

/// Returns the properties of one of the client's tokens. Returns `None` for a token that is
/// unknown, another client's, revoked or expired.
///
/// # Errors
/// Fails when the client is not authenticated, or the store fails.
pub async fn introspect(
    app: &App,
    credentials: &Credentials,
    token: &str,
) -> Result<Option<Introspection>, RefusedClient> {
    let client = verify_client(app, credentials).await?;
    let stored = app.store.token(secret::token_hash(token)).await;
    let stored = stored.map_err(|error| RefusedClient::Problem(failed(error)))?;
    let now = app.clock.now();
    Ok(stored.filter(|token| token.client == client.id && now < token.expires).map(|token| Introspection {
        client: token.client.0,
        scopes: token.scopes,
        issued: token.issued,
        expires: token.expires,
    }))
}

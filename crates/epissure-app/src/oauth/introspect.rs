//! Tells what a token is (RFC 7662).

use jiff::Timestamp;

use super::client::verify_client;
use super::{Credentials, RefusedClient, secret};
use crate::App;
use crate::failure::failed;

/// An active token of the client.
pub struct Introspection {
    /// Its client.
    pub client: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Since when.
    pub issued: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}

/// What a token of the client is; `None` when it is no token, another's, revoked or past its life.
///
/// # Errors
/// When the client is not authenticated, or the store fails.
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

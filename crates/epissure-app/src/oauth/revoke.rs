//! Revokes access tokens (RFC 7009).

use super::client::verify_client;
use super::{Credentials, RefusedClient, secret};
use crate::App;
use crate::failure::failed;

/// Revokes one of the client's tokens. Unknown tokens and tokens of other clients are ignored, and
/// the answer does not reveal them.
///
/// # Errors
/// Fails when the client is not authenticated, or the store fails.
pub async fn revoke(app: &App, credentials: &Credentials, token: &str) -> Result<(), RefusedClient> {
    let client = verify_client(app, credentials).await?;
    let hash = secret::token_hash(token);
    app.store.revoke_token(hash, &client.id).await.map_err(|error| RefusedClient::Problem(failed(error)))?;
    app.tokens.forget(&hash);
    Ok(())
}

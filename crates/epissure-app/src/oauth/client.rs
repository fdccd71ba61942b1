//! Authenticates a client by its identifier and secret.

use std::net::IpAddr;

use epissure_protocol::problem::{Code, Problem};
use epissure_store::{Client, ClientId, SecretHash};
use tokio::sync::Semaphore;

use super::secret;
use crate::App;
use crate::failure::failed;

/// What a client presents.
pub struct Credentials {
    /// Its identifier.
    pub client: String,
    /// The readings of the secret it presents; one of them must be right.
    pub secrets: Vec<String>,
    /// From where.
    pub from: IpAddr,
}

/// Why a client was not authenticated.
#[derive(Debug)]
pub enum RefusedClient {
    /// Unknown, revoked, or with a wrong secret: they are not told apart.
    Invalid,
    /// Too many failures, or the server cannot say.
    Problem(Problem),
}

/// Argon2 takes a whole core and 19 MB: one at a time, so that guessing does not starve the others.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

pub(super) async fn verify_client(app: &App, credentials: &Credentials) -> Result<Client, RefusedClient> {
    let now = app.clock.now();
    if let Some(seconds) = app.throttle.must_wait(&credentials.client, credentials.from, now) {
        return Err(RefusedClient::Problem(
            Problem::new(Code::TooManyRequests, "Too many wrong secrets for this client from this address.")
                .retry_after(seconds),
        ));
    }
    let found = app.store.client(&ClientId(credentials.client.clone())).await;
    let client = found
        .map_err(|error| RefusedClient::Problem(failed(error)))?
        .filter(|client| client.revoked.is_none());
    let hash = client.as_ref().map(|client| client.secret.clone());
    if verify(credentials.secrets.clone(), hash).await
        && let Some(client) = client
    {
        return Ok(client);
    }
    app.throttle.failed(&credentials.client, credentials.from, now);
    Err(RefusedClient::Invalid)
}

async fn verify(readings: Vec<String>, hash: Option<SecretHash>) -> bool {
    // The usual case needs no computation worth waiting for.
    if readings.iter().any(|given| secret::matches_made(given, hash.as_ref())) {
        return true;
    }
    let Ok(_turn) = ONE_AT_A_TIME.acquire().await else { return false };
    let any = move || readings.iter().any(|given| secret::verify(given, hash.as_ref()));
    tokio::task::spawn_blocking(any).await.unwrap_or(false)
}

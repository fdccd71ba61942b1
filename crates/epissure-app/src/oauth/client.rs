//! Authenticates a client by its identifier and secret.

use std::net::IpAddr;

use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::AccessRefusal;
use epissure_store::{Client, ClientId};

use super::{hashing, secret};
use crate::App;
use crate::failure::failed;

/// Credentials presented by a client.
pub struct Credentials {
    /// Identifier of the client.
    pub client: String,
    /// Possible decodings of the presented secret; one of them must be right.
    pub secrets: Vec<String>,
    /// IP address of the peer.
    pub from: IpAddr,
}

/// Reason why a client was not authenticated.
#[derive(Debug)]
pub enum RefusedClient {
    /// The client is unknown or revoked, or its secret is wrong: the answer does not distinguish
    /// them.
    Invalid,
    /// Too many failures, or the verification failed.
    Problem(Problem),
}

pub(super) async fn verify_client(app: &App, credentials: &Credentials) -> Result<Client, RefusedClient> {
    let found = app.store.client(&ClientId(credentials.client.clone())).await;
    let client = found
        .map_err(|error| RefusedClient::Problem(failed(error)))?
        .filter(|client| client.revoked.is_none());
    let hash = client.as_ref().map(|client| client.secret.clone());
    // A generated secret cannot be guessed, so it is accepted even when wrong secrets have
    // throttled its client.
    if credentials.secrets.iter().any(|given| secret::matches_made(given, hash.as_ref()))
        && let Some(client) = client
    {
        return Ok(client);
    }
    let now = app.clock.now();
    app.throttle.enter(&credentials.client, credentials.from, now).map_err(|seconds| {
        RefusedClient::Problem(Problem::from(AccessRefusal::WrongSecrets).retry_after(seconds))
    })?;
    let verified = hashing::verify(credentials.secrets.clone(), hash).await;
    let verified = verified.ok_or_else(|| RefusedClient::Problem(busy()))?;
    if verified && let Some(client) = client {
        app.throttle.succeeded(&credentials.client, credentials.from);
        return Ok(client);
    }
    Err(RefusedClient::Invalid)
}

fn busy() -> Problem {
    Problem::from(AccessRefusal::SecretsBusy).retry_after(1)
}

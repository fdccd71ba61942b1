//! Clients: the programs that call the API.

use epissure_protocol::names::OperatorCode;
use epissure_store::{Author, Client, ClientId, ClientSecret, Role, SecretHash};

use super::Refused;
use crate::App;
use crate::failure::failed;
use crate::oauth::{SCOPES, secret};

/// Client to add.
#[derive(Debug)]
pub struct NewClient {
    /// Operator of the client.
    pub operator: OperatorCode,
    /// Role in which the client acts.
    pub role: Role,
    /// Identifier; generated when absent.
    pub id: Option<String>,
    /// Secret; generated when absent.
    pub secret: Option<String>,
    /// Scopes; empty for all.
    pub scopes: Vec<String>,
}

/// Adds a client and returns its secret, which cannot be shown again.
///
/// # Errors
/// Fails when the operator is unknown or lacks the role, a scope is unknown, the secret is too
/// short, or the identifier is in use.
pub async fn add(app: &App, new: NewClient, by: &Author) -> Result<(Client, ClientSecret), Refused> {
    let code = &new.operator;
    let operator = app.store.operator(code).await.map_err(failed)?.ok_or_else(|| {
        Refused::invalid(format!(
            "operator {code} is unknown: add it first with `epissure operator add {code} …`"
        ))
    })?;
    let (has_role, flag) = match new.role {
        Role::Oi => (operator.is_oi, "--oi"),
        Role::Oc => (operator.is_oc, "--oc"),
    };
    if !has_role {
        return Err(Refused::invalid(format!(
            "operator {code} does not act as {}: add it again with {flag}, and with every other role it has",
            new.role.as_str()
        )));
    }
    let scopes = scopes(new.scopes)?;
    let id = new.id.unwrap_or_else(|| {
        let made = app.entropy.uuid(app.clock.now()).simple().to_string();
        format!("{}-{}-{}", code.as_str().to_lowercase(), new.role.as_str(), &made[20..])
    });
    if id.is_empty()
        || id.len() > 128
        || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._@".contains(&b))
    {
        return Err(Refused::invalid(
            "a client identifier has 1 to 128 letters, digits, dots, dashes, underscores or @",
        ));
    }
    let (hash, secret) = secret_of(app, new.secret)?;
    let client = Client {
        id: ClientId(id),
        operator: new.operator,
        role: new.role,
        scopes,
        secret: hash,
        revoked: None,
        created: app.clock.now(),
    };
    if app.store.add_client(client.clone(), by).await.map_err(failed)? {
        return Ok((client, secret));
    }
    Err(Refused::invalid(format!(
        "client {} exists: `epissure client rotate {}` gives it another secret",
        client.id, client.id
    )))
}

/// Replaces the secret of a client and revokes its tokens.
///
/// # Errors
/// Fails when no such client exists, or the secret is too short.
pub async fn rotate(
    app: &App,
    id: &str,
    chosen: Option<String>,
    by: &Author,
) -> Result<ClientSecret, Refused> {
    let (hash, secret) = secret_of(app, chosen)?;
    let known = app.store.set_client_secret(&ClientId(id.to_owned()), hash, by).await.map_err(failed)?;
    app.tokens.forget_all();
    if known { Ok(secret) } else { Err(unknown(id)) }
}

/// Revokes a client and its tokens.
///
/// # Errors
/// Fails when no such client exists.
pub async fn revoke(app: &App, id: &str, by: &Author) -> Result<(), Refused> {
    let known = app.store.revoke_client(&ClientId(id.to_owned()), by).await.map_err(failed)?;
    app.tokens.forget_all();
    if known { Ok(()) } else { Err(unknown(id)) }
}

/// Returns every client.
///
/// # Errors
/// Fails when the store fails.
pub async fn list(app: &App) -> Result<Vec<Client>, Refused> {
    Ok(app.store.clients().await.map_err(failed)?)
}

fn unknown(id: &str) -> Refused {
    Refused::invalid(format!("there is no client {id}: `epissure client list` shows those there are"))
}

fn secret_of(app: &App, chosen: Option<String>) -> Result<(SecretHash, ClientSecret), Refused> {
    let entropy = app.entropy.as_ref();
    Ok(match chosen {
        Some(chosen) => {
            (secret::hash_chosen(&chosen, entropy).map_err(Refused::invalid)?, ClientSecret(chosen))
        }
        None => {
            let made = secret::make(secret::SECRET_PREFIX, entropy);
            (secret::hash_made(&made), ClientSecret(made))
        }
    })
}

fn scopes(asked: Vec<String>) -> Result<Vec<String>, Refused> {
    let all = || SCOPES.iter().map(|scope| scope.name.to_owned());
    if asked.is_empty() {
        return Ok(all().collect());
    }
    match asked.iter().find(|asked| !all().any(|scope| scope == **asked)) {
        Some(unknown) => Err(Refused::invalid(format!(
            "scope {unknown} is unknown; the scopes are {}",
            all().collect::<Vec<_>>().join(", ")
        ))),
        None => Ok(asked),
    }
}

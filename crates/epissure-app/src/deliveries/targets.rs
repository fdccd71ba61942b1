//! Manages the targets of events: sets, removes, enables and disables them, and rotates their
//! secrets.

use epissure_protocol::partner::Method;
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use epissure_store::{Author, Pair, SigningSecret, Standing, StoredTarget, TargetSecrets, TargetState};
use http_names::is_header_name;
use jiff::{SignedDuration, Timestamp};

use super::courier::Courier;
use super::signature;
use crate::App;
use crate::directory::Refused;
use crate::failure::failed;

/// Target to create or replace.
#[derive(Debug)]
pub struct NewTarget {
    /// OI and OC of the target.
    pub pair: Pair,
    /// Address, authentication and options of the target.
    pub target: Target,
    /// Credential for the target's server. `None` leaves the stored credential, if the method needs
    /// one.
    pub credential: Option<Secret>,
}

/// Creates or replaces a target. For a new target, returns the generated signing secret, which is
/// shown once. A replaced target leaves its secret, queue and history unchanged; consent is
/// requested again if the target requires it.
///
/// # Errors
/// Fails when the operators have no contract, the target may not be called, or its method lacks a
/// parameter.
pub async fn put(
    app: &App,
    courier: &dyn Courier,
    new: NewTarget,
    by: &Author,
) -> Result<Option<Secret>, Refused> {
    let NewTarget { pair, target, credential } = new;
    let contract = app.store.contract(&pair.oi, &pair.oc).await.map_err(failed)?;
    if contract.is_none() {
        return Err(Refused::invalid(format!(
            "{} and {} have no contract: set it first with `epissure contract set --oi {} --oc {}`",
            pair.oi, pair.oc, pair.oi, pair.oc
        )));
    }
    let known = app.store.target(&pair).await.map_err(failed)?;
    let (signing, kept) = match known {
        Some(known) => (known.secrets.signing, known.secrets.credential),
        None => (Vec::new(), None),
    };
    let credential = credential.or(kept);
    let method = complete(&target, credential.as_ref()).map_err(Refused::invalid)?;
    courier.inspect(&target).await.map_err(Refused::invalid)?;
    let made = signing.is_empty().then(|| signature::make(app.entropy.as_ref()));
    let signing = match &made {
        Some(secret) => vec![SigningSecret { secret: secret.clone(), until: None }],
        None => signing,
    };
    let state = if target.asks_consent { TargetState::ConsentRequested } else { TargetState::Active };
    let credential = credential.filter(|_| method.needs_secret());
    let secrets = TargetSecrets { signing, credential };
    let stored = StoredTarget { pair, target, secrets, standing: Standing::new(state) };
    app.store.put_target(stored, by).await.map_err(failed)?;
    app.announcements.announce_to_all();
    Ok(made)
}

/// Returns the authentication method of a target, after checking that every required parameter is
/// present.
fn complete(target: &Target, credential: Option<&Secret>) -> Result<&'static Method, String> {
    let credentials = &target.credentials;
    let method = Method::named(&credentials.method).ok_or_else(|| {
        let known: Vec<&str> = epissure_protocol::partner::METHODS.iter().map(|method| method.name).collect();
        format!("`{}` is not a way to authenticate: they are {}", credentials.method, known.join(", "))
    })?;
    let name = method.name;
    for (needed, there, what) in [
        (method.needs_user(), credentials.user.is_some(), "a user: --events-user"),
        (method.needs_secret(), credential.is_some(), "a secret: --events-secret -"),
        (method.needs_client(), credentials.client.is_some(), "a client identifier: --events-client"),
        (
            method.needs_token_url(),
            credentials.token_url.is_some(),
            "the address of its tokens: --events-token-url",
        ),
        (method.needs_header(), credentials.header.is_some(), "the name of a header: --events-header-name"),
    ] {
        if needed && !there {
            return Err(format!("the method {name} needs {what}"));
        }
    }
    for name in credentials.header.iter().chain(target.headers.iter().map(|(name, _)| name)) {
        if !is_header_name(name) {
            return Err(format!(
                "`{name}` is not the name of a header, or is one that the server sets itself"
            ));
        }
    }
    Ok(method)
}

/// Header names.
mod http_names {
    /// Headers that the server sets itself.
    const OURS: &[&str] = &[
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "te",
        "transfer-encoding",
    ];

    /// Returns true for a token (RFC 9110, section 5.6.2) that is not reserved by the server.
    pub(super) fn is_header_name(name: &str) -> bool {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let lower = name.to_ascii_lowercase();
        !name.is_empty()
            && name.bytes().all(token)
            && !lower.starts_with("webhook-")
            && !OURS.contains(&lower.as_str())
    }
}

/// Removes a target and its queue. Returns `false` when no such target exists.
///
/// # Errors
/// Fails when the store fails.
pub async fn remove(app: &App, pair: &Pair, by: &Author) -> Result<bool, Refused> {
    Ok(app.store.remove_target(pair, by).await.map_err(failed)?)
}

/// Returns every target.
///
/// # Errors
/// Fails when the store fails.
pub async fn list(app: &App) -> Result<Vec<StoredTarget>, Refused> {
    Ok(app.store.targets().await.map_err(failed)?)
}

/// Replaces the signing secret of a target and returns the new one, which is shown once. The
/// previous secret also signs for `overlap`.
///
/// # Errors
/// Fails when no such target exists.
pub async fn rotate(app: &App, pair: &Pair, overlap: SignedDuration, by: &Author) -> Result<Secret, Refused> {
    let target = known(app, pair).await?;
    let now = app.clock.now();
    let made = signature::make(app.entropy.as_ref());
    let secrets = TargetSecrets {
        signing: succeeded(&made, target.secrets.signing, now, overlap),
        credential: target.secrets.credential,
    };
    app.store.set_target_secrets(pair, secrets, by).await.map_err(failed)?;
    Ok(made)
}

/// Returns the new secret and the previous one, which expires after `overlap`: at most two are
/// valid at once.
pub(super) fn succeeded(
    new: &Secret,
    before: Vec<SigningSecret>,
    now: Timestamp,
    overlap: SignedDuration,
) -> Vec<SigningSecret> {
    let before = before.into_iter().next();
    let before = before.map(|before| SigningSecret { until: Some(now + overlap), ..before });
    std::iter::once(SigningSecret { secret: new.clone(), until: None })
        .chain(before.filter(|_| overlap > SignedDuration::ZERO))
        .collect()
}

/// Enables a target, whatever disabled it, and makes its queue due now. Attempted deliveries
/// continue their schedule.
///
/// # Errors
/// Fails when no such target exists.
pub async fn enable(app: &App, pair: &Pair, by: &Author) -> Result<(), Refused> {
    let target = known(app, pair).await?;
    let state = if target.target.asks_consent { TargetState::ConsentRequested } else { TargetState::Active };
    let standing = Standing { rate: target.standing.rate, ..Standing::new(state) };
    app.store.set_target_standing(pair, standing, Some(app.clock.now()), by).await.map_err(failed)?;
    app.announcements.announce_to_all();
    Ok(())
}

/// Pauses delivery to a target; its events stay queued.
///
/// # Errors
/// Fails when no such target exists.
pub async fn disable(app: &App, pair: &Pair, by: &Author) -> Result<(), Refused> {
    let target = known(app, pair).await?;
    let reason = Some("disabled by hand".to_owned());
    let standing = Standing { state: TargetState::Disabled, reason, held_until: None, ..target.standing };
    app.store.set_target_standing(pair, standing, None, by).await.map_err(failed)?;
    Ok(())
}

async fn known(app: &App, pair: &Pair) -> Result<StoredTarget, Refused> {
    app.store.target(pair).await.map_err(failed)?.ok_or_else(|| {
        Refused::invalid(format!(
            "no events go from {} to {}: say where with `epissure contract set --oi {} --oc {} --events URL`",
            pair.oi, pair.oc, pair.oi, pair.oc
        ))
    })
}

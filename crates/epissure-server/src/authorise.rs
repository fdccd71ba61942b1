//! Authorisation of requests: caller, scope, and accepted media type.

use std::sync::Arc;

use epissure_app::caller::{Caller, Origin};
use epissure_app::quota::Work;
use epissure_app::{App, oauth, quota};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::{AccessRefusal, ScopeList};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::listener::ClientAddress;
use crate::negotiate;
use crate::observe::RequestId;
use crate::scope;

/// Returns the origin of a request: address of the caller, and identifier in the log.
pub(crate) fn origin(parts: &Parts) -> Origin {
    let client = parts.extensions.get::<ClientAddress>();
    let request = parts.extensions.get::<RequestId>();
    Origin {
        address: client.map(|ClientAddress(address)| address.to_string()),
        request: request.map(|RequestId(id)| id.clone()),
    }
}

/// Returns the caller if its token has the scope and its quotas allow a request.
pub(crate) async fn authorise(app: &App, headers: &HeaderMap, scope: &str) -> Result<Arc<Caller>, Problem> {
    admit(app, headers, scope, Work::One).await
}

/// Returns the caller of a list or a count, under the same conditions.
pub(crate) async fn authorise_list(
    app: &App,
    headers: &HeaderMap,
    scope: &str,
) -> Result<Arc<Caller>, Problem> {
    admit(app, headers, scope, Work::List).await
}

async fn admit(app: &App, headers: &HeaderMap, scope: &str, work: Work) -> Result<Arc<Caller>, Problem> {
    let caller = authenticate(app, headers, scope).await?;
    scope::hold(quota::admit(app, &caller, work).await?);
    Ok(caller)
}

/// Returns the caller if its token has the scope.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    scope: &str,
) -> Result<Arc<Caller>, Problem> {
    let caller = oauth::authenticate(app, bearer(headers)?).await?;
    if caller.has_scope(scope) {
        return Ok(caller);
    }
    let held = ScopeList(caller.scopes.clone());
    Err(AccessRefusal::Scope { needed: scope.to_owned(), held }.into())
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(AccessRefusal::NoCredentials.into());
    };
    let token = value.to_str().ok().filter(|_| values.next().is_none()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    token.ok_or_else(|| Problem::standard(Code::InvalidCredentials))
}

/// Refuses a caller that does not accept JSON.
pub(crate) fn accepts_json(headers: &HeaderMap) -> Result<(), Problem> {
    match negotiate::preferred(headers, &[negotiate::JSON]) {
        Some(_) => Ok(()),
        None => Err(Problem::standard(Code::NotAcceptable)),
    }
}

/// Returns true if the caller requests the refusal of unknown members (`Prefer: handling=strict`,
/// RFC 7240 §4.4).
pub(crate) fn prefers_strict(headers: &HeaderMap) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("handling=strict"))
}

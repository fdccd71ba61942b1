//! Changes an individual.

use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, Version};
use epissure_protocol::party::Individual;
use epissure_protocol::problem::{Code, Problem};
use epissure_store::{IndividualChange, Replaced};

use crate::failure::{failed, unreadable};
use crate::parties::{Shown, not_found, refused, stale};
use crate::{App, Caller, Origin, Precondition};

/// Change to an individual.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// Replaces the individual with this document (PUT).
    Replace(&'a Object),
    /// Applies this merge patch (PATCH, RFC 7396).
    Patch(&'a Object),
}

/// A request to change an individual.
pub struct ChangeIndividual<'a> {
    /// Authenticated client.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Individual to change.
    pub id: IndividualId,
    /// Versions that may be changed (`If-Match`).
    pub precondition: &'a Precondition,
    /// Change to apply.
    pub change: Change<'a>,
}

/// Maximum number of attempts when concurrent changes come first and any version is accepted.
const TRIES: usize = 8;

/// Changes an individual. A patch that accepts any version is applied again after a concurrent
/// change. A request that changes nothing succeeds, and stores nothing.
///
/// # Errors
/// Returns 404 when the caller's operator has no such individual, 412 when the version differs, 400
/// with every fault of the result.
pub async fn change(app: &App, request: &ChangeIndividual<'_>) -> Result<Shown, Problem> {
    for _ in 0..TRIES {
        if let Some(shown) = attempt(app, request).await? {
            return Ok(shown);
        }
        if *request.precondition != Precondition::Any {
            return Err(stale());
        }
    }
    // The caller named no version, so it has nothing to read again: it only has to retry.
    Err(Problem::standard(Code::Unavailable).retry_after(1))
}

/// Makes one attempt; returns `None` when a concurrent change came between the read and the write.
async fn attempt(app: &App, request: &ChangeIndividual<'_>) -> Result<Option<Shown>, Problem> {
    let ChangeIndividual { caller, origin, id, precondition, change } = *request;
    let max_extension_bytes = app.settings.extension_limits.individual;
    let stored = app.store.individual(id, &caller.operator, true).await.map_err(failed)?;
    let stored = stored.ok_or_else(not_found)?;
    if !precondition.admits(stored.version) {
        return Err(stale());
    }
    let present = Individual::kept(&stored.document, stored.contact_medium.as_deref())
        .map_err(|error| unreadable("individual", &error))?;
    let individual = match change {
        Change::Replace(body) => Individual::read(body, max_extension_bytes),
        Change::Patch(patch) => present.patch(patch, max_extension_bytes),
    }
    .map_err(refused)?;
    if individual == present {
        return Ok(Some(stored.into()));
    }
    let now = app.clock.now();
    let version = Version(app.entropy.uuid(now));
    let shown = Shown::written(id.0, &individual, version)?;
    let change = IndividualChange {
        id,
        operator: caller.operator.clone(),
        document: individual.document().clone(),
        contact_medium: individual.contact_medium().cloned(),
        version,
        expected: stored.version,
    };
    match app.store.change_individual(change, &caller.author(origin, now)).await.map_err(failed)? {
        Replaced::Done => Ok(Some(shown)),
        Replaced::Stale => Ok(None),
        Replaced::Missing => Err(not_found()),
    }
}

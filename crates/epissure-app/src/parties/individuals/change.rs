//! Changes an individual.

use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, Version};
use epissure_protocol::party::Individual;
use epissure_protocol::problem::{Code, Problem};
use epissure_store::{IndividualChange, Replaced};

use crate::failure::{failed, unreadable};
use crate::parties::{Shown, not_found, refused, stale};
use crate::{App, Caller, Origin, Precondition};

/// What becomes of the individual.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// This, in the place of what it was (PUT).
    Replace(&'a Object),
    /// What it was, after this merge patch (PATCH, RFC 7396).
    Patch(&'a Object),
}

/// A request to change an individual.
pub struct ChangeIndividual<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where the request comes from.
    pub origin: &'a Origin,
    /// Which individual.
    pub id: IndividualId,
    /// On which condition.
    pub precondition: &'a Precondition,
    /// What.
    pub change: Change<'a>,
}

/// How often a change that accepts any version is tried again when another comes first.
const TRIES: usize = 8;

/// Changes an individual. A patch that accepts any version is applied again to what another change has made of the
/// individual in the meantime. A request that leaves the individual as it is succeeds, and nothing is stored.
///
/// # Errors
/// 404 when the caller's operator has none, 412 when it has another version, 400 with every fault of the result.
pub async fn change(app: &App, request: &ChangeIndividual<'_>) -> Result<Shown, Problem> {
    for _ in 0..TRIES {
        if let Some(shown) = attempt(app, request).await? {
            return Ok(shown);
        }
        if *request.precondition != Precondition::Any {
            return Err(stale());
        }
    }
    // The caller named no version, so that there is nothing to read again: others were only quicker each time.
    Err(Problem::standard(Code::Unavailable).retry_after(1))
}

/// One try; `None` when another change came between the reading and the writing.
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

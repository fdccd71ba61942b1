//! Creates an individual.

use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, Version};
use epissure_protocol::party::{Individual, Resource};
use epissure_protocol::problem::Problem;
use epissure_store::{NewIndividual, Registered};

use crate::failure::failed;
use crate::parties::{Shown, refused};
use crate::{App, Caller, Origin, idempotency};

/// A request to create an individual.
pub struct CreateIndividual<'a> {
    /// Authenticated client, whose operator will own the individual.
    pub caller: &'a Caller,
    /// Address and request identifier, for the audit.
    pub origin: &'a Origin,
    /// Body of the request.
    pub body: &'a Object,
    /// Idempotency key: a repeated request returns the first answer.
    pub idempotency_key: Option<&'a str>,
}

/// Creates an individual. A repeated request returns the first answer, as long as the individual
/// exists.
///
/// # Errors
/// Returns 400 with every fault of the body, 409 when the idempotency key was used for another
/// request.
pub async fn create(app: &App, request: &CreateIndividual<'_>) -> Result<Shown, Problem> {
    let CreateIndividual { caller, origin, body, idempotency_key } = *request;
    let individual = Individual::read(body, app.settings.extension_limits.individual).map_err(refused)?;
    let now = app.clock.now();
    let id = IndividualId(app.entropy.uuid(now));
    let version = Version(app.entropy.uuid(now));
    let shown = Shown::written(id.0, &individual, version)?;
    let new = NewIndividual {
        id,
        operator: caller.operator.clone(),
        document: individual.document().clone(),
        contact_medium: individual.contact_medium().cloned(),
        version,
        at: now,
        idempotency: idempotency_key
            .map(|key| idempotency::remembered(caller, key, Resource::Individual.segment(), body, now)),
    };
    match app.store.add_individual(new, &caller.author(origin, now)).await.map_err(failed)? {
        Registered::Added => Ok(shown),
        Registered::Repeated(stored) => Ok(stored.into()),
        Registered::Contradicted => Err(idempotency::contradicted()),
    }
}

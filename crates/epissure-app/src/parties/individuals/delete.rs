//! Deletes an individual.

use epissure_protocol::names::IndividualId;
use epissure_protocol::problem::Problem;
use epissure_store::Replaced;

use crate::failure::failed;
use crate::parties::{not_found, stale};
use crate::{App, Caller, Origin, Precondition};

/// Deletes an individual; no data of it remains.
///
/// # Errors
/// Returns 404 when the caller's operator has no such individual, 412 when the version differs.
pub async fn delete(
    app: &App,
    caller: &Caller,
    origin: &Origin,
    id: IndividualId,
    precondition: &Precondition,
) -> Result<(), Problem> {
    let expected = match precondition {
        Precondition::Any => None,
        Precondition::OneOf(_) => {
            let stored = app.store.individual(id, &caller.operator, false).await.map_err(failed)?;
            let version = stored.ok_or_else(not_found)?.version;
            if !precondition.admits(version) {
                return Err(stale());
            }
            Some(version)
        }
    };
    let by = caller.author(origin, app.clock.now());
    match app.store.delete_individual(id, &caller.operator, expected, &by).await.map_err(failed)? {
        Replaced::Done => Ok(()),
        Replaced::Stale => Err(stale()),
        Replaced::Missing => Err(not_found()),
    }
}

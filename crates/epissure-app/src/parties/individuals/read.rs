//! Reads one individual.

use epissure_filter::FieldSelection;
use epissure_protocol::names::IndividualId;
use epissure_protocol::problem::Problem;

use super::shows_contact_medium;
use crate::failure::failed;
use crate::parties::{Shown, not_found};
use crate::{App, Caller};

/// Returns an individual of the caller's operator, with its contact media only if `fields` selects
/// them.
///
/// # Errors
/// Returns 404 when the caller's operator has no such individual.
pub async fn read(
    app: &App,
    caller: &Caller,
    id: IndividualId,
    fields: Option<&FieldSelection>,
) -> Result<Shown, Problem> {
    let stored = app.store.individual(id, &caller.operator, shows_contact_medium(fields)).await;
    stored.map_err(failed)?.map(Into::into).ok_or_else(not_found)
}

//! Reads one individual.

use epissure_filter::FieldSelection;
use epissure_protocol::names::IndividualId;
use epissure_protocol::problem::Problem;

use super::shows_contact_medium;
use crate::failure::failed;
use crate::parties::{Shown, not_found};
use crate::{App, Caller};

/// An individual of the caller's operator, as far as `fields` asks for it.
///
/// # Errors
/// 404 when there is none.
pub async fn read(
    app: &App,
    caller: &Caller,
    id: IndividualId,
    fields: Option<&FieldSelection>,
) -> Result<Shown, Problem> {
    let stored = app.store.individual(id, &caller.operator, shows_contact_medium(fields)).await;
    stored.map_err(failed)?.map(Into::into).ok_or_else(not_found)
}

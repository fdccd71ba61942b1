//! Reads one organization.

use epissure_protocol::names::OrganizationId;
use epissure_protocol::problem::Problem;

use crate::App;
use crate::failure::failed;
use crate::parties::{Shown, not_found};

/// Returns an organization.
///
/// # Errors
/// Returns 404 when no such organization exists.
pub async fn read(app: &App, id: OrganizationId) -> Result<Shown, Problem> {
    let stored = app.store.organization(id).await.map_err(failed)?;
    stored.map(Into::into).ok_or_else(not_found)
}

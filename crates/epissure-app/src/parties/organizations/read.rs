//! Reads one organization.

use epissure_protocol::names::OrganizationId;
use epissure_protocol::problem::Problem;

use crate::App;
use crate::failure::failed;
use crate::parties::{Shown, not_found};

/// An organization.
///
/// # Errors
/// 404 when there is none.
pub async fn read(app: &App, id: OrganizationId) -> Result<Shown, Problem> {
    let stored = app.store.organization(id).await.map_err(failed)?;
    stored.map(Into::into).ok_or_else(not_found)
}

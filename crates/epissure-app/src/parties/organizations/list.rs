//! Lists and counts organizations.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{ORGANIZATION_CATALOG, PartyListRequest};

use crate::App;
use crate::failure::failed_search;
use crate::parties::Listed;

/// Returns the organizations that match a query, and their total number.
///
/// # Errors
/// Fails when the query is too expensive, or the store fails.
pub async fn list(app: &App, query: &Query) -> Result<Listed, Problem> {
    let plan = Plan::new(query, &ORGANIZATION_CATALOG);
    let request = PartyListRequest { plan, offset: query.offset, limit: query.limit };
    app.store.list_organizations(request).await.map(Into::into).map_err(failed_search)
}

/// Returns the number of organizations that match a query.
///
/// # Errors
/// Fails when the query is too expensive, or the store fails.
pub async fn count(app: &App, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &ORGANIZATION_CATALOG);
    app.store.count_organizations(plan).await.map_err(failed_search)
}

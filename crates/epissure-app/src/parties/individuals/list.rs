//! Lists and counts individuals.

use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_store::{INDIVIDUAL_CATALOG, PartyListRequest};

use super::shows_contact_medium;
use crate::failure::failed_search;
use crate::parties::Listed;
use crate::{App, Caller};

/// Returns the individuals of the caller's operator that match a query, and their total number.
///
/// # Errors
/// Fails when the query is too expensive, or the store fails.
pub async fn list(app: &App, caller: &Caller, query: &Query) -> Result<Listed, Problem> {
    let plan = Plan::new(query, &INDIVIDUAL_CATALOG);
    let request = PartyListRequest { plan, offset: query.offset, limit: query.limit };
    let with_media = shows_contact_medium(query.fields.as_ref());
    let page = app.store.list_individuals(&caller.operator, request, with_media).await;
    page.map(Into::into).map_err(failed_search)
}

/// Returns the number of individuals of the caller's operator that match a query.
///
/// # Errors
/// Fails when the query is too expensive, or the store fails.
pub async fn count(app: &App, caller: &Caller, query: &Query) -> Result<u64, Problem> {
    let plan = Plan::new(query, &INDIVIDUAL_CATALOG);
    app.store.count_individuals(&caller.operator, plan).await.map_err(failed_search)
}

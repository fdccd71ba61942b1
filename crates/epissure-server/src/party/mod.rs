//! The Party Management API: organizations, visible to every caller, and individuals, visible to
//! their operator only.

mod change;
mod create;
mod delete;
mod list;
mod read;
mod redirect;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use epissure_app::App;
use epissure_app::parties::Shown;
use epissure_filter::{FieldSelection, Options, Query};
use epissure_protocol::names::{IndividualId, OrganizationId};
use epissure_protocol::party::Resource;
use epissure_protocol::problem::{Code, Problem, Shape};
use epissure_protocol::refusal::HttpRefusal;
use http::StatusCode;

use crate::segment::LastSegment;
use crate::{Server, Settings, answer, conditions};

/// Base path of the API (the Party page, "Base URL").
pub const MOUNT: &str = "/united-way/party-management/v1";

/// Default and maximum number of parties in a page. The Party page: "you can't request more result
/// per page than the default value for limit".
pub(crate) const PAGE: u32 = 100;

/// Handler state: the server, and one of the two resources.
#[derive(Clone)]
pub(crate) struct Directory {
    app: Arc<App>,
    settings: Arc<Settings>,
    resource: Resource,
}

pub(crate) fn router(server: &Server) -> Router {
    Resource::ALL.into_iter().fold(Router::new(), |router, resource| {
        let directory =
            Directory { app: Arc::clone(&server.app), settings: Arc::clone(&server.settings), resource };
        let collection = get(list::list).head(list::count);
        let item = get(read::read);
        let (collection, item) = match resource {
            Resource::Organization => (collection, item),
            Resource::Individual => {
                let item = item.put(change::put).patch(change::patch).delete(delete::delete);
                (collection.post(create::create), item)
            }
        };
        let routes = Router::new()
            .route(&path(resource.segment()), collection)
            .route(&format!("{}/{{id}}", path(resource.segment())), item)
            .route(&format!("{}/{{id}}", path(resource.plural_segment())), get(redirect::redirect))
            .with_state(directory);
        router.merge(routes)
    })
}

/// Returns the path of a collection.
pub(crate) fn path(segment: &str) -> String {
    format!("{MOUNT}/{segment}")
}

impl Directory {
    /// Returns the response of an outcome, with errors in the format of the Party page.
    fn answer(outcome: Result<Response, Problem>) -> Response {
        outcome.unwrap_or_else(|problem| answer::problem(&problem, Shape::Party))
    }

    /// Returns the URL of the collection.
    fn address(&self) -> String {
        format!("{}{}", self.settings.base_url, path(self.resource.segment()))
    }

    /// Returns the prefix of `href`. The Party page prints the `href` of an individual as
    /// `/individual/{id}`, and that of an organization with a prefix: `.../organization/{id}`.
    fn before_href(&self) -> String {
        match self.resource {
            Resource::Organization => format!("{}{MOUNT}", self.settings.base_url),
            Resource::Individual => String::new(),
        }
    }

    fn query(&self, raw: &str) -> Result<Query, Problem> {
        let options = Options { default_limit: PAGE, max_limit: PAGE, ..Options::default() };
        Ok(Query::parse_closed(raw, self.resource.list(), &options)?)
    }

    /// Renders a party for the caller, whole or with the requested fields.
    fn render(&self, shown: &Shown, fields: Option<&FieldSelection>) -> Result<String, Problem> {
        let (id, media) = (shown.id.to_string(), shown.contact_medium.as_deref());
        self.resource.render(&id, &shown.document, media, &self.before_href(), fields).map_err(|error| {
            // The message of the error would quote the stored document.
            tracing::error!(kind = ?error.classify(), id, "a stored party cannot be rendered");
            Problem::standard(Code::InternalError)
        })
    }

    /// Returns the response with one party, and its version.
    fn one(
        &self,
        status: StatusCode,
        shown: &Shown,
        fields: Option<&FieldSelection>,
    ) -> Result<Response, Problem> {
        let mut response = answer::json_text(status, self.render(shown, fields)?);
        answer::header(&mut response, "etag", &conditions::entity_tag(shown.version));
        Ok(response)
    }
}

fn organization_id(segment: &LastSegment) -> Result<OrganizationId, Problem> {
    segment.identifier(OrganizationId::parse, HttpRefusal::OrganizationId)
}

fn individual_id(segment: &LastSegment) -> Result<IndividualId, Problem> {
    segment.identifier(IndividualId::parse, HttpRefusal::IndividualId)
}

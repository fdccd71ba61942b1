//! The AnomalieAdresse API, on two mounts with different dialects.

mod attachment;
mod change;
mod create;
mod event;
mod list;
mod note;
mod read;
mod receive;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use epissure_app::App;
use epissure_app::tickets::Shown;
use epissure_filter::{FieldSelection, Options, Query, Schema};
use epissure_protocol::dialect::{Dialect, Rendered};
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::HttpRefusal;
use http::HeaderMap;
use tokio::sync::watch;

use crate::segment::Segment;
use crate::{Server, Settings, answer, authorise};

/// A mount of the API, with its dialect.
#[derive(Clone)]
pub(crate) struct Mount {
    app: Arc<App>,
    settings: Arc<Settings>,
    dialect: Dialect,
    stopping: watch::Receiver<bool>,
}

pub(crate) fn router(server: &Server) -> Router {
    Dialect::ALL.into_iter().fold(Router::new(), |router, dialect| {
        let mount = Mount {
            app: Arc::clone(&server.app),
            settings: Arc::clone(&server.settings),
            dialect,
            stopping: server.stopping.subscribe(),
        };
        let collection = get(list::list).head(list::count).post(create::create);
        let item = get(read::read).put(change::put).patch(change::patch);
        let notes = get(note::list).head(note::count).post(note::add);
        let attachments =
            get(attachment::list::list).head(attachment::list::count).post(attachment::add::add);
        let content = get(attachment::content::content).post(attachment::chunk::add);
        let events = get(event::list).head(event::count).post(receive::receive).options(receive::consent);
        let path = |rest: &str| format!("{}{rest}", dialect.mount());
        let routes = Router::new()
            .route(dialect.mount(), collection)
            .route(&path("/{id}"), item)
            .route(&path("/{id}/note"), notes)
            .route(&path("/{id}/attachment"), attachments)
            .route(&path("/{id}/attachment/{attachment}"), get(attachment::read::read))
            .route(&path("/{id}/attachment/{attachment}/content"), content)
            .route(&path("/{id}/attachment/{attachment}/finalize"), post(attachment::finalize::finalize))
            .route(&path("/event"), events)
            .with_state(mount);
        router.merge(routes)
    })
}

impl Mount {
    /// Returns the response of an outcome, with errors in the format of the dialect.
    fn answer(&self, outcome: Result<Response, Problem>) -> Response {
        outcome.unwrap_or_else(|problem| answer::problem(&problem, self.dialect.errors()))
    }

    /// Returns the URL of the collection.
    fn collection(&self) -> String {
        format!("{}{}", self.settings.base_url, self.dialect.mount())
    }

    /// Parses the query of a list for this dialect, with the preferences of the caller.
    fn query(&self, raw: &str, schema: &dyn Schema, headers: &HeaderMap) -> Result<Query, Problem> {
        let options = Options {
            default_limit: self.dialect.default_limit(),
            strict: authorise::prefers_strict(headers),
            ..Options::default()
        };
        Ok(Query::parse(raw, schema, &options)?)
    }

    /// Returns true if a member of a resource with an identifier is shown.
    fn shows(&self, fields: Option<&FieldSelection>, member: &str) -> bool {
        let with_id = self.dialect.always_shows_id();
        fields.is_none_or(|fields| fields.selects(member) || with_id && member == "id")
    }

    /// Returns the URL of a ticket.
    fn address(&self, id: &str) -> String {
        format!("{}/{id}", self.collection())
    }

    /// Renders a ticket for the caller, whole or with the requested members.
    fn render(&self, shown: &Shown, fields: Option<&FieldSelection>) -> Result<Rendered, Problem> {
        let shows = |member: &str| self.shows(fields, member);
        let address = |id: &str| self.address(id);
        self.dialect.render(&shown.document, shown.findings.as_deref(), shown.at, &address, &shows).map_err(
            |error| {
                // The message of the error would quote the stored document.
                tracing::error!(kind = ?error.classify(), "a stored ticket cannot be rendered");
                Problem::standard(Code::InternalError)
            },
        )
    }
}

fn ticket_id<const FROM_END: usize>(segment: &Segment<FROM_END>) -> Result<TicketId, Problem> {
    segment.identifier(TicketId::parse, HttpRefusal::TicketId)
}

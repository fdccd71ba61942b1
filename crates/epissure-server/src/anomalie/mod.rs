//! The AnomalieAdresse API, on two mounts that speak two dialects of it.

mod change;
mod create;
mod list;
mod read;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use epissure_app::App;
use epissure_app::tickets::Shown;
use epissure_filter::FieldSelection;
use epissure_protocol::dialect::{Dialect, Rendered};
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem};

use crate::segment::LastSegment;
use crate::{Server, Settings, answer};

/// One mount.
#[derive(Clone)]
pub(crate) struct Mount {
    app: Arc<App>,
    settings: Arc<Settings>,
    dialect: Dialect,
}

pub(crate) fn router(server: &Server) -> Router {
    Dialect::ALL.into_iter().fold(Router::new(), |router, dialect| {
        let mount = Mount { app: Arc::clone(&server.app), settings: Arc::clone(&server.settings), dialect };
        let collection = get(list::list).head(list::count).post(create::create);
        let item = get(read::read).put(change::put).patch(change::patch);
        let routes = Router::new()
            .route(dialect.mount(), collection)
            .route(&format!("{}/{{id}}", dialect.mount()), item)
            .with_state(mount);
        router.merge(routes)
    })
}

impl Mount {
    /// An answer, or an error in the dialect's shape.
    fn answer(&self, outcome: Result<Response, Problem>) -> Response {
        outcome.unwrap_or_else(|problem| answer::problem(&problem, self.dialect.errors()))
    }

    /// The address of a ticket.
    fn address(&self, id: &str) -> String {
        format!("{}{}/{id}", self.settings.base_url, self.dialect.mount())
    }

    /// A ticket as the caller sees it, all of it or the members asked for.
    fn render(&self, shown: &Shown, fields: Option<&FieldSelection>) -> Result<Rendered, Problem> {
        let with_id = self.dialect.always_shows_id();
        let shows =
            |member: &str| fields.is_none_or(|fields| fields.selects(member) || with_id && member == "id");
        let address = |id: &str| self.address(id);
        self.dialect.render(&shown.document, shown.findings.as_deref(), shown.at, &address, &shows).map_err(
            |error| {
                tracing::error!(%error, "a kept ticket cannot be rendered");
                Problem::standard(Code::InternalError)
            },
        )
    }
}

fn ticket_id(segment: &LastSegment) -> Result<TicketId, Problem> {
    segment.identifier(TicketId::parse, "a ticket")
}

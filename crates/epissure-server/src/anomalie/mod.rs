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

/// A version as an entity tag.
fn entity_tag(version: &str) -> String {
    format!("\"{version}\"")
}

fn ticket_id(text: &str) -> Result<TicketId, Problem> {
    TicketId::parse(text).ok_or_else(|| {
        Problem::new(
            Code::InvalidUrlParameter,
            "The identifier of a ticket is a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808.",
        )
    })
}

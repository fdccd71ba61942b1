//! The served contracts: OpenAPI 3.1 documents generated from the tables of the code, and a page to
//! browse them.

mod anomalie;
mod attachment;
mod examples;
mod finish;
mod follow_up;
mod oauth;
mod parts;
mod party;
mod party_schemas;
mod schemas;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::problem::Shape;
use epissure_protocol::refusal::HttpRefusal;
use http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use crate::{Server, answer};

/// A served contract.
pub struct Document {
    /// Path at which the server provides the document.
    pub path: &'static str,
    /// API and dialect that the document describes.
    pub title: &'static str,
    make: fn() -> Value,
}

impl Document {
    /// Returns the file name: the last segment of the path.
    #[must_use]
    pub fn file_name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the document; `servers` names `http://localhost:8080`.
    #[must_use]
    pub fn make(&self) -> Value {
        (self.make)()
    }
}

/// Every served contract.
pub const DOCUMENTS: &[Document] = &[
    Document {
        path: "/openapi/anomalie-adresse-orange-1.0.json",
        title: "AnomalieAdresse, dialect orange-1.0",
        make: || anomalie::document(Dialect::Orange10),
    },
    Document {
        path: "/openapi/anomalie-adresse-interop-2.0.json",
        title: "AnomalieAdresse, dialect interop-2.0",
        make: || anomalie::document(Dialect::Interop20),
    },
    Document { path: "/openapi/party-management.json", title: "Party Management", make: party::document },
    Document { path: "/openapi/oauth.json", title: "OAuth2", make: oauth::document },
];

pub(crate) fn router(server: &Server) -> Router {
    let urls = DOCUMENTS.iter().map(|document| Url::new(document.title, document.path));
    // The page loads no external resource and sends nothing to an external validator.
    let config = Config::new(urls).validator_url("none").try_it_out_enabled(true);
    Router::new()
        .route("/openapi/{name}", get(document))
        .with_state(server.clone())
        .merge(SwaggerUi::new("/docs").config(config))
}

async fn document(State(server): State<Server>, Path(name): Path<String>) -> Response {
    match DOCUMENTS.iter().find(|document| document.file_name() == name) {
        Some(document) => {
            let mut made = document.make();
            made["servers"] = json!([{"url": server.settings.base_url}]);
            answer::json(StatusCode::OK, &made)
        }
        None => answer::problem(
            &HttpRefusal::NoContract { served: DOCUMENTS.iter().map(|document| document.path).collect() }
                .into(),
            Shape::Gateway,
        ),
    }
}

/// Returns a document around `paths` and `schemas`; its errors have the format `shape`.
fn frame(title: &str, description: &str, mut paths: Value, schemas: &Value, shape: Shape) -> Value {
    finish::finish(&mut paths, schemas, shape);
    examples::complete(&mut paths, schemas, shape);
    let tags = finish::tags(&paths);
    let schemes = security_schemes(&paths);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": description,
            "contact": {"name": "Épissure", "url": env!("CARGO_PKG_REPOSITORY")},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        },
        "servers": [{"url": "http://localhost:8080"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": schemes
        }
    })
}

/// Returns the security schemes that the operations of the paths use.
fn security_schemes(paths: &Value) -> Map<String, Value> {
    let all = [
        (
            "oauth2",
            json!({
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "/oauth/v3/token", "scopes": oauth::scopes()}}
            }),
        ),
        ("basic", json!({"type": "http", "scheme": "basic", "description": "client_id and client_secret"})),
    ];
    let text = paths.to_string();
    let used = all.into_iter().filter(|(name, _)| text.contains(&format!("\"security\":[{{\"{name}\":")));
    used.map(|(name, scheme)| (name.to_owned(), scheme)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_is_well_formed_openapi() {
        for document in DOCUMENTS {
            let read: Result<utoipa::openapi::OpenApi, _> = serde_json::from_value(document.make());
            assert!(read.is_ok(), "{}: {:?}", document.path, read.err());
        }
    }
}

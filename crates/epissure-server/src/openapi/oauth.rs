//! The contract of the OAuth2 endpoints.

use epissure_app::oauth::SCOPES;
use epissure_protocol::problem::{Code, Shape};
use serde_json::{Map, Value, json};

use super::frame;
use super::parts::errors;
use crate::oauth::described;

/// Returns an object of scope names and the requests that each scope allows.
pub(super) fn scopes() -> Value {
    SCOPES
        .iter()
        .map(|scope| (scope.name.to_owned(), Value::from(scope.allows)))
        .collect::<Map<_, _>>()
        .into()
}

pub(super) fn document() -> Value {
    let schemas = json!({
        "Token": {
            "type": "object",
            "required": ["token_type", "access_token", "expires_in", "scope"],
            "properties": {
                "token_type": {"type": "string", "enum": ["Bearer"]},
                "access_token": {"type": "string"},
                "expires_in": {"type": "integer", "description": "Lifetime of the token, in seconds. Read it from each response: it may change."},
                "scope": {"type": "string", "description": "Scopes of the token, separated by spaces."}
            },
            "examples": [{
                "token_type": "Bearer",
                "access_token": "epi_at_example",
                "expires_in": 3600,
                "scope": "interop:anomalie-adresse:readonly"
            }]
        },
        "TokenError": {
            "description": "RFC 6749 §5.2.",
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {"type": "string", "enum": ["invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type"]},
                "error_description": {"type": "string"}
            }
        },
        "Introspection": {
            "description": "RFC 7662 §2.2.",
            "type": "object",
            "required": ["active"],
            "properties": {
                "active": {"type": "boolean"},
                "client_id": {"type": "string"},
                "scope": {"type": "string"},
                "token_type": {"type": "string", "enum": ["Bearer"]},
                "iat": {"type": "integer"},
                "exp": {"type": "integer"}
            },
            "examples": [{
                "active": true,
                "client_id": "sfra-oc",
                "scope": "interop:anomalie-adresse:readonly",
                "token_type": "Bearer",
                "iat": 1_736_860_678,
                "exp": 1_736_864_278
            }]
        },
        "Error": super::schemas::gateway_error(),
        "Metadata": metadata()
    });
    let paths = json!({
        "/oauth/v2/token": {"post": token("Obtain a token; without `scope`, the token has every scope of the client", false)},
        "/oauth/v3/token": {"post": token("Obtain a token for at least one scope", true)},
        "/oauth/revoke": {"post": form(
            "Revoke a token of the client (RFC 7009)",
            &json!({"token": {"type": "string"}, "token_type_hint": {"type": "string"}}),
            &["token"],
            json!({"description": "Revoked, or unknown. The response is the same in both cases."})
        )},
        "/oauth/introspect": {"post": form(
            "Introspect a token of the client (RFC 7662)",
            &json!({"token": {"type": "string"}, "token_type_hint": {"type": "string"}}),
            &["token"],
            ok("Introspection")
        )},
        "/.well-known/oauth-authorization-server": {"get": {
            "summary": "Read the authorization server metadata (RFC 8414)",
            "tags": ["OAuth2"],
            "security": [],
            "responses": {"200": ok("Metadata")}
        }}
    });
    frame(
        "Épissure: OAuth2",
        "Access tokens for programs, by the client credentials grant. Reuse a token until a request fails with 401 \
         and code 42. Do not request a token for each API request.",
        paths,
        &schemas,
        Shape::Gateway,
    )
}

/// Returns the schema of the metadata of the server: strings are URLs, the rest are lists of
/// strings.
fn metadata() -> Value {
    let example = described("http://localhost:8080");
    let members = example.as_object().into_iter().flatten();
    let properties: Map<String, Value> = members
        .map(|(name, value)| {
            let schema = match value {
                Value::Array(_) => json!({"type": "array", "items": {"type": "string"}}),
                _ => json!({"type": "string", "format": "uri"}),
            };
            (name.clone(), schema)
        })
        .collect();
    json!({
        "description": "RFC 8414 §2.",
        "type": "object",
        "required": properties.keys().collect::<Vec<_>>(),
        "properties": properties,
        "examples": [example]
    })
}

fn ok(schema: &str) -> Value {
    json!({
        "description": "OK",
        "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}
    })
}

fn token(summary: &str, scope_required: bool) -> Value {
    let scope = json!({"type": "string", "description": "Requested scopes, separated by spaces."});
    let properties =
        json!({"grant_type": {"type": "string", "enum": ["client_credentials"]}, "scope": scope});
    let required: &[&str] = if scope_required { &["grant_type", "scope"] } else { &["grant_type"] };
    form(summary, &properties, required, ok("Token"))
}

fn form(summary: &str, properties: &Value, required: &[&str], success: Value) -> Value {
    let oauth_error = |description: &str| {
        json!({
            "description": description,
            "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/TokenError"},
                "example": {"error": description.split(',').next()}
            }}
        })
    };
    let mut responses = Map::from_iter([
        ("200".to_owned(), success),
        ("400".to_owned(), oauth_error("invalid_request, invalid_scope, unsupported_grant_type")),
        ("401".to_owned(), oauth_error("invalid_client")),
    ]);
    responses.extend(errors(&[
        Code::TooManyRequests,
        Code::NotAcceptable,
        Code::BodyTooLarge,
        Code::Unavailable,
    ]));
    json!({
        "summary": summary,
        "tags": ["OAuth2"],
        "security": [{"basic": []}],
        "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {
            "schema": {"type": "object", "required": required, "properties": properties}
        }}},
        "responses": responses
    })
}

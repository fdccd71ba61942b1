//! OAuth2 for programs: client credentials (RFC 6749 §4.4), opaque tokens stored as hashes,
//! revocation (RFC 7009) and introspection (RFC 7662).

mod authenticate;
mod client;
mod hashing;
mod introspect;
mod issue;
mod revoke;
pub mod secret;
mod throttle;

pub(crate) use authenticate::TokenCache;
pub use authenticate::authenticate;
pub use client::{Credentials, RefusedClient};
pub use introspect::{Introspection, introspect};
pub use issue::{InvalidScope, Issued, TokenRefusal, issue};
pub use revoke::revoke;
pub(crate) use throttle::Throttle;

use epissure_protocol::protocol::ANOMALIE_ADRESSE;

/// Scope that may be granted to a client.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Name, as in the `scope` parameter.
    pub name: &'static str,
    /// Description of the granted access.
    pub allows: &'static str,
}

/// Scope to read tickets.
pub const ANOMALIE_READ: &str = ANOMALIE_ADRESSE.scopes.read;
/// Scope to open and change tickets.
pub const ANOMALIE_WRITE: &str = ANOMALIE_ADRESSE.scopes.write;
/// Scope to read the directory.
pub const PARTY_READ: &str = "owf:united-way:party:v1:readonly";
/// Scope to change the directory.
pub const PARTY_WRITE: &str = "owf:united-way:party:v1:write";

/// All scopes of the server.
pub const SCOPES: &[Scope] = &[
    Scope { name: ANOMALIE_READ, allows: "GET and HEAD on the AnomalieAdresse API" },
    Scope { name: ANOMALIE_WRITE, allows: "POST, PUT, PATCH and DELETE on the AnomalieAdresse API" },
    Scope { name: PARTY_READ, allows: "GET and HEAD on the Party Management API" },
    Scope { name: PARTY_WRITE, allows: "POST, PUT, PATCH and DELETE on the Party Management API" },
];

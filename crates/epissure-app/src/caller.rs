//! Caller and origin of a request.

use epissure_protocol::codes::Actor;
use epissure_protocol::names::OperatorCode;
use epissure_store::{Author, ClientId, Role, Viewer, Who};
use jiff::Timestamp;

/// Origin of a request, as recorded in the audit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// IP address of the peer.
    pub address: Option<String>,
    /// Identifier of the request.
    pub request: Option<String>,
}

/// Authenticated client, with the rights of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Identifier of the client.
    pub client: ClientId,
    /// Operator of the client.
    pub operator: OperatorCode,
    /// Role of the operator: OI or OC.
    pub role: Role,
    /// Scopes of the access token.
    pub scopes: Vec<String>,
}

impl Caller {
    /// Returns the caller's actor in the life cycle.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match self.role {
            Role::Oi => Actor::Oi,
            Role::Oc => Actor::Oc,
        }
    }

    /// Returns the viewer that limits the visible tickets.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        match self.role {
            Role::Oi => Viewer::Oi(self.operator.clone()),
            Role::Oc => Viewer::Oc(self.operator.clone()),
        }
    }

    /// Returns the author of the caller's writes, for the audit.
    #[must_use]
    pub fn author(&self, origin: &Origin, at: Timestamp) -> Author {
        Author {
            who: Who::Client(self.client.clone(), self.operator.clone(), self.role),
            address: origin.address.clone(),
            request: origin.request.clone(),
            at,
        }
    }

    /// Returns true when the token has a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

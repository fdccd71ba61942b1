//! Who asks.

use epissure_protocol::codes::Actor;
use epissure_protocol::names::OperatorCode;
use epissure_store::{Author, ClientId, Role, Viewer, Who};
use jiff::Timestamp;

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The address.
    pub address: Option<String>,
    /// The identifier of the request.
    pub request: Option<String>,
}

/// An authenticated program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The program.
    pub client: ClientId,
    /// Its operator.
    pub operator: OperatorCode,
    /// In which role it acts.
    pub role: Role,
    /// What its token allows.
    pub scopes: Vec<String>,
}

impl Caller {
    /// As an actor of the life cycle.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match self.role {
            Role::Oi => Actor::Oi,
            Role::Oc => Actor::Oc,
        }
    }

    /// Whose tickets it sees.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        match self.role {
            Role::Oi => Viewer::Oi(self.operator.clone()),
            Role::Oc => Viewer::Oc(self.operator.clone()),
        }
    }

    /// As the author of what it writes.
    #[must_use]
    pub fn author(&self, origin: &Origin, at: Timestamp) -> Author {
        Author {
            who: Who::Client(self.client.clone(), self.operator.clone(), self.role),
            address: origin.address.clone(),
            request: origin.request.clone(),
            at,
        }
    }

    /// Whether its token has a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

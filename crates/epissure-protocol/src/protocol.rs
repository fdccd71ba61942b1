//! The protocol as one value: all that a sibling protocol of the family has otherwise.

use crate::codes::Kind;
use crate::dialect::Dialect;
use crate::draft;
use crate::lifecycle::{self, Rule};

/// A protocol of the Interop family.
#[derive(Debug, Clone, Copy)]
pub struct Protocol {
    /// Name, as in `@referredType` and in the titles of contracts.
    pub name: &'static str,
    /// Life cycle of its tickets.
    pub rules: &'static [Rule],
    /// Kinds of its tickets (`@type`).
    pub kinds: &'static [Kind],
    /// Members that a caller writes.
    pub written: &'static [&'static str],
    /// Members that the server or the treating side fills.
    pub filled: &'static [&'static str],
    /// Renderings of its resources.
    pub dialects: &'static [Dialect],
    /// Beginning of the `type` of its events, without the last dot.
    pub event_prefix: &'static str,
    /// OAuth2 scopes of its API.
    pub scopes: ApiScopes,
}

/// OAuth2 scopes of an API.
#[derive(Debug, Clone, Copy)]
pub struct ApiScopes {
    /// Scope of GET and HEAD.
    pub read: &'static str,
    /// Scope of POST, PUT, PATCH and DELETE.
    pub write: &'static str,
}

/// AnomalieAdresse (Orange page 1.0, Interop contract 2.0.0).
pub const ANOMALIE_ADRESSE: Protocol = Protocol {
    name: "AnomalieAdresse",
    rules: lifecycle::RULES,
    kinds: Kind::ALL,
    written: draft::WRITTEN,
    filled: draft::FILLED,
    dialects: &Dialect::ALL,
    event_prefix: "fr.interop.anomalieadresse",
    scopes: ApiScopes { read: "interop:anomalie-adresse:readonly", write: "interop:anomalie-adresse:write" },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;

    #[test]
    fn the_names_of_kinds_and_events_begin_with_those_of_the_protocol() {
        let protocol = ANOMALIE_ADRESSE;
        assert!(protocol.kinds.iter().all(|kind| kind.as_str().starts_with(&format!("{}.", protocol.name))));
        let prefix = format!("{}.", protocol.event_prefix);
        assert!(EventKind::ALL.iter().all(|kind| kind.name().starts_with(&prefix)));
    }
}

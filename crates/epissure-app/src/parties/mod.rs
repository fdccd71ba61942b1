//! Directory: organizations, visible to every operator, and individuals, visible to their operator
//! only.

pub mod individuals;
pub mod organizations;

use epissure_protocol::names::Version;
use epissure_protocol::party::Individual;
use epissure_protocol::problem::{Code, Fault, Problem};
use epissure_protocol::refusal::ResourceRefusal;
use epissure_store::{PartyPage, StoredIndividual, StoredOrganization};
use uuid::Uuid;

use crate::failure::unreadable;

/// Party as a caller may see it, before rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Identifier of the individual or organization.
    pub id: Uuid,
    /// JSON text of the members, except `id`, `href` and `contactMedium`.
    pub document: String,
    /// JSON text of `contactMedium`, if present and selected.
    pub contact_medium: Option<String>,
    /// Version, for the `ETag`.
    pub version: Version,
}

impl Shown {
    /// Returns an individual just written.
    fn written(id: Uuid, individual: &Individual, version: Version) -> Result<Self, Problem> {
        let text = |value| serde_json::to_string(value).map_err(|error| unreadable("individual", &error));
        let document =
            serde_json::to_string(individual.document()).map_err(|error| unreadable("individual", &error))?;
        let contact_medium = individual.contact_medium().map(text).transpose()?;
        Ok(Self { id, document, contact_medium, version })
    }
}

impl From<StoredIndividual> for Shown {
    fn from(stored: StoredIndividual) -> Self {
        Self {
            id: stored.id.0,
            document: stored.document,
            contact_medium: stored.contact_medium,
            version: stored.version,
        }
    }
}

impl From<StoredOrganization> for Shown {
    fn from(stored: StoredOrganization) -> Self {
        Self { id: stored.id.0, document: stored.document, contact_medium: None, version: stored.version }
    }
}

/// Page of parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Parties of the page.
    pub parties: Vec<Shown>,
    /// Total number of matching parties.
    pub total: u64,
}

impl<T: Into<Shown>> From<PartyPage<T>> for Listed {
    fn from(page: PartyPage<T>) -> Self {
        Self { parties: page.parties.into_iter().map(Into::into).collect(), total: page.total }
    }
}

/// Returns 404, both for a missing party and for another operator's.
fn not_found() -> Problem {
    Problem::standard(Code::NotFound)
}

/// Returns 400 with the faults of a body, sorted by code: missing members come first.
fn refused(mut faults: Vec<Fault>) -> Problem {
    faults.sort_by_key(|fault| fault.refusal.code().number());
    faults.into()
}

/// Returns 412: the individual has changed since the caller read it.
fn stale() -> Problem {
    ResourceRefusal::IndividualChanged.into()
}

//! The directory: organizations, which all see, and individuals, which their operator alone sees.

pub mod individuals;
pub mod organizations;

use epissure_protocol::names::Version;
use epissure_protocol::party::Individual;
use epissure_protocol::problem::{Code, Fault, Problem};
use epissure_store::{PartyPage, StoredIndividual, StoredOrganization};
use uuid::Uuid;

use crate::failure::unreadable;

/// A party as a caller may see it, before it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its identifier.
    pub id: Uuid,
    /// The JSON text of its members, but for `id`, `href` and `contactMedium`.
    pub document: String,
    /// The JSON text of its `contactMedium`, when it has one and it was asked for.
    pub contact_medium: Option<String>,
    /// Its version.
    pub version: Version,
}

impl Shown {
    /// An individual as it has just become.
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

/// The parties of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The parties.
    pub parties: Vec<Shown>,
    /// How many match in all.
    pub total: u64,
}

impl<T: Into<Shown>> From<PartyPage<T>> for Listed {
    fn from(page: PartyPage<T>) -> Self {
        Self { parties: page.parties.into_iter().map(Into::into).collect(), total: page.total }
    }
}

/// What is not there, and what is another operator's: one answer for both.
fn not_found() -> Problem {
    Problem::standard(Code::NotFound)
}

/// The faults of a body. What is missing comes first, in the order in which a person would fill it in.
fn refused(mut faults: Vec<Fault>) -> Problem {
    faults.sort_by_key(|fault| fault.code.number());
    Problem::faults(faults)
}

/// The individual is no more what the caller has read.
fn stale() -> Problem {
    Problem::new(
        Code::PreconditionFailed,
        "The individual has changed since the version that If-Match names. Read it again, see what changed, and send \
         the request with its present ETag.",
    )
}

//! Organizations and individuals.
//!
//! Organizations are seen by all. An individual belongs to an operator: for another one it does not exist, and is
//! neither found, nor counted, nor written (the Party page: "Individuals of an Organization are transparently
//! isolated from others").
//!
//! A document here is a JSON object without `id` and `href`, which follow from the identifier. An individual's
//! `contactMedium` is kept apart from its document, so that it is read only when it is asked for.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Author, Idempotency, StoreError};

/// An individual to add.
#[derive(Debug, Clone)]
pub struct NewIndividual {
    /// Its identifier.
    pub id: IndividualId,
    /// Whose it is.
    pub operator: OperatorCode,
    /// Its members, but for `id`, `href` and `contactMedium`.
    pub document: Object,
    /// Its `contactMedium`.
    pub contact_medium: Option<Value>,
    /// Its version.
    pub version: Version,
    /// When it is added.
    pub at: Timestamp,
    /// The request's key.
    pub idempotency: Option<Idempotency>,
}

/// What became of a [`NewIndividual`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// Added.
    Added,
    /// The key was used for the same request, nothing was added: the individual as it was added then.
    Repeated(StoredIndividual),
    /// The key was used for another request: nothing was added.
    Contradicted,
}

/// An individual to put in the place of another version of itself.
#[derive(Debug, Clone)]
pub struct IndividualChange {
    /// Its identifier.
    pub id: IndividualId,
    /// Whose it is.
    pub operator: OperatorCode,
    /// Its members as they become, but for `id`, `href` and `contactMedium`.
    pub document: Object,
    /// Its `contactMedium` as it becomes.
    pub contact_medium: Option<Value>,
    /// Its version from then on.
    pub version: Version,
    /// The version it must still have for the change to happen.
    pub expected: Version,
}

/// What became of a write to an individual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// Done.
    Done,
    /// The individual has another version by now: nothing was written.
    Stale,
    /// The operator has no such individual.
    Missing,
}

/// An individual as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIndividual {
    /// Its identifier.
    pub id: IndividualId,
    /// The JSON text of its members, but for `id`, `href` and `contactMedium`.
    pub document: String,
    /// The JSON text of its `contactMedium`, when it has one and it was asked for.
    pub contact_medium: Option<String>,
    /// Its version.
    pub version: Version,
}

/// An organization as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrganization {
    /// Its identifier.
    pub id: OrganizationId,
    /// The JSON text of its members, but for `id` and `href`.
    pub document: String,
    /// Its version.
    pub version: Version,
}

/// A page of parties.
#[derive(Debug, Clone)]
pub struct PartyListRequest {
    /// What is looked for, and in which order.
    pub plan: Plan,
    /// How many to skip.
    pub offset: u64,
    /// How many to give at most.
    pub limit: u32,
}

/// The parties found, and how many there are in all.
#[derive(Debug, Clone)]
pub struct PartyPage<T> {
    /// The parties.
    pub parties: Vec<T>,
    /// How many match, exactly, as of the same moment.
    pub total: u64,
}

/// A party of a batch to import.
#[derive(Debug, Clone)]
pub enum ImportItem {
    /// An organization.
    Organization(ImportedOrganization),
    /// An individual.
    Individual(ImportedIndividual),
}

/// An organization to import: it takes the place of the one that has its identifier, or else its identifications.
#[derive(Debug, Clone)]
pub struct ImportedOrganization {
    /// The identifier that the batch gives it, if it does.
    pub id: Option<OrganizationId>,
    /// The identifier it takes when it is given none and none is there.
    pub fresh: OrganizationId,
    /// Its members, but for `id` and `href`.
    pub document: Object,
    /// Its version, when it is written.
    pub version: Version,
}

/// An individual to import: it takes the place of the one that has its identifier.
#[derive(Debug, Clone)]
pub struct ImportedIndividual {
    /// The identifier that the batch gives it, if it does.
    pub id: Option<IndividualId>,
    /// The identifier it takes when it is given none.
    pub fresh: IndividualId,
    /// Whose it is.
    pub operator: OperatorCode,
    /// Its members, but for `id`, `href` and `contactMedium`.
    pub document: Object,
    /// Its `contactMedium`.
    pub contact_medium: Option<Value>,
    /// Its version, when it is written.
    pub version: Version,
}

/// What became of a party of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// Added.
    Added,
    /// Put in the place of the one that was there.
    Updated,
    /// It was there already, the same: nothing was written.
    Unchanged,
    /// Nothing was written.
    Refused(Refusal),
}

/// Why a party of a batch was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its identifications are those of several organizations: these.
    Ambiguous(Vec<OrganizationId>),
    /// Its identifier is that of another operator's individual.
    AnothersIndividual,
}

/// The types of identification by which an imported organization is recognised, in the order in which they are looked
/// up. They are those that the Party page filters on.
pub const IDENTIFICATION_TYPES: &[&str] = &["siren", "codeArcepRip", "rceId", "trigramRip"];

/// Organizations and individuals.
#[async_trait]
pub trait Parties: Send + Sync + 'static {
    /// Adds an individual, and the request's key with it.
    async fn add_individual(&self, new: NewIndividual, by: &Author) -> Result<Registered, StoreError>;
    /// Replaces an individual if it still has the expected version.
    async fn change_individual(&self, change: IndividualChange, by: &Author) -> Result<Replaced, StoreError>;
    /// Erases an individual, if it still has the expected version when there is one: nothing of it can be read any more
    /// through the database. On SQLite, once it is at rest, not in its files either; PostgreSQL keeps old bytes in its
    /// files until they are used again.
    async fn delete_individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        expected: Option<Version>,
        by: &Author,
    ) -> Result<Replaced, StoreError>;

    /// An individual, if it is the operator's.
    async fn individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        with_contact_medium: bool,
    ) -> Result<Option<StoredIndividual>, StoreError>;
    /// A page of the operator's individuals, in the order that the plan asks for, or else in that in which they came
    /// in.
    async fn list_individuals(
        &self,
        operator: &OperatorCode,
        request: PartyListRequest,
        with_contact_medium: bool,
    ) -> Result<PartyPage<StoredIndividual>, StoreError>;
    /// How many of the operator's individuals match.
    async fn count_individuals(&self, operator: &OperatorCode, plan: Plan) -> Result<u64, StoreError>;

    /// An organization.
    async fn organization(&self, id: OrganizationId) -> Result<Option<StoredOrganization>, StoreError>;
    /// The organization that an operator is: the one whose `codeArcepRip` is its code, the first that came in when
    /// there are several.
    async fn organization_of(
        &self,
        operator: &OperatorCode,
    ) -> Result<Option<StoredOrganization>, StoreError>;
    /// A page of organizations, in the order that the plan asks for, or else in that in which they came in.
    async fn list_organizations(
        &self,
        request: PartyListRequest,
    ) -> Result<PartyPage<StoredOrganization>, StoreError>;
    /// How many organizations match.
    async fn count_organizations(&self, plan: Plan) -> Result<u64, StoreError>;

    /// Adds or replaces parties, all together; answers what became of each, in the order of the batch.
    ///
    /// An organization is the one that has its identifier; if there is none, the one that all its identifications
    /// designate among [`IDENTIFICATION_TYPES`], which then keeps its own identifier.
    async fn import(&self, batch: Vec<ImportItem>, by: &Author) -> Result<Vec<Imported>, StoreError>;
}

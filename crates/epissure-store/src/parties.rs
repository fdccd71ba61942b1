//! Organizations and individuals.
//!
//! Organizations are visible to all operators. An individual belongs to one operator; another
//! operator cannot find, count or write it (the Party page: "Individuals of an Organization are
//! transparently isolated from others").
//!
//! A document here is a JSON object without `id` and `href`, which follow from the identifier. An
//! individual's `contactMedium` is stored apart from its document, so that it is read only on
//! request.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::json::Object;
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Author, Idempotency, StoreError};

/// An individual to insert.
#[derive(Debug, Clone)]
pub struct NewIndividual {
    /// Identifier of the individual.
    pub id: IndividualId,
    /// Operator that the individual belongs to.
    pub operator: OperatorCode,
    /// Document, without `id`, `href` and `contactMedium`.
    pub document: Object,
    /// `contactMedium` of the individual.
    pub contact_medium: Option<Value>,
    /// Initial version.
    pub version: Version,
    /// Instant of the creation.
    pub at: Timestamp,
    /// Idempotency key of the request.
    pub idempotency: Option<Idempotency>,
}

/// Result of inserting a [`NewIndividual`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// Inserted.
    Added,
    /// The key was used for the same request, and nothing was inserted. Contains the individual as
    /// the first request inserted it.
    Repeated(StoredIndividual),
    /// The key was used for another request: nothing was inserted.
    Contradicted,
}

/// A new version of an existing individual.
#[derive(Debug, Clone)]
pub struct IndividualChange {
    /// Identifier of the individual.
    pub id: IndividualId,
    /// Operator that the individual belongs to.
    pub operator: OperatorCode,
    /// New document, without `id`, `href` and `contactMedium`.
    pub document: Object,
    /// New `contactMedium`.
    pub contact_medium: Option<Value>,
    /// New version.
    pub version: Version,
    /// Version that the stored individual must have.
    pub expected: Version,
}

/// Result of a write to an individual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// Written.
    Done,
    /// The individual has another version: nothing was written.
    Stale,
    /// The operator has no such individual.
    Missing,
}

/// A stored individual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIndividual {
    /// Identifier of the individual.
    pub id: IndividualId,
    /// JSON text of the document, without `id`, `href` and `contactMedium`.
    pub document: String,
    /// JSON text of the `contactMedium`, if present and requested.
    pub contact_medium: Option<String>,
    /// Version of the individual.
    pub version: Version,
}

/// A stored organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrganization {
    /// Identifier of the organization.
    pub id: OrganizationId,
    /// JSON text of the document, without `id` and `href`.
    pub document: String,
    /// Version of the organization.
    pub version: Version,
}

/// Request for a page of parties.
#[derive(Debug, Clone)]
pub struct PartyListRequest {
    /// Plan of the query: predicate and order.
    pub plan: Plan,
    /// Number of parties to skip.
    pub offset: u64,
    /// Maximum number of parties in the page.
    pub limit: u32,
}

/// A page of parties, with the total.
#[derive(Debug, Clone)]
pub struct PartyPage<T> {
    /// Parties of the page.
    pub parties: Vec<T>,
    /// Exact number of matches, in the same snapshot as the page.
    pub total: u64,
}

/// A party of an import batch.
#[derive(Debug, Clone)]
pub enum ImportItem {
    /// An organization.
    Organization(ImportedOrganization),
    /// An individual.
    Individual(ImportedIndividual),
}

/// An organization to import. It replaces the organization with the same identifier, or else with
/// the same identifications.
#[derive(Debug, Clone)]
pub struct ImportedOrganization {
    /// Identifier given in the batch, if any.
    pub id: Option<OrganizationId>,
    /// Identifier to use when the batch gives none and no organization matches.
    pub fresh: OrganizationId,
    /// Document, without `id` and `href`.
    pub document: Object,
    /// Version to store if the organization is written.
    pub version: Version,
}

/// An individual to import. It replaces the individual with the same identifier.
#[derive(Debug, Clone)]
pub struct ImportedIndividual {
    /// Identifier given in the batch, if any.
    pub id: Option<IndividualId>,
    /// Identifier to use when the batch gives none.
    pub fresh: IndividualId,
    /// Operator that the individual belongs to.
    pub operator: OperatorCode,
    /// Document, without `id`, `href` and `contactMedium`.
    pub document: Object,
    /// `contactMedium` of the individual.
    pub contact_medium: Option<Value>,
    /// Version to store if the individual is written.
    pub version: Version,
}

/// Result of importing one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// Inserted.
    Added,
    /// Replaced the stored party.
    Updated,
    /// Identical to the stored party: nothing was written.
    Unchanged,
    /// Refused: nothing was written.
    Refused(Refusal),
}

/// Reason for refusing a party of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its identifications match several organizations, listed here.
    Ambiguous(Vec<OrganizationId>),
    /// Its identifier belongs to an individual of another operator.
    AnothersIndividual,
}

/// Types of identification that match an imported organization, in the order of look-up. They are
/// the ones that the Party page filters on.
pub const IDENTIFICATION_TYPES: &[&str] = &["siren", "codeArcepRip", "rceId", "trigramRip"];

/// Storage of organizations and individuals.
#[async_trait]
pub trait Parties: Send + Sync + 'static {
    /// Inserts an individual, with the request's idempotency key.
    async fn add_individual(&self, new: NewIndividual, by: &Author) -> Result<Registered, StoreError>;
    /// Replaces an individual, provided that it still has the expected version.
    async fn change_individual(&self, change: IndividualChange, by: &Author) -> Result<Replaced, StoreError>;
    /// Erases an individual, provided that it has the expected version if one is given. None of it
    /// can be read through the database any more. SQLite also overwrites the bytes in its files
    /// once it is idle. PostgreSQL leaves old bytes in its files until it reuses the space.
    async fn delete_individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        expected: Option<Version>,
        by: &Author,
    ) -> Result<Replaced, StoreError>;

    /// Returns an individual, if it belongs to the operator.
    async fn individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        with_contact_medium: bool,
    ) -> Result<Option<StoredIndividual>, StoreError>;
    /// Returns a page of the operator's individuals, in the order of the plan, by default in the
    /// order of insertion.
    async fn list_individuals(
        &self,
        operator: &OperatorCode,
        request: PartyListRequest,
        with_contact_medium: bool,
    ) -> Result<PartyPage<StoredIndividual>, StoreError>;
    /// Returns the number of the operator's individuals that match.
    async fn count_individuals(&self, operator: &OperatorCode, plan: Plan) -> Result<u64, StoreError>;

    /// Returns an organization.
    async fn organization(&self, id: OrganizationId) -> Result<Option<StoredOrganization>, StoreError>;
    /// Returns the organization whose `codeArcepRip` is the operator's code. Among several, returns
    /// the first inserted.
    async fn organization_of(
        &self,
        operator: &OperatorCode,
    ) -> Result<Option<StoredOrganization>, StoreError>;
    /// Returns a page of organizations, in the order of the plan, by default in the order of
    /// insertion.
    async fn list_organizations(
        &self,
        request: PartyListRequest,
    ) -> Result<PartyPage<StoredOrganization>, StoreError>;
    /// Returns the number of organizations that match.
    async fn count_organizations(&self, plan: Plan) -> Result<u64, StoreError>;

    /// Inserts or replaces parties in one transaction. Returns the result for each, in the order of
    /// the batch.
    ///
    /// An organization replaces the one with the same identifier. If there is none, it replaces the
    /// one that all its [`IDENTIFICATION_TYPES`] identifications designate, which keeps its
    /// identifier.
    async fn import(&self, batch: Vec<ImportItem>, by: &Author) -> Result<Vec<Imported>, StoreError>;
}

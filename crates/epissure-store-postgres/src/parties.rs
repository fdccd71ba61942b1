//! Organizations and individuals.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use epissure_store::{
    Author, ImportItem, Imported, IndividualChange, NewIndividual, Page, Parties, PartyListRequest,
    PartyPage, Registered, Replaced, Start, StoreError, StoredIndividual, StoredOrganization,
};
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::party_import::{Import, Item};
use crate::party_rows::PartyRow;
use crate::party_writes::{Add, Change, Delete};
use crate::render::{ListQuery, Whose};
use crate::rows::{column, named};
use crate::tables::{INDIVIDUALS, ORGANIZATIONS};
use crate::{Explanation, PostgresStore};

#[async_trait]
impl Parties for PostgresStore {
    async fn add_individual(&self, new: NewIndividual, by: &Author) -> Result<Registered, StoreError> {
        let id = new.id.to_string();
        let row =
            PartyRow::individual(id, new.operator, new.version, new.document, new.contact_medium.as_ref());
        self.write_together(Add { row, key: new.idempotency, at: new.at, by: by.clone() }).await
    }

    async fn change_individual(&self, change: IndividualChange, by: &Author) -> Result<Replaced, StoreError> {
        let id = change.id.to_string();
        let medium = change.contact_medium.as_ref();
        let row = PartyRow::individual(id, change.operator, change.version, change.document, medium);
        self.write_together(Change { row, expected: change.expected.to_string(), by: by.clone() }).await
    }

    async fn delete_individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        expected: Option<Version>,
        by: &Author,
    ) -> Result<Replaced, StoreError> {
        let expected = expected.map(|version| version.to_string());
        self.write_together(Delete {
            id: id.to_string(),
            operator: operator.clone(),
            expected,
            by: by.clone(),
        })
        .await
    }

    async fn individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        with_contact_medium: bool,
    ) -> Result<Option<StoredIndividual>, StoreError> {
        let sql = if with_contact_medium {
            "SELECT id, version, document, contact_medium FROM individual WHERE id = $1 AND operator = $2"
        } else {
            "SELECT id, version, document, NULL::text FROM individual WHERE id = $1 AND operator = $2"
        };
        let row = self.row(sql, &[&id.to_string(), &operator.as_str()]).await?;
        row.as_ref().map(individual).transpose()
    }

    async fn list_individuals(
        &self,
        operator: &OperatorCode,
        request: PartyListRequest,
        with_contact_medium: bool,
    ) -> Result<PartyPage<StoredIndividual>, StoreError> {
        let list_query = individuals(operator, request.plan, with_contact_medium);
        self.page(list_query, Start::Offset(request.offset), request.limit, individual).await.map(parties)
    }

    async fn count_individuals(&self, operator: &OperatorCode, plan: Plan) -> Result<u64, StoreError> {
        self.total(individuals(operator, plan, false)).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<StoredOrganization>, StoreError> {
        let sql = "SELECT id, version, document FROM organization WHERE id = $1";
        self.row(sql, &[&id.to_string()]).await?.as_ref().map(organization).transpose()
    }

    async fn organization_of(
        &self,
        operator: &OperatorCode,
    ) -> Result<Option<StoredOrganization>, StoreError> {
        let sql = "SELECT id, version, document
                   FROM organization_identification JOIN organization USING (seq)
                   WHERE identification_type = 'codeArcepRip' AND identification_id = $1
                   ORDER BY seq LIMIT 1";
        self.row(sql, &[&operator.as_str()]).await?.as_ref().map(organization).transpose()
    }

    async fn list_organizations(
        &self,
        request: PartyListRequest,
    ) -> Result<PartyPage<StoredOrganization>, StoreError> {
        let list_query = organizations(request.plan);
        self.page(list_query, Start::Offset(request.offset), request.limit, organization).await.map(parties)
    }

    async fn count_organizations(&self, plan: Plan) -> Result<u64, StoreError> {
        self.total(organizations(plan)).await
    }

    async fn import(&self, batch: Vec<ImportItem>, by: &Author) -> Result<Vec<Imported>, StoreError> {
        self.write(&Import { batch: batch.into_iter().map(Item::new).collect(), by }).await
    }
}

impl PostgresStore {
    /// Explains a page of parties and its total, for an operator's individuals or for
    /// organizations.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer.
    pub async fn explain_parties(
        &self,
        individuals_of: Option<OperatorCode>,
        request: PartyListRequest,
    ) -> Result<Explanation, StoreError> {
        let list_query = match individuals_of {
            Some(operator) => individuals(&operator, request.plan, false),
            None => organizations(request.plan),
        };
        self.explain_list(&list_query, &Start::Offset(request.offset), request.limit).await
    }
}

fn individuals(operator: &OperatorCode, plan: Plan, with_contact_medium: bool) -> ListQuery {
    let shown = if with_contact_medium {
        "id, version, document, contact_medium"
    } else {
        "id, version, document, NULL::text AS contact_medium"
    };
    let whose = Some(Whose { column: "operator", code: operator.clone() });
    ListQuery { table: &INDIVIDUALS, shown, whose, plan, now: ANY_TIME, by_text: false }
}

fn organizations(plan: Plan) -> ListQuery {
    ListQuery {
        table: &ORGANIZATIONS,
        shown: "id, version, document",
        whose: None,
        plan,
        now: ANY_TIME,
        by_text: false,
    }
}

/// No column of a party depends on time.
const ANY_TIME: Timestamp = Timestamp::UNIX_EPOCH;

fn parties<T>(page: Page<T>) -> PartyPage<T> {
    PartyPage { parties: page.rows, total: page.total }
}

/// Reads `id, version, document, contact_medium`.
pub(crate) fn individual(row: &Row) -> Result<StoredIndividual, StoreError> {
    Ok(StoredIndividual {
        id: named(row, 0, IndividualId::parse)?,
        version: named(row, 1, Version::parse)?,
        document: column(row, 2)?,
        contact_medium: column(row, 3)?,
    })
}

/// Reads `id, version, document`.
fn organization(row: &Row) -> Result<StoredOrganization, StoreError> {
    Ok(StoredOrganization {
        id: named(row, 0, OrganizationId::parse)?,
        version: named(row, 1, Version::parse)?,
        document: column(row, 2)?,
    })
}

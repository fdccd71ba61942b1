//! Organizations and individuals.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use epissure_store::{
    Action, Author, ImportItem, Imported, IndividualChange, MAX_PAGE_BYTES, NewIndividual, Parties,
    PartyListRequest, PartyPage, Registered, Replaced, StoreError, StoredIndividual, StoredOrganization,
};
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use crate::columns::named;
use crate::lists::{steps, text_bytes};
use crate::party_rows::PartyRow;
use crate::readers::Reader;
use crate::render::Statement;
use crate::render::party::Search;
use crate::render::party_tables::{INDIVIDUAL, ORGANIZATION};
use crate::{Explanation, SqliteStore, audit, party_import, party_writes};

#[async_trait]
impl Parties for SqliteStore {
    async fn add_individual(&self, new: NewIndividual, by: &Author) -> Result<Registered, StoreError> {
        let id = new.id.to_string();
        let row = PartyRow::individual(id, new.version, new.document, new.contact_medium.as_ref());
        let (operator, idempotency, at) = (new.operator, new.idempotency, new.at);
        let (by, id, version) = (by.clone(), new.id.to_string(), new.version.to_string());
        self.writer
            .run(move |connection| {
                let registered = party_writes::add(connection, &row, &operator, idempotency.as_ref(), at)?;
                if let Registered::Added = registered {
                    audit::write(connection, &by, Action::IndividualAdd, &id, (None, Some(&version)))?;
                }
                Ok(registered)
            })
            .await
    }

    async fn change_individual(&self, change: IndividualChange, by: &Author) -> Result<Replaced, StoreError> {
        let id = change.id.to_string();
        let row = PartyRow::individual(id, change.version, change.document, change.contact_medium.as_ref());
        let (id, operator, expected) = (change.id, change.operator, change.expected);
        let (by, version) = (by.clone(), change.version);
        self.writer
            .run(move |connection| match party_writes::find(connection, id, &operator, Some(expected))? {
                Ok(seq) => {
                    row.update(connection, seq)?;
                    let versions = (Some(expected.to_string()), version.to_string());
                    let versions = (versions.0.as_deref(), Some(versions.1.as_str()));
                    audit::write(connection, &by, Action::IndividualChange, &id.to_string(), versions)?;
                    Ok(Replaced::Done)
                }
                Err(why) => Ok(why),
            })
            .await
    }

    async fn delete_individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        expected: Option<Version>,
        by: &Author,
    ) -> Result<Replaced, StoreError> {
        let (operator, by) = (operator.clone(), by.clone());
        self.writer
            .run_erasing(move |connection| match party_writes::find(connection, id, &operator, expected)? {
                Ok(seq) => {
                    let version: String = connection
                        .prepare_cached("SELECT version FROM individual WHERE seq = ?")?
                        .query_row([seq], |row| row.get(0))?;
                    party_writes::erase(connection, id, seq)?;
                    let versions = (Some(version.as_str()), None);
                    audit::write(connection, &by, Action::IndividualDelete, &id.to_string(), versions)?;
                    Ok(Replaced::Done)
                }
                Err(why) => Ok(why),
            })
            .await
    }

    async fn individual(
        &self,
        id: IndividualId,
        operator: &OperatorCode,
        with_contact_medium: bool,
    ) -> Result<Option<StoredIndividual>, StoreError> {
        let operator = operator.clone();
        self.readers
            .run(move |reader| {
                let sql = if with_contact_medium {
                    "SELECT id, version, document, contact_medium FROM individual WHERE id = ? AND operator = ?"
                } else {
                    "SELECT id, version, document, NULL FROM individual WHERE id = ? AND operator = ?"
                };
                let mut statement = reader.prepare_cached(sql)?;
                statement.query_row(params![id.to_string(), operator.as_str()], individual).optional()
            })
            .await
    }

    async fn list_individuals(
        &self,
        operator: &OperatorCode,
        request: PartyListRequest,
        with_contact_medium: bool,
    ) -> Result<PartyPage<StoredIndividual>, StoreError> {
        self.list(Whose::Of(operator.clone()), request, with_contact_medium, individual).await
    }

    async fn count_individuals(&self, operator: &OperatorCode, plan: Plan) -> Result<u64, StoreError> {
        self.count(Whose::Of(operator.clone()), plan).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<StoredOrganization>, StoreError> {
        self.readers
            .run(move |reader| {
                let sql = "SELECT id, version, document FROM organization WHERE id = ?";
                reader.prepare_cached(sql)?.query_row([id.to_string()], organization).optional()
            })
            .await
    }

    async fn organization_of(
        &self,
        operator: &OperatorCode,
    ) -> Result<Option<StoredOrganization>, StoreError> {
        let code = operator.as_str().to_owned();
        self.readers
            .run(move |reader| {
                let sql = "SELECT id, version, document
                           FROM organization_identification JOIN organization USING (seq)
                           WHERE identification_type = 'codeArcepRip' AND identification_id = ?
                           ORDER BY seq LIMIT 1";
                reader.prepare_cached(sql)?.query_row([code], organization).optional()
            })
            .await
    }

    async fn list_organizations(
        &self,
        request: PartyListRequest,
    ) -> Result<PartyPage<StoredOrganization>, StoreError> {
        self.list(Whose::Everyone, request, false, organization).await
    }

    async fn count_organizations(&self, plan: Plan) -> Result<u64, StoreError> {
        self.count(Whose::Everyone, plan).await
    }

    async fn import(&self, batch: Vec<ImportItem>, by: &Author) -> Result<Vec<Imported>, StoreError> {
        let batch: Vec<_> = batch.into_iter().map(party_import::Item::new).collect();
        let by = by.clone();
        self.writer
            .run(move |connection| batch.iter().map(|item| item.import(connection, &by)).collect())
            .await
    }
}

/// Parties to search.
enum Whose {
    /// Organizations.
    Everyone,
    /// An operator's individuals.
    Of(OperatorCode),
}

impl Whose {
    fn search<'a>(&'a self, plan: &'a Plan) -> Search<'a> {
        match self {
            Self::Everyone => Search { table: &ORGANIZATION, operator: None, plan },
            Self::Of(operator) => Search { table: &INDIVIDUAL, operator: Some(operator), plan },
        }
    }
}

impl SqliteStore {
    async fn list<T: Send + 'static>(
        &self,
        whose: Whose,
        request: PartyListRequest,
        with_contact_medium: bool,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<PartyPage<T>, StoreError> {
        if request.plan.is_empty() {
            return Ok(PartyPage { parties: Vec::new(), total: 0 });
        }
        let lane = whose.search(&request.plan).lane();
        let _place = self.pages.take(lane).await;
        self.readers
            .run_in(lane, move |reader| {
                let PartyListRequest { plan, offset, limit } = &request;
                let search = whose.search(plan);
                // The page and the total come from the same snapshot.
                let snapshot = reader.unchecked_transaction()?;
                let (parties, cut) = if *limit == 0 {
                    (Vec::new(), false)
                } else {
                    rows(reader, search.page(*offset, *limit, with_contact_medium), read)?
                };
                let found = parties.len() as u64;
                // A page with fewer rows than the limit is the last one, unless the byte limit
                // ended it.
                let short = !cut && found < u64::from(*limit) && (found > 0 || *offset == 0);
                let total = if short { offset + found } else { total(reader, &search)? };
                snapshot.finish()?;
                Ok(PartyPage { parties, total })
            })
            .await
    }

    async fn count(&self, whose: Whose, plan: Plan) -> Result<u64, StoreError> {
        if plan.is_empty() {
            return Ok(0);
        }
        self.readers
            .run_in(whose.search(&plan).lane(), move |reader| {
                let snapshot = reader.unchecked_transaction()?;
                let total = total(reader, &whose.search(&plan))?;
                snapshot.finish()?;
                Ok(total)
            })
            .await
    }

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
        let whose = individuals_of.map_or(Whose::Everyone, Whose::Of);
        self.readers
            .run(move |reader| {
                let search = whose.search(&request.plan);
                Ok(Explanation {
                    scans: search.lane() == crate::readers::Lane::Scan,
                    page: steps(reader, search.page(request.offset, request.limit, false))?,
                    count: steps(reader, search.count())?,
                })
            })
            .await
    }
}

/// Returns the rows of a page, and true when the byte limit ended it. The page has at most
/// [`MAX_PAGE_BYTES`] bytes, but at least one row.
fn rows<T>(
    reader: &Reader,
    statement: Statement,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<(Vec<T>, bool)> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    let mut rows = prepared.query(params_from_iter(statement.bindings))?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        bytes += text_bytes(row)?;
        if bytes > MAX_PAGE_BYTES && !found.is_empty() {
            return Ok((found, true));
        }
        found.push(read(row)?);
    }
    Ok((found, false))
}

/// Returns the number of parties that match, counted again only after a write. Runs within a
/// transaction.
fn total(reader: &Reader, search: &Search<'_>) -> rusqlite::Result<u64> {
    reader.totals.get_or(reader, search.question(), || {
        let statement = search.count();
        reader.evaluation.prepare(statement.parts);
        let mut prepared = reader.prepare_cached(&statement.sql)?;
        let count: i64 = prepared.query_row(params_from_iter(statement.bindings), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    })
}

/// Reads `id, version, document, contact_medium`.
pub(crate) fn individual(row: &Row<'_>) -> rusqlite::Result<StoredIndividual> {
    Ok(StoredIndividual {
        id: named(row, 0, IndividualId::parse)?,
        version: named(row, 1, Version::parse)?,
        document: row.get(2)?,
        contact_medium: row.get(3)?,
    })
}

/// Reads `id, version, document`.
fn organization(row: &Row<'_>) -> rusqlite::Result<StoredOrganization> {
    Ok(StoredOrganization {
        id: named(row, 0, OrganizationId::parse)?,
        version: named(row, 1, Version::parse)?,
        document: row.get(2)?,
    })
}

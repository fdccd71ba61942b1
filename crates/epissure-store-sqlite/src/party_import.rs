//! Import of parties.

use epissure_protocol::names::{OperatorCode, OrganizationId};
use epissure_store::{Action, Author, IDENTIFICATION_TYPES, ImportItem, Imported, Refusal};
use rusqlite::{Connection, OptionalExtension, params};

use crate::audit;
use crate::columns::named;
use crate::party_rows::PartyRow;
use crate::render::party::numbers_of;

/// A party of a batch, prepared for writing.
pub(crate) struct Item {
    row: PartyRow,
    /// Identifier given in the batch, if any.
    given: Option<String>,
    /// Operator of an individual.
    operator: Option<OperatorCode>,
}

impl Item {
    pub(crate) fn new(item: ImportItem) -> Self {
        match item {
            ImportItem::Organization(new) => {
                let id = new.id.unwrap_or(new.fresh).to_string();
                let row = PartyRow::organization(id, new.version, new.document);
                Self { row, given: new.id.map(|id| id.to_string()), operator: None }
            }
            ImportItem::Individual(new) => {
                let id = new.id.unwrap_or(new.fresh).to_string();
                let row = PartyRow::individual(id, new.version, new.document, new.contact_medium.as_ref());
                Self { row, given: new.id.map(|id| id.to_string()), operator: Some(new.operator) }
            }
        }
    }

    pub(crate) fn import(&self, connection: &Connection, by: &Author) -> rusqlite::Result<Imported> {
        let given = self.given.as_deref();
        match &self.operator {
            None => import_organization(connection, &self.row, given, by),
            Some(operator) => import_individual(connection, &self.row, given, operator, by),
        }
    }
}

fn import_organization(
    connection: &Connection,
    row: &PartyRow,
    given: Option<&str>,
    by: &Author,
) -> rusqlite::Result<Imported> {
    let by_id = match given {
        Some(id) => connection
            .prepare_cached("SELECT seq FROM organization WHERE id = ?")?
            .query_row([id], |row| row.get(0))
            .optional()?,
        None => None,
    };
    let seq: Option<i64> = match by_id {
        Some(seq) => Some(seq),
        None => match identified(connection, &row.pairs)?.as_slice() {
            [] => None,
            [(seq, _)] => Some(*seq),
            several => {
                let several = several.iter().map(|(_, id)| *id).collect();
                return Ok(Imported::Refused(Refusal::Ambiguous(several)));
            }
        },
    };
    let Some(seq) = seq else {
        let seq = row.insert(connection, None)?;
        tell(connection, by, &ORGANIZATIONS, seq, None)?;
        return Ok(Imported::Added);
    };
    let unchanged = connection
        .prepare_cached("SELECT document FROM organization WHERE seq = ?")?
        .query_row([seq], |stored| Ok(row.is(stored.get_ref(0)?.as_str()?, None)))?;
    replace(connection, row, seq, unchanged, (by, &ORGANIZATIONS))
}

fn import_individual(
    connection: &Connection,
    row: &PartyRow,
    given: Option<&str>,
    operator: &OperatorCode,
    by: &Author,
) -> rusqlite::Result<Imported> {
    let found = match given {
        Some(id) => connection
            .prepare_cached("SELECT seq, operator, document, contact_medium FROM individual WHERE id = ?")?
            .query_row([id], |stored| {
                let own = stored.get_ref(1)?.as_str()? == operator.as_str();
                let same = row.is(stored.get_ref(2)?.as_str()?, stored.get_ref(3)?.as_str_or_null()?);
                Ok((stored.get::<_, i64>(0)?, own, same))
            })
            .optional()?,
        None => None,
    };
    match found {
        None => {
            let seq = row.insert(connection, Some((operator.as_str(), numbers_of(operator))))?;
            tell(connection, by, &INDIVIDUALS, seq, None)?;
            Ok(Imported::Added)
        }
        Some((_, false, _)) => Ok(Imported::Refused(Refusal::AnothersIndividual)),
        Some((seq, true, unchanged)) => replace(connection, row, seq, unchanged, (by, &INDIVIDUALS)),
    }
}

fn replace(
    connection: &Connection,
    row: &PartyRow,
    seq: i64,
    unchanged: bool,
    (by, kind): (&Author, &ImportedKind),
) -> rusqlite::Result<Imported> {
    if unchanged {
        return Ok(Imported::Unchanged);
    }
    let (_, before) = kind.find(connection, seq)?;
    row.update(connection, seq)?;
    tell(connection, by, kind, seq, Some(&before))?;
    Ok(Imported::Updated)
}

/// Audit of one kind of party.
struct ImportedKind {
    action: Action,
    /// SQL that finds an identifier and its version.
    find: &'static str,
}

const ORGANIZATIONS: ImportedKind = ImportedKind {
    action: Action::OrganizationImport,
    find: "SELECT id, version FROM organization WHERE seq = ?",
};
const INDIVIDUALS: ImportedKind = ImportedKind {
    action: Action::IndividualImport,
    find: "SELECT id, version FROM individual WHERE seq = ?",
};

impl ImportedKind {
    fn find(&self, connection: &Connection, seq: i64) -> rusqlite::Result<(String, String)> {
        connection.prepare_cached(self.find)?.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// Inserts the audit row of a party that was written.
fn tell(
    connection: &Connection,
    by: &Author,
    kind: &ImportedKind,
    seq: i64,
    before: Option<&str>,
) -> rusqlite::Result<()> {
    let (id, version) = kind.find(connection, seq)?;
    audit::write(connection, by, kind.action, &id, (before, Some(&version)))
}

/// Returns the organizations with one of these identifications, in the order of the identification
/// types.
fn identified(
    connection: &Connection,
    identifications: &[(String, String)],
) -> rusqlite::Result<Vec<(i64, OrganizationId)>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id FROM organization_identification JOIN organization USING (seq)
         WHERE identification_type = ? AND identification_id = ? ORDER BY seq",
    )?;
    let mut found = Vec::new();
    for known in IDENTIFICATION_TYPES {
        for (kind, value) in identifications.iter().filter(|(kind, _)| kind == known) {
            let rows = statement.query_map(params![kind, value], |row| {
                Ok((row.get(0)?, named(row, 1, OrganizationId::parse)?))
            })?;
            for row in rows {
                let row = row?;
                if !found.contains(&row) {
                    found.push(row);
                }
            }
        }
    }
    Ok(found)
}

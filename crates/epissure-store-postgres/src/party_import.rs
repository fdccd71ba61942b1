//! Import of parties.

use epissure_protocol::names::OrganizationId;
use epissure_store::{Action, Author, IDENTIFICATION_TYPES, ImportItem, Imported, Refusal};

use tokio_postgres::Row;

use crate::append::Appended;
use crate::bound::looked_up;
use crate::party_rows::PartyRow;
use crate::rows::{column, named};
use crate::unit::{Fault, Outcome, Unit, Work};

/// Advisory lock of imports: two concurrent imports would not see each other's organizations, and
/// insert them twice.
const IMPORTING: i64 = 0x6570_6973_696d_706f;

/// A batch.
pub(crate) struct Import<'a> {
    pub(crate) batch: Vec<Item>,
    pub(crate) by: &'a Author,
}

/// A party of a batch, prepared for writing.
pub(crate) struct Item {
    row: PartyRow,
    /// Identifier given in the batch, if any.
    given: Option<String>,
}

impl Item {
    pub(crate) fn new(item: ImportItem) -> Self {
        match item {
            ImportItem::Organization(new) => {
                let id = new.id.unwrap_or(new.fresh).to_string();
                let row = PartyRow::organization(id, new.version, new.document);
                Self { row, given: new.id.map(|id| id.to_string()) }
            }
            ImportItem::Individual(new) => {
                let id = new.id.unwrap_or(new.fresh).to_string();
                let medium = new.contact_medium.as_ref();
                let row = PartyRow::individual(id, new.operator, new.version, new.document, medium);
                Self { row, given: new.id.map(|id| id.to_string()) }
            }
        }
    }
}

impl Work for Import<'_> {
    type Done = Vec<Imported>;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Vec<Imported>>, Fault> {
        unit.rows("SELECT pg_advisory_xact_lock($1)", &[&IMPORTING]).await?;
        let mut imported = Vec::with_capacity(self.batch.len());
        let mut appended = Appended::default();
        for Item { row, given } in &self.batch {
            let given = given.as_deref();
            let (outcome, told) = match row.owner() {
                None => (organization(unit, row, given).await?, Action::OrganizationImport),
                Some(operator) => (individual(unit, row, given, operator).await?, Action::IndividualImport),
            };
            imported.push(match outcome {
                Wrote::Nothing(imported) => imported,
                Wrote::Added => {
                    appended = appended.and_told(self.by, told, &row.id, (None, Some(&row.version)));
                    Imported::Added
                }
                Wrote::Updated { id, before } => {
                    let versions = (Some(before.as_str()), Some(row.version.as_str()));
                    appended = appended.and_told(self.by, told, &id, versions);
                    Imported::Updated
                }
            });
        }
        Ok(Outcome::Keep(imported, appended))
    }
}

/// Result of writing a party.
enum Wrote {
    Nothing(Imported),
    Added,
    /// Identifier and version of the replaced party.
    Updated {
        id: String,
        before: String,
    },
}

async fn organization(unit: &mut Unit, row: &PartyRow, given: Option<&str>) -> Result<Wrote, Fault> {
    let by_id = unit.row("SELECT seq FROM organization WHERE id = $1", &[&given]).await?;
    let number: Option<i64> = match by_id {
        Some(row) => Some(column(&row, 0)?),
        None => match identified(unit, &row.pairs).await?.as_slice() {
            [] => None,
            [(number, _)] => Some(*number),
            several => {
                let several = several.iter().map(|(_, id)| *id).collect();
                return Ok(Wrote::Nothing(Imported::Refused(Refusal::Ambiguous(several))));
            }
        },
    };
    let Some(number) = number else { return add(unit, row).await };
    let sql = "SELECT seq, id, version, document, NULL::text FROM organization WHERE seq = $1";
    match unit.row(sql, &[&number]).await? {
        Some(stored) => replace(unit, row, &stored).await,
        // Organizations are never deleted.
        None => add(unit, row).await,
    }
}

async fn individual(
    unit: &mut Unit,
    row: &PartyRow,
    given: Option<&str>,
    operator: &str,
) -> Result<Wrote, Fault> {
    let sql = "SELECT seq, id, version, document, contact_medium, operator FROM individual WHERE id = $1 FOR UPDATE";
    let Some(stored) = unit.row(sql, &[&given]).await? else { return add(unit, row).await };
    if column::<&str>(&stored, 5)? != operator {
        return Ok(Wrote::Nothing(Imported::Refused(Refusal::AnothersIndividual)));
    }
    replace(unit, row, &stored).await
}

async fn add(unit: &mut Unit, row: &PartyRow) -> Result<Wrote, Fault> {
    let operator = row.owner();
    let (sql, parameters) = row.insert(&operator);
    unit.rows(sql, &parameters).await?;
    Ok(Wrote::Added)
}

/// Replaces a stored party, read as `seq, id, version, document, contact_medium`.
async fn replace(unit: &mut Unit, row: &PartyRow, stored: &Row) -> Result<Wrote, Fault> {
    if row.is(column(stored, 3)?, column(stored, 4)?) {
        return Ok(Wrote::Nothing(Imported::Unchanged));
    }
    let (operator, number) = (row.owner(), column(stored, 0)?);
    let (sql, parameters) = row.update(&operator, &number);
    unit.rows(sql, &parameters).await?;
    Ok(Wrote::Updated { id: column(stored, 1)?, before: column(stored, 2)? })
}

/// Returns the organizations with one of these identifications, in the order of the identification
/// types.
async fn identified(
    unit: &mut Unit,
    identifications: &[(String, String)],
) -> Result<Vec<(i64, OrganizationId)>, Fault> {
    let sql = "SELECT seq, id FROM organization_identification JOIN organization USING (seq)
               WHERE identification_type = $1 AND identification_id = $2 ORDER BY seq";
    let mut found = Vec::new();
    for known in IDENTIFICATION_TYPES {
        for (kind, value) in identifications.iter().filter(|(kind, _)| kind == known) {
            for row in unit.rows(sql, &[kind, &looked_up(value)]).await? {
                let one = (column(&row, 0)?, named(&row, 1, OrganizationId::parse)?);
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
    }
    Ok(found)
}

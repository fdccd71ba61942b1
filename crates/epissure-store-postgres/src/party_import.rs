//! Importing parties.

use epissure_protocol::names::OrganizationId;
use epissure_store::{IDENTIFICATION_TYPES, ImportItem, Imported, Refusal};

use crate::append::Appended;
use crate::bound::looked_up;
use crate::party_rows::PartyRow;
use crate::rows::{column, named};
use crate::unit::{Fault, Outcome, Unit, Work};

/// The lock of those who import: two at once would not see each other's organizations, and make them twice.
const IMPORTING: i64 = 0x6570_6973_696d_706f;

/// A batch.
pub(crate) struct Import(pub(crate) Vec<Item>);

/// A party of a batch, ready to be written.
pub(crate) struct Item {
    row: PartyRow,
    /// The identifier that the batch gives.
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

impl Work for Import {
    type Done = Vec<Imported>;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Vec<Imported>>, Fault> {
        unit.rows("SELECT pg_advisory_xact_lock($1)", &[&IMPORTING]).await?;
        let mut imported = Vec::with_capacity(self.0.len());
        for Item { row, given } in &self.0 {
            let given = given.as_deref();
            imported.push(match row.owner() {
                None => organization(unit, row, given).await?,
                Some(operator) => individual(unit, row, given, operator).await?,
            });
        }
        Ok(Outcome::Keep(imported, Appended::default()))
    }
}

async fn organization(unit: &mut Unit, row: &PartyRow, given: Option<&str>) -> Result<Imported, Fault> {
    let by_id = unit.row("SELECT seq FROM organization WHERE id = $1", &[&given]).await?;
    let number: Option<i64> = match by_id {
        Some(row) => Some(column(&row, 0)?),
        None => match identified(unit, &row.pairs).await?.as_slice() {
            [] => None,
            [(number, _)] => Some(*number),
            several => {
                let several = several.iter().map(|(_, id)| *id).collect();
                return Ok(Imported::Refused(Refusal::Ambiguous(several)));
            }
        },
    };
    let Some(number) = number else { return add(unit, row).await };
    let stored = unit.row("SELECT document FROM organization WHERE seq = $1", &[&number]).await?;
    let unchanged = match &stored {
        Some(stored) => row.is(column(stored, 0)?, None),
        None => false,
    };
    replace(unit, row, number, unchanged).await
}

async fn individual(
    unit: &mut Unit,
    row: &PartyRow,
    given: Option<&str>,
    operator: &str,
) -> Result<Imported, Fault> {
    let sql = "SELECT seq, operator, document, contact_medium FROM individual WHERE id = $1 FOR UPDATE";
    let Some(stored) = unit.row(sql, &[&given]).await? else { return add(unit, row).await };
    if column::<&str>(&stored, 1)? != operator {
        return Ok(Imported::Refused(Refusal::AnothersIndividual));
    }
    let unchanged = row.is(column(&stored, 2)?, column(&stored, 3)?);
    replace(unit, row, column(&stored, 0)?, unchanged).await
}

async fn add(unit: &mut Unit, row: &PartyRow) -> Result<Imported, Fault> {
    let operator = row.owner();
    let (sql, parameters) = row.insert(&operator);
    unit.rows(sql, &parameters).await?;
    Ok(Imported::Added)
}

async fn replace(unit: &mut Unit, row: &PartyRow, number: i64, unchanged: bool) -> Result<Imported, Fault> {
    if unchanged {
        return Ok(Imported::Unchanged);
    }
    let operator = row.owner();
    let (sql, parameters) = row.update(&operator, &number);
    unit.rows(sql, &parameters).await?;
    Ok(Imported::Updated)
}

/// The organizations that have one of these identifications, in the order of the types that count.
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

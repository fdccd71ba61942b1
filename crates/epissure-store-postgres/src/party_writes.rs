//! Writes to individuals.

use epissure_protocol::names::OperatorCode;
use epissure_store::{Action, Author, Idempotency, Registered, Replaced};
use jiff::Timestamp;

use crate::append::Appended;
use crate::idempotency::{self, Answer};
use crate::parties::individual;
use crate::party_rows::PartyRow;
use crate::rows::column;
use crate::unit::{Fault, Outcome, Unit, Work};

/// Inserts an individual, unless its request has already been processed.
pub(crate) struct Add {
    pub(crate) row: PartyRow,
    pub(crate) key: Option<Idempotency>,
    pub(crate) at: Timestamp,
    pub(crate) by: Author,
}

impl Work for Add {
    type Done = Registered;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Registered>, Fault> {
        if let Some(key) = &self.key {
            let PartyRow { id, version, document, contact_medium, .. } = &self.row;
            let individual = Some((id.as_str(), version.as_str(), contact_medium.as_deref()));
            if !idempotency::remember(unit, key, &Answer { at: self.at, document, individual }).await? {
                return Ok(Outcome::Nothing(earlier(unit, key).await?));
            }
        }
        let operator = self.row.owner();
        let (sql, parameters) = self.row.insert(&operator);
        unit.rows(sql, &parameters).await?;
        let versions = (None, Some(self.row.version.as_str()));
        let told = Appended::told(&self.by, Action::IndividualAdd, &self.row.id, versions);
        Ok(Outcome::Keep(Registered::Added, told))
    }
}

/// Returns the individual that an earlier request with this key inserted.
async fn earlier(unit: &mut Unit, key: &Idempotency) -> Result<Registered, Fault> {
    let row = idempotency::row(unit, key).await?;
    let of_an_individual = column::<Option<&str>>(&row, 0)?.is_some();
    if !of_an_individual || column::<&[u8]>(&row, 4)? != key.fingerprint {
        return Ok(Registered::Contradicted);
    }
    Ok(Registered::Repeated(individual(&row)?))
}

/// Replaces the stored version of an individual.
pub(crate) struct Change {
    pub(crate) row: PartyRow,
    pub(crate) expected: String,
    pub(crate) by: Author,
}

impl Work for Change {
    type Done = Replaced;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Replaced>, Fault> {
        let operator = self.row.owner();
        let expected = Some(self.expected.as_str());
        let number = match find(unit, &self.row.id, operator.unwrap_or_default(), expected).await? {
            Ok((number, _)) => number,
            Err(why) => return Ok(Outcome::Nothing(why)),
        };
        let (sql, parameters) = self.row.update(&operator, &number);
        unit.rows(sql, &parameters).await?;
        let versions = (expected, Some(self.row.version.as_str()));
        let told = Appended::told(&self.by, Action::IndividualChange, &self.row.id, versions);
        Ok(Outcome::Keep(Replaced::Done, told))
    }
}

/// Deletes an individual and all data derived from it, including the stored response to the request
/// that inserted it.
pub(crate) struct Delete {
    pub(crate) id: String,
    pub(crate) operator: OperatorCode,
    pub(crate) expected: Option<String>,
    pub(crate) by: Author,
}

impl Work for Delete {
    type Done = Replaced;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Replaced>, Fault> {
        let expected = self.expected.as_deref();
        let (number, version) = match find(unit, &self.id, self.operator.as_str(), expected).await? {
            Ok(found) => found,
            Err(why) => return Ok(Outcome::Nothing(why)),
        };
        let sql = "WITH answers AS (DELETE FROM idempotency WHERE individual = $1)
                   DELETE FROM individual WHERE seq = $2";
        unit.rows(sql, &[&self.id, &number]).await?;
        let versions = (Some(version.as_str()), None);
        let told = Appended::told(&self.by, Action::IndividualDelete, &self.id, versions);
        Ok(Outcome::Keep(Replaced::Done, told))
    }
}

/// Returns and locks the number and version of an operator's individual if it has the expected
/// version, or else the reason for refusing the write.
async fn find(
    unit: &mut Unit,
    id: &str,
    operator: &str,
    expected: Option<&str>,
) -> Result<Result<(i64, String), Replaced>, Fault> {
    let sql = "SELECT seq, version FROM individual WHERE id = $1 AND operator = $2 FOR UPDATE";
    let Some(row) = unit.row(sql, &[&id, &operator]).await? else { return Ok(Err(Replaced::Missing)) };
    let version: &str = column(&row, 1)?;
    if expected.is_some_and(|expected| expected != version) {
        return Ok(Err(Replaced::Stale));
    }
    Ok(Ok((column(&row, 0)?, version.to_owned())))
}

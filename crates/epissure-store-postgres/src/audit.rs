//! The audit, read; and writes of one statement, of which it is told.

use async_trait::async_trait;
use epissure_store::{Action, Audit, AuditRow, Author, StoreError};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::append::Appended;
use crate::rows::{column, instant};
use crate::unit::{Fault, Outcome, Unit, Work};

#[async_trait]
impl Audit for PostgresStore {
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let sql = "SELECT number, at, kind, author, operator, role, address, request, action, subject, before, after,
                       previous, hash
                   FROM audit WHERE number > $1 ORDER BY number LIMIT $2";
        self.rows(sql, &[&after, &i64::from(limit)]).await?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        number: column(row, 0)?,
        at: instant(row, 1)?,
        kind: column(row, 2)?,
        author: column(row, 3)?,
        operator: column(row, 4)?,
        role: column(row, 5)?,
        address: column(row, 6)?,
        request: column(row, 7)?,
        action: column(row, 8)?,
        subject: column(row, 9)?,
        before: column(row, 10)?,
        after: column(row, 11)?,
        previous: column(row, 12)?,
        hash: column(row, 13)?,
    })
}

/// A statement that writes, and what the audit is told when it has touched a row.
struct One<'a> {
    sql: &'a str,
    parameters: &'a [&'a (dyn ToSql + Sync)],
    by: &'a Author,
    action: Action,
    subject: &'a str,
}

impl Work for One<'_> {
    type Done = bool;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<bool>, Fault> {
        if unit.execute(self.sql, self.parameters).await? == 0 {
            return Ok(Outcome::Nothing(false));
        }
        Ok(Outcome::Keep(true, Appended::told(self.by, self.action, self.subject, (None, None))))
    }
}

impl PostgresStore {
    /// Writes what one statement says, and that somebody did it; whether it touched a row.
    pub(crate) async fn write_one(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        by: &Author,
        action: Action,
        subject: &str,
    ) -> Result<bool, StoreError> {
        self.write(&One { sql, parameters, by, action, subject }).await
    }
}

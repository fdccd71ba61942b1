//! Reading the audit, and audited writes of a single statement.

use async_trait::async_trait;
use epissure_store::{Action, Audit, AuditRow, AuditSeal, Author, Hash, StoreError};
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

    async fn audit_head(&self) -> Result<Option<(i64, Hash)>, StoreError> {
        let row = self.row("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", &[]).await?;
        row.as_ref().map(|row| Ok((column(row, 0)?, column(row, 1)?))).transpose()
    }

    async fn add_audit_seal(&self, seal: AuditSeal) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit_seal (number, hash, at, key, mac) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT DO NOTHING";
        let at = seal.at.as_millisecond();
        self.execute(sql, &[&seal.number, &seal.hash, &at, &seal.key, &seal.mac]).await.map(drop)
    }

    async fn audit_seals(&self, from: i64, to: i64) -> Result<Vec<AuditSeal>, StoreError> {
        let sql = "SELECT number, hash, at, key, mac FROM audit_seal WHERE number BETWEEN $1 AND $2 ORDER BY number";
        self.rows(sql, &[&from, &to]).await?.iter().map(read_seal).collect()
    }

    async fn audit_checkpoint(&self) -> Result<Option<AuditSeal>, StoreError> {
        let sql = "SELECT number, hash, at, key, mac FROM audit_checkpoint ORDER BY number DESC LIMIT 1";
        self.row(sql, &[]).await?.as_ref().map(read_seal).transpose()
    }

    async fn add_audit_checkpoint(&self, checkpoint: AuditSeal, by: &Author) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit_checkpoint (number, hash, at, key, mac) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT DO NOTHING";
        let AuditSeal { number, hash, at, key, mac } = &checkpoint;
        let parameters: [&(dyn ToSql + Sync); 5] = [number, hash, &at.as_millisecond(), key, mac];
        self.write_one(sql, &parameters, by, Action::AuditCut, &number.to_string()).await.map(drop)
    }

    async fn cut_audit(&self, limit: u32) -> Result<u64, StoreError> {
        let cut = "DELETE FROM audit WHERE number IN (
                       SELECT number FROM audit
                       WHERE number <= (SELECT coalesce(max(number), 0) FROM audit_checkpoint)
                       ORDER BY number LIMIT $1)";
        let cut = self.execute(cut, &[&i64::from(limit)]).await?;
        self.execute("DELETE FROM audit_seal WHERE number < (SELECT min(number) FROM audit)", &[]).await?;
        Ok(cut)
    }
}

fn read_seal(row: &Row) -> Result<AuditSeal, StoreError> {
    Ok(AuditSeal {
        number: column(row, 0)?,
        hash: column(row, 1)?,
        at: instant(row, 2)?,
        key: column(row, 3)?,
        mac: column(row, 4)?,
    })
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

/// A statement that writes, and the audit row to append when it changed a row.
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
    /// Runs a statement, with an audit row of its author. Returns true when it changed a row.
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

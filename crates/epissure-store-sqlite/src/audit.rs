//! The audit.

use async_trait::async_trait;
use epissure_store::{Action, Audit, AuditRow, AuditSeal, Author, Hash, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::SqliteStore;
use crate::columns::instant;

/// Inserts the audit row of an action, in the action's transaction.
pub(crate) fn write(
    connection: &Connection,
    by: &Author,
    action: Action,
    subject: &str,
    versions: (Option<&str>, Option<&str>),
) -> rusqlite::Result<()> {
    let last = connection
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let row = AuditRow::new(last, by, action, subject, versions);
    connection
        .prepare_cached(
            "INSERT INTO audit (
                 number, at, kind, author, operator, role, address, request, action, subject, before, after, previous,
                 hash)
             VALUES (
                 :number, :at, :kind, :author, :operator, :role, :address, :request, :action, :subject, :before, :after,
                 :previous, :hash)",
        )?
        .execute(named_params! {
            ":number": row.number,
            ":at": row.at.as_millisecond(),
            ":kind": row.kind,
            ":author": row.author,
            ":operator": row.operator,
            ":role": row.role,
            ":address": row.address,
            ":request": row.request,
            ":action": row.action,
            ":subject": row.subject,
            ":before": row.before,
            ":after": row.after,
            ":previous": row.previous,
            ":hash": row.hash,
        })?;
    Ok(())
}

/// Inserts the audit row of a write to one row, if it changed the row. Returns true in that case.
pub(crate) fn told(
    connection: &Connection,
    rows: usize,
    by: &Author,
    action: Action,
    subject: &str,
) -> rusqlite::Result<bool> {
    if rows == 0 {
        return Ok(false);
    }
    write(connection, by, action, subject, (None, None))?;
    Ok(true)
}

#[async_trait]
impl Audit for SqliteStore {
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut rows = reader.prepare_cached(
                    "SELECT number, at, kind, author, operator, role, address, request, action, subject, before, after,
                         previous, hash
                     FROM audit WHERE number > ? ORDER BY number LIMIT ?",
                )?;
                rows.query_map(params![after, limit], read)?.collect()
            })
            .await
    }

    async fn audit_head(&self) -> Result<Option<(i64, Hash)>, StoreError> {
        let sql = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.readers.run(move |reader| reader.query_row(sql, [], read).optional()).await
    }

    async fn add_audit_seal(&self, seal: AuditSeal) -> Result<(), StoreError> {
        self.writer.run(move |connection| insert_seal(connection, "audit_seal", &seal).map(drop)).await
    }

    async fn audit_seals(&self, from: i64, to: i64) -> Result<Vec<AuditSeal>, StoreError> {
        self.readers
            .run(move |reader| reader.prepare_cached(SEALS)?.query_map([from, to], read_seal)?.collect())
            .await
    }

    async fn audit_checkpoint(&self) -> Result<Option<AuditSeal>, StoreError> {
        self.readers.run(|reader| reader.query_row(CHECKPOINT, [], read_seal).optional()).await
    }

    async fn add_audit_checkpoint(&self, checkpoint: AuditSeal, by: &Author) -> Result<(), StoreError> {
        let by = by.clone();
        self.writer
            .run(move |connection| {
                insert_seal(connection, "audit_checkpoint", &checkpoint)?;
                let subject = checkpoint.number.to_string();
                write(connection, &by, Action::AuditCut, &subject, (None, None))
            })
            .await
    }

    async fn cut_audit(&self, limit: u32) -> Result<u64, StoreError> {
        self.writer
            .run(move |connection| {
                let up_to = "(SELECT coalesce(max(number), 0) FROM audit_checkpoint)";
                let rows =
                    format!("SELECT number FROM audit WHERE number <= {up_to} ORDER BY number LIMIT ?");
                let cut =
                    connection.execute(&format!("DELETE FROM audit WHERE number IN ({rows})"), [limit])?;
                let first = "(SELECT min(number) FROM audit)";
                connection.execute(&format!("DELETE FROM audit_seal WHERE number < {first}"), [])?;
                Ok(cut as u64)
            })
            .await
    }
}

const SEALS: &str =
    "SELECT number, hash, at, key, mac FROM audit_seal WHERE number BETWEEN ? AND ? ORDER BY number";
const CHECKPOINT: &str =
    "SELECT number, hash, at, key, mac FROM audit_checkpoint ORDER BY number DESC LIMIT 1";

fn insert_seal(connection: &Connection, table: &str, seal: &AuditSeal) -> rusqlite::Result<usize> {
    let sql = format!("INSERT OR IGNORE INTO {table} (number, hash, at, key, mac) VALUES (?, ?, ?, ?, ?)");
    connection.execute(&sql, params![seal.number, seal.hash, seal.at.as_millisecond(), seal.key, seal.mac])
}

fn read_seal(row: &Row<'_>) -> rusqlite::Result<AuditSeal> {
    Ok(AuditSeal {
        number: row.get(0)?,
        hash: row.get(1)?,
        at: instant(row, 2)?,
        key: row.get(3)?,
        mac: row.get(4)?,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        number: row.get(0)?,
        at: instant(row, 1)?,
        kind: row.get(2)?,
        author: row.get(3)?,
        operator: row.get(4)?,
        role: row.get(5)?,
        address: row.get(6)?,
        request: row.get(7)?,
        action: row.get(8)?,
        subject: row.get(9)?,
        before: row.get(10)?,
        after: row.get(11)?,
        previous: row.get(12)?,
        hash: row.get(13)?,
    })
}

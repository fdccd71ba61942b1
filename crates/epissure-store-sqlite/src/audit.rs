//! The audit.

use async_trait::async_trait;
use epissure_store::{Action, Audit, AuditRow, Author, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::SqliteStore;
use crate::access::instant;

/// Writes what somebody has done, within the transaction in which it is done.
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

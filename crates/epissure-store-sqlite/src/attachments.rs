//! Metadata of attachments, and the queue of their checks.

use async_trait::async_trait;
use epissure_protocol::attachment::{self, Attachment};
use epissure_protocol::names::{AttachmentId, OperatorCode, TicketId, Version};
use epissure_store::{
    Action, Attached, AttachmentWrite, Attachments, Author, NewAttachment, ReceivedBytes, Rewritten,
    StoreError, StoredAttachment, Ticketed, Viewer,
};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, named_params, params};

use crate::events::{self, Subject};
use crate::idempotency::{self, Earlier};
use crate::{SqliteStore, audit};

#[async_trait]
impl Attachments for SqliteStore {
    async fn add_attachment(&self, new: NewAttachment, by: &Author) -> Result<Attached, StoreError> {
        let by = by.clone();
        let document = written(&new.attachment)?;
        self.writer
            .run(move |connection| {
                if let Some(key) = &new.idempotency {
                    match idempotency::earlier(connection, key)? {
                        Some(Earlier::Same(replay)) => return Ok(Attached::Repeated(replay)),
                        Some(Earlier::Another) => return Ok(Attached::Contradicted),
                        None => {}
                    }
                }
                let Some(found) = events::find(connection, new.ticket)?.filter(|found| !found.is_final)
                else {
                    return Ok(Attached::Closed);
                };
                let there: u32 = connection
                    .prepare_cached("SELECT count(*) FROM attachment WHERE ticket = ?")?
                    .query_row([found.seq], |row| row.get(0))?;
                if there as usize >= attachment::MOST {
                    return Ok(Attached::Full);
                }
                let at = new.attachment.creation_date;
                let mut insert = connection.prepare_cached(
                    "INSERT INTO attachment
                         (id, ticket, version, status, created, due, attempts, document, author, bytes)
                     VALUES (:id, :ticket, :version, :status, :at, :at, 0, :document, :author, :bytes)",
                )?;
                insert.execute(named_params! {
                    ":id": new.attachment.id.to_string(),
                    ":ticket": found.seq,
                    ":version": new.attachment.version.to_string(),
                    ":status": new.attachment.status.as_str(),
                    ":at": at.as_millisecond(),
                    ":document": document,
                    ":author": new.attachment.author.as_str(),
                    ":bytes": bytes_of(&new.attachment),
                })?;
                events::insert(connection, new.event, &found.subject(new.ticket), &new.told)?;
                if let Some(key) = &new.idempotency {
                    idempotency::remember(connection, key, at, &document)?;
                }
                let (id, version) = (new.attachment.id.to_string(), new.attachment.version.to_string());
                audit::write(connection, &by, Action::AttachmentAdd, &id, (None, Some(&version)))?;
                Ok(Attached::Added)
            })
            .await
    }

    async fn change_attachment(&self, change: AttachmentWrite, by: &Author) -> Result<Rewritten, StoreError> {
        let by = by.clone();
        let document = written(&change.attachment)?;
        self.writer
            .run(move |connection| {
                let Some(found) = events::find(connection, change.ticket)? else {
                    return Ok(Rewritten::Stale);
                };
                if change.needs_open_ticket && found.is_final {
                    return Ok(Rewritten::Closed);
                }
                let mut update = connection.prepare_cached(
                    "UPDATE attachment
                     SET version = :version, status = :status, due = :due, document = :document,
                         bytes = max(bytes, :bytes)
                     WHERE id = :id AND ticket = :ticket AND version = :expected",
                )?;
                let changed = update.execute(named_params! {
                    ":version": change.attachment.version.to_string(),
                    ":status": change.attachment.status.as_str(),
                    ":due": change.due.as_millisecond(),
                    ":document": document,
                    ":bytes": bytes_of(&change.attachment),
                    ":id": change.attachment.id.to_string(),
                    ":ticket": found.seq,
                    ":expected": change.expected.to_string(),
                })?;
                if changed == 0 {
                    return Ok(Rewritten::Stale);
                }
                if let Some((event, told)) = &change.event {
                    let subject: Subject<'_> = found.subject(change.ticket);
                    events::insert(connection, *event, &subject, told)?;
                }
                let id = change.attachment.id.to_string();
                let versions = (change.expected.to_string(), change.attachment.version.to_string());
                let versions = (Some(versions.0.as_str()), Some(versions.1.as_str()));
                audit::write(connection, &by, Action::AttachmentChange, &id, versions)?;
                Ok(Rewritten::Done)
            })
            .await
    }

    async fn received_bytes(
        &self,
        ticket: TicketId,
        operator: &OperatorCode,
        since: Timestamp,
    ) -> Result<ReceivedBytes, StoreError> {
        let operator = operator.as_str().to_owned();
        self.readers
            .run(move |reader| {
                let mut sums = reader.prepare_cached(
                    "SELECT (SELECT coalesce(sum(bytes), 0) FROM attachment
                             WHERE ticket = (SELECT seq FROM ticket WHERE id = ?)),
                            (SELECT coalesce(sum(bytes), 0) FROM attachment WHERE author = ? AND created >= ?)",
                )?;
                sums.query_row(params![ticket.to_string(), operator, since.as_millisecond()], |row| {
                    let sum = |at| row.get(at).map(i64::unsigned_abs);
                    Ok(ReceivedBytes { ticket: sum(0)?, operator: sum(1)? })
                })
            })
            .await
    }

    async fn attachment(
        &self,
        ticket: TicketId,
        id: AttachmentId,
        viewer: &Viewer,
    ) -> Result<Option<StoredAttachment>, StoreError> {
        let viewer = viewer.clone();
        self.readers
            .run(move |reader| {
                let Some(ticket) = events::seen(reader, ticket, &viewer)? else { return Ok(None) };
                reader
                    .prepare_cached("SELECT document FROM attachment WHERE id = ? AND ticket = ?")?
                    .query_row(params![id.to_string(), ticket], |row| row.get(0))
                    .optional()
            })
            .await
    }

    async fn claim_attachments(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError> {
        self.writer
            .run(move |connection| {
                let mut claim = connection.prepare_cached(
                    "UPDATE attachment SET due = :until, attempts = attempts + 1
                     WHERE seq IN (
                         SELECT seq FROM attachment
                         WHERE status IN ('PENDING', 'UPLOADED') AND due <= :now
                         ORDER BY due LIMIT :limit
                     )
                     RETURNING (SELECT id FROM ticket WHERE ticket.seq = attachment.ticket), document, attempts",
                )?;
                let times = named_params! {
                    ":until": until.as_millisecond(),
                    ":now": now.as_millisecond(),
                    ":limit": limit,
                };
                claim.query_map(times, ticketed)?.collect()
            })
            .await
    }

    async fn postpone_attachment(
        &self,
        id: AttachmentId,
        version: Version,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |connection| {
                connection
                    .prepare_cached("UPDATE attachment SET due = ? WHERE id = ? AND version = ?")?
                    .execute(params![due.as_millisecond(), id.to_string(), version.to_string()])?;
                Ok(())
            })
            .await
    }

    async fn unfinished_attachments(
        &self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut rows = reader.prepare_cached(
                    "SELECT ticket.id, attachment.document, attachment.attempts
                     FROM attachment JOIN ticket ON ticket.seq = attachment.ticket
                     WHERE attachment.status = 'UPLOADING' AND attachment.created < ?
                     ORDER BY attachment.created LIMIT ?",
                )?;
                rows.query_map(params![opened_before.as_millisecond(), limit], ticketed)?.collect()
            })
            .await
    }

    async fn awaited_attachments(&self, of: Vec<AttachmentId>) -> Result<Vec<AttachmentId>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut find = reader.prepare_cached(
                    "SELECT 1 FROM attachment WHERE id = ? AND status IN ('PENDING', 'UPLOADING', 'UPLOADED')",
                )?;
                let mut awaited = Vec::new();
                for id in of {
                    if find.exists([id.to_string()])? {
                        awaited.push(id);
                    }
                }
                Ok(awaited)
            })
            .await
    }

    async fn validated_attachments(
        &self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.readers
            .run(move |reader| {
                let mut rows = reader.prepare_cached(
                    "SELECT ticket.id, attachment.document, attachment.attempts
                     FROM attachment JOIN ticket ON ticket.seq = attachment.ticket
                     WHERE attachment.status = 'VALIDATED' AND attachment.id > ?
                     ORDER BY attachment.id LIMIT ?",
                )?;
                rows.query_map(params![after, limit], ticketed)?.collect()
            })
            .await
    }
}

fn bytes_of(attachment: &Attachment) -> i64 {
    i64::try_from(attachment.received_bytes()).unwrap_or(i64::MAX)
}

fn written(attachment: &Attachment) -> Result<String, StoreError> {
    serde_json::to_string(attachment)
        .map_err(|error| StoreError::Unexpected(format!("an attachment cannot be written as JSON: {error}")))
}

fn ticketed(row: &Row<'_>) -> rusqlite::Result<Ticketed> {
    let ticket: String = row.get(0)?;
    let ticket = TicketId::parse(&ticket)
        .ok_or_else(|| rusqlite::Error::InvalidColumnType(0, "ticket.id".to_owned(), Type::Text))?;
    Ok(Ticketed { ticket, attachment: row.get(1)?, attempts: row.get(2)? })
}

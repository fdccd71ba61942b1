//! Metadata of attachments, and the queue of their checks.

use async_trait::async_trait;
use epissure_protocol::attachment::{self, Attachment};
use epissure_protocol::names::{AttachmentId, OperatorCode, TicketId, Version};
use epissure_store::{
    Action, Attached, AttachmentWrite, Attachments, Author, NewAttachment, ReceivedBytes, Rewritten,
    StoreError, StoredAttachment, Ticketed, Viewer,
};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::append::Appended;
use crate::events::find;
use crate::idempotency::{self, Answer, Earlier};
use crate::rows::{column, named};
use crate::tickets::whose;
use crate::unit::{Fault, Outcome, Unit, Work};

#[async_trait]
impl Attachments for PostgresStore {
    async fn add_attachment(&self, new: NewAttachment, by: &Author) -> Result<Attached, StoreError> {
        let document = written(&new.attachment)?;
        self.write_together(Add { new, document, by: by.clone() }).await
    }

    async fn change_attachment(&self, change: AttachmentWrite, by: &Author) -> Result<Rewritten, StoreError> {
        let document = written(&change.attachment)?;
        self.write_together(Rewrite { change, document, by: by.clone() }).await
    }

    async fn received_bytes(
        &self,
        ticket: TicketId,
        operator: &OperatorCode,
        since: Timestamp,
    ) -> Result<ReceivedBytes, StoreError> {
        let sql = "SELECT (SELECT coalesce(sum(bytes), 0)::bigint FROM attachment
                           WHERE ticket = (SELECT seq FROM ticket WHERE id = $1)),
                          (SELECT coalesce(sum(bytes), 0)::bigint FROM attachment
                           WHERE author = $2 AND created >= $3)";
        let parameters: [&(dyn ToSql + Sync); 3] =
            [&ticket.to_string(), &operator.as_str(), &since.as_millisecond()];
        let rows = self.rows(sql, &parameters).await?;
        let sum = |at| rows.first().map_or(Ok(0), |row| column::<i64>(row, at).map(i64::unsigned_abs));
        Ok(ReceivedBytes { ticket: sum(0)?, operator: sum(1)? })
    }

    async fn attachment(
        &self,
        ticket: TicketId,
        id: AttachmentId,
        viewer: &Viewer,
    ) -> Result<Option<StoredAttachment>, StoreError> {
        let sql = match viewer {
            Viewer::Oi(_) => {
                "SELECT attachment.document FROM attachment JOIN ticket ON ticket.seq = attachment.ticket
                 WHERE attachment.id = $1 AND ticket.id = $2 AND ticket.code_oi = $3"
            }
            Viewer::Oc(_) => {
                "SELECT attachment.document FROM attachment JOIN ticket ON ticket.seq = attachment.ticket
                 WHERE attachment.id = $1 AND ticket.id = $2 AND ticket.code_oc = $3"
            }
        };
        let code = whose(viewer).code;
        let parameters: [&(dyn ToSql + Sync); 3] = [&id.to_string(), &ticket.to_string(), &code.as_str()];
        self.row(sql, &parameters).await?.as_ref().map(|row| column(row, 0)).transpose()
    }

    async fn claim_attachments(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError> {
        let [now, until] = [now, until].map(Timestamp::as_millisecond);
        // Skip rows that another server is claiming, without waiting.
        let sql = "WITH free AS (
                       SELECT seq, due FROM attachment
                       WHERE status IN ('PENDING', 'UPLOADED') AND due <= $1
                       ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED),
                   taken AS (
                       UPDATE attachment SET due = $2, attempts = attempts + 1 FROM free
                       WHERE attachment.seq = free.seq
                       RETURNING attachment.ticket, document, attempts, free.due AS was_due)
                   SELECT ticket.id, taken.document, attempts
                   FROM taken JOIN ticket ON ticket.seq = taken.ticket ORDER BY was_due";
        self.written(sql, &[&now, &until, &i64::from(limit)]).await?.iter().map(ticketed).collect()
    }

    async fn postpone_attachment(
        &self,
        id: AttachmentId,
        version: Version,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE attachment SET due = $1 WHERE id = $2 AND version = $3";
        self.execute(sql, &[&due.as_millisecond(), &id.to_string(), &version.to_string()]).await?;
        Ok(())
    }

    async fn unfinished_attachments(
        &self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError> {
        let sql = "SELECT ticket.id, attachment.document, attachment.attempts
                   FROM attachment JOIN ticket ON ticket.seq = attachment.ticket
                   WHERE attachment.status = 'UPLOADING' AND attachment.created < $1
                   ORDER BY attachment.created LIMIT $2";
        let rows = self.rows(sql, &[&opened_before.as_millisecond(), &i64::from(limit)]).await?;
        rows.iter().map(ticketed).collect()
    }

    async fn awaited_attachments(&self, of: Vec<AttachmentId>) -> Result<Vec<AttachmentId>, StoreError> {
        let ids: Vec<String> = of.iter().map(ToString::to_string).collect();
        let sql = "SELECT id FROM attachment
                   WHERE id = ANY ($1) AND status IN ('PENDING', 'UPLOADING', 'UPLOADED')";
        let rows = self.rows(sql, &[&ids]).await?;
        rows.iter().map(|row| named(row, 0, AttachmentId::parse)).collect()
    }

    async fn validated_attachments(
        &self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<Ticketed>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let sql = "SELECT ticket.id, attachment.document, attachment.attempts
                   FROM attachment JOIN ticket ON ticket.seq = attachment.ticket
                   WHERE attachment.status = 'VALIDATED' AND attachment.id > $1
                   ORDER BY attachment.id LIMIT $2";
        self.rows(sql, &[&after, &i64::from(limit)]).await?.iter().map(ticketed).collect()
    }
}

fn written(attachment: &Attachment) -> Result<String, StoreError> {
    serde_json::to_string(attachment)
        .map_err(|error| StoreError::Unexpected(format!("an attachment cannot be written as JSON: {error}")))
}

fn bytes_of(attachment: &Attachment) -> i64 {
    i64::try_from(attachment.received_bytes()).unwrap_or(i64::MAX)
}

fn ticketed(row: &Row) -> Result<Ticketed, StoreError> {
    let attempts = u32::try_from(column::<i64>(row, 2)?).unwrap_or(u32::MAX);
    Ok(Ticketed { ticket: named(row, 0, TicketId::parse)?, attachment: column(row, 1)?, attempts })
}

/// Inserts an attachment of a ticket.
struct Add {
    new: NewAttachment,
    document: String,
    by: Author,
}

impl Work for Add {
    type Done = Attached;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Attached>, Fault> {
        let NewAttachment { ticket, attachment, event, told, idempotency } = &self.new;
        let at = attachment.creation_date;
        if let Some(key) = idempotency {
            let answer = Answer { at, document: &self.document, individual: None };
            if !idempotency::remember(unit, key, &answer).await? {
                return Ok(Outcome::Nothing(match idempotency::earlier(unit, key).await? {
                    Earlier::Same(replay) => Attached::Repeated(replay),
                    Earlier::Another => Attached::Contradicted,
                }));
            }
        }
        let Some(found) = find(unit, *ticket).await?.filter(|found| !found.is_final) else {
            return Ok(Outcome::Nothing(Attached::Closed));
        };
        let (id, version) = (attachment.id.to_string(), attachment.version.to_string());
        let parameters: [&(dyn ToSql + Sync); 9] = [
            &id,
            &found.seq,
            &version,
            &attachment.status.as_str(),
            &at.as_millisecond(),
            &self.document,
            &i64::try_from(attachment::MOST).unwrap_or(i64::MAX),
            &attachment.author.as_str(),
            &bytes_of(attachment),
        ];
        let insert = "INSERT INTO attachment
                          (id, ticket, version, status, created, due, attempts, document, author, bytes)
                      SELECT $1, $2, $3, $4, $5, $5, 0, $6, $8, $9
                      WHERE (SELECT count(*) FROM attachment WHERE ticket = $2) < $7";
        if unit.execute(insert, &parameters).await? == 0 {
            return Ok(Outcome::Nothing(Attached::Full));
        }
        let appended = Appended::told(&self.by, Action::AttachmentAdd, &id, (None, Some(&version)));
        Ok(Outcome::Keep(Attached::Added, appended.and_event(*event, &found.subject(*ticket), told)))
    }
}

/// Replaces the stored version of an attachment.
struct Rewrite {
    change: AttachmentWrite,
    document: String,
    by: Author,
}

impl Work for Rewrite {
    type Done = Rewritten;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Rewritten>, Fault> {
        let AttachmentWrite { ticket, attachment, expected, needs_open_ticket, event, due } = &self.change;
        let Some(found) = find(unit, *ticket).await? else { return Ok(Outcome::Nothing(Rewritten::Stale)) };
        if *needs_open_ticket && found.is_final {
            return Ok(Outcome::Nothing(Rewritten::Closed));
        }
        let (id, before, after) =
            (attachment.id.to_string(), expected.to_string(), attachment.version.to_string());
        let parameters: [&(dyn ToSql + Sync); 8] = [
            &after,
            &attachment.status.as_str(),
            &due.as_millisecond(),
            &self.document,
            &id,
            &found.seq,
            &before,
            &bytes_of(attachment),
        ];
        let update = "UPDATE attachment SET version = $1, status = $2, due = $3, document = $4,
                          bytes = greatest(bytes, $8)
                      WHERE id = $5 AND ticket = $6 AND version = $7";
        if unit.execute(update, &parameters).await? == 0 {
            return Ok(Outcome::Nothing(Rewritten::Stale));
        }
        let versions = (Some(before.as_str()), Some(after.as_str()));
        let mut appended = Appended::told(&self.by, Action::AttachmentChange, &id, versions);
        if let Some((event, told)) = event {
            appended = appended.and_event(*event, &found.subject(*ticket), told);
        }
        Ok(Outcome::Keep(Rewritten::Done, appended))
    }
}

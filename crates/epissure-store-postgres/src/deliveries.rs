//! Deliveries: the queue of each target, and the result of each attempt.
//!
//! Every change to a ticket's queue locks the ticket's row. Otherwise, an event enqueued while the
//! head is being settled would never become due.

use async_trait::async_trait;
use epissure_protocol::names::{EventId, OperatorCode, TicketId};
use epissure_store::{
    Action, Attempt, Author, Claimed, Deliveries, Delivery, DeliveryFilter, DeliveryState, Pair, Resend,
    Settlement, Standing, StoreError, StoredTarget, TargetSecrets,
};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::delivery_writes::{Remove, SendAgain, Settle};
use crate::rows::{column, instant, maybe_instant, named};
use crate::targets::{BoundStanding, TARGET, json, stored};

#[async_trait]
impl Deliveries for PostgresStore {
    async fn put_target(&self, target: StoredTarget, by: &Author) -> Result<(), StoreError> {
        let (oi, oc) = (target.pair.oi.as_str(), target.pair.oc.as_str());
        let (text, secrets) = (json(&target.target)?, json(&target.secrets)?);
        let standing = BoundStanding::new(&target.standing);
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&oi, &oc, &text, &secrets];
        parameters.extend(standing.parameters());
        self.write_one(
            "INSERT INTO target
                 (oi, oc, target, secrets, state, reason, failing_since, held_until, rate, asked)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (oi, oc) DO UPDATE SET
                 target = excluded.target, secrets = excluded.secrets, state = excluded.state,
                 reason = excluded.reason, failing_since = excluded.failing_since,
                 held_until = excluded.held_until, rate = excluded.rate, asked = excluded.asked",
            &parameters,
            by,
            Action::TargetSet,
            &target.pair.to_string(),
        )
        .await?;
        Ok(())
    }

    async fn remove_target(&self, pair: &Pair, by: &Author) -> Result<bool, StoreError> {
        self.write(&Remove { pair, by }).await
    }

    async fn targets(&self) -> Result<Vec<StoredTarget>, StoreError> {
        self.rows(&format!("{TARGET} ORDER BY oi, oc"), &[]).await?.iter().map(stored).collect()
    }

    async fn target(&self, pair: &Pair) -> Result<Option<StoredTarget>, StoreError> {
        let sql = format!("{TARGET} WHERE oi = $1 AND oc = $2");
        self.row(&sql, &[&pair.oi.as_str(), &pair.oc.as_str()]).await?.as_ref().map(stored).transpose()
    }

    async fn set_target_secrets(
        &self,
        pair: &Pair,
        secrets: TargetSecrets,
        by: &Author,
    ) -> Result<bool, StoreError> {
        let secrets = json(&secrets)?;
        let sql = "UPDATE target SET secrets = $3 WHERE oi = $1 AND oc = $2";
        let parameters: [&(dyn ToSql + Sync); 3] = [&pair.oi.as_str(), &pair.oc.as_str(), &secrets];
        self.write_one(sql, &parameters, by, Action::TargetRotate, &pair.to_string()).await
    }

    async fn set_target_standing(
        &self,
        pair: &Pair,
        standing: Standing,
        due: Option<Timestamp>,
        by: &Author,
    ) -> Result<bool, StoreError> {
        let (oi, oc, due) = (pair.oi.as_str(), pair.oc.as_str(), due.map(Timestamp::as_millisecond));
        let standing = BoundStanding::new(&standing);
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&oi, &oc, &due];
        parameters.extend(standing.parameters());
        self.write_one(
            "WITH waiting AS (
                     UPDATE delivery SET due = $3
                     WHERE oi = $1 AND oc = $2 AND due IS NOT NULL AND $3::bigint IS NOT NULL)
                 UPDATE target SET
                     state = $4, reason = $5, failing_since = $6, held_until = $7, rate = $8, asked = $9
                 WHERE oi = $1 AND oc = $2",
            &parameters,
            by,
            Action::TargetChange,
            &pair.to_string(),
        )
        .await
    }

    async fn claim(
        &self,
        pair: &Pair,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let [now, until] = [now, until].map(Timestamp::as_millisecond);
        // Skip rows that another server is claiming, without waiting.
        let sql = "WITH free AS (
                       SELECT event, due FROM delivery
                       WHERE oi = $1 AND oc = $2 AND due <= $3
                       ORDER BY due, event LIMIT $5 FOR UPDATE SKIP LOCKED),
                   taken AS (
                       UPDATE delivery SET due = $4 FROM free WHERE delivery.event = free.event
                       RETURNING delivery.event, delivery.ticket, attempts, step, free.due AS was_due)
                   SELECT taken.event, event.id, taken.ticket, event.document, attempts, step
                   FROM taken JOIN event ON event.seq = taken.event ORDER BY was_due, taken.event";
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&pair.oi.as_str(), &pair.oc.as_str(), &now, &until, &i64::from(limit)];
        self.written(sql, &parameters).await?.iter().map(claimed).collect()
    }

    async fn settle(&self, settlement: Settlement) -> Result<bool, StoreError> {
        self.write_together(Settle(settlement)).await
    }

    async fn next_due(&self, pair: &Pair) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(due) FROM delivery WHERE oi = $1 AND oc = $2 AND due IS NOT NULL";
        match self.row(sql, &[&pair.oi.as_str(), &pair.oc.as_str()]).await? {
            Some(row) => maybe_instant(&row, 0),
            None => Ok(None),
        }
    }

    async fn resend(&self, what: Resend, by: &Author) -> Result<u64, StoreError> {
        self.write(&SendAgain { what, by }).await
    }

    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>, StoreError> {
        let parameters: [&(dyn ToSql + Sync); 5] = [
            &filter.oi.as_ref().map(OperatorCode::as_str),
            &filter.oc.as_ref().map(OperatorCode::as_str),
            &filter.ticket.map(|id| id.to_string()),
            &filter.state.map(DeliveryState::as_str),
            &i64::from(filter.limit),
        ];
        let sql = "SELECT event.id, event.type, delivery.ticket, oi, oc, event.time, state, attempts, due
                   FROM delivery JOIN event ON event.seq = delivery.event
                   WHERE ($1::text IS NULL OR oi = $1) AND ($2::text IS NULL OR oc = $2)
                     AND ($3::text IS NULL OR delivery.ticket = $3) AND ($4::text IS NULL OR state = $4)
                   ORDER BY delivery.event DESC LIMIT $5";
        self.rows(sql, &parameters).await?.iter().map(listed).collect()
    }

    async fn delivery_counts(&self, pair: &Pair) -> Result<Vec<(DeliveryState, u64)>, StoreError> {
        let sql =
            "SELECT state, count(*) FROM delivery WHERE oi = $1 AND oc = $2 GROUP BY state ORDER BY state";
        let rows = self.rows(sql, &[&pair.oi.as_str(), &pair.oc.as_str()]).await?;
        let read = |row| Ok((named(row, 0, DeliveryState::parse)?, column::<i64>(row, 1)?.unsigned_abs()));
        rows.iter().map(read).collect()
    }

    async fn attempts(&self, event: EventId) -> Result<Option<Vec<Attempt>>, StoreError> {
        // A delivery without an attempt yields one row without a number.
        let sql = "SELECT number, attempt.at, elapsed_ms, status, error, body
                   FROM event JOIN delivery ON delivery.event = event.seq
                   LEFT JOIN attempt ON attempt.event = delivery.event
                   WHERE event.id = $1 ORDER BY number";
        let rows = self.rows(sql, &[&event.to_string()]).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut attempts = Vec::new();
        for row in &rows {
            if column::<Option<i64>>(row, 0)?.is_some() {
                attempts.push(attempt(row)?);
            }
        }
        Ok(Some(attempts))
    }
}

fn claimed(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        rank: column(row, 0)?,
        event: named(row, 1, EventId::parse)?,
        ticket: named(row, 2, TicketId::parse)?,
        document: column(row, 3)?,
        attempts: small(row, 4)?,
        step: small(row, 5)?,
    })
}

fn listed(row: &Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        event: named(row, 0, EventId::parse)?,
        kind: column(row, 1)?,
        ticket: named(row, 2, TicketId::parse)?,
        pair: Pair { oi: named(row, 3, OperatorCode::parse)?, oc: named(row, 4, OperatorCode::parse)? },
        time: instant(row, 5)?,
        state: named(row, 6, DeliveryState::parse)?,
        attempts: small(row, 7)?,
        due: maybe_instant(row, 8)?,
    })
}

fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        number: small(row, 0)?,
        at: instant(row, 1)?,
        elapsed_ms: column::<i64>(row, 2)?.unsigned_abs(),
        status: column::<Option<i32>>(row, 3)?.and_then(|status| u16::try_from(status).ok()),
        error: column(row, 4)?,
        body: column(row, 5)?,
    })
}

/// Reads a small counter.
fn small(row: &Row, at: usize) -> Result<u32, StoreError> {
    Ok(u32::try_from(column::<i64>(row, at)?).unwrap_or(u32::MAX))
}

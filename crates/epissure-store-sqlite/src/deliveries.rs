//! Deliveries: the queue of each target, and the result of each attempt.

use async_trait::async_trait;
use epissure_protocol::codes::Actor;
use epissure_protocol::names::{EventId, OperatorCode, TicketId};
use epissure_store::{
    Action, Attempt, Author, Claimed, Deliveries, Delivery, DeliveryFilter, DeliveryState, NewEvent, Pair,
    Resend, Settled, Settlement, Standing, StoreError, StoredTarget, TargetSecrets,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::audit::told;
use crate::columns::{code, instant, named};
use crate::events::Subject;
use crate::{SqliteStore, audit, targets};

/// Enqueues an inserted event for the OC's target, if there is one and the OC did not cause the
/// event.
pub(crate) fn queue(
    connection: &Connection,
    event: &NewEvent,
    subject: &Subject<'_>,
) -> rusqlite::Result<()> {
    if event.by == Actor::Oc {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO delivery (event, oi, oc, ticket, state, attempts, step, due)
             SELECT last_insert_rowid(), oi, oc, :ticket, 'QUEUED', 0, 0,
                 iif(EXISTS (SELECT 1 FROM delivery WHERE ticket = :ticket AND state = 'QUEUED'), NULL, :at)
             FROM target WHERE oi = :oi AND oc = :oc",
        )?
        .execute(named_params! {
            ":ticket": subject.ticket.to_string(),
            ":at": event.at.as_millisecond(),
            ":oi": subject.code_oi,
            ":oc": subject.code_oc,
        })?;
    Ok(())
}

#[async_trait]
impl Deliveries for SqliteStore {
    async fn put_target(&self, target: StoredTarget, by: &Author) -> Result<(), StoreError> {
        let by = by.clone();
        let (text, secrets) = (targets::json(&target.target)?, targets::json(&target.secrets)?);
        self.writer
            .run(move |connection| {
                targets::put(connection, &target.pair, &text, &secrets, &target.standing)?;
                audit::write(connection, &by, Action::TargetSet, &target.pair.to_string(), (None, None))
            })
            .await
    }

    async fn remove_target(&self, pair: &Pair, by: &Author) -> Result<bool, StoreError> {
        let (pair, by) = (pair.clone(), by.clone());
        // Its secrets must not remain readable in the files.
        self.writer
            .run_erasing(move |connection| {
                let of = [pair.oi.as_str(), pair.oc.as_str()];
                connection
                    .execute("DELETE FROM delivery WHERE oi = ? AND oc = ? AND state = 'QUEUED'", of)?;
                let gone = connection.execute("DELETE FROM target WHERE oi = ? AND oc = ?", of)?;
                told(connection, gone, &by, Action::TargetRemove, &pair.to_string())
            })
            .await
    }

    async fn targets(&self) -> Result<Vec<StoredTarget>, StoreError> {
        self.readers.run(|reader| targets::all(reader)).await
    }

    async fn target(&self, pair: &Pair) -> Result<Option<StoredTarget>, StoreError> {
        let pair = pair.clone();
        self.readers.run(move |reader| targets::one(reader, &pair)).await
    }

    async fn set_target_secrets(
        &self,
        pair: &Pair,
        secrets: TargetSecrets,
        by: &Author,
    ) -> Result<bool, StoreError> {
        let (pair, secrets, by) = (pair.clone(), targets::json(&secrets)?, by.clone());
        self.writer
            .run_erasing(move |connection| {
                let changed = connection.execute(
                    "UPDATE target SET secrets = ? WHERE oi = ? AND oc = ?",
                    [secrets.as_str(), pair.oi.as_str(), pair.oc.as_str()],
                )?;
                told(connection, changed, &by, Action::TargetRotate, &pair.to_string())
            })
            .await
    }

    async fn set_target_standing(
        &self,
        pair: &Pair,
        standing: Standing,
        due: Option<Timestamp>,
        by: &Author,
    ) -> Result<bool, StoreError> {
        let (pair, by) = (pair.clone(), by.clone());
        self.writer
            .run(move |connection| {
                if let Some(due) = due {
                    connection.execute(
                        "UPDATE delivery SET due = ? WHERE oi = ? AND oc = ? AND due IS NOT NULL",
                        params![due.as_millisecond(), pair.oi.as_str(), pair.oc.as_str()],
                    )?;
                }
                let changed = targets::set_standing(connection, &pair, &standing)?;
                told(connection, changed, &by, Action::TargetChange, &pair.to_string())
            })
            .await
    }

    async fn claim(
        &self,
        pair: &Pair,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let pair = pair.clone();
        self.writer
            .run(move |connection| {
                let mut due = connection.prepare_cached(
                    "SELECT delivery.event, event.id, delivery.ticket, event.document, attempts, step
                     FROM delivery JOIN event ON event.seq = delivery.event
                     WHERE oi = ? AND oc = ? AND due <= ? ORDER BY due, delivery.event LIMIT ?",
                )?;
                let binds = params![pair.oi.as_str(), pair.oc.as_str(), now.as_millisecond(), limit];
                let claimed: Vec<Claimed> =
                    due.query_map(binds, claimed)?.collect::<rusqlite::Result<_>>()?;
                let mut take = connection.prepare_cached("UPDATE delivery SET due = ? WHERE event = ?")?;
                for taken in &claimed {
                    take.execute(params![until.as_millisecond(), taken.rank])?;
                }
                Ok(claimed)
            })
            .await
    }

    async fn settle(&self, settlement: Settlement) -> Result<bool, StoreError> {
        self.writer.run(move |connection| settle(connection, &settlement)).await
    }

    async fn next_due(&self, pair: &Pair) -> Result<Option<Timestamp>, StoreError> {
        let pair = pair.clone();
        self.readers
            .run(move |reader| {
                let mut next =
                    reader.prepare_cached("SELECT min(due) FROM delivery WHERE oi = ? AND oc = ?")?;
                next.query_row([pair.oi.as_str(), pair.oc.as_str()], |row| maybe_instant(row, 0))
            })
            .await
    }

    async fn resend(&self, what: Resend, by: &Author) -> Result<u64, StoreError> {
        let by = by.clone();
        self.writer
            .run(move |connection| {
                let ranks = match &what {
                    Resend::Event(id) => ranks(
                        connection,
                        "SELECT delivery.event FROM delivery JOIN event ON event.seq = delivery.event WHERE event.id = ?",
                        &[&id.to_string()],
                    ),
                    Resend::Exhausted(pair) => ranks(
                        connection,
                        "SELECT event FROM delivery WHERE oi = ? AND oc = ? AND state = 'EXHAUSTED' ORDER BY event",
                        &[pair.oi.as_str(), pair.oc.as_str()],
                    ),
                }?;
                for rank in &ranks {
                    connection
                        .prepare_cached("UPDATE delivery SET state = 'QUEUED', step = 0, due = NULL WHERE event = ?")?
                        .execute([rank])?;
                    let ticket: String = connection
                        .prepare_cached("SELECT ticket FROM delivery WHERE event = ?")?
                        .query_row([rank], |row| row.get(0))?;
                    // The resent delivery may precede the previous head of the queue.
                    connection
                        .prepare_cached("UPDATE delivery SET due = NULL WHERE ticket = ? AND state = 'QUEUED'")?
                        .execute([&ticket])?;
                    release_first(connection, &ticket, by.at)?;
                }
                let subject = match &what {
                    Resend::Event(id) => id.to_string(),
                    Resend::Exhausted(pair) => pair.to_string(),
                };
                told(connection, ranks.len(), &by, Action::EventResend, &subject)?;
                Ok(ranks.len() as u64)
            })
            .await
    }

    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(
                    "SELECT event.id, event.type, delivery.ticket, oi, oc, event.time, state, attempts, due
                     FROM delivery JOIN event ON event.seq = delivery.event
                     WHERE (:oi IS NULL OR oi = :oi) AND (:oc IS NULL OR oc = :oc)
                         AND (:ticket IS NULL OR delivery.ticket = :ticket) AND (:state IS NULL OR state = :state)
                     ORDER BY delivery.event DESC LIMIT :limit",
                )?;
                let rows = statement.query_map(
                    named_params! {
                        ":oi": filter.oi.as_ref().map(OperatorCode::as_str),
                        ":oc": filter.oc.as_ref().map(OperatorCode::as_str),
                        ":ticket": filter.ticket.map(|id| id.to_string()),
                        ":state": filter.state.map(DeliveryState::as_str),
                        ":limit": filter.limit,
                    },
                    listed,
                )?;
                rows.collect()
            })
            .await
    }

    async fn delivery_counts(&self, pair: &Pair) -> Result<Vec<(DeliveryState, u64)>, StoreError> {
        let pair = pair.clone();
        self.readers
            .run(move |reader| {
                let mut counts = reader.prepare_cached(
                    "SELECT state, count(*) FROM delivery WHERE oi = ? AND oc = ? GROUP BY state",
                )?;
                let rows = counts.query_map([pair.oi.as_str(), pair.oc.as_str()], |row| {
                    Ok((state(row, 0)?, row.get::<_, i64>(1)?.unsigned_abs()))
                })?;
                rows.collect()
            })
            .await
    }

    async fn attempts(&self, event: EventId) -> Result<Option<Vec<Attempt>>, StoreError> {
        self.readers
            .run(move |reader| {
                let mut find = reader.prepare_cached(
                    "SELECT delivery.event FROM delivery JOIN event ON event.seq = delivery.event WHERE event.id = ?",
                )?;
                let rank: Option<i64> =
                    find.query_row([event.to_string()], |row| row.get(0)).optional()?;
                let Some(rank) = rank else { return Ok(None) };
                let mut attempts = reader.prepare_cached(
                    "SELECT number, at, elapsed_ms, status, error, body FROM attempt WHERE event = ? ORDER BY number",
                )?;
                attempts.query_map([rank], attempt)?.collect::<Result<_, _>>().map(Some)
            })
            .await
    }
}

fn settle(connection: &Connection, settlement: &Settlement) -> rusqlite::Result<bool> {
    let Settlement { pair, rank, attempt, settled, standing } = settlement;
    let (state, due) = match settled {
        Settled::Delivered => (DeliveryState::Delivered, None),
        Settled::Again { at } => (DeliveryState::Queued, Some(at.as_millisecond())),
        Settled::Exhausted => (DeliveryState::Exhausted, None),
    };
    let ticket: Option<String> = connection
        .prepare_cached(
            "UPDATE delivery SET state = :state, attempts = :number, step = step + 1,
                 due = iif(due IS NULL, NULL, :due)
             WHERE event = :rank AND attempts = :number - 1 AND state = 'QUEUED' RETURNING ticket",
        )?
        .query_row(
            named_params! {
                ":state": state.as_str(),
                ":number": attempt.number,
                ":due": due,
                ":rank": rank,
            },
            |row| row.get(0),
        )
        .optional()?;
    let Some(ticket) = ticket else { return Ok(false) };
    connection
        .prepare_cached(
            "INSERT INTO attempt (event, number, at, elapsed_ms, status, error, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            rank,
            attempt.number,
            attempt.at.as_millisecond(),
            i64::try_from(attempt.elapsed_ms).unwrap_or(i64::MAX),
            attempt.status,
            attempt.error,
            attempt.body
        ])?;
    if state != DeliveryState::Queued {
        let ended = attempt.at + jiff::SignedDuration::from_millis(attempt.elapsed_ms as i64);
        release_first(connection, &ticket, ended)?;
    }
    if let Some(standing) = standing {
        targets::save_standing(connection, pair, standing)?;
    }
    Ok(true)
}

/// Makes the head of a ticket's queue due, unless it is due or claimed already.
fn release_first(connection: &Connection, ticket: &str, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE delivery SET due = coalesce(due, ?)
             WHERE event = (SELECT min(event) FROM delivery WHERE ticket = ? AND state = 'QUEUED')",
        )?
        .execute(params![now.as_millisecond(), ticket])?;
    Ok(())
}

fn ranks(connection: &Connection, sql: &str, binds: &[&str]) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(rusqlite::params_from_iter(binds), |row| row.get(0))?.collect()
}

fn claimed(row: &Row<'_>) -> rusqlite::Result<Claimed> {
    Ok(Claimed {
        rank: row.get(0)?,
        event: event_id(row, 1)?,
        ticket: ticket_id(row, 2)?,
        document: row.get(3)?,
        attempts: row.get(4)?,
        step: row.get(5)?,
    })
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        event: event_id(row, 0)?,
        kind: row.get(1)?,
        ticket: ticket_id(row, 2)?,
        pair: Pair { oi: code(row, 3)?, oc: code(row, 4)? },
        time: instant(row, 5)?,
        state: state(row, 6)?,
        attempts: row.get(7)?,
        due: maybe_instant(row, 8)?,
    })
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        number: row.get(0)?,
        at: instant(row, 1)?,
        elapsed_ms: row.get::<_, i64>(2)?.unsigned_abs(),
        status: row.get(3)?,
        error: row.get(4)?,
        body: row.get(5)?,
    })
}

fn maybe_instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(at)?.map(|_| instant(row, at)).transpose()
}

fn state(row: &Row<'_>, at: usize) -> rusqlite::Result<DeliveryState> {
    named(row, at, DeliveryState::parse)
}

fn event_id(row: &Row<'_>, at: usize) -> rusqlite::Result<EventId> {
    named(row, at, EventId::parse)
}

fn ticket_id(row: &Row<'_>, at: usize) -> rusqlite::Result<TicketId> {
    named(row, at, TicketId::parse)
}

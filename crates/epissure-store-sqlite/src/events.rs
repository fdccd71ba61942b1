//! Notes, and the events that announce every change.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::codes::Status;
use epissure_protocol::event;
use epissure_protocol::names::{EventId, TicketId};
use epissure_protocol::note;
use epissure_store::{
    Action, Author, Events, ListRequest, NewEvent, NewNote, Noted, Notes, Page, Place, Start, StoreError,
    StoredEvent, Viewer,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::cost::{AccessPath, EVENTS};
use crate::idempotency::{self, Earlier};
use crate::render::{self, Question};
use crate::{SqliteStore, audit};

/// Ticket of an event.
pub(crate) struct Subject<'a> {
    pub(crate) ticket: TicketId,
    pub(crate) code_oi: &'a str,
    pub(crate) code_oc: &'a str,
}

/// A ticket that a resource is added to.
pub(crate) struct Found {
    pub(crate) seq: i64,
    pub(crate) is_final: bool,
    code_oi: String,
    code_oc: String,
}

impl Found {
    pub(crate) fn subject(&self, ticket: TicketId) -> Subject<'_> {
        Subject { ticket, code_oi: &self.code_oi, code_oc: &self.code_oc }
    }
}

/// Finds a ticket, in the transaction that adds a resource to it.
pub(crate) fn find(connection: &Connection, ticket: TicketId) -> rusqlite::Result<Option<Found>> {
    let mut find =
        connection.prepare_cached("SELECT seq, status, code_oi, code_oc FROM ticket WHERE id = ?")?;
    find.query_row([ticket.to_string()], |row| {
        let status: String = row.get(1)?;
        let is_final = Status::parse(&status).is_none_or(Status::is_final);
        Ok(Found { seq: row.get(0)?, is_final, code_oi: row.get(2)?, code_oc: row.get(3)? })
    })
    .optional()
}

/// Inserts an event in the transaction of its change, and enqueues its delivery.
pub(crate) fn insert(
    connection: &Connection,
    new: NewEvent,
    subject: &Subject<'_>,
    data: &str,
) -> rusqlite::Result<()> {
    let NewEvent { id, kind, at, by } = new;
    let mut statement = connection.prepare_cached(
        "INSERT INTO event (id, type, subject, time, code_oi, code_oc, caused_by, document)
         VALUES (:id, :type, :subject, :time, :code_oi, :code_oc, :caused_by, :document)",
    )?;
    statement.execute(named_params! {
        ":id": id.to_string(),
        ":type": kind.name(),
        ":subject": subject.ticket.to_string(),
        ":time": at.as_millisecond(),
        ":code_oi": subject.code_oi,
        ":code_oc": subject.code_oc,
        ":caused_by": by.as_str(),
        ":document": event::kept(id, kind, subject.ticket, at, data),
    })?;
    crate::deliveries::queue(connection, &new, subject)
}

/// Returns the number of a ticket, if the viewer may see it.
pub(crate) fn seen(
    connection: &Connection,
    ticket: TicketId,
    viewer: &Viewer,
) -> rusqlite::Result<Option<i64>> {
    let (sql, code) = match viewer {
        Viewer::Oi(code) => ("SELECT seq FROM ticket WHERE id = ? AND code_oi = ?", code),
        Viewer::Oc(code) => ("SELECT seq FROM ticket WHERE id = ? AND code_oc = ?", code),
    };
    let mut find = connection.prepare_cached(sql)?;
    find.query_row(params![ticket.to_string(), code.as_str()], |row| row.get(0)).optional()
}

#[async_trait]
impl Notes for SqliteStore {
    async fn add_note(&self, new: NewNote, by: &Author) -> Result<Noted, StoreError> {
        let by = by.clone();
        let document = serde_json::to_string(&new.document)
            .map_err(|error| StoreError::Unexpected(format!("a note cannot be written as JSON: {error}")))?;
        self.writer
            .run(move |connection| {
                if let Some(key) = &new.idempotency {
                    match idempotency::earlier(connection, key)? {
                        Some(Earlier::Same(replay)) => return Ok(Noted::Repeated(replay)),
                        Some(Earlier::Another) => return Ok(Noted::Contradicted),
                        None => {}
                    }
                }
                let Some(found) = find(connection, new.ticket)?.filter(|found| !found.is_final) else {
                    return Ok(Noted::Closed);
                };
                let notes: u32 = connection
                    .prepare_cached("SELECT count(*) FROM note WHERE ticket = ?")?
                    .query_row([found.seq], |row| row.get(0))?;
                if notes as usize >= note::MOST {
                    return Ok(Noted::Full);
                }
                connection
                    .prepare_cached("INSERT INTO note (id, ticket, document) VALUES (?, ?, ?)")?
                    .execute(params![new.id.to_string(), found.seq, document])?;
                insert(connection, new.event, &found.subject(new.ticket), &document)?;
                if let Some(key) = &new.idempotency {
                    idempotency::remember(connection, key, new.at, &document)?;
                }
                let version = new.id.to_string();
                audit::write(connection, &by, Action::NoteAdd, &version, (None, Some(&version)))?;
                Ok(Noted::Added)
            })
            .await
    }
}

#[async_trait]
impl Events for SqliteStore {
    async fn list_events(&self, request: ListRequest) -> Result<Page<StoredEvent>, StoreError> {
        self.page(&EVENTS, request, stored).await
    }

    async fn count_events(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError> {
        self.total(&EVENTS, viewer, plan, now).await
    }

    async fn event_rank(&self, id: EventId, viewer: &Viewer) -> Result<Option<i64>, StoreError> {
        let (sql, code) = match viewer {
            Viewer::Oi(code) => ("SELECT seq FROM event WHERE id = ? AND code_oi = ?", code),
            Viewer::Oc(code) => ("SELECT seq FROM event WHERE id = ? AND code_oc = ?", code),
        };
        let code = code.as_str().to_owned();
        self.readers
            .run(move |reader| {
                let mut find = reader.prepare_cached(sql)?;
                find.query_row(params![id.to_string(), code], |row| row.get(0)).optional()
            })
            .await
    }

    async fn events_after(
        &self,
        rank: i64,
        viewer: Viewer,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.readers
            .run(move |reader| {
                let plan = Plan::default();
                let now = Timestamp::UNIX_EPOCH;
                let question = Question {
                    table: &EVENTS,
                    viewer: &viewer,
                    plan: &plan,
                    now,
                    access_path: AccessPath::Any,
                };
                let start = Start::After(Place { keys: Vec::new(), seq: rank });
                let page = render::page(question, &start, limit);
                let (rows, _) = crate::lists::rows(reader, page, limit, max_bytes, stored)?;
                Ok(rows.into_iter().map(|(event, _)| event).collect())
            })
            .await
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent { document: row.get(0)?, seq: row.get(2)? })
}

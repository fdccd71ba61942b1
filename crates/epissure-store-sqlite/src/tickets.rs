//! Tickets.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::durations::{self, Clock};
use epissure_protocol::names::{OperatorCode, TicketId};
use epissure_protocol::ticket::Ticket;
use epissure_store::{
    Idempotency, KeyValue, ListRequest, NewTicket, Opened, Page, Place, Replay, Start, StoreError,
    StoredTicket, TicketChange, Tickets, Viewer, Written, multi_values,
};
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, named_params, params, params_from_iter};

use crate::SqliteStore;
use crate::cost::{self, Outline, Way};
use crate::readers::{Lane, Reader};
use crate::render::{self, Question, Statement};

/// A ticket, ready to be bound: everything that can be computed before the writer's turn.
struct Row {
    ticket: Ticket,
    document: String,
    findings: Option<String>,
    values: Vec<(u16, String)>,
}

impl Row {
    fn new(ticket: Ticket, findings: Option<String>) -> Result<Self, StoreError> {
        let value = serde_json::to_value(&ticket).map_err(unserializable)?;
        let values = multi_values(&value);
        Ok(Self { document: value.to_string(), ticket, findings, values })
    }
}

fn unserializable(error: serde_json::Error) -> StoreError {
    StoreError::Unexpected(format!("a ticket cannot be written as JSON: {error}"))
}

fn findings_text(findings: &[epissure_protocol::identifiers::Finding]) -> Result<Option<String>, StoreError> {
    if findings.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(findings).map(Some).map_err(unserializable)
}

#[async_trait]
impl Tickets for SqliteStore {
    async fn open(&self, new: NewTicket) -> Result<Opened, StoreError> {
        let row = Row::new(new.ticket, findings_text(&new.findings)?)?;
        self.writer
            .run(move |connection| {
                if let Some(key) = &new.idempotency
                    && let Some(earlier) = earlier_answer(connection, key)?
                {
                    return Ok(earlier);
                }
                let seq = insert(connection, &row)?;
                insert_values(connection, seq, &row.values)?;
                if let Some(key) = &new.idempotency {
                    remember(connection, key, &row)?;
                }
                Ok(Opened::Added)
            })
            .await
    }

    async fn change(&self, change: TicketChange) -> Result<Written, StoreError> {
        let findings = change.findings.as_deref().map(findings_text).transpose()?;
        let row = Row::new(change.ticket, findings.clone().flatten())?;
        let expected = change.expected.to_string();
        self.writer
            .run(move |connection| {
                let id = row.ticket.id.to_string();
                let mut find =
                    connection.prepare_cached("SELECT seq FROM ticket WHERE id = ? AND version = ?")?;
                let seq: Option<i64> = find.query_row(params![id, expected], |row| row.get(0)).optional()?;
                let Some(seq) = seq else { return Ok(Written::Stale) };
                update(connection, seq, &row, findings.is_some())?;
                replace_values(connection, seq, &row.values)?;
                Ok(Written::Done)
            })
            .await
    }

    async fn ticket(&self, id: TicketId, viewer: &Viewer) -> Result<Option<StoredTicket>, StoreError> {
        let viewer = viewer.clone();
        self.readers
            .run(move |reader| {
                let sql = "SELECT document, findings, code_oi, code_oc FROM ticket WHERE id = ?";
                let mut statement = reader.prepare_cached(sql)?;
                let found = statement
                    .query_row([id.to_string()], |row| {
                        let seen_by = match &viewer {
                            Viewer::Oi(code) => row.get_ref(2)?.as_str()? == code.as_str(),
                            Viewer::Oc(code) => row.get_ref(3)?.as_str()? == code.as_str(),
                        };
                        Ok(if seen_by { Some(stored(row)?) } else { None })
                    })
                    .optional()?;
                Ok(found.flatten())
            })
            .await
    }

    async fn list(&self, request: ListRequest) -> Result<Page, StoreError> {
        if request.plan.is_empty() {
            return Ok(Page { tickets: Vec::new(), more_after: None, total: 0 });
        }
        let ListRequest { viewer, plan, start, limit, now } = request;
        self.find(plan, now, move |reader, plan, way| {
            let question = Question { viewer: &viewer, plan, now, way };
            // The page and the total are of the same moment.
            let snapshot = reader.unchecked_transaction()?;
            let mut rows = match limit {
                0 => Vec::new(),
                limit => rows(reader, render::page(question, &start, limit))?,
            };
            let full = rows.len() > limit as usize;
            rows.truncate(limit as usize);
            let last = rows.last().filter(|_| full).map(|(_, seq)| *seq);
            let more_after = last.map(|seq| place(reader, plan, now, seq)).transpose()?;
            let found = rows.len() as u64;
            let total = match start {
                // What is not there, nothing follows it: the page tells the total by itself.
                Start::Offset(offset) if !full && limit > 0 && (found > 0 || offset == 0) => offset + found,
                _ => total(reader, question)?,
            };
            snapshot.finish()?;
            let tickets = rows.into_iter().map(|(ticket, _)| ticket).collect();
            Ok(Page { tickets, more_after, total })
        })
        .await
    }

    async fn count(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError> {
        if plan.is_empty() {
            return Ok(0);
        }
        self.find(plan, now, move |reader, plan, way| {
            let snapshot = reader.unchecked_transaction()?;
            let total = total(reader, Question { viewer: &viewer, plan, now, way })?;
            snapshot.finish()?;
            Ok(total)
        })
        .await
    }

    async fn active_with_external_id(
        &self,
        oc: &OperatorCode,
        external_id: &str,
    ) -> Result<Vec<TicketId>, StoreError> {
        let (oc, external_id) = (oc.as_str().to_owned(), external_id.to_owned());
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(
                    "SELECT id FROM ticket
                     WHERE code_oc = ? AND external_id = ?
                       AND status IN ('ACKNOWLEDGED', 'IN_PROGRESS', 'PENDING', 'RESOLVED')
                     ORDER BY seq LIMIT 10",
                )?;
                let ids = statement.query_map([oc, external_id], |row| row.get::<_, String>(0))?;
                let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
                Ok(ids.iter().filter_map(|id| TicketId::parse(id)).collect())
            })
            .await
    }
}

impl SqliteStore {
    /// Runs a query the way, and on the threads, that its cost calls for.
    async fn find<T, F>(&self, plan: Plan, now: Timestamp, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader, &Plan, Way) -> rusqlite::Result<T> + Send + 'static,
    {
        if let Outline::Known(lane, way) = cost::outline(&plan) {
            return self.readers.run_in(lane, move |reader| work(reader, &plan, way)).await;
        }
        let looked = self
            .readers
            .run(move |reader| {
                let (lane, way) = cost::settled(&plan, fewest_left(reader, &plan, now)?);
                Ok(match lane {
                    Lane::Quick => Looked::Done(work(reader, &plan, way)?),
                    Lane::Scan => Looked::Costly(plan, way, work),
                })
            })
            .await?;
        match looked {
            Looked::Done(found) => Ok(found),
            Looked::Costly(plan, way, work) => {
                self.readers.run_in(Lane::Scan, move |reader| work(reader, &plan, way)).await
            }
        }
    }

    /// How a page and its total would be found: the SQL of both, and the steps that SQLite would take.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn explain(&self, request: ListRequest) -> Result<Explanation, StoreError> {
        self.readers
            .run(move |reader| {
                let ListRequest { viewer, plan, start, limit, now } = &request;
                let (lane, way) = match cost::outline(plan) {
                    Outline::Known(lane, way) => (lane, way),
                    Outline::Depends => cost::settled(plan, fewest_left(reader, plan, *now)?),
                };
                let question = Question { viewer, plan, now: *now, way };
                Ok(Explanation {
                    scans: lane == Lane::Scan,
                    page: steps(reader, render::page(question, start, *limit))?,
                    count: steps(reader, render::count(question))?,
                })
            })
            .await
    }
}

/// What came of looking at how many tickets the conditions of a query leave.
enum Looked<T, F> {
    /// Few: the query was answered at once.
    Done(T),
    /// Many: the query is for the other threads.
    Costly(Plan, Way, F),
}

/// How many tickets the most telling condition leaves, as far as it matters.
fn fewest_left(reader: &Reader, plan: &Plan, now: Timestamp) -> rusqlite::Result<u64> {
    let mut fewest = u64::MAX;
    for statement in render::left(plan, now) {
        fewest = fewest.min(number(reader, statement)?);
    }
    Ok(fewest)
}

/// How a list is found.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Whether it goes through the tickets rather than through indexes.
    pub scans: bool,
    /// The SQL of the page, then its steps.
    pub page: Vec<String>,
    /// The SQL of the total, then its steps.
    pub count: Vec<String>,
}

pub(crate) fn steps(reader: &Reader, statement: Statement) -> rusqlite::Result<Vec<String>> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql))?;
    let rows = prepared.query_map(params_from_iter(statement.bindings), |row| row.get::<_, String>(3))?;
    std::iter::once(Ok(statement.sql)).chain(rows).collect()
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredTicket> {
    Ok(StoredTicket { document: row.get(0)?, findings: row.get(1)? })
}

fn rows(reader: &Reader, statement: Statement) -> rusqlite::Result<Vec<(StoredTicket, i64)>> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    prepared.query_map(params_from_iter(statement.bindings), |row| Ok((stored(row)?, row.get(2)?)))?.collect()
}

/// Where a ticket stands in the order of a plan.
fn place(reader: &Reader, plan: &Plan, now: Timestamp, seq: i64) -> rusqlite::Result<Place> {
    let statement = render::keys(plan, now, seq);
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    prepared.query_row(params_from_iter(statement.bindings), |row| {
        let keys = (0..columns).map(|at| Ok(key_value(row.get_ref(at)?)));
        Ok(Place { keys: keys.collect::<rusqlite::Result<_>>()?, seq })
    })
}

fn key_value(value: ValueRef<'_>) -> KeyValue {
    match value {
        ValueRef::Integer(whole) => KeyValue::Integer(whole),
        ValueRef::Text(text) => KeyValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => KeyValue::Bytes(bytes.to_owned()),
        // No column that orders holds a fraction.
        ValueRef::Null | ValueRef::Real(_) => KeyValue::Null,
    }
}

/// How many tickets match, counted unless nothing was written since they last were. Runs within a transaction.
fn total(reader: &Reader, question: Question<'_>) -> rusqlite::Result<u64> {
    let count = || number(reader, render::count(question));
    let Question { viewer, plan, .. } = question;
    if plan.depends_on_time() {
        return count();
    }
    let Plan { terms, residual, order: _ } = plan;
    reader.totals.get_or(reader, format!("{viewer:?} {terms:?} {residual:?}"), count)
}

/// The one number that a statement gives.
fn number(reader: &Reader, statement: Statement) -> rusqlite::Result<u64> {
    reader.evaluation.prepare(statement.parts);
    let mut prepared = reader.prepare_cached(&statement.sql)?;
    let number: i64 = prepared.query_row(params_from_iter(statement.bindings), |row| row.get(0))?;
    Ok(number.unsigned_abs())
}

fn insert(connection: &Connection, row: &Row) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO ticket (
             id, version, code_oi, code_oc, type, status, entered, zone, complexity, priority, ticket_type,
             status_change_reason, name, external_id, size_refs, creation_date, last_update_date,
             status_change_date, resolution_date, expected_resolution_date, requested_resolution_date,
             acknowledged_done, in_progress_done, pending_done, total_done, refused_done, accepted_done,
             findings, document)
         VALUES (
             :id, :version, :code_oi, :code_oc, :type, :status, :entered, :zone, :complexity, :priority, :ticket_type,
             :status_change_reason, :name, :external_id, :size_refs, :creation_date, :last_update_date,
             :status_change_date, :resolution_date, :expected_resolution_date, :requested_resolution_date,
             :acknowledged_done, :in_progress_done, :pending_done, :total_done, :refused_done, :accepted_done,
             :findings, :document)",
    )?;
    let ticket = &row.ticket;
    let (id, code_oi, code_oc) = (ticket.id.to_string(), ticket.code_oi.as_str(), ticket.code_oc.as_str());
    bind_fixed(&mut statement, &id, code_oi, code_oc, ticket)?;
    bind_changing(&mut statement, row)?;
    bind(&mut statement, ":findings", &row.findings)?;
    statement.raw_execute()?;
    Ok(connection.last_insert_rowid())
}

fn update(connection: &Connection, seq: i64, row: &Row, with_findings: bool) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE ticket SET
             version = :version, status = :status, entered = :entered, zone = :zone, complexity = :complexity,
             priority = :priority, status_change_reason = :status_change_reason, name = :name,
             external_id = :external_id, size_refs = :size_refs, last_update_date = :last_update_date,
             status_change_date = :status_change_date, resolution_date = :resolution_date,
             expected_resolution_date = :expected_resolution_date,
             requested_resolution_date = :requested_resolution_date,
             acknowledged_done = :acknowledged_done, in_progress_done = :in_progress_done,
             pending_done = :pending_done, total_done = :total_done, refused_done = :refused_done,
             accepted_done = :accepted_done, document = :document,
             findings = CASE WHEN :with_findings THEN :findings ELSE findings END
         WHERE seq = :seq",
    )?;
    bind_changing(&mut statement, row)?;
    bind(&mut statement, ":with_findings", &with_findings)?;
    bind(&mut statement, ":findings", &row.findings)?;
    bind(&mut statement, ":seq", &seq)?;
    statement.raw_execute()?;
    Ok(())
}

pub(crate) fn bind(
    statement: &mut rusqlite::Statement<'_>,
    name: &str,
    value: &dyn rusqlite::ToSql,
) -> rusqlite::Result<()> {
    let index = statement
        .parameter_index(name)?
        .ok_or_else(|| rusqlite::Error::InvalidParameterName(name.to_owned()))?;
    statement.raw_bind_parameter(index, value)
}

/// Binds what never changes once a ticket is open.
fn bind_fixed(
    statement: &mut rusqlite::Statement<'_>,
    id: &str,
    code_oi: &str,
    code_oc: &str,
    ticket: &Ticket,
) -> rusqlite::Result<()> {
    bind(statement, ":id", &id)?;
    bind(statement, ":code_oi", &code_oi)?;
    bind(statement, ":code_oc", &code_oc)?;
    bind(statement, ":type", &ticket.kind.as_str())?;
    bind(statement, ":ticket_type", &ticket.origin.as_str())?;
    bind(statement, ":creation_date", &ticket.creation_date.as_millisecond())
}

/// Binds what a change may touch, read off the ticket.
fn bind_changing(statement: &mut rusqlite::Statement<'_>, row: &Row) -> rusqlite::Result<()> {
    let ticket = &row.ticket;
    let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let steps = ticket.steps();
    let entered = steps.last().map_or(ticket.creation_date, |(_, at)| *at).as_millisecond();
    bind(statement, ":version", &ticket.version.to_string())?;
    bind(statement, ":status", &ticket.status.as_str())?;
    bind(statement, ":entered", &entered)?;
    bind(statement, ":zone", &ticket.zone.map(epissure_protocol::codes::Zone::as_str))?;
    bind(statement, ":complexity", &ticket.complexity.map(epissure_protocol::codes::Complexity::as_str))?;
    bind(statement, ":priority", &ticket.priority.map(epissure_protocol::codes::Priority::as_str))?;
    bind(
        statement,
        ":status_change_reason",
        &ticket.status_change_reason.map(epissure_protocol::codes::Reason::as_str),
    )?;
    bind(statement, ":name", &ticket.name)?;
    bind(statement, ":external_id", &ticket.external_id)?;
    bind(statement, ":size_refs", &i64::try_from(ticket.size_refs).unwrap_or(i64::MAX))?;
    bind(statement, ":last_update_date", &ticket.last_update_date.as_millisecond())?;
    bind(statement, ":status_change_date", &millisecond(ticket.status_change_date))?;
    bind(statement, ":resolution_date", &millisecond(ticket.resolution_date))?;
    bind(statement, ":expected_resolution_date", &millisecond(ticket.expected_resolution_date))?;
    bind(statement, ":requested_resolution_date", &millisecond(ticket.requested_resolution_date))?;
    for clock in Clock::ALL {
        let name = format!(":{}", epissure_store::done_column(clock));
        bind(statement, &name, &durations::read(clock, &steps).done)?;
    }
    bind(statement, ":document", &row.document)
}

fn insert_values(connection: &Connection, seq: i64, values: &[(u16, String)]) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO multi_value (path, value, seq) VALUES (?, ?, ?)")?;
    for (path, value) in values {
        statement.execute(params![path, value, seq])?;
    }
    Ok(())
}

/// Most changes leave the values as they are: they are compared before anything is written.
fn replace_values(connection: &Connection, seq: i64, values: &[(u16, String)]) -> rusqlite::Result<()> {
    let mut present = connection
        .prepare_cached("SELECT path, value FROM multi_value WHERE seq = ? ORDER BY path, value")?;
    let present: Vec<(u16, String)> =
        present.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    if present == values {
        return Ok(());
    }
    connection.prepare_cached("DELETE FROM multi_value WHERE seq = ?")?.execute([seq])?;
    insert_values(connection, seq, values)
}

fn earlier_answer(connection: &Connection, key: &Idempotency) -> rusqlite::Result<Option<Opened>> {
    connection
        .prepare_cached("DELETE FROM idempotency WHERE at < ?")?
        .execute([key.forget_before.as_millisecond()])?;
    let mut statement = connection.prepare_cached(
        "SELECT fingerprint, document, at, individual FROM idempotency WHERE client = ? AND key = ?",
    )?;
    statement
        .query_row([&key.client.0, &key.key], |row| {
            let of_a_ticket = row.get_ref(3)?.as_str_or_null()?.is_none();
            if !of_a_ticket || row.get_ref(0)?.as_blob()? != key.fingerprint {
                return Ok(Opened::Contradicted);
            }
            let at = Timestamp::from_millisecond(row.get(2)?).unwrap_or_default();
            Ok(Opened::Repeated(Replay { document: row.get(1)?, at }))
        })
        .optional()
}

fn remember(connection: &Connection, key: &Idempotency, row: &Row) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO idempotency (client, key, fingerprint, at, document)
         VALUES (:client, :key, :fingerprint, :at, :document)",
    )?;
    statement.execute(named_params! {
        ":client": key.client.0,
        ":key": key.key,
        ":fingerprint": key.fingerprint,
        ":at": row.ticket.creation_date.as_millisecond(),
        ":document": row.document,
    })?;
    Ok(())
}

//! Tickets.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::codes::Status;
use epissure_protocol::durations::{self, Clock};
use epissure_protocol::names::{OperatorCode, TicketId};
use epissure_protocol::ticket::Ticket;
use epissure_store::{
    Action, Author, ListRequest, NewTicket, Opened, Page, StoreError, StoredTicket, TicketChange, Tickets,
    Viewer, Written, multi_values,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::columns::{instant, named};
use crate::cost::TICKETS;
use crate::events::{self, Subject};
use crate::idempotency::{self, Earlier};
use crate::{SqliteStore, audit};

/// A ticket, ready to be bound. Everything is computed beforehand, off the writer's thread.
struct Row {
    ticket: Ticket,
    document: String,
    findings: Option<String>,
    values: Vec<(u16, String)>,
}

impl Row {
    fn new(ticket: Ticket, findings: Option<String>) -> Result<Self, StoreError> {
        let document = serde_json::to_string(&ticket).map_err(unserializable)?;
        let value = serde_json::from_str(&document).map_err(unserializable)?;
        let values = multi_values(&value);
        Ok(Self { document, ticket, findings, values })
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
    async fn open(&self, new: NewTicket, by: &Author) -> Result<Opened, StoreError> {
        let by = by.clone();
        let row = Row::new(new.ticket, findings_text(&new.findings)?)?;
        self.writer
            .run(move |connection| {
                if let Some(key) = &new.idempotency {
                    match idempotency::earlier(connection, key)? {
                        Some(Earlier::Same(replay)) => return Ok(Opened::Repeated(replay)),
                        Some(Earlier::Another) => return Ok(Opened::Contradicted),
                        None => {}
                    }
                }
                let seq = insert(connection, &row)?;
                insert_values(connection, seq, &row.values)?;
                if let Some(key) = &new.idempotency {
                    idempotency::remember(connection, key, row.ticket.creation_date, &row.document)?;
                }
                let (id, version) = (row.ticket.id.to_string(), row.ticket.version.to_string());
                audit::write(connection, &by, Action::TicketOpen, &id, (None, Some(&version)))?;
                Ok(Opened::Added)
            })
            .await
    }

    async fn change(&self, change: TicketChange, by: &Author) -> Result<Written, StoreError> {
        let by = by.clone();
        let findings = change.findings.as_deref().map(findings_text).transpose()?;
        let row = Row::new(change.ticket, findings.clone().flatten())?;
        let (expected, event) = (change.expected.to_string(), change.event);
        self.writer
            .run(move |connection| {
                let id = row.ticket.id.to_string();
                let mut find =
                    connection.prepare_cached("SELECT seq FROM ticket WHERE id = ? AND version = ?")?;
                let seq: Option<i64> = find.query_row(params![id, expected], |row| row.get(0)).optional()?;
                let Some(seq) = seq else { return Ok(Written::Stale) };
                update(connection, seq, &row, findings.is_some())?;
                replace_values(connection, seq, &row.values)?;
                let subject = Subject {
                    ticket: row.ticket.id,
                    code_oi: row.ticket.code_oi.as_str(),
                    code_oc: row.ticket.code_oc.as_str(),
                };
                events::insert(connection, event, &subject, &row.document)?;
                let version = row.ticket.version.to_string();
                audit::write(connection, &by, Action::TicketChange, &id, (Some(&expected), Some(&version)))?;
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

    async fn list(&self, request: ListRequest) -> Result<Page<StoredTicket>, StoreError> {
        self.page(&TICKETS, request, stored).await
    }

    async fn count(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError> {
        self.total(&TICKETS, viewer, plan, now).await
    }

    async fn waiting(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        status: Status,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TicketId, Timestamp)>, StoreError> {
        let Some(sql) = waiting_in(status) else { return Ok(Vec::new()) };
        let (oi, oc) = (oi.as_str().to_owned(), oc.as_str().to_owned());
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(sql)?;
                let rows = statement.query_map(params![oi, oc, since.as_millisecond(), limit], |row| {
                    Ok((named(row, 0, TicketId::parse)?, instant(row, 1)?))
                })?;
                rows.collect()
            })
            .await
    }

    async fn active_with_external_id(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        external_id: &str,
    ) -> Result<Vec<TicketId>, StoreError> {
        let (oi, oc) = (oi.as_str().to_owned(), oc.as_str().to_owned());
        let external_id = external_id.to_owned();
        self.readers
            .run(move |reader| {
                let mut statement = reader.prepare_cached(
                    "SELECT id FROM ticket
                     WHERE code_oi = ? AND code_oc = ? AND external_id = ?
                       AND status IN ('ACKNOWLEDGED', 'IN_PROGRESS', 'PENDING', 'RESOLVED')
                     ORDER BY seq LIMIT 10",
                )?;
                let ids = statement.query_map([oi, oc, external_id], |row| named(row, 0, TicketId::parse))?;
                ids.collect()
            })
            .await
    }
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredTicket> {
    Ok(StoredTicket { document: row.get(0)?, findings: row.get(1)? })
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

/// Binds the columns that never change after the ticket is opened.
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

/// Binds the columns that a change may update.
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

/// Inserts the values of a ticket's multi-valued paths.
pub(crate) fn insert_values(
    connection: &Connection,
    seq: i64,
    values: &[(u16, String)],
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO multi_value (path, value, seq) VALUES (?, ?, ?)")?;
    for (path, value) in values {
        statement.execute(params![path, value, seq])?;
    }
    Ok(())
}

/// Most changes leave the values unchanged, so they are compared before any write.
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

/// Returns the SQL that selects tickets waiting for the OC in a status. It repeats the partial
/// index's condition literally, next to the status: SQLite does not infer one from the other.
fn waiting_in(status: Status) -> Option<&'static str> {
    match status {
        Status::Pending => Some(
            "SELECT id, entered FROM ticket
             WHERE status IN ('PENDING', 'RESOLVED') AND status = 'PENDING'
               AND code_oi = ? AND code_oc = ? AND entered <= ? ORDER BY entered LIMIT ?",
        ),
        Status::Resolved => Some(
            "SELECT id, entered FROM ticket
             WHERE status IN ('PENDING', 'RESOLVED') AND status = 'RESOLVED'
               AND code_oi = ? AND code_oc = ? AND entered <= ? ORDER BY entered LIMIT ?",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FILE_NAME, Settings};

    #[test]
    fn tickets_that_wait_are_found_by_how_long_they_have() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        drop(SqliteStore::open(&Settings::new(path.clone())).expect("opened"));
        let connection = Connection::open(path).expect("opened");
        for status in Status::ALL.iter().filter_map(|status| waiting_in(*status)) {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {status}")).expect("explained");
            let steps = explain.query_map(["FTEL", "SFRA", "1", "1"], |row| row.get::<_, String>(3));
            let steps: Vec<String> = steps.expect("explained").map(|step| step.expect("a step")).collect();
            let [step] = steps.as_slice() else { panic!("one step, and nothing sorted: {steps:?}") };
            assert!(step.contains("USING INDEX ticket_waiting") && step.contains("entered<?"), "{step}");
        }
    }
}

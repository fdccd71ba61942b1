//! The append step: the last step of a transaction, run by one transaction at a time.
//!
//! Readers of events continue after the last number that they have read. They would miss a lower
//! number that becomes visible later. Numbers are therefore assigned under a lock that is held
//! until the commit is visible. Each audit row contains the hash of the previous one, and is
//! inserted under the same lock. All other work precedes the lock, which covers one round trip and
//! one disk sync.

use deadpool_postgres::Object;
use epissure_protocol::event;
use epissure_protocol::names::TicketId;
use epissure_store::{Action, AuditRow, Author, NewEvent, StoreError};
use futures_util::future;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

use crate::error::{error, is_lost};
use crate::hidden::hidden;
use crate::unit::{Fault, Unit};

/// Advisory lock of the append step: an arbitrary number, unique in the database.
const APPENDING: i64 = 0x6570_6973_7375_7265;
/// Channel that notifies the other servers of new events.
pub(crate) const NEWS: &str = "epissure_news";
/// Maximum number of rows in one statement.
const MAX_ROWS: usize = 64;
/// Maximum number of statements in one pipeline.
const MAX_CONCURRENT: usize = 4;
/// Lock time-out of the append step: that of a shared transaction is too short for it.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '5s'";

/// Rows that a transaction appends; none by default.
#[derive(Debug, Default)]
pub(crate) struct Appended {
    events: Vec<Event>,
    audit: Vec<AuditEntry>,
}

/// Ticket of an event.
pub(crate) struct Subject<'a> {
    pub(crate) ticket: TicketId,
    pub(crate) code_oi: &'a str,
    pub(crate) code_oc: &'a str,
}

/// A row of the event table.
#[derive(Debug)]
struct Event {
    id: String,
    kind: &'static str,
    subject: String,
    time: i64,
    code_oi: String,
    code_oc: String,
    caused_by: &'static str,
    document: String,
}

/// An audit row, without the parts that depend on the previous row.
#[derive(Debug)]
struct AuditEntry {
    row: AuditRow,
    at: i64,
    /// End of the hashed text.
    rest: String,
}

/// Inserts events and enqueues each for the OC's target, if there is one and the OC did not cause
/// the event. Only the head of a ticket's queue is due. Targets are locked meanwhile, so that a
/// target and its queue are deleted together.
const INSERT_EVENTS: &str = "
    WITH told AS (
        INSERT INTO event (id, type, subject, time, code_oi, code_oc, caused_by, document)
        SELECT id, type, subject, time, code_oi, code_oc, caused_by, document
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
            WITH ORDINALITY AS given (id, type, subject, time, code_oi, code_oc, caused_by, document, place)
        ORDER BY place
        RETURNING seq, subject, time, code_oi, code_oc, caused_by),
    wanted AS (
        SELECT oi, oc FROM target
        WHERE (oi, oc) IN (SELECT oi, oc FROM unnest($5::text[], $6::text[]) AS given (oi, oc))
        FOR KEY SHARE)
    INSERT INTO delivery (event, oi, oc, ticket, state, attempts, step, due)
    SELECT seq, oi, oc, subject, 'QUEUED', 0, 0,
        CASE WHEN row_number() OVER (PARTITION BY subject ORDER BY seq) > 1
            OR EXISTS (SELECT 1 FROM delivery WHERE ticket = subject AND state = 'QUEUED')
            THEN NULL ELSE time END
    FROM told JOIN wanted ON oi = code_oi AND oc = code_oc
    WHERE caused_by <> 'OC'";

/// Appends rows to the audit. The hashes are computed in SQL, where the last one is known.
const INSERT_AUDIT: &str = "
    WITH RECURSIVE given AS (
        SELECT * FROM unnest(
            $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[])
            WITH ORDINALITY
            AS given (at, kind, author, operator, role, address, request, action, subject, before, after, place)),
    chain (place, number, previous, hash) AS (
        (SELECT 0::bigint, number, NULL::text, hash FROM (
            (SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1)
            UNION ALL SELECT 0, repeat('0', 64)) AS last
         ORDER BY number DESC LIMIT 1)
        UNION ALL
        SELECT place + 1, number + 1, hash, encode(sha256(convert_to(
            '[\"' || hash || '\",' || number + 1 || ',' || ($12::text[])[(place + 1)::int], 'UTF8')), 'hex')
        FROM chain WHERE place < cardinality($12::text[]))
    INSERT INTO audit (
        number, at, kind, author, operator, role, address, request, action, subject, before, after, previous, hash)
    SELECT number, at, kind, author, operator, role, address, request, action, subject, before, after, previous, hash
    FROM chain JOIN given USING (place) ORDER BY number";

impl Appended {
    /// Returns an audit row to append for an action.
    pub(crate) fn told(
        by: &Author,
        action: Action,
        subject: &str,
        versions: (Option<&str>, Option<&str>),
    ) -> Self {
        Self::default().and_told(by, action, subject, versions)
    }

    /// Adds an audit row.
    pub(crate) fn and_told(
        mut self,
        by: &Author,
        action: Action,
        subject: &str,
        versions: (Option<&str>, Option<&str>),
    ) -> Self {
        let row = AuditRow::new(None, by, action, subject, versions);
        // The beginning of the hashed text depends on the previous row, and is added with it.
        let first = format!("[\"{}\",{},", row.previous, row.number);
        let rest = row.hashed().split_off(first.len());
        self.audit.push(AuditEntry { at: row.at.as_millisecond(), rest, row });
        self
    }

    /// Adds an event.
    pub(crate) fn and_event(mut self, new: NewEvent, subject: &Subject<'_>, data: &str) -> Self {
        let NewEvent { id, kind, at, by } = new;
        self.events.push(Event {
            id: id.to_string(),
            kind: kind.name(),
            subject: subject.ticket.to_string(),
            time: at.as_millisecond(),
            code_oi: subject.code_oi.to_owned(),
            code_oc: subject.code_oc.to_owned(),
            caused_by: by.as_str(),
            document: event::kept(id, kind, subject.ticket, at, data),
        });
        self
    }

    /// Adds the rows of another job, after these.
    pub(crate) fn and(&mut self, other: Self) {
        self.events.extend(other.events);
        self.audit.extend(other.audit);
    }

    /// Appends the rows and commits the transaction, in which everything else is done. Takes one
    /// round trip, including the statement `first`, unless there are many rows.
    pub(crate) async fn commit(&self, client: &Object, first: Option<&str>) -> Result<(), NotCommitted> {
        let first = first.map(|first| format!("{first}; ")).unwrap_or_default();
        let statements = self.statements(client).await?;
        if statements.is_empty() {
            return Ok(client.batch_execute(&format!("{first}COMMIT")).await?);
        }
        let news = if self.events.is_empty() { String::new() } else { format!("; NOTIFY {NEWS}") };
        let mut lock =
            Some(format!("{first}{LOCK_TIMEOUT}; SELECT pg_advisory_xact_lock({APPENDING}){news}"));
        let mut parts = statements.chunks(MAX_CONCURRENT).collect::<Vec<_>>();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            if let Some(lock) = lock.take() {
                client.batch_execute(&lock).await?;
            }
            all(send(client, part).await)?;
        }
        // Sent as one pipeline: when a statement fails, the commit that follows rolls back.
        let locked = async {
            match &lock {
                Some(lock) => client.batch_execute(lock).await,
                None => Ok(()),
            }
        };
        let (locked, sent, committed) =
            future::join3(locked, send(client, last), client.batch_execute("COMMIT")).await;
        locked?;
        all(sent)?;
        Ok(committed?)
    }

    /// Returns the statements to send, in order.
    async fn statements(&self, client: &Object) -> Result<Vec<(Statement, Columns<'_>)>, Error> {
        let mut statements = Vec::new();
        if !self.events.is_empty() {
            let insert = client.prepare_cached(INSERT_EVENTS).await?;
            statements.extend(self.events.chunks(MAX_ROWS).map(|rows| (insert.clone(), event_columns(rows))));
        }
        if !self.audit.is_empty() {
            let insert = client.prepare_cached(INSERT_AUDIT).await?;
            statements.extend(self.audit.chunks(MAX_ROWS).map(|rows| (insert.clone(), audit_columns(rows))));
        }
        Ok(statements)
    }
}

/// Columns of several rows, as one array each.
type Columns<'a> = Vec<Box<dyn ToSql + Sync + Send + 'a>>;

/// Sends statements as one pipeline, and returns the result of each.
async fn send(client: &Object, statements: &[(Statement, Columns<'_>)]) -> Vec<Result<u64, Error>> {
    let sent = statements.iter().map(|(statement, columns)| {
        let parameters: Vec<&(dyn ToSql + Sync)> =
            columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
        async move { client.execute_raw(statement, hidden(&parameters)).await }
    });
    future::join_all(sent).await
}

fn all(answers: Vec<Result<u64, Error>>) -> Result<(), Error> {
    answers.into_iter().try_for_each(|answer| answer.map(drop))
}

/// Returns a column as an array of the values of each row.
fn of<'a, R, T: ToSql + Sync + Send + 'a>(
    rows: &'a [R],
    value: impl Fn(&'a R) -> T,
) -> Box<dyn ToSql + Sync + Send + 'a> {
    Box::new(rows.iter().map(value).collect::<Vec<T>>())
}

fn event_columns(rows: &[Event]) -> Columns<'_> {
    vec![
        of(rows, |event| event.id.as_str()),
        of(rows, |event| event.kind),
        of(rows, |event| event.subject.as_str()),
        of(rows, |event| event.time),
        of(rows, |event| event.code_oi.as_str()),
        of(rows, |event| event.code_oc.as_str()),
        of(rows, |event| event.caused_by),
        of(rows, |event| event.document.as_str()),
    ]
}

fn audit_columns(rows: &[AuditEntry]) -> Columns<'_> {
    vec![
        of(rows, |told| told.at),
        of(rows, |told| told.row.kind.as_str()),
        of(rows, |told| told.row.author.as_deref()),
        of(rows, |told| told.row.operator.as_deref()),
        of(rows, |told| told.row.role.as_deref()),
        of(rows, |told| told.row.address.as_deref()),
        of(rows, |told| told.row.request.as_deref()),
        of(rows, |told| told.row.action.as_str()),
        of(rows, |told| told.row.subject.as_str()),
        of(rows, |told| told.row.before.as_deref()),
        of(rows, |told| told.row.after.as_deref()),
        of(rows, |told| told.rest.as_str()),
    ]
}

/// Takes the append lock until the end of the transaction: for a job that deletes rows which other
/// appends lock.
pub(crate) async fn wait_for_others(unit: &mut Unit) -> Result<(), Fault> {
    unit.rows("SELECT pg_advisory_xact_lock($1)", &[&APPENDING]).await?;
    Ok(())
}

/// Reason why a commit did not succeed.
#[derive(Debug)]
pub(crate) enum NotCommitted {
    /// The database refused, and rolled everything back.
    Refused(StoreError),
    /// The connection was lost: the outcome of the commit is unknown. The caller must check and
    /// retry; this backend does not.
    Unknown(StoreError),
}

impl From<Error> for NotCommitted {
    fn from(wrong: Error) -> Self {
        if is_lost(&wrong) {
            return Self::Unknown(StoreError::Unavailable(format!(
                "the connection was lost during a commit: {}",
                crate::error::told_of(&wrong)
            )));
        }
        Self::Refused(match error(wrong) {
            StoreError::TooExpensive => StoreError::Unavailable("a commit took too long".to_owned()),
            other => other,
        })
    }
}

impl From<NotCommitted> for StoreError {
    fn from(why: NotCommitted) -> Self {
        match why {
            NotCommitted::Refused(error) | NotCommitted::Unknown(error) => error,
        }
    }
}

//! What is appended: the last step of a transaction, one transaction at a time.
//!
//! Readers of events go on after the last number they have seen. A number that was given before another but becomes
//! visible after it would be missed; so numbers are given under a lock that is kept until the commit can be seen. Each row
//! of the audit holds the hash of the one before, and is written under the same lock. All else is done before, so that the
//! lock is held for one round trip and one wait for the disk.

use deadpool_postgres::Object;
use epissure_protocol::event;
use epissure_protocol::names::TicketId;
use epissure_store::{Action, AuditRow, Author, NewEvent, StoreError};
use futures_util::future;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

use crate::error::{error, is_lost};
use crate::hidden::hidden;

/// The lock of those who append: any number that nobody else uses in this database.
const APPENDING: i64 = 0x6570_6973_7375_7265;
/// The channel on which other servers hear of events.
pub(crate) const NEWS: &str = "epissure_news";
/// The most statements that are sent without waiting for the first to be answered.
const MOST_AT_ONCE: usize = 16;

/// What a transaction appends. Nothing, by default.
#[derive(Debug, Default)]
pub(crate) struct Appended {
    events: Vec<Event>,
    audit: Vec<Told>,
}

/// Of which ticket an event tells.
pub(crate) struct Subject<'a> {
    pub(crate) ticket: TicketId,
    pub(crate) code_oi: &'a str,
    pub(crate) code_oc: &'a str,
}

/// A row of the events.
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

/// A row of the audit, but for what depends on the one before.
#[derive(Debug)]
struct Told {
    row: AuditRow,
    at: i64,
    /// The end of what is hashed.
    rest: String,
}

/// Writes an event, and queues it for the other side if that wants it: the OC is told of what it has not done itself. The
/// target is held meanwhile, so that it is not taken away without what waits for it.
const INSERT_EVENT: &str = "
    WITH told AS (
        INSERT INTO event (id, type, subject, time, code_oi, code_oc, caused_by, document)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING seq),
    wanted AS (SELECT oi, oc FROM target WHERE oi = $5 AND oc = $6 AND $7 <> 'OC' FOR KEY SHARE)
    INSERT INTO delivery (event, oi, oc, ticket, state, attempts, step, due)
    SELECT seq, oi, oc, $3, 'QUEUED', 0, 0,
        CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE ticket = $3 AND state = 'QUEUED') THEN NULL ELSE $4 END
    FROM told, wanted";

/// Adds a row to the audit behind the last one. The hash is computed there, where the last one is known.
const INSERT_AUDIT: &str = "
    WITH last AS (
        (SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1)
        UNION ALL SELECT 0, repeat('0', 64)
        ORDER BY number DESC LIMIT 1)
    INSERT INTO audit (
        number, at, kind, author, operator, role, address, request, action, subject, before, after, previous, hash)
    SELECT
        number + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, hash,
        encode(sha256(convert_to('[\"' || hash || '\",' || number + 1 || ',' || $12, 'UTF8')), 'hex')
    FROM last";

impl Appended {
    /// That somebody has done something.
    pub(crate) fn told(
        by: &Author,
        action: Action,
        subject: &str,
        versions: (Option<&str>, Option<&str>),
    ) -> Self {
        Self::default().and_told(by, action, subject, versions)
    }

    /// The same, besides.
    pub(crate) fn and_told(
        mut self,
        by: &Author,
        action: Action,
        subject: &str,
        versions: (Option<&str>, Option<&str>),
    ) -> Self {
        let row = AuditRow::new(None, by, action, subject, versions);
        // What comes first depends on the row before, and is put there with it.
        let first = format!("[\"{}\",{},", row.previous, row.number);
        let rest = row.hashed().split_off(first.len());
        self.audit.push(Told { at: row.at.as_millisecond(), rest, row });
        self
    }

    /// An event, besides.
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

    /// Appends, within a transaction in which everything else is done, and commits it. Unless it is much, all of it is one
    /// round trip.
    pub(crate) async fn commit(&self, client: &Object) -> Result<(), StoreError> {
        let statements = self.statements(client).await.map_err(error)?;
        if statements.is_empty() {
            return client.batch_execute("COMMIT").await.map_err(unknown);
        }
        let news = if self.events.is_empty() { String::new() } else { format!("; NOTIFY {NEWS}") };
        let lock = format!("SELECT pg_advisory_xact_lock({APPENDING}){news}");
        let mut parts = statements.chunks(MOST_AT_ONCE).collect::<Vec<_>>();
        let last = parts.pop().unwrap_or_default();
        let mut lock = Some(lock);
        for part in parts {
            if let Some(lock) = lock.take() {
                client.batch_execute(&lock).await.map_err(unknown)?;
            }
            all(send(client, part).await)?;
        }
        // Sent at once, answered in their order: when one fails, the commit that follows undoes everything.
        let locked = async {
            match &lock {
                Some(lock) => client.batch_execute(lock).await,
                None => Ok(()),
            }
        };
        let (locked, sent, committed) =
            future::join3(locked, send(client, last), client.batch_execute("COMMIT")).await;
        locked.map_err(unknown)?;
        all(sent)?;
        committed.map_err(unknown)
    }

    /// What is sent, in its order.
    async fn statements(&self, client: &Object) -> Result<Vec<(Statement, Vec<Parameter<'_>>)>, Error> {
        let mut statements = Vec::with_capacity(self.events.len() + self.audit.len());
        if !self.events.is_empty() {
            let insert = client.prepare_cached(INSERT_EVENT).await?;
            statements.extend(self.events.iter().map(|event| (insert.clone(), event.parameters())));
        }
        if !self.audit.is_empty() {
            let insert = client.prepare_cached(INSERT_AUDIT).await?;
            statements.extend(self.audit.iter().map(|told| (insert.clone(), told.parameters())));
        }
        Ok(statements)
    }
}

type Parameter<'a> = &'a (dyn ToSql + Sync);

/// Sends statements at once; what was answered to each.
async fn send(client: &Object, statements: &[(Statement, Vec<Parameter<'_>>)]) -> Vec<Result<u64, Error>> {
    let sent = statements.iter().map(|(statement, parameters)| {
        let parameters = hidden(parameters);
        async move { client.execute_raw(statement, parameters).await }
    });
    future::join_all(sent).await
}

fn all(answers: Vec<Result<u64, Error>>) -> Result<(), StoreError> {
    answers.into_iter().try_for_each(|answer| answer.map(drop).map_err(unknown))
}

impl Event {
    fn parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            &self.id,
            &self.kind,
            &self.subject,
            &self.time,
            &self.code_oi,
            &self.code_oc,
            &self.caused_by,
            &self.document,
        ]
    }
}

impl Told {
    fn parameters(&self) -> Vec<Parameter<'_>> {
        let AuditRow {
            kind, author, operator, role, address, request, action, subject, before, after, ..
        } = &self.row;
        vec![
            &self.at, kind, author, operator, role, address, request, action, subject, before, after,
            &self.rest,
        ]
    }
}

/// An error once a commit is on its way. When the connection is lost it may have happened: the caller is told to look
/// and try again, and nothing is repeated here.
fn unknown(wrong: Error) -> StoreError {
    if is_lost(&wrong) {
        return StoreError::Unavailable(format!(
            "the connection was lost during a commit: {}",
            crate::error::told_of(&wrong)
        ));
    }
    match error(wrong) {
        StoreError::TooExpensive => StoreError::Unavailable("a commit took too long".to_owned()),
        other => other,
    }
}

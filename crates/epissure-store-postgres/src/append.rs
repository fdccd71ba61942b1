//! What is appended: the last step of a transaction, one transaction at a time.
//!
//! Readers go on after the last number they have seen. A number that was given before another but becomes visible
//! after it would be missed; so numbers are given under a lock that is kept until the commit can be seen. All else is
//! done before, so that the lock is held for one round trip and one wait for the disk.

use deadpool_postgres::Object;
use epissure_protocol::event;
use epissure_protocol::names::TicketId;
use epissure_store::{NewEvent, StoreError};
use futures_util::future;
use tokio_postgres::Error;

use crate::error::{error, is_lost};
use crate::hidden::hidden;

/// The lock of those who append: any number that nobody else uses in this database.
const APPENDING: i64 = 0x6570_6973_7375_7265;
/// The channel on which other servers hear that something was appended.
pub(crate) const NEWS: &str = "epissure_news";

/// What a transaction appends. Nothing, by default.
#[derive(Debug, Default)]
pub(crate) struct Appended {
    events: Vec<Event>,
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

/// Writes an event, and queues it for the other side if that wants it: the OC is told of what it has not done itself. The
/// target is held meanwhile, so that it is not taken away without what waits for it.
const INSERT: &str = "
    WITH told AS (
        INSERT INTO event (id, type, subject, time, code_oi, code_oc, caused_by, document)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING seq),
    wanted AS (SELECT oi, oc FROM target WHERE oi = $5 AND oc = $6 AND $7 <> 'OC' FOR KEY SHARE)
    INSERT INTO delivery (event, oi, oc, ticket, state, attempts, step, due)
    SELECT seq, oi, oc, $3, 'QUEUED', 0, 0,
        CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE ticket = $3 AND state = 'QUEUED') THEN NULL ELSE $4 END
    FROM told, wanted";

impl Appended {
    /// An event.
    pub(crate) fn event(new: NewEvent, subject: &Subject<'_>, data: &str) -> Self {
        let NewEvent { id, kind, at, by } = new;
        let event = Event {
            id: id.to_string(),
            kind: kind.name(),
            subject: subject.ticket.to_string(),
            time: at.as_millisecond(),
            code_oi: subject.code_oi.to_owned(),
            code_oc: subject.code_oc.to_owned(),
            caused_by: by.as_str(),
            document: event::kept(id, kind, subject.ticket, at, data),
        };
        Self { events: vec![event] }
    }

    /// Appends, within a transaction in which everything else is done, and commits it. All of it is one round trip.
    pub(crate) async fn commit(&self, client: &Object) -> Result<(), StoreError> {
        if self.events.is_empty() {
            return client.batch_execute("COMMIT").await.map_err(unknown);
        }
        let insert = client.prepare_cached(INSERT).await.map_err(error)?;
        let lock = format!("SELECT pg_advisory_xact_lock({APPENDING}); NOTIFY {NEWS}");
        let parameters: Vec<[&(dyn tokio_postgres::types::ToSql + Sync); 8]> =
            self.events.iter().map(Event::parameters).collect();
        let inserts =
            future::join_all(parameters.iter().map(|event| client.execute_raw(&insert, hidden(event))));
        // Sent at once, answered in their order: when one fails, the commit that follows undoes everything.
        let (locked, inserted, committed) =
            future::join3(client.batch_execute(&lock), inserts, client.batch_execute("COMMIT")).await;
        locked.map_err(unknown)?;
        for inserted in inserted {
            inserted.map_err(unknown)?;
        }
        committed.map_err(unknown)
    }
}

impl Event {
    fn parameters(&self) -> [&(dyn tokio_postgres::types::ToSql + Sync); 8] {
        [
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

//! Write transactions, and the jobs that run in them.

use std::future::Future;

use deadpool_postgres::Object;
use epissure_store::StoreError;
use futures_util::TryStreamExt as _;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::append::{Appended, NotCommitted};
use crate::error::{error, is_conflict, is_locked, is_lost};
use crate::hidden::hidden;
use crate::rows::after;

/// A job that is committed as a whole. It may run again after a conflict with other transactions.
pub(crate) trait Work: Sync {
    /// Result returned to the caller.
    type Done: Send;

    /// Writes everything but the appended rows.
    fn run(&self, unit: &mut Unit) -> impl Future<Output = Result<Outcome<Self::Done>, Fault>> + Send;
}

/// Outcome of a job.
pub(crate) enum Outcome<T> {
    /// Nothing to write: its statements are rolled back.
    Nothing(T),
    /// Its statements are committed, with these rows appended.
    Keep(T, Appended),
}

/// Reason why a job failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database refused a statement.
    Statement(Error),
    /// Any other error.
    Other(StoreError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Statement(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            // A write has no budget of its own to exceed: its statement was cancelled on the
            // server.
            Fault::Statement(wrong) => match error(wrong) {
                Self::TooExpensive => Self::Unavailable("a write took too long".to_owned()),
                other => other,
            },
            Fault::Other(error) => error,
        }
    }
}

impl Fault {
    /// Checks that the job left no change and may succeed if it runs again. Called only before its
    /// commit is sent.
    pub(crate) fn passes(&self) -> bool {
        self.is_lost() || matches!(self, Self::Statement(error) if is_conflict(error))
    }

    /// Checks that a lock wait timed out.
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self, Self::Statement(error) if is_locked(error))
    }

    /// Checks that the connection is unusable.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Statement(error) if is_lost(error))
    }
}

/// Command before the first statement of a transaction with one job.
const BEGIN: &str = "BEGIN";
/// Commands before the first statement of a transaction with several jobs, each in a savepoint. The
/// lock time-out is short: the other transaction may itself be waiting for a row that an earlier
/// job of this one changed.
const BEGIN_SHARED: &str = "BEGIN; SET LOCAL lock_timeout = '50ms'; SAVEPOINT work";
/// Commands before the next job, when the previous one is kept.
const NEXT: &str = "RELEASE work; SAVEPOINT work";
/// Command before the next job, when the previous one is rolled back.
const UNDO: &str = "ROLLBACK TO work";
const ROLLBACK: &str = "ROLLBACK";

/// A transaction that runs one job, or several in sequence.
pub(crate) struct Unit {
    client: Option<Object>,
    /// True when it runs several jobs.
    shared: bool,
    place: Place,
}

/// State of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The transaction has not begun.
    New,
    /// Within a job that has sent a statement.
    Within,
    /// After a job whose changes are kept.
    Kept,
    /// After a job that is still to be rolled back.
    Left,
    /// After a job that was rolled back.
    Undone,
}

impl Unit {
    /// Makes a transaction for one job; it begins with the first statement.
    pub(crate) const fn alone(client: Object) -> Self {
        Self { client: Some(client), shared: false, place: Place::New }
    }

    /// Makes a transaction for several jobs.
    pub(crate) const fn shared(client: Object) -> Self {
        Self { client: Some(client), shared: true, place: Place::New }
    }

    /// Returns the commands to send before the next statement.
    const fn before(&self) -> Option<&'static str> {
        match (self.place, self.shared) {
            (Place::New, false) => Some(BEGIN),
            (Place::New, true) => Some(BEGIN_SHARED),
            (Place::Kept, _) => Some(NEXT),
            (Place::Left, _) => Some(UNDO),
            (Place::Within | Place::Undone, _) => None,
        }
    }

    fn client(&self) -> Result<&Object, Fault> {
        let gone = || StoreError::Unexpected("a transaction that has ended".to_owned());
        Ok(self.client.as_ref().ok_or_else(gone)?)
    }

    /// Returns the rows of a statement.
    pub(crate) async fn rows(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Fault> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        let rows = async { client.query_raw(&statement, hidden(parameters)).await?.try_collect().await };
        let (said, rows) = after(client, self.before(), rows).await;
        self.said(said)?;
        Ok(rows?)
    }

    /// Runs a statement. Returns the number of rows changed.
    pub(crate) async fn execute(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Fault> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        let touched = client.execute_raw(&statement, hidden(parameters));
        let (said, touched) = after(client, self.before(), touched).await;
        self.said(said)?;
        Ok(touched?)
    }

    /// Returns the row of a statement, if there is one.
    pub(crate) async fn row(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    fn said(&mut self, said: Result<(), Error>) -> Result<(), Fault> {
        if let Err(error) = said {
            // The state of the transaction is now unknown.
            drop(self.client.take().map(Object::take));
            return Err(error.into());
        }
        self.place = Place::Within;
        Ok(())
    }

    /// Moves on to the next job; keeps or rolls back the previous one.
    pub(crate) fn go_on(&mut self, kept: bool) {
        // A job that sent no statement has nothing to roll back.
        if self.place == Place::Within {
            self.place = if kept { Place::Kept } else { Place::Left };
        }
    }

    /// Rolls back a failed job at once, so that the next one can begin.
    pub(crate) async fn undo_work(&mut self) -> Result<(), Fault> {
        if self.place == Place::Within {
            let (undo, place) = if self.shared { (UNDO, Place::Undone) } else { (ROLLBACK, Place::New) };
            self.client()?.batch_execute(undo).await?;
            self.place = place;
        }
        Ok(())
    }

    /// Rolls everything back.
    pub(crate) async fn undo(mut self) {
        if let Some(client) = self.client.take()
            && (self.place == Place::New || client.batch_execute(ROLLBACK).await.is_ok())
        {
            // Returns the connection to the pool.
            drop(client);
        }
    }

    /// Runs the last step: appends, and commits durably.
    pub(crate) async fn commit(mut self, appended: &Appended) -> Result<(), NotCommitted> {
        let Some(client) = &self.client else {
            return Err(NotCommitted::Refused(StoreError::Unexpected("no transaction".to_owned())));
        };
        // A transaction with one job cannot be in this state: it would have been rolled back as a
        // whole.
        let first = (self.shared && self.place == Place::Left).then_some(UNDO);
        let committed = appended.commit(client, first).await;
        if committed.is_ok() {
            drop(self.client.take());
        }
        committed
    }
}

impl Drop for Unit {
    /// Discards the connection of an unfinished transaction.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

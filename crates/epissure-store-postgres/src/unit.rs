//! A transaction that writes, and what is written in one.

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

/// A piece of work to be written as one. It may run again when others were in its way.
pub(crate) trait Work: Sync {
    /// What the caller is told.
    type Done: Send;

    /// Writes everything but what is appended.
    fn run(&self, unit: &mut Unit) -> impl Future<Output = Result<Outcome<Self::Done>, Fault>> + Send;
}

/// What a piece of work comes to.
pub(crate) enum Outcome<T> {
    /// Nothing is to be written: what was is undone.
    Nothing(T),
    /// What was written is to be kept, and this appended.
    Keep(T, Appended),
}

/// Why a piece of work was not finished.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database said no.
    Statement(Error),
    /// Anything else.
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
            // A write has no budget of its own to exceed: the server was told to stop it.
            Fault::Statement(wrong) => match error(wrong) {
                Self::TooExpensive => Self::Unavailable("a write took too long".to_owned()),
                other => other,
            },
            Fault::Other(error) => error,
        }
    }
}

impl Fault {
    /// Whether the work has left nothing behind and may succeed when it is done again. Only asked before its commit
    /// was sent.
    pub(crate) fn passes(&self) -> bool {
        self.is_lost() || matches!(self, Self::Statement(error) if is_conflict(error))
    }

    /// Whether another transaction held what it needs for longer than it was to wait.
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self, Self::Statement(error) if is_locked(error))
    }

    /// Whether its connection is of no more use.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Statement(error) if is_lost(error))
    }
}

/// What is said before the first statement of a transaction with one piece of work.
const BEGIN: &str = "BEGIN";
/// The same with several, each in a savepoint of its own. None waits long for a row that another transaction holds: that
/// one may be waiting for a row that an earlier piece of this one has written.
const BEGIN_SHARED: &str = "BEGIN; SET LOCAL lock_timeout = '50ms'; SAVEPOINT work";
/// What is said before the next piece of work, when the one before is kept.
const NEXT: &str = "RELEASE work; SAVEPOINT work";
/// The same when it is undone.
const UNDO: &str = "ROLLBACK TO work";
const ROLLBACK: &str = "ROLLBACK";

/// A transaction that writes one piece of work, or several one after the other.
pub(crate) struct Unit {
    client: Option<Object>,
    /// Whether it is of several.
    shared: bool,
    place: Place,
}

/// How far a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It has not begun.
    New,
    /// Within a piece of work that has said something.
    Within,
    /// After one that is kept.
    Kept,
    /// After one that is to be undone.
    Left,
    /// After one that was undone.
    Undone,
}

impl Unit {
    /// Of one piece of work; the transaction begins with its first statement.
    pub(crate) const fn alone(client: Object) -> Self {
        Self { client: Some(client), shared: false, place: Place::New }
    }

    /// Of several.
    pub(crate) const fn shared(client: Object) -> Self {
        Self { client: Some(client), shared: true, place: Place::New }
    }

    /// What is to be said with the next statement.
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

    /// The rows that a statement gives.
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

    /// How many rows a statement touches.
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

    /// The row that a statement gives, if it gives one.
    pub(crate) async fn row(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    fn said(&mut self, said: Result<(), Error>) -> Result<(), Fault> {
        if let Err(error) = said {
            // Nobody knows what the transaction is in now.
            drop(self.client.take().map(Object::take));
            return Err(error.into());
        }
        self.place = Place::Within;
        Ok(())
    }

    /// Goes on to the next piece of work; the one before is kept, or undone.
    pub(crate) fn go_on(&mut self, kept: bool) {
        // One that has said nothing has left nothing.
        if self.place == Place::Within {
            self.place = if kept { Place::Kept } else { Place::Left };
        }
    }

    /// Undoes at once a piece of work that has failed, so that the next can begin.
    pub(crate) async fn undo_work(&mut self) -> Result<(), Fault> {
        if self.place == Place::Within {
            let (undo, place) = if self.shared { (UNDO, Place::Undone) } else { (ROLLBACK, Place::New) };
            self.client()?.batch_execute(undo).await?;
            self.place = place;
        }
        Ok(())
    }

    /// Undoes everything.
    pub(crate) async fn undo(mut self) {
        if let Some(client) = self.client.take()
            && (self.place == Place::New || client.batch_execute(ROLLBACK).await.is_ok())
        {
            // Back to the pool.
            drop(client);
        }
    }

    /// The last step: appends, and makes everything durable.
    pub(crate) async fn commit(mut self, appended: &Appended) -> Result<(), NotCommitted> {
        let Some(client) = &self.client else {
            return Err(NotCommitted::Refused(StoreError::Unexpected("no transaction".to_owned())));
        };
        // A piece of work that is alone is not left: it would have been undone.
        let first = (self.shared && self.place == Place::Left).then_some(UNDO);
        let committed = appended.commit(client, first).await;
        if committed.is_ok() {
            drop(self.client.take());
        }
        committed
    }
}

impl Drop for Unit {
    /// A connection whose transaction was left is not used again.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

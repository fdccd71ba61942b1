//! Writing: a transaction that becomes true as one, or not at all.

use std::future::Future;

use deadpool_postgres::Object;
use epissure_store::StoreError;
use futures_util::{TryStreamExt as _, future};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::PostgresStore;
use crate::append::Appended;
use crate::error::{error, is_conflict, is_lost};
use crate::hidden::hidden;
use crate::pool::connection;

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
    fn passes(&self) -> bool {
        self.is_lost() || matches!(self, Self::Statement(error) if is_conflict(error))
    }

    /// Whether its connection is of no more use.
    fn is_lost(&self) -> bool {
        matches!(self, Self::Statement(error) if is_lost(error))
    }
}

/// How often a piece of work is tried.
const ATTEMPTS: usize = 3;

impl PostgresStore {
    /// Does a piece of work, and answers once it is durable.
    pub(crate) async fn write<W: Work>(&self, work: &W) -> Result<W::Done, StoreError> {
        let mut attempt = 1;
        loop {
            let mut unit = Unit::take(self).await?;
            match work.run(&mut unit).await {
                Ok(Outcome::Nothing(done)) => {
                    unit.undo().await;
                    return Ok(done);
                }
                Ok(Outcome::Keep(done, appended)) => {
                    // From here on nobody knows whether a write whose answer is lost has happened: it is not repeated.
                    unit.commit(&appended).await?;
                    return Ok(done);
                }
                Err(fault) => {
                    match fault.is_lost() {
                        // The server may still answer, as a standby: the next connection finds the primary.
                        true => drop(unit),
                        false => unit.undo().await,
                    }
                    if attempt == ATTEMPTS || !fault.passes() {
                        return Err(fault.into());
                    }
                    tracing::debug!(?fault, attempt, "a write is tried again");
                    attempt += 1;
                }
            }
        }
    }
}

/// A transaction that writes.
pub(crate) struct Unit {
    client: Option<Object>,
    begun: bool,
}

impl Unit {
    /// Takes a connection; the transaction begins with the first statement.
    async fn take(store: &PostgresStore) -> Result<Self, StoreError> {
        Ok(Self { client: Some(connection(&store.pools.writes).await?), begun: false })
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
        if self.begun {
            return Ok(rows.await?);
        }
        // Both are sent at once, and answered in their order.
        let (begun, rows) = future::join(client.batch_execute("BEGIN"), rows).await;
        begun?;
        self.begun = true;
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
        if self.begun {
            return Ok(touched.await?);
        }
        let (begun, touched) = future::join(client.batch_execute("BEGIN"), touched).await;
        begun?;
        self.begun = true;
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

    /// Undoes what was written.
    async fn undo(mut self) {
        if let Some(client) = self.client.take()
            && (!self.begun || client.batch_execute("ROLLBACK").await.is_ok())
        {
            // Back to the pool.
            drop(client);
        }
    }

    /// The last step: appends, and makes everything durable.
    async fn commit(mut self, appended: &Appended) -> Result<(), StoreError> {
        let client =
            self.client.as_ref().ok_or_else(|| StoreError::Unexpected("no transaction".to_owned()))?;
        let committed = appended.commit(client).await;
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

//! Connection pools, and the limits on concurrent work.
//!
//! Readers and writers have separate pools: writers that wait for each other delay no reader.
//! Document scans have few permits and a short queue, and run on a thread of their own.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use epissure_store::StoreError;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use crate::{Address, Settings};

/// Permits that a query uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Permits for queries that indexes answer.
    Quick,
    /// Permits for queries that scan rows.
    Scan,
}

/// Maximum time to wait for a connection.
pub(crate) const WAIT: Duration = Duration::from_secs(5);
/// Maximum number of queued scans. Each takes long, so later ones would exceed their time limit
/// anyway.
const MAX_QUEUED_SCANS: usize = 8;
/// Maximum number of prepared statements cached per connection.
const MAX_PREPARED: usize = 256;

/// Session settings of every connection. Queries are too small to benefit from JIT compilation.
/// Disks are assumed to be solid-state. PostgreSQL ends the transaction of a dead client.
const SESSION: &str = "SET jit = off; SET random_page_cost = 1.1; SET idle_in_transaction_session_timeout = '30s'; \
                       SET lock_timeout = '4s'; SET client_min_messages = warning";

/// Connection pools of a database.
#[derive(Clone)]
pub(crate) struct Pools {
    pub(crate) reads: Pool,
    pub(crate) writes: Pool,
    scans: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    pub(crate) budget: Duration,
}

impl Pools {
    pub(crate) fn new(settings: &Settings) -> Result<Self, StoreError> {
        Ok(Self {
            reads: pool(&settings.address, settings.readers + settings.scanners)?,
            writes: pool(&settings.address, settings.writers)?,
            scans: Arc::new(Semaphore::new(settings.scanners.max(1))),
            waiting: Arc::default(),
            budget: settings.query_budget,
        })
    }

    /// Runs a job in a lane. A scan continues to its end and uses its permit until then, even if
    /// the caller disconnects: its rows are already being sent.
    pub(crate) async fn run<T, F>(&self, lane: Lane, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        if lane == Lane::Quick {
            return work.await;
        }
        let place = {
            let _waiting = Waiting::behind(&self.waiting)?;
            let closing = |_| StoreError::Unavailable("the database is closing".to_owned());
            Arc::clone(&self.scans).acquire_owned().await.map_err(closing)?
        };
        let (reply, answer) = oneshot::channel();
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            let _place = place;
            // The caller disconnected in the meantime.
            if !reply.is_closed() {
                let _ = reply.send(runtime.block_on(work));
            }
        });
        answer.await.map_err(|_| StoreError::Unavailable("the query was interrupted".to_owned()))?
    }
}

/// A caller that waits for a scan permit.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn behind(waiting: &'a AtomicUsize) -> Result<Self, StoreError> {
        let one = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= MAX_QUEUED_SCANS {
            return Err(StoreError::Unavailable("too many scans wait".to_owned()));
        }
        Ok(one)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn pool(address: &Address, size: usize) -> Result<Pool, StoreError> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(address.config.clone(), address.trust.connector(), recycling);
    let prepared = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
    });
    Pool::builder(manager)
        .max_size(size.max(1))
        .timeouts(Timeouts { wait: Some(WAIT), create: Some(WAIT * 2), recycle: Some(WAIT) })
        .post_create(prepared)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::Unexpected(format!("the pool: {error}")))
}

/// Returns a connection of a pool.
pub(crate) async fn connection(pool: &Pool) -> Result<Object, StoreError> {
    let client = pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            StoreError::Unavailable(format!("no connection: {}", crate::error::told_of(&error)))
        }
        other => StoreError::Unavailable(format!("no connection: {other}")),
    })?;
    if client.statement_cache.size() > MAX_PREPARED {
        client.statement_cache.clear();
    }
    Ok(client)
}

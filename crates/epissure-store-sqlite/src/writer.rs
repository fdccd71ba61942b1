//! The single writer thread.
//!
//! Each job runs in a savepoint of its own, so that a failed job leaves no change. All queued jobs
//! are then committed together, and only then do their callers get results. Under load, many jobs
//! share one disk sync; otherwise a job is committed without delay.

use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use epissure_store::StoreError;

/// Maximum number of jobs in one commit, which bounds the latency of the first.
const MAX_BATCH: usize = 256;
/// Maximum number of queued jobs; more are refused at once.
const MAX_QUEUED: usize = 8192;

pub(crate) struct Writer {
    queue: Option<flume::Sender<Box<dyn Job>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, jobs) = flume::bounded(MAX_QUEUED);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write(&connection, &jobs))
            .map_err(|error| StoreError::Unavailable(format!("no thread for the writer: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs a job and returns once it is durable.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.send(work, false).await
    }

    /// Runs a job after which erased data must not be readable. The write-ahead log, which still
    /// contains it, is truncated as soon as the writer is idle.
    pub(crate) async fn run_erasing<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.send(work, true).await
    }

    async fn send<T, F>(&self, work: F, erases: bool) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Box::new(Task { work: Some(work), outcome: None, reply, erases });
        let Some(queue) = &self.queue else { return Err(stopped()) };
        queue.try_send(task).map_err(|_| StoreError::Unavailable("too many writes wait".to_owned()))?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    /// Finishes the accepted jobs: the thread ends when the queue is empty.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the database is closing".to_owned())
}

trait Job: Send {
    fn run(&mut self, connection: &Connection);
    /// Returns true when the write-ahead log must be truncated after the job.
    fn erases(&self) -> bool;
    /// Sends the result to the caller; `commit` is the error of the commit, if it failed.
    fn settle(self: Box<Self>, commit: Option<String>);
}

struct Task<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    erases: bool,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection) {
        let Some(work) = self.work.take() else { return };
        let outcome = connection.execute_batch("SAVEPOINT work").and_then(|()| work(connection));
        let end = if outcome.is_ok() { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" };
        let ended = connection.execute_batch(end);
        self.outcome = Some(outcome.and_then(|value| ended.map(|()| value)).map_err(crate::error));
    }

    fn erases(&self) -> bool {
        self.erases
    }

    fn settle(self: Box<Self>, commit: Option<String>) {
        let outcome = match (commit, self.outcome) {
            (Some(error), Some(Ok(_)) | None) => Err(StoreError::Unavailable(error)),
            (_, Some(outcome)) => outcome,
            (None, None) => Err(stopped()),
        };
        // The caller may have disconnected; the write remains committed.
        let _ = self.reply.send(outcome);
    }
}

fn write(connection: &Connection, jobs: &flume::Receiver<Box<dyn Job>>) {
    // After a crash, the log may still contain erased data.
    let mut erasing = true;
    while let Some(first) = next(connection, jobs, &mut erasing) {
        let mut batch = vec![first];
        let committed = begin(connection).and_then(|()| {
            let mut next = 0;
            while let Some(job) = batch.get_mut(next) {
                job.run(connection);
                next += 1;
                if next < MAX_BATCH
                    && let Ok(job) = jobs.try_recv()
                {
                    batch.push(job);
                }
            }
            connection.execute_batch("COMMIT")
        });
        let failed = committed.err().map(|error| {
            // Fail the queued writes too: each would meet the same lock or disk error, one after
            // the other.
            batch.extend(jobs.try_iter());
            tracing::error!(%error, writes = batch.len(), "a commit failed");
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            error.to_string()
        });
        erasing |= batch.iter().any(|job| job.erases());
        for job in batch {
            job.settle(failed.clone());
        }
    }
    let tidied = connection.execute_batch("PRAGMA optimize").and_then(|()| forget_samples(connection));
    if let Err(error) = tidied {
        tracing::warn!(%error, "the statistics of the database could not be updated");
    }
    if erasing {
        empty_log(connection);
    }
}

/// Delay before another attempt to truncate the log, while a reader uses it.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// Returns the next job. While there is none, truncates the log if data was erased.
fn next(
    connection: &Connection,
    jobs: &flume::Receiver<Box<dyn Job>>,
    erasing: &mut bool,
) -> Option<Box<dyn Job>> {
    while *erasing {
        match jobs.try_recv() {
            Ok(job) => return Some(job),
            Err(flume::TryRecvError::Disconnected) => return None,
            Err(flume::TryRecvError::Empty) => {}
        }
        if empty_log(connection) {
            *erasing = false;
        } else if let Ok(job) = jobs.recv_timeout(BETWEEN_TRIES) {
            return Some(job);
        }
    }
    jobs.recv().ok()
}

/// Checkpoints the write-ahead log and truncates it, unless a reader uses it. Returns `false` when
/// another attempt is worthwhile.
fn empty_log(connection: &Connection) -> bool {
    // A job may arrive at any moment, so do not wait for readers.
    let emptied = connection.busy_timeout(Duration::ZERO).and_then(|()| {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
    });
    let patient = connection.busy_timeout(crate::BUSY_TIMEOUT);
    match emptied.and_then(|emptied| patient.map(|()| emptied)) {
        Ok(emptied) => emptied,
        Err(error) => {
            // A disk error does not go away by retrying.
            tracing::error!(%error, "the write-ahead log could not be truncated after an erasure");
            true
        }
    }
}

/// Deletes the values sampled in the planner's statistics, which would outlive the deleted
/// individuals.
pub(crate) fn forget_samples(connection: &Connection) -> rusqlite::Result<()> {
    if connection.table_exists(None, "sqlite_stat4")? {
        connection.execute("DELETE FROM sqlite_stat4 WHERE tbl LIKE 'individual%'", [])?;
    }
    Ok(())
}

fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")
}

//! The reader threads, each with its own connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::Settings;
use crate::functions::{Evaluation, register};
use crate::totals::Totals;
use epissure_store::StoreError;

/// A read connection, with the plan parts that its SQL functions evaluate.
pub(crate) struct Reader {
    connection: Connection,
    pub(crate) evaluation: Evaluation,
    pub(crate) totals: Totals,
    deadline: Arc<AtomicU64>,
    started: Instant,
}

impl std::ops::Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

type Job = Box<dyn FnOnce(&Reader) + Send>;

pub(crate) struct Readers {
    quick: flume::Sender<Job>,
    scans: flume::Sender<Job>,
    budget: Duration,
}

/// Threads that a job is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Threads for queries that indexes answer.
    Quick,
    /// Threads for queries that scan the tickets.
    Scan,
}

/// Number of SQLite virtual machine steps between two checks of the deadline.
const STEPS_BETWEEN_LOOKS: i32 = 1000;
/// Maximum number of queued quick queries; more are refused at once.
const MAX_QUEUED: usize = 4096;
/// Maximum number of queued scans. Each takes long, so later ones would exceed their time limit
/// anyway.
const MAX_QUEUED_SCANS: usize = 8;

impl Readers {
    pub(crate) fn start(settings: &Settings) -> Result<Self, StoreError> {
        let quick = threads(settings, "reader", settings.readers, MAX_QUEUED)?;
        let scans = threads(settings, "scanner", settings.scanners, MAX_QUEUED_SCANS)?;
        Ok(Self { quick, scans, budget: settings.query_budget })
    }

    /// Runs a quick read within the query budget.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        self.run_in(Lane::Quick, work).await
    }

    /// Runs a read in a lane, within the query budget.
    pub(crate) async fn run_in<T, F>(&self, lane: Lane, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        self.send(lane, Some(self.budget), work).await
    }

    /// Runs a read without a time limit.
    pub(crate) async fn run_unbounded<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        self.send(Lane::Scan, None, work).await
    }

    async fn send<T, F>(&self, lane: Lane, budget: Option<Duration>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |reader| {
            // The caller disconnected while the query was queued.
            if reply.is_closed() {
                return;
            }
            reader.allow(budget);
            let _ = reply.send(work(reader).map_err(crate::error));
        });
        let queue = match lane {
            Lane::Quick => &self.quick,
            Lane::Scan => &self.scans,
        };
        queue
            .try_send(job)
            .map_err(|_| StoreError::Unavailable(format!("too many queries wait: {lane:?}")))?;
        answer.await.map_err(|_| StoreError::Unavailable("the database is closing".to_owned()))?
    }
}

fn threads(
    settings: &Settings,
    name: &str,
    count: usize,
    most_waiting: usize,
) -> Result<flume::Sender<Job>, StoreError> {
    let (queue, jobs) = flume::bounded::<Job>(most_waiting);
    for number in 0..count.max(1) {
        let reader = Reader::open(settings)?;
        let jobs = jobs.clone();
        std::thread::Builder::new()
            .name(format!("sqlite-{name}-{number}"))
            .spawn(move || {
                while let Ok(job) = jobs.recv() {
                    job(&reader);
                }
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread for a {name}: {error}")))?;
    }
    Ok(queue)
}

impl Reader {
    fn open(settings: &Settings) -> Result<Self, StoreError> {
        let mut connection = crate::connect(&settings.path)?;
        connection.execute_batch("PRAGMA query_only = ON").map_err(crate::error)?;
        let evaluation = Evaluation::default();
        register(&connection, &evaluation).map_err(crate::error)?;
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let started = Instant::now();
        let limit = Arc::clone(&deadline);
        connection
            .progress_handler(
                STEPS_BETWEEN_LOOKS,
                Some(move || started.elapsed().as_millis() as u64 > limit.load(Ordering::Relaxed)),
            )
            .map_err(crate::error)?;
        Ok(Self { connection, evaluation, totals: Totals::default(), deadline, started })
    }

    fn allow(&self, budget: Option<Duration>) {
        let until = budget.map_or(u64::MAX, |budget| (self.started.elapsed() + budget).as_millis() as u64);
        self.deadline.store(until, Ordering::Relaxed);
    }
}

//! Writing jobs, in transactions of their own or in shared ones.
//!
//! Commits are serialized (see `append`), so concurrent jobs share them. A few lanes each take the
//! queued jobs and run them in one transaction. Callers get results only after the commit. Under
//! load, many jobs share one append step and one disk sync; otherwise a job is committed without
//! delay. A failed job leaves no change, and the other jobs continue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use epissure_store::StoreError;
use tokio::sync::oneshot;

use crate::PostgresStore;
use crate::append::{Appended, NotCommitted};
use crate::pool::{WAIT, connection};
use crate::unit::{Fault, Outcome, Unit, Work};

/// Maximum number of attempts of a job.
const ATTEMPTS: u8 = 3;
/// Maximum number of jobs in one transaction. It bounds the latency of the first, and the number of
/// savepoints that the server tracks.
const MAX_BATCH: usize = 32;
/// Maximum number of queued jobs; more are refused at once.
const MAX_QUEUED: usize = 8192;

impl PostgresStore {
    /// Runs a job in a transaction of its own, and returns once it is durable. For rare or long
    /// jobs.
    pub(crate) async fn write<W: Work>(&self, work: &W) -> Result<W::Done, StoreError> {
        let mut attempt = 1;
        loop {
            let mut unit = Unit::alone(connection(&self.pools.writes).await?);
            match work.run(&mut unit).await {
                Ok(Outcome::Nothing(done)) => {
                    unit.undo().await;
                    return Ok(done);
                }
                Ok(Outcome::Keep(done, appended)) => {
                    // From here on, a lost response leaves the outcome of the write unknown, so it
                    // is not repeated.
                    unit.commit(&appended).await?;
                    return Ok(done);
                }
                Err(fault) => {
                    match fault.is_lost() {
                        // The server may still respond, as a standby: the next connection finds the
                        // primary.
                        true => drop(unit),
                        false => unit.undo().await,
                    }
                    if attempt == ATTEMPTS || !fault.passes() {
                        return Err(fault.into());
                    }
                    tracing::debug!(?fault, attempt, "retrying a write");
                    attempt += 1;
                }
            }
        }
    }

    /// Runs a job together with other queued jobs, and returns once it is durable. For frequent
    /// jobs. The job continues if the caller disconnects.
    pub(crate) async fn write_together<W: Work + Send + 'static>(
        &self,
        work: W,
    ) -> Result<W::Done, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.writer.add(Box::new(Task { work, done: None, reply }))?;
        answer.await.map_err(|_| StoreError::Unavailable("the write was interrupted".to_owned()))?
    }
}

/// The queue of jobs, and the lanes that run them.
pub(crate) struct Writer {
    pool: Pool,
    /// Maximum number of lanes.
    lanes: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Number of running lanes.
    lanes: usize,
}

/// A queued job.
struct Waiting {
    job: Box<dyn Job>,
    since: Instant,
    /// Number of attempts so far.
    tries: u8,
    /// True when the job needs a transaction of its own, because it failed in a shared one.
    alone: bool,
}

impl Writer {
    pub(crate) fn new(pool: Pool, lanes: usize) -> Arc<Self> {
        Arc::new(Self { pool, lanes: lanes.max(1), queue: Mutex::default() })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // No code under the lock can leave the queue half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enqueues a job, and starts another lane if one more is allowed.
    fn add(self: &Arc<Self>, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut queue = self.queue();
        if queue.waiting.len() >= MAX_QUEUED {
            return Err(StoreError::Unavailable("too many writes wait".to_owned()));
        }
        queue.waiting.push_back(Waiting { job, since: Instant::now(), tries: 0, alone: false });
        if queue.lanes < self.lanes {
            queue.lanes += 1;
            let lane = Lane(Some(Arc::clone(self)));
            tokio::spawn(lane.write());
        }
        Ok(())
    }

    /// Returns the jobs of the next transaction. Returns `None` when the queue is empty; the
    /// calling lane is then no longer counted.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        let mut batch: Vec<Waiting> = Vec::new();
        while batch.len() < MAX_BATCH
            && let Some(next) = queue.waiting.front()
        {
            if !batch.is_empty() && next.alone {
                break;
            }
            let Some(next) = queue.waiting.pop_front() else { break };
            if next.since.elapsed() > WAIT {
                next.job.settle(Err(StoreError::Unavailable("a write waited for too long".to_owned())));
                continue;
            }
            let alone = next.alone;
            batch.push(next);
            if alone {
                break;
            }
        }
        if batch.is_empty() {
            queue.lanes -= 1;
            return None;
        }
        Some(batch)
    }

    /// Runs jobs in one transaction, and sends their results.
    async fn write(&self, batch: Vec<Waiting>) {
        let client = match connection(&self.pool).await {
            Ok(client) => client,
            Err(error) => {
                // The queued jobs would fail the same way.
                let behind = std::mem::take(&mut self.queue().waiting);
                return tell(batch.into_iter().chain(behind), &error);
            }
        };
        let shared = batch.len() > 1;
        let mut unit = if shared { Unit::shared(client) } else { Unit::alone(client) };
        let (mut appended, mut is_kept) = (Appended::default(), false);
        let (mut done, mut rest) = (Vec::new(), batch.into_iter());
        while let Some(mut next) = rest.next() {
            match next.job.run(&mut unit).await {
                Ok(kept) => {
                    unit.go_on(kept.is_some());
                    is_kept |= kept.is_some();
                    appended.and(kept.unwrap_or_default());
                    done.push(next);
                }
                Err(fault) => {
                    let is_lost = fault.is_lost() || unit.undo_work().await.is_err();
                    match fault.passes() || shared && fault.is_locked() {
                        true => self.again([next], &fault.into()),
                        false => next.job.settle(Err(fault.into())),
                    }
                    if is_lost {
                        // The server may still respond, as a standby: the next connection finds the
                        // primary.
                        drop(unit);
                        let lost =
                            StoreError::Unavailable("the connection was lost during a write".to_owned());
                        return self.again(done.into_iter().chain(rest), &lost);
                    }
                }
            }
        }
        if !is_kept {
            unit.undo().await;
            return done.into_iter().for_each(|one| one.job.settle(Ok(())));
        }
        match unit.commit(&appended).await {
            Ok(()) => done.into_iter().for_each(|one| one.job.settle(Ok(()))),
            // All jobs were rolled back, and any one of them may be the cause.
            Err(NotCommitted::Refused(error)) if done.len() > 1 => self.again(done, &error),
            // From here on, a lost response leaves the outcome of the write unknown, so it is not
            // repeated.
            Err(NotCommitted::Refused(error) | NotCommitted::Unknown(error)) => tell(done, &error),
        }
    }

    /// Enqueues rolled back jobs before the others, to run alone. Jobs without an attempt left get
    /// the error.
    fn again(&self, undone: impl IntoIterator<Item = Waiting>, why: &StoreError) {
        let (again, given_up): (Vec<_>, Vec<_>) =
            undone.into_iter().partition(|one| one.tries + 1 < ATTEMPTS);
        tracing::debug!(error = %why, again = again.len(), given_up = given_up.len(), "writes were rolled back");
        tell(given_up, why);
        let mut queue = self.queue();
        for one in again.into_iter().rev() {
            queue.waiting.push_front(Waiting { tries: one.tries + 1, alone: true, ..one });
        }
    }
}

/// Sends an error to the callers of jobs.
fn tell(waiting: impl IntoIterator<Item = Waiting>, why: &StoreError) {
    for one in waiting {
        one.job.settle(Err(match why {
            StoreError::Unavailable(why) => StoreError::Unavailable(why.clone()),
            other => StoreError::Unexpected(other.to_string()),
        }));
    }
}

/// A lane, which runs jobs.
struct Lane(Option<Arc<Writer>>);

impl Lane {
    /// Runs jobs until the queue is empty.
    async fn write(mut self) {
        let Some(writer) = self.0.clone() else { return };
        while let Some(batch) = writer.next() {
            writer.write(batch).await;
        }
        // `next` already removed this lane from the count.
        self.0 = None;
    }
}

impl Drop for Lane {
    /// A stopped lane frees its slot.
    fn drop(&mut self) {
        if let Some(writer) = &self.0 {
            writer.queue().lanes -= 1;
        }
    }
}

/// A job, whatever its result type.
#[async_trait]
trait Job: Send {
    /// Writes everything but the appended rows, and returns these. Returns `None` when its
    /// statements are to be rolled back.
    async fn run(&mut self, unit: &mut Unit) -> Result<Option<Appended>, Fault>;
    /// Sends the result to the caller, once the job is durable or abandoned.
    fn settle(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Task<W: Work> {
    work: W,
    done: Option<W::Done>,
    reply: oneshot::Sender<Result<W::Done, StoreError>>,
}

#[async_trait]
impl<W: Work + Send> Job for Task<W> {
    async fn run(&mut self, unit: &mut Unit) -> Result<Option<Appended>, Fault> {
        let (done, appended) = match self.work.run(unit).await? {
            Outcome::Nothing(done) => (done, None),
            Outcome::Keep(done, appended) => (done, Some(appended)),
        };
        self.done = Some(done);
        Ok(appended)
    }

    fn settle(self: Box<Self>, outcome: Result<(), StoreError>) {
        let undone = || StoreError::Unexpected("a write that was not done".to_owned());
        let Self { done, reply, .. } = *self;
        // The caller may have disconnected; the write remains committed.
        let _ = reply.send(outcome.and_then(|()| done.ok_or_else(undone)));
    }
}

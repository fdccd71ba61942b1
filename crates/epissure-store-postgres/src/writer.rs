//! Writing: each piece of work alone, or with those that wait beside it.
//!
//! Commits end one at a time (see `append`), so what many do at once shares them. A few lanes write; each takes what
//! waits, runs it piece after piece in one transaction, and only after the commit is anybody told. Under load many pieces
//! share one turn and one wait for the disk; at rest a piece waits for nobody. One that fails leaves nothing behind, and
//! the others go on.

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

/// How often a piece of work is tried.
const ATTEMPTS: u8 = 3;
/// The most pieces of work in one transaction: bounds how long the first of them waits, and how many savepoints the
/// server keeps account of.
const MOST_TOGETHER: usize = 32;
/// The most pieces of work that wait; more are refused at once.
const MOST_WAITING: usize = 8192;

impl PostgresStore {
    /// Does a piece of work in a transaction of its own, and answers once it is durable: for what is rare, or long.
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

    /// Does a piece of work with those that wait beside it, and answers once it is durable: for what many do at once. It
    /// goes on when the one who asked goes away.
    pub(crate) async fn write_together<W: Work + Send + 'static>(
        &self,
        work: W,
    ) -> Result<W::Done, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.writer.add(Box::new(Task { work, done: None, reply }))?;
        answer.await.map_err(|_| StoreError::Unavailable("the write was interrupted".to_owned()))?
    }
}

/// What waits to be written, and those who write it.
pub(crate) struct Writer {
    pool: Pool,
    /// How many write at once, at most.
    lanes: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// How many write now.
    lanes: usize,
}

/// A piece of work that waits.
struct Waiting {
    job: Box<dyn Job>,
    since: Instant,
    /// How often it was tried.
    tries: u8,
    /// Whether it is to have a transaction of its own: it has failed in one with others.
    alone: bool,
}

impl Writer {
    pub(crate) fn new(pool: Pool, lanes: usize) -> Arc<Self> {
        Arc::new(Self { pool, lanes: lanes.max(1), queue: Mutex::default() })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing is done under the lock that could leave the queue half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a piece of work wait, and has one more write if one more may.
    fn add(self: &Arc<Self>, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut queue = self.queue();
        if queue.waiting.len() >= MOST_WAITING {
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

    /// What one transaction writes next; nothing when nothing waits, and then there is one less who writes.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        let mut batch: Vec<Waiting> = Vec::new();
        while batch.len() < MOST_TOGETHER
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

    /// Writes pieces of work in one transaction, and tells those who asked.
    async fn write(&self, batch: Vec<Waiting>) {
        let client = match connection(&self.pool).await {
            Ok(client) => client,
            Err(error) => {
                // Who waits behind them would not fare better.
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
                        // The server may still answer, as a standby: the next connection finds the primary.
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
            // All were undone, and one of them may be at fault.
            Err(NotCommitted::Refused(error)) if done.len() > 1 => self.again(done, &error),
            // From here on nobody knows whether a write whose answer is lost has happened: it is not repeated.
            Err(NotCommitted::Refused(error) | NotCommitted::Unknown(error)) => tell(done, &error),
        }
    }

    /// Lets pieces of work that were undone be tried again before the others, each alone; those that were tried often
    /// enough are told why not.
    fn again(&self, undone: impl IntoIterator<Item = Waiting>, why: &StoreError) {
        let (again, given_up): (Vec<_>, Vec<_>) =
            undone.into_iter().partition(|one| one.tries + 1 < ATTEMPTS);
        tracing::debug!(error = %why, again = again.len(), given_up = given_up.len(), "writes were undone");
        tell(given_up, why);
        let mut queue = self.queue();
        for one in again.into_iter().rev() {
            queue.waiting.push_front(Waiting { tries: one.tries + 1, alone: true, ..one });
        }
    }
}

/// Tells those who asked why their work is not done.
fn tell(waiting: impl IntoIterator<Item = Waiting>, why: &StoreError) {
    for one in waiting {
        one.job.settle(Err(match why {
            StoreError::Unavailable(why) => StoreError::Unavailable(why.clone()),
            other => StoreError::Unexpected(other.to_string()),
        }));
    }
}

/// One who writes.
struct Lane(Option<Arc<Writer>>);

impl Lane {
    /// Writes until nothing waits.
    async fn write(mut self) {
        let Some(writer) = self.0.clone() else { return };
        while let Some(batch) = writer.next() {
            writer.write(batch).await;
        }
        // It has left the count with the last look at the queue.
        self.0 = None;
    }
}

impl Drop for Lane {
    /// One that was stopped leaves its place to another.
    fn drop(&mut self) {
        if let Some(writer) = &self.0 {
            writer.queue().lanes -= 1;
        }
    }
}

/// A piece of work, whatever it answers.
#[async_trait]
trait Job: Send {
    /// Writes everything but what is appended, which it answers; nothing when what was written is to be undone.
    async fn run(&mut self, unit: &mut Unit) -> Result<Option<Appended>, Fault>;
    /// Tells the one who asked, once it is durable or given up.
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
        // The one who asked may have gone away; what was written stays.
        let _ = reply.send(outcome.and_then(|()| done.ok_or_else(undone)));
    }
}

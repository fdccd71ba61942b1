//! Delivers the due events of one target.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use epissure_protocol::event;
use epissure_protocol::problem::Problem;
use epissure_store::{Attempt, Author, Claimed, Pair, Settlement, Standing, StoredTarget, TargetState};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};

use super::courier::{Consent, Courier, SignedEvent};
use super::{schedule, signature};
use crate::App;
use crate::failure::{failed, unreadable};

/// Lease of claimed deliveries. When a server dies, its claimed deliveries are due again after the
/// lease.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// Remaining lease that an attempt needs. With less left, a claimed delivery waits for its lease to
/// expire.
const NEEDED: SignedDuration = SignedDuration::from_secs(30);
/// Maximum concurrent deliveries to one target.
const MAX_CONCURRENT: usize = 8;
/// Maximum concurrent deliveries to a failing target, which is probed.
const AT_ONCE_FAILING: usize = 1;
/// Deliveries claimed in one statement.
const TAKEN: u32 = 16;
/// Maximum attempts in a pass, before the state of the target is read again.
const MAX_EVENTS: usize = 256;

/// Result of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// Number of attempts made.
    pub attempts: usize,
    /// Instant of the next due work, as far as known.
    pub next: Option<Timestamp>,
    /// True when the target no longer exists.
    pub gone: bool,
}

/// Delivers the due events of a target: several tickets in parallel, the events of each ticket in
/// order. A pass ends when nothing is due, when the target asks for a pause, or after 256 attempts.
/// `base_url` is the address of the server, used as the `source` of events.
///
/// # Errors
/// Fails when the store fails; claimed deliveries are due again after [`LEASE`].
pub async fn pass(app: &App, courier: &dyn Courier, base_url: &str, pair: &Pair) -> Result<Passed, Problem> {
    let Some(target) = app.store.target(pair).await.map_err(failed)? else {
        return Ok(Passed { gone: true, ..Passed::default() });
    };
    let now = app.clock.now();
    if target.standing.state == TargetState::Disabled {
        return Ok(Passed::default());
    }
    if let Some(until) = target.standing.held_until.filter(|until| *until > now) {
        return Ok(Passed { next: Some(until), ..Passed::default() });
    }
    if target.standing.state == TargetState::ConsentRequested {
        return ask(app, courier, &target).await;
    }
    let turn =
        TargetPass { app, courier, base_url, target: &target, standing: Mutex::new(target.standing.clone()) };
    let attempts = turn.run().await?;
    let next = app.store.next_due(pair).await.map_err(failed)?;
    let standing = turn.standing();
    let next = match (next, standing.state) {
        (_, TargetState::Disabled) | (None, _) => None,
        (Some(next), _) => {
            let paced = standing.rate.filter(|_| attempts > 0).map(|rate| app.clock.now() + pace(rate));
            [Some(next), standing.held_until, paced].into_iter().flatten().max()
        }
    };
    Ok(Passed { attempts, next, gone: false })
}

/// Returns the interval between deliveries for a maximum rate, in events per minute.
fn pace(rate: u32) -> SignedDuration {
    SignedDuration::from_millis(60_000 / i64::from(rate.max(1)))
}

/// Asks the target for consent.
async fn ask(app: &App, courier: &dyn Courier, target: &StoredTarget) -> Result<Passed, Problem> {
    let standing = match courier.ask_consent(target).await {
        Consent::Given { rate } => {
            tracing::info!(oi = %target.pair.oi, oc = %target.pair.oc, rate, "a target consented to receive events");
            Standing { rate, ..Standing::new(TargetState::Active) }
        }
        Consent::NotGiven(reason) => {
            let asked = target.standing.asked.saturating_add(1);
            let last = schedule::SCHEDULE.len() as u32 - 1;
            let wait = schedule::wait(target.standing.asked.min(last), app.entropy.as_ref());
            let held_until = wait.map(|wait| app.clock.now() + wait);
            tracing::info!(oi = %target.pair.oi, oc = %target.pair.oc, asked, reason, "a target has not consented yet");
            Standing { asked, held_until, reason: Some(reason), ..target.standing.clone() }
        }
    };
    let next =
        if standing.state == TargetState::Active { Some(app.clock.now()) } else { standing.held_until };
    app.store
        .set_target_standing(&target.pair, standing, None, &Author::system(app.clock.now()))
        .await
        .map_err(failed)?;
    Ok(Passed { attempts: 0, next, gone: false })
}

/// Pass in progress.
struct TargetPass<'a> {
    app: &'a App,
    courier: &'a dyn Courier,
    base_url: &'a str,
    target: &'a StoredTarget,
    /// Standing of the target, as updated by the attempts of this pass.
    standing: Mutex<Standing>,
}

/// Claimed delivery, with the end of its lease.
struct Taken {
    claimed: Claimed,
    until: Timestamp,
}

impl TargetPass<'_> {
    fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn run(&self) -> Result<usize, Problem> {
        let mut running = FuturesUnordered::new();
        let mut ready = VecDeque::new();
        let mut attempts = 0;
        loop {
            let standing = self.standing();
            while running.len() < at_once(&standing) && attempts < most(&standing) && self.may_send(&standing)
            {
                let Some(taken) = self.next(&mut ready, &standing).await? else { break };
                attempts += 1;
                running.push(self.attempt(taken.claimed));
            }
            match running.next().await {
                Some(attempt) => attempt?,
                None => return Ok(attempts),
            }
        }
    }

    /// Returns true when the target is active and not paused.
    fn may_send(&self, standing: &Standing) -> bool {
        let held = standing.held_until.is_some_and(|until| until > self.app.clock.now());
        standing.state == TargetState::Active && !held
    }

    /// Returns the next claimed delivery, and claims more when none is left.
    async fn next(&self, ready: &mut VecDeque<Taken>, standing: &Standing) -> Result<Option<Taken>, Problem> {
        let (store, pair) = (&self.app.store, &self.target.pair);
        let now = self.app.clock.now();
        while let Some(taken) = ready.pop_front() {
            if now + NEEDED <= taken.until {
                return Ok(Some(taken));
            }
        }
        // Reading the next due date costs less than a claim: nothing is written while nothing is
        // due.
        let due = store.next_due(pair).await.map_err(failed)?;
        if due.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let until = now + LEASE;
        let limit = if at_once(standing) == MAX_CONCURRENT { TAKEN } else { 1 };
        let claimed = store.claim(pair, now, until, limit).await.map_err(failed)?;
        ready.extend(claimed.into_iter().map(|claimed| Taken { claimed, until }));
        Ok(ready.pop_front())
    }

    /// Makes one attempt and records its outcome.
    async fn attempt(&self, claimed: Claimed) -> Result<(), Problem> {
        let app = self.app;
        let began = app.clock.now();
        let event = self.event(&claimed, began)?;
        let outcome = self.courier.deliver(self.target, &event).await;
        let ended = app.clock.now();
        let decision = {
            let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
            let decision = schedule::decide(&outcome, claimed.step, &standing, ended, app.entropy.as_ref());
            if let Some(becomes) = &decision.standing {
                *standing = becomes.clone();
            }
            decision
        };
        self.tell(&claimed, &outcome, &decision);
        let error = match outcome.status {
            Some(_) if outcome.delivered() => None,
            Some(status) => Some(format!("it answered {status}")),
            None => outcome.error,
        };
        let attempt = Attempt {
            number: claimed.attempts + 1,
            at: began,
            elapsed_ms: outcome.elapsed_ms,
            status: outcome.status,
            error,
            body: outcome.body,
        };
        let settlement = Settlement {
            pair: self.target.pair.clone(),
            rank: claimed.rank,
            attempt,
            settled: decision.settled,
            standing: decision.standing,
        };
        app.store.settle(settlement).await.map_err(failed).map(drop)
    }

    /// Renders and signs the event for its target.
    fn event(&self, claimed: &Claimed, now: Timestamp) -> Result<SignedEvent, Problem> {
        let dialect = self.target.target.dialect;
        let address = |id: &str| format!("{}{}/{id}", self.base_url, dialect.mount());
        let body = event::render(&claimed.document, dialect, self.base_url, &address, &|_| true)
            .map_err(|error| unreadable("event", &error))?;
        let id = claimed.event.to_string();
        let signed = signature::sign(&id, body.as_bytes(), &self.target.secrets.signing, now);
        Ok(SignedEvent { body, signed })
    }

    /// Logs the outcome: successes at debug, failures at info, disabled targets at warn.
    fn tell(&self, claimed: &Claimed, outcome: &super::courier::Outcome, decision: &schedule::Decision) {
        let Pair { oi, oc } = &self.target.pair;
        let (event, status, attempt) = (claimed.event, outcome.status, claimed.attempts + 1);
        if outcome.delivered() {
            tracing::debug!(%event, %oi, %oc, status, attempt, "an event was delivered");
        } else {
            let error = outcome.error.as_deref();
            let settled = &decision.settled;
            tracing::info!(%event, %oi, %oc, status, attempt, error, ?settled, "the delivery of an event failed");
        }
        if let Some(standing) = &decision.standing
            && standing.state == TargetState::Disabled
        {
            let reason = standing.reason.as_deref();
            tracing::warn!(%oi, %oc, reason, "a target was disabled; resume its deliveries with `epissure events enable`");
        }
    }
}

/// Returns the maximum number of concurrent deliveries.
fn at_once(standing: &Standing) -> usize {
    if standing.failing_since.is_some() || standing.rate.is_some() { AT_ONCE_FAILING } else { MAX_CONCURRENT }
}

/// Returns the maximum number of attempts in a pass.
fn most(standing: &Standing) -> usize {
    if standing.rate.is_some() { 1 } else { MAX_EVENTS }
}
